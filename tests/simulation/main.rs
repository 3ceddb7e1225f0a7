//! Traces of the model, chosen at random, replayed against the real code.
//!
//! Real campus tasks, spools, hubs and screens over the memory backends, with loss, delay,
//! repetition, restarts, partitions and a journal that loses its tail. Where the world stands is
//! read back as a state of the model (`seen`); the model says what may happen there; chance
//! chooses; the world carries it out (`carry`); and the model's own properties are held against
//! what came of it (`trace`). So each planted bug of the model that the code can have breaks the
//! same property here, under the same name.
//!
//! `LOCKSTEP_TRACE` is the first trace's seed, `LOCKSTEP_TRACES` how many there are. A failure
//! prints the seed that shows it again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

// The model itself, not a copy of it.
#[path = "../model/bugs.rs"]
#[allow(dead_code, reason = "the model's own tests plant them")]
mod bugs;
#[path = "../model/check.rs"]
#[allow(dead_code, reason = "the model's own tests name them")]
mod check;
#[path = "../model/clears.rs"]
mod clears;
#[path = "../model/faults.rs"]
mod faults;
#[path = "../model/raises.rs"]
mod raises;
#[path = "../model/screens.rs"]
mod screens;
#[path = "../model/state.rs"]
#[allow(dead_code, reason = "its symmetries are for the checker")]
mod state;
#[path = "../model/step.rs"]
mod step;

#[path = "../contract/journal/school.rs"]
#[allow(dead_code, reason = "the contract suite needs more of the school")]
mod school;

mod carry;
mod foreseen;
mod instance;
mod people;
mod rng;
mod screen;
mod seen;
mod tally;
mod trace;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tally::Tally;
use trace::Trace;

/// Threads that run traces.
const THREADS: usize = 2;

/// A campus task that panics starts again by itself: here it is a failure.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

#[test]
fn traces_of_the_model_hold_on_the_code() {
    let first = number("LOCKSTEP_TRACE", 1);
    let traces = number("LOCKSTEP_TRACES", 150);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        hook(info);
    }));
    println!("{traces} traces, LOCKSTEP_TRACE={first}");
    let began = Instant::now();
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let failed: Mutex<Option<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while failed.lock().unwrap().is_none() {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= traces {
                        return;
                    }
                    match run(first + n, &tally) {
                        Ok(()) => {}
                        Err(why) => {
                            failed.lock().unwrap().get_or_insert(why);
                        }
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}{:.1} s", began.elapsed().as_secs_f64());
    if let Some(why) = failed.into_inner().unwrap() {
        panic!("{why}");
    }
}

fn run(seed: u64, tally: &Mutex<Tally>) -> Result<(), String> {
    let before = PANICS.load(Ordering::SeqCst);
    let mut trace = Trace::new(seed);
    let ran = catch_unwind(AssertUnwindSafe(|| trace.run()));
    let mut result = ran.unwrap_or_else(|_| Err("the simulation panicked".to_owned()));
    if result.is_ok() && PANICS.load(Ordering::SeqCst) > before {
        result = Err("a task panicked".to_owned());
    }
    let mut tally = tally.lock().unwrap();
    tally.note("traces", 1);
    tally.add(trace.tally());
    result.map_err(|why| {
        format!(
            "{}\n{why}\n\nagain: LOCKSTEP_TRACE={seed} LOCKSTEP_TRACES=1 cargo test -p lockstep-tests \
             --test simulation",
            trace.done.join("\n")
        )
    })
}
