//! The thread, its groups, and a disk that fails.

use super::super::{Spool, SpoolError};
use super::*;

fn spool_on(disk: &Memory) -> Spool {
    let contents = disk.with(|platter| platter.cache.clone());
    Spool::start(disk.clone(), key(), &contents).unwrap()
}

/// DESIGN, part 4: ten thousand acknowledgements are not ten thousand fsyncs.
#[tokio::test]
async fn ten_thousand_notes_share_few_syncs() {
    let disk = Memory::new(40_000);
    let spool = spool_on(&disk);
    // The disk stands still until all have come, so that the figure is the same on every machine.
    let answers: Vec<_> = disk.with(|_| {
        (0..10_000)
            .map(|number| spool.put(log(), note(number, "seen")))
            .collect()
    });
    for answer in answers {
        assert_eq!(answer.await, Ok(()));
    }
    let syncs = disk.with(|platter| platter.syncs);
    println!("10,000 notes: {syncs} syncs");
    assert!(syncs <= 500, "{syncs} syncs");
    drop(spool);
    disk.crash();
    assert_eq!(spool_on(&disk).all().len(), 10_000);
}

/// Invariant 2: after a failed sync the disk's cache lies; what is answered later is on the
/// platter all the same, and what was answered before still is.
#[tokio::test]
async fn a_failed_sync_is_told_and_its_slots_are_written_again() {
    for seed in 1..50 {
        let disk = Memory::new(64);
        disk.with(|platter| platter.luck = seed);
        let spool = spool_on(&disk);
        assert_eq!(spool.put(log(), raise(1, "")).await, Ok(()));
        disk.with(|platter| platter.fail_syncs = 1);
        let long = "gym ".repeat(300);
        let failed = spool.put(log(), raise(2, &long)).await;
        assert!(matches!(failed, Err(SpoolError::Io(_))), "{failed:?}");
        // It is still offered to the journal, and its sender offers it again.
        assert_eq!(spool.unrecorded().len(), 2);
        assert_eq!(spool.put(log(), raise(2, &long)).await, Ok(()));
        assert_eq!(disk.with(|platter| platter.syncs), 3);
        drop(spool);
        disk.crash();
        let held = spool_on(&disk).all();
        assert_eq!(held, [(log(), raise(1, "")), (log(), raise(2, &long))]);
    }
}

/// What nobody offers again is written again with whatever comes next.
#[tokio::test]
async fn doubtful_slots_are_written_with_the_next_put() {
    let disk = Memory::new(64);
    let spool = spool_on(&disk);
    disk.with(|platter| platter.fail_writes = 1);
    let failed = spool.put(log(), raise(1, "")).await;
    assert!(matches!(failed, Err(SpoolError::Io(_))), "{failed:?}");
    assert_eq!(spool.put(log(), note(2, "")).await, Ok(()));
    drop(spool);
    disk.crash();
    assert_eq!(spool_on(&disk).all().len(), 2);
}

/// A disk that fails every time answers every time, and holds memory to the file's own size.
#[tokio::test]
async fn a_dead_disk_answers_until_the_room_is_gone() {
    let disk = Memory::new(16);
    disk.with(|platter| platter.fail_syncs = usize::MAX);
    let spool = spool_on(&disk);
    for number in 0..16 {
        let failed = spool.put(log(), raise(number, "")).await;
        assert!(matches!(failed, Err(SpoolError::Io(_))), "{failed:?}");
    }
    let full = spool.put(log(), raise(99, "")).await;
    assert_eq!(full, Err(SpoolError::Full));
    assert_eq!(spool.all().len(), 16);
    disk.with(|platter| platter.fail_syncs = 0);
    assert_eq!(spool.put(log(), raise(3, "")).await, Ok(()));
}

#[tokio::test]
async fn a_fact_that_is_held_is_not_written_again() {
    let disk = Memory::new(64);
    let spool = spool_on(&disk);
    for _ in 0..3 {
        assert_eq!(spool.put(log(), raise(1, "")).await, Ok(()));
    }
    assert_eq!(disk.with(|platter| (platter.writes, platter.syncs)), (1, 1));
    // The same id in another log is another fact (P5: one raise for each campus).
    let elsewhere = LogId::district(log().district);
    assert_eq!(spool.put(elsewhere, raise(1, "")).await, Ok(()));
    assert_eq!(spool.all().len(), 2);
}

#[tokio::test]
async fn a_put_whose_caller_has_gone_is_written_all_the_same() {
    let disk = Memory::new(64);
    let spool = spool_on(&disk);
    drop(spool.put(log(), raise(1, "")));
    drop(spool);
    disk.crash();
    assert_eq!(spool_on(&disk).all(), [(log(), raise(1, ""))]);
}

/// Invariant 13: nothing that lowers, or that a clear stands on, ever comes out of a spool.
#[tokio::test]
async fn grounds_and_clears_are_not_taken() {
    let disk = Memory::new(64);
    let spool = spool_on(&disk);
    let ground = stamped(1, Fact::SweepStarted {});
    let clear = stamped(
        2,
        Fact::Resumed {
            lifts: Vec::new(),
            seen: lockstep_proto::position::Position { epoch: 1, seq: 1 },
            unopened: Vec::new(),
            reason: None,
        },
    );
    for fact in [ground, clear] {
        assert_eq!(spool.put(log(), fact).await, Err(SpoolError::NotSpooled));
    }
    assert!(spool.all().is_empty());
}

#[tokio::test]
async fn what_is_too_long_is_told_so() {
    let disk = Memory::new(1_024);
    let spool = spool_on(&disk);
    let longest = raise(1, &"x".repeat(70_000));
    assert_eq!(spool.put(log(), longest.clone()).await, Ok(()));
    let longer = raise(2, &"x".repeat(80_000));
    assert_eq!(spool.put(log(), longer).await, Err(SpoolError::TooLarge));
    drop(spool);
    disk.crash();
    assert_eq!(spool_on(&disk).all(), [(log(), longest)]);
}
