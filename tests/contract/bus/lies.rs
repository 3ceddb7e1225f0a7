//! A Redis, or somebody else on it, that lies: nothing wrong comes out, and nothing stops.

use lockstep_proto::timeline::LogId;
use lockstep_server::bus::redis::{WAITING_MAX, WORD_MAX};
use lockstep_server::bus::{Bus as _, Word};
use lockstep_tests::Redis;
use redis::{Connection, PubSub};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::{
    BACK_WITHIN, PATIENCE, bounded, channel, instance, joined, log_of, next, of_school,
    some_district, until_heard,
};
use crate::journal::school::call;

fn publish(on: &mut Connection, log: &LogId, bytes: &[u8]) {
    let publish = redis::cmd("PUBLISH").arg(channel(log)).arg(bytes).exec(on);
    publish.unwrap();
}

/// Hears what passes.
fn tap<'a>(on: &'a mut Connection, logs: &[&LogId]) -> PubSub<'a> {
    let mut tap = on.as_pubsub();
    tap.set_read_timeout(Some(PATIENCE)).unwrap();
    for log in logs {
        tap.subscribe(channel(log)).unwrap();
    }
    tap
}

/// Everybody who knows the password hears everything: what passes says nothing to them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_up_copied_or_of_another_school_is_dropped() {
    let redis = Redis::shared();
    let (speaks, listens) = (joined(&redis.url()).await, joined(&redis.url()).await);
    let (stranger, friend) = (of_school(&redis.url(), 8), of_school(&redis.url(), 8));
    let district = some_district();
    let (north, south) = (log_of(&district, "north"), log_of(&district, "south"));
    let elsewhere = log_of(&some_district(), "north");
    let mut heard = listens.hear(&north);
    let (mut strangers, mut friends) = (stranger.hear(&north), friend.hear(&north));
    let mut eavesdropper = redis.connection();
    let mut tap = tap(&mut eavesdropper, &[&south, &elsewhere]);
    until_heard(&*speaks, &north, &mut heard).await;
    until_heard(&*stranger, &north, &mut friends).await;

    let mut liar = redis.connection();
    let raise = Word::Shown(Box::new(call(1)));
    for log in [&south, &elsewhere] {
        speaks.say(log, raise.clone());
        let word = tap.get_message().unwrap();
        let sealed = word.get_payload_bytes();
        assert!(!sealed.windows(9).any(|part| part == b"lock_down"));
        publish(&mut liar, &north, sealed);
        publish(&mut liar, &north, &sealed[..sealed.len() - 1]);
    }
    let plain = serde_json::to_vec(&raise).unwrap();
    let large = vec![7; WORD_MAX + 1];
    for garbage in [&b""[..], b"x", b"{}", &plain, &large, &[0; 200]] {
        publish(&mut liar, &north, garbage);
    }
    for n in 0..20 {
        stranger.say(&north, Word::Shown(Box::new(call(n))));
    }
    // Once each way has passed a word, whatever was before it has passed too.
    until_heard(&*speaks, &north, &mut heard).await;
    until_heard(&*stranger, &north, &mut friends).await;
    assert!(strangers.try_recv().is_err(), "heard what it has no key to");
    while let Ok(heard) = heard.try_recv() {
        assert!(
            matches!(heard.word, Word::Stands(_)),
            "heard {:?}",
            heard.word
        );
        assert_eq!(heard.from, speaks.instance());
    }
}

/// A word that is said once more, by whoever, is the same word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_is_repeated_is_heard_as_what_it_is() {
    let redis = Redis::shared();
    let (speaks, listens) = (joined(&redis.url()).await, joined(&redis.url()).await);
    let north = log_of(&some_district(), "north");
    let mut heard = listens.hear(&north);
    until_heard(&*speaks, &north, &mut heard).await;
    let mut eavesdropper = redis.connection();
    let mut tap = tap(&mut eavesdropper, &[&north]);
    speaks.say(&north, Word::Shown(Box::new(call(1))));
    let sealed = tap.get_message().unwrap().get_payload_bytes().to_vec();
    publish(&mut redis.connection(), &north, &sealed);
    let mut shown = 0;
    while shown < 2 {
        shown += usize::from(next(&mut heard).await == Word::Shown(Box::new(call(1))));
    }
}

/// More than can be looked at: bounded, and over once it ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_garbage_ends_nothing_for_good() {
    let redis = Redis::start(&[]);
    let (speaks, listens) = (joined(&redis.url()).await, joined(&redis.url()).await);
    let north = log_of(&some_district(), "north");
    let mut heard = listens.hear(&north);
    until_heard(&*speaks, &north, &mut heard).await;
    let mut liar = redis.connection();
    let flooded = north.clone();
    let flood = tokio::task::spawn_blocking(move || {
        let garbage = vec![0; 60_000];
        for _ in 0..4_000 {
            publish(&mut liar, &flooded, &garbage);
        }
        // One that is larger than all that may wait.
        publish(&mut liar, &flooded, &vec![0; 64 * 1024 * 1024]);
    });
    flood.await.unwrap();
    let took = until_heard(&*speaks, &north, &mut heard).await;
    bounded("after a flood of garbage", vec![took], BACK_WITHIN);
}

/// An answer that never ends fills no memory: its connection ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_an_end_is_not_taken_in() {
    let liar = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _bus = instance(&format!("redis://{}", liar.local_addr().unwrap()));
    for _ in 0..3 {
        let accepted = tokio::time::timeout(PATIENCE, liar.accept()).await;
        let (mut socket, _) = accepted.unwrap().unwrap();
        socket.write_all(b"$536870912\r\n").await.unwrap();
        let mut taken = 0;
        while let Ok(n) = socket.write(&[0; 16 * 1024]).await {
            taken += n;
        }
        println!("{taken} bytes taken of an answer without an end");
        // What the kernel holds for both sides comes to it.
        assert!(taken < WAITING_MAX + 16 * 1024 * 1024, "{taken}");
    }
}
