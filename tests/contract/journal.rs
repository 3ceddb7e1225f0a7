//! The journal's promises, over every backend; and beside them, what only a file can show.

mod by_hand;
mod change;
mod commit;
mod database;
mod faults;
mod latency;
mod log;
mod people;
mod property;
mod right;
mod rosters;
pub(crate) mod school;
mod tls;

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use lockstep_proto::Timestamp;
use lockstep_server::clock::{Clock, SharedClock};
use lockstep_server::journal::Journal;
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::journal::postgres::{Database, PostgresJournal};
use lockstep_server::journal::sqlite::SqliteJournal;
use lockstep_tests::Postgres;
use tempfile::TempDir;

/// A clock that stands until it is set.
pub(crate) struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(school::time(0))))
    }

    pub(crate) fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap() = at;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A backend with its clock, and with the folder that it lives in.
pub(crate) struct Bench {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<SetClock>,
    _folder: Option<TempDir>,
}

impl Bench {
    pub(crate) fn memory() -> Self {
        let clock = SetClock::new();
        Self {
            journal: Arc::new(MemoryJournal::new(clock.clone())),
            clock,
            _folder: None,
        }
    }

    pub(crate) fn sqlite() -> Self {
        let clock = SetClock::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Self {
            journal: Arc::new(SqliteJournal::open(path, clock.clone() as SharedClock).unwrap()),
            clock,
            _folder: Some(folder),
        }
    }

    /// In a database of its own on the server that tests share.
    pub(crate) async fn postgres() -> Self {
        Self::on(Postgres::shared()).await
    }

    pub(crate) async fn on(server: &Postgres) -> Self {
        let database = Database::at(&server.url(&server.database(), "owner"), None).unwrap();
        let clock = SetClock::new();
        let journal = PostgresJournal::open(database, clock.clone() as SharedClock).await;
        Self {
            // The suite's clock stands at another time than the database's.
            journal: Arc::new(journal.unwrap().with_skew(SignedDuration::MAX)),
            clock,
            _folder: None,
        }
    }
}

/// Runs each of a module's promises over each backend.
macro_rules! over_every_backend {
    ($($promise:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::journal::Bench::memory()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::journal::Bench::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::journal::Bench::postgres().await).await;
            })*
        }
    };
}
pub(crate) use over_every_backend;
