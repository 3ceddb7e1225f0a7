//! Somebody's passkeys: seen, and taken away where a device is lost. Nobody adds one from here.

use std::fmt::Write as _;

use anyhow::bail;
use lockstep_proto::id::{DistrictId, PasskeyId, PersonId};

use super::{chosen, open};
use crate::app::{is_slow, operator, patiently};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Which somebody has, a line each.
pub async fn list(
    config: &Config,
    district: Option<DistrictId>,
    person: &PersonId,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let district = chosen(&*journal, district).await?.directory.district.id;
    let read = async || journal.passkeys(&district, person).await;
    let passkeys = patiently(is_slow, read).await?;
    if passkeys.is_empty() {
        return Ok(format!("{person} has no passkey.\n"));
    }
    let mut out = String::new();
    for one in passkeys {
        writeln!(
            out,
            "{}  {}  for {}, added {}",
            one.id, one.name, one.rp, one.made_at
        )?;
    }
    Ok(out)
}

/// Takes one away.
pub async fn remove(
    config: &Config,
    district: Option<DistrictId>,
    person: &PersonId,
    passkey: &PasskeyId,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let district = chosen(&*journal, district).await?.directory.district.id;
    let (by, now) = (operator(), SystemClock.now());
    let take = async || {
        journal
            .remove_passkey(&district, person, passkey, &by, now)
            .await
    };
    if !patiently(is_slow, take).await? {
        bail!("{person} has no passkey {passkey}: see `lockstep-server passkeys list {person}`");
    }
    Ok(format!(
        "{passkey} of {person} proves nothing any more. Their PIN stays.\n"
    ))
}
