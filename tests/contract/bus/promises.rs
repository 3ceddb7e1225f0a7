//! What every backend promises.

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use lockstep_proto::id::PersonId;
use lockstep_proto::role::Audience;
use lockstep_server::bus::{HEARD_MAX, Screens, Word};

use super::{Bench, log_of, next, over_every_backend, some_district, stands, until_heard};
use crate::journal::school::call;

over_every_backend! {
    others_hear_every_kind_of_word_and_oneself_none
    a_word_stays_in_its_campus_and_district
    who_listens_anew_hears_in_place_of_the_one_before
    a_listener_that_does_not_look_loses_words_and_stops_nobody
    what_a_campus_does_not_listen_to_is_no_fault
    three_hundred_campuses_are_heard_at_once
}

async fn others_hear_every_kind_of_word_and_oneself_none(bench: Bench) {
    let north = bench.log("north");
    let mut own = bench.buses[0].hear(&north);
    let mut second = bench.hear(1, &north).await;
    let mut third = bench.hear(2, &north).await;
    bench.settle(&north, [&mut second, &mut third]).await;
    let screens = Screens {
        rooms: [("101".parse().unwrap(), 2)].into(),
        people: [(PersonId::new("ana").unwrap(), vec![Audience::Staff])].into(),
    };
    let said = [
        Word::Shown(Box::new(call(1))),
        stands(7),
        Word::Screens(screens),
    ];
    for word in &said {
        bench.buses[0].say(&north, word.clone());
    }
    for heard in [&mut second, &mut third] {
        for word in &said {
            assert_eq!(next(heard).await, *word);
        }
    }
    // What another says comes through; none of the own words did before it.
    bench.buses[1].say(&north, stands(9));
    assert_eq!(next(&mut own).await, stands(9));
    assert_eq!(next(&mut third).await, stands(9));
}

async fn a_word_stays_in_its_campus_and_district(bench: Bench) {
    let (north, south) = (bench.log("north"), bench.log("south"));
    let elsewhere = log_of(&some_district(), "north");
    let mut heard = Vec::new();
    for log in [&north, &south, &elsewhere] {
        heard.push(bench.hear(1, log).await);
    }
    for (seq, log) in (1..).zip([&north, &south, &elsewhere]) {
        bench.buses[0].say(log, stands(seq));
    }
    for (seq, heard) in (1..).zip(&mut heard) {
        assert_eq!(next(heard).await, stands(seq));
    }
    // By now the others' words had their time to go astray.
    for (log, heard) in [&north, &south, &elsewhere].into_iter().zip(&mut heard) {
        bench.buses[0].say(log, stands(9));
        assert_eq!(next(heard).await, stands(9));
    }
}

async fn who_listens_anew_hears_in_place_of_the_one_before(bench: Bench) {
    let north = bench.log("north");
    let mut before = bench.hear(1, &north).await;
    let mut after = bench.hear(1, &north).await;
    assert!(
        before
            .recv()
            .now_or_never()
            .is_some_and(|end| end.is_none())
    );
    bench.buses[0].say(&north, stands(3));
    assert_eq!(next(&mut after).await, stands(3));
}

async fn a_listener_that_does_not_look_loses_words_and_stops_nobody(bench: Bench) {
    let (north, south) = (bench.log("north"), bench.log("south"));
    let mut sleeping = bench.hear(1, &north).await;
    let mut awake = bench.hear(2, &north).await;
    bench.settle(&north, [&mut sleeping, &mut awake]).await;
    let mut beside = bench.hear(1, &south).await;
    let mut n = 0;
    while n < HEARD_MAX as u128 + 500 {
        // Not more at once than wait to be said; the awake one says when they have passed.
        for _ in 0..500 {
            n += 1;
            bench.buses[0].say(&north, Word::Shown(Box::new(call(n))));
        }
        while next(&mut awake).await != Word::Shown(Box::new(call(n))) {}
    }
    bench.buses[0].say(&south, stands(1));
    assert_eq!(next(&mut beside).await, stands(1));
    // It has the first of them, and no more than its queue holds.
    assert_eq!(next(&mut sleeping).await, Word::Shown(Box::new(call(1))));
    assert_eq!(sleeping.len(), HEARD_MAX - 1);
}

async fn what_a_campus_does_not_listen_to_is_no_fault(bench: Bench) {
    let (north, south) = (bench.log("north"), bench.log("south"));
    drop(bench.hear(1, &north).await);
    let mut heard = bench.hear(1, &south).await;
    bench.buses[0].say(&north, stands(1));
    bench.buses[0].say(&south, stands(2));
    assert_eq!(next(&mut heard).await, stands(2));
    // And who drops it may take it up again.
    let mut again = bench.buses[1].hear(&north);
    until_heard(&*bench.buses[0], &north, &mut again).await;
}

async fn three_hundred_campuses_are_heard_at_once(bench: Bench) {
    let logs: Vec<_> = (0..300).map(|n| bench.log(&format!("c{n}"))).collect();
    let mut heard: Vec<_> = logs.iter().map(|log| bench.buses[1].hear(log)).collect();
    until_heard(&*bench.buses[0], &logs[299], &mut heard[299]).await;
    for (log, heard) in logs.iter().zip(&mut heard) {
        until_heard(&*bench.buses[0], log, heard).await;
        bench.settle(log, [heard]).await;
    }
    let began = Instant::now();
    for log in &logs {
        bench.buses[0].say(log, stands(5));
    }
    for heard in &mut heard {
        assert_eq!(next(heard).await, stands(5));
    }
    let took = began.elapsed();
    println!("300 campuses told in {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}
