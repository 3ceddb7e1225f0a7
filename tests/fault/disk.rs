//! The journal's disk: locked, then back (invariants 1, 2, 3 and 13; P2, P3).

use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::frame::Holds;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Http, PATIENCE, Server};
use rusqlite::Connection;

const CAMPUS: &str = "north-high";

fn lock_down() -> Command {
    Command::CallLockDown {
        reason: Some("the database is gone".parse().unwrap()),
        place: None,
    }
}

/// Locks the database as another process would, until dropped.
pub(crate) fn lock(server: &Server) -> Connection {
    let other = Connection::open(server.data().join("journal.sqlite")).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    other
}

async fn entries(http: &Http) -> Vec<serde_json::Value> {
    let (status, body) = http.get(&format!("/v1/campuses/{CAMPUS}/timeline")).await;
    assert_eq!(status, 200, "{body}");
    body["entries"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_a_locked_database_stops_no_raise_and_every_clear() {
    let mut server = Server::start();
    let ana = Http::of(&server, "person:ana.ruiz");
    let sam = Http::of(&server, "person:sam.cole");
    let token = server.token("device:north-n101");
    let mut room = Follower::join(&server.url, &token, CAMPUS).await;

    let locked = lock(&server);
    let at = Instant::now();
    let accepted = ana.give(CAMPUS, lock_down()).await.accepted();
    assert_eq!(accepted.holds, Holds::Spooled);
    room.until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    let shown = at.elapsed();
    println!("database locked: shown after {shown:?} (promised 1 s)");
    assert!(shown < Duration::from_secs(1), "shown after {shown:?}");
    let not_recorded = room.screen.cards.values().any(
        |card| matches!(card, Card::Raise(raise) if raise.id == accepted.fact && !raise.recorded),
    );
    assert!(not_recorded, "it is marked not yet recorded");

    let screen = sam.screen(CAMPUS).await;
    let at = Instant::now();
    let refused = sam.all_clear(CAMPUS, &screen, Some("test")).await.refused();
    let answered = at.elapsed();
    println!("database locked: all clear refused after {answered:?} (promised 2 s)");
    assert_eq!(refused, Code::JournalUnavailable);
    assert!(
        answered < Duration::from_secs(2),
        "answered after {answered:?}"
    );

    // Across a restart, with the database still locked by nobody: it is in the journal.
    server.kill();
    drop(locked);
    let server = server.start_again();
    let ana = Http::of(&server, "person:ana.ruiz");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let entries = entries(&ana).await;
        let calls = entries
            .iter()
            .filter(|entry| entry["fact"]["fact"] == "lock_down_called")
            .count();
        let clears = entries
            .iter()
            .filter(|entry| entry["fact"]["fact"] == "all_clear_given")
            .count();
        assert_eq!(clears, 0, "a refused clear came true");
        if calls == 1 {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "the raise is not in the journal: {entries:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(ana.screen(CAMPUS).await.posture(), Posture::LockDown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_a_raise_reaches_the_journal_when_it_is_back() {
    let server = Server::start();
    let ana = Http::of(&server, "person:ana.ruiz");
    let token = server.token("person:tom.becker");
    let mut console = Follower::join(&server.url, &token, CAMPUS).await;
    let locked = lock(&server);
    let accepted = ana.give(CAMPUS, lock_down()).await.accepted();
    console
        .until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    drop(locked);
    let at = Instant::now();
    console
        .until_screen(|screen| {
            screen.cards.values().any(
                |card| matches!(card, Card::Raise(raise) if raise.id == accepted.fact && raise.recorded),
            )
        })
        .await;
    println!(
        "recorded {:?} after the database was back (promised 10 s)",
        at.elapsed()
    );
    assert!(at.elapsed() < Duration::from_secs(10));
}
