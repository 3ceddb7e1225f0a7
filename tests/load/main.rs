//! Many clients, one lock-down: how long from the call until the last screen has it.
//!
//! The clients run in this process, on the same machine as the server: load included. Prints
//! its figures and asserts nothing but that none was missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use lockstep_proto::command::Command;
use lockstep_proto::frame::{ClientFrame, Subscription};
use lockstep_tests::{Http, Server, connect, request};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Message;

const CAMPUS: &str = "north-high";

#[tokio::main]
async fn main() {
    let clients = argument("--clients", 2_000);
    let calls = argument("--calls", 50);
    let server = Server::start();
    let tokens = room_tokens(&server);
    let before = server.memory();
    let seen: Arc<Seen> = Arc::default();
    let (failed, mut failures) = mpsc::channel(1);
    let started = Instant::now();
    for number in 0..clients {
        let token = tokens[number % tokens.len()].clone();
        let socket = connect(&server.url, &token).await.expect("a connection");
        tokio::spawn(follow(socket, Arc::clone(&seen), failed.clone()));
    }
    while seen.ready.load(Ordering::SeqCst) < clients as u64 {
        seen.changed.notified().await;
    }
    let connected = started.elapsed();
    let idle = server.memory();
    println!(
        "clients connected        {clients} in {} ms",
        connected.as_millis()
    );
    println!(
        "memory per connection    {:.1} KiB ({} MiB before, {} MiB with all)",
        (idle.saturating_sub(before)) as f64 / clients as f64 / 1024.0,
        before >> 20,
        idle >> 20
    );
    let mut last = Vec::new();
    let mut acknowledged = Vec::new();
    // Several authors: from the eleventh raise in ten seconds one is told to slow down (L2).
    let authors = [
        "ana.ruiz",
        "tom.becker",
        "sam.cole",
        "kim.ortega",
        "lee.park",
    ]
    .map(|id| Http::of(&server, &format!("person:{id}")));
    for call in 0..calls {
        let author = &authors[call % authors.len()];
        let command = request(Command::CallLockDown {
            reason: None,
            place: None,
        });
        seen.shown.store(0, Ordering::SeqCst);
        seen.waiting.store(true, Ordering::SeqCst);
        let at = Instant::now();
        let answered = tokio::spawn({
            let author = author.clone();
            async move {
                let _ = author.send(CAMPUS, &command).await.accepted();
                at.elapsed()
            }
        });
        while seen.shown.load(Ordering::SeqCst) < clients as u64 {
            tokio::select! {
                () = seen.changed.notified() => {}
                failure = failures.recv() => panic!("a client was lost: {failure:?}"),
                () = tokio::time::sleep(Duration::from_secs(20)) => panic!("a screen missed it"),
            }
        }
        last.push(at.elapsed());
        acknowledged.push(answered.await.expect("an answer"));
        // Five authors at two calls a second stay at ten raises in ten seconds each (L2), and
        // nothing of one call is still on its way when the next is timed.
        tokio::time::sleep(Duration::from_millis(1_050)).await;
    }
    print("call to the last screen", &mut last);
    print("call to its answer", &mut acknowledged);
    println!("screens that missed one  0 of {}", clients * calls);
}

#[derive(Default)]
struct Seen {
    ready: AtomicU64,
    shown: AtomicU64,
    waiting: std::sync::atomic::AtomicBool,
    changed: Notify,
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A client that counts the calls that it is shown. It looks at the bytes alone: parsing in
/// thousands of clients would be most of what is measured.
async fn follow(mut socket: Socket, seen: Arc<Seen>, failed: mpsc::Sender<String>) {
    let frame = ClientFrame::Subscribe {
        campuses: vec![Subscription {
            campus: CAMPUS.parse().expect("a campus"),
            after: None,
            shows: Vec::new(),
            sealed: Vec::new(),
        }],
    };
    let text = serde_json::to_string(&frame).expect("a frame");
    socket.send(Message::text(text)).await.expect("sent");
    let mut ready = false;
    let mut raises = 0;
    loop {
        let text = match socket.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(_)) => continue,
            other => {
                let _ = failed.try_send(format!("{other:?}"));
                return;
            }
        };
        if text.contains("\"type\":\"pulse\"") {
            if !ready {
                ready = true;
                seen.ready.fetch_add(1, Ordering::SeqCst);
                seen.changed.notify_one();
            }
        } else if text.contains("\"type\":\"event\"") {
            let now = calls_on_screen(&text);
            if now > raises {
                raises = now;
                seen.shown.fetch_add(1, Ordering::SeqCst);
                seen.changed.notify_one();
            }
        }
    }
}

/// The headline's number of open calls.
fn calls_on_screen(frame: &str) -> u64 {
    frame
        .split("\"calls\":")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn room_tokens(server: &Server) -> Vec<String> {
    let sign_ins = server.sign_ins();
    sign_ins
        .sign_ins
        .iter()
        .filter(|(principal, _)| principal.to_string().starts_with("device:north-"))
        .map(|(_, sign_in)| sign_in.token.clone())
        .collect()
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let ms = |index: usize| times[index.min(times.len() - 1)].as_secs_f64() * 1_000.0;
    println!(
        "{what:<24} median {:.1} ms, 99th percentile {:.1} ms, worst {:.1} ms, {} tries",
        ms(times.len() / 2),
        ms(times.len() * 99 / 100),
        ms(times.len() - 1),
        times.len()
    );
}

fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments
        .nth(1)
        .map_or(default, |value| value.parse().expect("a number"))
}
