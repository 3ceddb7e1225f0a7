//! The keys that sign tokens: which there are, another, and the end of one.

use std::fmt::Write as _;

use anyhow::Context as _;
use lockstep_proto::Timestamp;
use serde::Serialize;

use crate::app::{make_folder, shown};
use crate::auth::{KeyState, Ring};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::keys::Keys;

/// How long several instances have to be given a new key before it signs.
const SEVERAL_S: i64 = 15 * 60;

/// A key, for programs.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    state: &'static str,
    signs_from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    believed_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
}

/// What keys there are.
pub fn list(config: &Config, json: bool) -> anyhow::Result<String> {
    let (ring, now) = (Ring::read(&config.keys_folder())?, SystemClock.now());
    let keys = ring.keys().iter().map(|key| Listed {
        id: &key.id,
        state: word(ring.state(key, now)),
        signs_from: key.signs_from,
        believed_until: key.believed_until,
        retired_at: key.retired_at,
    });
    if json {
        return Ok(serde_json::to_string_pretty(&keys.collect::<Vec<_>>())? + "\n");
    }
    let mut out = String::new();
    for key in keys {
        let times = match (key.retired_at, key.believed_until) {
            (Some(at), _) => format!("since {at}"),
            (None, Some(until)) => format!("its sign-ins are believed until {until}"),
            (None, None) if key.signs_from == Timestamp::UNIX_EPOCH => "from the start".to_owned(),
            (None, None) => format!("from {}", key.signs_from),
        };
        writeln!(out, "{:12} {:8} {times}", key.id, key.state)?;
    }
    Ok(out)
}

fn word(state: KeyState) -> &'static str {
    match state {
        KeyState::Waits => "waits",
        KeyState::Signs => "signs",
        KeyState::Believed => "believed",
        KeyState::Over => "over",
        KeyState::Retired => "retired",
    }
}

/// Makes another key, which signs in place of the one before.
pub fn rotate(config: &Config, minutes: Option<i64>) -> anyhow::Result<String> {
    let folder = config.keys_folder();
    make_folder(&folder)?;
    // There is something to rotate only where a server has its first key.
    Keys::open(&folder)?;
    let mut ring = Ring::read(&folder)?;
    let now = SystemClock.now();
    let several = config.database_url.is_some();
    let wait_s = minutes.map_or(if several { SEVERAL_S } else { 0 }, |minutes| minutes * 60);
    let from = Timestamp::from_second(now.as_second().saturating_add(wait_s))
        .context("--in takes minutes")?;
    let from = if wait_s == 0 { now } else { from };
    let id = ring.rotate(now, from)?;
    ring.write(&folder)?;
    let mut out = format!(
        "{id} signs from {from} on. Sign-ins of the keys before it are believed until they have run \
         out, those of displays after 13 months, and nobody is signed out. A server that runs takes \
         it within seconds.\n"
    );
    if several {
        writeln!(
            out,
            "Copy {} into the keys folder of every other instance before {from}, owner and mode kept.",
            shown(&Ring::file(&folder))
        )?;
    }
    Ok(out)
}

/// Ends a key at once.
pub fn retire(config: &Config, id: &str) -> anyhow::Result<String> {
    let folder = config.keys_folder();
    let mut ring = Ring::read(&folder)?;
    ring.retire(id, SystemClock.now())?;
    ring.write(&folder)?;
    let mut out = format!(
        "{id} is retired: whoever signed in with it is signed out within seconds, and needs a new \
         enrolment code.\n"
    );
    if config.database_url.is_some() {
        writeln!(
            out,
            "Copy {} into the keys folder of every other instance now: until then they believe it.",
            shown(&Ring::file(&folder))
        )?;
    }
    Ok(out)
}
