//! The protocol, one step at a time: what its parts may do, and what may happen to them.
//!
//! A message that is lost is a step that is never taken, so loss needs no step of its own. What a
//! sender offers and what the bus carries may be heard again at any time by any instance, in any
//! order: duplication and reordering. A screen may turn to any instance for each view: roaming.

use stateright::{Model, Property};

use crate::bugs::Bug;
use crate::state::{Faults, INSTANCES, RAISES, State};
use crate::{check, clears, faults, raises, screens};

/// The model: the protocol, with a bug or without, in a world of some size.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    pub(crate) bug: Bug,
    pub(crate) clears: usize,
    pub(crate) screens: usize,
    pub(crate) faults: Faults,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// An instance hears of a raise, from its sender or from the bus.
    Hear {
        at: usize,
        raise: usize,
    },
    Spool {
        at: usize,
        raise: usize,
    },
    /// Its sender hears that it need not offer it any more.
    Acknowledge {
        at: usize,
        raise: usize,
    },
    Append {
        at: usize,
        raise: usize,
    },
    /// An instance reads the journal. All that a clear on the bus comes to.
    CatchUp {
        at: usize,
    },

    Propose {
        clear: usize,
        screen: usize,
        at: usize,
    },
    Refuse {
        clear: usize,
    },
    SendCommit {
        clear: usize,
    },
    Commit {
        clear: usize,
    },
    LoseCommit {
        clear: usize,
    },
    Answer {
        clear: usize,
    },
    /// The deadline passes while a COMMIT is under way.
    GiveUp {
        clear: usize,
    },
    ReadBack {
        clear: usize,
    },

    Show {
        screen: usize,
        at: usize,
    },
    HandBack {
        screen: usize,
        at: usize,
    },

    Kill {
        at: usize,
    },
    Start {
        at: usize,
    },
    JournalStops,
    JournalStarts,
    LoseTail {
        entries: u8,
    },

    /// Only with its bug.
    AcceptInMemory {
        clear: usize,
    },
    BelieveTheBus {
        at: usize,
        clear: usize,
    },
    SendAgain {
        at: usize,
        clear: usize,
    },
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self.faults)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for at in 0..INSTANCES {
            if state.instances[at].up {
                self.actions_at(at, actions);
                actions.push(Action::Kill { at });
            } else {
                actions.push(Action::Start { at });
            }
        }
        for clear in 0..self.clears {
            actions.extend([
                Action::Refuse { clear },
                Action::SendCommit { clear },
                Action::Commit { clear },
                Action::LoseCommit { clear },
                Action::Answer { clear },
                Action::GiveUp { clear },
                Action::ReadBack { clear },
                Action::AcceptInMemory { clear },
            ]);
        }
        actions.extend([Action::JournalStops, Action::JournalStarts]);
        actions.extend([1, 2].map(|entries| Action::LoseTail { entries }));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = *last;
        self.step(&mut state, action)?;
        state.forget();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        check::properties(self.loses_tail())
    }
}

impl Protocol {
    pub(crate) fn is(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    pub(crate) fn loses_tail(&self) -> bool {
        self.faults.losses > 0
    }

    fn actions_at(&self, at: usize, actions: &mut Vec<Action>) {
        for raise in 0..RAISES {
            actions.extend([
                Action::Hear { at, raise },
                Action::Spool { at, raise },
                Action::Acknowledge { at, raise },
                Action::Append { at, raise },
            ]);
        }
        actions.push(Action::CatchUp { at });
        for screen in 0..self.screens {
            actions.extend([Action::Show { screen, at }, Action::HandBack { screen, at }]);
            for clear in 0..self.clears {
                actions.push(Action::Propose { clear, screen, at });
            }
        }
        for clear in 0..self.clears {
            actions.push(Action::BelieveTheBus { at, clear });
            actions.push(Action::SendAgain { at, clear });
        }
    }

    /// None where the step cannot be taken.
    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Hear { at, raise } => self.hear(state, at, raise),
            Action::Spool { at, raise } => raises::spool(state, at, raise),
            Action::Acknowledge { at, raise } => self.acknowledge(state, at, raise),
            Action::Append { at, raise } => self.append(state, at, raise),
            Action::CatchUp { at } => self.catch_up(state, at),
            Action::Propose { clear, screen, at } => clears::propose(state, clear, screen, at),
            Action::Refuse { clear } => clears::refuse(state, clear),
            Action::SendCommit { clear } => self.send_commit(state, clear),
            Action::Commit { clear } => self.commit(state, clear),
            Action::LoseCommit { clear } => clears::lose_commit(state, clear),
            Action::Answer { clear } => clears::answer(state, clear),
            Action::GiveUp { clear } => self.give_up(state, clear),
            Action::ReadBack { clear } => self.read_back(state, clear),
            Action::Show { screen, at } => self.show(state, screen, at),
            Action::HandBack { screen, at } => screens::hand_back(state, screen, at),
            Action::Kill { at } => faults::kill(state, at),
            Action::Start { at } => self.start(state, at),
            Action::JournalStops => {
                state.left.outages = state.left.outages.checked_sub(1)?;
                state.journal.up = false;
                Some(())
            }
            Action::JournalStarts => {
                state.journal.up = true;
                Some(())
            }
            Action::LoseTail { entries } => faults::lose_tail(state, entries),
            Action::AcceptInMemory { clear } => self.accept_in_memory(state, clear),
            Action::BelieveTheBus { at, clear } => self.believe_the_bus(state, at, clear),
            Action::SendAgain { at, clear } => self.send_again(state, at, clear),
        }
    }
}

/// For guards: nothing to go on with unless it holds.
pub(crate) fn when(holds: bool) -> Option<()> {
    holds.then_some(())
}
