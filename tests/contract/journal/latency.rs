//! How long an append takes, on this machine and disk: figures to quote, never a check.

use std::time::{Duration, Instant};

use lockstep_proto::position::Position;
use lockstep_server::journal::BATCH_MAX;
use lockstep_tests::Postgres;

use super::Bench;
use super::school::{call, north};

/// Run it with `cargo test --release -p lockstep-tests --test contract -- --ignored
/// --nocapture latency`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn append_latency() {
    println!("SQLite");
    measure(Bench::sqlite()).await;
    println!("PostgreSQL, on this machine, with fsync");
    let server = Postgres::start("-c fsync=on");
    measure(Bench::on(&server).await).await;
}

async fn measure(bench: Bench) {
    const TRIES: u128 = 1_000;
    let mut expected = Position::START;
    let mut took = Vec::new();
    for n in 1..=TRIES {
        let start = Instant::now();
        let appended = bench
            .journal
            .append(north(), expected.into(), vec![call(n)])
            .await;
        took.push(start.elapsed());
        expected = appended.unwrap().tip.position();
    }
    report("one after the other", &mut took);

    let campuses = (0..64_u128).map(|campus| {
        let journal = bench.journal.clone();
        tokio::spawn(async move {
            let log = format!("oak/campus-{campus}").parse().unwrap();
            let mut expected = Position::START;
            let mut took = Vec::new();
            for n in 1..=50 {
                let start = Instant::now();
                let appended = journal.append(&log, expected.into(), vec![call(n)]).await;
                took.push(start.elapsed());
                expected = appended.unwrap().tip.position();
            }
            took
        })
    });
    let mut took = Vec::new();
    for campus in campuses.collect::<Vec<_>>() {
        took.extend(campus.await.unwrap());
    }
    report("64 campuses at once", &mut took);

    let facts: Vec<_> = (10_001..).map(call).take(256).collect();
    let start = Instant::now();
    let appended = bench.journal.append(north(), expected.into(), facts).await;
    println!("256 facts in one append: {:?}", start.elapsed());
    let expected = appended.unwrap().tip.position();

    let facts: Vec<_> = (20_001..).map(call).take(BATCH_MAX).collect();
    let start = Instant::now();
    let appended = bench.journal.append(north(), expected.into(), facts).await;
    let ended = appended.map(|appended| appended.tip.position());
    println!(
        "{BATCH_MAX} facts in one append: {:?}, {ended:?}",
        start.elapsed()
    );
}

fn report(what: &str, took: &mut [Duration]) {
    took.sort();
    let (tries, worst) = (took.len(), took[took.len() - 1]);
    let (median, p99) = (took[tries / 2], took[tries * 99 / 100]);
    println!("{what}: median {median:?}, p99 {p99:?}, worst {worst:?}, {tries} tries");
}
