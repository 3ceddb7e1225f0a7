//! What is too slow, too large or too much: it is told so or closed in bounded time, and costs
//! nobody else anything (R4, L2, invariant 12).

use std::collections::BTreeSet;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::frame::CAMPUSES_MAX;
use lockstep_proto::id::FactId;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_tests::{
    Follower, MAY_CALL, PATIENCE, Server, binary, connect, connect_narrow, take_frame,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};
use tokio_tungstenite::tungstenite::Error;

use crate::sign_in::minted;
use crate::{ADMIN, Heard, NORTH, Wire, asked, command, frame, of};

/// Where a server listens, without the scheme.
pub(crate) fn address(server: &Server) -> String {
    server.url.strip_prefix("http://").unwrap().to_owned()
}

/// What a bare connection heard until the server closed it, and how long that took. It begins
/// with `begins` and then says `dribbles` again and again.
async fn until_closed(server: &Server, begins: &str, dribbles: &str) -> (Duration, String) {
    let mut stream = TcpStream::connect(address(server)).await.unwrap();
    let since = Instant::now();
    stream.write_all(begins.as_bytes()).await.unwrap();
    let (mut reads, mut writes) = stream.split();
    let mut heard = Vec::new();
    let mut tick = interval(Duration::from_millis(200));
    let listening = async {
        let mut buffer = [0; 4096];
        loop {
            tokio::select! {
                read = reads.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(length) => heard.extend_from_slice(&buffer[..length]),
                },
                _ = tick.tick(), if !dribbles.is_empty() => {
                    // A server that closed says so to whoever reads.
                    let _ = writes.write_all(dribbles.as_bytes()).await;
                }
            }
        }
    };
    timeout(PATIENCE, listening).await.unwrap_or_else(|_| {
        panic!("still open after {PATIENCE:?}: {begins:?} and {dribbles:?} again and again")
    });
    (
        since.elapsed(),
        String::from_utf8_lossy(&heard).into_owned(),
    )
}

/// R4, invariant 12: who connects and says nothing, or never comes to an end, holds a place
/// for some seconds and no longer.
#[tokio::test]
async fn r4_a_head_that_never_ends_is_closed_in_bounded_time() {
    let server = Server::start();
    let begun = "GET /v1/ws HTTP/1.1\r\nHost: x\r\n";
    let closed = join_all([
        until_closed(&server, "", ""),
        until_closed(&server, "PRI * HT", ""),
        until_closed(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        until_closed(&server, begun, ""),
        until_closed(&server, begun, "x-more: y\r\n"),
    ])
    .await;
    for (took, heard) in closed {
        println!("closed after {took:?}: {heard:?}");
        assert!(took < Duration::from_secs(13), "{took:?}");
    }
}

/// Invariant 12: HTTP/2 that nobody offered is not spoken: none of our bounds would hold there, and whoever
/// is nobody kept connections for ever.
#[tokio::test]
async fn inv12_a_client_that_begins_with_http_2_is_closed_at_once() {
    let server = Server::start();
    // The preface, no settings of its own, and a request for `/healthz` with its end (RFC 9113).
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let begins = format!("{preface}\0\0\0\u{4}\0\0\0\0\0");
    let (took, heard) = until_closed(&server, &begins, "").await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(!heard.starts_with('\0'), "settings of HTTP/2: {heard:?}");
    let again = format!("{begins}\0\0\u{8}\u{6}\0\0\0\0\0pingpong");
    let (took, _) = until_closed(&server, &again, "\0\0\u{8}\u{6}\0\0\0\0\0pingpong").await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// Invariant 12: a body that never comes is answered, with a code, and its connection closed.
#[tokio::test]
async fn a_body_that_never_comes_is_answered_in_bounded_time() {
    let server = Server::start();
    let head = format!(
        "POST /v1/campuses/{NORTH}/commands HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{",
        address(&server),
        server.token(ADMIN),
    );
    let (took, heard) = until_closed(&server, &head, "").await;
    println!("answered and closed after {took:?}");
    assert!(took < Duration::from_secs(13), "{took:?}");
    assert_eq!(problem(&heard), (503, "busy".to_owned()), "{heard}");
}

/// The status and code of an answer as text.
fn problem(heard: &str) -> (u16, String) {
    let status = heard
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = heard.split("\r\n\r\n").nth(1).unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    (
        status.unwrap_or_else(|| panic!("an answer, not {heard:?}")),
        code,
    )
}

/// Invariant 12: a head has a size.
#[tokio::test]
async fn a_head_that_is_too_large_is_answered_431() {
    let server = Server::start();
    let get = "GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let fits = format!("{get}x-long: {}\r\n\r\n", "y".repeat(8 * 1024));
    let (_, heard) = until_closed(&server, &fits, "").await;
    assert_eq!(problem(&heard), (401, "not_signed_in".to_owned()));
    let long = format!("{get}x-long: {}\r\n\r\n", "y".repeat(20 * 1024));
    let many = format!("{get}{}\r\n", "x-many: y\r\n".repeat(300));
    for head in [long, many] {
        let (took, heard) = until_closed(&server, &head, "").await;
        assert_eq!(problem(&heard).0, 431, "{} bytes: {heard}", head.len());
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

/// Invariant 12: more than 256 KiB is not read, and who sends it hears why.
#[tokio::test]
async fn a_body_that_is_too_large_is_answered_with_its_code() {
    let server = Server::start();
    let client = reqwest::Client::new();
    for (size, status, code) in [
        (256 * 1024, 400, "bad_frame"),
        (256 * 1024 + 1, 413, "frame_too_large"),
        (8 << 20, 413, "frame_too_large"),
    ] {
        let text = format!("\"{}\"", "x".repeat(size - 2));
        let sent = client
            .post(format!("{}/v1/campuses/{NORTH}/commands", server.url))
            .bearer_auth(server.token(ADMIN))
            .header("content-type", "application/json")
            .body(text)
            .send();
        let response = timeout(PATIENCE, sent).await.unwrap();
        let response = response.unwrap_or_else(|error| panic!("{size} bytes: {error:?}"));
        assert_eq!(response.status(), status, "{size} bytes");
        let kind = response.headers()["content-type"].clone();
        assert_eq!(kind, "application/problem+json");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["code"], code, "{size} bytes");
        let says_the_limit = body["detail"].as_str().unwrap().contains("256 KiB");
        assert_eq!(says_the_limit, status == 413, "{body}");
    }
    // Without a length, in chunks.
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = format!(
        "POST /v1/campuses/{NORTH}/commands HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{}",
        server.token(ADMIN),
        chunk.repeat(5),
    );
    let (_, heard) = until_closed(&server, &chunked, "").await;
    assert_eq!(problem(&heard), (413, "frame_too_large".to_owned()));
}

/// Invariant 12: a connection follows 256 campuses at most; asking for more changes nothing.
#[tokio::test]
async fn too_many_subscriptions_are_refused_and_those_before_them_stay() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    wire.subscribe(&[NORTH]).await;
    wire.until("snapshot").await;
    let many = vec![NORTH; CAMPUSES_MAX + 1];
    wire.subscribe(&many).await;
    let refused = wire.until("refused").await;
    assert_eq!(refused["refusal"]["code"], "too_many");
    // What was followed before is followed still.
    let call = asked(json!({ "name": "call_lock_down" }));
    assert!(
        of(&server, "person:sam.cole")
            .send(NORTH, &call)
            .await
            .accepted()
            .holds
            .is_durable()
    );
    let event = wire.until("event").await;
    assert_eq!(event["campus"], NORTH);
}

/// Invariants 1 and 12: one sign-in has 64 connections and no more, and hears why. Its places are
/// nobody else's: another connects and calls, and all of the 64 are shown it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv12_one_sign_in_takes_the_places_of_nobody_else() {
    const DISPLAY: &str = "device:north-n101";
    const PLACES: usize = 64;
    let server = Server::start();
    let token = server.token(DISPLAY);
    let opening = (0..PLACES).map(|_| Follower::join(&server.url, &token, NORTH));
    let mut screens = join_all(opening).await;
    for _ in 0..3 {
        let Err(Error::Http(answer)) = connect(&server.url, &token).await else {
            panic!("no answer that says so");
        };
        assert_eq!(answer.status(), 503);
        let body: Value = serde_json::from_slice(answer.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["code"], "busy", "{body}");
        let words = body["detail"].as_str().unwrap();
        assert!(words.contains("64 connections"), "{words}");
    }
    let mut other = Wire::open(&server, ADMIN).await;
    other.subscribe(&[NORTH]).await;
    let call = asked(json!({ "name": "call_lock_down" }));
    other.say(frame(NORTH, &call)).await;
    let fact = other.until("accepted").await["fact"].clone();
    let fact: FactId = serde_json::from_value(fact).unwrap();
    let shown = screens
        .iter_mut()
        .map(|screen| screen.until_screen(|screen| screen.open_raises().contains(&fact)));
    join_all(shown).await;
    // Who gives places back has them again.
    screens.truncate(PLACES - 2);
    let mut tick = interval(Duration::from_millis(50));
    let again = async {
        loop {
            match connect(&server.url, &token).await {
                Ok(_) => return,
                Err(Error::Http(_)) => tick.tick().await,
                Err(other) => panic!("{other:?}"),
            };
        }
    };
    timeout(PATIENCE, again).await.expect("a place again");
}

/// A client whose kernel takes a few KiB and no more while it does not read.
async fn narrow(server: &Server, who: &str) -> Wire {
    let socket = connect_narrow(&server.url, &server.token(who)).await;
    let mut wire = Wire {
        socket: socket.unwrap(),
    };
    wire.until("welcome").await;
    wire
}

/// Applies frames to a screen, as a client does.
#[derive(Default)]
struct Drawn {
    screen: Screen,
    parts: Vec<Card>,
}

impl Drawn {
    fn apply(&mut self, heard: Value) {
        let frame = serde_json::from_value(heard).expect("a frame of the protocol");
        take_frame(&mut self.screen, &mut self.parts, &frame);
    }

    /// Follows from what it shows, and reads until a pulse says that it has it all.
    async fn follow(&mut self, wire: &mut Wire) {
        let campus = json!({
            "campus": NORTH, "after": self.screen.position, "shows": self.screen.shows(),
        });
        let frame = json!({ "type": "subscribe", "campuses": [campus] });
        wire.say(frame.to_string()).await;
        loop {
            let heard = wire.frame().await;
            if heard["type"] == "pulse" {
                return;
            }
            self.apply(heard);
        }
    }
}

/// As many bytes as a call can carry: 500 characters of four bytes each, twice.
fn loud() -> Value {
    let words = "🔔".repeat(500);
    json!({ "name": "call_lock_down", "reason": words, "place": words })
}

/// R4, R3, invariant 12: a client that stops reading is let go as slow. Whoever reads hears
/// every raise at once all the while, and the slow one comes back by position to the same
/// screen as everybody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_stalled_reader_is_let_go_and_costs_nobody_else_anything() {
    let server = Server::start();
    let mut stalled = narrow(&server, ADMIN).await;
    let mut drawn = Drawn::default();
    drawn.follow(&mut stalled).await;
    let mut dead = narrow(&server, "person:tom.becker").await;
    dead.subscribe(&[NORTH]).await;
    dead.until("pulse").await;
    let token = server.token("person:kim.ortega");
    let mut watcher = Follower::join(&server.url, &token, NORTH).await;

    let callers = MAY_CALL.map(|who| of(&server, who));
    let since = Instant::now();
    let mut calls: Vec<FactId> = Vec::new();
    let mut delays: Vec<Duration> = Vec::new();
    for _ in 0..10 {
        for caller in &callers {
            let accepted = caller.give(NORTH, command(loud())).await.accepted();
            let answered = Instant::now();
            watcher
                .until_screen(|screen| screen.shows().contains(&accepted.fact))
                .await;
            delays.push(answered.elapsed());
            calls.push(accepted.fact);
        }
    }
    let took = since.elapsed();
    delays.sort_unstable();
    let worst = delays[delays.len() - 1];
    println!(
        "{} calls in {took:?}; seen by who reads within {worst:?}",
        calls.len()
    );
    assert!(worst < Duration::from_secs(1), "{worst:?}");

    // It reads again: first what was on its way, then why it is let go.
    let mut bye = None;
    let reading = async {
        loop {
            match stalled.hear().await {
                Heard::Frame(frame) if frame["type"] == "bye" => bye = frame["code"].as_u64(),
                Heard::Frame(frame) => drawn.apply(frame),
                Heard::Closed(code) => return code,
                Heard::Broken(why) => panic!("no close code, after {:?}: {why}", since.elapsed()),
            }
        }
    };
    let closed = timeout(PATIENCE, reading).await.expect("it is let go");
    assert_eq!((closed, bye), (Some(4001), Some(4001)));
    let had = drawn.screen.shows().len();
    println!("the slow one had {had} of {} calls", calls.len());
    assert!(had < calls.len(), "it was not slow");

    let mut resumed = Wire::open(&server, ADMIN).await;
    drawn.follow(&mut resumed).await;
    let fresh = Follower::join(&server.url, &server.token(ADMIN), NORTH).await;
    let shown: BTreeSet<FactId> = drawn.screen.shows().into_iter().collect();
    assert_eq!(
        shown,
        calls.iter().copied().collect(),
        "no gap and nothing else"
    );
    // But for what the server goes on to write by itself: whom it asked, and what reached whom.
    let by_people = |screen: &Screen| -> Vec<Card> {
        let cards = screen.cards.values().filter(|card| {
            !matches!(
                card,
                Card::Duty(_) | Card::Reach(_) | Card::Room(_) | Card::Line(_)
            )
        });
        cards.cloned().collect()
    };
    assert_eq!(by_people(&drawn.screen), by_people(&fresh.screen));
    assert!(drawn.screen.held.is_empty());

    // Who never reads again is gone all the same.
    let open = "lockstep_connections 3";
    let mut tick = interval(Duration::from_millis(100));
    let gone = async {
        while !metrics(&server).await.lines().any(|line| line == open) {
            tick.tick().await;
        }
    };
    timeout(PATIENCE, gone)
        .await
        .expect("the dead one's place is given back");
    println!("the dead one was let go after {:?}", since.elapsed());
    drop(dead);
}

/// The figures, as text.
pub(crate) async fn metrics(server: &Server) -> String {
    let response = reqwest::get(format!("{}/metrics", server.url))
        .await
        .unwrap();
    response.text().await.unwrap()
}

/// L2: of one person's fifty quick calls the first ten are accepted, the others are told to
/// wait a second at most; a different person's first is not limited.
#[tokio::test]
async fn l2_fifty_quick_calls_of_one_person_limit_that_person_alone() {
    let server = Server::start();
    let mut wire = Wire::open(&server, ADMIN).await;
    let mut other = Wire::open(&server, "person:sam.cole").await;
    let calls: Vec<_> = (0..50)
        .map(|_| asked(json!({ "name": "call_lock_down" })))
        .collect();
    for call in &calls {
        wire.say(frame(NORTH, call)).await;
    }
    let first = asked(json!({ "name": "call_lock_down" }));
    other.say(frame(NORTH, &first)).await;
    assert_eq!(other.until("accepted").await["id"], json!(first.id));

    let mut accepted = BTreeSet::new();
    for _ in &calls {
        let answer = wire.frame().await;
        if answer["type"] == "accepted" {
            accepted.insert(answer["id"].to_string());
        } else {
            let refusal = &answer["refusal"];
            assert_eq!(refusal["code"], "slow_down", "{answer}");
            let wait = refusal["retry_after_ms"].as_u64().unwrap();
            assert!((1..=1_000).contains(&wait), "{answer}");
        }
    }
    let ten: BTreeSet<_> = calls[..10]
        .iter()
        .map(|call| json!(call.id).to_string())
        .collect();
    assert_eq!(accepted, ten, "the first ten, and no other");
    // P6: a refused raise is not remembered: it is in as soon as the wait is over.
    let mut tick = interval(Duration::from_secs(1));
    let again = async {
        loop {
            tick.tick().await;
            wire.say(frame(NORTH, &calls[10])).await;
            if wire.frame().await["type"] == "accepted" {
                return;
            }
        }
    };
    timeout(PATIENCE, again)
        .await
        .expect("accepted once ten seconds have passed");
}

/// L2: three hundred calls at once, by as many people, are one incident with 300 calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l2_three_hundred_calls_at_once_are_one_incident() {
    let mut server = Server::start();
    server.kill();
    let names: Vec<String> = (1..=300).map(|number| format!("guard{number}")).collect();
    import_with(&server, &names);
    let server = server.start_again();
    // One client for all of them: each would read the machine's certificates by itself.
    let client = reqwest::Client::new();
    let calls: Vec<_> = names
        .iter()
        .map(|name| {
            client
                .post(format!("{}/v1/campuses/{NORTH}/commands", server.url))
                .bearer_auth(minted(&server, &format!("person:{name}"), 3_600))
                .json(&asked(json!({ "name": "call_lock_down" })))
        })
        .collect();

    let since = Instant::now();
    let answers = join_all(calls.into_iter().map(|call| async {
        let response = call.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.expect("an acceptance");
        serde_json::from_value(answer["fact"].clone()).expect("its fact")
    }));
    let facts: BTreeSet<FactId> = answers.await.into_iter().collect();
    let took = since.elapsed();
    println!("300 calls answered in {took:?}");
    assert_eq!(facts.len(), 300);

    let screen = of(&server, ADMIN).screen(NORTH).await;
    let posture = screen.cards.values().find_map(|card| {
        if let Card::Posture(posture) = card {
            Some(posture)
        } else {
            None
        }
    });
    let posture = posture.unwrap();
    assert_eq!((posture.calls, posture.incident), (300, Some(1)));
    let open: BTreeSet<FactId> = screen.open_raises().into_iter().collect();
    assert_eq!(open, facts, "each is attributed and joins");
}

/// The demo district with so many SSOs more, put in from the shell while the server is down.
fn import_with(server: &Server, names: &[String]) {
    let demo = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../server/demo/maple-valley.toml"
    );
    let mut text = std::fs::read_to_string(demo).unwrap();
    for name in names {
        text.push_str(&format!(
            "\n[[person]]\nid = \"{name}\"\nname = \"{name}\"\nrole = \"sso\"\ncampuses = [\"{NORTH}\"]\n"
        ));
    }
    let file = server.data().join("more.toml");
    std::fs::write(&file, text).unwrap();
    let done = Process::new(binary("lockstep-server"))
        .arg("--data")
        .arg(server.data())
        .args(["directory", "import"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
