//! Whatever is appended in whatever pieces: no gap, each id once, one root (invariants 6, 11).

use std::collections::{BTreeSet, HashMap};

use lockstep_proto::id::FactId;
use lockstep_proto::merkle::{leaf_hash, root};
use lockstep_server::journal::BATCH_MAX;
use proptest::prelude::*;

use super::Bench;
use super::school::{call, id, north};

/// Appends of few enough ids that many come again, some at a position that may be stale.
fn batches() -> impl Strategy<Value = Vec<(Vec<u128>, bool)>> {
    let batch = (prop::collection::vec(1_u128..40, 0..12), any::<bool>());
    prop::collection::vec(batch, 1..16)
}

async fn holds(bench: Bench, batches: Vec<(Vec<u128>, bool)>) {
    let journal = &*bench.journal;
    let mut stands: HashMap<FactId, u64> = HashMap::new();
    let mut stale = journal.tip(north()).await.unwrap().position();
    for (ids, from_stale) in batches {
        let tip = journal.tip(north()).await.unwrap().position();
        let expected = if from_stale { stale } else { tip };
        let facts = ids.iter().copied().map(call).collect();
        if let Ok(appended) = journal.append(north(), expected.into(), facts).await {
            for (n, placed) in ids.iter().zip(&appended.placed) {
                assert_eq!(placed.id, id(*n));
                let seq = placed.position.seq;
                assert_eq!(*stands.entry(placed.id).or_insert(seq), seq);
            }
        }
        stale = tip;
    }
    let stored = journal.read(north(), 0, BATCH_MAX).await.unwrap();
    let tip = journal.tip(north()).await.unwrap();
    let seqs: Vec<u64> = stored.iter().map(|s| s.entry.seq).collect();
    assert_eq!(seqs, (1..=tip.position().seq).collect::<Vec<_>>());
    let ids: BTreeSet<_> = stored.iter().map(|s| s.entry.stamped.id).collect();
    assert_eq!(ids.len(), stored.len(), "an id stands twice");
    for entry in stored.iter().map(|s| &s.entry) {
        assert_eq!(stands.get(&entry.stamped.id), Some(&entry.seq));
    }
    let leaves: Vec<_> = stored
        .iter()
        .map(|s| leaf_hash(s.canonical.as_bytes()))
        .collect();
    assert_eq!(tip.root(), root(&leaves));
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(test);
}

proptest! {
    #[test]
    fn memory(batches in batches()) {
        run(holds(Bench::memory(), batches));
    }
}

proptest! {
    // Each commit goes down to the disk.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn sqlite(batches in batches()) {
        run(holds(Bench::sqlite(), batches));
    }
}

proptest! {
    // Each has a database of its own.
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn postgres(batches in batches()) {
        run(async { holds(Bench::postgres().await, batches).await });
    }
}
