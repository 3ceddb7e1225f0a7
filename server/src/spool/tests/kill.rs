//! Invariant 2 against SIGKILL: what was answered is there when the file is opened again.
//!
//! The child is this very test binary. (SIGKILL does not show a missing fsync, since the kernel
//! lives on; [`super::faults`] and [`super::room`] show that with a disk that forgets.)

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::super::{SIZE_MIN, Spool};
use super::*;

const ROUNDS: u64 = 20;
const DIR: &str = "LOCKSTEP_SPOOL_KILL_DIR";
const FIRST: &str = "LOCKSTEP_SPOOL_KILL_FIRST";
const MARK: &str = "acknowledged ";

#[test]
fn invariant_2_holds_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut luck = u64::from(std::process::id()) | 1;
    for round in 0..ROUNDS {
        luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // The kill falls after some answer was read, anywhere in the writes that follow it.
        let reads = usize::try_from(luck >> 33).unwrap() % 60;
        acknowledged.extend(one_kill(&dir.path().to_owned(), round * 1_000, reads));
        let spool = Spool::open(dir.path(), SIZE_MIN).unwrap();
        let held: BTreeSet<u64> = spool
            .all()
            .iter()
            .map(|(_, stamped)| stamped.id.0.as_u64_pair().1)
            .collect();
        let lost: Vec<_> = acknowledged.difference(&held).collect();
        assert!(lost.is_empty(), "round {round}: lost {lost:?}");
    }
    println!("{ROUNDS} kills, {} answers, none lost", acknowledged.len());
    assert!(acknowledged.len() > 20, "the kills came before the work");
}

/// Starts a child, kills it after `reads` of its answers, and tells all that it gave.
fn one_kill(dir: &PathBuf, first: u64, reads: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "spool::tests::kill::child",
            "--ignored",
            "--nocapture",
        ])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let mut number = |line: io::Result<String>| {
        let line = line.unwrap_or_default();
        if let Some(number) = line.split(MARK).nth(1) {
            told.extend(number.trim().parse::<u64>().ok());
        }
        told.len()
    };
    for line in lines.by_ref() {
        if number(line) > reads {
            break;
        }
    }
    child.kill().unwrap();
    for line in lines {
        number(line);
    }
    child.wait().unwrap();
    told
}

/// The child of the test above: puts raises, some at once and some long, and prints what was
/// answered. Does nothing when it is run by hand.
#[test]
#[ignore = "the child of another test"]
fn child() {
    let (Ok(dir), Ok(first)) = (std::env::var(DIR), std::env::var(FIRST)) else {
        return;
    };
    let first: u64 = first.parse().unwrap();
    let spool = Spool::open(&PathBuf::from(dir), SIZE_MIN).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut out = io::stdout();
        for burst in 0..16_u64 {
            let numbers = (0..4).map(|at| first + burst * 4 + at);
            let answers: Vec<_> = numbers
                .map(|number| {
                    let text = "x".repeat(usize::try_from(number * 37 % 600).unwrap());
                    (number, spool.put(log(), raise(number, &text)))
                })
                .collect();
            for (number, answer) in answers {
                // A line that a kill cuts off is an answer that nobody had.
                if answer.await.is_ok() {
                    writeln!(out, "{MARK}{number}").unwrap();
                    out.flush().unwrap();
                }
            }
        }
    });
    // Stays until it is killed: the pipe's reader never closes before that.
    loop {
        std::thread::park();
    }
}
