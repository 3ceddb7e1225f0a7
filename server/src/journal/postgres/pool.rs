//! Connections, and how a call ends: in time, and so that what it gave up never comes true.
//!
//! - Each statement waits for the answers to those before it, but for a first group that only
//!   locks and reads. COMMIT is sent once everything else is answered, if the deadline has not
//!   passed: else nothing was sent that could make it true, and only an unanswered COMMIT is in
//!   doubt.
//! - A connection is used again only after its last answer has come. Whatever else happens to a
//!   call, its connection is closed, and the server rolls back what was open on it.
//! - The server lets go too: of a lock it waits for, of a statement, of a transaction that says
//!   nothing more.
//!
//! A ready-made pool takes a connection back whenever it is dropped, in the middle of a transaction
//! as well, and asks it whether it lives. A frozen server does not answer that either.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{OptionFuture, try_join};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Error, Row};

use super::super::draft::Fault;
use super::database::{Database, Link};
use super::schema;

/// Why a call's own work ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// Its answer.
    Fault(Fault),
    /// The database's word.
    Sql(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Fault(fault) => fault,
            Stop::Sql(error) => fault_of(&error),
        }
    }
}

/// What an error means for a call that has not been sent to be committed.
fn fault_of(error: &Error) -> Fault {
    let damaged = [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED];
    match error.as_db_error() {
        Some(said) if damaged.contains(said.code()) => Fault::Damaged(said.message().to_owned()),
        Some(said) => Fault::Unavailable(said.message().to_owned()),
        None => Fault::Unavailable(error.to_string()),
    }
}

/// A parameter with its type: a statement that says them needs no round trip to be prepared.
pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// `params![TEXT district, INT8 seq]`
macro_rules! params {
    ($($kind:ident $value:expr),* $(,)?) => {
        &[$((&$value as &(dyn tokio_postgres::types::ToSql + Sync),
             tokio_postgres::types::Type::$kind)),*]
    };
}
pub(super) use params;

/// What stands in a column. Another type than ours is not what we wrote.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Stop> {
    row.try_get(column)
        .map_err(|why| Stop::Fault(Fault::Damaged(why.to_string())))
}

fn too_long() -> Fault {
    Fault::Unavailable("it took too long".to_owned())
}

/// A bounded number of connections for calls of one kind.
pub(super) struct Pool(Arc<Kept>);

/// The tables are as this release wants them: looked at before the first use, once.
pub(super) type Prepared = Arc<OnceCell<()>>;

struct Kept {
    database: Database,
    prepared: Prepared,
    within: Duration,
    session: String,
    seats: Arc<Semaphore>,
    idle: Mutex<Vec<Link>>,
}

impl Kept {
    async fn connect(&self) -> Result<Link, Fault> {
        let bring_up = async || schema::bring_up(&self.database, false).await.map(|_| ());
        let prepared = self.prepared.get_or_try_init(bring_up).await;
        prepared.map_err(|why| Fault::Unavailable(why.to_string()))?;
        let link = self.database.connect(&self.session).await;
        link.map_err(|error| fault_of(&error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// Connects to nothing yet. `within` is the deadline of each call.
    pub(super) fn new(
        database: Database,
        prepared: &Prepared,
        seats: usize,
        within: Duration,
    ) -> Self {
        let within_ms = within.as_millis();
        // What is dropped here ends there a moment later, also where its end does not get through:
        // a transaction that says nothing more keeps its log from every instance, and one that
        // said nothing for as long as it has in all is over. And an answer means that it is on
        // disk, whatever the database's own default.
        let session = format!(
            "SET lock_timeout = {}; SET statement_timeout = {within_ms};
             SET idle_in_transaction_session_timeout = {within_ms};
             SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') IN ('off', 'local')",
            within_ms * 4 / 5,
        );
        Self(Arc::new(Kept {
            database,
            prepared: Arc::clone(prepared),
            within,
            session,
            seats: Arc::new(Semaphore::new(seats)),
            idle: Mutex::default(),
        }))
    }

    /// A session for questions, each of which sees its own moment.
    pub(super) async fn reading(&self) -> Result<Session, Fault> {
        self.session(false).await
    }

    /// A session whose statements are one transaction.
    pub(super) async fn transaction(&self) -> Result<Session, Fault> {
        self.session(true).await
    }

    async fn session(&self, begins: bool) -> Result<Session, Fault> {
        let kept = &self.0;
        let deadline = Instant::now() + kept.within;
        let seat = timeout_at(deadline, Arc::clone(&kept.seats).acquire_owned())
            .await
            .map_err(|_| too_long())?
            .map_err(|_| Fault::Unavailable("the journal is closed".to_owned()))?;
        let idle = || {
            let mut idle = kept.idle();
            std::iter::from_fn(|| idle.pop()).find(|link| !link.client.is_closed())
        };
        let link = match idle() {
            Some(link) => link,
            None => timeout_at(deadline, kept.connect())
                .await
                .map_err(|_| too_long())??,
        };
        Ok(Session {
            link,
            kept: Arc::clone(kept),
            _seat: seat,
            deadline,
            transaction: begins,
            begun: AtomicBool::new(false),
            answered: AtomicBool::new(true),
        })
    }
}

/// One call's use of a connection, until its deadline.
pub(super) struct Session {
    link: Link,
    kept: Arc<Kept>,
    _seat: OwnedSemaphorePermit,
    deadline: Instant,
    transaction: bool,
    begun: AtomicBool,
    /// Every statement so far got its answer.
    answered: AtomicBool,
}

impl Session {
    /// Asks one thing. Several asked together are sent together, in the order in which they are
    /// polled first, and worked off in that order; a transaction's BEGIN goes out before its
    /// first statement.
    pub(super) async fn ask(
        &self,
        statement: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Stop> {
        let client = &self.link.client;
        let begins = self.transaction && !self.begun.swap(true, Ordering::SeqCst);
        let begin: OptionFuture<_> = begins
            .then(|| client.query_typed("BEGIN ISOLATION LEVEL READ COMMITTED", &[]))
            .into();
        let begin = async { begin.await.transpose() };
        let both = try_join(begin, client.query_typed(statement, params));
        match timeout_at(self.deadline, both).await {
            Ok(Ok((_, rows))) => Ok(rows),
            Ok(Err(error)) => {
                if error.as_db_error().is_none() {
                    self.give_up();
                }
                Err(error.into())
            }
            Err(_) => {
                self.give_up();
                Err(too_long().into())
            }
        }
    }

    /// An answer is missing: this connection is not used again, nor those that wait beside it,
    /// which lead to the same server and would cost one deadline each.
    fn give_up(&self) {
        self.answered.store(false, Ordering::SeqCst);
        self.kept.idle().clear();
    }

    /// Commits what went well, and undoes the rest.
    pub(super) async fn settle<T>(self, outcome: Result<T, Stop>) -> Result<T, Fault> {
        match outcome {
            Ok(done) => self.commit().await.map(|()| done),
            Err(stop) => {
                self.end().await;
                Err(stop.into())
            }
        }
    }

    /// Ends a call that only asked: what it may have written is undone.
    pub(super) async fn answer<T>(self, outcome: Result<T, Stop>) -> Result<T, Fault> {
        self.end().await;
        Ok(outcome?)
    }

    async fn commit(self) -> Result<(), Fault> {
        // The last look at the clock: after this it may come true.
        if !self.answered.load(Ordering::SeqCst) || Instant::now() >= self.deadline {
            return Err(too_long());
        }
        let commit = self.link.client.query_typed("COMMIT", &[]);
        let answer = timeout_at(self.deadline, commit).await;
        match answer {
            Ok(Ok(_)) => {
                self.put_back();
                Ok(())
            }
            Ok(Err(error)) if is_rolled_back(&error) => Err(fault_of(&error)),
            Ok(Err(_)) | Err(_) => {
                self.give_up();
                Err(Fault::InDoubt)
            }
        }
    }

    async fn end(self) {
        if !self.answered.load(Ordering::SeqCst) {
            return;
        }
        if self.begun.load(Ordering::SeqCst) {
            let rollback = self.link.client.query_typed("ROLLBACK", &[]);
            match timeout_at(self.deadline, rollback).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
        self.put_back();
    }

    fn put_back(self) {
        self.kept.idle().push(self.link);
    }
}

/// Whether an error in answer to COMMIT is the transaction's end. One that ends the connection
/// may come after the commit was on disk.
fn is_rolled_back(error: &Error) -> bool {
    let said = error.as_db_error().and_then(|said| said.parsed_severity());
    said == Some(Severity::Error)
}

/// Whether an error says that such a row stands.
pub(super) fn stands(stop: &Stop) -> bool {
    match stop {
        Stop::Sql(error) => error.code() == Some(&SqlState::UNIQUE_VIOLATION),
        Stop::Fault(_) => false,
    }
}
