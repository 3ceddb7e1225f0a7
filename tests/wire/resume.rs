//! Coming back (R3), what a pulse vouches for (R2, T2), what a rolled-back instance is told
//! (P3, P7), and who is told what (T5, invariant 10).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::command::Command;
use lockstep_proto::frame::ServerFrame;
use lockstep_proto::id::FactId;
use lockstep_proto::note::{SignedHead, VerifierKey};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::Card;
use lockstep_tests::{Follower, Http, Server};
use serde_json::{Value, json};

use crate::limits::metrics;
use crate::{ADMIN, NORTH, TEACHER, Wire, asked, command, frame, of};

const SRO: &str = "person:sam.cole";
const SSO: &str = "person:lee.park";
const ROOM: &str = "device:north-n101";

fn position(frame: &Value) -> Position {
    serde_json::from_value(frame["position"].clone()).expect("a position")
}

/// Follows from a position, and hears everything up to the first pulse.
async fn resumed(server: &Server, who: &str, after: Position) -> Vec<Value> {
    let mut wire = Wire::open(server, who).await;
    let subscribe = json!({
        "type": "subscribe", "campuses": [{ "campus": NORTH, "after": after }],
    });
    wire.say(subscribe.to_string()).await;
    until_pulse(&mut wire).await
}

async fn until_pulse(wire: &mut Wire) -> Vec<Value> {
    let mut heard = Vec::new();
    loop {
        let frame = wire.frame().await;
        if frame["type"] == "pulse" {
            return heard;
        }
        heard.push(frame);
    }
}

/// R3: a client that comes back hears exactly what it would have heard: every frame once, in
/// order. Too far behind, or with a position that was never here, it hears a snapshot.
#[tokio::test]
async fn r3_a_resume_gives_exactly_what_was_missed() {
    let server = Server::start();
    let callers =
        [ADMIN, SRO, SSO, "person:tom.becker", "person:bo.hart"].map(|who| of(&server, who));
    let call = || command(json!({ "name": "call_lock_down", "reason": "again" }));
    let mut always = Wire::open(&server, ADMIN).await;
    always.subscribe(&[NORTH]).await;
    until_pulse(&mut always).await;
    let first = callers[0]
        .give(NORTH, call())
        .await
        .accepted()
        .position
        .unwrap();
    let mut last = first;
    for caller in &callers {
        last = caller
            .give(NORTH, call())
            .await
            .accepted()
            .position
            .unwrap();
    }
    let mut heard = Vec::new();
    while heard.last().map(position) != Some(last) {
        heard.push(always.until("event").await);
    }

    for after in [first, last] {
        let missed = resumed(&server, SRO, after).await;
        assert!(
            missed.iter().all(|frame| frame["type"] == "event"),
            "{missed:?}"
        );
        // The last one stands beside the position: headline and what is not recorded.
        let (beside, missed) = missed.split_last().unwrap();
        let kinds: Vec<&Value> = beside["put"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["card"])
            .collect();
        assert_eq!(kinds, ["posture"]);
        let newer = |frame: &&Value| position(frame) > after;
        let missed: Vec<&Value> = missed.iter().filter(newer).collect();
        let wanted: Vec<&Value> = heard.iter().filter(newer).collect();
        assert_eq!(missed, wanted, "after {after}");
    }

    for _ in 0..6 {
        for caller in &callers {
            last = caller
                .give(NORTH, call())
                .await
                .accepted()
                .position
                .unwrap();
        }
    }
    let never = Position { epoch: 9, ..last };
    let future = Position {
        seq: last.seq + 1,
        ..last
    };
    for after in [first, never, future] {
        let heard = resumed(&server, SRO, after).await;
        let snapshot = &heard[0];
        assert_eq!(snapshot["type"], "snapshot", "after {after}");
        assert_eq!(position(snapshot), last);
        let calls = snapshot["cards"].as_array().unwrap().iter();
        assert_eq!(calls.filter(|card| card["card"] == "raise").count(), 36);
    }
    println!("36 calls; resumed at {first} of {last}");
}

/// R2, T2: every two seconds a pulse, whose signed head is checked with the published key
/// alone, and whose last sequence is that of the audience.
#[tokio::test]
async fn r2_a_pulse_vouches_for_the_head_and_for_what_concerns_the_audience() {
    let server = Server::start();
    let (_, body) = of(&server, TEACHER).get("/v1/keys").await;
    let keys: Vec<VerifierKey> = serde_json::from_value(body["keys"].clone()).unwrap();
    let mut room = Wire::open(&server, ROOM).await;
    let mut responder = Wire::open(&server, SRO).await;
    for wire in [&mut room, &mut responder] {
        wire.subscribe(&[NORTH]).await;
        until_pulse(wire).await;
    }
    let admin = of(&server, ADMIN);
    let call = command(json!({ "name": "call_lock_down" }));
    let (_, call) = admin.recorded(NORTH, call).await;
    // Somebody's arrival is no business of a room's display.
    let arrival = admin
        .give(NORTH, Command::Arrive {})
        .await
        .accepted()
        .position
        .unwrap();
    for (wire, room_alone) in [(&mut room, true), (&mut responder, false)] {
        // The server's own records, of duties and of reach, come after it.
        let pulse = loop {
            let pulse = wire.until("pulse").await;
            if position(&pulse) >= arrival {
                break pulse;
            }
        };
        let at = position(&pulse);
        let concerns = pulse["concerns"].as_u64().unwrap();
        if room_alone {
            assert_eq!(concerns, call.seq);
        } else {
            assert!((arrival.seq..=at.seq).contains(&concerns), "{pulse}");
        }
        assert!(pulse.get("degraded").is_none());
        let note = pulse["head"].as_str().expect("a head");
        let head: SignedHead = note.parse().unwrap();
        let checkpoint = head.verify(&keys).expect("signed by the published key");
        assert!((arrival.seq..=at.seq).contains(&checkpoint.size), "{pulse}");
        let origin = &checkpoint.origin;
        assert_eq!(
            (origin.district(), origin.campus()),
            ("maple-valley", NORTH)
        );
        let forged = note.replacen(&format!("\n{}\n", checkpoint.size), "\n1\n", 1);
        assert_ne!(forged, note);
        let forged: SignedHead = forged.parse().unwrap();
        assert!(
            forged.verify(&keys).is_err(),
            "another size is another head"
        );
    }
    let since = Instant::now();
    for _ in 0..3 {
        responder.until("pulse").await;
    }
    let took = since.elapsed();
    println!("three pulses in {took:?}");
    assert!(
        (Duration::from_secs(5)..Duration::from_secs(8)).contains(&took),
        "{took:?}"
    );
}

/// The files that a copy of the data folder's journal and spool takes.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !name.ends_with(".log") {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// P3, P7, R3: an instance that lost a raise with its disk is handed it back, sealed, by a
/// room's display that shows it: the campus is locked for everybody again. What was lifted, or
/// belongs elsewhere, or was never sealed here, does nothing.
#[tokio::test]
async fn p3_a_screen_hands_a_lost_raise_back() {
    let mut server = Server::start();
    of(&server, SRO).recorded(NORTH, Command::Arrive {}).await;
    server.kill();
    let backup = tempfile::tempdir().unwrap();
    copy(server.data(), backup.path());
    let mut server = server.start_again();
    let call = command(json!({ "name": "call_lock_down", "reason": "a shot in the hall" }));
    let call = of(&server, ADMIN).give(NORTH, call).await.accepted();
    let mut display = Follower::join(&server.url, &server.token(ROOM), NORTH).await;
    display
        .until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    let shown = display.screen.clone();
    let sealed = shown.sealed();
    assert_eq!(sealed.len(), 1);
    assert!(
        !format!("{shown:?}").contains("a shot in the hall"),
        "T5: it is sealed"
    );

    server.kill();
    copy(backup.path(), server.data());
    for left in ["journal.sqlite-wal", "journal.sqlite-shm"] {
        if !backup.path().join(left).is_file() {
            let _ = std::fs::remove_file(server.data().join(left));
        }
    }
    let server = server.start_again();
    let sro = of(&server, SRO);
    assert_eq!(
        sro.screen(NORTH).await.posture(),
        Posture::Normal,
        "it lost the raise"
    );

    // Another campus's display cannot bring it there, and a forged seal is nobody's.
    let mut forged = sealed[0].clone().into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for (who, campus, sealed) in [
        ("device:river-r1", "river-middle", &sealed[0]),
        ("device:north-n102", NORTH, &forged),
    ] {
        let mut wire = Wire::open(&server, who).await;
        let of_campus = json!({ "campus": campus, "sealed": [sealed] });
        wire.say(json!({ "type": "subscribe", "campuses": [of_campus] }).to_string())
            .await;
        for frame in until_pulse(&mut wire).await {
            assert!(!frame.to_string().contains("\"raise\""), "{frame}");
        }
    }

    let mut watcher = Follower::join(&server.url, &server.token("device:north-n102"), NORTH).await;
    let since = Instant::now();
    let back = Follower::resume(&server.url, &server.token(ROOM), NORTH, shown).await;
    watcher
        .until_screen(|screen| screen.posture() == Posture::LockDown)
        .await;
    println!(
        "handed back and shown to everybody after {:?}",
        since.elapsed()
    );
    assert_eq!(back.screen.posture(), Posture::LockDown);
    assert!(watcher.shows(call.fact));
    watcher
        .until_screen(|screen| {
            screen.cards.values().any(|card| {
                matches!(card, Card::Raise(raise) if raise.id == call.fact && raise.recorded)
            })
        })
        .await;
    let screen = sro.screen(NORTH).await;
    let raise = screen.cards.values().find_map(|card| {
        if let Card::Raise(raise) = card {
            Some(raise)
        } else {
            None
        }
    });
    let raise = raise.unwrap();
    assert_eq!(
        raise.reason.as_deref(),
        Some("a shot in the hall"),
        "whole, for who may know"
    );
    assert_eq!(raise.by.as_ref().unwrap().name, "Ana Ruiz");

    // Once lifted, the same seal lifts nothing and locks nothing.
    let released = sro.all_clear(NORTH, &screen, Some("swept by radio")).await;
    assert!(released.accepted().position.is_some());
    watcher
        .until_screen(|screen| screen.posture() == Posture::AllClear)
        .await;
    let mut wire = Wire::open(&server, "device:north-n103").await;
    let of_campus = json!({ "campus": NORTH, "sealed": sealed });
    wire.say(json!({ "type": "subscribe", "campuses": [of_campus] }).to_string())
        .await;
    until_pulse(&mut wire).await;
    assert_eq!(sro.screen(NORTH).await.posture(), Posture::AllClear);
}

/// A socket that keeps everything that it hears, until something is named in it.
async fn overhear(mut wire: Wire, until: FactId) -> String {
    let mut heard = String::new();
    loop {
        let frame = wire.frame().await;
        heard.push_str(&frame.to_string());
        if let Ok(ServerFrame::Event { put, .. }) = serde_json::from_value(frame)
            && put
                .iter()
                .any(|card| matches!(card, Card::Cover(cover) if cover.id == until))
        {
            // A pulse, and what came with it.
            for frame in until_pulse(&mut wire).await {
                heard.push_str(&frame.to_string());
            }
            return heard;
        }
    }
}

/// Gives a command, and answers its fact.
async fn does(who: &Http, json: Value) -> FactId {
    who.give(NORTH, command(json)).await.accepted().fact
}

/// T5, invariant 10: what people type reaches those who answer for the campus. It stands in no
/// frame of a room or of other staff, in no log and in no figure; nor do names and tokens.
#[tokio::test]
async fn t5_words_reach_responders_alone() {
    let server = Server::start_with(&[], &[("RUST_LOG", "trace")]);
    let [admin, sro, sso, teacher] = [ADMIN, SRO, SSO, TEACHER].map(|who| of(&server, who));
    let other = of(&server, "person:kim.ortega");
    let director = of(&server, crate::DIRECTOR);
    let mut wires = Vec::new();
    for (who, campus) in [
        ("device:north-n102", NORTH),
        ("person:raj.patel", NORTH),
        ("person:walt.dunn", NORTH),
        ("person:bo.hart", NORTH),
    ] {
        let mut wire = Wire::open(&server, who).await;
        wire.subscribe(&[campus]).await;
        until_pulse(&mut wire).await;
        wires.push(wire);
    }
    let mut elsewhere = Wire::open(&server, "person:mia.stone").await;
    elsewhere.subscribe(&["river-middle"]).await;
    until_pulse(&mut elsewhere).await;

    for who in [&sro, &other] {
        does(who, json!({ "name": "arrive" })).await;
    }
    does(
        &sso,
        json!({ "name": "begin_controlled_movement", "kind": "person",
        "place": "xyplace1", "seen": "xyseen1", "shareable": "xyshared" }),
    )
    .await;
    does(
        &teacher,
        json!({ "name": "report_threat", "reason": "xyreason1", "place": "xyplace2" }),
    )
    .await;
    let call = does(
        &admin,
        json!({ "name": "call_lock_down", "reason": "xyreason2", "place": "xyplace3" }),
    )
    .await;
    does(
        &admin,
        json!({ "name": "annotate_mistake", "call": call, "note": "xynote1" }),
    )
    .await;
    let plea = does(
        &teacher,
        json!({ "name": "report_room", "note": "xynote2",
        "report": { "state": "need_help", "present": 4711 } }),
    )
    .await;
    does(
        &sso,
        json!({ "name": "answer_plea", "plea": plea, "note": "xynote3" }),
    )
    .await;
    does(
        &sso,
        json!({ "name": "report_adverse", "zone": "a-wing", "seen": "xyseen2" }),
    )
    .await;
    let not_clear = does(
        &other,
        json!({ "name": "say_not_clear", "reason": "xyreason3" }),
    )
    .await;
    let objection = does(
        &other,
        json!({ "name": "object_to_lift", "reason": "xyreason4" }),
    )
    .await;
    does(
        &sro,
        json!({ "name": "set_aside_not_clear", "not_clear": not_clear, "reason": "xyreason5" }),
    )
    .await;
    does(
        &director,
        json!({ "name": "set_aside_objection", "objection": objection, "reason": "xyreason6" }),
    )
    .await;
    let screen = admin.screen(NORTH).await;
    does(
        &admin,
        json!({ "name": "propose_lift", "statement": "xystatement",
        "lifts": screen.open_raises(), "seen": screen.position }),
    )
    .await;
    let screen = sro.screen(NORTH).await;
    let clear = does(
        &sro,
        json!({ "name": "give_all_clear", "lifts": screen.open_raises(),
        "seen": screen.position, "override_reason": "xyoverride" }),
    )
    .await;

    let heard = join_all(wires.into_iter().map(|wire| overhear(wire, clear))).await;
    let [room, staff, eyes, responder] = heard.try_into().unwrap();
    let words = [
        "xyplace1",
        "xyseen1",
        "xyreason1",
        "xyplace2",
        "xyreason2",
        "xyplace3",
        "xynote1",
        "xynote2",
        "xyseen2",
        "xyreason3",
        "xyreason4",
        "xystatement",
        // With its name: any four digits stand in some id or figure by chance.
        "\"present\":4711",
    ];
    for word in words {
        assert!(responder.contains(word), "{word} did not reach a responder");
    }
    let beside = ["xynote3", "xyreason5", "xyreason6", "xyoverride"];
    let names = [
        "Ana Ruiz",
        "Joy Adams",
        "Lee Park",
        "Sam Cole",
        "ana.ruiz",
        "joy.adams",
    ];
    for (whose, heard) in [("a room", &room), ("staff", &staff), ("eyes", &eyes)] {
        for word in words.iter().chain(&beside).chain(&names) {
            assert!(!heard.contains(word), "{word} reached {whose}");
        }
    }
    assert!(!room.contains("xyshared"));
    assert!(staff.contains("xyshared") && eyes.contains("xyshared"));

    // Nothing of it concerns another campus.
    for frame in [
        elsewhere.until("pulse").await,
        elsewhere.until("pulse").await,
    ] {
        assert_eq!(
            (&frame["campus"], &frame["concerns"]),
            (&json!("river-middle"), &json!(0))
        );
    }
    let log = server.log();
    let figures = metrics(&server).await;
    assert!(!log.is_empty(), "a log that says something");
    let token = server.token(ADMIN);
    for word in words
        .iter()
        .chain(&beside)
        .chain(&names)
        .chain(&["xyshared", "\"2468\"", &token])
    {
        assert!(!log.contains(word), "{word} stands in the log");
        assert!(!figures.contains(word), "{word} stands in the figures");
    }
}

/// R1, L5: what a room's display has drawn, and what the room acknowledged, reaches responders.
#[tokio::test]
async fn r1_receipts_and_acknowledgements_reach_responders() {
    let server = Server::start();
    let mut responder = Follower::join(&server.url, &server.token(SRO), NORTH).await;
    let mut display = Wire::open(&server, ROOM).await;
    display.subscribe(&[NORTH]).await;
    until_pulse(&mut display).await;
    let (_, at) = of(&server, ADMIN)
        .recorded(NORTH, command(json!({ "name": "call_lock_down" })))
        .await;
    display.until("event").await;
    let room = |screen: &lockstep_proto::screen::Screen| {
        screen.cards.values().find_map(|card| {
            if let Card::Room(room) = card
                && room.id.as_str() == "n101"
            {
                Some((room.live, room.reached, room.acknowledged.is_some()))
            } else {
                None
            }
        })
    };
    responder
        .until_screen(|screen| room(screen) == Some((1, false, false)))
        .await;

    // What came in is not drawn, and what was drawn is not acknowledged.
    let receipt = |stage: &str| {
        json!({ "type": "receipt", "campus": NORTH, "stage": stage, "through": at }).to_string()
    };
    display.say(receipt("received")).await;
    let arrive = asked(json!({ "name": "acknowledge", "through": Position { seq: 0, ..at } }));
    display.say(frame(NORTH, &arrive)).await;
    display.until("accepted").await;
    assert_eq!(
        room(&of(&server, SRO).screen(NORTH).await),
        Some((1, false, false))
    );
    display.say(receipt("displayed")).await;
    responder
        .until_screen(|screen| room(screen) == Some((1, true, false)))
        .await;
    let acknowledge = asked(json!({ "name": "acknowledge", "through": at }));
    display.say(frame(NORTH, &acknowledge)).await;
    responder
        .until_screen(|screen| room(screen) == Some((1, true, true)))
        .await;
    drop(display);
    responder
        .until_screen(|screen| room(screen) == Some((0, true, true)))
        .await;
}
