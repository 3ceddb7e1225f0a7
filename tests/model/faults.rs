//! What may happen to an instance and to the journal.

use crate::bugs::Bug;
use crate::state::{Instance, Set, Stage, State};
use crate::step::Protocol;

impl Protocol {
    pub(crate) fn start(&self, state: &mut State, at: usize) -> Option<()> {
        let spool = state.instances[at].spool;
        state.instances[at] = if self.is(Bug::StartForgetsTheSpool) {
            Instance {
                spool,
                ..Instance::start(Set::NONE)
            }
        } else {
            Instance::start(spool)
        };
        Some(())
    }
}

/// The spool stays. Whoever waits for a clear has no answer, and a COMMIT that was sent goes on.
pub(crate) fn kill(state: &mut State, at: usize) -> Option<()> {
    state.left.kills = state.left.kills.checked_sub(1)?;
    let spool = state.instances[at].spool;
    state.instances[at] = Instance {
        up: false,
        spool,
        ..Instance::start(Set::NONE)
    };
    for clear in &mut state.clears {
        if usize::from(clear.at) == at && clear.is_with_an_instance() {
            clear.stage = Stage::InDoubt;
        }
    }
    Some(())
}

/// A fail-over to a copy that is behind. The new epoch is known from its first read on.
pub(crate) fn lose_tail(state: &mut State, entries: u8) -> Option<()> {
    state.left.losses = state.left.losses.checked_sub(1)?;
    state.journal.lose(entries)?;
    state.journal.epoch += 1;
    let epoch = usize::from(state.journal.epoch);
    state.journal.ever[epoch] = state.journal.clears();
    Some(())
}
