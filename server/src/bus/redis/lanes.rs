//! What waits to be said: raises in a lane of their own, then the rest.
//!
//! Of what is worth only its newest (where a journal stands, who has a screen) one word waits for
//! each campus, at the place that the first one had. A full lane loses what has waited longest,
//! and what has waited too long is not said at all: its owner says it again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lockstep_proto::timeline::LogId;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::Word;

/// Words in one lane.
pub const LANE_MAX: usize = 4_096;
/// Bytes in one lane.
pub const LANE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How old a word may be when it is said.
const KEEP: Duration = Duration::from_secs(3);
/// Words that are said at once: a raise waits for no more than that.
const BATCH_MAX: usize = 64;
/// Bytes that are said at once, but for the last word.
const BATCH_BYTES: usize = 256 * 1024;

/// How a word waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Raise,
    Note,
    Stands,
    Screens,
}

impl Kind {
    pub(super) fn of(word: &Word) -> Self {
        match word {
            Word::Shown(stamped) if stamped.fact.class().is_raise() => Self::Raise,
            Word::Shown(_) => Self::Note,
            Word::Stands(_) => Self::Stands,
            Word::Screens(_) => Self::Screens,
        }
    }

    /// Whether a newer word makes this one worth nothing.
    fn newest_only(self) -> bool {
        match self {
            Self::Raise | Self::Note => false,
            Self::Stands | Self::Screens => true,
        }
    }
}

/// A word that waits, sealed.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) kind: Kind,
    pub(super) log: LogId,
    pub(super) sealed: Vec<u8>,
    pub(super) since: Instant,
}

/// One lane. What is worth only its newest lies beside the queue, which keeps its turn.
#[derive(Default)]
struct Lane {
    turns: VecDeque<Turn>,
    newest: HashMap<(Kind, LogId), Waiting>,
    bytes: usize,
}

enum Turn {
    Of(Waiting),
    OfNewest(Kind, LogId),
}

impl Lane {
    /// Puts one in; answers how many were lost to make room.
    fn put(&mut self, waiting: Waiting) -> u64 {
        self.bytes += waiting.sealed.len();
        if waiting.kind.newest_only() {
            let key = (waiting.kind, waiting.log.clone());
            let turn = Turn::OfNewest(key.0, key.1.clone());
            match self.newest.insert(key, waiting) {
                Some(older) => self.bytes -= older.sealed.len(),
                None => self.turns.push_back(turn),
            }
        } else {
            self.turns.push_back(Turn::Of(waiting));
        }
        let mut lost = 0;
        while self.turns.len() > LANE_MAX || self.bytes > LANE_BYTES_MAX {
            lost += u64::from(self.pop().is_some());
        }
        lost
    }

    fn pop(&mut self) -> Option<Waiting> {
        let waiting = match self.turns.pop_front()? {
            Turn::Of(waiting) => waiting,
            Turn::OfNewest(kind, log) => self.newest.remove(&(kind, log))?,
        };
        self.bytes -= waiting.sealed.len();
        Some(waiting)
    }
}

#[derive(Default)]
struct Both {
    raises: Lane,
    rest: Lane,
}

/// Everything that waits.
#[derive(Default)]
pub(super) struct Lanes {
    both: Mutex<Both>,
    more: Notify,
}

impl Lanes {
    /// Puts a word in; answers how many were lost to make room.
    pub(super) fn put(&self, waiting: Waiting) -> u64 {
        let lost = {
            let mut both = self.both();
            match waiting.kind {
                Kind::Raise => both.raises.put(waiting),
                Kind::Note | Kind::Stands | Kind::Screens => both.rest.put(waiting),
            }
        };
        self.more.notify_one();
        lost
    }

    /// Waits for words to be said, raises first.
    pub(super) async fn next(&self) -> Vec<Waiting> {
        loop {
            let batch = self.take(Instant::now());
            if !batch.is_empty() {
                return batch;
            }
            self.more.notified().await;
        }
    }

    fn take(&self, now: Instant) -> Vec<Waiting> {
        let mut both = self.both();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_MAX && bytes < BATCH_BYTES {
            let Some(waiting) = both.raises.pop().or_else(|| both.rest.pop()) else {
                break;
            };
            if now.duration_since(waiting.since) <= KEEP {
                bytes += waiting.sealed.len();
                batch.push(waiting);
            }
        }
        batch
    }

    /// Words and bytes that wait.
    pub(super) fn size(&self) -> (usize, usize) {
        let both = self.both();
        (
            both.raises.turns.len() + both.rest.turns.len(),
            both.raises.bytes + both.rest.bytes,
        )
    }

    fn both(&self) -> MutexGuard<'_, Both> {
        self.both.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn log(campus: &str) -> LogId {
        format!("d/{campus}").parse().unwrap()
    }

    fn waiting(kind: Kind, campus: &str, byte: u8) -> Waiting {
        Waiting {
            kind,
            log: log(campus),
            sealed: vec![byte; 10],
            since: Instant::now(),
        }
    }

    fn said(batch: &[Waiting]) -> Vec<u8> {
        batch.iter().map(|waiting| waiting.sealed[0]).collect()
    }

    #[test]
    fn raises_are_first_and_only_the_newest_position_waits_at_its_first_place() {
        let lanes = Lanes::default();
        lanes.put(waiting(Kind::Stands, "a", 1));
        lanes.put(waiting(Kind::Note, "a", 2));
        lanes.put(waiting(Kind::Stands, "b", 3));
        lanes.put(waiting(Kind::Screens, "a", 4));
        lanes.put(waiting(Kind::Stands, "a", 5));
        lanes.put(waiting(Kind::Raise, "a", 6));
        assert_eq!(lanes.size(), (5, 50));
        assert_eq!(said(&lanes.take(Instant::now())), [6, 5, 2, 3, 4]);
        assert_eq!(lanes.size(), (0, 0));
    }

    #[test]
    fn a_full_lane_loses_what_has_waited_longest_and_no_raise_for_a_note() {
        let lanes = Lanes::default();
        lanes.put(waiting(Kind::Raise, "a", 9));
        lanes.put(waiting(Kind::Stands, "a", 1));
        let lost: u64 = (0..LANE_MAX)
            .map(|_| lanes.put(waiting(Kind::Note, "a", 2)))
            .sum();
        assert_eq!(lost, 1);
        assert_eq!(said(&lanes.take(Instant::now()))[..2], [9, 2]);

        let mut big = waiting(Kind::Note, "a", 3);
        big.sealed = vec![3; LANE_BYTES_MAX - 10];
        lanes.put(big);
        assert!(lanes.size().1 <= LANE_BYTES_MAX, "{:?}", lanes.size());
    }

    #[tokio::test(start_paused = true)]
    async fn what_waited_over_an_outage_is_not_said() {
        let lanes = Lanes::default();
        lanes.put(waiting(Kind::Raise, "a", 1));
        tokio::time::advance(KEEP + Duration::from_millis(1)).await;
        lanes.put(waiting(Kind::Note, "a", 2));
        assert_eq!(said(&lanes.next().await), [2]);
    }
}
