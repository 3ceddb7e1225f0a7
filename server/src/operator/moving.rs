//! Moving a journal out of the data folder and into a PostgreSQL database. The folder keeps what
//! it had; a mark beside it says that it is no longer the journal.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use lockstep_proto::merkle::Hash;
use lockstep_proto::timeline::LogId;
use serde::Serialize;

use super::{directories, has_a_file};
use crate::app::shown;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::held::hold;
use crate::journal::postgres::{Moved, move_in};
use crate::journal::sqlite::SqliteJournal;

#[derive(Serialize)]
struct Told {
    database: String,
    entries: u64,
    logs: Vec<ToldLog>,
}

#[derive(Serialize)]
struct ToldLog {
    log: LogId,
    entries: u64,
    root: Hash,
}

/// Moves the journal of the data folder into the database that the settings name. The server must
/// be stopped.
pub async fn migrate(config: &Config, json: bool) -> anyhow::Result<String> {
    let database = config
        .database()?
        .context("name the database to move into with LOCKSTEP_DATABASE_URL")?;
    let file = config.journal_file();
    has_a_file(config)?;
    if config.moved_file().exists() {
        bail!(
            "this journal has moved already: {} says where. To move it again, remove that file",
            shown(&config.moved_file())
        );
    }
    let _held = hold(&config.data).context("stop the server first")?;
    // Brings the file to this release's version, too.
    let journal = SqliteJournal::open(&file, Arc::new(SystemClock))
        .context("the journal cannot be opened")?;
    if directories(&journal).await?.is_empty() {
        bail!(
            "there is nothing to move in {}: no district",
            shown(&config.data)
        );
    }
    drop(journal);
    let tell = |how_far: String| eprintln!("{how_far}");
    let moved = move_in(&file, &database, tell).await?;
    mark(config, &database.shown())?;
    told(config, database.shown(), moved, json)
}

/// From now on nobody takes the folder's journal for the school's.
fn mark(config: &Config, database: &str) -> anyhow::Result<()> {
    let file = config.moved_file();
    let text = format!(
        "On {} the journal beside this moved into the {database}.\n\
         journal.sqlite stays as it was at that moment.\n",
        SystemClock.now()
    );
    fs::write(&file, text)
        .and_then(|()| File::open(&file)?.sync_all())
        .and_then(|()| File::open(&config.data)?.sync_all())
        .with_context(|| {
            format!(
                "the journal has moved, and {} could not be written: never start a server on \
                 this folder without the database",
                file.display()
            )
        })
}

fn told(
    config: &Config,
    database: String,
    moved: Vec<Moved>,
    json: bool,
) -> anyhow::Result<String> {
    let told = Told {
        database,
        entries: moved.iter().map(|log| log.entries).sum(),
        logs: moved
            .into_iter()
            .map(|Moved { log, entries, root }| ToldLog { log, entries, root })
            .collect(),
    };
    if json {
        return Ok(serde_json::to_string(&told)? + "\n");
    }
    let mut out = format!(
        "{} entries of {} logs are in the {}, each root as it was.\n",
        told.entries,
        told.logs.len(),
        told.database
    );
    writeln!(
        out,
        "Start the server with LOCKSTEP_DATABASE_URL from now on; keys, spool and pictures stay in \
         {}.",
        shown(&config.data)
    )?;
    Ok(out)
}
