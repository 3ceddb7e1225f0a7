//! PostgreSQL frozen, and started again, under a server that serves a school.

use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::frame::Holds;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Http, Postgres, Server};

const CAMPUS: &str = "north-high";

fn lock_down() -> Command {
    serde_json::from_value(serde_json::json!({ "name": "call_lock_down" })).expect("a command")
}

/// The fault table's second row, for a database that is frozen and for one that is gone for a
/// moment: raised, shown and kept at once; no clear; recorded when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_a_frozen_database_holds_no_raise_and_lets_no_clear_through() {
    let database = Postgres::start("");
    let url = database.url(&database.database(), "owner");
    let server = Server::start_with(&[], &[("LOCKSTEP_DATABASE_URL", &url)]);
    let ana = Http::of(&server, "person:ana.ruiz");
    let sam = Http::of(&server, "person:sam.cole");
    let token = server.token("person:tom.becker");
    let mut console = Follower::join(&server.url, &token, CAMPUS).await;

    database.freeze();
    let at = Instant::now();
    let accepted = ana.give(CAMPUS, lock_down()).await.accepted();
    assert_eq!(accepted.holds, Holds::Spooled);
    console
        .until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    let shown = at.elapsed();
    assert!(shown < Duration::from_secs(1), "shown after {shown:?}");
    let screen = sam.screen(CAMPUS).await;
    let at = Instant::now();
    let refused = sam.all_clear(CAMPUS, &screen, Some("test")).await.refused();
    let answered = at.elapsed();
    assert_eq!(refused, Code::JournalUnavailable);
    assert!(answered < Duration::from_secs(2), "{answered:?}");

    database.thaw();
    let back = recorded(&mut console, accepted.fact).await;
    println!("frozen: shown after {shown:?}, refused after {answered:?}, recorded {back:?} later");

    database.restart();
    let accepted = ana.give(CAMPUS, lock_down()).await.accepted();
    let back = recorded(&mut console, accepted.fact).await;
    println!("started again: recorded {back:?} later");
    assert_eq!(sam.screen(CAMPUS).await.posture(), Posture::LockDown);
}

/// Waits until a raise is in the journal, and no longer than is promised.
async fn recorded(console: &mut Follower, fact: lockstep_proto::id::FactId) -> Duration {
    let at = Instant::now();
    console
        .until_screen(|screen| {
            screen.cards.values().any(
                |card| matches!(card, Card::Raise(raise) if raise.id == fact && raise.recorded),
            )
        })
        .await;
    let took = at.elapsed();
    assert!(took < Duration::from_secs(10), "recorded {took:?} later");
    took
}
