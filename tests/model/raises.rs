//! How a raise goes: heard, spooled, acknowledged, appended, read.

use crate::bugs::Bug;
use crate::state::{Clear, Entry, Instance, Position, Set, State};
use crate::step::{Protocol, when};

impl Protocol {
    pub(crate) fn hear(&self, state: &mut State, at: usize, raise: usize) -> Option<()> {
        join(state, at, raise);
        if self.is(Bug::OutboxForgetsWhatIsShown) {
            state.outbox = state.outbox - Set::one(raise);
        }
        Some(())
    }

    pub(crate) fn acknowledge(&self, state: &mut State, at: usize, raise: usize) -> Option<()> {
        let instance = &state.instances[at];
        // A journal that may lose its tail holds nothing for good: the raise is in our spool.
        let recorded_is_enough =
            !self.loses_tail() || self.is(Bug::AcknowledgeBecauseItIsInTheJournal);
        let held = instance.spool.has(raise)
            || (recorded_is_enough && instance.recorded.has(raise))
            || (self.is(Bug::AcknowledgeBeforeTheSpool) && instance.heard.has(raise));
        when(state.outbox.has(raise) && held)?;
        state.outbox = state.outbox - Set::one(raise);
        state.acknowledged[at].add(raise);
        Some(())
    }

    /// The instance learns by reading that it stands there: the answer may be lost.
    pub(crate) fn append(&self, state: &mut State, at: usize, raise: usize) -> Option<()> {
        let journal = &mut state.journal;
        let entry = Entry::Raise(u8::try_from(raise).ok()?);
        let stands = journal.has(entry) && !self.is(Bug::AppendTwice);
        when(journal.up && state.instances[at].queue.has(raise) && !stands)?;
        journal.push(entry)
    }

    pub(crate) fn catch_up(&self, state: &mut State, at: usize) -> Option<()> {
        let mut instance = state.instances[at];
        when(state.journal.up && instance.position != state.journal.tip())?;
        if instance.position.epoch != state.journal.epoch {
            instance = self.new_epoch(instance, state.journal.epoch);
        }
        for entry in state.journal.entries().skip(instance.position.seq.into()) {
            match entry {
                Entry::Raise(raise) => {
                    let raise = usize::from(raise);
                    instance.heard.add(raise);
                    instance.recorded.add(raise);
                    if !state.named_by(instance.clears).has(raise) || self.is(Bug::LastWriterWins) {
                        instance.open.add(raise);
                    }
                }
                Entry::Clear(clear) => {
                    let clear = usize::from(clear);
                    self.lift(&mut instance, clear, &state.clears[clear]);
                }
            }
        }
        instance.position = state.journal.tip();
        instance.queue = instance.queue - instance.recorded;
        if self.is(Bug::TrimTheSpoolAtCommit) {
            instance.spool = instance.spool - instance.recorded;
        }
        state.instances[at] = instance;
        Some(())
    }

    /// The fold begins anew, with what is on its way and all of the spool: the journal may have
    /// lost what it had.
    pub(crate) fn new_epoch(&self, last: Instance, epoch: u8) -> Instance {
        let position = Position { epoch, seq: 0 };
        if self.is(Bug::NewEpochKeepsTheOldFold) {
            return Instance { position, ..last };
        }
        let offered = if self.is(Bug::NewEpochIsNotOfferedTheSpool) {
            Set::NONE
        } else {
            last.spool
        };
        let known = last.queue | offered;
        Instance {
            queue: known,
            heard: known,
            open: known,
            position,
            ..Instance::start(last.spool)
        }
    }

    pub(crate) fn lift(&self, instance: &mut Instance, id: usize, clear: &Clear) {
        instance.clears.add(id);
        instance.open = if self.is(Bug::LastWriterWins) {
            Set::NONE
        } else {
            instance.open - clear.names
        };
    }
}

/// A raise joins what an instance knows, by set union.
pub(crate) fn join(state: &mut State, at: usize, raise: usize) {
    let lifted = state.named_by(state.instances[at].clears);
    let instance = &mut state.instances[at];
    if !instance.heard.has(raise) {
        instance.heard.add(raise);
        instance.queue.add(raise);
        instance.open = instance.open | (Set::one(raise) - lifted);
    }
}

/// A disk may take it at any time, or never. Also what the journal has, while its sender asks.
pub(crate) fn spool(state: &mut State, at: usize, raise: usize) -> Option<()> {
    let instance = &mut state.instances[at];
    when(instance.heard.has(raise) && (instance.queue | state.outbox).has(raise))?;
    instance.spool.add(raise);
    Some(())
}
