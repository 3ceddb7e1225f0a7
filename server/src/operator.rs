//! What whoever has the server's own shell may do: import, codes, PINs, backup, restore, check.
//!
//! Each works on the data folder, whether the server runs or not, save `restore`, which needs
//! it stopped. None makes or lowers a posture.

mod check;
pub mod keys;
mod moving;
pub mod passkeys;
mod refresh;
mod restore;
mod standing;
mod told;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::Pin;
use lockstep_proto::directory::Directory;
use lockstep_proto::id::{DistrictId, PersonId, Principal};
use lockstep_proto::timeline::LogId;
use serde::Serialize;

use crate::app::{
    is_slow, is_slow_change, make_folder, open_journal, operator, patiently, shown, waits,
};
use crate::auth::{Auth, KeptPins, Ring, hash_pin};
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Config;
use crate::directory;
use crate::journal::postgres;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{ChangeError, Journal, JournalError, Rosters, VersionedDirectory};
use crate::keys::Keys;
use crate::pictures;
use crate::qr;

pub use check::{Report, check};
pub use moving::migrate;
pub use refresh::{Refresh, refresh};
pub use restore::{Restore, restore};
pub use told::log;

/// Opens the journal that is there. A mistyped `--data` makes none.
async fn open(config: &Config) -> anyhow::Result<Arc<dyn Journal>> {
    if config.database_url.is_none() {
        has_a_file(config)?;
    }
    open_or_make(config).await
}

/// The journal's file is there.
fn has_a_file(config: &Config) -> anyhow::Result<()> {
    if !config.journal_file().exists() {
        bail!(
            "there is no journal in {}: name the server's folder with --data",
            shown(&config.data)
        );
    }
    Ok(())
}

async fn open_or_make(config: &Config) -> anyhow::Result<Arc<dyn Journal>> {
    make_folder(&config.data)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let opened = open_journal(config, &clock).await;
    opened.context("the journal cannot be opened")
}

/// Copies and restores are of files. A database has its own, which know more of it than we do.
fn only_of_a_file(config: &Config) -> anyhow::Result<()> {
    if config.database_url.is_some() {
        bail!(
            "the journal is in a database: copy that with its own tools, and the folder {} with \
             them. See deploy/README.md",
            shown(&config.keys_folder())
        );
    }
    Ok(())
}

async fn directories(journal: &dyn Journal) -> Result<Vec<VersionedDirectory>, JournalError> {
    patiently(is_slow, async || journal.directories().await).await
}

/// Imports a directory file, whole or not at all.
pub async fn import(config: &Config, file: &Path, dry_run: bool) -> anyhow::Result<String> {
    let unreadable = || format!("{} cannot be read; nothing was changed", file.display());
    let bad = || format!("nothing was changed: in {}", file.display());
    let bytes = fs::read(file).with_context(unreadable)?;
    let text = directory::text_of(bytes).with_context(bad)?;
    let mut parsed = directory::parse(&text).with_context(bad)?;
    let journal = open_or_make(config).await?;
    let old = directories(&*journal)
        .await?
        .into_iter()
        .find(|old| old.directory.district.id == parsed.directory.district.id);
    let left = old
        .as_ref()
        .map_or_else(Vec::new, |old| parsed.keep_what_was_decided(&old.directory));
    let directory = parsed.directory;
    let mut out = directory::difference(old.as_ref().map(|old| &old.directory), &directory);
    for line in left {
        writeln!(out, "{line}")?;
    }
    if let Some(old) = &old {
        keeps_what_is_raised(&*journal, &old.directory, &directory).await?;
    }
    if dry_run {
        out.push_str("Nothing was changed: this was a dry run.\n");
        return Ok(out);
    }
    out += &put(&*journal, old.as_ref(), &directory, None).await?;
    Ok(out)
}

/// Puts a directory in the place of the old one that was read, where it is another; with rosters
/// also where it is not, since a roster tells how old it is.
async fn put(
    journal: &dyn Journal,
    old: Option<&VersionedDirectory>,
    new: &Directory,
    rosters: Option<&Rosters>,
) -> anyhow::Result<String> {
    let district = &new.district.id;
    if let Some(old) = old.filter(|old| rosters.is_none() && old.directory == *new) {
        return Ok(format!("{district} stays at version {}.\n", old.version));
    }
    let now = SystemClock.now();
    let expected = old.map_or(0, |old| old.version);
    let put = async || match rosters {
        Some(rosters) => {
            let by = operator();
            journal.put_rosters(expected, new, rosters, &by, now).await
        }
        None => journal.put_directory(expected, new, &operator(), now).await,
    };
    let version = match patiently(is_slow_change, put).await {
        Ok(version) => version,
        Err(ChangeError::Refused(Code::VersionConflict)) => {
            // A try whose answer was lost, or somebody else's change.
            let all = directories(journal).await?;
            let stands = all.into_iter().find(|one| one.directory == *new);
            let Some(stands) = stands else {
                bail!(
                    "nothing was changed: the directory was changed by somebody else while this \
                     was being read. Do it again"
                );
            };
            stands.version
        }
        Err(error) => return Err(error.into()),
    };
    Ok(format!(
        "{district} is now at version {version}. A server that runs takes it within seconds.\n"
    ))
}

/// P3: no import takes a campus away while something stands open there.
async fn keeps_what_is_raised(
    journal: &dyn Journal,
    old: &Directory,
    new: &Directory,
) -> anyhow::Result<()> {
    for campus in old.campuses.keys() {
        if new.campuses.contains_key(campus) {
            continue;
        }
        let log = LogId::campus(old.district.id.clone(), campus.clone());
        if !standing::standing(journal, &log).await?.is_empty() {
            bail!(
                "nothing was changed: {campus} is not in the file, and an incident is open \
                 there. Release it and return it to normal first, or leave the campus in"
            );
        }
    }
    Ok(())
}

/// Makes or brings up to date the tables of the database.
pub async fn prepare_database(config: &Config) -> anyhow::Result<String> {
    let database = config
        .database()?
        .context("name the database with LOCKSTEP_DATABASE_URL")?;
    let version = postgres::prepare(&database).await?;
    Ok(format!(
        "The {} is at version {version}.\n",
        database.shown()
    ))
}

/// The one district that is meant.
async fn chosen(
    journal: &dyn Journal,
    district: Option<DistrictId>,
) -> anyhow::Result<VersionedDirectory> {
    let mut all = directories(journal).await?;
    if let Some(wanted) = district {
        return all
            .into_iter()
            .find(|one| one.directory.district.id == wanted)
            .with_context(|| format!("there is no district {wanted} here"));
    }
    if all.len() > 1 {
        let names: Vec<String> = all
            .iter()
            .map(|one| one.directory.district.id.to_string())
            .collect();
        bail!(
            "there are several districts here: name one with --district ({})",
            names.join(", ")
        );
    }
    all.pop().context(
        "there is no district here yet: start the server once for the demo, or import your own \
         with `lockstep-server directory import FILE`",
    )
}

/// What is in the directory.
pub async fn show(
    config: &Config,
    district: Option<DistrictId>,
    json: bool,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let chosen = chosen(&*journal, district).await?;
    if json {
        return Ok(serde_json::to_string_pretty(&chosen.directory)? + "\n");
    }
    Ok(format!(
        "Version {}\n{}",
        chosen.version,
        directory::show(&chosen.directory)
    ))
}

/// An enrolment code that was just made.
#[derive(Serialize)]
struct MadeCode {
    code: String,
    district: DistrictId,
    principal: Principal,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Makes an enrolment code, and a link where it is known at which address browsers come.
pub async fn code(
    config: &Config,
    district: Option<DistrictId>,
    principal: &Principal,
    minutes: i64,
    at: Option<&str>,
    json: bool,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let chosen = chosen(&*journal, district).await?.directory;
    let known = match principal {
        Principal::Person(id) => chosen.people.contains_key(id),
        Principal::Device(id) => chosen.devices.contains_key(id),
        Principal::Operator => false,
    };
    if !known {
        bail!(
            "{principal} is not in the directory of {}: see `lockstep-server directory show`",
            chosen.district.id
        );
    }
    let keys = Keys::open(&config.keys_folder())?;
    let auth = Auth::new(journal, Arc::new(SystemClock), &keys);
    let (code, expires_at) = patiently(waits, async || {
        auth.make_code_as(&chosen.district.id, principal, minutes, &operator())
            .await
    })
    .await?;
    let link = at.map(|at| qr::link(at, &code));
    if json {
        let made = MadeCode {
            code,
            district: chosen.district.id,
            principal: principal.clone(),
            expires_at,
            link,
        };
        return Ok(serde_json::to_string(&made)? + "\n");
    }
    let at = link.as_deref().unwrap_or("/enrol");
    let mut told = format!(
        "{code}\n  for {principal}, once, until {expires_at}\n  \
         at {at} in a browser, or: lockstep sign-in {code}\n"
    );
    if std::io::stdout().is_terminal()
        && let Some(drawn) = link.as_deref().and_then(qr::blocks)
    {
        told.push_str(&drawn);
        told.push('\n');
    }
    Ok(told)
}

/// Sets a PIN: one line of standard input, so that it stands in no history.
pub async fn set_pin(
    config: &Config,
    district: Option<DistrictId>,
    person: &PersonId,
    which: WhichPin,
) -> anyhow::Result<String> {
    let journal = open(config).await?;
    let chosen = chosen(&*journal, district).await?.directory;
    if !chosen.people.contains_key(person) {
        bail!(
            "{person} is not in the directory of {}: see `lockstep-server directory show`",
            chosen.district.id
        );
    }
    let (district, now) = (&chosen.district.id, SystemClock.now());
    let kept = patiently(is_slow, async || journal.pin(district, person).await).await?;
    let kept = kept.as_deref().map(KeptPins::parse);
    let (pins, said) = match (which, kept) {
        (WhichPin::Own, None) => {
            let own = hash_pin(&typed_pin(&format!("New PIN for {person}"))?);
            (own.map_err(why_no_pin)?, "is set")
        }
        (WhichPin::Own, Some(kept)) => {
            let pin = typed_pin(&format!("New PIN for {person}"))?;
            (kept.with_own(&pin).map_err(why_no_pin)?.kept(), "is set")
        }
        (WhichPin::Duress | WhichPin::NoDuress, None) => {
            bail!("{person} has no PIN yet: set that first; nothing was changed");
        }
        (WhichPin::Duress, Some(kept)) => {
            let pin = typed_pin(&format!("New duress PIN for {person}"))?;
            let pins = kept.with_duress(Some(&pin)).map_err(why_no_pin)?;
            (pins.kept(), "is set for duress, beside their own")
        }
        (WhichPin::NoDuress, Some(kept)) => {
            let pins = kept.with_duress(None).map_err(why_no_pin)?;
            (pins.kept(), "for duress is gone; their own stays")
        }
    };
    patiently(is_slow, async || {
        journal
            .set_pin(district, person, &pins, &operator(), now)
            .await
    })
    .await?;
    Ok(format!("The PIN of {person} {said}.\n"))
}

/// Which of a person's PINs is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichPin {
    /// Their own.
    Own,
    /// The one that says that they are forced.
    Duress,
    /// They are to have none of that kind.
    NoDuress,
}

fn typed_pin(asks: &str) -> anyhow::Result<Pin> {
    if std::io::stdin().is_terminal() {
        eprint!("{asks}, shown as you type: ");
    }
    let mut pin = String::new();
    std::io::stdin().lock().take(128).read_line(&mut pin)?;
    Ok(Pin(pin.trim().to_owned()))
}

/// Nothing was changed, and why.
fn why_no_pin(refusal: Refusal) -> anyhow::Error {
    let why = refusal.message;
    anyhow::anyhow!("a PIN is one line on standard input; nothing was changed: {why}")
}

/// What a backup holds.
#[derive(Serialize)]
struct BackedUp {
    folder: String,
    districts: Vec<DistrictId>,
    entries: u64,
    pictures: u64,
}

/// Copies journal, keys and pictures into a new folder.
pub async fn backup(config: &Config, to: &Path, json: bool) -> anyhow::Result<String> {
    only_of_a_file(config)?;
    if to.exists() {
        bail!(
            "{} exists already: name a folder that does not",
            to.display()
        );
    }
    let key = config.keys_folder().join("master.key");
    has_a_file(config)?;
    let journal = SqliteJournal::open(config.journal_file(), Arc::new(SystemClock))
        .context("the journal cannot be opened")?;
    if directories(&journal).await?.is_empty() || !key.exists() {
        bail!(
            "there is nothing to keep in {} yet: no district, or no key",
            shown(&config.data)
        );
    }
    make_folder(&to.join("keys"))?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o700))?;
    let copy = to.join("journal.sqlite");
    journal.backup_to(&copy).await?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o600))?;
    let target = to.join("keys").join("master.key");
    fs::copy(key, &target).context("the key cannot be copied")?;
    fs::File::open(&target)?.sync_all()?;
    let ring = Ring::read(&config.keys_folder())?;
    if ring != Ring::first() {
        ring.write(&to.join("keys"))?;
    }
    // After the journal, so that whatever it refers to is among them.
    let pictures = pictures::copy_all(&config.pictures_folder(), &to.join("pictures"))
        .context("the pictures cannot be copied")?;
    let held = held(to, &copy, pictures).await?;
    if json {
        return Ok(serde_json::to_string(&held)? + "\n");
    }
    let districts: Vec<&str> = held.districts.iter().map(DistrictId::as_str).collect();
    Ok(format!(
        "{} entries of {}, {} pictures and the key are in {}. Keep it as you keep the keys of the school.\n\
         To put it in place: lockstep-server restore {} --reason \"...\"\n",
        held.entries,
        districts.join(", "),
        held.pictures,
        held.folder,
        to.display(),
    ))
}

/// Reads the copy: a backup that cannot be read is none.
async fn held(folder: &Path, copy: &Path, pictures: u64) -> anyhow::Result<BackedUp> {
    let journal = SqliteJournal::open(copy, Arc::new(SystemClock))
        .context("the copy cannot be read: make another")?;
    let districts = directories(&journal).await?;
    let mut entries = 0;
    for log in patiently(is_slow, async || journal.logs().await).await? {
        let tip = patiently(is_slow, async || journal.tip(&log).await).await?;
        entries += tip.position().seq;
    }
    Ok(BackedUp {
        folder: shown(folder),
        districts: districts
            .into_iter()
            .map(|one| one.directory.district.id)
            .collect(),
        entries,
        pictures,
    })
}
