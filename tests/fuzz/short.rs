//! Each target for a moment, with mutations of what it begins with. The seed of the mutations is
//! printed, and `LOCKSTEP_SEED` says it again; `LOCKSTEP_TRIES` tries so many times as often. `tests/run` tries
//! other mutations with each commit (`LOCKSTEP_TRACE`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may panic: a failure here is a failure of the test"
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use lockstep_fuzz::Target;
use lockstep_fuzz::mutate::{Dice, mutated};
use lockstep_fuzz::seeds::seeds;

fn number(name: &str, otherwise: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Bytes that break a target are kept for whoever looks.
fn take(target: Target, seed: u64, bytes: &[u8]) {
    let taken = catch_unwind(AssertUnwindSafe(|| target.takes(bytes)));
    let Err(why) = taken else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("found");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{}-{seed}", target.name()));
    fs::write(&file, bytes).unwrap();
    eprintln!(
        "{} broke with LOCKSTEP_SEED={seed}: the bytes are in {}",
        target.name(),
        file.display()
    );
    resume_unwind(why);
}

fn tried(target: Target) {
    let seed = number("LOCKSTEP_SEED", number("LOCKSTEP_TRACE", 1));
    let tries = target.tries() * usize::try_from(number("LOCKSTEP_TRIES", 1)).unwrap();
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    for bytes in &seeds {
        take(target, seed, bytes);
    }
    let mut dice = Dice::new(seed);
    for _ in 0..tries {
        take(target, seed, &mutated(&mut dice, &seeds));
    }
    println!(
        "{}: {} seeds and {tries} mutations of them, LOCKSTEP_SEED={seed}",
        target.name(),
        seeds.len()
    );
}

macro_rules! short {
    ($($(#[$about:meta])* $name:ident $target:ident;)*) => {
        $($(#[$about])* #[test] fn $name() { tried(Target::$target); })*

        #[test]
        fn every_target_is_tried() {
            assert_eq!([$(Target::$target),*], Target::ALL);
        }
    };
}

short! {
    /// Invariant 12, A5.
    i12_client_frames ClientFrame;
    /// R3, invariant 4.
    r3_server_frames ServerFrame;
    i12_bodies Body;
    a5_tokens Token;
    scripts Script;
    /// A3.
    a3_directory_files Directory;
    a3_lists Lists;
    a3_oneroster_files OneRoster;
    /// T2, S6.
    t2_notes Note;
    t2_t5_exports Export;
}
