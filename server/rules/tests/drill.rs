//! Drills (D1 to D5): real in nothing, and over with the first thing that is.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState};
use lockstep_proto::contact::Danger;
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::escalation::{Agency, LineState};
use lockstep_proto::fact::{Fact, Mark, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, DrillCard};
use lockstep_rules::{Actor, Campus, Recorded, own_room};

use crate::school::{
    School, ZONES, ana, call, drill, escalate, fresh, joy, kim, lee, movement, person, report,
    room, sam, sighting, text, threat, tom, walt, words, zone,
};

fn shown_to(school: &School, audience: Audience) -> Option<DrillCard> {
    match school.cards(audience).remove("drill") {
        Some(Card::Drill(card)) => Some(card),
        _ => None,
    }
}

fn shown(school: &School) -> Option<DrillCard> {
    shown_to(school, Audience::Responder)
}

fn practised(school: &School) -> Option<Posture> {
    shown(school).map(|card| card.posture)
}

fn secured() -> DrillRoomReport {
    DrillRoomReport {
        secured: true,
        present: Some(24),
        missing: None,
        extra: None,
    }
}

fn reports(drill: FactId) -> Command {
    Command::ReportDrillRoom {
        drill,
        room: None,
        report: secured(),
    }
}

fn all_clear(school: &School, drill: FactId, because: Option<&str>) -> Command {
    Command::GiveDrillAllClear {
        drill,
        seen: school.head(),
        override_reason: because.map(text),
    }
}

/// A school in which a lock-down drill runs.
fn drilling() -> (School, FactId) {
    let mut school = School::new();
    school.does(&sam(), Command::Arrive {});
    let id = school.does(&fresh(&ana()), drill(DrillKind::LockDown));
    (school, id)
}

/// Everything real that a campus can hear of.
fn real() -> Vec<(Actor, Command)> {
    let plea = Command::ReportRoom {
        room: Some(room("n101")),
        report: report(RoomState::NeedHelp),
        note: None,
    };
    vec![
        (ana(), call()),
        (ana(), movement()),
        (joy(), threat()),
        (joy(), plea),
        (walt(), sighting(Danger::Yes)),
        (walt(), sighting(Danger::Unsure)),
        (joy(), escalate(Agency::NineOneOne, LineState::Requested)),
        (
            lee(),
            Command::ReportAdverse {
                zone: zone("a"),
                seen: text("a noise"),
            },
        ),
        (
            kim(),
            Command::SayNotClear {
                reason: text("a noise"),
            },
        ),
        (
            kim(),
            Command::ObjectToLift {
                reason: text("wait"),
            },
        ),
    ]
}

fn is_over(school: &School) {
    for audience in Audience::ALL {
        assert_eq!(shown_to(school, audience), None);
        let Card::Posture(headline) = &school.cards(audience)["posture"] else {
            panic!("no headline");
        };
        assert!(headline.drill_over, "{audience:?} is not told");
    }
}

#[test]
fn d1_an_administrator_or_sro_starts_one_from_normal_and_nothing_else() {
    for kind in [
        DrillKind::LockDown,
        DrillKind::ControlledMovement,
        DrillKind::TestAlert,
    ] {
        let mut school = School::new();
        school.refuses(&ana(), drill(kind), Code::ProofNeeded);
        school.refuses(&fresh(&lee()), drill(kind), Code::NotAllowed);
        school.refuses(&fresh(&kim()), drill(kind), Code::NotAllowed);
        school.does(&fresh(&sam()), drill(kind));
        school.refuses(&fresh(&ana()), drill(kind), Code::DrillRunning);
    }
    for (who, command) in real() {
        let raises = matches!(
            command,
            Command::CallLockDown { .. }
                | Command::BeginControlledMovement { .. }
                | Command::ReportThreat { .. }
                | Command::OpenEscalation { .. }
        );
        // Real, and not recorded yet: whatever it is, there is no drill beside it.
        let mut school = School::new();
        let waiting = school.shown_only(&who, command.clone());
        let started = school.tries(&fresh(&ana()), drill(DrillKind::LockDown));
        assert_eq!(started.unwrap_err().code, Code::PostureNotNormal);
        school.record(&waiting);
        let started = school.tries(&fresh(&ana()), drill(DrillKind::LockDown));
        assert_eq!(started.is_err(), raises, "{command:?}");
    }
    let mut school = School::new();
    school.released();
    let started = drill(DrillKind::TestAlert);
    school.refuses(&fresh(&ana()), started, Code::PostureNotNormal);
}

#[test]
fn d1_every_drill_command_in_one_drill_reaches_no_duty_and_no_posture() {
    for kind in [
        DrillKind::LockDown,
        DrillKind::ControlledMovement,
        DrillKind::TestAlert,
    ] {
        let mut school = School::new();
        let id = school.does(&fresh(&ana()), drill(kind));
        let quiet = |school: &School| {
            assert_eq!(school.attempts(), []);
            assert_eq!(school.duties(), []);
            assert_eq!(school.posture(), Posture::Normal);
            assert_eq!(school.campus.incident(), None);
            assert_eq!(school.raises(), []);
            assert!(!school.campus.checking());
            assert!(!school.headline().drill_over);
        };
        quiet(&school);
        school.does(&joy(), reports(id));
        if kind != DrillKind::TestAlert {
            school.does(&lee(), Command::CallDrillLockDown { drill: id });
            quiet(&school);
            for zone_id in ZONES {
                let zone = zone(zone_id);
                school.does(&sam(), Command::ClearDrillZone { drill: id, zone });
            }
            let given = all_clear(&school, id, Some("from the office"));
            school.does(&fresh(&sam()), given);
        }
        quiet(&school);
        // Every line of the timeline says that it was a drill, or a test.
        for card in school.cards(Audience::Responder).values() {
            if let Card::Line(line) = card {
                assert!(line.text.starts_with("DRILL: "), "{}", line.text);
            }
        }
        school.does(&sam(), school.end_drill(id));
        quiet(&school);
        assert_eq!(shown(&school), None);
    }
}

#[test]
fn d1_a_drill_is_shown_as_one_to_everybody_and_names_to_those_who_may_know() {
    let (school, id) = drilling();
    for audience in Audience::ALL {
        let card = shown_to(&school, audience).unwrap();
        assert_eq!((card.id, card.posture), (id, Posture::LockDown));
        assert_eq!(card.by.is_some(), audience.sees_responder_detail());
        // The headline stays what the campus is.
        let Card::Posture(headline) = &school.cards(audience)["posture"] else {
            panic!("no headline");
        };
        assert_eq!(headline.posture, Posture::Normal);
    }
}

#[test]
fn d2_the_first_real_raise_ends_the_drill_recorded_or_not() {
    for (who, command) in real() {
        let (mut school, id) = drilling();
        let waiting = school.shown_only(&who, command.clone());
        is_over(&school);
        school.record(&waiting);
        is_over(&school);
        let after = school.restarted();
        is_over(&after);
        // Its commands are told so, and change nothing.
        let refusal = school.refuses(&joy(), reports(id), Code::DrillOver);
        assert!(refusal.message.contains("This is real"));
        let call = Command::CallDrillLockDown { drill: id };
        school.refuses(&ana(), call, Code::DrillOver);
        let given = all_clear(&school, id, Some("sure"));
        school.refuses(&fresh(&sam()), given, Code::DrillOver);
    }
}

#[test]
fn d2_a_note_is_nothing_real() {
    let (mut school, _) = drilling();
    school.does(&walt(), sighting(Danger::No));
    school.does(&lee(), Command::Arrive {});
    school.does(
        &joy(),
        Command::ReportRoom {
            room: None,
            report: report(RoomState::Secured),
            note: None,
        },
    );
    school.does(
        &joy(),
        Command::Acknowledge {
            room: None,
            through: school.head(),
            also: Vec::new(),
        },
    );
    assert_eq!(practised(&school), Some(Posture::LockDown));
}

#[test]
fn d2_in_any_order_also_where_the_drills_start_is_seen_later() {
    for (who, command) in real() {
        let (mut school, id) = drilling();
        school.does(&joy(), reports(id));
        let raised = school.does(&who, command.clone());
        is_over(&school);
        if matches!(
            command,
            Command::SayNotClear { .. } | Command::ObjectToLift { .. }
        ) {
            continue;
        }
        school.is_the_same_in_any_order();
        // An instance that hears of the raise before it hears that there was a drill.
        let mut campus = Campus::new();
        let (last, _) = school.log.last().unwrap();
        assert_eq!(last.id, raised);
        campus.apply(last, None);
        for (stamped, recorded) in &school.log {
            campus.apply(stamped, Some(*recorded));
            assert!(
                !school_of(&school, campus.clone())
                    .cards(Audience::Room)
                    .contains_key("drill")
            );
        }
        is_over(&school_of(&school, campus));
    }
}

fn school_of(school: &School, campus: Campus) -> School {
    let mut other = school.clone();
    other.campus = campus;
    other
}

#[test]
fn d2_what_was_real_before_the_drill_ends_nothing() {
    let mut school = School::new();
    school.does(&walt(), sighting(Danger::Yes));
    school.released();
    school.does(&ana(), school.resume());
    school.does(&fresh(&ana()), drill(DrillKind::LockDown));
    assert_eq!(practised(&school), Some(Posture::LockDown));
    // Its sweep and its presence are not the real one's.
    assert_eq!(shown(&school).unwrap().cleared, []);
}

#[test]
fn d2_an_interrupted_drill_does_not_come_back_when_the_incident_is_over() {
    let (mut school, id) = drilling();
    school.does(&joy(), threat());
    let of = school.campus.incident();
    assert!(of.is_some());
    school.refuses(&ana(), school.end_drill(id), Code::DrillOver);
    school.does(&ana(), call());
    for zone_id in ZONES {
        let zone = zone(zone_id);
        school.does(&sam(), Command::ClearZone { zone });
    }
    school.does(&fresh(&sam()), school.all_clear());
    is_over(&school);
    school.refuses(&ana(), school.end_drill(id), Code::DrillOver);
    school.does(&ana(), school.resume());
    assert_eq!(shown(&school), None);
    assert!(!school.headline().drill_over);
    school.refuses(&joy(), reports(id), Code::UnknownThing);
    // Another may begin, and end, and neither comes back.
    let next = school.does(&fresh(&ana()), drill(DrillKind::TestAlert));
    assert_eq!(practised(&school), Some(Posture::Normal));
    school.does(&ana(), school.end_drill(next));
    assert!(!school.headline().drill_over);
    assert_eq!(shown(&school), None);
}

#[test]
fn d2_where_no_incident_was_opened_the_drill_is_put_away_by_hand() {
    // A sighting, or a noise, ends a drill and opens no incident that could be closed.
    let (mut school, id) = drilling();
    school.does(&walt(), sighting(Danger::Yes));
    is_over(&school);
    // Another drill may begin over it, and with its end both are over.
    let mut again = school.clone();
    let next = again.does(&fresh(&ana()), drill(DrillKind::LockDown));
    assert_eq!(practised(&again), Some(Posture::LockDown));
    again.does(&ana(), again.end_drill(next));
    assert!(!again.headline().drill_over);
    assert_eq!(shown(&again), None);
    // Or it is put away.
    school.does(&ana(), school.end_drill(id));
    assert!(!school.headline().drill_over);
    school.is_the_same_in_any_order();
}

#[test]
fn d3_drill_postures_move_as_the_real_ones() {
    let mut school = School::new();
    school.does(&sam(), Command::Arrive {});
    let id = school.does(&fresh(&ana()), drill(DrillKind::ControlledMovement));
    assert_eq!(practised(&school), Some(Posture::ControlledMovement));
    let given = all_clear(&school, id, Some("sure"));
    school.refuses(&fresh(&sam()), given, Code::NothingToLift);
    school.wait_ms(1_000);
    let called = Command::CallDrillLockDown { drill: id };
    school.refuses(&joy(), called.clone(), Code::NotAllowed);
    school.does(&lee(), called.clone());
    assert_eq!(practised(&school), Some(Posture::LockDown));
    assert_eq!(shown(&school).unwrap().since, school.now);
    let given = all_clear(&school, id, None);
    school.refuses(&fresh(&sam()), given, Code::SweepIncomplete);
    for zone_id in ZONES {
        let zone = zone(zone_id);
        school.refuses(
            &lee(),
            Command::ClearDrillZone {
                drill: id,
                zone: zone.clone(),
            },
            Code::NotAllowed,
        );
        school.does(&sam(), Command::ClearDrillZone { drill: id, zone });
    }
    let given = all_clear(&school, id, None);
    school.does(&fresh(&sam()), given);
    assert_eq!(practised(&school), Some(Posture::AllClear));
    assert_eq!(shown(&school).unwrap().marks, []);
    assert_eq!(school.posture(), Posture::Normal);
    school.is_the_same_in_any_order();
    // A second call counts as it does in earnest: what was swept before counts no more.
    school.wait_ms(1_000);
    school.does(&lee(), called);
    assert_eq!(practised(&school), Some(Posture::LockDown));
    let given = all_clear(&school, id, None);
    school.refuses(&fresh(&sam()), given, Code::SweepIncomplete);
    school.is_the_same_in_any_order();
}

#[test]
fn d3_a_practised_all_clear_keeps_a3_and_its_marks() {
    let (mut school, id) = drilling();
    let uncertified = Actor {
        certification: None,
        ..fresh(&sam())
    };
    let given = |school: &School| all_clear(school, id, Some("the bell"));
    let command = given(&school);
    school.refuses(&uncertified, command, Code::CertificationMissing);
    for who in [ana(), lee(), crate::school::dana()] {
        let command = given(&school);
        school.refuses(&fresh(&who), command, Code::NotAllowed);
    }
    let command = given(&school);
    school.refuses(&sam(), command, Code::ProofNeeded);
    // Kim is not on campus.
    let command = given(&school);
    school.does(&fresh(&kim()), command);
    let card = shown(&school).unwrap();
    assert_eq!(card.marks, [Mark::Unswept, Mark::GivenFromOffCampus]);
    assert_eq!(card.released_by.unwrap().name, "kim");
}

#[test]
fn d3_the_end_of_a_drill_lifts_drill_facts_only() {
    let (mut school, id) = drilling();
    school.refuses(&lee(), school.end_drill(id), Code::NotAllowed);
    let early = school.end_drill(id);
    // What came in after the head that its author saw is looked at first.
    school.does(&sam(), school.end_drill(id));
    assert_eq!(shown(&school), None);
    school.refuses(&ana(), early, Code::UnknownThing);
    school.refuses(&joy(), reports(id), Code::UnknownThing);

    // A raise that is on its way while the drill is ended holds the campus all the same.
    let (mut school, id) = drilling();
    let ending = school.request(school.end_drill(id));
    let ended = school.asks(&ana(), &ending).unwrap();
    let raised = school.shown_only(&joy(), threat());
    school.record(&raised);
    school.record(&ended[0]);
    assert!(school.campus.checking());
    assert!(school.campus.is_open(raised.id));
    assert!(!school.duties().is_empty());
}

#[test]
fn d3_a_raise_is_no_drills_and_a_drill_call_no_raise() {
    let (mut school, id) = drilling();
    let request = school.request(Command::CallDrillLockDown { drill: id });
    let made = school.asks(&ana(), &request).unwrap();
    assert!(!made[0].fact.class().is_raise());
    // Nor does a real all clear lift anything of a drill, nor a drill's anything real.
    let none = school.all_clear();
    school.refuses(&fresh(&sam()), none, Code::NothingToLift);
    school.does(&ana(), call());
    let raises = school.raises();
    let given = all_clear(&school, id, Some("sure"));
    school.refuses(&fresh(&sam()), given, Code::DrillOver);
    assert_eq!(school.raises(), raises);
}

#[test]
fn d3_a_repeated_start_or_a_late_report_begins_nothing_again() {
    let (mut school, id) = drilling();
    let late = school.shown_only(&joy(), reports(id));
    let started = school.log[1].clone();
    school.does(&ana(), school.end_drill(id));
    school.campus.apply(&started.0, Some(started.1));
    assert_eq!(shown(&school), None);
    school.record(&late);
    assert_eq!(shown(&school), None);
    // Also where the end is heard of before the start.
    school.is_the_same_in_any_order();
}

#[test]
fn d3_the_fold_is_the_same_where_the_end_is_heard_first() {
    let at = |seq| Recorded {
        position: Position { epoch: 1, seq },
        at: School::new().now,
    };
    let stamp = |n: u128, fact| Stamped {
        id: FactId(uuid::Uuid::from_u128(n)),
        at: School::new().now,
        claimed_at: None,
        by: ana().author,
        origin: None,
        fact,
    };
    let start = |n| {
        let note = Some(words("first"));
        let kind = DrillKind::LockDown;
        stamp(n, Fact::DrillStarted { kind, note })
    };
    let end = stamp(
        2,
        Fact::DrillEnded {
            drill: FactId(uuid::Uuid::from_u128(1)),
            seen: Position::START,
            note: None,
        },
    );
    let mut campus = Campus::new();
    campus.apply(&end, Some(at(2)));
    campus.apply(&start(3), Some(at(3)));
    campus.apply(&start(1), Some(at(1)));
    let school = school_of(&School::new(), campus);
    assert_eq!(shown(&school).unwrap().id, start(3).id);
}

#[test]
fn d1_rooms_report_in_a_drill_with_words_that_hold_no_plea() {
    let (mut school, id) = drilling();
    school.does(&joy(), reports(id));
    let device = crate::school::device();
    let elsewhere = Command::ReportDrillRoom {
        drill: id,
        room: Some(room("n101")),
        report: secured(),
    };
    school.refuses(&device, elsewhere, Code::UnknownThing);
    school.does(&device, reports(id));
    for name in ["n101", "n102"] {
        let Some(Card::Room(card)) = school.card(&format!("room/{name}")) else {
            panic!("no room");
        };
        assert_eq!(card.drill, Some(secured()));
        // A drill's word is no report of the room: that stays unknown.
        assert_eq!((card.report, card.plea), (None, None));
        let own = own_room(&school.campus, &school.site, &room(name));
        assert!(matches!(own, Some(Card::OwnRoom(own)) if own.drill.is_some()));
    }
    school.is_the_same_in_any_order();
    school.does(&ana(), call());
    let own = own_room(&school.campus, &school.site, &room("n101"));
    assert!(matches!(own, Some(Card::OwnRoom(own)) if own.drill.is_none()));
    school.refuses(
        &person("wall", Role::Monitor),
        reports(id),
        Code::NotAllowed,
    );
}

#[test]
fn d4_what_the_drill_file_needs_is_in_the_facts() {
    let (mut school, id) = drilling();
    school.wait_ms(4_000);
    let seen = Command::Acknowledge {
        room: None,
        through: school.head(),
        also: Vec::new(),
    };
    school.does(&joy(), seen);
    let Some(Card::Reach(reach)) = school.card("reach") else {
        panic!("no reach");
    };
    assert_eq!((reach.alert, reach.rooms, reach.acknowledged), (id, 2, 1));
    assert_eq!(reach.acknowledged_ms.half, Some(4_000));
    assert_eq!(reach.acknowledged_ms.all, None);
    let ended = Command::EndDrill {
        drill: id,
        seen: school.head(),
        note: Some(text("n102 did not hear it")),
    };
    let made = school.tries(&ana(), ended).unwrap();
    assert!(matches!(
        &made[0].fact,
        Fact::DrillEnded { drill, note: Some(_), .. } if *drill == id
    ));
}

#[test]
fn d5_a_test_alert_changes_no_posture_and_shows_which_rooms_it_reached() {
    let mut school = School::new();
    let id = school.does(&fresh(&tom()), drill(DrillKind::TestAlert));
    let card = shown_to(&school, Audience::Room).unwrap();
    assert_eq!(
        (card.kind, card.posture),
        (DrillKind::TestAlert, Posture::Normal)
    );
    for command in [
        Command::CallDrillLockDown { drill: id },
        Command::ClearDrillZone {
            drill: id,
            zone: zone("a"),
        },
    ] {
        school.refuses(&sam(), command, Code::NothingToLift);
    }
    let given = all_clear(&school, id, Some("sure"));
    school.refuses(&fresh(&sam()), given, Code::NothingToLift);
    let seen = Command::Acknowledge {
        room: None,
        through: school.head(),
        also: Vec::new(),
    };
    school.does(&joy(), seen);
    let acknowledged = |school: &School, name: &str| match school.card(&format!("room/{name}")) {
        Some(Card::Room(card)) => card.acknowledged.is_some(),
        other => panic!("{other:?}"),
    };
    assert!(acknowledged(&school, "n101") && !acknowledged(&school, "n102"));
}
