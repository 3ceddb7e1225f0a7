//! Many clients, one lock-down: how long from the call until the last screen has it.
//!
//! The clients run in this process, on the same machine as the server: load included. Prints
//! its figures and asserts nothing but that none was missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may panic"
)]

mod clients;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use lockstep_proto::command::Command;
use lockstep_proto::screen::Screen;
use lockstep_tests::{Http, Server, Socket, calls_on_screen, connect, request, subscribe};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Message;

use clients::{AUTHORS, BETWEEN_CALLS, CAMPUS, argument, print, room_tokens};

#[tokio::main]
async fn main() {
    let clients = argument("--clients", 2_000);
    let calls = argument("--calls", 50);
    // With 1 every client confirms each alert, received and displayed, as a page does (R1).
    let receipts = argument("--receipts", 0) > 0;
    let server = Server::start();
    let tokens = room_tokens(&server, clients);
    let before = server.memory();
    let seen: Arc<Seen> = Arc::default();
    let (failed, mut failures) = mpsc::channel(1);
    let started = Instant::now();
    for token in &tokens {
        let socket = connect(&server.url, token).await.expect("a connection");
        tokio::spawn(follow(socket, Arc::clone(&seen), failed.clone(), receipts));
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
    let appends = appends_so_far(&server).await;
    let started = Instant::now();
    let authors = AUTHORS.map(|author| Http::of(&server, author));
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
        tokio::time::sleep(BETWEEN_CALLS).await;
    }
    print("call to the last screen", &mut last);
    print("call to its answer", &mut acknowledged);
    println!("screens that missed one  0 of {}", clients * calls);
    if receipts {
        let confirmed = 2 * clients as u64 * calls as u64;
        // Told once for both stages: the last of them is a second and a little behind.
        while seen.kept.load(Ordering::SeqCst) < (clients * calls) as u64 {
            tokio::select! {
                () = seen.changed.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(20)) => panic!("a receipt was not kept"),
            }
        }
        let took = started.elapsed();
        let (facts, rows) = reach_kept(&server).await;
        let appends = appends_so_far(&server).await - appends;
        println!(
            "receipts                 {confirmed} in {} s, each told that it is kept: {rows} rows \
             in {facts} facts; {appends} journal appends in all, for {calls} calls and their duties",
            took.as_secs()
        );
    }
}

/// Commits of raises and notes since the server started.
async fn appends_so_far(server: &Server) -> u64 {
    let metrics = reqwest::get(format!("{}/metrics", server.url));
    let text = metrics.await.expect("metrics").text().await.expect("text");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("lockstep_journal_appends_total "));
    line.map_or(0, |number| number.parse().expect("a number"))
}

/// Facts of reach in the timeline, and their rows.
async fn reach_kept(server: &Server) -> (usize, usize) {
    let reader = Http::of(server, "person:ana.ruiz");
    let (mut facts, mut rows, mut after) = (0, 0, 0);
    let mut slow = 0;
    loop {
        let path = format!("/v1/campuses/{CAMPUS}/timeline?after={after}&limit=20");
        let (_, body) = reader.get(&path).await;
        let Some(entries) = body["entries"].as_array() else {
            // The journal has a deadline, and is busy with what was just measured.
            slow += 1;
            assert!(slow < 100, "the timeline cannot be read: {body}");
            continue;
        };
        if entries.is_empty() {
            return (facts, rows);
        }
        after += entries.len();
        for entry in entries {
            if entry["fact"]["fact"] == "reach_kept" {
                facts += 1;
                rows += entry["fact"]["rows"].as_array().expect("rows").len();
            }
        }
    }
}

#[derive(Default)]
struct Seen {
    ready: AtomicU64,
    shown: AtomicU64,
    /// Alerts that a client was told are kept as displayed.
    kept: AtomicU64,
    waiting: std::sync::atomic::AtomicBool,
    changed: Notify,
}

/// A client that counts the calls that it is shown.
async fn follow(mut socket: Socket, seen: Arc<Seen>, failed: mpsc::Sender<String>, receipts: bool) {
    subscribe(&mut socket, CAMPUS, &Screen::default())
        .await
        .expect("sent");
    let mut ready = false;
    let mut raises = 0;
    let mut unconfirmed = 0;
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
                if receipts {
                    unconfirmed += 1;
                    for stage in ["received", "displayed"] {
                        let receipt = receipt(stage, &text);
                        let _ = socket.send(Message::text(receipt)).await;
                    }
                }
            }
        } else if text.contains("\"type\":\"receipt_kept\"") && text.contains("\"displayed\"") {
            seen.kept.fetch_add(unconfirmed, Ordering::SeqCst);
            unconfirmed = 0;
            seen.changed.notify_one();
        }
    }
}

/// A receipt for what an event shows.
fn receipt(stage: &str, event: &str) -> String {
    let position = event
        .split("\"position\":")
        .nth(1)
        .and_then(|rest| rest.split_inclusive('}').next())
        .expect("a position");
    let ids = event.split("\"card\":\"raise\",\"id\":").skip(1);
    let ids: Vec<&str> = ids.filter_map(|rest| rest.split(',').next()).collect();
    let also = ids.join(",");
    format!(
        "{{\"type\":\"receipt\",\"campus\":\"{CAMPUS}\",\"stage\":\"{stage}\",\
         \"through\":{position},\"also\":[{also}]}}"
    )
}
