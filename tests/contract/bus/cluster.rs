//! Redis as a cluster: a campus's words pass on one node alone, whichever that is now.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use lockstep_server::bus::Bus as _;
use lockstep_tests::{Cluster, Redis};

use super::{bounded, channel, joined, log_of, some_district, until, until_heard};

/// The one that tests share which do it no harm.
pub(super) static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// A node is missed after half a second; then the one that stands by has to be voted for.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_campus_is_heard_on_one_node_and_all_nodes_are_used() {
    let url = SHARED.node(1).url();
    let (speaks, listens) = (joined(&url).await, joined(&SHARED.node(2).url()).await);
    let district = some_district();
    let mut used = [0; Cluster::STANDBY];
    for n in 0..30 {
        let log = log_of(&district, &format!("c{n}"));
        let mut heard = listens.hear(&log);
        until_heard(&*speaks, &log, &mut heard).await;
        let on = SHARED.heard_on(&channel(&log));
        assert_eq!(on.len(), 1, "{log} is heard on {on:?}");
        used[on[0]] += 1;
    }
    println!("30 campuses on three nodes: {used:?}");
    assert!(used.iter().all(|used| *used > 0), "{used:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_a_slot_moved() {
    let cluster = Cluster::start();
    let url = cluster.node(0).url();
    let (speaks, listens) = (joined(&url).await, joined(&url).await);
    let log = log_of(&some_district(), "north");
    let channel = channel(&log);
    let mut heard = listens.hear(&log);
    until_heard(&*speaks, &log, &mut heard).await;
    let mut took = Vec::new();
    for n in 0..6 {
        let from = cluster.heard_on(&channel)[0];
        let to = (from + 1 + n % 2) % Cluster::STANDBY;
        cluster.move_slot(&channel, from, to);
        took.push(until_heard(&*speaks, &log, &mut heard).await);
        assert_eq!(cluster.heard_on(&channel), [to]);
    }
    bounded("after a slot moved", took, super::BACK_WITHIN);
}

/// The one that was named, too: the others are known by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_pass_again_after_a_node_was_killed_and_another_took_over() {
    let cluster = Arc::new(Cluster::start());
    let url = cluster.node(0).url();
    let (speaks, listens) = (joined(&url).await, joined(&url).await);
    let district = some_district();
    let logs: Vec<_> = (0..12)
        .map(|n| log_of(&district, &format!("c{n}")))
        .collect();
    let mut heard: Vec<_> = logs.iter().map(|log| listens.hear(log)).collect();
    for (log, heard) in logs.iter().zip(&mut heard) {
        until_heard(&*speaks, log, heard).await;
    }
    let at = Instant::now();
    let killed = Arc::clone(&cluster);
    let kill = move || Redis::kill(killed.node(0));
    tokio::task::spawn_blocking(kill).await.unwrap();
    until(&speaks, false).await;
    for (log, heard) in logs.iter().zip(&mut heard) {
        until_heard(&*speaks, log, heard).await;
    }
    until(&listens, true).await;
    bounded(
        "until another node had taken over",
        vec![at.elapsed()],
        TAKEN_OVER_WITHIN,
    );
}

/// A user of a node of the shared cluster, with these rights and no others: where they find it.
fn as_user(node: usize, name: &str, rights: &[&str]) -> String {
    let node = SHARED.node(node);
    let mut user = redis::cmd("ACL");
    user.arg("SETUSER").arg(name);
    user.arg(&["on", ">right", "&lockstep:1:*"]).arg(rights);
    node.ask::<()>(&user);
    node.url().replace("://", &format!("://{name}:right@"))
}

/// With no right to ask, plain words reach every node from any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_may_not_be_asked_passes_words_from_any_node_to_any() {
    let [one, other] = [0, 1].map(|node| as_user(node, "plain", &["+publish", "+subscribe"]));
    let (speaks, listens) = (joined(&one).await, joined(&other).await);
    let log = log_of(&some_district(), "north");
    let mut heard = listens.hear(&log);
    until_heard(&*speaks, &log, &mut heard).await;
    assert!(SHARED.heard_on(&channel(&log)).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_needs_few_rights() {
    let rights = ["+spublish", "+ssubscribe", "+cluster|slots"];
    let [url, ..] = [0, 1, 2].map(|node| as_user(node, "few", &rights));
    let (speaks, listens) = (joined(&url).await, joined(&url).await);
    let log = log_of(&some_district(), "north");
    let mut heard = listens.hear(&log);
    until_heard(&*speaks, &log, &mut heard).await;
    assert_eq!(SHARED.heard_on(&channel(&log)).len(), 1);
}
