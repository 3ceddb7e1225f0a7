//! The world of one trace: two instances over one journal and one bus, those who raise and clear,
//! and screens. It moves only when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use lockstep_proto::Timestamp;
use lockstep_proto::directory::Directory;
use lockstep_proto::id::FactId;
use lockstep_server::bus::Word;
use lockstep_server::bus::memory::{MemoryNetwork, Passing};
use lockstep_server::clock::Clock;
use lockstep_server::journal::memory::MemoryJournal;

use crate::foreseen::Foreseen;
use crate::instance::{Instance, Life};
use crate::people::{Clearer, Sender};
use crate::rng::Rng;
use crate::school;
use crate::screen::Watcher;
use crate::state::{CLEARS, Faults, INSTANCES, RAISES, SCREENS, Set};
use crate::tally::Tally;

/// Time passes in steps of this.
const STEP_MS: u64 = 25;
/// Words on the bus that wait at most; the oldest are lost.
const WORDS_MAX: usize = 64;

/// The clock of everybody, which the world moves.
#[derive(Default)]
struct WorldClock(AtomicI64);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let ms = self.0.load(Ordering::SeqCst);
        school::time(ms / 1_000) + jiff::SignedDuration::from_millis(ms % 1_000)
    }
}

pub(crate) struct World {
    pub(crate) rng: Rng,
    clock: Arc<WorldClock>,
    directory: Directory,
    pub(crate) network: MemoryNetwork,
    /// Said, and not heard yet, or to be heard again.
    words: Vec<Passing>,
    /// The journal itself, as nobody's end of it.
    pub(crate) journal: MemoryJournal,
    pub(crate) journal_down: [bool; INSTANCES],
    pub(crate) held: [bool; INSTANCES],
    pub(crate) is_cut: bool,
    pub(crate) instances: [Instance; INSTANCES],
    pub(crate) raises: [Sender; RAISES],
    pub(crate) clears: [Clearer; CLEARS],
    pub(crate) screens: [Watcher; SCREENS],
    sessions: u64,
    pub(crate) left: Faults,
    pub(crate) has_lost_tail: bool,
    /// Ghost: the clears that ever stood in each epoch's journal.
    pub(crate) ever: [Set; 2],
    pub(crate) foreseen: Foreseen,
    pub(crate) tally: Tally,
}

impl World {
    pub(crate) fn new(seed: u64, left: Faults) -> Self {
        let mut rng = Rng::new(seed);
        let clock = Arc::new(WorldClock::default());
        let journal = MemoryJournal::shared(clock.clone());
        // A journal in memory waits for nothing.
        let directory = school::set_up(&journal).now_or_never().unwrap();
        let full = rng.below(8);
        let is_cut = rng.percent(40);
        let network = MemoryNetwork::new();
        network.hold(true);
        let raises = [("ana", 1), ("tom", 2)].map(|(who, n)| Sender::new(&directory, who, n));
        let ids = [raises[0].id, raises[1].id];
        let mut world = Self {
            rng,
            clock,
            network,
            words: Vec::new(),
            journal,
            journal_down: [false; INSTANCES],
            held: [false; INSTANCES],
            is_cut,
            instances: [0, 1].map(|at| Instance::new(full == at)),
            raises,
            clears: [11, 12].map(|n| Clearer::new(&directory, n)),
            screens: [0, 1].map(|_| Watcher::new(ids)),
            sessions: 0,
            left,
            has_lost_tail: false,
            ever: [Set::NONE; 2],
            foreseen: Foreseen::default(),
            tally: Tally::default(),
            directory,
        };
        for at in 0..INSTANCES {
            world.start(at);
            let down = world.rng.percent(25);
            world.set_journal_down(at, down);
        }
        world
    }

    pub(crate) fn life(&self, at: usize) -> Option<&Life> {
        self.instances[at].life.as_ref()
    }

    pub(crate) fn start(&mut self, at: usize) {
        let journal = self.journal.beside(self.clock.clone());
        journal.set_down(self.journal_down[at]);
        journal.hold(self.held[at]);
        let clock = self.clock.clone();
        self.instances[at].start(journal, &self.network, clock, &self.directory);
    }

    pub(crate) fn kill(&mut self, at: usize) {
        self.instances[at].life = None;
        for sender in &mut self.raises {
            sender.lose(at);
        }
        for clear in &mut self.clears {
            clear.lose(at);
        }
        for screen in &mut self.screens {
            // What was sent before may still come in.
            screen.take();
            if screen.follows() == Some(at) {
                screen.lose();
            }
        }
    }

    pub(crate) fn set_journal_down(&mut self, at: usize, down: bool) {
        self.journal_down[at] = down;
        if let Some(life) = self.life(at) {
            life.journal.set_down(down);
        }
    }

    pub(crate) fn hold(&mut self, at: usize, held: bool) {
        self.held[at] = held;
        if let Some(life) = self.life(at) {
            life.journal.hold(held);
        }
    }

    pub(crate) fn follow(&mut self, screen: usize, at: usize, hands_back: bool) {
        self.sessions += 1;
        let old = self.screens[screen].follows();
        let old = old.and_then(|old| self.instances[old].life.as_ref());
        if let Some(life) = self.instances[at].life.as_ref() {
            self.screens[screen].follow(at, (life, old), self.sessions, hands_back);
        }
    }

    /// Turns for everybody, without any time passing.
    pub(crate) fn turns(&mut self, n: usize) -> Result<(), String> {
        for at in 0..INSTANCES {
            if let Some(life) = self.life(at) {
                life.turns(n);
            }
        }
        self.listen()
    }

    /// Until nothing happens any more but by time.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for at in 0..INSTANCES {
            if let Some(life) = self.life(at) {
                life.settle();
            }
        }
        self.listen()
    }

    /// Lets time pass, for all alike, with the bus as it is.
    pub(crate) fn pass(&mut self, ms: u64) -> Result<(), String> {
        self.foreseen.pass(ms);
        for _ in 0..ms / STEP_MS {
            let step = i64::try_from(STEP_MS).unwrap();
            self.clock.0.fetch_add(step, Ordering::SeqCst);
            for at in 0..INSTANCES {
                if let Some(life) = self.life(at) {
                    life.advance(Duration::from_millis(STEP_MS));
                }
            }
            self.carry_words();
            self.listen()?;
        }
        Ok(())
    }

    /// Some words are heard, some twice, some later, some never, in any order.
    fn carry_words(&mut self) {
        self.words.extend(self.network.take());
        if self.is_cut {
            self.tally.note("words lost", self.words.len());
            self.words.clear();
        }
        let mut kept = Vec::new();
        while !self.words.is_empty() {
            let next = self.rng.below(self.words.len());
            let word = self.words.swap_remove(next);
            match self.rng.below(10) {
                0 => self.tally.note("words lost", 1),
                1 | 2 => kept.push(word),
                3 => {
                    self.deliver(&word);
                    self.tally.note("words said twice", 1);
                    kept.push(word);
                }
                _ => self.deliver(&word),
            }
        }
        let lost = kept.len().saturating_sub(WORDS_MAX);
        kept.drain(..lost);
        self.words = kept;
    }

    /// What others show is shown where it is heard.
    fn deliver(&mut self, word: &Passing) {
        self.network.deliver(word);
        if let Word::Shown(stamped) = &word.heard.word
            && let Some(raise) = self.raise_of(stamped.id)
        {
            let lives = self.instances.iter().filter_map(|at| at.life.as_ref());
            let mut lives = lives.filter(|life| life.bus.instance == word.to);
            if let Some(life) = lives.next() {
                self.foreseen.add(life, raise, 0);
            }
        }
    }

    /// What others show of this raise, said to this instance once more. Answers whether anybody
    /// does.
    pub(crate) fn repeat_words(&mut self, at: usize, raise: FactId) -> bool {
        let Some(to) = self.life(at).map(|life| life.bus.instance) else {
            return false;
        };
        self.words.extend(self.network.take());
        let is_about = |word: &&Passing| {
            let shown = matches!(&word.heard.word, Word::Shown(stamped) if stamped.id == raise);
            word.to == to && shown
        };
        let word = self.words.iter().find(is_about).filter(|_| !self.is_cut);
        let Some(word) = word.cloned() else {
            return false;
        };
        self.deliver(&word);
        true
    }

    /// Screens and people take what has come to them.
    fn listen(&mut self) -> Result<(), String> {
        for screen in &mut self.screens {
            screen.take();
        }
        for at in 0..INSTANCES {
            let Some(life) = self.instances[at].life.as_ref() else {
                continue;
            };
            for sender in &mut self.raises {
                sender.listen(at, life)?;
            }
            for clear in &mut self.clears {
                clear.listen(at, life, self.has_lost_tail)?;
            }
        }
        Ok(())
    }
}
