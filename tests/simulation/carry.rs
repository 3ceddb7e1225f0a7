//! Each step of the model, carried out on the real world. Where the code takes a step by itself
//! (it spools, appends, reads, answers), carrying it out is to let it: to clear its way and give
//! it its turn. And what no model has to say: which end of the journal fails, what the bus does.

use futures_util::FutureExt as _;
use lockstep_proto::command::Command;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_server::journal::{BATCH_MAX, Journal as _};

use crate::foreseen::SHOWN_AFTER_MS;
use crate::school::north;
use crate::state::{INSTANCES, Stage};
use crate::step::Action;
use crate::world::World;

impl World {
    pub(crate) fn carry_out(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Hear { at, raise } => self.hear(at, raise),
            Action::Spool { at, .. } => {
                if let Some(life) = self.life(at) {
                    life.settle();
                }
            }
            Action::Acknowledge { .. } | Action::Answer { .. } => self.settle()?,
            Action::Append { at, raise } => {
                self.hold(at, false);
                self.set_journal_down(at, false);
                self.journal.commit(self.raises[raise].id);
                self.pass(250)?;
            }
            Action::CatchUp { at } => {
                self.set_journal_down(at, false);
                self.pass(1_050)?;
            }
            Action::Propose { clear, screen, at } => self.propose(clear, screen, at),
            Action::Refuse { clear } => self.refuse(clear)?,
            Action::SendCommit { clear } => {
                let at = self.clears[clear].at;
                self.set_journal_down(at, false);
                self.hold(at, true);
                self.settle()?;
            }
            Action::Commit { clear } => {
                self.journal.commit(self.clears[clear].id);
            }
            Action::LoseCommit { clear } => {
                self.journal.lose(self.clears[clear].id);
            }
            Action::GiveUp { .. } => self.pass(550)?,
            Action::ReadBack { clear } => self.read_back(clear)?,
            // What a screen shows is not lowered by an instance that does not know of it either.
            Action::Show { screen, at } => self.follow(screen, at, false),
            Action::HandBack { screen, at } => {
                self.follow(screen, at, true);
                for raise in self.screens[screen].shows().members() {
                    self.foresee(at, raise, 0);
                }
            }
            Action::Kill { at } => {
                self.left.kills -= 1;
                self.kill(at);
            }
            Action::Start { at } => self.start_again(at),
            Action::JournalStops => {
                self.left.outages -= 1;
                for at in self.some_ends() {
                    self.set_journal_down(at, true);
                }
            }
            Action::JournalStarts => {
                for at in 0..INSTANCES {
                    self.set_journal_down(at, false);
                }
            }
            Action::LoseTail { entries } => {
                self.look_at_the_journal()?;
                self.lose_tail(entries.into());
            }
            Action::AcceptInMemory { .. }
            | Action::BelieveTheBus { .. }
            | Action::SendAgain { .. } => return Err("a step that only a bug takes".to_owned()),
        }
        Ok(())
    }

    /// All that its spool has is shown from the start on.
    fn start_again(&mut self, at: usize) {
        self.start(at);
        for raise in 0..self.raises.len() {
            if self.instances[at].spool_holds(self.raises[raise].id) {
                self.foresee(at, raise, 0);
            }
        }
    }

    /// From its sender, or once more from the bus.
    fn hear(&mut self, at: usize, raise: usize) {
        if self.raises[raise].offers() && self.rng.percent(80) {
            if let Some(life) = self.instances[at].life.as_ref() {
                self.raises[raise].ask(at, life);
                self.foresee(at, raise, SHOWN_AFTER_MS);
            }
        } else if self.repeat_words(at, self.raises[raise].id) {
            self.tally.note("raises repeated by the bus", 1);
        }
    }

    fn foresee(&mut self, at: usize, raise: usize, in_ms: u64) {
        if let Some(life) = self.instances[at].life.as_ref() {
            self.foreseen.add(life, raise, in_ms);
        }
    }

    fn propose(&mut self, clear: usize, screen: usize, at: usize) {
        let watcher = &self.screens[screen];
        let shows = watcher.shows();
        let position = watcher.screen.position.unwrap_or(Position::START);
        let command = Command::GiveAllClear {
            lifts: watcher.screen.open_raises(),
            seen: position,
            override_reason: Some("swept by radio".parse().unwrap()),
        };
        if self.rng.percent(50) {
            self.hold(at, true);
        }
        let Some(life) = self.instances[at].life.as_ref() else {
            return;
        };
        if self.clears[clear].stage != Stage::Unmade {
            return;
        }
        self.clears[clear].ask(at, life, command);
        let clearer = &mut self.clears[clear];
        (clearer.names, clearer.drawn) = (shows, shows);
        clearer.seen = u8::try_from(position.epoch - Position::START.epoch).unwrap();
    }

    fn refuse(&mut self, clear: usize) -> Result<(), String> {
        if self.rng.percent(50) {
            self.set_journal_down(self.clears[clear].at, true);
            return self.pass(1_300);
        }
        self.settle()
    }

    /// By the instance that has it, or by its author, who asks whoever is there.
    fn read_back(&mut self, clear: usize) -> Result<(), String> {
        let clearer = &self.clears[clear];
        if clearer.is_there && self.rng.percent(70) {
            self.set_journal_down(clearer.at, false);
            return self.pass(300);
        }
        self.ask_again(clear);
        self.settle()
    }

    /// An author asks what became of a clear, now and then impatiently, and of an instance that
    /// cannot know.
    fn ask_again(&mut self, clear: usize) {
        let at = self.rng.below(INSTANCES);
        if let Some(life) = self.instances[at].life.as_ref() {
            let times = self.rng.pick(&[1, 1, 1, 12]);
            for _ in 0..times {
                self.clears[clear].ask_again(at, life);
            }
            self.tally.note("looked up", times);
        }
    }

    fn some_ends(&mut self) -> Vec<usize> {
        self.rng.pick(&[[0, 1].as_slice(), &[0], &[1]]).to_vec()
    }

    /// The last so many raises and clears are gone, and every other entry among them.
    fn lose_tail(&mut self, entries: usize) {
        let read = self.journal.read(north(), 0, BATCH_MAX).now_or_never();
        let stored = read.unwrap().unwrap();
        let counts = |id: FactId| {
            self.raise_of(id).is_some() || self.clears.iter().any(|clear| clear.id == id)
        };
        let counted = stored.iter().filter(|s| counts(s.entry.stamped.id));
        let Some(first) = counted.rev().nth(entries - 1) else {
            return;
        };
        let kept = usize::try_from(first.entry.seq - 1).unwrap();
        self.journal.lose_tail(north(), kept);
        self.left.losses -= 1;
        self.has_lost_tail = true;
    }

    /// Now and then, and for no reason.
    pub(crate) fn weather(&mut self) {
        self.journals_and_bus();
        self.impatience();
        for screen in 0..self.screens.len() {
            // Also where, to the model, nothing comes of it: a screen that is right keeps what it
            // shows.
            if self.rng.percent(15) {
                let (at, hands_back) = (self.rng.below(INSTANCES), self.rng.percent(50));
                self.follow(screen, at, hands_back);
                self.tally.note("screens roam", 1);
            }
        }
    }

    fn journals_and_bus(&mut self) {
        for at in 0..INSTANCES {
            if self.rng.percent(12) {
                let down = self.rng.percent(50);
                self.set_journal_down(at, down);
                self.tally
                    .note("one end of the journal fails", usize::from(down));
            }
            if self.rng.percent(8) {
                let held = self.rng.percent(40);
                self.hold(at, held);
            }
        }
        if self.rng.percent(6) {
            self.is_cut = !self.is_cut;
            self.tally.note("the bus is cut", usize::from(self.is_cut));
        }
    }

    fn impatience(&mut self) {
        for clear in 0..self.clears.len() {
            // Also while its COMMIT is under way, where the model's question has to wait.
            if self.clears[clear].stage == Stage::InDoubt && self.rng.percent(25) {
                self.ask_again(clear);
            }
        }
        for ids in self.journal.under_way() {
            let is_clear = self.clears.iter().any(|clear| ids.contains(&clear.id));
            match self.rng.below(10) {
                _ if is_clear => {}
                0..4 => {
                    self.journal.commit(ids[0]);
                }
                4 => {
                    self.journal.lose(ids[0]);
                    self.tally
                        .note("a write of facts lost without an answer", 1);
                }
                5.. => {}
            }
        }
    }
}
