//! How a clear goes: proposed, decided, committed at an expected position, answered or in doubt.

use crate::bugs::Bug;
use crate::state::{Clear, Commit, Entry, Instance, Stage, State};
use crate::step::{Protocol, when};

impl Protocol {
    /// Whether an instance would send a clear to the journal now.
    pub(crate) fn allows(&self, instance: &Instance, clear: &Clear) -> bool {
        let names_all =
            instance.open == clear.names || self.is(Bug::ClearThatDoesNotNameWhatItLifts);
        let recorded = instance.queue.is_empty() && clear.names.within(instance.recorded);
        clear.seen == instance.position.epoch
            && names_all
            && (recorded || self.is(Bug::ClearNamesWhatIsNotRecorded))
    }

    pub(crate) fn send_commit(&self, state: &mut State, id: usize) -> Option<()> {
        let mut clear = state.clears[id];
        let at = usize::from(clear.at);
        let mut instance = state.instances[at];
        let waits = clear.stage == Stage::Waiting && instance.up;
        when(waits && state.journal.up && self.allows(&instance, &clear))?;
        clear.stage = Stage::Committing;
        clear.commit = Commit::UnderWay;
        clear.expected = instance.position;
        if self.is(Bug::ClearThatDoesNotNameWhatItLifts) {
            clear.names = instance.open;
        }
        if self.is(Bug::PublishBeforeCommit) {
            self.lift(&mut instance, id, &clear);
        }
        state.instances[at] = instance;
        state.clears[id] = clear;
        Some(())
    }

    pub(crate) fn commit(&self, state: &mut State, id: usize) -> Option<()> {
        let clear = &mut state.clears[id];
        when(clear.commit == Commit::UnderWay && state.journal.up)?;
        let tip = state.journal.tip();
        let fits = clear.expected == tip
            || (self.is(Bug::EpochIsNotCompared) && clear.expected.seq == tip.seq)
            || self.is(Bug::ClearIsAppendedAnywhere);
        clear.commit = if fits { Commit::Done } else { Commit::Conflict };
        if fits {
            state.journal.push(Entry::Clear(u8::try_from(id).ok()?))?;
            state.journal.ever[usize::from(tip.epoch)].add(id);
        }
        Some(())
    }

    pub(crate) fn give_up(&self, state: &mut State, id: usize) -> Option<()> {
        let clear = &mut state.clears[id];
        when(clear.stage == Stage::Committing && state.instances[usize::from(clear.at)].up)?;
        clear.stage = if self.is(Bug::RefuseDuringCommit) {
            Stage::Refused
        } else {
            Stage::InDoubt
        };
        Some(())
    }

    /// The question waits behind the COMMIT, so that its answer is final.
    pub(crate) fn read_back(&self, state: &mut State, id: usize) -> Option<()> {
        let clear = &mut state.clears[id];
        let settled = clear.commit != Commit::UnderWay || self.is(Bug::ReadBackBeforeTheWriter);
        let asked = clear.stage == Stage::InDoubt && state.instances.iter().any(|one| one.up);
        when(asked && settled && state.journal.up)?;
        let stands = state.journal.clears().has(id) || self.is(Bug::DoubtIsTakenForDone);
        clear.read_back = true;
        clear.stage = if stands {
            Stage::Accepted
        } else {
            Stage::Refused
        };
        Some(())
    }

    pub(crate) fn accept_in_memory(&self, state: &mut State, id: usize) -> Option<()> {
        let mut clear = state.clears[id];
        let at = usize::from(clear.at);
        let mut instance = state.instances[at];
        let waits = clear.stage == Stage::Waiting && instance.up && !state.journal.up;
        when(self.is(Bug::ClearWhileTheJournalIsDown) && waits)?;
        clear.stage = Stage::Accepted;
        self.lift(&mut instance, id, &clear);
        state.instances[at] = instance;
        state.clears[id] = clear;
        Some(())
    }

    pub(crate) fn believe_the_bus(&self, state: &mut State, at: usize, id: usize) -> Option<()> {
        let clear = state.clears[id];
        when(self.is(Bug::BelieveAClearOnTheBus) && clear.stage == Stage::Accepted)?;
        self.lift(&mut state.instances[at], id, &clear);
        Some(())
    }

    pub(crate) fn send_again(&self, state: &mut State, at: usize, id: usize) -> Option<()> {
        let clear = state.clears[id];
        let unanswered = clear.stage == Stage::Committing;
        when(self.is(Bug::SentAgainElsewhere) && unanswered && at != usize::from(clear.at))?;
        let instance = &state.instances[at];
        when(!instance.clears.has(id) && !self.allows(instance, &clear))?;
        state.clears[id].stage = Stage::Refused;
        Some(())
    }
}

/// An officer gives a clear that names what their screen shows.
pub(crate) fn propose(state: &mut State, id: usize, screen: usize, at: usize) -> Option<()> {
    let is_next = (0..id).all(|earlier| state.clears[earlier].stage != Stage::Unmade);
    let screen = state.screens[screen];
    let clear = &mut state.clears[id];
    when(clear.stage == Stage::Unmade && is_next && !screen.shows.is_empty())?;
    clear.stage = Stage::Waiting;
    clear.at = u8::try_from(at).ok()?;
    clear.names = screen.shows;
    clear.drawn = screen.shows;
    clear.seen = screen.position.epoch;
    Some(())
}

/// A clear that was not sent may be refused for any reason: the journal is away, a raise is open
/// that it does not name, it waited too long.
pub(crate) fn refuse(state: &mut State, id: usize) -> Option<()> {
    let clear = &mut state.clears[id];
    when(clear.stage == Stage::Waiting && state.instances[usize::from(clear.at)].up)?;
    clear.stage = Stage::Refused;
    Some(())
}

pub(crate) fn lose_commit(state: &mut State, id: usize) -> Option<()> {
    let clear = &mut state.clears[id];
    when(clear.commit == Commit::UnderWay)?;
    clear.commit = Commit::Lost;
    Some(())
}

/// The journal's answer arrives. After a conflict the clear is decided again.
pub(crate) fn answer(state: &mut State, id: usize) -> Option<()> {
    let clear = &mut state.clears[id];
    when(clear.stage == Stage::Committing && state.instances[usize::from(clear.at)].up)?;
    match clear.commit {
        Commit::Done => clear.stage = Stage::Accepted,
        Commit::Conflict => {
            clear.stage = Stage::Waiting;
            clear.commit = Commit::Unsent;
        }
        Commit::Unsent | Commit::UnderWay | Commit::Lost => return None,
    }
    Some(())
}
