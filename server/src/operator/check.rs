//! Whether this machine is fit to serve: clock, folder, disk, certificate, keys, journal, bus, sign-on.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use crate::app::{make_folder, open_journal, shown};
use crate::auth::Ring;
use crate::bus::redis::{Health, RedisBus};
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Config;
use crate::keys::Keys;
use crate::sign_on::{self, SignOn};
use crate::tls::Files;

/// Below this, pictures are not taken any more; the spool has its own room already.
const SPACE_WARN: u64 = 1 << 30;
/// Before this moment the machine's clock cannot be right: this program was not written yet.
const WRITTEN_S: i64 = 1_763_000_000;

/// A certificate that is not renewed by then may not be at all.
const CERTIFICATE_WARN_DAYS: i64 = 14;
const DAY_S: i64 = 24 * 3_600;

/// What stands in for keys and journal before the first start.
const NONE_YET: &str = "none yet: the first start makes it";

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    says: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Whether everything was well.
    #[must_use]
    pub fn fit(&self) -> bool {
        self.findings.iter().all(|finding| finding.ok)
    }

    /// For people, or as JSON.
    pub fn shown(&self, json: bool) -> anyhow::Result<String> {
        if json {
            let shown = serde_json::json!({ "fit": self.fit(), "findings": self.findings });
            return Ok(serde_json::to_string_pretty(&shown)? + "\n");
        }
        let mut out = String::new();
        for finding in &self.findings {
            let mark = if finding.ok { "ok  " } else { "BAD " };
            writeln!(out, "{mark} {:<8} {}", finding.what, finding.says)?;
        }
        let end = if self.fit() {
            "This machine is fit to serve."
        } else {
            "This machine is not fit to serve until what is marked BAD is mended."
        };
        writeln!(out, "{end}")?;
        Ok(out)
    }

    fn say(&mut self, what: &'static str, result: Result<String, String>) -> bool {
        let ok = result.is_ok();
        let says = result.unwrap_or_else(|says| says);
        self.findings.push(Finding { what, ok, says });
        ok
    }
}

/// Looks at everything. Makes the folder where there is none, and in it a file that it removes
/// again; keys and journal are the first start's to make, or a restore's to bring.
pub async fn check(config: &Config) -> Report {
    let mut report = Report::default();
    report.say("clock", clock());
    if !report.say("folder", folder(config)) {
        return report;
    }
    report.say("disk", disk(config));
    if let Some(files) = config.tls() {
        report.say("tls", tls(&files));
    }
    let journal = journal(config).await;
    let in_use = journal.as_ref().map_or(true, |says| says != NONE_YET);
    report.say("keys", keys(config, in_use));
    report.say("journal", journal);
    if let Some(bus) = bus(config).await {
        report.say("bus", bus);
    }
    if let Some(file) = &config.sign_on {
        report.say("sign-on", sign_on(file).await);
    }
    report
}

fn clock() -> Result<String, String> {
    let now = SystemClock.now();
    if now.as_second() < WRITTEN_S {
        return Err(format!(
            "says {now}: set it, for example with `timedatectl set-ntp true`"
        ));
    }
    Ok(now.to_string())
}

fn folder(config: &Config) -> Result<String, String> {
    make_folder(&config.data).map_err(|error| format!("{error:#}"))?;
    let probe = config.data.join(".check");
    fs::write(&probe, b"check")
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|error| format!("{} cannot be written: {error}", config.data.display()))?;
    Ok(shown(&config.data))
}

fn keys(config: &Config, in_use: bool) -> Result<String, String> {
    let folder = config.keys_folder();
    if !folder.join("master.key").exists() {
        return if in_use {
            Err(format!(
                "there is a journal, but no key in {}: put the key of its backup, or of another \
                 instance, there, or nobody's sign-in and no signed head is good any more",
                shown(&folder)
            ))
        } else {
            Ok(NONE_YET.to_owned())
        };
    }
    Keys::open(&folder).map_err(|error| error.to_string())?;
    Ring::read(&folder).map_err(|error| error.to_string())?;
    Ok("readable by their owner alone".to_owned())
}

fn disk(config: &Config) -> Result<String, String> {
    let stat = rustix::fs::statvfs(&config.data).map_err(|error| error.to_string())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let says = format!("{} MiB free", free >> 20);
    if free < SPACE_WARN {
        return Err(format!("{says}: make room until 1024 MiB are free"));
    }
    Ok(says)
}

fn tls(files: &Files) -> Result<String, String> {
    let shown = files.read().map_err(|error| error.to_string())?;
    let name = shown.name.as_deref().unwrap_or("no single name");
    let days = (shown.ends.as_second() - SystemClock.now().as_second()).div_euclid(DAY_S);
    if days < CERTIFICATE_WARN_DAYS {
        let ends = if days < 0 { "ended" } else { "ends" };
        return Err(format!(
            "the certificate for {name} {ends} on {}: renew it, and it is shown within seconds",
            shown.ends
        ));
    }
    Ok(format!("a certificate for {name}, good for {days} days"))
}

async fn journal(config: &Config) -> Result<String, String> {
    if config.database_url.is_none() && !config.journal_file().exists() {
        return Ok(NONE_YET.to_owned());
    }
    let clock: SharedClock = Arc::new(SystemClock);
    let opened = open_journal(config, &clock).await;
    let journal = opened.map_err(|error| error.to_string())?;
    journal.probe().await.map_err(|error| error.to_string())?;
    let districts = journal
        .directories()
        .await
        .map_err(|error| error.to_string())?;
    if config.database_url.is_some() && districts.is_empty() {
        return Ok(NONE_YET.to_owned());
    }
    let logs = journal.logs().await.map_err(|error| error.to_string())?;
    Ok(format!(
        "can be written; {}, {}",
        count(districts.len(), "district"),
        count(logs.len(), "log")
    ))
}

/// Whether a word goes through Redis and comes back. None where no Redis is named.
async fn bus(config: &Config) -> Option<Result<String, String>> {
    const BEAT_WITHIN: Duration = Duration::from_secs(3);
    let server = match config.redis() {
        Ok(server) => server?,
        Err(error) => return Some(Err(error.to_string())),
    };
    let shown = server.shown();
    // The beat is no secret: any key does, and keys are the first start's to make.
    let bus = RedisBus::start(server, Arc::new(Keys::from_master([0; 32])));
    let mut health = bus.watch();
    let joined = health.wait_for(|health| *health == Health::Joined);
    Some(match timeout(BEAT_WITHIN, joined).await {
        Ok(Ok(_)) => Ok(format!("a word through {shown} comes back")),
        Ok(Err(_)) | Err(_) => Err(format!(
            "no word through {shown} comes back: look at Redis and the way to it. Until then other \
             instances show a change within 3 seconds, by the journal"
        )),
    })
}

/// Whether each provider is there and is who the file says. Nothing is sent that is secret.
async fn sign_on(file: &Path) -> Result<String, String> {
    let settings = sign_on::read(file).map_err(|error| error.to_string())?;
    // Nothing is begun here, so that any key does.
    let keys = Keys::from_master([0; 32]);
    let providers = SignOn::new(settings, &keys, Arc::new(SystemClock));
    let providers = providers.map_err(|error| error.to_string())?;
    let answers = providers.answers().await;
    let away = answers.iter().filter_map(|(issuer, answer)| {
        let why = answer.as_ref().err()?;
        Some(format!("{issuer}: {why}"))
    });
    let away: Vec<String> = away.collect();
    if away.is_empty() {
        return Ok(format!("{} there", count(answers.len(), "provider")));
    }
    Err(format!(
        "{}. Until it is mended people sign in with codes, and whoever is signed in stays so",
        away.join("; ")
    ))
}

fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}
