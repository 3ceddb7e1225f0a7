//! What the spool holds, where, and what makes way for what: in memory, without I/O.
//!
//! Owns the slots' use, the queue of what is still to be written, and the waiting answers. It
//! never touches the file; [`Table::take`] says what to write and [`Table::finish`] is told
//! how that went.
//!
//! # Who makes way
//!
//! 1. Recorded facts, oldest first, of whichever lane may be used: the journal has them, and
//!    they stay only so that they can be offered again to a journal that lost its tail.
//! 2. For a raise only: notes that are not recorded, oldest first. For another note they never
//!    make way: of two notes the one already answered `spooled` is kept, and the newcomer is
//!    told [`SpoolError::Full`], so that its sender, who still has it, keeps offering.
//! 3. A raise that is not recorded never makes way. A raise that finds nothing else is told
//!    [`SpoolError::Full`].
//!
//! Notes never take more than half of the slots, so half is for raises alone. What the file
//! holds when it is opened is kept whatever its lanes: a note that had made way and was not
//! overwritten is back, and makes way again when it must.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::timeline::LogId;
use tokio::sync::oneshot;

use super::format::{Head, Scan, from_payload, slots_for};
use super::{Lane, SpoolError, Usage};

/// The most callers that may wait for one fact.
pub(super) const WAITERS_MAX: usize = 64;
/// The most slots of one write: what a raise may have to wait for is at most one of these.
pub(super) const WRITE_SLOTS_MAX: usize = 1024;

/// Who waits to hear how a put went. One who has gone away is no harm.
pub(super) type Waiter = oneshot::Sender<Result<(), SpoolError>>;

/// How far a record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// To be written.
    Queued,
    /// With the writer.
    Writing,
    /// A write of it failed: what its slots hold is not known. To be written again.
    Doubtful,
    /// On the disk.
    Held,
}

struct Entry {
    log: LogId,
    stamped: Stamped,
    lane: Lane,
    recorded: bool,
    slots: Vec<u32>,
    stage: Stage,
    /// Its JSON, until it is on the disk.
    payload: Arc<[u8]>,
    waiters: Vec<Waiter>,
}

/// Records of one lane, all recorded or all not: their orders, and how many slots they take.
#[derive(Debug, Default)]
struct Rank {
    orders: BTreeSet<u64>,
    slots: usize,
}

/// A record for the writer.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) head: Head,
    pub(super) slots: Vec<u32>,
    pub(super) payload: Arc<[u8]>,
}

/// What the writer is to write in one go.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Every record before this order is recorded, or was shed: written beside each record, so
    /// that after a restart without a journal room can still be found.
    pub(super) settled: u64,
    pub(super) writes: Vec<Write>,
}

/// A fact on its way in.
pub(super) struct Offer {
    pub(super) log: LogId,
    pub(super) stamped: Stamped,
    pub(super) lane: Lane,
    pub(super) payload: Vec<u8>,
}

/// See the module.
pub(super) struct Table {
    capacity: usize,
    /// Slots of records that this release does not understand: never used.
    foreign: usize,
    free: BTreeSet<u32>,
    entries: BTreeMap<u64, Entry>,
    by_fact: HashMap<(LogId, FactId), u64>,
    /// By lane, not recorded and recorded.
    ranks: [[Rank; 2]; 2],
    /// By stage, where there is something to do: raises, notes, and both when doubtful.
    queued: [BTreeSet<u64>; 2],
    doubtful: BTreeSet<u64>,
    next_order: u64,
}

impl Table {
    /// A table of `capacity` slots that holds what a file held. Answers how many records of
    /// it this release does not understand; their slots are left alone for the one that does.
    pub(super) fn new(capacity: u32, scan: Scan) -> (Self, usize) {
        let mut table = Self {
            capacity: capacity as usize,
            foreign: 0,
            free: (0..capacity).collect(),
            entries: BTreeMap::new(),
            by_fact: HashMap::new(),
            ranks: Default::default(),
            queued: Default::default(),
            doubtful: BTreeSet::new(),
            next_order: scan.last_order.saturating_add(1),
        };
        let mut strangers = 0;
        for whole in scan.records.into_iter().rev() {
            let read = from_payload(&whole);
            // Twice the same fact: it had made way, was put again, and the older copy was not
            // overwritten yet. The newer one knows better whether it was recorded.
            let again = read.as_ref().is_some_and(|(log, stamped)| {
                table.by_fact.contains_key(&(log.clone(), stamped.id))
            });
            if again {
                continue;
            }
            for slot in &whole.slots {
                table.free.remove(slot);
            }
            let Some((log, stamped)) = read else {
                strangers += 1;
                table.foreign += whole.slots.len();
                continue;
            };
            let entry = Entry {
                log,
                stamped,
                lane: whole.head.lane,
                recorded: whole.head.order < scan.settled,
                slots: whole.slots,
                stage: Stage::Held,
                payload: Arc::default(),
                waiters: Vec::new(),
            };
            table.insert(whole.head.order, entry);
        }
        (table, strangers)
    }

    /// Takes a fact in and has `waiter` told when it is on the disk, or why it is not.
    pub(super) fn offer(&mut self, offer: Offer, waiter: Waiter) {
        let known = (offer.log.clone(), offer.stamped.id);
        if let Some(order) = self.by_fact.get(&known).copied() {
            return self.join(order, waiter);
        }
        let need = slots_for(offer.payload.len());
        if need > self.half() {
            return answer([waiter], &Err(SpoolError::TooLarge));
        }
        if !self.make_room(offer.lane, need) {
            return answer([waiter], &Err(SpoolError::Full));
        }
        let slots = (0..need).filter_map(|_| self.free.pop_first()).collect();
        let order = self.next_order;
        self.next_order += 1;
        self.queued[offer.lane.index()].insert(order);
        let entry = Entry {
            log: offer.log,
            stamped: offer.stamped,
            lane: offer.lane,
            recorded: false,
            slots,
            stage: Stage::Queued,
            payload: offer.payload.into(),
            waiters: vec![waiter],
        };
        self.insert(order, entry);
    }

    /// The fact is known already: nothing is written twice.
    fn join(&mut self, order: u64, waiter: Waiter) {
        let Some(entry) = self.entries.get_mut(&order) else {
            return;
        };
        match entry.stage {
            Stage::Held => answer([waiter], &Ok(())),
            Stage::Queued | Stage::Writing | Stage::Doubtful => {
                entry.waiters.retain(|waiter| !waiter.is_closed());
                if entry.waiters.len() >= WAITERS_MAX {
                    return answer([waiter], &Err(SpoolError::Busy));
                }
                entry.waiters.push(waiter);
                if entry.stage == Stage::Doubtful {
                    entry.stage = Stage::Queued;
                    self.doubtful.remove(&order);
                    self.queued[entry.lane.index()].insert(order);
                }
            }
        }
    }

    /// Frees slots until `need` of them can be used by `lane`; frees none where that cannot be.
    fn make_room(&mut self, lane: Lane, need: usize) -> bool {
        let raises = self.slots(Lane::Raise, false);
        let notes = self.slots(Lane::Note, false);
        let kept = match lane {
            Lane::Raise => self.foreign + raises,
            Lane::Note => self.foreign + raises + notes,
        };
        if kept + need > self.capacity || (lane == Lane::Note && notes + need > self.half()) {
            return false;
        }
        if lane == Lane::Note {
            while self.slots(Lane::Note, false) + self.slots(Lane::Note, true) + need > self.half()
            {
                let Some(oldest) = self.oldest(Lane::Note, true) else {
                    return false;
                };
                self.drop_record(oldest);
            }
        }
        while self.free.len() < need {
            let recorded = [Lane::Raise, Lane::Note].map(|lane| self.oldest(lane, true));
            let oldest = recorded.into_iter().flatten().min();
            let shed = || match lane {
                Lane::Raise => self.oldest(Lane::Note, false),
                Lane::Note => None,
            };
            let Some(oldest) = oldest.or_else(shed) else {
                return false;
            };
            self.drop_record(oldest);
        }
        true
    }

    /// Marks facts that the journal has: they may make way.
    pub(super) fn recorded(&mut self, log: &LogId, ids: &[FactId]) {
        self.mark(log, ids, true);
    }

    pub(super) fn lost(&mut self, log: &LogId, ids: &[FactId]) {
        self.mark(log, ids, false);
    }

    fn mark(&mut self, log: &LogId, ids: &[FactId], recorded: bool) {
        for id in ids {
            let Some(order) = self.by_fact.get(&(log.clone(), *id)).copied() else {
                continue;
            };
            let Some(entry) = self.entries.get_mut(&order) else {
                continue;
            };
            if std::mem::replace(&mut entry.recorded, recorded) != recorded {
                let (lane, slots) = (entry.lane, entry.slots.len());
                self.rank(lane, !recorded).remove(order, slots);
                self.rank(lane, recorded).add(order, slots);
            }
        }
    }

    pub(super) fn holds(&self, log: &LogId, id: FactId) -> bool {
        let order = self.by_fact.get(&(log.clone(), id));
        let entry = order.and_then(|order| self.entries.get(order));
        entry.is_some_and(|entry| match entry.stage {
            Stage::Held => true,
            Stage::Queued | Stage::Writing | Stage::Doubtful => false,
        })
    }

    /// What is to be written next: raises, then notes, then what has to be written again.
    pub(super) fn take(&mut self) -> Group {
        let mut group = Group {
            settled: self.settled(),
            writes: Vec::new(),
        };
        let mut taken = 0;
        let [raises, notes] = &self.queued;
        let due: Vec<u64> = raises
            .iter()
            .chain(notes)
            .chain(&self.doubtful)
            .copied()
            .take(WRITE_SLOTS_MAX)
            .collect();
        for order in due {
            let Some(entry) = self.entries.get_mut(&order) else {
                continue;
            };
            taken += entry.slots.len();
            if taken > WRITE_SLOTS_MAX && !group.writes.is_empty() {
                break;
            }
            entry.stage = Stage::Writing;
            self.queued[entry.lane.index()].remove(&order);
            self.doubtful.remove(&order);
            group.writes.push(Write {
                head: Head {
                    order,
                    id: entry.stamped.id,
                    length: u32::try_from(entry.payload.len()).unwrap_or(u32::MAX),
                    lane: entry.lane,
                },
                slots: entry.slots.clone(),
                payload: Arc::clone(&entry.payload),
            });
        }
        group
    }

    /// How the writing of a group went. Records that made way meanwhile have had their answer,
    /// and their slots are written over by whoever has them now, in a later group.
    pub(super) fn finish(&mut self, group: &Group, outcome: &Result<(), SpoolError>) {
        for write in &group.writes {
            let Some(entry) = self.entries.get_mut(&write.head.order) else {
                continue;
            };
            if outcome.is_ok() {
                entry.stage = Stage::Held;
                entry.payload = Arc::default();
            } else {
                entry.stage = Stage::Doubtful;
                self.doubtful.insert(write.head.order);
            }
            answer(std::mem::take(&mut entry.waiters), outcome);
        }
    }

    /// Whether somebody waits for a write.
    pub(super) fn has_queued(&self) -> bool {
        self.queued.iter().any(|orders| !orders.is_empty())
    }

    /// Whether something has to be written again.
    pub(super) fn has_doubtful(&self) -> bool {
        !self.doubtful.is_empty()
    }

    /// What it holds, in order: everything, or what is not recorded.
    pub(super) fn facts(&self, recorded_too: bool) -> Vec<(LogId, Stamped)> {
        self.entries
            .values()
            .filter(|entry| recorded_too || !entry.recorded)
            .map(|entry| (entry.log.clone(), entry.stamped.clone()))
            .collect()
    }

    /// How full it is.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            slots: self.capacity,
            free: self.free.len(),
            raises: self.slots(Lane::Raise, false) + self.slots(Lane::Raise, true),
            notes: self.slots(Lane::Note, false) + self.slots(Lane::Note, true),
            raises_unrecorded: self.slots(Lane::Raise, false),
            notes_unrecorded: self.slots(Lane::Note, false),
        }
    }

    /// The order before which nothing is left to be recorded.
    fn settled(&self) -> u64 {
        [Lane::Raise, Lane::Note]
            .into_iter()
            .filter_map(|lane| self.oldest(lane, false))
            .min()
            .unwrap_or(self.next_order)
    }

    fn half(&self) -> usize {
        self.capacity / 2
    }

    fn rank(&mut self, lane: Lane, recorded: bool) -> &mut Rank {
        &mut self.ranks[lane.index()][usize::from(recorded)]
    }

    fn slots(&self, lane: Lane, recorded: bool) -> usize {
        self.ranks[lane.index()][usize::from(recorded)].slots
    }

    fn oldest(&self, lane: Lane, recorded: bool) -> Option<u64> {
        self.ranks[lane.index()][usize::from(recorded)]
            .orders
            .first()
            .copied()
    }

    fn insert(&mut self, order: u64, entry: Entry) {
        let fact = (entry.log.clone(), entry.stamped.id);
        self.by_fact.insert(fact, order);
        self.rank(entry.lane, entry.recorded)
            .add(order, entry.slots.len());
        self.entries.insert(order, entry);
    }

    /// A record makes way, whatever its stage: the writer writes one group after the other, so
    /// whoever gets these slots is written later than what made way.
    fn drop_record(&mut self, order: u64) {
        let Some(entry) = self.entries.remove(&order) else {
            return;
        };
        self.by_fact.remove(&(entry.log, entry.stamped.id));
        self.rank(entry.lane, entry.recorded)
            .remove(order, entry.slots.len());
        self.queued[entry.lane.index()].remove(&order);
        self.doubtful.remove(&order);
        self.free.extend(entry.slots);
        answer(entry.waiters, &Err(SpoolError::Full));
    }
}

impl Rank {
    fn add(&mut self, order: u64, slots: usize) {
        if self.orders.insert(order) {
            self.slots += slots;
        }
    }

    fn remove(&mut self, order: u64, slots: usize) {
        if self.orders.remove(&order) {
            self.slots -= slots;
        }
    }
}

fn answer(waiters: impl IntoIterator<Item = Waiter>, outcome: &Result<(), SpoolError>) {
    for waiter in waiters {
        // Nobody listens any more: they have had their deadline.
        let _ = waiter.send(outcome.clone());
    }
}
