//! The raise and clear protocol, model-checked.
//!
//! Every order in which two instances, two raises, clears, roaming screens and faults can act is
//! tried, in bounds, and each state is held against the design's invariants (`check`). Then each
//! bug of `bugs` is planted, and must be found. `LOCKSTEP_LONG=1` widens the bounds.
//! `server/decisions/0012-model.md` says what this covers and what it does not.
#![cfg(test)]

mod bugs;
mod check;
mod clears;
mod faults;
mod raises;
mod screens;
mod state;
mod step;

use std::collections::BTreeSet;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use bugs::{Bug, Needs, PLANTED};
use state::{Faults, State};
use step::Protocol;

/// So many clears and screens, kills, outages of the journal and losses of its tail.
fn world(clears: usize, screens: usize, kills: u8, outages: u8, losses: u8) -> Protocol {
    let faults = Faults {
        kills,
        outages,
        losses,
    };
    Protocol {
        bug: Bug::None,
        clears,
        screens,
        faults,
    }
}

/// Without a bug: everything holds in every state there is, and everything worth it is reached.
#[test]
fn the_design_holds() {
    holds(world(1, 1, 1, 1, 0));
    holds(world(1, 1, 0, 0, 1));
    if std::env::var_os("LOCKSTEP_LONG").is_some() {
        holds(world(1, 2, 1, 0, 0));
        holds(world(2, 1, 1, 0, 0));
        holds(world(1, 1, 1, 0, 1));
        holds(world(2, 1, 0, 0, 1));
    }
}

fn holds(protocol: Protocol) {
    let began = Instant::now();
    let world = format!("{protocol:?}");
    // Depth first, because the checker knows of symmetry there alone.
    let checker = protocol
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .symmetry_fn(State::representative)
        .spawn_dfs()
        .join();
    println!(
        "{world}: {} states, at most {} steps, {:.1} s",
        checker.unique_state_count(),
        checker.max_depth(),
        began.elapsed().as_secs_f64()
    );
    checker.assert_properties();
}

#[test]
fn every_planted_bug_is_found() {
    for (bug, needs, breaks) in PLANTED {
        is_found(*bug, *needs, breaks);
    }
}

fn is_found(bug: Bug, needs: Needs, breaks: &'static str) {
    let began = Instant::now();
    let faults = |needed: Needs| u8::from(needs == needed);
    let protocol = Protocol {
        bug,
        ..world(
            1,
            1,
            faults(Needs::Kill),
            faults(Needs::Outage),
            faults(Needs::LostTail),
        )
    };
    // Breadth first and one thread: the shortest way.
    let checker = protocol
        .checker()
        .finish_when(HasDiscoveries::AllOf(BTreeSet::from([breaks])))
        .spawn_bfs()
        .join();
    let path = checker
        .discovery(breaks)
        .unwrap_or_else(|| panic!("{bug:?} was not found to break \"{breaks}\""))
        .into_actions();
    println!(
        "{bug:?} breaks \"{breaks}\" in {} steps ({} states, {:.1} s):\n    {path:?}",
        path.len(),
        checker.unique_state_count(),
        began.elapsed().as_secs_f64(),
    );
}
