//! The database file: how it is opened, brought up to date, and what its errors mean.
//!
//! Migrations are numbered and go forward only. A database of a newer release is refused.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::super::draft::Fault;

/// Each brings the database from its index to the next version.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../../migrations/0001.sql"),
    include_str!("../../../migrations/0002.sql"),
    include_str!("../../../migrations/0003.sql"),
    include_str!("../../../migrations/0004.sql"),
    include_str!("../../../migrations/0005.sql"),
    include_str!("../../../migrations/0006.sql"),
    include_str!("../../../migrations/0007.sql"),
];

/// Marks the file as Lockstep's own ("LKST").
const APPLICATION_ID: i32 = 0x4c4b_5354;

/// How long SQLite waits for another program's lock: well below the deadline of a call.
const BUSY: Duration = Duration::from_millis(200);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer release wrote it.
    #[error(
        "the database has version {found} and this release knows up to {known}: \
         run the newer release, or restore a backup made by this one"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The newest that this release knows.
        known: i64,
    },
    /// Another program's.
    #[error("the file is a database, but not one of Lockstep's")]
    Foreign,
    /// Damaged, or no database at all.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Locked, read-only, missing its folder, or on a full disk.
    #[error("the database cannot be opened: {0}")]
    Unavailable(String),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match fault_of(&error) {
            Fault::Damaged(why) => Self::Damaged(why),
            Fault::Unavailable(_) | Fault::Conflict(_) | Fault::Refused(_) | Fault::InDoubt => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}

/// What an error of SQLite means for a call that has not been sent to be committed.
pub(super) fn fault_of(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Fault::Damaged(error.to_string())
        }
        Some(_) => Fault::Unavailable(error.to_string()),
        // Not the database's word: what stands in it has another type than it should.
        None => Fault::Damaged(error.to_string()),
    }
}

/// Opens for writing; makes the file, for its owner alone, where there is none.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let unavailable = |why: std::io::Error| OpenError::Unavailable(why.to_string());
    if !path.exists() {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        options.open(path).map_err(unavailable)?;
    }
    let mut conn = connect(path)?;
    refuse_foreign(&conn)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    // An answer means that it is on disk (promise: durability).
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    migrate(&mut conn)?;
    Ok(conn)
}

/// Opens for reading alone.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let conn = connect(path)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    // Each connection stays on its own thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    Ok(conn)
}

fn version(conn: &Connection) -> Result<i64, rusqlite::Error> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn refuse_foreign(conn: &Connection) -> Result<(), OpenError> {
    let known = MIGRATIONS.len() as i64;
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let found = version(conn)?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    match (id, found) {
        (0, 0) if tables == 0 => Ok(()),
        (APPLICATION_ID, found) if found > known => Err(OpenError::Newer { found, known }),
        (APPLICATION_ID, _) => Ok(()),
        (_, _) => Err(OpenError::Foreign),
    }
}

fn migrate(conn: &mut Connection) -> Result<(), rusqlite::Error> {
    while next_migration(conn)?.is_some() {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the lock: another process may have been quicker.
        if let Some((to, migration)) = next_migration(&tx)? {
            tx.execute_batch(migration)?;
            tx.pragma_update(None, "user_version", to)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// The next one due, and the version that it brings the database to.
fn next_migration(conn: &Connection) -> Result<Option<(i64, &'static str)>, rusqlite::Error> {
    let version = version(conn)?;
    Ok((1..)
        .zip(MIGRATIONS)
        .find(|(brings_to, _)| *brings_to > version))
}
