//! Several servers: the link moves to another one within five seconds of the moment when the one that
//! it follows stops, whatever that one's end is like, and shows no gap and no duplicate over it (R3).

use std::time::Duration;

use futures_util::SinkExt as _;
use lockstep_cli::clock::Clock;
use lockstep_cli::link::wire::WebSocket;
use lockstep_cli::link::{Connection, Follows, Link, LinkState, SETTLED_AFTER};
use lockstep_proto::frame::{SUBPROTOCOL, ServerFrame, Subscription};
use lockstep_proto::posture::Posture;
use lockstep_proto::view::{Card, CoverCard, item_key};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::{Served, Stage, call, campus, fact, seq, shows, stage, welcome};

/// A client is with another server within this.
const FAIL_OVER_WITHIN: Duration = Duration::from_secs(5);

/// Past the time from which a connection counts as a good one.
async fn settle() {
    tokio::time::advance(SETTLED_AFTER).await;
}

fn in_time(what: &str, took: Duration) {
    println!(
        "{what}: {} ms, bound {} ms",
        took.as_millis(),
        FAIL_OVER_WITHIN.as_millis()
    );
    assert!(took <= FAIL_OVER_WITHIN, "{what}: {took:?}");
}

fn is_at(server: &str) -> impl Fn(&LinkState) -> bool {
    move |state| matches!(&state.connection, Connection::Open { server: at } if at.to_string() == server)
}

/// Follows `http://a` with a lock-down on screen, and gives its connection.
async fn following(stage: &mut Stage) -> Served {
    let mut a = stage.next().await;
    assert_eq!(a.address.to_string(), "http://a");
    a.welcome().await;
    a.snapshot(4, vec![vec![call(1)]]).await;
    a.pulse(4).await;
    stage.until("the pulse", pulsed).await;
    settle().await;
    a
}

fn pulsed(state: &LinkState) -> bool {
    state.campuses[&campus()].pulse.is_some()
}

/// The next connection, which is to this server.
async fn next_at(stage: &mut Stage, server: &str) -> (Served, Subscription) {
    let mut served = stage.next().await;
    assert_eq!(served.address.to_string(), server);
    let subscription = served.welcome().await;
    stage.until("the other server", is_at(server)).await;
    (served, subscription)
}

#[tokio::test(start_paused = true)]
async fn the_first_server_is_gone_hangs_or_is_not_well() {
    // Gone: refused at once. Hangs: takes the connection, and never says welcome.
    for (what, servers, hangs) in [
        ("gone", ["http://dead:1", "http://b"], false),
        ("hangs", ["http://a", "http://b"], true),
    ] {
        let mut stage = stage(&servers);
        let began = Instant::now();
        let hanging = if hangs {
            Some(stage.next().await)
        } else {
            None
        };
        next_at(&mut stage, "http://b").await;
        in_time(&format!("at the start, the first {what}"), began.elapsed());
        drop(hanging);
    }
}

/// R3: killed. The other server is told position, items and seals, and what it sends is taken over them.
#[tokio::test(start_paused = true)]
async fn r3_a_killed_server_is_left_at_once_without_gap_or_duplicate() {
    let mut stage = stage(&["http://a", "http://b"]);
    let a = following(&mut stage).await;
    let killed = Instant::now();
    drop(a);
    let (b, subscription) = next_at(&mut stage, "http://b").await;
    in_time("killed", killed.elapsed());
    assert_eq!(killed.elapsed(), Duration::ZERO, "there was a wait");
    assert_eq!(subscription.after, Some(seq(4)));
    assert_eq!(subscription.shows, [fact(1)]);
    assert_eq!(subscription.sealed, ["seal-1"]);
    // What this server sends of before its own snapshot is not applied a second time.
    b.snapshot(3, vec![vec![]]).await;
    // Nothing is missed: it goes on from what was called meanwhile at the other server.
    b.snapshot(6, vec![vec![call(1), call(2)]]).await;
    stage.until("the snapshot", |state| shows(state, 6)).await;
    let again = ServerFrame::Event {
        campus: campus(),
        position: seq(5),
        put: vec![],
        drop: vec![item_key(fact(2))],
    };
    b.say(again).await;
    b.pulse(6).await;
    stage.until("the pulse", pulsed).await;
    let screen = stage.state.borrow().campuses[&campus()].screen.clone();
    assert_eq!(screen.position, Some(seq(6)));
    assert_eq!(screen.open_raises(), [fact(1), fact(2)]);
}

/// R2, R3: frozen. Moved before the screen has to say that it is not connected; what an older server
/// says lowers nothing, and a cover that names what was shown does.
#[tokio::test(start_paused = true)]
async fn r3_a_frozen_server_is_left_before_the_screen_is_in_doubt() {
    let mut stage = stage(&["http://a", "http://b"]);
    let a = following(&mut stage).await;
    a.pulse(4).await;
    tokio::task::yield_now().await;
    let frozen = Instant::now();
    let (b, _) = next_at(&mut stage, "http://b").await;
    in_time("frozen", frozen.elapsed());
    assert!(stage.trust().is_good(), "{:?}", stage.trust());
    // The other server has not heard of the call yet: the screen keeps it and hands it back.
    b.snapshot(4, vec![vec![]]).await;
    b.pulse(4).await;
    stage
        .until("a call that is held", |state| {
            !state.campuses[&campus()].screen.held.is_empty()
        })
        .await;
    assert_eq!(stage.posture(), Posture::LockDown);
    let cover = Card::Cover(CoverCard {
        id: fact(7),
        position: seq(5),
        names: vec![fact(1)],
    });
    b.snapshot(5, vec![vec![cover]]).await;
    stage.until("the cover", |state| shows(state, 5)).await;
    assert_eq!(stage.posture(), Posture::Normal);
    drop(a);
}

/// Frozen, and the next one is gone as well: the third is asked at once.
#[tokio::test(start_paused = true)]
async fn a_dead_server_in_between_costs_nothing() {
    let mut stage = stage(&["http://a", "http://dead:1", "http://c"]);
    let _a = following(&mut stage).await;
    let frozen = Instant::now();
    next_at(&mut stage, "http://c").await;
    in_time("frozen, the next one gone", frozen.elapsed());
}

/// All are gone: waits with a bound, so that the first to come back is found within five seconds.
#[tokio::test(start_paused = true)]
async fn all_are_tried_again_within_a_bound() {
    let mut stage = stage(&["http://a", "http://dead:1"]);
    let a = following(&mut stage).await;
    let mut last = Instant::now();
    drop(a);
    for _ in 0..8 {
        let again = stage.next().await;
        in_time("again", again.at - last);
        last = again.at;
        // It closes before it says anything.
        drop(again);
    }
}

/// Two servers that both welcome and then close are not run between.
#[tokio::test(start_paused = true)]
async fn servers_that_close_are_not_run_between() {
    let mut stage = stage(&["http://a", "http://b"]);
    let began = Instant::now();
    for _ in 0..10 {
        let mut served = stage.next().await;
        served.welcome().await;
    }
    assert!(began.elapsed() > Duration::from_secs(10), "hammered");
}

/// Over real sockets: the first hangs as a stopped process does, its kernel taking the connection.
#[tokio::test]
async fn over_sockets_a_server_that_hangs_or_is_gone_is_passed_in_time() {
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = format!("http://{}", hanging.local_addr().unwrap());
    let well = welcoming().await;
    for (what, first) in [("hangs", hangs.as_str()), ("gone", "http://127.0.0.1:9")] {
        let began = std::time::Instant::now();
        let follows = Follows {
            servers: vec![first.parse().unwrap(), well.parse().unwrap()],
            token: "t".to_owned(),
            campus: Some(campus()),
            tap: None,
        };
        let link = Link::start(WebSocket, follows, Clock::system());
        let mut state = link.state();
        let reached = tokio::time::timeout(FAIL_OVER_WITHIN, state.wait_for(is_at(&well))).await;
        assert!(reached.is_ok(), "{what}");
        in_time(&format!("over sockets, the first {what}"), began.elapsed());
    }
}

/// A server that says welcome to everybody, and keeps the connection.
async fn welcoming() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            let mut socket = tokio_tungstenite::accept_hdr_async(socket, speaks)
                .await
                .unwrap();
            let text = serde_json::to_string(&welcome()).unwrap();
            socket.send(Message::text(text)).await.unwrap();
            kept.push(socket);
        }
    });
    url
}

#[allow(
    clippy::unnecessary_wraps,
    clippy::result_large_err,
    reason = "the handshake's callback has this form"
)]
fn speaks(_: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    answer
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    Ok(answer)
}
