//! The same targets, led by coverage (libFuzzer): bytes that reach code which nothing reached before are
//! kept, and mutated further. `just guided` builds it with the counters that this needs.
//!
//! `LOCKSTEP_TARGET` names the target. Its first corpus is written to the folder `LOCKSTEP_CORPUS`.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use lockstep_fuzz::Target;
use lockstep_fuzz::mutate::{Dice, mutated};
use lockstep_fuzz::seeds::{seeds, write_seeds};

/// What is tried, and what it began with.
static TRIED: OnceLock<(Target, Vec<Vec<u8>>)> = OnceLock::new();

fn tried() -> &'static (Target, Vec<Vec<u8>>) {
    TRIED.get_or_init(|| {
        let name = std::env::var("LOCKSTEP_TARGET").unwrap_or_default();
        let Some(target) = Target::named(&name) else {
            let names = Target::ALL.map(Target::name).join(", ");
            eprintln!("LOCKSTEP_TARGET names the target: one of {names}");
            std::process::exit(2);
        };
        (target, seeds(target))
    })
}

fn begin() {
    let (target, seeds) = tried();
    if let Ok(folder) = std::env::var("LOCKSTEP_CORPUS") {
        write_seeds(*target, seeds, Path::new(&folder));
    }
}

libfuzzer_sys::fuzz_target!(init: begin(), |bytes: &[u8]| tried().0.takes(bytes));

// Every other mutation is of ours, which knows how to break JSON, rows and numbers; the rest are libFuzzer's.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    if seed % 2 == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    }
    let mut dice = Dice::new(u64::from(seed));
    let mut beside = vec![data.get(..size).unwrap_or_default().to_vec()];
    let (_, seeds) = tried();
    beside.extend(seeds.get(dice.below(seeds.len())).cloned());
    let made = mutated(&mut dice, &beside);
    let long = made.len().min(max).min(data.len());
    data[..long].copy_from_slice(&made[..long]);
    long
});
