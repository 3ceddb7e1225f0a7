//! Order, once, whole, reading, epochs: the log itself.

use lockstep_proto::export::canonical;
use lockstep_proto::fact::Fact;
use lockstep_proto::id::FactId;
use lockstep_proto::merkle::{empty_root, leaf_hash, root};
use lockstep_proto::position::Position;
use lockstep_proto::text::Words;
use lockstep_server::journal::{AppendError, BATCH_MAX, Journal, READ_BYTES, Tip};

use super::school::{
    all_clear, at, call, call_because, district, id, north, operator, set_up, time, unwritable,
};
use super::{Bench, over_every_backend};

over_every_backend! {
    an_append_stands_where_it_was_expected_or_not_at_all
    appenders_at_once_leave_no_gap
    a_fact_stands_once
    an_append_is_whole_or_not_at_all
    t2_reading_tip_and_leaves_agree
    a_page_of_large_entries_is_short
    t5_words_come_back_and_stand_apart
    an_epoch_opens_by_its_first_entry
    another_history_of_the_same_length_is_a_conflict
    t4_a_clock_behind_the_last_entry_is_told
    a_journal_that_is_up_can_be_written
}

/// The ids in the log, in order.
async fn ids(journal: &dyn Journal) -> Vec<FactId> {
    let stored = journal.read(north(), 0, BATCH_MAX).await.unwrap();
    stored.iter().map(|s| s.entry.stamped.id).collect()
}

async fn an_append_stands_where_it_was_expected_or_not_at_all(bench: Bench) {
    let journal = &*bench.journal;
    let tip = journal.tip(north()).await.unwrap();
    assert_eq!(
        (tip.position(), tip.root()),
        (Position::START, empty_root())
    );

    let two = journal.append(north(), Position::START.into(), vec![call(1), call(2)]);
    let two = two.await.unwrap();
    assert_eq!(two.tip.position(), at(2));
    assert_eq!(two.placed[0].position, at(1));
    assert!(two.placed.iter().all(|p| p.new && p.recorded == time(0)));
    assert_eq!(journal.tip(north()).await.unwrap(), two.tip);

    let elsewhere = [at(0), at(1), at(3), Position { epoch: 2, seq: 2 }];
    for expected in elsewhere {
        let refused = journal
            .append(north(), expected.into(), vec![call(3)])
            .await;
        assert_eq!(refused.unwrap_err(), AppendError::Conflict(at(2)));
    }
    assert_eq!(ids(journal).await, [id(1), id(2)]);
    journal
        .append(north(), at(2).into(), vec![call(3)])
        .await
        .unwrap();
    assert_eq!(ids(journal).await, [id(1), id(2), id(3)]);
}

async fn appenders_at_once_leave_no_gap(bench: Bench) {
    const EACH: u128 = 12;
    let appenders = (0..8_u128).map(|appender| {
        let journal = bench.journal.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                let fact = call(appender * EACH + n + 1);
                let mut expected = journal.tip(north()).await.unwrap().position();
                loop {
                    match journal
                        .append(north(), expected.into(), vec![fact.clone()])
                        .await
                    {
                        Ok(_) => break,
                        Err(AppendError::Conflict(stands)) => expected = stands,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        })
    });
    for appender in appenders.collect::<Vec<_>>() {
        appender.await.unwrap();
    }
    let journal = &*bench.journal;
    let stored = journal.read(north(), 0, BATCH_MAX).await.unwrap();
    let seqs: Vec<u64> = stored.iter().map(|s| s.entry.seq).collect();
    assert_eq!(seqs, (1..=96).collect::<Vec<_>>());
    let mut written = ids(journal).await;
    written.sort();
    assert_eq!(written, (1..=96).map(id).collect::<Vec<_>>());
}

/// Invariant 6, P6.
async fn a_fact_stands_once(bench: Bench) {
    let journal = &*bench.journal;
    let first = vec![call(1), call(2), call(3)];
    let first = journal.append(north(), at(0).into(), first).await.unwrap();

    // Again, in another order, from wherever the appender thinks the log stands.
    let again = vec![call(3), call(1), call(1)];
    let again = journal.append(north(), at(0).into(), again).await.unwrap();
    let seqs: Vec<u64> = again.placed.iter().map(|p| p.position.seq).collect();
    assert_eq!(seqs, [3, 1, 1]);
    assert!(again.placed.iter().all(|p| !p.new && p.recorded == time(0)));
    assert_eq!(again.tip, first.tip);

    // Known ones among new ones, and one twice in the same append.
    let mixed = vec![call(2), call(4), call(4), call(1)];
    let conflict = journal.append(north(), at(0).into(), mixed.clone()).await;
    assert_eq!(conflict.unwrap_err(), AppendError::Conflict(at(3)));
    let mixed = journal.append(north(), at(3).into(), mixed).await.unwrap();
    let stands: Vec<_> = mixed
        .placed
        .iter()
        .map(|p| (p.position.seq, p.new))
        .collect();
    assert_eq!(stands, [(2, false), (4, true), (4, false), (1, false)]);
    assert_eq!(ids(journal).await, [id(1), id(2), id(3), id(4)]);

    // What an id names first, it names for ever.
    let other = vec![call_because(2, "something else")];
    let other = journal.append(north(), at(4).into(), other).await.unwrap();
    assert!(!other.placed[0].new);
    let found = journal.find(north(), id(4)).await.unwrap().unwrap();
    assert_eq!((found.position, found.new), (at(4), false));
    assert_eq!(journal.find(north(), id(9)).await.unwrap(), None);
}

async fn an_append_is_whole_or_not_at_all(bench: Bench) {
    let journal = &*bench.journal;
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    let tip = journal.tip(north()).await.unwrap();

    let spoilt = vec![call(2), unwritable(3), call(4)];
    let many = (2..).map(call).take(BATCH_MAX + 1).collect();
    for facts in [spoilt, many] {
        let refused = journal.append(north(), at(1).into(), facts).await;
        assert!(matches!(refused, Err(AppendError::Unavailable(_))));
    }
    assert_eq!(journal.tip(north()).await.unwrap(), tip);
    assert_eq!(ids(journal).await, [id(1)]);
    assert_eq!(journal.find(north(), id(2)).await.unwrap(), None);

    // Nothing is something too: it says where the log stands.
    let nothing = journal.append(north(), at(0).into(), vec![]).await.unwrap();
    assert_eq!(nothing.tip, tip);
}

async fn t2_reading_tip_and_leaves_agree(bench: Bench) {
    let journal = &*bench.journal;
    for n in 0..9 {
        let facts = (1..=n + 1).map(|m| call(n * 10 + m)).collect();
        let expected = journal.tip(north()).await.unwrap().position();
        journal
            .append(north(), expected.into(), facts)
            .await
            .unwrap();
    }
    let tip = journal.tip(north()).await.unwrap();
    assert_eq!(tip.position(), at(45));

    let mut paged = Vec::new();
    loop {
        let after = paged.len() as u64;
        let page = journal.read(north(), after, 7).await.unwrap();
        assert!(page.len() <= 7);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, journal.read(north(), 0, BATCH_MAX).await.unwrap());
    assert_eq!(journal.read(north(), u64::MAX, 1).await.unwrap(), []);
    assert_eq!(journal.read(north(), 0, 0).await.unwrap(), []);

    let hashes: Vec<_> = paged
        .iter()
        .map(|s| leaf_hash(s.canonical.as_bytes()))
        .collect();
    assert_eq!(journal.leaves(north(), 45).await.unwrap(), hashes);
    assert_eq!(journal.leaves(north(), 10).await.unwrap(), hashes[..10]);
    assert_eq!(journal.leaves(north(), u64::MAX).await.unwrap(), hashes);
    assert_eq!(root(&hashes), tip.root());
    for stored in &paged {
        assert_eq!(stored.entry.log, *north());
        let value = serde_json::from_str(&stored.canonical).unwrap();
        assert_eq!(canonical(&value).unwrap(), stored.canonical);
    }
}

/// However large the entries are, a page is read in time, and whoever follows pages has them all.
async fn a_page_of_large_entries_is_short(bench: Bench) {
    let journal = &*bench.journal;
    // Three to a page, then one that is larger than a page may be, then small ones.
    let names = [8_000, 8_000, 8_000, 8_000, 8_000, 40_000, 1, 1];
    for (after, names) in (0..).zip(names) {
        let mut large = all_clear(u128::from(after) + 1);
        if let Fact::AllClearGiven { lifts, .. } = &mut large.fact {
            *lifts = (0..names).map(id).collect();
        }
        journal
            .append(north(), at(after).into(), vec![large])
            .await
            .unwrap();
    }
    let mut pages = Vec::new();
    let mut after = 0;
    loop {
        let page = journal.read(north(), after, BATCH_MAX).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.entry.seq;
        let bytes: usize = page.iter().map(|stored| stored.canonical.len()).sum();
        assert!(bytes <= READ_BYTES || page.len() == 1, "{bytes} bytes");
        pages.push(page.iter().map(|s| s.entry.seq).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![1, 2, 3], vec![4, 5], vec![6], vec![7, 8]]);
}

async fn t5_words_come_back_and_stand_apart(bench: Bench) {
    let journal = &*bench.journal;
    let call = call_because(1, "Zorro at the gate “ñ”");
    let append = journal.append(north(), at(0).into(), vec![call.clone()]);
    append.await.unwrap();
    let stored = journal.read(north(), 0, 1).await.unwrap().remove(0);
    assert_eq!(stored.entry.stamped, call);
    assert!(!stored.canonical.contains("Zorro"));
    assert_eq!(stored.details.len(), 1);
}

async fn an_epoch_opens_by_its_first_entry(bench: Bench) {
    let journal = &*bench.journal;
    set_up(journal).await;
    let two = vec![call(1), call(2)];
    journal.append(north(), at(0).into(), two).await.unwrap();

    let why = Words::Words("restored from Monday's backup".to_owned());
    let head = Some("the newest head".to_owned());
    let opened = journal
        .open_epoch(north(), None, head, why, operator())
        .await;
    let position = Position { epoch: 2, seq: 3 };
    assert_eq!(opened.unwrap().tip.position(), position);

    let opening = journal.read(north(), 2, 1).await.unwrap().remove(0).entry;
    assert_eq!(opening.position(), position);
    assert!(matches!(opening.stamped.fact, Fact::EpochOpened { .. }));
    let late = journal.append(north(), at(2).into(), vec![call(3)]).await;
    assert_eq!(late.unwrap_err(), AppendError::Conflict(position));
    journal
        .append(north(), position.into(), vec![call(3)])
        .await
        .unwrap();

    let of_district = lockstep_proto::timeline::LogId::district(district().clone());
    assert_eq!(
        journal.logs().await.unwrap(),
        [of_district, north().clone()]
    );
}

/// Who folded other entries than the log has, as many though they be, appends nothing and opens no
/// epoch: a database that lost its tail and went on is not taken for the one before.
async fn another_history_of_the_same_length_is_a_conflict(bench: Bench) {
    let journal = &*bench.journal;
    set_up(journal).await;
    let south = "oak/south".parse().unwrap();
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();
    journal
        .append(&south, at(0).into(), vec![call(2)])
        .await
        .unwrap();
    let ours = journal.tip(north()).await.unwrap();
    let theirs = journal.tip(&south).await.unwrap();
    assert_eq!(ours.position(), theirs.position());
    let conflict = AppendError::Conflict(at(1));

    let facts = vec![call(3)];
    let late = journal
        .append(north(), theirs.clone().into(), facts.clone())
        .await;
    assert_eq!(late.unwrap_err(), conflict);
    let why = || Words::Words("it came back without its end".to_owned());
    let open =
        |expected: Tip| journal.open_epoch(north(), Some(expected.into()), None, why(), operator());
    assert_eq!(open(theirs).await.unwrap_err(), conflict);

    let mut read = Tip::default();
    for stored in &journal.read(north(), 0, BATCH_MAX).await.unwrap() {
        read.push(stored);
    }
    assert_eq!(read, ours, "what is read leads to the tip");
    // Of those that find it at once, one is first.
    let opened = open(ours.clone()).await.unwrap().tip;
    assert_eq!(opened.epoch, 2);
    assert_eq!(
        open(ours).await.unwrap_err(),
        AppendError::Conflict(opened.position())
    );
    journal.append(north(), opened.into(), facts).await.unwrap();
}

async fn t4_a_clock_behind_the_last_entry_is_told(bench: Bench) {
    let journal = &*bench.journal;
    for (n, seconds) in (1..).zip([10, 10, 9, 10]) {
        bench.clock.set(time(seconds));
        let expected = journal.tip(north()).await.unwrap().position();
        journal
            .append(north(), expected.into(), vec![call(n)])
            .await
            .unwrap();
    }
    let stored = journal.read(north(), 0, 9).await.unwrap();
    let told: Vec<bool> = stored.iter().map(|s| s.entry.clock_in_doubt).collect();
    assert_eq!(told, [false, false, true, false]);
    assert_eq!(stored[2].entry.recorded, time(9));
}

async fn a_journal_that_is_up_can_be_written(bench: Bench) {
    let journal = &*bench.journal;
    journal.probe().await.unwrap();
    journal.probe().await.unwrap();
    assert_eq!(journal.logs().await.unwrap(), [], "a probe is no entry");
    let late = vec![all_clear(1)];
    journal.append(north(), at(0).into(), late).await.unwrap();
}
