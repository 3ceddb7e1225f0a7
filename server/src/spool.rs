//! The spool: this instance's own durable file for raises and notes.
//!
//! Owns one preallocated file and the thread that writes it. A fact answered `Ok` is on this
//! instance's disk whatever the journal does, and comes back when the file is next opened
//! (invariant 2). It never decides what a fact means, never reads the journal, and never takes a
//! ground or a clear: those go to the journal alone, so that a refused one cannot come true
//! from here (invariant 13).
//!
//! # Promises
//!
//! - **Durable.** `Ok` means written and fdatasynced.
//! - **Once.** A fact that is held already is answered `Ok` without another write.
//! - **Never blocking.** Nothing here waits for the disk but the writer's own thread. Facts that
//!   wait are written together, raises first, with one fdatasync for all of them.
//! - **Bounded.** The queue is the file's own room: what waits to be written has its slots
//!   already, so memory is at most a small multiple of the file's size (invariant 12).
//! - **Kept.** A fact stays after the journal has it, until its room is needed. Then recorded
//!   facts make way, the oldest first; then, for a raise, notes that are not recorded. A raise
//!   that is not recorded never does. Half of the file is for raises alone.
//! - **Apart.** One process has the file; a full disk cannot take its room away.
//!
//! # After a failed write
//!
//! When an fdatasync fails, Linux marks the pages clean all the same: what is on the disk is
//! unknown, and a later fdatasync that answers well says nothing about them. So the facts of that
//! group are told [`SpoolError::Io`], stay in memory as doubtful, and their slots are written
//! again with the next write; only a whole write and fdatasync of their own makes them held.
//! Records of earlier groups were on the disk before, and a rewritten page says the same about
//! them, so they stay held. (Like every log in one file, this takes for granted that a disk
//! which loses power does not garble sectors whose content it was not asked to change.)

mod file;
mod format;
mod table;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use lockstep_proto::command::Class;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::timeline::LogId;
use tokio::sync::oneshot;

use crate::failpoint::{Moment, reach};

pub use file::{OpenError, SIZE_DEFAULT, SIZE_MAX, SIZE_MIN};

use file::Disk;
use format::{HEADER_BYTES, Key, RECORD_MAX, SLOT_BYTES, offset_of, to_payload};
use table::{Group, Offer, Table};

/// Why a fact is not on this disk. Its sender keeps it: the answer is `shown_only` unless the
/// journal has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpoolError {
    /// No room, and nothing that may make way for it; or it made way itself before it was written.
    #[error("the spool is full")]
    Full,
    /// Longer than a record may be.
    #[error("too long for the spool")]
    TooLarge,
    /// A ground or a clear: they go to the journal alone.
    #[error("only raises and notes are spooled")]
    NotSpooled,
    /// The disk failed. It is tried again with the next write.
    #[error("the spool's disk failed: {0}")]
    Io(String),
    /// Too many wait for this same fact.
    #[error("too many wait for this fact")]
    Busy,
}

impl SpoolError {
    /// In one word, for the metric.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Io(_) => "disk",
            Self::TooLarge | Self::NotSpooled | Self::Busy => "other",
        }
    }
}

/// Which half of the file a fact may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Lane {
    /// Posture raises and alarms: all of the file.
    Raise,
    /// Notes: half of it at most.
    Note,
}

impl Lane {
    /// The lane of a class; none for what is not spooled.
    fn of(class: Class) -> Option<Self> {
        match class {
            Class::PostureRaise | Class::Alarm => Some(Self::Raise),
            Class::Note => Some(Self::Note),
            Class::Ground | Class::Clear => None,
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Raise => 0,
            Self::Note => 1,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Raise => b'R',
            Self::Note => b'N',
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Raise, Self::Note]
            .into_iter()
            .find(|lane| lane.byte() == byte)
    }
}

/// How full the spool is, in slots of 512 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// All of them.
    pub slots: usize,
    /// Those that hold nothing.
    pub free: usize,
    /// Those of raises.
    pub raises: usize,
    /// Those of notes.
    pub notes: usize,
    /// Those of raises that the journal is not known to have. They never make way.
    pub raises_unrecorded: usize,
    /// Those of notes that the journal is not known to have.
    pub notes_unrecorded: usize,
}

/// See the module. Dropping it writes what still waits and lets the file go.
#[derive(Debug)]
pub struct Spool {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Told when there is something to write, or nothing ever again.
    work: Condvar,
}

struct State {
    table: Table,
    closing: bool,
    /// The last write failed: what is doubtful waits for the next put to be tried with it, so
    /// that a dead disk is not written to without end.
    failing: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// The state, even if a thread panicked with it: each change to it is small and whole, and
    /// a raise is worth more than the doubt.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spool {
    /// Opens the spool of a folder, or makes it: one file of `size` bytes
    /// ([`SIZE_DEFAULT`]), all of it taken from the disk now. Reads it whole; not for an async task.
    ///
    /// What it held is in [`Spool::all`], all of it to be offered to the journal again.
    pub fn open(dir: &Path, size: u64) -> Result<Self, OpenError> {
        let opened = file::open(dir, size)?;
        Self::start(opened.file, opened.key, &opened.contents).map_err(|why| OpenError::Io {
            doing: "cannot start a thread for the spool in",
            path: dir.to_owned(),
            why,
        })
    }

    fn start(disk: impl Disk, key: Key, contents: &[u8]) -> io::Result<Self> {
        let table = read_table(key, contents);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                table,
                closing: false,
                failing: false,
            }),
            work: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || write_groups(&theirs, disk, key))?;
        Ok(Self {
            shared,
            writer: Some(writer),
        })
    }

    /// Puts a raise or a note on the disk. It is on its way from the call on, whether or not the
    /// answer is ever awaited; how long to wait is the caller's business.
    pub fn put(
        &self,
        log: LogId,
        stamped: Stamped,
    ) -> impl Future<Output = Result<(), SpoolError>> + Send + use<> {
        let (waiter, answer) = oneshot::channel();
        let sent = offer_of(log, stamped).map(|offer| {
            self.shared.state().table.offer(offer, waiter);
            self.shared.work.notify_one();
        });
        async move {
            sent?;
            answer
                .await
                .unwrap_or_else(|_| Err(SpoolError::Io("the writer has ended".to_owned())))
        }
    }

    /// Marks facts that the journal has: they may be overwritten when room is short. Ids that are
    /// not here are passed over.
    pub fn recorded(&self, log: &LogId, ids: &[FactId]) {
        self.shared.state().table.recorded(log, ids);
    }

    /// The journal has lost these again: they make way for nothing until it has them.
    pub fn lost(&self, log: &LogId, ids: &[FactId]) {
        self.shared.state().table.lost(log, ids);
    }

    /// Whether a fact is on this disk.
    #[must_use]
    pub fn holds(&self, log: &LogId, id: FactId) -> bool {
        self.shared.state().table.holds(log, id)
    }

    /// Everything here in the order of its acceptance: what a journal that was away, or lost its
    /// tail, is offered again. The journal drops what it has.
    #[must_use]
    pub fn all(&self) -> Vec<(LogId, Stamped)> {
        self.shared.state().table.facts(true)
    }

    /// What the journal is not known to have, in the order of its acceptance.
    #[must_use]
    pub fn unrecorded(&self) -> Vec<(LogId, Stamped)> {
        self.shared.state().table.facts(false)
    }

    /// How full it is.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.shared.state().table.usage()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.work.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been reported by its own thread.
            let _ = writer.join();
        }
    }
}

fn offer_of(log: LogId, stamped: Stamped) -> Result<Offer, SpoolError> {
    let lane = Lane::of(stamped.fact.class()).ok_or(SpoolError::NotSpooled)?;
    let payload =
        to_payload(&log, &stamped).map_err(|error| SpoolError::Io(format!("no JSON: {error}")))?;
    if payload.len() > RECORD_MAX {
        return Err(SpoolError::TooLarge);
    }
    Ok(Offer {
        log,
        stamped,
        lane,
        payload,
    })
}

fn read_table(key: Key, contents: &[u8]) -> Table {
    let scan = key.scan(contents);
    let partial = scan.partial;
    let slots = contents.len().saturating_sub(HEADER_BYTES) / SLOT_BYTES;
    let (table, strangers) = Table::new(u32::try_from(slots).unwrap_or(u32::MAX), scan);
    if strangers > 0 {
        tracing::warn!(
            strangers,
            "the spool holds records that this release does not understand; they are kept"
        );
    }
    // Usual where long records were overwritten by others; worth a line where a disk is suspect.
    tracing::debug!(partial, "records in the spool of which only parts are left");
    table
}

/// The writer's thread: group after group, until the spool is dropped.
fn write_groups(shared: &Shared, mut disk: impl Disk, key: Key) {
    let mut state = shared.state();
    loop {
        let due = state.table.has_queued() || (state.table.has_doubtful() && !state.failing);
        if !due && state.closing {
            return;
        }
        if !due {
            state = shared
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let group = state.table.take();
        drop(state);
        reach(Moment::BeforeSpool);
        let outcome =
            write_group(&mut disk, &key, &group).map_err(|error| SpoolError::Io(error.to_string()));
        if let Err(error) = &outcome {
            tracing::error!(%error, facts = group.writes.len(), "the spool was not written");
        }
        reach(Moment::AfterSpool);
        state = shared.state();
        state.failing = outcome.is_err();
        state.table.finish(&group, &outcome);
    }
}

/// Writes a group's slots, neighbours together, then waits until the disk has them.
fn write_group(disk: &mut impl Disk, key: &Key, group: &Group) -> io::Result<()> {
    let mut slots: Vec<(u32, [u8; SLOT_BYTES])> = Vec::new();
    for write in &group.writes {
        for (part, slot) in write.slots.iter().enumerate() {
            let bytes = key.slot(*slot, &write.head, group.settled, part, &write.payload);
            slots.push((*slot, bytes));
        }
    }
    slots.sort_unstable_by_key(|(slot, _)| *slot);
    for run in slots.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
        let bytes: Vec<u8> = run.iter().flat_map(|(_, bytes)| *bytes).collect();
        if let Some((first, _)) = run.first() {
            disk.write_at(offset_of(*first), &bytes)?;
        }
    }
    disk.sync()
}
