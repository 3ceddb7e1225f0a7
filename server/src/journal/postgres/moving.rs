//! Moving in: a SQLite journal copied into an empty database, byte for byte, in one transaction.
//!
//! Nothing is read as what it means and written anew. Each log's root is computed again from the
//! text that arrived, before anything is committed.

use std::path::Path;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use lockstep_proto::merkle::{Frontier, Hash, leaf_hash};
use lockstep_proto::timeline::LogId;
use rusqlite::{Connection, OpenFlags};
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::database::{Database, OpenError};
use super::schema;

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something stands there.
    #[error("the database is not empty: it has {0}. Make another one")]
    NotEmpty(String),
    /// The file cannot be read.
    #[error("the journal in the folder cannot be read, and nothing was moved: {0}")]
    File(#[from] rusqlite::Error),
    /// The database refused something, or went away.
    #[error("the database did not take it, and nothing was moved: {0:#}")]
    Database(anyhow::Error),
    /// What arrived is not what was sent.
    #[error("{log} did not arrive whole, and nothing was moved: {why}")]
    Differs {
        /// Which log.
        log: String,
        /// What differs.
        why: String,
    },
    /// The last answer did not come.
    #[error(
        "it is not known whether this was done: {0:#}. Run it again: where it was, the database is \
         said not to be empty, and has everything"
    )]
    InDoubt(anyhow::Error),
}

impl From<tokio_postgres::Error> for MoveError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A log that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub log: LogId,
    /// How many entries it has.
    pub entries: u64,
    /// Its root, here and there.
    pub root: Hash,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Bytes,
    Id,
}

use Kind::{Bytes, Id, Number, Text};

/// Every table with its columns, in an order that no reference objects to.
const TABLES: [(&str, &[(&str, Kind)]); 11] = [
    (
        "log",
        &[
            ("district", Text),
            ("campus", Text),
            ("epoch", Number),
            ("size", Number),
            ("frontier", Bytes),
            ("recorded", Number),
        ],
    ),
    (
        "entry",
        &[
            ("district", Text),
            ("campus", Text),
            ("seq", Number),
            ("epoch", Number),
            ("fact_id", Id),
            ("recorded", Number),
            ("leaf", Bytes),
            ("canonical", Text),
        ],
    ),
    (
        "detail",
        &[
            ("district", Text),
            ("campus", Text),
            ("seq", Number),
            ("hash", Bytes),
            ("salt", Bytes),
            ("text", Text),
            ("removed", Text),
        ],
    ),
    (
        "directory_version",
        &[("district", Text), ("version", Number)],
    ),
    (
        "directory",
        &[
            ("district", Text),
            ("kind", Text),
            ("id", Text),
            ("body", Text),
        ],
    ),
    (
        "credential",
        &[
            ("district", Text),
            ("id", Text),
            ("principal", Text),
            ("made_at", Number),
            ("revoked_at", Number),
        ],
    ),
    (
        "code",
        &[
            ("hash", Text),
            ("district", Text),
            ("principal", Text),
            ("expires_at", Number),
            ("made_by", Text),
        ],
    ),
    (
        "pin",
        &[("district", Text), ("person", Text), ("phc", Text)],
    ),
    (
        "enrolment",
        &[
            ("district", Text),
            ("officer", Text),
            ("expires_at", Number),
            ("body", Text),
        ],
    ),
    (
        "roster",
        &[
            ("district", Text),
            ("campus", Text),
            ("at", Number),
            ("body", Text),
        ],
    ),
    (
        "passkey",
        &[
            ("district", Text),
            ("id", Text),
            ("person", Text),
            ("made_at", Number),
            ("body", Text),
        ],
    ),
];

/// Copies the journal in `file`, which nobody writes meanwhile, into an empty database. `tell`
/// hears how far it has come. All of it is there afterwards, or nothing.
pub async fn move_in(
    file: &Path,
    database: &Database,
    mut tell: impl FnMut(String),
) -> Result<Vec<Moved>, MoveError> {
    let from = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // One moment of it.
    from.execute_batch("BEGIN")?;
    schema::bring_up(database, true).await?;
    let mut link = database.connect("").await?;
    let into = link.client.transaction().await?;
    // An instance that starts beside this waits until it is over.
    into.batch_execute("LOCK TABLE log, directory_version IN EXCLUSIVE MODE")
        .await?;
    for (table, _) in TABLES {
        let there = into
            .query_opt(&format!("SELECT FROM {table} LIMIT 1"), &[])
            .await?;
        if there.is_some() {
            return Err(MoveError::NotEmpty(format!("something in `{table}`")));
        }
    }
    for (table, columns) in TABLES {
        let rows = copy(&from, &into, table, columns).await?;
        tell(format!("{table}: {rows} rows"));
    }
    let mut moved = Vec::new();
    for (log, frontier) in logs(&from)? {
        let arrived = check(&into, log, &frontier).await?;
        tell(format!(
            "{}: {} entries, root {}",
            arrived.log, arrived.entries, arrived.root
        ));
        moved.push(arrived);
    }
    into.commit()
        .await
        .map_err(|why| MoveError::InDoubt(why.into()))?;
    Ok(moved)
}

async fn copy(
    from: &Connection,
    into: &Transaction<'_>,
    table: &str,
    columns: &[(&str, Kind)],
) -> Result<u64, MoveError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let types: Vec<Type> = columns
        .iter()
        .map(|(_, kind)| match kind {
            Text => Type::TEXT,
            Number => Type::INT8,
            Bytes => Type::BYTEA,
            Id => Type::UUID,
        })
        .collect();
    let sink = into
        .copy_in(&format!("COPY {table} ({names}) FROM STDIN BINARY"))
        .await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    let mut statement = from.prepare(&format!("SELECT {names} FROM {table}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let cells = (0..)
            .zip(columns)
            .map(|(at, (_, kind))| cell(row, at, *kind))
            .collect::<Result<Vec<_>, _>>()?;
        let cells: Vec<_> = cells.iter().map(|cell| &**cell).collect();
        writer.as_mut().write(&cells).await?;
    }
    Ok(writer.finish().await?)
}

fn cell(
    row: &rusqlite::Row<'_>,
    at: usize,
    kind: Kind,
) -> Result<Box<dyn ToSql + Sync>, rusqlite::Error> {
    Ok(match kind {
        Text => Box::new(row.get::<_, Option<String>>(at)?),
        Number => Box::new(row.get::<_, Option<i64>>(at)?),
        Bytes => Box::new(row.get::<_, Option<Vec<u8>>>(at)?),
        Id => Box::new(Uuid::from_bytes(row.get(at)?)),
    })
}

/// Every log of the file, with its frontier.
fn logs(from: &Connection) -> Result<Vec<(String, Vec<u8>)>, rusqlite::Error> {
    from.prepare("SELECT district || '/' || campus, frontier FROM log ORDER BY 1")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Computes a log's root from the entries that arrived.
async fn check(into: &Transaction<'_>, log: String, frontier: &[u8]) -> Result<Moved, MoveError> {
    let differs = |why: String| MoveError::Differs {
        log: log.clone(),
        why,
    };
    let theirs = Frontier::from_bytes(frontier).map_err(|why| differs(why.to_string()))?;
    let id: LogId = log
        .parse()
        .map_err(|_| differs("no log's name".to_owned()))?;
    let params: [&(dyn ToSql + Sync); 2] = [&id.district.as_str(), &id.campus_name()];
    let entries = into
        .query_raw(
            "SELECT seq, leaf, canonical FROM entry
             WHERE district = $1 AND campus = $2 ORDER BY seq",
            params,
        )
        .await?;
    let mut entries = pin!(entries);
    let mut ours = Frontier::new();
    while let Some(row) = entries.try_next().await? {
        let (seq, leaf): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        let hash = leaf_hash(row.try_get::<_, &str>(2)?.as_bytes());
        ours.push(hash);
        if u64::try_from(seq) != Ok(ours.size()) || hash.0 != leaf {
            return Err(differs(format!("entry {seq}")));
        }
    }
    if (ours.size(), ours.root()) != (theirs.size(), theirs.root()) {
        return Err(differs(format!(
            "{} entries with root {}, and the folder has {} with root {}",
            ours.size(),
            ours.root(),
            theirs.size(),
            theirs.root()
        )));
    }
    Ok(Moved {
        log: id,
        entries: ours.size(),
        root: ours.root(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use rusqlite::Connection;

    use super::TABLES;
    use crate::clock::SystemClock;
    use crate::journal::sqlite::SqliteJournal;

    /// A table or a column that comes with a migration moves too: nothing is left behind unseen.
    #[test]
    fn t2_every_table_of_the_file_moves_with_every_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        drop(SqliteJournal::open(&path, Arc::new(SystemClock)).unwrap());
        let file = Connection::open(&path).unwrap();
        let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut statement = file
            .prepare(
                "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
            )
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let columns = there.entry(row.get(0).unwrap()).or_default();
            columns.push(row.get(1).unwrap());
        }
        // What is written there says only that the disk takes writing.
        there.remove("probe").unwrap();
        let moved = TABLES.iter().map(|(table, columns)| {
            let mut columns: Vec<String> = columns.iter().map(|(name, _)| (*name).into()).collect();
            columns.sort();
            ((*table).to_owned(), columns)
        });
        assert_eq!(moved.collect::<BTreeMap<_, _>>(), there);
    }
}
