//! Several servers, one of which is gone, hangs, or has too much to do: the other one answers.

use std::time::{Duration, Instant};

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::frame::{Holds, IN_DOUBT_WORDS};
use serde_json::Value;

use super::fake::{Fake, Next};
use super::{Home, ID, NOBODY};

/// A client is with another server within this.
const FAIL_OVER_WITHIN: Duration = Duration::from_secs(5);

/// A server that hangs: its kernel takes every connection, and nothing is ever answered.
fn hanging() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn in_time(what: &str, began: Instant) {
    let took = began.elapsed();
    println!(
        "{what}: {} ms, bound {} ms",
        took.as_millis(),
        FAIL_OVER_WITHIN.as_millis()
    );
    assert!(took < FAIL_OVER_WITHIN, "{what}");
}

#[tokio::test]
async fn a_raise_a_note_and_a_read_go_to_whoever_answers() {
    let well = Fake::start().await;
    let busy = Fake::start().await;
    busy.answers(std::iter::repeat_n(
        Next::Refuse(Refusal::new(Code::Busy)),
        100,
    ));
    let (_listener, hangs) = hanging();
    let home = Home::signed_in(&well).await;
    for (what, first) in [
        ("gone", NOBODY),
        ("hangs", &hangs),
        ("busy", busy.url.as_str()),
    ] {
        for line in [
            "lock-down north-high",
            "arrive north-high",
            "status north-high",
        ] {
            let before = well.got().len();
            let began = Instant::now();
            home.run(&format!("--server {first},{} {line}", well.url))
                .await
                .exits(0);
            in_time(&format!("{line}, the first {what}"), began);
            let sent = usize::from(line != "status north-high");
            assert_eq!(well.got().len(), before + sent, "{line}, {what}");
        }
    }
    let outbox = home.run("outbox").await.exits(0);
    assert!(outbox.out.contains("Nothing is waiting"), "{}", outbox.out);
}

/// P6, P7: what waits in the outbox is sent once, under its id, to the one that answers.
#[tokio::test]
async fn the_outbox_is_sent_to_whoever_answers() {
    let well = Fake::start().await;
    let (_listener, hangs) = hanging();
    let home = Home::signed_in(&well).await;
    for first in [NOBODY, &hangs] {
        let before = well.got().len();
        home.run(&format!(
            "--server {NOBODY} lock-down north-high --patience 0"
        ))
        .await
        .exits(5);
        let listed = home.run("--json outbox").await.exits(0).json();
        let id = listed["unsent"]["request"]["id"].as_str().unwrap();
        let began = Instant::now();
        home.run(&format!(
            "--server {first},{} outbox send {id} --yes",
            well.url
        ))
        .await
        .exits(0);
        in_time("outbox", began);
        let sent = well.got().split_off(before);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].id.to_string(), id);
    }
}

/// What only shows at one server is kept by the next, where it can.
#[tokio::test]
async fn a_raise_that_one_server_only_shows_is_offered_to_the_next() {
    let (shows, keeps) = (Fake::start().await, Fake::start().await);
    shows.answers([Next::Accept(Holds::ShownOnly)]);
    keeps.answers([Next::Accept(Holds::Spooled)]);
    let home = Home::signed_in(&keeps).await;
    home.run(&format!(
        "--server {},{} lock-down north-high --patience 0",
        shows.url, keeps.url
    ))
    .await
    .exits(0);
    assert_eq!(shows.got(), keeps.got());
}

/// Invariant 13: the first may still commit it, so the second is asked what became of it.
#[tokio::test]
async fn a_clear_without_an_answer_is_asked_about_at_the_next_server() {
    let (first, second) = (Fake::start().await, Fake::start().await);
    let home = Home::signed_in(&second).await;
    let (_listener, hangs) = hanging();
    let refused = || Next::Refuse(Refusal::new(Code::UnnamedRaises));
    let accepted = || Next::Accept(Holds::Recorded);
    for (what, at, answers, code) in [
        ("no answer", &first.url, accepted(), 0),
        ("no answer", &first.url, refused(), 3),
        ("hangs", &hangs, accepted(), 0),
    ] {
        first.answers([Next::Garbage]);
        second.answers([answers]);
        let (at_first, at_second) = (first.got().len(), second.got().len());
        let began = Instant::now();
        let line = format!("resume north-high --seen 1.4 --lifts {ID}");
        home.run(&format!("--server {at},{} {line}", second.url))
            .await
            .exits(code);
        in_time(&format!("a clear, the first: {what}"), began);
        let asked = second.got().split_off(at_second);
        assert_eq!(asked.len(), 1);
        assert!(asked[0].again, "it is decided there");
        if at == &first.url {
            let sent = first.got().split_off(at_first);
            assert_eq!((sent.len(), sent[0].again), (1, false));
            assert_eq!(
                (sent[0].id, &sent[0].command),
                (asked[0].id, &asked[0].command)
            );
        }
    }
}

/// A clear that surely reached nobody is new to the next server.
#[tokio::test]
async fn a_clear_that_was_not_sent_is_decided_by_the_next_server() {
    let well = Fake::start().await;
    let home = Home::signed_in(&well).await;
    let line = format!("resume north-high --seen 1.4 --lifts {ID}");
    home.run(&format!("--server {NOBODY},{} {line}", well.url))
        .await
        .exits(0);
    let got = well.got();
    assert_eq!((got.len(), got[0].again), (1, false));
}

/// A server that cannot be asked now has not refused it: that would be believed, and the first may
/// still commit it.
#[tokio::test]
async fn a_server_that_cannot_be_asked_refuses_nothing() {
    let (first, second) = (Fake::start().await, Fake::start().await);
    let home = Home::signed_in(&second).await;
    for code in [Code::Busy, Code::ProofThrottled, Code::NotSignedIn] {
        first.answers(std::iter::repeat_n(Next::Garbage, 100));
        second.answers(std::iter::repeat_n(Next::Refuse(Refusal::new(code)), 100));
        let line = format!("resume north-high --seen 1.4 --lifts {ID} --patience 1");
        let ran = home
            .run(&format!("--server {},{} {line}", first.url, second.url))
            .await
            .exits(4);
        assert!(ran.err.contains(IN_DOUBT_WORDS), "{code:?}: {}", ran.err);
    }
}

/// The sign-in is good at each of them, so it keeps them all.
#[tokio::test]
async fn sign_in_keeps_every_server() {
    let fake = Fake::start().await;
    let home = Home::new(&fake.url);
    home.run(&format!(
        "--server {NOBODY} --server {} sign-in GOOD-CODE",
        fake.url
    ))
    .await
    .exits(0);
    let kept = std::fs::read_to_string(home.path().join("lockstep/default.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["servers"], serde_json::json!([NOBODY, fake.url]));
}
