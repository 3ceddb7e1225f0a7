//! What the model remembers. All of it is small and fixed in size, because it is kept by the million.
//!
//! A raise, a clear, an instance and a screen are small numbers. What only the checker knows, and
//! no part of Lockstep could, is marked *ghost*.

use std::fmt;
use std::ops::{BitAnd, BitOr, Sub};

/// Raises that the model may make, clears, instances and screens: the most of each.
pub(crate) const RAISES: usize = 2;
pub(crate) const CLEARS: usize = 2;
pub(crate) const INSTANCES: usize = 2;
pub(crate) const SCREENS: usize = 2;

/// A set of raises or of clears.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Set(u8);

impl Set {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL_RAISES: Self = Self((1 << RAISES) - 1);

    pub(crate) fn one(member: usize) -> Self {
        Self(1 << member)
    }

    pub(crate) fn has(self, member: usize) -> bool {
        self.0 & (1 << member) != 0
    }

    pub(crate) fn add(&mut self, member: usize) {
        self.0 |= 1 << member;
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn within(self, other: Self) -> bool {
        (self - other).is_empty()
    }

    /// The two raises under each other's names.
    fn swap(&mut self) {
        self.0 = (self.0 & 1) << 1 | self.0 >> 1;
    }

    pub(crate) fn members(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |member| self.has(*member))
    }
}

impl BitOr for Set {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Set {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Set {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.members()).finish()
    }
}

/// Where the journal, an instance or a screen stands. Epochs go before entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Position {
    pub(crate) epoch: u8,
    pub(crate) seq: u8,
}

/// What stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Entry {
    Raise(u8),
    Clear(u8),
}

/// The most that can stand there: each raise and each clear once.
const ENTRIES: usize = RAISES + CLEARS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Journal {
    pub(crate) up: bool,
    pub(crate) epoch: u8,
    entries: [Option<Entry>; ENTRIES],
    /// Ghost: the clears that ever stood in each epoch's journal.
    pub(crate) ever: [Set; 2],
}

impl Journal {
    /// In order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.into_iter().flatten()
    }

    pub(crate) fn tip(&self) -> Position {
        Position {
            epoch: self.epoch,
            seq: self.entries().fold(0, |seq, _| seq + 1),
        }
    }

    pub(crate) fn has(&self, entry: Entry) -> bool {
        self.entries.contains(&Some(entry))
    }

    /// None where it is full: only a bug fills it.
    pub(crate) fn push(&mut self, entry: Entry) -> Option<()> {
        *self.entries.iter_mut().find(|slot| slot.is_none())? = Some(entry);
        Some(())
    }

    /// None where there are not as many.
    pub(crate) fn lose(&mut self, entries: u8) -> Option<()> {
        let left = self.tip().seq.checked_sub(entries)?;
        self.entries[usize::from(left)..].fill(None);
        Some(())
    }

    pub(crate) fn raises(&self) -> Set {
        self.entries().fold(Set::NONE, |raises, entry| match entry {
            Entry::Raise(raise) => raises | Set::one(raise.into()),
            Entry::Clear(_) => raises,
        })
    }

    pub(crate) fn clears(&self) -> Set {
        self.entries().fold(Set::NONE, |clears, entry| match entry {
            Entry::Raise(_) => clears,
            Entry::Clear(clear) => clears | Set::one(clear.into()),
        })
    }
}

/// One instance's part of a campus. A kill leaves the spool of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Instance {
    pub(crate) up: bool,
    /// Its own durable file.
    pub(crate) spool: Set,
    /// Raises on their way to the journal.
    pub(crate) queue: Set,
    /// The fold: raises known, those among them that the journal had, clears that it had, and
    /// what all this leaves open.
    pub(crate) heard: Set,
    pub(crate) recorded: Set,
    pub(crate) clears: Set,
    pub(crate) open: Set,
    /// How far it has read the journal.
    pub(crate) position: Position,
}

impl Instance {
    /// As it starts: it offers again what its spool has, and shows it at once.
    pub(crate) fn start(spool: Set) -> Self {
        Self {
            up: true,
            spool,
            queue: spool,
            heard: spool,
            recorded: Set::NONE,
            clears: Set::NONE,
            open: spool,
            position: Position::default(),
        }
    }
}

/// What its author was last told of a clear, or what its instance does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Nobody has asked for it yet.
    Unmade,
    /// It waits for its turn.
    Waiting,
    /// Its COMMIT was sent.
    Committing,
    /// Its author was told that it is not known.
    InDoubt,
    Accepted,
    Refused,
}

/// What became of a COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Commit {
    Unsent,
    /// It may take effect at any time, whoever still waits for it.
    UnderWay,
    Done,
    Conflict,
    /// It will never take effect, and nobody is told.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Clear {
    pub(crate) stage: Stage,
    pub(crate) commit: Commit,
    /// The instance that was asked.
    pub(crate) at: u8,
    /// The raises that it lifts, and the epoch of the head that its author's screen had drawn.
    pub(crate) names: Set,
    pub(crate) seen: u8,
    /// Where it is to be appended.
    pub(crate) expected: Position,
    /// Ghost: what its author's screen showed.
    pub(crate) drawn: Set,
    /// Ghost: it was in doubt and is no more.
    pub(crate) read_back: bool,
}

impl Clear {
    /// Its instance still does something with it.
    pub(crate) fn is_with_an_instance(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Committing)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Screen {
    pub(crate) position: Position,
    pub(crate) shows: Set,
    /// The clears of the snapshot that it took last.
    pub(crate) covers: Set,
    /// Ghost: what it showed since it came to this epoch.
    pub(crate) showed: Set,
}

/// Faults that may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Faults {
    pub(crate) kills: u8,
    pub(crate) outages: u8,
    /// Times that the journal loses its tail. More than one needs a longer `Journal::ever`.
    pub(crate) losses: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    /// Raises that their senders still offer. One that was never offered is not made yet.
    pub(crate) outbox: Set,
    /// For each instance, the raises that it acknowledged.
    pub(crate) acknowledged: [Set; INSTANCES],
    pub(crate) journal: Journal,
    pub(crate) instances: [Instance; INSTANCES],
    pub(crate) clears: [Clear; CLEARS],
    pub(crate) screens: [Screen; SCREENS],
    pub(crate) left: Faults,
}

impl State {
    pub(crate) fn new(left: Faults) -> Self {
        let clear = Clear {
            stage: Stage::Unmade,
            commit: Commit::Unsent,
            at: 0,
            names: Set::NONE,
            seen: 0,
            expected: Position::default(),
            drawn: Set::NONE,
            read_back: false,
        };
        Self {
            outbox: Set::ALL_RAISES,
            acknowledged: [Set::NONE; INSTANCES],
            journal: Journal {
                up: true,
                epoch: 0,
                entries: [None; ENTRIES],
                ever: [Set::NONE; 2],
            },
            instances: [Instance::start(Set::NONE); INSTANCES],
            clears: [clear; CLEARS],
            screens: [Screen::default(); SCREENS],
            left,
        }
    }

    /// What these clears name.
    pub(crate) fn named_by(&self, clears: Set) -> Set {
        clears
            .members()
            .fold(Set::NONE, |named, clear| named | self.clears[clear].names)
    }

    /// Forgets what nothing asks for any more, so that states which differ in nothing else are one.
    pub(crate) fn forget(&mut self) {
        let recorded = self.journal.raises();
        if self.left.losses == 0 {
            // What the journal has by now it keeps.
            for acknowledged in &mut self.acknowledged {
                *acknowledged = *acknowledged - recorded;
            }
        }
        let ever = self.journal.ever[0] | self.journal.ever[1];
        for (id, clear) in self.clears.iter_mut().enumerate() {
            if clear.commit == Commit::UnderWay || clear.is_with_an_instance() {
                continue;
            }
            (clear.at, clear.seen, clear.expected) = (0, 0, Position::default());
            clear.commit = Commit::Unsent;
            if clear.stage == Stage::Refused && !ever.has(id) {
                (clear.names, clear.drawn) = (Set::NONE, Set::NONE);
            }
        }
    }

    /// One of those states that differ only in which instance, raise or screen is called which.
    pub(crate) fn representative(&self) -> Self {
        let renamed = self.with_raises_swapped();
        [*self, renamed]
            .into_iter()
            .flat_map(|state| [state, state.with_instances_swapped()])
            .map(Self::with_screens_sorted)
            .min()
            .unwrap_or(*self)
    }

    fn with_screens_sorted(mut self) -> Self {
        self.screens.sort_unstable();
        self
    }

    fn with_instances_swapped(mut self) -> Self {
        self.instances.swap(0, 1);
        self.acknowledged.swap(0, 1);
        for clear in &mut self.clears {
            if clear.commit == Commit::UnderWay || clear.is_with_an_instance() {
                clear.at = 1 - clear.at;
            }
        }
        self
    }

    fn with_raises_swapped(&self) -> Self {
        let mut state = *self;
        state.outbox.swap();
        for acknowledged in &mut state.acknowledged {
            acknowledged.swap();
        }
        for entry in state.journal.entries.iter_mut().flatten() {
            if let Entry::Raise(raise) = entry {
                *raise = 1 - *raise;
            }
        }
        for one in &mut state.instances {
            for set in [
                &mut one.spool,
                &mut one.queue,
                &mut one.heard,
                &mut one.recorded,
                &mut one.open,
            ] {
                set.swap();
            }
        }
        for clear in &mut state.clears {
            clear.names.swap();
            clear.drawn.swap();
        }
        for screen in &mut state.screens {
            screen.shows.swap();
            screen.showed.swap();
        }
        state
    }
}
