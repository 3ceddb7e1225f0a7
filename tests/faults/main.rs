//! The fault table of the design, row by row, with real children: `lockstep-server` twice,
//! PostgreSQL, Redis.
//!
//! Each *try* puts a fault, raises and clears while it is there, heals it, and holds the
//! invariants. What it measured is one line of a report that is kept between runs, so that
//! `just faults` goes on where it stopped; the table at the end sets it beside what is promised.
//!
//! `LOCKSTEP_FAULTS` says how often: `full`, or rows and tries as `kill:300,split:10`. Without it
//! each quick row is tried once, which is what `tests/run` does. A word on the command line
//! chooses the rows whose names contain it, as in other tests. `LOCKSTEP_FAULTS_REPORT` names the
//! report's folder, `LOCKSTEP_SEED` repeats a run's random choices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic: that is how it fails"
)]

mod dice;
mod hand;
mod holds;
mod provider;
mod report;
mod rows;
mod screen;
mod tries;
mod world;

use std::process::ExitCode;

use dice::Dice;
use report::Report;
use rows::{Kind, Row};
use tries::Try;
use world::World;

/// Tries that one world lives through: its journal is read whole after each of them.
const TRIES_OF_A_WORLD: u32 = 25;

fn main() -> ExitCode {
    let wanted = rows::wanted();
    if wanted.is_empty() {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(run(&wanted))
}

async fn run(wanted: &[(Row, usize)]) -> ExitCode {
    let mut report = Report::open();
    let mut dice = Dice::new();
    let mut world: Option<World> = None;
    while let Some((row, number)) = next(wanted, &report) {
        let fits = |world: &World| world.kind == row.kind() && world.tries < TRIES_OF_A_WORLD;
        if !world.as_ref().is_some_and(fits) {
            // Before another begins: this one's children go.
            drop(world.take());
        }
        let mut here = match world.take() {
            Some(world) => world,
            None => World::of(row.kind()).await,
        };
        let seed = dice.roll(u64::MAX);
        let done = Try::run(row, &mut here, seed).await;
        let went_well = done.violations.is_empty();
        println!("{} {number}: {}", row.name(), done.told());
        if !went_well {
            here.tell_logs();
        }
        report.add(&done);
        // What a violation leaves behind is no ground for another try.
        world = went_well.then_some(here);
    }
    drop(world);
    report.print(wanted)
}

/// Round-robin within a kind of world, so that a run that is cut short has something of each row.
fn next(wanted: &[(Row, usize)], report: &Report) -> Option<(Row, usize)> {
    for kind in [Kind::Pair, Kind::Apart, Kind::Single] {
        let open = wanted.iter().filter(|(row, _)| row.kind() == kind);
        let open = open.map(|(row, wanted)| (*row, report.tries(*row), *wanted));
        let open = open.filter(|(_, done, wanted)| done < wanted);
        let least = open.min_by_key(|(_, done, wanted)| done * 1_000 / wanted);
        if let Some((row, done, _)) = least {
            return Some((row, done + 1));
        }
    }
    None
}
