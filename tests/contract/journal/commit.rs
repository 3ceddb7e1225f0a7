//! A COMMIT that is on its way (invariant 13): what is answered meanwhile, and afterwards. The way
//! to PostgreSQL leads through a wire of ours, which holds it back.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use lockstep_proto::id::FactId;
use lockstep_server::journal::postgres::{Database, PostgresJournal};
use lockstep_server::journal::{AppendError, Journal, JournalError};
use lockstep_tests::{Postgres, SOCKET};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use super::SetClock;
use super::school::{
    all_clear, at, call, id, north, operator, right_to_all_clear, set_up, switch_off,
};

/// What becomes of a COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Held,
    Cut,
    /// It arrives, and no answer comes back.
    Deaf,
}

/// A wire to PostgreSQL.
struct Wire {
    way: watch::Sender<Way>,
    held: watch::Receiver<u32>,
    folder: TempDir,
}

impl Wire {
    fn to(server: &Postgres) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (way, ways) = watch::channel(Way::Open);
        let (held, holds) = watch::channel(0);
        let to = server.socket();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&to).await.unwrap();
                tokio::spawn(carry(client, server, ways.clone(), held.clone()));
            }
        });
        Self {
            way,
            held: holds,
            folder,
        }
    }

    /// Lets COMMITs go this way from now on, those that are held too.
    fn turn(&self, way: Way) {
        self.way.send(way).unwrap();
    }

    /// Waits until this many are held.
    async fn holds(&mut self, many: u32) {
        self.held.wait_for(|held| *held == many).await.unwrap();
    }
}

async fn carry(
    client: UnixStream,
    server: UnixStream,
    mut way: watch::Receiver<Way>,
    held: watch::Sender<u32>,
) {
    let (mut said, mut answers) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut back = way.clone();
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(many @ 1..) = from_server.read(&mut buffer).await {
            let hears = back.wait_for(|way| *way != Way::Deaf).await.is_ok();
            if !hears || answers.write_all(&buffer[..many]).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(many @ 1..) = said.read(&mut buffer).await {
        let commits = buffer[..many].windows(7).any(|bytes| bytes == b"COMMIT\0");
        if commits && *way.borrow() == Way::Held {
            held.send_modify(|held| *held += 1);
            // Whether or not anybody waits for its answer any more.
            let turned = *way.wait_for(|way| *way != Way::Held).await.unwrap();
            held.send_modify(|held| *held -= 1);
            if turned == Way::Cut {
                return;
            }
        }
        if to_server.write_all(&buffer[..many]).await.is_err() {
            return;
        }
    }
}

async fn open(wire: &Wire, database: &str) -> PostgresJournal {
    let url = Postgres::url_in(wire.folder.path(), database, "owner");
    let database = Database::at(&url, None).unwrap();
    let journal = PostgresJournal::open(database, SetClock::new()).await;
    journal.unwrap().with_skew(SignedDuration::MAX)
}

/// Asks until it is answered; answers whether the fact stands.
async fn found(journal: &dyn Journal, fact: FactId) -> bool {
    let start = Instant::now();
    loop {
        match journal.find(north(), fact).await {
            Ok(found) => return found.is_some(),
            Err(JournalError::Unavailable(why)) => {
                assert!(start.elapsed() < Duration::from_secs(5), "{why}");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Has an append in doubt: its COMMIT is held back, and `turn`ed while somebody waits for it.
async fn in_doubt(wire: &mut Wire, journal: &PostgresJournal, seq: u64, turn: Way) {
    wire.turn(Way::Held);
    let start = Instant::now();
    let fact = call(u128::from(seq) + 1);
    let append = journal.append(north(), at(seq).into(), vec![fact]);
    let (answer, ()) = tokio::join!(append, async {
        wire.holds(1).await;
        wire.turn(turn);
    });
    assert_eq!(answer, Err(AppendError::InDoubt));
    assert!(start.elapsed() < Duration::from_millis(700));
}

/// It came true, and its author does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found() {
    let server = Postgres::shared();
    let mut wire = Wire::to(server);
    let journal = open(&wire, &server.database()).await;
    // The log's first append, and a later one.
    for seq in 0..2 {
        in_doubt(&mut wire, &journal, seq, Way::Deaf).await;
        wire.turn(Way::Open);
        assert!(found(&journal, id(u128::from(seq) + 1)).await);
    }
    let tip = journal.tip(north()).await.unwrap();
    assert_eq!(tip.position(), at(2));
}

/// Once it was said that it did not come true it never does, also where it arrives after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrives_or_too_late_never_comes_true() {
    let server = Postgres::shared();
    let mut wire = Wire::to(server);
    let journal = open(&wire, &server.database()).await;
    for (seq, way) in [Way::Cut, Way::Held, Way::Held].into_iter().enumerate() {
        let seq = u64::try_from(seq).unwrap();
        in_doubt(&mut wire, &journal, seq, way).await;
        let fact = id(u128::from(seq) + 1);
        assert!(!found(&journal, fact).await);
        wire.turn(Way::Open);
        // What was held arrives now.
        wire.holds(0).await;
        assert!(!found(&journal, fact).await);
        let again = call(u128::from(seq) + 1);
        let again = journal.append(north(), at(seq).into(), vec![again]).await;
        assert!(again.unwrap().placed[0].new);
    }
}

/// A right that a clear stands on is not lost before the clear is recorded, or is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_is_not_lost_while_a_clear_is_on_its_way() {
    let server = Postgres::shared();
    let mut wire = Wire::to(server);
    let name = server.database();
    let journal = open(&wire, &name).await;
    let directory = set_up(&journal).await;
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let other = Database::at(&server.url(&name, "owner"), None).unwrap();
    let other = PostgresJournal::open(other, SetClock::new()).await.unwrap();

    wire.turn(Way::Held);
    let right = right_to_all_clear(&directory);
    let clear = journal.append_clear(north(), at(1).into(), all_clear(2), right.clone());
    let (clear, ()) = tokio::join!(clear, async {
        wire.holds(1).await;
        // Waits as long as the directory may, and that is longer than the clear does.
        let revoked = switch_off(&other, "c-sam", operator(), 5);
        let early = tokio::time::timeout(Duration::from_millis(300), revoked).await;
        assert!(early.is_err(), "{early:?}");
        wire.turn(Way::Deaf);
    });
    assert_eq!(clear, Err(AppendError::InDoubt));
    wire.turn(Way::Open);
    assert!(found(&journal, id(2)).await);
    let revoked = switch_off(&other, "c-sam", operator(), 5).await;
    assert!(revoked.unwrap());
    let late = journal.append_clear(north(), at(2).into(), all_clear(3), right);
    assert!(matches!(late.await, Err(AppendError::Refused(_))));
}

/// A COMMIT that waits for a standby is not answered as done, and not as never done.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_waits_for_a_standby_is_in_doubt() {
    let server = Postgres::start("");
    let url = server.url(&server.database(), "owner");
    let database = Database::at(&url, None).unwrap();
    let journal = PostgresJournal::open(database, SetClock::new())
        .await
        .unwrap();
    let standby = |name: &str| {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'");
        server.run("postgres", &set);
        server.run("postgres", "SELECT pg_reload_conf()");
    };
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    standby("nobody");
    let mut seq = 1;
    // The server takes its new settings when it comes to it.
    let answer = loop {
        let fact = call(u128::from(seq) + 1);
        match journal.append(north(), at(seq).into(), vec![fact]).await {
            Ok(_) => seq += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(answer, AppendError::InDoubt);
    let fact = id(u128::from(seq) + 1);
    for _ in 0..3 {
        let found = journal.find(north(), fact).await;
        assert!(
            matches!(found, Err(JournalError::Unavailable(_))),
            "{found:?}"
        );
    }
    standby("");
    assert!(found(&journal, fact).await);
}
