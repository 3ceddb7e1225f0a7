//! What whoever has the server's own shell may do: import, codes, PINs, backup, restore, check.
//!
//! Each works on the data folder, whether the server runs or not, save `restore`, which needs
//! it stopped. None makes or lowers a posture.

mod check;
mod restore;

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use lockstep_proto::command::Pin;
use lockstep_proto::id::{DistrictId, PersonId, Principal};

use crate::app::{make_folder, operator, shown};
use crate::auth::{Auth, hash_pin};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::directory;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{DirectoryStore as _, VersionedDirectory};
use crate::keys::Keys;

pub use check::{Report, check};
pub use restore::restore;

fn open(config: &Config) -> anyhow::Result<SqliteJournal> {
    make_folder(&config.data)?;
    SqliteJournal::open(&config.journal_file(), Arc::new(SystemClock))
        .context("the journal cannot be opened")
}

/// Imports a directory file, whole or not at all.
pub async fn import(config: &Config, file: &Path, dry_run: bool) -> anyhow::Result<String> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let directory = directory::parse(&text).with_context(|| format!("in {}", file.display()))?;
    let journal = open(config)?;
    let old = journal
        .directories()
        .await?
        .into_iter()
        .find(|old| old.directory.district.id == directory.district.id);
    let mut out = directory::difference(old.as_ref().map(|old| &old.directory), &directory);
    if dry_run {
        out.push_str("Nothing was changed: this was a dry run.\n");
        return Ok(out);
    }
    let version = journal
        .put_directory(&directory, &operator(), SystemClock.now())
        .await?;
    writeln!(
        out,
        "{} is now at version {version}.",
        directory.district.id
    )?;
    Ok(out)
}

/// The one district that is meant.
async fn chosen(
    journal: &SqliteJournal,
    district: Option<DistrictId>,
) -> anyhow::Result<VersionedDirectory> {
    let mut all = journal.directories().await?;
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
    let journal = open(config)?;
    let chosen = chosen(&journal, district).await?;
    if json {
        return Ok(serde_json::to_string_pretty(&chosen.directory)? + "\n");
    }
    Ok(format!(
        "Version {}\n{}",
        chosen.version,
        directory::show(&chosen.directory)
    ))
}

/// Makes an enrolment code.
pub async fn code(
    config: &Config,
    district: Option<DistrictId>,
    principal: &Principal,
    minutes: i64,
) -> anyhow::Result<String> {
    let journal = open(config)?;
    let chosen = chosen(&journal, district).await?.directory;
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
    let auth = Auth::new(Arc::new(journal), Arc::new(SystemClock), &keys);
    let (code, expires_at) = auth
        .make_code_as(&chosen.district.id, principal, minutes, &operator())
        .await?;
    Ok(format!(
        "{code}\n  for {principal}, once, until {expires_at}\n  \
         at /enrol in a browser, or: lockstep sign-in {code}\n"
    ))
}

/// Sets a PIN, read from standard input so that it stands in no history.
pub async fn set_pin(
    config: &Config,
    district: Option<DistrictId>,
    person: &PersonId,
) -> anyhow::Result<String> {
    let journal = open(config)?;
    let chosen = chosen(&journal, district).await?.directory;
    if !chosen.people.contains_key(person) {
        bail!("{person} is not in the directory of {}", chosen.district.id);
    }
    let mut pin = String::new();
    std::io::stdin().take(128).read_to_string(&mut pin)?;
    let phc = hash_pin(&Pin(pin.trim().to_owned()))?;
    journal
        .set_pin(
            &chosen.district.id,
            person,
            &phc,
            &operator(),
            SystemClock.now(),
        )
        .await?;
    Ok(format!("The PIN of {person} is set.\n"))
}

/// Copies journal and keys into a new folder.
pub async fn backup(config: &Config, to: &Path) -> anyhow::Result<String> {
    if to.exists() {
        bail!(
            "{} exists already: name a folder that does not",
            to.display()
        );
    }
    if !config.journal_file().exists() {
        bail!("there is no journal in {}", config.data.display());
    }
    let journal = open(config)?;
    make_folder(to)?;
    journal.backup_to(&to.join("journal.sqlite")).await?;
    let keys = config.keys_folder();
    if keys.exists() {
        make_folder(&to.join("keys"))?;
        let target = to.join("keys").join("master.key");
        fs::copy(keys.join("master.key"), &target).context("the key cannot be copied")?;
        fs::File::open(&target)?.sync_all()?;
    }
    Ok(format!(
        "Journal and keys are in {}. Keep it as you keep the keys of the school.\n",
        shown(to)
    ))
}
