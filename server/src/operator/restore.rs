//! Putting a backup in place of what is there.
//!
//! A backup is older than what people were shown. Each log goes on in a new epoch whose first
//! entry names the newest head known of the old one, so that the loss is declared and never
//! looks like a forgery; and what stood open before stands open after (P3). The new journal is
//! made whole beside the old one, which is set aside, and takes its name last.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::DistrictId;
use lockstep_proto::note::SignedHead;
use lockstep_proto::position::Position;
use lockstep_proto::text::Text;
use lockstep_proto::timeline::LogId;

use super::standing::standing;
use super::{directories, only_of_a_file};
use crate::app::{is_slow, is_slow_change, make_folder, operator, patiently, shown};
use crate::auth::Ring;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::held::hold;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{AppendError, Credential, DirectoryStore as _, Journal as _, Tip};
use crate::keys::Keys;
use crate::pictures;
use crate::spool::Spool;

/// Raises that are put into the journal at once.
const BATCH: usize = 1_024;

/// What is to be restored, and how.
#[derive(Debug, Clone)]
pub struct Restore {
    /// A folder that `backup` made.
    pub from: PathBuf,
    /// Why, for the timeline.
    pub reason: String,
    /// Take the place of a journal that stands there.
    pub replace: bool,
    /// Files of signed heads that clients kept.
    pub heads: Vec<PathBuf>,
}

/// What is known of the logs before the backup takes their place.
#[derive(Default)]
struct Before {
    heads: BTreeMap<LogId, Vec<SignedHead>>,
    open: BTreeMap<LogId, Vec<Stamped>>,
    revoked: Vec<Credential>,
}

/// Restores a backup. The server must be stopped.
pub async fn restore(config: &Config, asked: &Restore) -> anyhow::Result<String> {
    only_of_a_file(config)?;
    let reason = Text::new(&asked.reason).context("--reason")?;
    let backup = asked.from.join("journal.sqlite");
    let backup_key = asked.from.join("keys").join("master.key");
    for file in [&backup, &backup_key] {
        if !file.exists() {
            bail!(
                "{} is no backup: it has no {}",
                asked.from.display(),
                file.display()
            );
        }
    }
    let stands = config.journal_file().exists();
    if stands && !asked.replace {
        bail!(
            "a journal stands in {}: restore into another folder with --data, or say --replace \
             to set it aside and have the backup take its place",
            shown(&config.data)
        );
    }
    make_folder(&config.data)?;
    make_folder(&config.spool_folder())?;
    // A running server holds both: this fails, and says so, before anything is touched. The spool
    // alone would not do, since the server may have been given another one.
    let _held = hold(&config.data).context("stop the server first")?;
    let _spool = Spool::open(&config.spool_folder(), config.spool_mib * 1024 * 1024)
        .context("stop the server first")?;
    let keys = restored_keys(config, &backup_key, stands)?;

    let mut before = Before::default();
    if stands {
        read_before(config, &keys, &mut before).await.context(
            "what stands there cannot be read, so that nobody knows what it had open. To \
                 restore all the same, restore into an empty folder with --data, and treat \
                 every campus as locked down until its people say otherwise",
        )?;
    }
    read_heads(&asked.heads, &keys, &mut before)?;

    let made = config.data.join("journal.restoring.sqlite");
    let working = config.data.join("journal.working.sqlite");
    remove(&made)?;
    remove(&working)?;
    fs::copy(&backup, &working).context("the backup cannot be copied")?;
    fs::set_permissions(&working, fs::Permissions::from_mode(0o600))?;
    let reopened = go_on(&working, &keys, &before, &reason, &made).await?;
    fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
    fs::File::open(&made)?.sync_all()?;
    // What the journal refers to is there before it is. What was there already stays.
    pictures::copy_all(&asked.from.join("pictures"), &config.pictures_folder())
        .context("the pictures cannot be copied")?;
    let aside = if stands {
        Some(set_aside(config)?)
    } else {
        None
    };
    fs::rename(&made, config.journal_file())?;
    fs::File::open(&config.data)?.sync_all()?;
    remove(&working)?;
    told(config, reopened, &before, aside.as_deref())
}

fn told(
    config: &Config,
    reopened: u64,
    before: &Before,
    aside: Option<&Path>,
) -> anyhow::Result<String> {
    let mut out = format!(
        "The backup is in place in {}, each of its logs in a new epoch.\n",
        shown(&config.data)
    );
    writeln!(
        out,
        "Raises that it did not have and that stand open again: {reopened}."
    )?;
    if let Some(aside) = aside {
        writeln!(
            out,
            "What was there before was set aside in {}.",
            aside.display()
        )?;
    }
    if before.heads.is_empty() {
        writeln!(
            out,
            "No head newer than the backup was known: a timeline check will call the loss \
             tampering if anybody kept one. To declare it, restore again into an empty folder \
             with --heads and the heads.json of somebody's `lockstep` profile."
        )?;
    }
    writeln!(
        out,
        "Lost with the time since the backup: directory imports, PINs and sign-ins made or \
         switched off since{}. Import the directory file again, then start the server.",
        if aside.is_some() {
            " (sign-ins that were switched off stay so)"
        } else {
            ""
        }
    )?;
    Ok(out)
}

/// Opens an epoch in every log, puts back what stood open, and writes the whole journal to
/// `made`. Answers how many raises the backup did not have.
async fn go_on(
    working: &Path,
    keys: &Keys,
    before: &Before,
    reason: &Text,
    made: &Path,
) -> anyhow::Result<u64> {
    let journal = SqliteJournal::open(working, Arc::new(SystemClock))
        .context("the backup cannot be opened")?;
    if directories(&journal).await?.is_empty() {
        bail!("the backup has no district in it");
    }
    let mut logs = of_districts(&journal).await?;
    logs.extend(patiently(is_slow, async || journal.logs().await).await?);
    logs.extend(before.heads.keys().cloned());
    let mut reopened: u64 = 0;
    for log in logs {
        let own = head_of(&journal, keys, &log).await?;
        let known = before.heads.get(&log).into_iter().flatten();
        let newest = known.chain([&own]).max_by_key(|head| age(head));
        let head = newest.map(|head| head.as_str().to_owned());
        let opened = open_epoch(&journal, &log, head, reason).await?;
        let open = before.open.get(&log).map_or(&[][..], Vec::as_slice);
        let mut last = opened.seq;
        for batch in open.chunks(BATCH) {
            let put = async || {
                let tip = tip_of(&journal, &log).await?;
                journal.append(&log, tip.into(), batch.to_vec()).await
            };
            last = patiently(is_slow_append, put).await?.tip.position().seq;
        }
        reopened += last - opened.seq;
    }
    for off in &before.revoked {
        // One that was made since the backup has no row in it, and its token is as good as any.
        let now = SystemClock.now();
        let end = async || journal.revoke(off, &operator(), now).await;
        patiently(is_slow_change, end).await?;
    }
    journal.backup_to(made).await?;
    Ok(reopened)
}

/// The logs of everything in the directory. A log that is empty in the backup may have had
/// entries since, and clients are where those left them: it goes on in a new epoch too.
async fn of_districts(journal: &SqliteJournal) -> anyhow::Result<BTreeSet<LogId>> {
    let mut logs = BTreeSet::new();
    for directory in directories(journal).await? {
        let Directory {
            district, campuses, ..
        } = directory.directory;
        logs.insert(LogId::district(district.id.clone()));
        let campuses = campuses.into_keys();
        logs.extend(campuses.map(|campus| LogId::campus(district.id.clone(), campus)));
    }
    Ok(logs)
}

async fn head_of(journal: &SqliteJournal, keys: &Keys, log: &LogId) -> anyhow::Result<SignedHead> {
    let tip = patiently(is_slow, async || journal.tip(log).await).await?;
    Ok(keys.sign_head(log, &tip)?.parse()?)
}

async fn tip_of(journal: &SqliteJournal, log: &LogId) -> Result<Tip, AppendError> {
    let tip = journal.tip(log).await;
    tip.map_err(|error| AppendError::Unavailable(error.to_string()))
}

fn is_slow_append(error: &AppendError) -> bool {
    match error {
        AppendError::Unavailable(_) | AppendError::InDoubt => true,
        AppendError::Conflict(_) | AppendError::Refused(_) => false,
    }
}

/// Opens the next epoch once, however slow the disk is: what was in doubt is looked at again.
async fn open_epoch(
    journal: &SqliteJournal,
    log: &LogId,
    head: Option<String>,
    reason: &Text,
) -> Result<Position, AppendError> {
    let before = patiently(is_slow_append, async || tip_of(journal, log).await).await?;
    let open = async || {
        let tip = tip_of(journal, log).await?;
        if tip.epoch > before.epoch {
            return Ok(tip.position());
        }
        let (head, reason, by) = (head.clone(), reason.clone(), operator());
        let opened = journal
            .open_epoch(log, None, head, reason.into(), &by)
            .await?;
        Ok(opened.tip.position())
    };
    patiently(is_slow_append, open).await
}

/// Of two heads of one log, the one that stands for more.
fn age(head: &SignedHead) -> (u64, u64) {
    let claimed = head.claimed();
    (claimed.origin.epoch(), claimed.size)
}

/// The key goes with the journal: heads, sign-ins and sealed raises stand on it. A machine that
/// made a key of its own and has no journal yet takes the backup's.
fn restored_keys(config: &Config, backup: &Path, stands: bool) -> anyhow::Result<Keys> {
    let folder = config.keys_folder();
    let own = folder.join("master.key");
    let ours = fs::read(&own).ok();
    let theirs = fs::read(backup).context("the backup's key cannot be read")?;
    if ours.as_ref().is_some_and(|ours| *ours != theirs) {
        if stands {
            bail!(
                "the backup is of another server: its key is not the one in {}. Restore it into \
                 an empty folder with --data",
                shown(&folder)
            );
        }
        fs::rename(&own, free_name(&folder, "master.replaced", "key")?)?;
    }
    if ours.as_ref() != Some(&theirs) {
        make_folder(&folder)?;
        fs::copy(backup, &own).context("the key cannot be copied")?;
        fs::set_permissions(&own, fs::Permissions::from_mode(0o600))?;
        fs::File::open(&own)?.sync_all()?;
    }
    // Of keys that were retired since the backup nobody's sign-in comes back.
    let kept = backup.parent().map(Ring::read).transpose()?;
    let stands = Ring::file(&folder).exists();
    if let Some(ring) = kept.filter(|ring| !stands && *ring != Ring::first()) {
        ring.write(&folder)?;
    }
    Ok(Keys::open(&folder)?)
}

/// What stands in the journal that is replaced.
async fn read_before(config: &Config, keys: &Keys, before: &mut Before) -> anyhow::Result<()> {
    let journal = SqliteJournal::open(config.journal_file(), Arc::new(SystemClock))?;
    for log in patiently(is_slow, async || journal.logs().await).await? {
        let head = head_of(&journal, keys, &log).await?;
        before.heads.entry(log.clone()).or_default().push(head);
        let open = standing(&journal, &log).await?;
        before.open.insert(log, open);
    }
    for directory in directories(&journal).await? {
        let district = directory.directory.district.id;
        for id in patiently(is_slow, async || journal.revoked(&district).await).await? {
            let off = async || journal.credential(&district, &id).await;
            before.revoked.extend(patiently(is_slow, off).await?);
        }
    }
    Ok(())
}

/// Heads that clients kept, of this server's own districts: `heads.json` of a `lockstep`
/// profile, or any JSON with heads in it.
fn read_heads(files: &[PathBuf], keys: &Keys, before: &mut Before) -> anyhow::Result<()> {
    for file in files {
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let json: serde_json::Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no file of heads", file.display()))?;
        let mut notes = Vec::new();
        strings(&json, &mut notes);
        for note in notes {
            let head: SignedHead = note
                .parse()
                .with_context(|| format!("{}: a head cannot be read", file.display()))?;
            let origin = &head.claimed().origin;
            let district: DistrictId = origin.district().parse()?;
            // Somebody may keep the heads of other servers beside ours.
            if head.verify(&[keys.verifier(&district)?]).is_err() {
                continue;
            }
            let log: LogId = format!("{district}/{}", origin.campus()).parse()?;
            before.heads.entry(log).or_default().push(head);
        }
    }
    Ok(())
}

fn strings<'a>(value: &'a serde_json::Value, into: &mut Vec<&'a str>) {
    use serde_json::Value;
    match value {
        Value::String(text) => into.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Moves the journal aside: nothing is ever deleted here.
fn set_aside(config: &Config) -> anyhow::Result<PathBuf> {
    let journal = config.journal_file();
    let aside = free_name(&config.data, "journal.replaced", "sqlite")?;
    // What the main file needs to be whole goes first: a crash between leaves it in its place.
    for ending in ["", "-wal", "-shm"] {
        let from = with_ending(&journal, ending);
        if from.exists() {
            fs::rename(from, with_ending(&aside, ending))?;
        }
    }
    Ok(aside)
}

fn free_name(folder: &Path, stem: &str, ending: &str) -> anyhow::Result<PathBuf> {
    (1..1_000)
        .map(|number| folder.join(format!("{stem}-{number}.{ending}")))
        .find(|path| !path.exists())
        .with_context(|| {
            format!(
                "a thousand files {stem}-N.{ending} stand in {}: move some away",
                folder.display()
            )
        })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a file of an earlier try that was cut off.
fn remove(database: &Path) -> anyhow::Result<()> {
    for ending in ["", "-wal", "-shm", ".partial"] {
        let file = with_ending(database, ending);
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}
