//! L1 to L6: calling lock-down, and what rooms say in it.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, Cards};
use lockstep_rules::{Extras, render};

use crate::school::{
    School, ana, call, device, fresh, joy, lee, movement, movement_answering, person, report, room,
    sam, text, threat, tom,
};

fn responder(school: &School) -> Cards {
    render(
        &school.campus,
        &school.site,
        &Extras::default(),
        Audience::Responder,
    )
}

fn room_card(school: &School, id: &str) -> lockstep_proto::view::RoomCard {
    let Card::Room(card) = &responder(school)[&format!("room/{id}")] else {
        panic!("no card of {id}");
    };
    card.clone()
}

fn says(state: RoomState) -> Command {
    Command::ReportRoom {
        room: None,
        report: report(state),
        note: None,
    }
}

#[test]
fn l1_one_command_locks_the_campus() {
    let mut school = School::new();
    let made = school.tries(&ana(), call()).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(school.posture(), Posture::LockDown);
}

#[test]
fn l2_three_hundred_calls_are_one_incident() {
    let mut school = School::new();
    for n in 0..300 {
        school.does(&person(&format!("admin-{n}"), Role::Administrator), call());
        school.wait_ms(3);
    }
    assert_eq!(school.campus.incident(), Some(1));
    let Card::Posture(card) = &responder(&school)["posture"] else {
        panic!("no headline");
    };
    assert_eq!(card.calls, 300);
    // Each is attributed.
    let by: std::collections::BTreeSet<String> = responder(&school)
        .values()
        .filter_map(|card| {
            let Card::Raise(card) = card else { return None };
            Some(card.by.as_ref().unwrap().name.clone())
        })
        .collect();
    assert_eq!(by.len(), 300);
    // And one all clear lifts them all.
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    assert_eq!(school.posture(), Posture::AllClear);
}

#[test]
fn l2_from_the_eleventh_raise_in_ten_seconds_a_short_wait() {
    let mut school = School::new();
    for n in 0..10 {
        school.does(&ana(), if n % 2 == 0 { call() } else { threat() });
        school.wait_ms(100);
    }
    let refusal = school.refuses(&ana(), call(), Code::SlowDown);
    let wait = refusal.retry_after_ms.unwrap();
    assert!((1..=1_000).contains(&wait), "{wait}");
    // Nobody else is held up, and lesser words are not raises.
    school.does(&lee(), call());
    school.does(&ana(), Command::Arrive {});
    // Ten seconds after the first of the ten there is room again.
    school.wait_ms(8_900);
    school.refuses(&ana(), call(), Code::SlowDown);
    school.wait_ms(100);
    school.does(&ana(), call());
}

#[test]
fn l2_what_policy_makes_of_a_threat_counts_against_nobody() {
    let mut school = School::with(|policy| policy.staff_may_lock_down = true);
    for _ in 0..10 {
        school.does(&joy(), threat());
    }
    school.refuses(&joy(), threat(), Code::SlowDown);
}

#[test]
fn l2_a_clock_that_was_set_back_limits_nobody() {
    let mut school = School::new();
    for _ in 0..10 {
        school.does(&ana(), call());
    }
    school.wait_ms(-3_600_000);
    school.does(&ana(), call());
}

/// P4: an all clear names all that is open, so that what is open must not grow beyond what one
/// command can name.
#[test]
fn p4_a_button_that_hangs_can_still_be_lifted() {
    let mut school = School::new();
    let first = school.does(&lee(), call());
    for _ in 0..1_600 {
        school.wait_ms(1_000);
        let again = school.does(&ana(), call());
        assert!(
            school.campus.is_open(again),
            "each is a call of its own (L2)"
        );
        assert_eq!(school.posture(), Posture::LockDown);
    }
    assert_eq!(school.raises().len(), 1_000);
    assert!(school.campus.is_open(first), "nobody takes over another's");
    school.wait_ms(10_000);
    // A movement takes over no call, and somebody new only adds.
    school.does(&ana(), movement());
    school.does(&tom(), call());
    assert_eq!(school.raises().len(), 1_002);
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    assert_eq!(school.posture(), Posture::AllClear);
}

#[test]
fn l3_a_mistake_is_said_and_still_locked() {
    let mistake = |call| Command::AnnotateMistake {
        call,
        note: text("sat on the button"),
    };
    let mut school = School::new();
    let raised = school.does(&lee(), call());
    school.refuses(&sam(), mistake(raised), Code::NotAllowed);
    school.does(&lee(), mistake(raised));
    school.does(&tom(), mistake(raised));
    assert_eq!(school.posture(), Posture::LockDown);
    let Card::Raise(card) = &responder(&school)[&lockstep_proto::view::item_key(raised)] else {
        panic!("no raise");
    };
    assert_eq!(card.mistake.as_deref(), Some("sat on the button"));
    school.refuses(&ana(), school.end_movement(), Code::CallOpen);
}

#[test]
fn l4_what_a_room_did_not_say_is_unknown() {
    let mut school = School::new();
    school.does(&ana(), call());
    assert_eq!(room_card(&school, "n101").report, None);
    school.does(&joy(), says(RoomState::Secured));
    assert_eq!(
        room_card(&school, "n101").report.unwrap().state,
        RoomState::Secured
    );
    assert_eq!(room_card(&school, "n102").report, None);
    // The next incident starts from nothing.
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
    school.does(&ana(), call());
    assert_eq!(room_card(&school, "n101").report, None);
}

#[test]
fn l4_a_device_speaks_for_its_own_room_only() {
    let mut school = School::new();
    school.does(&device(), says(RoomState::Secured));
    let other = Command::ReportRoom {
        room: Some(room("n101")),
        report: report(RoomState::Secured),
        note: None,
    };
    school.refuses(&device(), other, Code::UnknownThing);
    school.refuses(&lee(), says(RoomState::Secured), Code::RoomNeeded);
}

#[test]
fn l4_help_is_asked_for_until_a_person_answers() {
    let mut school = School::new();
    school.does(&ana(), call());
    let plea = school.does(&joy(), says(RoomState::NeedHelp));
    // A calmer word later does not take the plea back.
    school.does(&joy(), says(RoomState::Secured));
    assert_eq!(room_card(&school, "n101").plea, Some(plea));
    school.refuses(
        &joy(),
        Command::AnswerPlea { plea, note: None },
        Code::NotAllowed,
    );
    school.does(
        &lee(),
        Command::AnswerPlea {
            plea,
            note: Some(text("medic on the way")),
        },
    );
    assert_eq!(room_card(&school, "n101").plea, None);
    // An injury is a plea too, whatever the door does.
    let mut injured = report(RoomState::Secured);
    injured.injured = Some(1);
    let again = school.does(
        &joy(),
        Command::ReportRoom {
            room: None,
            report: injured,
            note: None,
        },
    );
    assert_eq!(room_card(&school, "n101").plea, Some(again));
}

#[test]
fn l5_a_room_acknowledges_what_it_has_seen_and_no_more() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.does(
        &joy(),
        Command::Acknowledge {
            room: None,
            through: school.head(),
            also: Vec::new(),
        },
    );
    assert!(room_card(&school, "n101").acknowledged.is_some());
    assert!(room_card(&school, "n102").acknowledged.is_none());
    // A second call is acknowledged anew.
    school.does(&lee(), call());
    assert!(room_card(&school, "n101").acknowledged.is_none());
    // A claim of heads to come is taken for what is there.
    let mut ahead = school.head();
    ahead.seq += 1_000;
    school.does(
        &joy(),
        Command::Acknowledge {
            room: None,
            through: ahead,
            also: Vec::new(),
        },
    );
    assert!(room_card(&school, "n101").acknowledged.is_some());
    school.does(&ana(), call());
    assert!(room_card(&school, "n101").acknowledged.is_none());
}

#[test]
fn l5_a_call_that_is_not_recorded_yet_is_acknowledged_by_name() {
    let mut school = School::new();
    let raised = school.shown_only(&ana(), call());
    let seen = |also: Vec<_>, through| Command::Acknowledge {
        room: None,
        through,
        also,
    };
    school.does(&joy(), seen(Vec::new(), school.head()));
    assert!(room_card(&school, "n101").acknowledged.is_none());
    school.does(&joy(), seen(vec![raised.id], school.head()));
    assert!(room_card(&school, "n101").acknowledged.is_some());
    school.record(&raised);
    assert!(room_card(&school, "n101").acknowledged.is_some());
}

#[test]
fn l6_every_screen_says_what_to_do_if_the_fire_alarm_sounds() {
    let mut school = School::with(|policy| policy.fire_alarm_words = "Stay.".to_owned());
    school.does(&ana(), call());
    for audience in Audience::ALL {
        let cards = render(&school.campus, &school.site, &Extras::default(), audience);
        let Card::Campus(card) = &cards["campus"] else {
            panic!("no campus");
        };
        assert_eq!(card.fire_alarm_words, "Stay.");
    }
}

#[test]
fn l2_an_incident_that_never_left_normal_is_closed_by_hand() {
    let close = || Command::CloseIncident {
        reason: text("a loud truck"),
    };
    let mut school = School::new();
    school.refuses(&ana(), close(), Code::NothingToLift);
    let reported = school.does(&joy(), threat());
    assert_eq!(school.campus.incident(), Some(1));
    school.refuses(&ana(), close(), Code::PostureNotNormal);
    let answered = Fact::ThreatAnswered {
        threat: reported,
        reason: crate::school::words("a truck"),
    };
    school.happened(&ana(), answered);
    assert_eq!(school.campus.incident(), Some(1));
    school.refuses(&lee(), close(), Code::NotAllowed);
    school.does(&ana(), close());
    assert_eq!(school.campus.incident(), None);
    // The next raise opens another, named by its own entry.
    school.does(&ana(), movement());
    assert_eq!(school.campus.incident(), Some(school.seq));
    school.refuses(&ana(), close(), Code::PostureNotNormal);
}

fn no_threat(threat: FactId) -> Command {
    Command::AnswerThreat {
        threat,
        reason: text("a truck"),
    }
}

#[test]
fn p1_back_at_normal_the_incident_ends_with_the_answer_to_its_last_threat() {
    let mut school = School::new();
    school.does(&ana(), call());
    let reported = school.does(&joy(), threat());
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    let words = |school: &School| {
        let cards = render(
            &school.campus,
            &school.site,
            &Extras::default(),
            Audience::Room,
        );
        let Card::Posture(card) = &cards["posture"] else {
            panic!("no posture");
        };
        card.instruction.clone()
    };
    // Neither released nor back at normal does anybody read calm words beside it (A2).
    assert!(words(&school).contains("being checked"));
    school.does(&ana(), school.resume());
    assert_eq!(school.posture(), Posture::Normal);
    assert!(words(&school).contains("being checked"));
    assert_eq!(school.campus.incident(), Some(1));
    school.does(&ana(), no_threat(reported));
    assert_eq!(school.campus.incident(), None);
    assert!(!words(&school).contains("being checked"));
}

#[test]
fn p1_what_is_raised_before_that_answer_keeps_the_incident_open() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let reported = school.does(&joy(), threat());
    school.does(&ana(), school.end_movement());
    school.does(&ana(), movement());
    school.does(&ana(), no_threat(reported));
    assert_eq!(school.campus.incident(), Some(1));
    school.does(&ana(), school.end_movement());
    assert_eq!(school.campus.incident(), None);
}

#[test]
fn l3_a_mistake_may_be_said_after_it_was_lifted() {
    let mistake = |call| Command::AnnotateMistake {
        call,
        note: text("sat on the button"),
    };
    let mut school = School::new();
    let raised = school.does(&lee(), call());
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&lee(), mistake(raised));
    school.does(&ana(), school.resume());
    school.refuses(&sam(), mistake(raised), Code::NotAllowed);
    school.does(&ana(), mistake(raised));
    let threat = school.does(&joy(), threat());
    school.refuses(&ana(), mistake(threat), Code::UnknownThing);
}

#[test]
fn a2_controlled_movement_answers_only_the_threats_that_it_names() {
    let mut school = School::with(|policy| policy.immediate_threat_locks_after_s = Some(30));
    let seen = school.does(&joy(), threat());
    let unseen = school.does(&joy(), threat());
    let begun = school.does(&ana(), movement_answering(&[seen]));
    assert!(school.campus.checking() && school.campus.is_open(unseen));
    assert!(!school.campus.is_open(seen));
    // A raise that names what is no threat is taken all the same, and lifts nothing (P2).
    school.does(
        &ana(),
        movement_answering(&[begun, FactId(uuid::Uuid::nil())]),
    );
    assert!(school.campus.is_open(begun));
    // Nobody answered the other: policy locks for it, and for it alone.
    school.wait_ms(31_000);
    assert_eq!(school.policy_acts().len(), 1);
    assert_eq!(school.posture(), Posture::LockDown);
}
