//! What a screen takes and gives back (R3).

use crate::bugs::Bug;
use crate::raises::join;
use crate::state::{Set, State};
use crate::step::Protocol;

impl Protocol {
    /// A screen takes a view (R3).
    pub(crate) fn show(&self, state: &mut State, screen: usize, at: usize) -> Option<()> {
        let instance = state.instances[at];
        let mut next = state.screens[screen];
        let is_newer = instance.position >= next.position;
        if is_newer || self.is(Bug::ScreenLiftsByAnOlderEpoch) {
            if instance.position.epoch > next.position.epoch {
                next.showed = next.shows;
            }
            let kept = if self.is(Bug::ScreenTakesWhatLowers) {
                Set::NONE
            } else {
                next.shows - state.named_by(instance.clears)
            };
            next.position = next.position.max(instance.position);
            next.shows = instance.open | kept;
            next.covers = instance.clears;
        } else {
            // From an instance that is behind: only what no entry says yet.
            let unrecorded = instance.open - instance.recorded;
            next.shows = next.shows | (unrecorded - state.named_by(next.covers));
        }
        next.showed = next.showed | next.shows;
        state.screens[screen] = next;
        Some(())
    }
}

/// A screen gives back what it shows and its instance does not know.
pub(crate) fn hand_back(state: &mut State, screen: usize, at: usize) -> Option<()> {
    for raise in state.screens[screen].shows.members() {
        join(state, at, raise);
    }
    Some(())
}
