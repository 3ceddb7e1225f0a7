//! The tables: made and brought up to date. Migrations are numbered and go forward only, one
//! instance at a time; a database of a newer release is refused.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Transaction};

use super::database::{Database, OpenError};

/// Each brings the database from its index to the next version.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../../migrations/postgres/0001.sql"),
    include_str!("../../../migrations/postgres/0002.sql"),
    include_str!("../../../migrations/postgres/0003.sql"),
    include_str!("../../../migrations/postgres/0004.sql"),
    include_str!("../../../migrations/postgres/0005.sql"),
];
const RIGHTS: &str = include_str!("../../../migrations/postgres/rights.sql");

/// Whoever migrates holds this ("LKST"), so that instances that start together take turns.
const LOCK: i64 = 0x4c4b_5354;

/// How long starting may wait for a database that does not answer.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        let said = error.code();
        let not_allowed = said == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
        // Wrong today and wrong tomorrow: nobody waits for it to change.
        let wrong = [
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            SqlState::INVALID_CATALOG_NAME,
        ];
        let wrong = said.is_some_and(|said| wrong.contains(said));
        let why = match error.as_db_error() {
            Some(said) => said.message().to_owned(),
            // What it says of itself is only "error connecting to server".
            None => format!("{:#}", anyhow::Error::from(error)),
        };
        if not_allowed {
            Self::NotPrepared(why)
        } else if wrong {
            Self::Setting(why)
        } else {
            Self::Unavailable(why)
        }
    }
}

/// Makes the tables or brings them up to date, where this role may and something is to be done;
/// with `rights`, says again what the service's own role may do. Answers the version.
pub(super) async fn bring_up(database: &Database, rights: bool) -> Result<i64, OpenError> {
    let silent = |_| OpenError::Unavailable("it does not answer".to_owned());
    timeout(OPEN_WITHIN, run(database, rights))
        .await
        .map_err(silent)?
}

async fn run(database: &Database, rights: bool) -> Result<i64, OpenError> {
    let mut link = database.connect("").await?;
    let tx = link.client.transaction().await?;
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    let encoding: String = tx.query_one("SHOW server_encoding", &[]).await?.get(0);
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8(encoding));
    }
    let known = MIGRATIONS.len() as i64;
    let found = version(&tx).await?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (to, migration) in (1_i64..).zip(MIGRATIONS) {
        if to > found {
            tx.batch_execute(migration).await?;
            tx.execute("INSERT INTO lockstep_schema (version) VALUES ($1)", &[&to])
                .await?;
        }
    }
    if rights || found < known {
        tx.batch_execute(RIGHTS).await?;
    }
    tx.commit().await?;
    Ok(known)
}

async fn version(tx: &Transaction<'_>) -> Result<i64, Error> {
    let there = tx
        .query_one("SELECT to_regclass('lockstep_schema') IS NOT NULL", &[])
        .await?;
    if !there.try_get::<_, bool>(0)? {
        tx.batch_execute(
            "CREATE TABLE lockstep_schema (
                 version bigint PRIMARY KEY,
                 at timestamptz NOT NULL DEFAULT now()
             )",
        )
        .await?;
    }
    let newest = tx
        .query_one("SELECT coalesce(max(version), 0) FROM lockstep_schema", &[])
        .await?;
    newest.try_get(0)
}
