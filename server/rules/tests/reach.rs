//! What reached whom (R1), and what the console shows of it (L4, L5).

use std::time::Instant;

use lockstep_proto::command::{Command, RoomReport, RoomState};
use lockstep_proto::directory::Room;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{CredentialId, FactId};
use lockstep_proto::reach::{HowFar, ReachRow};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, ReachCard, RoomCard};
use lockstep_rules::{Extras, render};

use crate::school::{
    School, ana, call, device, joy, lee, movement, person, report, room, sam, zone,
};

fn row(client: &str, name: Option<&str>, how_far: HowFar, school: &School) -> ReachRow {
    ReachRow {
        client: CredentialId::new(client).unwrap(),
        room: name.map(room),
        how_far,
        through: school.seq,
        also: Vec::new(),
        at: school.now,
    }
}

fn keeps(school: &mut School, rows: Vec<ReachRow>) {
    let server = person("server", Role::Operator);
    school.happened(&server, Fact::ReachKept { rows });
}

fn reach(school: &School) -> ReachCard {
    match school.card("reach") {
        Some(Card::Reach(card)) => card,
        other => panic!("no reach: {other:?}"),
    }
}

fn room_of(school: &School, name: &str) -> RoomCard {
    match school.card(&format!("room/{name}")) {
        Some(Card::Room(card)) => card,
        other => panic!("no room: {other:?}"),
    }
}

fn seen(school: &School) -> Command {
    Command::Acknowledge {
        room: None,
        through: school.head(),
        also: Vec::new(),
    }
}

#[test]
fn r1_each_step_counts_for_each_client_with_its_time() {
    let mut school = School::new();
    assert!(
        school.card("reach").is_none(),
        "there is nothing to reach with"
    );
    let alert = school.does(&ana(), call());
    let sent: Vec<ReachRow> = (0..4)
        .map(|n| row(&format!("c{n}"), None, HowFar::Sent, &school))
        .collect();
    keeps(&mut school, sent);
    school.wait_ms(100);
    let got = vec![
        row("c0", Some("n101"), HowFar::Received, &school),
        row("c1", Some("n101"), HowFar::Received, &school),
    ];
    keeps(&mut school, got);
    school.wait_ms(100);
    let drawn = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
    keeps(&mut school, drawn);
    let card = reach(&school);
    assert_eq!(card.alert, alert);
    assert_eq!((card.sent, card.received, card.displayed), (4, 2, 1));
    assert_eq!(card.received_ms.half, Some(100));
    assert_eq!(card.received_ms.all, None, "never more than the evidence");
    assert!(room_of(&school, "n101").reached);
    assert!(!room_of(&school, "n102").reached);
    school.is_the_same_in_any_order();
}

#[test]
fn r1_a_newer_alert_is_counted_anew_and_a_later_row_covers_it() {
    let mut school = School::new();
    school.does(&ana(), call());
    let rows = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
    keeps(&mut school, rows);
    school.does(&joy(), seen(&school));
    school.wait_ms(5_000);
    let second = school.does(&sam(), call());
    let card = reach(&school);
    assert_eq!(
        (card.alert, card.displayed, card.acknowledged),
        (second, 0, 0)
    );
    assert!(!room_of(&school, "n101").reached);
    assert_eq!(room_of(&school, "n101").acknowledged, None);
    school.wait_ms(700);
    let rows = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
    keeps(&mut school, rows);
    school.does(&joy(), seen(&school));
    let card = reach(&school);
    assert_eq!((card.displayed, card.acknowledged), (1, 1));
    assert_eq!(card.acknowledged_ms.half, Some(700));
}

#[test]
fn r1_what_was_not_recorded_yet_is_counted_by_its_id() {
    let mut school = School::new();
    let waiting = school.shown_only(&ana(), call());
    let by_id = ReachRow {
        also: vec![waiting.id],
        ..row("c0", Some("n101"), HowFar::Displayed, &school)
    };
    let seen = Command::Acknowledge {
        room: None,
        through: school.head(),
        also: vec![waiting.id],
    };
    let acknowledged = school.shown_only(&joy(), seen);
    keeps(&mut school, vec![by_id]);
    assert!(room_of(&school, "n101").reached);
    assert!(room_of(&school, "n101").acknowledged.is_some());
    assert!(!room_of(&school, "n102").reached);
    school.record(&waiting);
    school.record(&acknowledged);
    assert!(room_of(&school, "n101").reached);
    assert!(room_of(&school, "n101").acknowledged.is_some());
}

#[test]
fn r1_rows_that_repeat_or_come_late_change_no_time() {
    let mut school = School::new();
    let alert = school.does(&ana(), call());
    let first = vec![row("c0", Some("n101"), HowFar::Received, &school)];
    school.wait_ms(300);
    keeps(&mut school, first.clone());
    let later = vec![row("c0", Some("n101"), HowFar::Received, &school)];
    keeps(&mut school, later);
    let sent = vec![row("c0", Some("n101"), HowFar::Sent, &school)];
    keeps(&mut school, sent);
    keeps(&mut school, first);
    assert_eq!(reach(&school).alert, alert);
    assert_eq!(reach(&school).received_ms.all, Some(0));
    school.is_the_same_in_any_order();
}

#[test]
fn r1_with_the_incident_goes_its_ledger() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let rows = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
    keeps(&mut school, rows);
    school.does(&ana(), school.end_movement());
    assert!(school.card("reach").is_none());
    school.does(&ana(), call());
    assert_eq!(reach(&school).displayed, 0);
}

#[test]
fn r1_the_ledgers_batches_are_no_lines_of_the_timeline() {
    let mut school = School::new();
    school.does(&ana(), call());
    for _ in 0..200 {
        let rows = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
        keeps(&mut school, rows);
    }
    let lines = school.cards(Audience::Responder).into_values();
    let lines = lines.filter(|card| matches!(card, Card::Line(_))).count();
    assert_eq!(lines, 1);
}

#[test]
fn l4_unknown_is_never_safe_and_counts_are_what_the_room_said() {
    let mut school = School::new();
    school.does(&ana(), call());
    for name in ["n101", "n102"] {
        assert_eq!(room_of(&school, name).report, None);
    }
    // To have seen it, or to have it on a screen, says nothing of how the room is.
    school.does(&joy(), seen(&school));
    let rows = vec![row("c0", Some("n101"), HowFar::Displayed, &school)];
    keeps(&mut school, rows);
    assert_eq!(room_of(&school, "n101").report, None);
    let said = RoomReport {
        present: Some(24),
        injured: Some(0),
        missing: Some(1),
        extra: Some(2),
        ..report(RoomState::Secured)
    };
    let reports = Command::ReportRoom {
        room: None,
        report: said.clone(),
        note: None,
    };
    school.does(&joy(), reports);
    assert_eq!(room_of(&school, "n101").report, Some(said));
    assert_eq!(room_of(&school, "n101").plea, None);
    // What was said in the last incident says nothing of this one.
    let mut school = School::new();
    school.does(&ana(), movement());
    let secured = Command::ReportRoom {
        room: None,
        report: report(RoomState::Secured),
        note: None,
    };
    school.does(&joy(), secured);
    school.does(&ana(), school.end_movement());
    school.does(&ana(), call());
    assert_eq!(room_of(&school, "n101").report, None);
}

#[test]
fn l5_the_console_tells_the_rooms_apart() {
    let mut school = School::new();
    school.does(&ana(), call());
    let extras = |n101: u32| Extras {
        live: [(room("n101"), n101)].into(),
        now: school.now,
        ..Extras::default()
    };
    let live = |extras: &Extras, name: &str| {
        let cards = render(&school.campus, &school.site, extras, Audience::Responder);
        let Card::Room(card) = &cards[&format!("room/{name}")] else {
            panic!("no room");
        };
        card.live
    };
    assert_eq!(live(&extras(2), "n101"), 2);
    assert_eq!(live(&extras(2), "n102"), 0, "no live screen");
    let mut school = school.clone();
    // Reached, and not acknowledged; then acknowledged; then asking for help.
    let rows = vec![row("c0", Some("n102"), HowFar::Displayed, &school)];
    keeps(&mut school, rows);
    let card = room_of(&school, "n102");
    assert_eq!(
        (card.reached, card.acknowledged, card.plea),
        (true, None, None)
    );
    school.does(&device(), seen(&school));
    assert!(room_of(&school, "n102").acknowledged.is_some());
    let help = Command::ReportRoom {
        room: None,
        report: report(RoomState::NeedHelp),
        note: None,
    };
    let plea = school.does(&device(), help);
    assert_eq!(room_of(&school, "n102").plea, Some(plea));
    assert!(!room_of(&school, "n101").reached);
    // A claim beyond the head acknowledges no call that is still to come, in no epoch either.
    for epoch in [school.head().epoch, 0] {
        let mut ahead = seen(&school);
        if let Command::Acknowledge { through, .. } = &mut ahead {
            through.seq += 1_000;
            through.epoch = epoch;
        }
        school.does(&joy(), ahead);
    }
    school.does(&lee(), call());
    assert_eq!(room_of(&school, "n101").acknowledged, None);
}

/// A campus with 500 rooms, 300 open calls and 2,000 clients in the ledger.
fn large() -> School {
    let mut school = School::new();
    for n in 0..500 {
        let in_zone = Room {
            name: format!("Room {n}"),
            zone: zone(if n % 2 == 0 { "a" } else { "b" }),
        };
        school
            .site
            .record
            .rooms
            .insert(room(&format!("r{n}")), in_zone);
    }
    for n in 0..300 {
        school.wait_ms(10);
        school.does(&person(&format!("caller-{n}"), Role::Sso), call());
    }
    for how_far in [HowFar::Sent, HowFar::Received, HowFar::Displayed] {
        for batch in 0..10 {
            school.wait_ms(1);
            let rows = (0..200)
                .map(|n| {
                    let n = batch * 200 + n;
                    let name = format!("r{}", n % 500);
                    row(&format!("client-{n}"), Some(&name), how_far, &school)
                })
                .collect();
            keeps(&mut school, rows);
        }
    }
    for n in 0..500 {
        let fact = Fact::Acknowledged {
            room: Some(room(&format!("r{n}"))),
            through: school.head(),
            also: Vec::new(),
        };
        school.happened(&joy(), fact);
    }
    // Some of what people do about duties is known, too.
    school.tries_all(lockstep_proto::duty::Outcome::Sent);
    let duty = school.duties()[0].id;
    school.does(&lee(), crate::school::has_it(duty));
    school
}

/// What is seldom slow is slow when it counts. The bound is for a release build; the figure is
/// printed (`cargo test --release -p lockstep-rules r1_ -- --nocapture`).
#[test]
fn r1_a_large_campus_is_drawn_in_a_few_milliseconds() {
    let school = large();
    let extras = Extras {
        now: school.now,
        ..Extras::default()
    };
    let card = reach(&school);
    assert_eq!(
        (card.sent, card.displayed, card.acknowledged),
        (2_000, 2_000, 500)
    );
    for audience in Audience::ALL {
        // The fastest of many: what a busy machine adds is not what is measured.
        let each_us = (0..30).map(|_| {
            let began = Instant::now();
            let cards = render(&school.campus, &school.site, &extras, audience);
            assert!(cards.len() > 300);
            began.elapsed().as_micros()
        });
        let fastest_us = each_us.min().unwrap();
        println!("{audience:?}: {fastest_us} µs");
        if !cfg!(debug_assertions) {
            assert!(fastest_us < 8_000, "{audience:?} took {fastest_us} µs");
        }
    }
    let began = Instant::now();
    let due = school.attempts();
    println!("due: {} in {} µs", due.len(), began.elapsed().as_micros());
}

#[test]
fn r1_the_ledger_has_a_bound() {
    let mut school = School::new();
    school.does(&ana(), call());
    for batch in 0..110 {
        let rows = (0..200)
            .map(|n| {
                row(
                    &format!("client-{}", batch * 200 + n),
                    None,
                    HowFar::Sent,
                    &school,
                )
            })
            .collect();
        school.wait_ms(1);
        keeps(&mut school, rows);
    }
    let kept = reach(&school).sent;
    assert!((17_000..=20_000).contains(&kept), "{kept}");
    // However often one client comes.
    for n in 0..2_000_u64 {
        school.wait_ms(1);
        let fact = Stamped {
            id: FactId(uuid::Uuid::from_u128(u128::from(n) << 32)),
            at: school.now,
            claimed_at: None,
            by: joy().author,
            origin: None,
            fact: Fact::ReachKept {
                rows: vec![row("client-1", None, HowFar::Received, &school)],
            },
        };
        school.record(&fact);
    }
    assert_eq!(reach(&school).received, 1);
}
