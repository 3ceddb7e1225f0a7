//! The spool's promises, on memory disks that lie and on real ones.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod bytes;
mod disk;
mod faults;
mod kill;
mod room;

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use lockstep_proto::Timestamp;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{CampusId, DistrictId, FactId, PersonId, Principal};
use lockstep_proto::role::Role;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use uuid::Uuid;

use super::file::Disk;
use super::format::{HEADER_BYTES, Key, SLOT_BYTES};

fn log() -> LogId {
    LogId::campus(
        DistrictId::new("maple-valley").unwrap(),
        CampusId::new("north-high").unwrap(),
    )
}

fn id(number: u64) -> FactId {
    FactId(Uuid::from_u64_pair(7, number))
}

fn stamped(number: u64, fact: Fact) -> Stamped {
    Stamped {
        id: id(number),
        at: Timestamp::from_second(1_800_000_000).unwrap(),
        claimed_at: None,
        by: Author {
            principal: Principal::Person(PersonId::new("joy.adams").unwrap()),
            name: "Joy Adams".to_owned(),
            role: Role::Staff,
            credential: None,
        },
        origin: None,
        fact,
    }
}

/// A posture raise whose record takes a slot, and one more for each 448 bytes of text.
fn raise(number: u64, text: &str) -> Stamped {
    stamped(
        number,
        Fact::LockDownCalled {
            reason: Some(Words::Words(text.to_owned())),
            place: None,
            answers: Vec::new(),
            of_threat: None,
        },
    )
}

fn note(number: u64, text: &str) -> Stamped {
    stamped(
        number,
        Fact::MistakeAnnotated {
            call: id(1),
            note: Words::Words(text.to_owned()),
        },
    )
}

fn key() -> Key {
    Key::new(*b"sixteen bytes!!!")
}

/// A disk in memory with a cache before it that forgets as Linux does: after a failed sync the
/// cache still reads well and is clean, and what is on the platter is anybody's guess.
#[derive(Debug, Clone)]
struct Memory(Arc<Mutex<Platter>>);

#[derive(Debug)]
struct Platter {
    cache: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
    writes: usize,
    syncs: usize,
    /// How many writes, and how many syncs, fail from here on.
    fail_writes: usize,
    fail_syncs: usize,
    /// Draws for which sectors a failure or crash lets through.
    luck: u64,
}

impl Memory {
    fn new(slots: usize) -> Self {
        let size = HEADER_BYTES + slots * SLOT_BYTES;
        let mut bytes = key().header(size as u64);
        bytes.resize(size, 0);
        Self(Arc::new(Mutex::new(Platter {
            cache: bytes.clone(),
            durable: bytes,
            dirty: BTreeSet::new(),
            writes: 0,
            syncs: 0,
            fail_writes: 0,
            fail_syncs: 0,
            luck: 0x9e37_79b9_7f4a_7c15,
        })))
    }

    fn with<T>(&self, with: impl FnOnce(&mut Platter) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }

    /// What a start after a power cut finds.
    fn crash(&self) -> Vec<u8> {
        self.with(|platter| {
            platter.scatter();
            platter.cache = platter.durable.clone();
            platter.durable.clone()
        })
    }
}

impl Platter {
    /// Some dirty sectors reach the platter, some do not; none is dirty any more.
    fn scatter(&mut self) {
        for sector in std::mem::take(&mut self.dirty) {
            self.luck ^= self.luck << 13;
            self.luck ^= self.luck >> 7;
            self.luck ^= self.luck << 17;
            if self.luck.is_multiple_of(2) {
                self.persist(sector);
            }
        }
    }

    fn persist(&mut self, sector: usize) {
        let range = sector * SLOT_BYTES..(sector + 1) * SLOT_BYTES;
        self.durable[range.clone()].copy_from_slice(&self.cache[range]);
    }
}

impl Disk for Memory {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.with(|platter| {
            let offset = usize::try_from(offset).unwrap();
            assert!(offset >= HEADER_BYTES, "the header is written once");
            platter.writes += 1;
            let fails = platter.fail_writes > 0;
            // A failed write has written something, up to anywhere.
            let length = if fails { bytes.len() / 2 } else { bytes.len() };
            platter.fail_writes = platter.fail_writes.saturating_sub(1);
            platter.cache[offset..offset + length].copy_from_slice(&bytes[..length]);
            let sectors = offset / SLOT_BYTES..(offset + length).div_ceil(SLOT_BYTES);
            platter.dirty.extend(sectors);
            if fails {
                return Err(io::Error::other("injected write failure"));
            }
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|platter| {
            platter.syncs += 1;
            if platter.fail_syncs > 0 {
                platter.fail_syncs -= 1;
                platter.scatter();
                return Err(io::Error::other("injected sync failure"));
            }
            for sector in std::mem::take(&mut platter.dirty) {
                platter.persist(sector);
            }
            Ok(())
        })
    }
}
