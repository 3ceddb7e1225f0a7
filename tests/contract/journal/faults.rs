//! What only a file can show: restart, backup, a lock held by another program, a full disk,
//! a read-only one, and that nothing answered as not written ever appears (invariant 13).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockstep_proto::id::FactId;
use lockstep_proto::timeline::LogId;
use lockstep_server::journal::sqlite::{OpenError, SqliteJournal};
use lockstep_server::journal::{
    AppendError, Appended, BATCH_MAX, DirectoryStore as _, Journal, JournalError,
};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::SetClock;
use super::school::{at, call, call_because, district, id, north, operator, set_up, time};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    (folder, path)
}

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path, SetClock::new()).unwrap()
}

/// Another program that has the file open.
fn other_program(path: &Path) -> Connection {
    let other = Connection::open(path).unwrap();
    other.busy_timeout(Duration::from_secs(2)).unwrap();
    other
}

async fn ids(journal: &SqliteJournal, log: &LogId) -> Vec<FactId> {
    let stored = journal.read(log, 0, BATCH_MAX).await.unwrap();
    stored.iter().map(|s| s.entry.stamped.id).collect()
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let (_folder, path) = folder();
    let first = open(&path);
    let directory = set_up(&first).await;
    first
        .append(north(), at(0).into(), vec![call(1), call(2)])
        .await
        .unwrap();
    let sam = "sam".parse().unwrap();
    let set = first.set_pin(district(), &sam, "phc", operator(), time(1));
    set.await.unwrap();
    let before = (
        first.tip(north()).await.unwrap(),
        first.read(north(), 0, 9).await.unwrap(),
    );
    drop(first);

    let second = open(&path);
    let after = (
        second.tip(north()).await.unwrap(),
        second.read(north(), 0, 9).await.unwrap(),
    );
    assert_eq!(after, before);
    let kept = second.directories().await.unwrap().remove(0);
    assert_eq!((kept.version, kept.directory), (1, directory));
    let pin = second.pin(district(), &sam).await.unwrap();
    assert_eq!(pin.as_deref(), Some("phc"));
    let again = second
        .append(north(), at(0).into(), vec![call(2)])
        .await
        .unwrap();
    assert!(!again.placed[0].new);
    second
        .append(north(), at(2).into(), vec![call(3)])
        .await
        .unwrap();
}

#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = folder();
    let journal = open(&path);
    journal.probe().await.unwrap();
    for end in ["", "-wal"] {
        let file = PathBuf::from(format!("{}{end}", path.display()));
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a6_what_an_earlier_release_left_of_the_gone_goes() {
    let (_folder, path) = folder();
    let journal = open(&path);
    set_up(&journal).await;
    drop(journal);
    let earlier = other_program(&path);
    earlier.execute_batch(super::people::LEFT).unwrap();
    earlier.pragma_update(None, "user_version", 6).unwrap();
    drop(earlier);
    super::people::nothing_is_left(&open(&path)).await;
}

#[tokio::test]
async fn a_file_that_is_not_ours_or_not_yet_ours_is_refused() {
    let (folder, path) = folder();
    drop(open(&path));
    let other = other_program(&path);
    other.pragma_update(None, "user_version", 1_000).unwrap();
    let newer = SqliteJournal::open(&path, SetClock::new()).err().unwrap();
    assert!(matches!(newer, OpenError::Newer { found: 1_000, .. }));
    assert!(newer.to_string().contains("newer release"), "{newer}");

    let theirs = folder.path().join("theirs.db");
    let other = other_program(&theirs);
    other.execute_batch("CREATE TABLE notes (n TEXT)").unwrap();
    let foreign = SqliteJournal::open(&theirs, SetClock::new()).err().unwrap();
    assert!(matches!(foreign, OpenError::Foreign), "{foreign}");

    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "no database at all, but long enough to look".repeat(99),
    )
    .unwrap();
    let damaged = SqliteJournal::open(&text, SetClock::new()).err().unwrap();
    assert!(matches!(damaged, OpenError::Damaged(_)), "{damaged}");

    let nowhere = folder.path().join("no/such/folder.db");
    let nowhere = SqliteJournal::open(nowhere, SetClock::new()).err().unwrap();
    assert!(matches!(nowhere, OpenError::Unavailable(_)), "{nowhere}");
}

#[tokio::test]
async fn t2_an_entry_cannot_be_changed_or_removed_in_passing() {
    let (_folder, path) = folder();
    let journal = open(&path);
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let other = other_program(&path);
    for statement in ["UPDATE entry SET canonical = ''", "DELETE FROM entry"] {
        assert!(other.execute_batch(statement).is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_backup_is_the_journal_of_one_moment() {
    let (folder, path) = folder();
    let journal = open(&path);
    set_up(&journal).await;
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let to = folder.path().join("backup.db");
    journal.backup_to(&to).await.unwrap();
    let tip = journal.tip(north()).await.unwrap();
    journal
        .append(north(), at(1).into(), vec![call(2)])
        .await
        .unwrap();

    let over = journal.backup_to(&to).await;
    assert!(matches!(over, Err(JournalError::Unavailable(_))));
    let backup = open(&to);
    assert_eq!(backup.tip(north()).await.unwrap(), tip);
    assert_eq!(ids(&backup, north()).await, [id(1)]);
    assert_eq!(backup.directories().await.unwrap().len(), 1);
}

/// Two instances of the service on one file share one order.
#[tokio::test]
async fn two_that_write_one_file_conflict_and_leave_no_gap() {
    let (_folder, path) = folder();
    let (one, two) = (open(&path), open(&path));
    one.append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let late = two.append(north(), at(0).into(), vec![call(2)]).await;
    assert_eq!(late.unwrap_err(), AppendError::Conflict(at(1)));
    two.append(north(), at(1).into(), vec![call(2)])
        .await
        .unwrap();
    assert_eq!(ids(&one, north()).await, [id(1), id(2)]);
}

/// Asserts that nothing was written, said soon enough.
async fn unavailable(journal: &SqliteJournal, n: u128) {
    let start = Instant::now();
    let answer = journal.append(north(), at(0).into(), vec![call(n)]).await;
    let took = start.elapsed();
    assert!(
        matches!(answer, Err(AppendError::Unavailable(_))),
        "{answer:?}"
    );
    assert!(took < Duration::from_millis(600), "{took:?}");
}

#[tokio::test]
async fn a_locked_file_is_unavailable_until_it_is_unlocked() {
    let (_folder, path) = folder();
    let journal = open(&path);
    let other = other_program(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    unavailable(&journal, 1).await;
    unavailable(&journal, 2).await;
    let probe = journal.probe().await;
    assert!(matches!(probe, Err(JournalError::Unavailable(_))));
    // Reading goes on.
    assert_eq!(ids(&journal, north()).await, []);
    other.execute_batch("ROLLBACK").unwrap();
    journal
        .append(north(), at(0).into(), vec![call(3)])
        .await
        .unwrap();
    assert_eq!(ids(&journal, north()).await, [id(3)]);
}

#[tokio::test]
async fn a_file_that_is_locked_at_the_start_comes_up_later() {
    let (_folder, path) = folder();
    drop(open(&path));
    let other = other_program(&path);
    let lock = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
    other.execute_batch(lock).unwrap();
    let journal = open(&path);
    unavailable(&journal, 1).await;
    let read = journal.read(north(), 0, 1).await;
    assert!(matches!(read, Err(JournalError::Unavailable(_))));
    drop(other);
    journal
        .append(north(), at(0).into(), vec![call(2)])
        .await
        .unwrap();
    assert_eq!(ids(&journal, north()).await, [id(2)]);
}

/// A small disk of its own; unmounted when dropped. None where we may not mount one.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mounted = disk.run("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs"]);
        if !mounted {
            eprintln!("not shown: only root may mount a small disk");
        }
        mounted.then_some(disk)
    }

    fn run(&self, program: &str, options: &[&str]) -> bool {
        let mut command = Command::new(program);
        let status = command.args(options).arg(self.0.path()).status();
        status.is_ok_and(|status| status.success())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.run("umount", &["-l"]);
    }
}

#[tokio::test]
async fn a_full_disk_is_unavailable_until_there_is_room() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.file("journal.db");
    let journal = open(&path);
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    // Fills the rest but for some pages.
    let filler = disk.file("filler");
    std::fs::write(&filler, vec![7; 1_500_000]).unwrap();

    let (mut written, mut refused) = (vec![id(1)], Vec::new());
    for n in 2..2_000 {
        let fact = call_because(n, &"shots ".repeat(200));
        let expected = at(written.len() as u64);
        match journal.append(north(), expected.into(), vec![fact]).await {
            Ok(_) => written.push(id(n)),
            Err(AppendError::Unavailable(_)) => refused.push(id(n)),
            Err(other) => panic!("{other}"),
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "the disk never filled");
    assert_eq!(ids(&journal, north()).await, written);

    std::fs::remove_file(filler).unwrap();
    let expected = at(written.len() as u64);
    journal
        .append(north(), expected.into(), vec![call(5_000)])
        .await
        .unwrap();
    written.push(id(5_000));
    drop(journal);
    let journal = open(&path);
    assert_eq!(ids(&journal, north()).await, written);
    for id in refused {
        assert_eq!(journal.find(north(), id).await.unwrap(), None);
    }
}

/// Where the probe says that the journal can be written, the largest entry can be: a campus
/// on a nearly full disk does not turn healthy and back again.
#[tokio::test]
async fn a_probe_on_a_nearly_full_disk_speaks_for_the_largest_entry() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.file("journal.db");
    let journal = open(&path);
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let filler = std::fs::File::create(disk.file("filler")).unwrap();
    let mut filled = 0;
    while std::os::unix::fs::FileExt::write_all_at(&filler, &[7; 4096], filled).is_ok() {
        filled += 4096;
    }
    let mut refused = 0;
    while let Err(why) = journal.probe().await {
        assert!(matches!(why, JournalError::Unavailable(_)), "{why}");
        refused += 1;
        filled = filled
            .checked_sub(4096)
            .expect("it can be written in the end");
        filler.set_len(filled).unwrap();
    }
    println!("a probe succeeds with {} KiB of room", refused * 4);
    assert!(refused > 0, "the disk was not full");
    for n in 0..3 {
        // Each takes what the one before left: asked again, the probe speaks for the next.
        let largest = call_because(100 + n, &"shots ".repeat(10_000));
        let answer = journal
            .append(north(), at(1 + n as u64).into(), vec![largest])
            .await;
        assert!(
            answer.is_ok(),
            "entry {n} after {refused} refusals: {answer:?}"
        );
        if journal.probe().await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_read_only_disk_is_unavailable_until_it_is_writable() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.file("journal.db");
    drop(open(&path));
    // A program that another test is just starting may share our files for a moment.
    assert!((0..100).any(|_| disk.run("mount", &["-o", "remount,ro"])));
    let journal = open(&path);
    unavailable(&journal, 1).await;
    assert!(disk.run("mount", &["-o", "remount,rw"]));
    journal
        .append(north(), at(0).into(), vec![call(2)])
        .await
        .unwrap();
    assert_eq!(ids(&journal, north()).await, [id(2)]);
}

/// Appenders on campuses of their own, while another program takes and gives back the lock.
async fn no_ghost(rounds: Vec<(usize, u128)>) {
    let (_folder, path) = folder();
    let journal = Arc::new(open(&path));
    let mut answers: BTreeMap<(LogId, FactId), Result<Appended, AppendError>> = BTreeMap::new();
    let other = other_program(&path);
    for (round, (locked_for, appenders)) in rounds.into_iter().enumerate() {
        let (answered, mut results) = tokio::sync::mpsc::unbounded_channel();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        for appender in 0..appenders {
            let (journal, answered) = (journal.clone(), answered.clone());
            tokio::spawn(async move {
                let log: LogId = format!("oak/campus-{appender}").parse().unwrap();
                for n in 0..3 {
                    let id = (round as u128) * 10_000 + appender * 10 + n;
                    let tip = journal.tip(&log).await.unwrap();
                    let answer = journal
                        .append(&log, tip.position().into(), vec![call(id)])
                        .await;
                    answered
                        .send(((log.clone(), super::school::id(id)), answer))
                        .unwrap();
                }
            });
        }
        drop(answered);
        let mut held = true;
        for seen in 0.. {
            if held && seen >= locked_for {
                other.execute_batch("ROLLBACK").unwrap();
                held = false;
            }
            let Some((fact, answer)) = results.recv().await else {
                break;
            };
            answers.insert(fact, answer);
        }
        if held {
            other.execute_batch("ROLLBACK").unwrap();
        }
    }
    drop(journal);
    let journal = open(&path);
    for ((log, fact), answer) in answers {
        let found = journal.find(&log, fact).await.unwrap();
        match answer {
            Ok(_) => assert!(found.is_some(), "{fact} was lost"),
            Err(AppendError::Unavailable(why)) => assert!(found.is_none(), "a ghost: {why}"),
            Err(AppendError::InDoubt | AppendError::Conflict(_)) => {}
            Err(AppendError::Refused(code)) => panic!("{code:?}"),
        }
    }
}

proptest! {
    // A round waits for the journal's own deadlines, not for a sleep.
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 4, ..Default::default() })]
    #[test]
    fn nothing_answered_as_not_written_ever_appears(
        rounds in prop::collection::vec((0_usize..90, 1_u128..90), 1..4)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.unwrap().block_on(no_ghost(rounds));
    }
}
