//! PostgreSQL frozen, and started again, under a server that serves a school.

use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::frame::Holds;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::{Answered, Follower, Http, Postgres, Server};

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

fn is_recorded(screen: &Screen, raise: FactId) -> bool {
    let is = |card: &Card| matches!(card, Card::Raise(card) if card.id == raise && card.recorded);
    screen.cards.values().any(is)
}

/// Waits until a raise is in the journal, and no longer than is promised.
async fn recorded(console: &mut Follower, fact: FactId) -> Duration {
    let at = Instant::now();
    console
        .until_screen(|screen| is_recorded(screen, fact))
        .await;
    let took = at.elapsed();
    assert!(took < Duration::from_secs(10), "recorded {took:?} later");
    took
}

/// P1, P3, invariant 9: a server that starts while its database is away serves with what its
/// machine has kept. What the spool has stands; where it has nothing, no screen is told that the
/// campus is calm; nothing is lowered; and all of it is recorded when the database is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_server_that_starts_without_its_database_raises() {
    let database = Postgres::start("");
    let url = database.url(&database.database(), "owner");
    let server = Server::start_with(&[], &[("LOCKSTEP_DATABASE_URL", &url)]);
    let tokens = ["person:ana.ruiz", "person:sam.cole"].map(|who| server.token(who));

    database.freeze();
    let at = Instant::now();
    let server = server.start_again();
    let up = at.elapsed();
    let [ana, sam] = tokens.map(|token| Http::with(&server.url, &token));
    let (status, campuses) = ana.get("/v1/campuses").await;
    assert_eq!(status, 200);
    assert_eq!(
        campuses["campuses"].as_array().unwrap().len(),
        0,
        "{campuses}"
    );
    let (status, _) = ana.get(&format!("/v1/campuses/{CAMPUS}")).await;
    assert_eq!(
        status, 503,
        "nothing is known of it, least of all that it is calm"
    );

    let at = Instant::now();
    let accepted = ana.give(CAMPUS, lock_down()).await.accepted();
    assert_eq!(accepted.holds, Holds::Spooled);
    let screen = sam.screen(CAMPUS).await;
    let shown = at.elapsed();
    assert_eq!(screen.posture(), Posture::LockDown);
    let refused = sam.all_clear(CAMPUS, &screen, Some("test")).await.refused();
    assert_eq!(refused, Code::JournalUnavailable);

    // Once more, with something in the spool: it stands from the first moment.
    let server = server.start_again();
    let [ana, sam] = [ana, sam].map(|http| http.at(&server.url));
    assert_eq!(sam.screen(CAMPUS).await.posture(), Posture::LockDown);

    database.thaw();
    let at = Instant::now();
    let mut screen = sam.screen(CAMPUS).await;
    while !is_recorded(&screen, accepted.fact) {
        assert!(at.elapsed() < Duration::from_secs(10), "it is not recorded");
        assert_eq!(screen.posture(), Posture::LockDown);
        screen = sam.screen(CAMPUS).await;
    }
    let back = at.elapsed();
    println!("started without: up after {up:?}, raised after {shown:?}, recorded {back:?} later");
    // It has only just come back: a clear may be refused for want of time, and is given again.
    let mut cleared = sam.all_clear(CAMPUS, &screen, Some("swept")).await;
    while !matches!(cleared, Answered::Accepted(_)) {
        assert!(at.elapsed() < Duration::from_secs(20), "{cleared:?}");
        let screen = sam.screen(CAMPUS).await;
        cleared = sam.all_clear(CAMPUS, &screen, Some("swept")).await;
    }
    assert_eq!(ana.screen(CAMPUS).await.posture(), Posture::AllClear);
}
