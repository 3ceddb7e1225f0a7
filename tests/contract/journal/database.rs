//! What only a database server can show: frozen, started again, stuck, shared, and who may do what
//! in it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockstep_proto::id::FactId;
use lockstep_server::clock::SystemClock;
use lockstep_server::journal::postgres::{Database, OpenError, PostgresJournal, prepare};
use lockstep_server::journal::{
    AppendError, BATCH_MAX, DirectoryStore as _, Journal, JournalError,
};
use lockstep_tests::Postgres;

use super::SetClock;
use super::school::{all_clear, at, call, id, north, right_to_all_clear, set_up, time};

/// Every call's deadline, and what a busy machine adds.
const IN_TIME: Duration = Duration::from_millis(700);

async fn open(server: &Postgres, database: &str, role: &str) -> Result<PostgresJournal, OpenError> {
    let database = Database::at(&server.url(database, role), None).unwrap();
    PostgresJournal::open(database, SetClock::new()).await
}

async fn ids(journal: &PostgresJournal) -> Vec<FactId> {
    let stored = journal.read(north(), 0, BATCH_MAX).await.unwrap();
    stored.iter().map(|s| s.entry.stamped.id).collect()
}

/// Asserts that nothing was written, said soon enough.
async fn unavailable(journal: &PostgresJournal, expected: u64, n: u128) {
    let start = Instant::now();
    let answer = journal
        .append(north(), at(expected).into(), vec![call(n)])
        .await;
    let took = start.elapsed();
    let unavailable = matches!(answer, Err(AppendError::Unavailable(_)));
    assert!(unavailable, "{answer:?}");
    assert!(took < IN_TIME, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_unavailable_in_time_and_leaves_no_ghost() {
    let server = Postgres::start("");
    let journal = Arc::new(open(&server, &server.database(), "owner").await.unwrap());
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    for round in 0..3_u64 {
        server.freeze();
        // More than there are connections, some of them connected already.
        let appends = (0..12_u128).map(|n| {
            let journal = journal.clone();
            let n = 100 + u128::from(round) * 100 + n;
            tokio::spawn(async move { unavailable(&journal, 1 + round, n).await })
        });
        let appends: Vec<_> = appends.collect();
        let start = Instant::now();
        let read = journal.read(north(), 0, 1).await;
        assert!(matches!(read, Err(JournalError::Unavailable(_))));
        assert!(start.elapsed() < IN_TIME);
        let found = journal.find(north(), id(100)).await;
        assert!(matches!(found, Err(JournalError::Unavailable(_))));
        for append in appends {
            append.await.unwrap();
        }
        server.thaw();
        journal
            .append(
                north(),
                at(1 + round).into(),
                vec![call(2 + u128::from(round))],
            )
            .await
            .unwrap();
    }
    assert_eq!(ids(&journal).await, [id(1), id(2), id(3), id(4)]);
    assert_eq!(journal.find(north(), id(100)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_again_is_used_again() {
    let server = Postgres::start("");
    let journal = open(&server, &server.database(), "owner").await.unwrap();
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    server.restart();
    let start = Instant::now();
    while let Err(error) = journal.append(north(), at(1).into(), vec![call(2)]).await {
        assert!(matches!(error, AppendError::Unavailable(_)), "{error}");
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(ids(&journal).await, [id(1), id(2)]);
}

/// Somebody else at the database, who has something locked.
async fn holding(server: &Postgres, name: &str, sql: &str) -> tokio_postgres::Client {
    let url = server.url(name, "owner");
    let (other, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(driver);
    other.batch_execute(sql).await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_read_holds_no_append() {
    let server = Postgres::shared();
    let name = server.database();
    let journal = Arc::new(open(server, &name, "owner").await.unwrap());
    let other = holding(server, &name, "BEGIN; LOCK TABLE directory").await;
    let reads = (0..40).map(|_| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let start = Instant::now();
            let read = journal.directories().await;
            assert!(matches!(read, Err(JournalError::Unavailable(_))));
            assert!(start.elapsed() < IN_TIME);
        })
    });
    let reads: Vec<_> = reads.collect();
    for n in 0..20_u64 {
        let fact = call(u128::from(n) + 1);
        journal
            .append(north(), at(n).into(), vec![fact])
            .await
            .unwrap();
    }
    for read in reads {
        read.await.unwrap();
    }
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(journal.directories().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_log_is_unavailable_until_it_is_unlocked_and_others_go_on() {
    let server = Postgres::shared();
    let name = server.database();
    let journal = open(server, &name, "owner").await.unwrap();
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let other = holding(server, &name, "BEGIN; SELECT FROM log FOR UPDATE").await;
    unavailable(&journal, 1, 2).await;
    let south = "oak/south".parse().unwrap();
    journal
        .append(&south, at(0).into(), vec![call(1)])
        .await
        .unwrap();
    other.batch_execute("ROLLBACK").await.unwrap();
    journal
        .append(north(), at(1).into(), vec![call(3)])
        .await
        .unwrap();
    assert_eq!(ids(&journal).await, [id(1), id(3)]);
}

/// Two instances of the service share one order.
#[tokio::test(flavor = "multi_thread")]
async fn two_instances_conflict_and_leave_no_gap() {
    let server = Postgres::shared();
    let name = server.database();
    let (one, two) = tokio::join!(open(server, &name, "owner"), open(server, &name, "owner"));
    let (one, two) = (one.unwrap(), two.unwrap());
    one.append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let late = two.append(north(), at(0).into(), vec![call(2)]).await;
    assert_eq!(late.unwrap_err(), AppendError::Conflict(at(1)));
    let same = two
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    assert!(!same.placed[0].new);
    two.append(north(), at(1).into(), vec![call(2)])
        .await
        .unwrap();
    assert_eq!(ids(&one).await, [id(1), id(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_a_clear_is_refused_while_the_clocks_are_apart() {
    let server = Postgres::shared();
    let name = server.database();
    let journal = open(server, &name, "owner").await.unwrap();
    let directory = set_up(&journal).await;
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let right = right_to_all_clear(&directory);
    let clear = journal.append_clear(north(), at(1).into(), all_clear(2), right.clone());
    let Err(AppendError::Unavailable(why)) = clear.await else {
        panic!("the suite's clock stands months from the database's");
    };
    assert!(why.contains("clock"), "{why}");
    assert_eq!(ids(&journal).await, [id(1)]);

    let database = Database::at(&server.url(&name, "owner"), None).unwrap();
    let journal = PostgresJournal::open(database, Arc::new(SystemClock)).await;
    let clear = journal.unwrap();
    let clear = clear.append_clear(north(), at(1).into(), all_clear(2), right);
    clear.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_the_service_cannot_change_or_remove_an_entry_nor_can_the_owner_in_passing() {
    let server = Postgres::start("");
    server.run_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/postgres.sql"));
    let early = open(&server, "lockstep", "lockstep").await.err().unwrap();
    assert!(matches!(early, OpenError::NotPrepared(_)), "{early}");
    let owners = Database::at(&server.url("lockstep", "lockstep_owner"), None).unwrap();
    for _ in 0..2 {
        prepare(&owners).await.unwrap();
    }
    // All that the service does, it may.
    let journal = open(&server, "lockstep", "lockstep").await.unwrap();
    let directory = set_up(&journal).await;
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let (sam, by) = ("sam".parse().unwrap(), super::school::operator());
    let of = super::school::district();
    journal.set_pin(of, &sam, "phc", by, time(1)).await.unwrap();
    let passkey = super::people::passkey(1);
    let add = journal.add_passkey(of, &sam, &passkey, by, time(1));
    add.await.unwrap();
    let gone = journal.remove_passkey(of, &sam, &passkey.id, by, time(1));
    assert!(gone.await.unwrap());
    let put = journal.put_directory(1, &directory, by, time(2));
    assert_eq!(put.await.unwrap(), 2);
    journal.probe().await.unwrap();
    assert!(journal.find(north(), id(1)).await.unwrap().is_some());

    for (statement, owner_says) in [
        ("UPDATE entry SET canonical = ''", "never changed"),
        ("DELETE FROM entry", "never changed"),
        ("TRUNCATE entry", "never changed"),
    ] {
        let service = server.try_run("lockstep", "lockstep", statement);
        assert!(service.unwrap_err().contains("permission denied"));
        let owner = server.try_run("lockstep", "lockstep_owner", statement);
        assert!(owner.unwrap_err().contains(owner_says));
    }
    for statement in [
        "UPDATE detail SET text = ''",
        "DELETE FROM detail",
        "DELETE FROM log",
        "DROP TRIGGER entry_stays ON entry",
        "ALTER TABLE entry DISABLE TRIGGER ALL",
        "CREATE TABLE mine (n int)",
        "INSERT INTO lockstep_schema (version) VALUES (9)",
    ] {
        let service = server.try_run("lockstep", "lockstep", statement);
        assert!(service.is_err(), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_what_an_earlier_release_left_of_the_gone_goes() {
    let server = Postgres::shared();
    let name = server.database();
    let journal = open(server, &name, "owner").await.unwrap();
    set_up(&journal).await;
    drop(journal);
    server.run(&name, super::people::LEFT);
    server.run(&name, "DELETE FROM lockstep_schema WHERE version = 5");
    let journal = open(server, &name, "owner").await.unwrap();
    super::people::nothing_is_left(&journal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_release_or_of_another_encoding_is_refused() {
    let server = Postgres::shared();
    let name = server.database();
    drop(open(server, &name, "owner").await.unwrap());
    server.run(&name, "INSERT INTO lockstep_schema (version) VALUES (1000)");
    let newer = open(server, &name, "owner").await.err().unwrap();
    assert!(
        matches!(newer, OpenError::Newer { found: 1_000, .. }),
        "{newer}"
    );

    let latin = format!("{name}_latin");
    let make = format!("CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0");
    server.run("postgres", &make);
    let latin = open(server, &latin, "owner").await.err().unwrap();
    assert!(matches!(latin, OpenError::NotUtf8(_)), "{latin}");

    let nowhere = open(server, "no_such_database", "owner")
        .await
        .err()
        .unwrap();
    assert!(matches!(nowhere, OpenError::Setting(_)), "{nowhere}");
    for url in ["postgres://u:secret@[", "mysql://u:secret@h/d", ""] {
        let wrong = Database::at(url, None).err().map(|why| why.to_string());
        assert!(wrong.is_none_or(|why| !why.contains("secret")), "{url}");
    }
}
