//! The threads that own the connections, and the queues to them.
//!
//! One thread writes: it takes what is queued, puts each request into the same transaction,
//! commits once and answers all. Others read, so that a stuck read never holds an append.
//! Nothing here knows what a request does.
//!
//! A request is written only if nobody gave it up before COMMIT was sent. Its ticket says
//! so: the waiter whose time is up takes it back, or learns that it is too late for that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::super::draft::Fault;
use super::super::{BATCH_MAX, DEADLINE};
use super::file::{fault_of, open_reader, open_writer};
use super::rows;
use crate::clock::{Moment, SharedClock, Ticker};

/// Requests that may wait. More than that cannot be served within the deadline anyway.
const QUEUE_MAX: usize = 1_024;

/// Requests that share one COMMIT.
const GROUP_MAX: usize = 64;

/// Threads that read.
const READERS: usize = 2;

/// Why a request's own work ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// Its answer: it writes nothing, and the others of its group go on.
    Fault(Fault),
    /// The database's word.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// How far a request has come.
struct Ticket {
    phase: AtomicU8,
    deadline: Instant,
}

const QUEUED: u8 = 0;
const COMMITTING: u8 = 1;
const CANCELLED: u8 = 2;

impl Ticket {
    fn new(within: Duration) -> Arc<Self> {
        Arc::new(Self {
            phase: AtomicU8::new(QUEUED),
            deadline: Instant::now() + within,
        })
    }

    fn turn(&self, from: u8, to: u8) -> bool {
        self.phase
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Takes the request back. False: too late, it was sent to be committed.
    fn cancel(&self) -> bool {
        self.turn(QUEUED, CANCELLED) || self.phase.load(Ordering::SeqCst) == CANCELLED
    }

    /// The last step before COMMIT. False: its time is up, and it must not be written.
    fn commit(&self) -> bool {
        if Instant::now() >= self.deadline {
            self.turn(QUEUED, CANCELLED);
        }
        self.turn(QUEUED, COMMITTING)
    }

    /// Undoes [`Ticket::commit`], where COMMIT was not sent after all.
    fn requeue(&self) {
        self.turn(COMMITTING, QUEUED);
    }

    fn is_over(&self) -> bool {
        self.phase.load(Ordering::SeqCst) == CANCELLED || Instant::now() >= self.deadline
    }
}

/// A request of any kind, as the writer sees it.
trait Job: Send {
    fn ticket(&self) -> &Ticket;
    /// About how many rows it writes.
    fn weight(&self) -> usize;
    /// Works inside the transaction. May be called again after a rollback. Keeps its answer;
    /// an error is the connection's and ends the group.
    fn run(&mut self, conn: &Connection, moment: Moment) -> Result<(), rusqlite::Error>;
    /// Gives its answer, or the fault that befell its group.
    fn answer(self: Box<Self>, ending: Result<(), Fault>);
}

struct Request<T, W> {
    ticket: Arc<Ticket>,
    weight: usize,
    work: W,
    outcome: Option<Result<T, Fault>>,
    reply: oneshot::Sender<Result<T, Fault>>,
}

impl<T, W> Job for Request<T, W>
where
    T: Send,
    W: FnMut(&Connection, Moment) -> Result<T, Stop> + Send,
{
    fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    fn weight(&self) -> usize {
        self.weight
    }

    fn run(&mut self, conn: &Connection, moment: Moment) -> Result<(), rusqlite::Error> {
        conn.execute_batch("SAVEPOINT request")?;
        let outcome = match (self.work)(conn, moment) {
            Ok(answer) => Ok(answer),
            Err(Stop::Sql(error)) if is_connections(&error) => return Err(error),
            Err(Stop::Sql(error)) => Err(fault_of(&error)),
            Err(Stop::Fault(fault)) => Err(fault),
        };
        if outcome.is_err() {
            conn.execute_batch("ROLLBACK TO request")?;
        }
        self.outcome = Some(outcome);
        conn.execute_batch("RELEASE request")
    }

    fn answer(self: Box<Self>, ending: Result<(), Fault>) {
        let Self { outcome, reply, .. } = *self;
        let outcome = match (ending, outcome) {
            (Ok(()), Some(outcome)) => outcome,
            // Whatever became of the others, this one had nothing in that COMMIT.
            (Err(Fault::InDoubt), Some(Err(_))) | (Ok(()), None) => {
                Err(Fault::Unavailable("its group was not committed".to_owned()))
            }
            (Err(fault), _) => Err(fault),
        };
        // Where nobody waits any more, `find` tells.
        let _ = reply.send(outcome);
    }
}

/// Whether an error concerns the whole connection and not one statement of one request.
fn is_connections(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        None | Some(
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::ParameterOutOfRange
        )
    )
}

/// The way to the writing thread.
pub(super) struct Writer {
    queue: SyncSender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the thread. It ends when the journal is dropped.
    pub(super) fn start(
        path: PathBuf,
        conn: Option<Connection>,
        clock: SharedClock,
    ) -> std::io::Result<Self> {
        let (queue, requests) = sync_channel(QUEUE_MAX);
        let writer = WriterThread {
            path,
            conn,
            ticker: Ticker::new(clock),
            suspect: false,
        };
        thread::Builder::new()
            .name("journal-write".to_owned())
            .spawn(move || writer.serve(&requests))?;
        Ok(Self { queue })
    }

    /// Has something written within the deadline. `work` may run more than once, and what it
    /// did counts only if this answers `Ok`.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        weight: usize,
        work: impl FnMut(&Connection, Moment) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Fault> {
        self.write_within(DEADLINE, weight, work).await
    }

    /// The same, with a deadline of its own.
    pub(super) async fn write_within<T: Send + 'static>(
        &self,
        within: Duration,
        weight: usize,
        work: impl FnMut(&Connection, Moment) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, mut answer) = oneshot::channel();
        let ticket = Ticket::new(within);
        let request = Request {
            ticket: ticket.clone(),
            weight,
            work,
            outcome: None,
            reply,
        };
        send(&self.queue, Box::new(request) as Box<dyn Job>)?;
        let (why, last) = match timeout(within, &mut answer).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) => ("the writing thread fell over", None),
            Err(_) => ("it took too long", Some(&mut answer)),
        };
        if ticket.cancel() {
            return Err(Fault::Unavailable(why.to_owned()));
        }
        last.and_then(|answer| answer.try_recv().ok())
            .unwrap_or(Err(Fault::InDoubt))
    }
}

fn send<J>(queue: &SyncSender<J>, job: J) -> Result<(), Fault> {
    queue.try_send(job).map_err(|error| {
        Fault::Unavailable(match error {
            TrySendError::Full(_) => "too much is waiting".to_owned(),
            TrySendError::Disconnected(_) => "its thread has ended".to_owned(),
        })
    })
}

struct WriterThread {
    path: PathBuf,
    /// None after an error: opened again for the next group.
    conn: Option<Connection>,
    ticker: Ticker,
    /// A COMMIT failed, and its record may stand in the write-ahead log. The next commit goes
    /// over it, if it writes anything.
    suspect: bool,
}

/// How one try to write a group ended.
enum Try {
    Committed,
    /// Somebody gave up just before COMMIT: once more without them.
    Again,
    Failed(Fault),
}

impl WriterThread {
    fn serve(mut self, requests: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = requests.recv() {
            let mut weight = first.weight();
            let mut group = vec![first];
            while group.len() < GROUP_MAX && weight < BATCH_MAX {
                let Ok(next) = requests.try_recv() else { break };
                weight += next.weight();
                group.push(next);
            }
            // A bug in one request must not end the journal for all that follow: their
            // waiters see a closed channel, and the connection rolls back as it is dropped.
            let done = catch_unwind(AssertUnwindSafe(|| self.write(group)));
            if done.is_err() {
                tracing::error!("a request to the journal panicked");
                self.conn = None;
            }
        }
    }

    /// Ends: each further try has at least one request fewer.
    fn write(&mut self, mut group: Vec<Box<dyn Job>>) {
        loop {
            let over = group.extract_if(.., |job| job.ticket().is_over());
            for job in over {
                job.ticket().cancel();
                job.answer(Err(Fault::Unavailable("it took too long".to_owned())));
            }
            if group.is_empty() {
                return;
            }
            let ending = match self.try_once(&mut group) {
                Try::Again => continue,
                Try::Committed => Ok(()),
                Try::Failed(fault) => {
                    tracing::warn!(requests = group.len(), ?fault, "the journal did not write");
                    Err(fault)
                }
            };
            for job in group {
                job.answer(ending.clone());
            }
            return;
        }
    }

    fn try_once(&mut self, group: &mut [Box<dyn Job>]) -> Try {
        let conn = match self.conn.take().map_or_else(|| open_writer(&self.path), Ok) {
            Ok(conn) => conn,
            Err(why) => return Try::Failed(Fault::Unavailable(why.to_string())),
        };
        let moment = self.ticker.moment();
        let suspect = self.suspect;
        let worked = conn.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
            if suspect {
                rows::touch(&conn, moment.now)?;
            }
            group.iter_mut().try_for_each(|job| job.run(&conn, moment))
        });
        if let Err(error) = worked {
            // No commit record was written: dropping the connection leaves nothing behind.
            return Try::Failed(fault_of(&error));
        }
        if !group.iter().all(|job| job.ticket().commit()) {
            group.iter().for_each(|job| job.ticket().requeue());
            if conn.execute_batch("ROLLBACK").is_ok() {
                self.conn = Some(conn);
            }
            return Try::Again;
        }
        match conn.execute_batch("COMMIT") {
            Ok(()) => {
                self.conn = Some(conn);
                self.suspect = false;
                Try::Committed
            }
            Err(error) => {
                let fault = after_failed_commit(&conn, &error);
                self.suspect = fault == Fault::InDoubt;
                Try::Failed(fault)
            }
        }
    }
}

/// What a failed COMMIT means. SQLite rolls it back, but its commit record may stand whole in
/// the write-ahead log, from where a crash would bring it back. It cannot where a lock was in
/// the way or the disk had no room for the record; else the log is emptied to make sure.
fn after_failed_commit(conn: &Connection, error: &rusqlite::Error) -> Fault {
    let rolled_back = conn.is_autocommit() || conn.execute_batch("ROLLBACK").is_ok();
    let unwritten = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull)
    );
    let emptied = || {
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .is_ok_and(|busy: i64| busy == 0)
    };
    if rolled_back && (unwritten || emptied()) {
        Fault::Unavailable(error.to_string())
    } else {
        Fault::InDoubt
    }
}

type ReadJob = Box<dyn FnOnce(&mut Reader) + Send>;

/// The way to the reading threads.
pub(super) struct Readers {
    queue: SyncSender<ReadJob>,
}

struct Reader {
    path: PathBuf,
    conn: Option<Connection>,
}

impl Readers {
    /// Starts the threads. They end when the journal is dropped.
    pub(super) fn start(path: &std::path::Path) -> std::io::Result<Self> {
        let (queue, requests) = sync_channel::<ReadJob>(QUEUE_MAX);
        let requests = Arc::new(Mutex::new(requests));
        for n in 0..READERS {
            let requests = requests.clone();
            let mut reader = Reader {
                path: path.to_owned(),
                conn: None,
            };
            thread::Builder::new()
                .name(format!("journal-read-{n}"))
                .spawn(move || {
                    while let Some(job) = next(&requests) {
                        let done = catch_unwind(AssertUnwindSafe(|| job(&mut reader)));
                        if done.is_err() {
                            tracing::error!("a question to the journal panicked");
                            reader.conn = None;
                        }
                    }
                })?;
        }
        Ok(Self { queue })
    }

    /// Has something read, all of it at one moment, within the deadline.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + DEADLINE;
        let job: ReadJob = Box::new(move |reader| {
            if Instant::now() < deadline {
                let _ = reply.send(reader.read(work));
            }
        });
        send(&self.queue, job)?;
        match timeout(DEADLINE, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Fault::Unavailable("it took too long".to_owned())),
        }
    }
}

fn next(requests: &Mutex<Receiver<ReadJob>>) -> Option<ReadJob> {
    let requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
    requests.recv().ok()
}

impl Reader {
    fn read<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Stop>) -> Result<T, Fault> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => open_reader(&self.path).map_err(|error| fault_of(&error))?,
        };
        // One snapshot for all that it reads.
        let outcome = conn
            .execute_batch("BEGIN")
            .map_err(Stop::Sql)
            .and_then(|()| work(&conn));
        if conn.execute_batch("ROLLBACK").is_ok() {
            self.conn = Some(conn);
        }
        outcome.map_err(|stop| match stop {
            Stop::Fault(fault) => fault,
            Stop::Sql(error) => fault_of(&error),
        })
    }
}
