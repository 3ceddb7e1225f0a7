//! The real world as the model sees it: each part of the model's state, read from what is really
//! there. So that the model's own properties are held against the code.

use futures_util::FutureExt as _;
use lockstep_proto::fact::Fact;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position as Real;
use lockstep_proto::view::Card;
use lockstep_server::journal::{BATCH_MAX, Journal as _};

use crate::school::north;
use crate::state::{Commit, Entry, Faults, INSTANCES, Instance, Position, Set, Stage, State};
use crate::world::World;

/// What the journal has of raises and clears, and where.
struct Recorded {
    /// By their sequence.
    entries: Vec<(u64, Entry)>,
    epoch: u32,
}

impl Recorded {
    /// Up to where something is folded, as the model counts it.
    fn upto(&self, seq: u64) -> impl Iterator<Item = Entry> {
        let upto = self.entries.iter().filter(move |(at, _)| *at <= seq);
        upto.map(|(_, entry)| *entry)
    }

    fn position(&self, real: Real) -> Position {
        Position {
            epoch: epoch_of(real.epoch),
            seq: u8::try_from(self.upto(real.seq).count()).unwrap(),
        }
    }
}

fn epoch_of(real: u32) -> u8 {
    u8::try_from(real - Real::START.epoch).unwrap()
}

fn sets(entries: impl Iterator<Item = Entry>) -> (Set, Set) {
    let (mut raises, mut clears) = (Set::NONE, Set::NONE);
    for entry in entries {
        match entry {
            Entry::Raise(raise) => raises.add(raise.into()),
            Entry::Clear(clear) => clears.add(clear.into()),
        }
    }
    (raises, clears)
}

impl World {
    pub(crate) fn raise_of(&self, id: FactId) -> Option<usize> {
        self.raises.iter().position(|sender| sender.id == id)
    }

    /// Invariant 6 for whatever the journal has, and where the raises and clears stand.
    fn recorded(&mut self) -> Result<Recorded, String> {
        let read = self.journal.read(north(), 0, BATCH_MAX).now_or_never();
        let mut recorded = Recorded {
            entries: Vec::new(),
            epoch: Real::START.epoch,
        };
        let mut ids = std::collections::BTreeSet::new();
        for stored in read.unwrap().unwrap() {
            let stamped = stored.entry.stamped;
            recorded.epoch = stored.entry.epoch;
            if !ids.insert(stamped.id) {
                return Err(format!("6: {} stands twice in the journal", stamped.id));
            }
            let raise = self.raise_of(stamped.id);
            let clear = self.clears.iter().position(|clear| clear.id == stamped.id);
            let entry = match (raise, clear) {
                (Some(raise), _) => Entry::Raise(u8::try_from(raise).unwrap()),
                (None, Some(clear)) => {
                    self.clears[clear].names = self.named(&stamped.fact);
                    self.stood(clear, stored.entry.epoch);
                    Entry::Clear(u8::try_from(clear).unwrap())
                }
                (None, None) => continue,
            };
            recorded.entries.push((stored.entry.seq, entry));
        }
        if recorded.epoch > Real::START.epoch + 1 {
            return Err("one lost tail opened more than one epoch".to_owned());
        }
        Ok(recorded)
    }

    /// In its epoch's journal, and so in all later ones that have it.
    fn stood(&mut self, clear: usize, epoch: u32) {
        self.ever[usize::from(epoch_of(epoch))].add(clear);
    }

    /// Notes which clears stand now: some of them may be about to be lost.
    pub(crate) fn look_at_the_journal(&mut self) -> Result<(), String> {
        self.recorded().map(drop)
    }

    fn named(&self, fact: &Fact) -> Set {
        let Fact::AllClearGiven { lifts, .. } = fact else {
            return Set::NONE;
        };
        let lifted = lifts.iter().filter_map(|id| self.raise_of(*id));
        lifted.fold(Set::NONE, |set, raise| set | Set::one(raise))
    }

    /// The whole of it.
    pub(crate) fn as_the_model_has_it(&mut self) -> Result<State, String> {
        let recorded = self.recorded()?;
        let epoch = epoch_of(recorded.epoch);
        let (_, clears) = sets(recorded.entries.iter().map(|(_, entry)| *entry));
        self.ever[usize::from(epoch)] = self.ever[usize::from(epoch)] | clears;

        let mut state = State::new(self.left);
        state.journal.up = self.journal_down.contains(&false);
        state.journal.epoch = epoch;
        state.journal.ever = self.ever;
        for (_, entry) in &recorded.entries {
            state
                .journal
                .push(*entry)
                .ok_or("6: the journal has more than there is")?;
        }
        for (raise, sender) in self.raises.iter().enumerate() {
            if !sender.offers() {
                state.outbox = state.outbox - Set::one(raise);
            }
            for at in 0..INSTANCES {
                if sender.acknowledged[at] {
                    state.acknowledged[at].add(raise);
                }
            }
        }
        for at in 0..INSTANCES {
            state.instances[at] = self.instance(at, &recorded);
            self.check_foreseen(at, &state.instances[at])?;
        }
        self.people_and_screens(&mut state, &recorded);
        Ok(state)
    }

    fn instance(&self, at: usize, recorded: &Recorded) -> Instance {
        let mut spool = Set::NONE;
        for (raise, sender) in self.raises.iter().enumerate() {
            if self.instances[at].spool_holds(sender.id) {
                spool.add(raise);
            }
        }
        let Some(life) = self.life(at) else {
            return Instance {
                up: false,
                spool,
                ..Instance::start(Set::NONE)
            };
        };
        let seen = life.see();
        let (mut open, mut queue) = (Set::NONE, Set::NONE);
        for card in &seen.cards {
            let Some(raise) = card.item().and_then(|item| self.raise_of(item.id)) else {
                continue;
            };
            open.add(raise);
            if card.is_unrecorded() {
                queue.add(raise);
            }
        }
        let (raises, clears) = if self.is_sure_of(seen.position) {
            sets(recorded.upto(seen.position.seq))
        } else {
            (open - queue, Set::NONE)
        };
        Instance {
            up: true,
            spool,
            queue,
            heard: raises | open,
            recorded: raises,
            clears,
            open,
            position: recorded.position(seen.position),
        }
    }

    fn check_foreseen(&mut self, at: usize, instance: &Instance) -> Result<(), String> {
        let Some(life) = self.instances[at].life.as_ref() else {
            return Ok(());
        };
        // Where only what is open is seen, what was lifted is not missed.
        let position = life.see().position;
        if self.is_sure_of(position) {
            self.foreseen.check(life, instance)?;
        }
        Ok(())
    }

    /// Once a tail was lost, a number of the old epoch says nothing about entries any more.
    fn is_sure_of(&self, position: Real) -> bool {
        !self.has_lost_tail || position.epoch > Real::START.epoch
    }

    fn people_and_screens(&self, state: &mut State, recorded: &Recorded) {
        let under_way = self.journal.under_way();
        for (id, clearer) in self.clears.iter().enumerate() {
            let is_under_way = under_way.iter().any(|ids| ids.contains(&clearer.id));
            let clear = &mut state.clears[id];
            clear.stage = match clearer.stage {
                Stage::Waiting if is_under_way => Stage::Committing,
                stage @ (Stage::Unmade
                | Stage::Waiting
                | Stage::Committing
                | Stage::InDoubt
                | Stage::Accepted
                | Stage::Refused) => stage,
            };
            clear.commit = if is_under_way {
                Commit::UnderWay
            } else if state.journal.clears().has(id) {
                Commit::Done
            } else {
                Commit::Unsent
            };
            clear.at = u8::try_from(clearer.at).unwrap();
            (clear.names, clear.drawn, clear.seen) = (clearer.names, clearer.drawn, clearer.seen);
            clear.read_back = clearer.read_back;
            if is_under_way {
                clear.expected = state.instances[clearer.at].position;
            }
        }
        for (screen, watcher) in state.screens.iter_mut().zip(&self.screens) {
            let real = watcher.screen.position.unwrap_or(Real::START);
            screen.position = recorded.position(real);
            screen.shows = watcher.shows();
            screen.showed = watcher.showed;
            let covers = watcher.screen.cards.values().filter_map(Card::as_cover);
            for cover in covers {
                if let Some(clear) = self.clears.iter().position(|clear| clear.id == cover.id) {
                    screen.covers.add(clear);
                }
            }
        }
    }

    /// No fault can happen any more.
    pub(crate) fn no_more_faults(&mut self) {
        self.left = Faults {
            kills: 0,
            outages: 0,
            losses: 0,
        };
    }
}
