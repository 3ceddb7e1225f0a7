//! Putting a backup in place of what is there.
//!
//! A backup is older than what people were shown. The log goes on in a new epoch whose first
//! entry names the newest head known of the old one, so that the loss is declared and never
//! looks like a forgery; and what stood open before stands open after (P3).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::text::Text;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{Campus, Recorded};

use crate::app::{make_folder, operator, shown};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::journal::Journal as _;
use crate::journal::sqlite::SqliteJournal;
use crate::keys::Keys;
use crate::spool::Spool;

/// What is known of a log before the backup takes its place.
struct Before {
    head: Option<String>,
    open: Vec<Stamped>,
}

/// Restores a backup. The server must be stopped.
pub async fn restore(config: &Config, from: &Path, reason: &str) -> anyhow::Result<String> {
    let reason = Text::new(reason).context("--reason")?;
    let backup = from.join("journal.sqlite");
    if !backup.exists() {
        bail!("{} is no backup: it has no journal.sqlite", from.display());
    }
    make_folder(&config.data)?;
    // A running server holds its spool: this fails, and says so, before anything is touched.
    let _held = Spool::open(&config.spool_folder(), config.spool_mib * 1024 * 1024)
        .context("stop the server first")?;
    restore_keys(config, from)?;
    let keys = Keys::open(&config.keys_folder())?;
    let before = what_stands(config, &keys).await;
    set_aside(config)?;
    fs::copy(&backup, config.journal_file()).context("the backup cannot be copied")?;
    fs::File::open(config.journal_file())?.sync_all()?;
    let journal = SqliteJournal::open(&config.journal_file(), Arc::new(SystemClock))?;
    let mut reopened = 0;
    for log in journal.logs().await? {
        let known = before.get(&log);
        let head = known.and_then(|known| known.head.clone());
        let tip = journal
            .open_epoch(&log, head, reason.clone(), &operator())
            .await?
            .tip;
        let open: Vec<Stamped> = known.map(|known| known.open.clone()).unwrap_or_default();
        if !open.is_empty() {
            let appended = journal.append(&log, tip.position, open).await?;
            reopened += appended.placed.iter().filter(|placed| placed.new).count();
        }
    }
    Ok(format!(
        "The backup is in place in {}, in a new epoch. {reopened} raises that it did not have \
         stand open again. What was there before was set aside beside it.\n",
        shown(&config.data)
    ))
}

fn restore_keys(config: &Config, from: &Path) -> anyhow::Result<()> {
    let target = config.keys_folder().join("master.key");
    let source = from.join("keys").join("master.key");
    if !target.exists() && source.exists() {
        make_folder(&config.keys_folder())?;
        fs::copy(source, target).context("the key cannot be copied")?;
    }
    Ok(())
}

/// What stood in the journal that is replaced, as far as it can be read.
async fn what_stands(config: &Config, keys: &Keys) -> BTreeMap<LogId, Before> {
    let mut before = BTreeMap::new();
    if !config.journal_file().exists() {
        return before;
    }
    let Ok(journal) = SqliteJournal::open(&config.journal_file(), Arc::new(SystemClock)) else {
        tracing::warn!(
            "the journal that is replaced cannot be read; the spool still has its raises"
        );
        return before;
    };
    for log in journal.logs().await.unwrap_or_default() {
        let head = match journal.tip(&log).await {
            Ok(tip) => keys.sign_head(&log, &tip).ok(),
            Err(_) => None,
        };
        let open = open_raises(&journal, &log).await;
        before.insert(log, Before { head, open });
    }
    before
}

/// The raises that stand open in a log, as their authors made them.
async fn open_raises(journal: &SqliteJournal, log: &LogId) -> Vec<Stamped> {
    let mut campus = Campus::new();
    let mut raises: BTreeMap<FactId, Stamped> = BTreeMap::new();
    loop {
        let entries = journal
            .read(log, campus.position().seq, 1_024)
            .await
            .unwrap_or_default();
        if entries.is_empty() {
            break;
        }
        for stored in entries {
            let stamped = stored.entry.stamped.clone();
            let recorded = Recorded {
                position: stored.entry.position(),
                at: stored.entry.recorded,
            };
            campus.apply(&stamped, Some(recorded));
            if campus.is_open(stamped.id) && stamped.fact.class().is_raise() {
                raises.insert(stamped.id, stamped);
            }
        }
    }
    raises.retain(|id, _| campus.is_open(*id));
    raises.into_values().collect()
}

/// Moves the journal aside: nothing is ever deleted here.
fn set_aside(config: &Config) -> anyhow::Result<()> {
    let journal = config.journal_file();
    for number in 1..1_000 {
        let aside = config
            .data
            .join(format!("journal.replaced-{number}.sqlite"));
        if aside.exists() {
            continue;
        }
        for ending in ["", "-wal", "-shm"] {
            let from = format!("{}{ending}", journal.display());
            if Path::new(&from).exists() {
                fs::rename(&from, format!("{}{ending}", aside.display()))?;
            }
        }
        return Ok(());
    }
    bail!(
        "a thousand replaced journals stand in {}: move some away",
        config.data.display()
    )
}
