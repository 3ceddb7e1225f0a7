//! Redis stopped, killed, frozen, cut off: nobody waits for it, and words pass again by
//! themselves within seconds of its return.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lockstep_proto::timeline::LogId;
use lockstep_server::bus::redis::{Health, LANE_BYTES_MAX, LANE_MAX, RedisBus};
use lockstep_server::bus::{Bus as _, Heard, Word};
use lockstep_tests::{Forwarder, Redis};
use tokio::sync::mpsc::Receiver;

use super::{
    BACK_WITHIN, bounded, instance, joined, log_of, next, some_district, stands, until, until_heard,
};
use crate::journal::school::{call, call_because};

/// Two instances, one of which speaks and one of which listens.
struct Pair {
    speaks: Arc<RedisBus>,
    listens: Arc<RedisBus>,
    log: LogId,
    heard: Receiver<Heard>,
}

impl Pair {
    async fn on(url: &str) -> Self {
        Self::of(joined(url).await, joined(url).await).await
    }

    async fn of(speaks: Arc<RedisBus>, listens: Arc<RedisBus>) -> Self {
        let log = log_of(&some_district(), "north");
        let heard = listens.hear(&log);
        let mut pair = Self {
            speaks,
            listens,
            log,
            heard,
        };
        pair.passes().await;
        pair
    }

    /// How long it takes until a word passes.
    async fn passes(&mut self) -> Duration {
        until_heard(&*self.speaks, &self.log, &mut self.heard).await
    }

    async fn are(&self, joined: bool) {
        until(&self.speaks, joined).await;
        until(&self.listens, joined).await;
    }
}

/// On its own threads: children are waited for.
async fn with<T: Send + 'static>(
    redis: &Arc<Redis>,
    what: impl FnOnce(&Redis) -> T + Send + 'static,
) -> T {
    let redis = Arc::clone(redis);
    tokio::task::spawn_blocking(move || what(&redis))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_redis_was_killed_or_restarted() {
    let redis = Arc::new(Redis::start(&[]));
    let mut pair = Pair::on(&redis.url()).await;
    for (what, end) in [
        ("killed", Redis::kill as fn(&Redis)),
        ("restarted", Redis::stop),
    ] {
        let mut took = Vec::new();
        for _ in 0..5 {
            with(&redis, end).await;
            pair.are(false).await;
            with(&redis, Redis::run).await;
            took.push(pair.passes().await);
            pair.are(true).await;
        }
        bounded(&format!("after Redis was {what}"), took, BACK_WITHIN);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_redis_was_frozen_for_five_seconds() {
    let redis = Arc::new(Redis::start(&[]));
    let mut pair = Pair::on(&redis.url()).await;
    let (mut noticed, mut took) = (Vec::new(), Vec::new());
    // Not always at the same step of a try to come back.
    for more_ms in [0, 250, 500, 750] {
        let at = Instant::now();
        with(&redis, Redis::freeze).await;
        pair.are(false).await;
        noticed.push(at.elapsed());
        let until = at + Duration::from_millis(5_000 + more_ms);
        tokio::time::sleep_until(until.into()).await;
        with(&redis, Redis::thaw).await;
        took.push(pair.passes().await);
        pair.are(true).await;
    }
    bounded("until a freeze is noticed", noticed, Duration::from_secs(4));
    bounded("after Redis was frozen for 5 s", took, BACK_WITHIN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_connections_were_killed_and_everything_was_flushed() {
    let redis = Redis::start(&[]);
    let mut pair = Pair::on(&redis.url()).await;
    let mut took = Vec::new();
    for kind in ["pubsub", "normal"].into_iter().cycle().take(10) {
        let kill = redis::cmd("CLIENT")
            .arg("KILL")
            .arg("TYPE")
            .arg(kind)
            .take();
        let killed: u64 = redis.ask(&kill);
        assert!(killed >= 2, "{killed} connections of kind {kind}");
        took.push(pair.passes().await);
        // So that there is something to kill.
        pair.are(true).await;
    }
    bounded("after connections were killed", took, BACK_WITHIN);
    redis.ask::<()>(&redis::cmd("FLUSHALL"));
    bounded(
        "after everything was flushed",
        vec![pair.passes().await],
        BACK_WITHIN,
    );
}

/// A frozen server, or a cut network, shows no error for minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_the_way_was_cut_or_silent() {
    let redis = Redis::start(&[]);
    let way = Forwarder::to(redis.port()).await;
    let speaks = joined(&way.url("redis")).await;
    let mut pair = Pair::of(speaks, joined(&redis.url()).await).await;
    let (mut noticed, mut took) = (Vec::new(), Vec::new());
    for n in 0..6 {
        let at = Instant::now();
        if n % 2 == 0 {
            way.silence();
        } else {
            way.cut();
        }
        until(&pair.speaks, false).await;
        noticed.push(at.elapsed());
        assert_eq!(pair.listens.health(), Health::Joined);
        way.open();
        took.push(pair.passes().await);
        until(&pair.speaks, true).await;
    }
    bounded("until a gap is noticed", noticed, Duration::from_secs(4));
    bounded("after the way was cut or silent", took, BACK_WITHIN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_starts_without_redis_and_finds_it_later() {
    let redis = Arc::new(Redis::start(&[]));
    with(&redis, Redis::kill).await;
    let (speaks, listens) = (instance(&redis.url()), instance(&redis.url()));
    let log = log_of(&some_district(), "north");
    let mut heard = listens.hear(&log);
    speaks.say(&log, stands(1));
    assert!(matches!(speaks.health(), Health::Away { .. }));
    with(&redis, Redis::run).await;
    let took = until_heard(&*speaks, &log, &mut heard).await;
    bounded("after a start without Redis", vec![took], BACK_WITHIN);
}

/// Never waits: whatever Redis does, `say` and `hear` are done at once, and what waits is bounded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_frozen_redis_and_what_waits_is_bounded() {
    const WORDS: u128 = 20_000;
    let redis = Arc::new(Redis::start(&[]));
    let mut pair = Pair::on(&redis.url()).await;
    with(&redis, Redis::freeze).await;
    let mut took = Vec::new();
    let flood = Instant::now();
    let reason = "x".repeat(400);
    for n in 0..WORDS {
        let word = Word::Shown(Box::new(call_because(n, &reason)));
        let at = Instant::now();
        pair.speaks.say(&pair.log, word);
        took.push(at.elapsed());
        let (words, bytes) = pair.speaks.waiting();
        assert!(words <= 2 * LANE_MAX && bytes <= 2 * LANE_BYTES_MAX);
    }
    let at = Instant::now();
    drop(pair.speaks.hear(&log_of(&some_district(), "south")));
    took.push(at.elapsed());
    let (words, bytes) = pair.speaks.waiting();
    println!(
        "{WORDS} words in {:?}: {words} wait, {bytes} bytes",
        flood.elapsed()
    );
    // The machine may be busy for a moment; Redis stays frozen.
    bounded(
        "say, while Redis is frozen",
        took,
        Duration::from_millis(200),
    );
    with(&redis, Redis::thaw).await;
    bounded("after a flood", vec![pair.passes().await], BACK_WITHIN);
}

/// Raises go before everything else that waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raise_is_heard_before_all_that_waited_longer() {
    let redis = Redis::start(&[]);
    let way = Forwarder::to(redis.port()).await;
    let speaks = joined(&way.url("redis")).await;
    let mut pair = Pair::of(speaks, joined(&redis.url()).await).await;
    let campuses: Vec<LogId> = (0..1_000)
        .map(|n| log_of(&pair.log.district, &format!("c{n}")))
        .collect();
    let mut others: Vec<_> = campuses[..3].iter().map(|c| pair.listens.hear(c)).collect();
    way.cut();
    until(&pair.speaks, false).await;
    while pair.heard.try_recv().is_ok() {}
    let raise = Word::Shown(Box::new(call(1)));
    // What waits longer than some seconds is not said: its owner would say it again.
    let mut opened = false;
    loop {
        for (seq, campus) in (1..).zip(&campuses) {
            pair.speaks.say(campus, stands(seq));
        }
        pair.speaks.say(&pair.log, stands(7));
        pair.speaks.say(&pair.log, raise.clone());
        if !opened {
            way.open();
            opened = true;
        }
        let first = tokio::time::timeout(Duration::from_secs(2), pair.heard.recv()).await;
        if let Ok(Some(first)) = first {
            assert_eq!(first.word, raise);
            break;
        }
    }
    assert_eq!(next(&mut pair.heard).await, stands(7));
    for (seq, heard) in (1..).zip(&mut others) {
        assert_eq!(next(heard).await, stands(seq));
    }
}
