//! Readiness, which anybody may ask for: it takes the journal from nobody (P2, invariant 12).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::frame::Holds;
use lockstep_tests::{PATIENCE, Server};
use rusqlite::Connection;
use serde_json::json;
use tokio::time::{interval, timeout};

use crate::limits::metrics;
use crate::{ADMIN, NORTH, command, of};

/// Those who ask at once.
const AT_ONCE: usize = 2_000;

async fn ready(client: &reqwest::Client, server: &Server) -> String {
    let asked = client.get(format!("{}/readyz", server.url)).send().await;
    asked.unwrap().text().await.unwrap()
}

/// How often the journal was written for them.
async fn probes(server: &Server) -> u64 {
    let figures = metrics(server).await;
    let mut all = figures.lines();
    all.find_map(|line| line.strip_prefix("lockstep_journal_probes_total "))
        .map_or(0, |times| times.parse().unwrap())
}

/// P2, invariant 12: two thousand of nobody ask at once whether the server is ready, and the
/// journal is written a few times. Whoever calls meanwhile is answered in time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_two_thousand_who_ask_for_readiness_take_the_journal_from_nobody() {
    let server = Server::start();
    let client = reqwest::Client::new();
    let since = Instant::now();
    let asking = join_all((0..AT_ONCE).map(|_| ready(&client, &server)));
    let calling = async {
        let ana = of(&server, ADMIN);
        let mut worst = Duration::ZERO;
        for _ in 0..5 {
            let since = Instant::now();
            let call = command(json!({ "name": "call_lock_down" }));
            let accepted = ana.give(NORTH, call).await.accepted();
            assert_ne!(accepted.holds, Holds::ShownOnly);
            worst = worst.max(since.elapsed());
        }
        worst
    };
    let (told, worst) = tokio::join!(asking, calling);
    let took = since.elapsed();
    assert!(told.iter().all(|told| told == "ready\n"));
    let probes = probes(&server).await;
    println!("{AT_ONCE} were told in {took:.1?} after {probes} probes; a call took {worst:.1?}");
    // One in each second that it took, and the one that it began with.
    assert!((1..=2 + took.as_secs()).contains(&probes), "{probes}");
    assert!(worst < Duration::from_secs(2), "{worst:?}");
}

/// What was found a moment ago is told for a second, and no longer: readiness turns with the
/// journal, both ways.
#[tokio::test]
async fn readiness_turns_with_the_journal_within_two_seconds() {
    let server = Server::start();
    let client = reqwest::Client::new();
    let turned = async |begins: &str| {
        let since = Instant::now();
        let mut tick = interval(Duration::from_millis(50));
        let turning = async {
            while !ready(&client, &server).await.starts_with(begins) {
                tick.tick().await;
            }
        };
        timeout(PATIENCE, turning).await.expect("it turns");
        let took = since.elapsed();
        println!("{begins} after {took:.1?}");
        assert!(took < Duration::from_millis(2_500), "{took:?}");
    };
    turned("ready").await;
    let other = Connection::open(server.data().join("journal.sqlite")).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    turned("degraded: the journal").await;
    other.execute_batch("COMMIT").unwrap();
    turned("ready").await;
}
