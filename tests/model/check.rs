//! What must hold in every state, under the numbers of the design's invariants, and what must be
//! reachable, so that none of it holds for want of anything happening.

use stateright::Property;

use crate::state::{Clear, Entry, INSTANCES, Set, Stage, State};
use crate::step::Protocol;

pub(crate) const ACKNOWLEDGED_IS_HELD: &str =
    "2: what was acknowledged is in the journal or in the acknowledging instance's spool";
pub(crate) const RECORDED_AT_REST: &str = "2: at rest, what was acknowledged is in the journal";
pub(crate) const SHOWN_IS_HELD: &str = "3: what is shown is in an outbox, a spool or the journal";
pub(crate) const LIFTED_BY_NAME: &str =
    "4: what a screen showed and shows no more, a committed clear names";
pub(crate) const ACCEPTED_WAS_COMMITTED: &str = "4: a clear answered as accepted was committed";
pub(crate) const NAMES_WHAT_WAS_DRAWN: &str =
    "5: a clear names only what its author's screen showed";
pub(crate) const NAMES_ALL_THAT_IS_OPEN: &str = "5: at commit, a clear names all that is open";
pub(crate) const ONCE_IN_ORDER: &str =
    "6: a fact stands once, and what a clear names stands before it";
pub(crate) const SAME_FACTS_SAME_POSTURE: &str =
    "7: what is open follows from which facts are known alone";
pub(crate) const SAME_AT_REST: &str = "7: at rest, every instance shows what the journal says";
pub(crate) const REFUSED_STAYS_REFUSED: &str = "13: a refused clear never comes true";

pub(crate) fn properties(loses_tail: bool) -> Vec<Property<Protocol>> {
    let mut properties = vec![
        Property::always(ACKNOWLEDGED_IS_HELD, |_, state: &State| {
            acknowledged_is_held(state)
        }),
        Property::always(RECORDED_AT_REST, |_, state: &State| {
            !at_rest(state) || all_acknowledged(state).within(state.journal.raises())
        }),
        Property::always(SHOWN_IS_HELD, |_, state: &State| shown_is_held(state)),
        Property::always(LIFTED_BY_NAME, |_, state: &State| lifted_by_name(state)),
        Property::always(ACCEPTED_WAS_COMMITTED, |_, state: &State| {
            let ever = state.journal.ever[0] | state.journal.ever[1];
            ends_as(state, Stage::Accepted).within(ever)
        }),
        Property::always(NAMES_WHAT_WAS_DRAWN, |_, state: &State| {
            committed(state).all(|clear| clear.names.within(clear.drawn))
        }),
        Property::always(NAMES_ALL_THAT_IS_OPEN, |_, state: &State| {
            each_clear(state, |_, open, names| open.within(names))
        }),
        Property::always(ONCE_IN_ORDER, |_, state: &State| {
            stands_once(state) && each_clear(state, |before, _, names| names.within(before))
        }),
        Property::always(SAME_FACTS_SAME_POSTURE, |_, state: &State| {
            let follows = |i: usize| {
                let instance = &state.instances[i];
                instance.open == instance.heard - state.named_by(instance.clears)
            };
            (0..INSTANCES).all(follows)
        }),
        Property::always(SAME_AT_REST, |_, state: &State| {
            let open = state.journal.raises() - state.named_by(state.journal.clears());
            !at_rest(state) || state.instances.iter().all(|instance| instance.open == open)
        }),
        Property::always(REFUSED_STAYS_REFUSED, |_, state: &State| {
            (ends_as(state, Stage::Refused) & state.journal.clears()).is_empty()
        }),
        Property::sometimes(
            "a clear is committed and a screen shows it",
            |_, state: &State| {
                state.screens.iter().any(|screen| {
                    let shown = screen.covers & state.journal.clears();
                    !shown.is_empty() && screen.shows.is_empty() && !screen.showed.is_empty()
                })
            },
        ),
        Property::sometimes(
            "a late raise locks again after a clear",
            |_, state: &State| {
                state.screens.iter().any(|screen| {
                    let recorded = screen.shows & state.journal.raises();
                    !screen.covers.is_empty() && !recorded.is_empty()
                })
            },
        ),
        Property::sometimes(
            "a clear in doubt is read back as committed",
            |_, state: &State| read_back_as(state, Stage::Accepted),
        ),
        Property::sometimes(
            "a clear in doubt is read back as not",
            |_, state: &State| read_back_as(state, Stage::Refused),
        ),
        Property::sometimes(
            "a screen shows what no instance knows",
            |_, state: &State| {
                let known = state
                    .instances
                    .iter()
                    .fold(Set::NONE, |known, instance| known | instance.heard);
                state
                    .screens
                    .iter()
                    .any(|screen| !screen.shows.within(known))
            },
        ),
        Property::sometimes(
            "everything is at rest after a kill and a clear",
            |_, state: &State| {
                at_rest(state) && state.left.kills == 0 && !state.journal.clears().is_empty()
            },
        ),
    ];
    if loses_tail {
        properties.push(Property::sometimes(
            "a lost clear locks again",
            |_, state: &State| {
                let lost = state.journal.ever[0] - state.journal.ever[1];
                let lifted = state.named_by(lost);
                state.journal.epoch == 1
                    && state.screens.iter().any(|screen| {
                        screen.position.epoch == 1 && !(screen.shows & lifted).is_empty()
                    })
            },
        ));
    }
    properties
}

fn all_acknowledged(state: &State) -> Set {
    state
        .acknowledged
        .iter()
        .fold(Set::NONE, |all, one| all | *one)
}

fn acknowledged_is_held(state: &State) -> bool {
    let recorded = state.journal.raises();
    state
        .instances
        .iter()
        .zip(state.acknowledged)
        .all(|(instance, acknowledged)| acknowledged.within(recorded | instance.spool))
}

fn shown_is_held(state: &State) -> bool {
    let spools = state
        .instances
        .iter()
        .fold(Set::NONE, |all, one| all | one.spool);
    let held = state.outbox | spools | state.journal.raises();
    state.screens.iter().all(|screen| screen.shows.within(held))
}

fn lifted_by_name(state: &State) -> bool {
    state.screens.iter().all(|screen| {
        let committed = state.journal.ever[usize::from(screen.position.epoch)];
        (screen.showed - screen.shows).within(state.named_by(committed))
    })
}

/// Everybody is up, has read everything and has nothing more to give. Found from what the
/// instances know: whether something is missing from the journal is the question.
fn at_rest(state: &State) -> bool {
    let tip = state.journal.tip();
    let rests = |i: usize| {
        let instance = &state.instances[i];
        instance.up && instance.queue.is_empty() && instance.position == tip
    };
    state.journal.up && (0..INSTANCES).all(rests)
}

fn ends_as(state: &State, stage: Stage) -> Set {
    let mut clears = Set::NONE;
    for (id, clear) in state.clears.iter().enumerate() {
        if clear.stage == stage {
            clears.add(id);
        }
    }
    clears
}

fn read_back_as(state: &State, stage: Stage) -> bool {
    state
        .clears
        .iter()
        .any(|clear| clear.read_back && clear.stage == stage)
}

fn committed(state: &State) -> impl Iterator<Item = &Clear> {
    state.journal.clears().members().map(|id| &state.clears[id])
}

/// Whether something holds of each clear in the journal: the raises that stand before it, those
/// of them that are open, and what it names.
fn each_clear(state: &State, holds: impl Fn(Set, Set, Set) -> bool) -> bool {
    let (mut before, mut open) = (Set::NONE, Set::NONE);
    state.journal.entries().all(|entry| match entry {
        Entry::Raise(raise) => {
            before.add(raise.into());
            open.add(raise.into());
            true
        }
        Entry::Clear(clear) => {
            let names = state.clears[usize::from(clear)].names;
            let held = holds(before, open, names);
            open = open - names;
            held
        }
    })
}

fn stands_once(state: &State) -> bool {
    let journal = &state.journal;
    let once = |entry| journal.entries().filter(|other| *other == entry).count() == 1;
    journal.entries().all(once)
}
