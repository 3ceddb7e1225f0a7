//! Who makes way for whom: properties over random puts, marks, writes, failures and crashes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tokio::sync::oneshot;

use super::super::format::{Head, slots_for, to_payload};
use super::super::table::{Table, WAITERS_MAX};
use super::super::{Lane, SpoolError, offer_of, read_table, write_group};
use super::*;

type Answer = oneshot::Receiver<Result<(), SpoolError>>;

/// A table and its disk without the thread between them: each step is the test's.
struct Bench {
    table: Table,
    disk: Memory,
    open: BTreeMap<u64, Answer>,
}

/// What the sender and the journal know of a fact.
#[derive(Debug, Clone, Copy)]
struct Known {
    lane: Lane,
    slots: usize,
    acknowledged: bool,
    recorded: bool,
}

impl Bench {
    fn new(slots: usize) -> Self {
        let disk = Memory::new(slots);
        let table = read_table(key(), &disk.crash());
        Self {
            table,
            disk,
            open: BTreeMap::new(),
        }
    }

    fn put(&mut self, number: u64, fact: Stamped) -> (usize, Lane) {
        let offer = offer_of(log(), fact).unwrap();
        let shape = (slots_for(offer.payload.len()), offer.lane);
        let (waiter, answer) = oneshot::channel();
        self.table.offer(offer, waiter);
        self.open.insert(number, answer);
        shape
    }

    fn write(&mut self) {
        let group = self.table.take();
        let outcome = write_group(&mut self.disk, &key(), &group)
            .map_err(|error| SpoolError::Io(error.to_string()));
        self.table.finish(&group, &outcome);
    }

    fn answers(&mut self) -> Vec<(u64, Result<(), SpoolError>)> {
        let mut out = Vec::new();
        self.open.retain(|number, answer| match answer.try_recv() {
            Ok(outcome) => {
                out.push((*number, outcome));
                false
            }
            Err(_) => true,
        });
        out
    }

    fn put_now(&mut self, number: u64, fact: Stamped) -> Result<(), SpoolError> {
        self.put(number, fact);
        self.write();
        self.answers().pop().unwrap().1
    }

    fn crash(&mut self) {
        self.open.clear();
        self.table = read_table(key(), &self.disk.crash());
    }

    fn held(&self, recorded_too: bool) -> Vec<u64> {
        let facts = self.table.facts(recorded_too);
        facts
            .iter()
            .map(|(_, stamped)| stamped.id.0.as_u64_pair().1)
            .collect()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Raise(usize),
    Note(usize),
    Again(prop::sample::Index),
    Recorded(prop::sample::Index),
    Lost(prop::sample::Index),
    Write,
    WriteFails,
    SyncFails,
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0_usize..3_000).prop_map(Step::Raise),
        6 => (0_usize..3_000).prop_map(Step::Note),
        2 => any::<prop::sample::Index>().prop_map(Step::Again),
        5 => any::<prop::sample::Index>().prop_map(Step::Recorded),
        2 => any::<prop::sample::Index>().prop_map(Step::Lost),
        8 => Just(Step::Write),
        1 => Just(Step::WriteFails),
        1 => Just(Step::SyncFails),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 1..120)
}

const SLOTS: usize = 64;

struct World {
    bench: Bench,
    known: BTreeMap<u64, Known>,
    texts: BTreeMap<u64, Stamped>,
    /// What the journal lost again and does not have yet.
    lost: BTreeSet<u64>,
}

impl World {
    fn step(&mut self, step: &Step) {
        let next = self.known.len() as u64 + 1;
        match step {
            Step::Raise(length) => self.put(next, raise(next, &"r".repeat(*length))),
            Step::Note(length) => self.put(next, note(next, &"n".repeat(*length))),
            Step::Again(index) if !self.known.is_empty() => {
                let number = index.index(self.known.len()) as u64 + 1;
                if !self.bench.open.contains_key(&number) {
                    self.put(number, self.texts[&number].clone());
                }
            }
            Step::Recorded(index) if !self.known.is_empty() => {
                let number = index.index(self.known.len()) as u64 + 1;
                self.known.get_mut(&number).unwrap().recorded = true;
                self.lost.remove(&number);
                self.bench.table.recorded(&log(), &[id(number)]);
            }
            // The journal may lose again what it had: what is still here is owed from then on.
            Step::Lost(index) if !self.known.is_empty() => {
                let number = index.index(self.known.len()) as u64 + 1;
                if self.bench.table.holds(&log(), id(number)) {
                    self.known.get_mut(&number).unwrap().recorded = false;
                    self.lost.insert(number);
                    self.bench.table.lost(&log(), &[id(number)]);
                }
            }
            Step::Again(_) | Step::Recorded(_) | Step::Lost(_) => {}
            Step::Write => self.bench.write(),
            Step::WriteFails => {
                self.bench.disk.with(|platter| platter.fail_writes = 1);
                self.bench.write();
                self.bench.disk.with(|platter| platter.fail_writes = 0);
            }
            Step::SyncFails => {
                self.bench.disk.with(|platter| platter.fail_syncs = 1);
                self.bench.write();
                self.bench.disk.with(|platter| platter.fail_syncs = 0);
            }
            Step::Crash => {
                self.bench.crash();
                // The disk does not say so: whoever starts looks into the journal and says it again.
                for number in &self.lost {
                    self.bench.table.lost(&log(), &[id(*number)]);
                }
            }
        }
        for (number, outcome) in self.bench.answers() {
            if outcome.is_ok() {
                self.known.get_mut(&number).unwrap().acknowledged = true;
            }
        }
    }

    fn put(&mut self, number: u64, fact: Stamped) {
        let before = self.bench.table.usage();
        let mut notes = self.unrecorded_notes();
        notes.retain(|note| *note != number);
        let had = self.bench.held(true).contains(&number);
        let (slots, lane) = self.bench.put(number, fact.clone());
        self.texts.insert(number, fact);
        let known = self.known.entry(number).or_insert(Known {
            lane,
            slots,
            acknowledged: false,
            recorded: false,
        });
        if !had {
            // It comes anew: the answer and the mark of an earlier time here say nothing.
            known.acknowledged = false;
            known.recorded = false;
        }
        let full =
            self.bench.open.get_mut(&number).unwrap().try_recv() == Ok(Err(SpoolError::Full));
        if full {
            self.bench.open.remove(&number);
            // A refusal costs nobody anything, and is given only where nothing may make way.
            assert_eq!(self.bench.table.usage(), before);
            let room = match lane {
                Lane::Raise => SLOTS - before.raises_unrecorded,
                Lane::Note => (SLOTS / 2).saturating_sub(before.notes_unrecorded),
            };
            let room = room.min(
                SLOTS
                    - before.raises_unrecorded
                    - match lane {
                        Lane::Raise => 0,
                        Lane::Note => before.notes_unrecorded,
                    },
            );
            assert!(slots > room, "{slots} slots refused with room for {room}");
        }
        let after = self.bench.table.usage();
        let mut notes_after = self.unrecorded_notes();
        notes_after.retain(|note| *note != number);
        match lane {
            Lane::Note => {
                assert!(full || had || after.notes <= SLOTS / 2, "{after:?}");
                assert_eq!(notes_after, notes, "a note made way for a note");
            }
            // The oldest notes make way, and only after everything recorded.
            Lane::Raise => {
                assert!(notes.ends_with(&notes_after), "{notes:?} {notes_after:?}");
                if notes_after.len() < notes.len() {
                    assert_eq!(after.notes, after.notes_unrecorded);
                    assert_eq!(after.raises, after.raises_unrecorded);
                }
            }
        }
    }

    fn unrecorded_notes(&self) -> Vec<u64> {
        let mut held = self.bench.held(false);
        held.retain(|number| self.known[number].lane == Lane::Note);
        held
    }

    fn check(&self) {
        let held = self.bench.held(true);
        let unique: BTreeSet<u64> = held.iter().copied().collect();
        assert_eq!(held.len(), unique.len(), "a fact is held twice");
        for (number, known) in &self.known {
            let owed = known.lane == Lane::Raise && known.acknowledged && !known.recorded;
            assert!(!owed || unique.contains(number), "raise {number} was lost");
        }
        let usage = self.bench.table.usage();
        let slots: usize = held.iter().map(|number| self.known[number].slots).sum();
        assert_eq!(usage.raises + usage.notes, slots);
        assert_eq!(usage.free + slots, SLOTS, "slots leak");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Invariants 2 and 12: an acknowledged raise that is not recorded is there after every step
    /// and every crash; notes make way as the table says; no slot is lost or used twice.
    #[test]
    fn invariant_2_and_12_hold_over_random_steps(steps in steps(), luck in 1_u64..) {
        let bench = Bench::new(SLOTS);
        bench.disk.with(|platter| platter.luck = luck);
        let (known, texts, lost) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let mut world = World { bench, known, texts, lost };
        for step in &steps {
            world.step(step);
            world.check();
        }
        world.bench.crash();
        world.check();
    }
}

#[test]
fn a_raise_that_finds_only_raises_is_told_full() {
    let mut bench = Bench::new(4);
    for number in 1..=4 {
        assert_eq!(bench.put_now(number, raise(number, "gym")), Ok(()));
    }
    assert_eq!(bench.put_now(5, raise(5, "gym")), Err(SpoolError::Full));
    bench.table.recorded(&log(), &[id(3)]);
    assert_eq!(bench.put_now(5, raise(5, "gym")), Ok(()));
    bench.crash();
    assert_eq!(bench.held(true), [1, 2, 4, 5]);
}

#[test]
fn notes_take_half_and_keep_what_was_answered() {
    let mut bench = Bench::new(8);
    for number in 1..=4 {
        assert_eq!(bench.put_now(number, note(number, "")), Ok(()));
    }
    assert_eq!(bench.put_now(5, note(5, "")), Err(SpoolError::Full));
    // Raises have their own half, then the oldest notes'.
    for number in 11..=15 {
        assert_eq!(bench.put_now(number, raise(number, "")), Ok(()));
    }
    assert_eq!(bench.held(true), [2, 3, 4, 11, 12, 13, 14, 15]);
    // Recorded facts go first, the oldest of either lane.
    bench.table.recorded(&log(), &[id(4), id(12)]);
    assert_eq!(bench.put_now(16, raise(16, "")), Ok(()));
    assert_eq!(bench.put_now(17, raise(17, "")), Ok(()));
    assert_eq!(bench.held(true), [2, 3, 11, 13, 14, 15, 16, 17]);
}

/// Room is found after a restart without a journal: what a later record says of the earlier
/// ones is enough to let recorded raises make way.
#[test]
fn recorded_raises_make_way_after_a_restart() {
    let mut bench = Bench::new(4);
    for number in 1..=3 {
        assert_eq!(bench.put_now(number, raise(number, "")), Ok(()));
        bench.table.recorded(&log(), &[id(number)]);
    }
    assert_eq!(bench.put_now(4, raise(4, "")), Ok(()));
    bench.crash();
    assert_eq!(bench.held(true), [1, 2, 3, 4]);
    assert_eq!(bench.held(false), [4]);
    assert_eq!(bench.put_now(5, raise(5, "")), Ok(()));
    assert_eq!(bench.held(true), [2, 3, 4, 5]);
}

/// A raise made way once it was recorded, and was put again for a journal that lost it: of two
/// copies in the file the newer one says that it is not recorded.
#[test]
fn of_two_copies_the_newer_one_counts() {
    let payload = to_payload(&log(), &raise(1, "")).unwrap();
    let length = u32::try_from(payload.len()).unwrap();
    let mut contents = key().header(0);
    for (slot, order, settled) in [(0, 1, 1), (1, 5, 5)] {
        let head = Head {
            order,
            id: id(1),
            length,
            lane: Lane::Raise,
        };
        contents.extend(key().slot(slot, &head, settled, 0, &payload));
    }
    let table = read_table(key(), &contents);
    assert_eq!(table.facts(false), [(log(), raise(1, ""))]);
    assert_eq!(table.facts(true).len(), 1);
    assert_eq!((table.usage().free, table.usage().raises), (1, 1));
}

/// What a newer release wrote is left for it, and never written over.
#[test]
fn records_that_are_not_understood_keep_their_slots() {
    let payload = br#"{"log":"maple-valley/north-high","stamped":{"fact":"of a later release"}}"#;
    let length = u32::try_from(payload.len()).unwrap();
    let head = Head {
        order: 1,
        id: id(1),
        length,
        lane: Lane::Raise,
    };
    let mut bench = Bench::new(4);
    let slot = key().slot(0, &head, 0, 0, payload);
    bench.disk.with(|platter| {
        platter.durable[HEADER_BYTES..HEADER_BYTES + SLOT_BYTES].copy_from_slice(&slot)
    });
    bench.crash();
    for number in 2..=4 {
        assert_eq!(bench.put_now(number, raise(number, "")), Ok(()));
    }
    assert_eq!(bench.put_now(5, raise(5, "")), Err(SpoolError::Full));
    let contents = bench.disk.crash();
    assert_eq!(key().scan(&contents).records[0].payload, payload);
}

#[test]
fn waiters_of_one_fact_are_bounded() {
    let mut bench = Bench::new(8);
    let mut answers = Vec::new();
    for _ in 0..=WAITERS_MAX {
        let (waiter, answer) = oneshot::channel();
        let offer = offer_of(log(), raise(1, "")).unwrap();
        bench.table.offer(offer, waiter);
        answers.push(answer);
    }
    let mut last = answers.pop().unwrap();
    assert_eq!(last.try_recv(), Ok(Err(SpoolError::Busy)));
    // Those who have gone make room for others.
    answers.truncate(1);
    bench.put(1, raise(1, ""));
    bench.write();
    assert_eq!(bench.answers(), [(1, Ok(()))]);
    assert_eq!(answers[0].try_recv(), Ok(Ok(())));
}
