//! P1 to P7: raising is a fact, lowering is a decision.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState};
use lockstep_proto::directory::Person;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Standing;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, item_key};
use lockstep_rules::{Actor, Decision, Extras, Right, own_room, render};

use crate::school::{
    NORTH, RIVER, School, ana, call, campus_id, certified, dana, fresh, joy, kim, lee, movement,
    report, room, sam, text, threat, today, tom, zone,
};

#[test]
fn p1_a_campus_goes_up_and_down_by_the_named_ways() {
    let mut school = School::new();
    assert_eq!(school.posture(), Posture::Normal);
    school.does(&lee(), movement());
    assert_eq!(school.posture(), Posture::ControlledMovement);
    school.does(&ana(), call());
    assert_eq!(school.posture(), Posture::LockDown);
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    assert_eq!(school.posture(), Posture::AllClear);
    school.does(&ana(), school.resume());
    assert_eq!(school.posture(), Posture::Normal);
    assert_eq!(school.campus.incident(), None);
}

#[test]
fn p1_controlled_movement_ends_where_it_rose_from() {
    let mut school = School::new();
    school.released();
    school.does(&ana(), movement());
    assert_eq!(school.posture(), Posture::ControlledMovement);
    school.does(&ana(), school.end_movement());
    assert_eq!(school.posture(), Posture::AllClear);

    let mut school = School::new();
    school.does(&ana(), movement());
    school.does(&sam(), school.end_movement());
    assert_eq!(school.posture(), Posture::Normal);
    assert_eq!(
        school.campus.incident(),
        None,
        "an incident outlived its posture"
    );
}

#[test]
fn p1_nothing_is_lifted_where_nothing_is_open() {
    let mut school = School::new();
    school.refuses(&fresh(&sam()), school.all_clear(), Code::NothingToLift);
    school.refuses(&fresh(&ana()), school.propose(), Code::NothingToLift);
    school.refuses(&ana(), school.end_movement(), Code::NothingToLift);
    school.refuses(&ana(), school.resume(), Code::NothingToLift);
    // Controlled movement is ended; there is no all clear of it.
    school.does(&ana(), movement());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::NothingToLift);
    school.refuses(&ana(), school.resume(), Code::NotReleased);
}

#[test]
fn p1_the_newest_release_gives_the_words() {
    let mut school = School::new();
    school.released();
    school.does(&ana(), call());
    let proposal = school.does(&fresh(&ana()), school.propose());
    school.does(&fresh(&tom()), school.confirm(proposal));
    assert_eq!(school.posture(), Posture::LiftedBySchool);
    // A resume names both.
    assert_eq!(school.campus.open_releases().count(), 2);
    school.does(&ana(), school.resume());
    assert_eq!(school.posture(), Posture::Normal);
}

#[test]
fn p2_no_sign_in_is_too_old_to_raise_and_none_old_enough_to_lower() {
    let forgiven = |actor: Actor| Actor {
        standing: Standing::Forgiven,
        ..actor
    };
    let mut school = School::new();
    school.does(&forgiven(ana()), call());
    school.does(&forgiven(joy()), threat());
    school.does(
        &forgiven(joy()),
        Command::ReportRoom {
            room: None,
            report: report(RoomState::Secured),
            note: None,
        },
    );
    school.swept_by(&sam());
    school.refuses(&forgiven(sam()), school.all_clear(), Code::SignInExpired);
    school.refuses(
        &forgiven(sam()),
        Command::ClearZone { zone: zone("a") },
        Code::SignInExpired,
    );
}

#[test]
fn p2_a_threat_is_not_refused_for_a_room_of_another_campus() {
    let mut school = School::new();
    let visitor = Actor {
        room: Some(room("r7")),
        ..joy()
    };
    school.does(&visitor, threat());
    school.does(
        &visitor,
        Command::Acknowledge {
            room: None,
            through: school.head(),
            also: Vec::new(),
        },
    );
    assert!(school.campus.checking());
}

#[test]
fn p3_time_alone_lowers_nothing() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.wait_ms(400 * 24 * 3_600_000);
    school.policy_acts();
    assert_eq!(school.posture(), Posture::LockDown);
}

#[test]
fn p3_a_clear_that_the_journal_does_not_have_lifts_nothing() {
    let mut school = School::new();
    let raised = school.does(&ana(), call());
    school.swept_by(&sam());
    let request = school.request(school.all_clear());
    let made = school.asks(&fresh(&sam()), &request).unwrap();
    school.campus.apply(&made[0], None);
    assert_eq!(school.posture(), Posture::LockDown);
    assert!(school.campus.is_open(raised));
    school.record(&made[0]);
    assert_eq!(school.posture(), Posture::AllClear);
}

#[test]
fn p3_an_old_all_clear_replayed_lifts_no_new_call() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let request = school.request(school.all_clear());
    let clear = school.asks(&fresh(&sam()), &request).unwrap().remove(0);
    let seq = school.record(&clear);
    school.does(&ana(), school.resume());
    school.does(&joy(), threat());
    school.does(&lee(), call());
    let at = school.recorded(seq);
    school.campus.apply(&clear, Some(at));
    assert_eq!(school.posture(), Posture::LockDown);
    // And sent again it is the old act, which changes nothing (P6).
    assert_eq!(
        school.decide(&fresh(&sam()), &request),
        Ok(Decision::Known(Some(seq)))
    );
}

#[test]
fn p4_a_clear_names_every_open_raise() {
    let mut school = School::new();
    let first = school.does(&ana(), call());
    school.swept_by(&sam());
    let drawn = school.all_clear();
    let second = school.does(&lee(), call());
    let refusal = school.refuses(&fresh(&sam()), drawn, Code::UnnamedRaises);
    assert_eq!(refusal.about, [second.to_string()]);
    school.does(&fresh(&sam()), school.all_clear());
    assert!(!school.campus.is_open(first) && !school.campus.is_open(second));
}

#[test]
fn p4_a_clear_names_nothing_else() {
    let mut school = School::new();
    let first = school.released();
    school.does(&lee(), call());
    let mut lifts = school.raises();
    lifts.push(first);
    let command = Command::GiveAllClear {
        lifts,
        seen: school.head(),
        override_reason: Some(text("swept by radio")),
    };
    let refusal = school.refuses(&fresh(&sam()), command, Code::NotOpen);
    assert_eq!(refusal.about, [first.to_string()]);
}

#[test]
fn p4_an_alarm_after_the_head_makes_its_author_look_again() {
    let help = Command::ReportRoom {
        room: None,
        report: report(RoomState::NeedHelp),
        note: None,
    };
    let adverse = Command::ReportAdverse {
        zone: zone("a"),
        seen: text("a locked door"),
    };
    let alarms = [
        (joy(), help),
        (joy(), threat()),
        (lee(), adverse),
        (
            kim(),
            Command::ObjectToLift {
                reason: text("not yet"),
            },
        ),
    ];
    for (who, alarm) in alarms {
        let mut school = School::new();
        school.does(&ana(), call());
        school.swept_by(&sam());
        let drawn = school.all_clear_because("sure");
        let new = school.does(&who, alarm.clone());
        let refusal = school.tries(&fresh(&sam()), drawn).unwrap_err();
        assert_eq!(refusal.code, Code::NewAlarm);
        assert_eq!(refusal.about, [new.to_string()], "with the list");
        // Looked at again, an older alarm is no bar, and is not answered by the clear.
        school.does(&fresh(&sam()), school.all_clear_because("sure"));
        // The same alarm before the journal has it.
        let mut school = School::new();
        school.does(&ana(), call());
        school.swept_by(&sam());
        school.shown_only(&who, alarm);
        school.refuses(
            &fresh(&sam()),
            school.all_clear_because("sure"),
            Code::NewAlarm,
        );
    }
}

#[test]
fn p4_end_of_movement_and_resume_look_again_too() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let drawn = school.end_movement();
    school.does(&joy(), threat());
    school.refuses(&ana(), drawn, Code::NewAlarm);

    let mut school = School::new();
    school.released();
    let drawn = school.resume();
    school.does(&joy(), threat());
    school.refuses(&ana(), drawn, Code::NewAlarm);
}

#[test]
fn p4_a_clear_answers_no_alarm() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.does(&joy(), threat());
    let plea = school.does(
        &joy(),
        Command::ReportRoom {
            room: None,
            report: report(RoomState::NeedHelp),
            note: None,
        },
    );
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
    assert!(school.campus.checking(), "the threat went with the clear");
    school.does(&ana(), Command::AnswerPlea { plea, note: None });
}

#[test]
fn p4_a_head_that_is_not_there_yet_is_refused() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let Command::EndControlledMovement { lifts, mut seen } = school.end_movement() else {
        unreachable!();
    };
    seen.seq += 1;
    school.refuses(
        &ana(),
        Command::EndControlledMovement { lifts, seen },
        Code::HeadUnknown,
    );
}

#[test]
fn p4_what_a_clear_names_stands_before_it_in_the_journal() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let late = school.shown_only(&lee(), call());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::JournalUnavailable);
    school.record(&late);
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn p5_one_campus_one_act() {
    // A clear is decided on one campus's state: what it names of another is not open here.
    let mut north = School::new();
    let mut river = School::new();
    river.site.record.id = campus_id(RIVER);
    let there = river.does(&dana_with_grant(), call());
    north.does(&ana(), call());
    north.swept_by(&sam());
    let mut lifts = north.raises();
    lifts.push(there);
    let both = Command::GiveAllClear {
        lifts,
        seen: north.head(),
        override_reason: None,
    };
    north.refuses(&fresh(&sam()), both, Code::NotOpen);
    north.does(&fresh(&sam()), north.all_clear());
    assert_eq!(river.posture(), Posture::LockDown);
}

fn dana_with_grant() -> Actor {
    Actor {
        may_lock_down: [campus_id(NORTH), campus_id(RIVER)].into(),
        ..dana()
    }
}

#[test]
fn p5_the_grant_calls_lock_down_where_it_names() {
    let mut school = School::new();
    school.refuses(&dana(), call(), Code::NotAllowed);
    school.does(&dana_with_grant(), call());
    let elsewhere = Actor {
        may_lock_down: [campus_id(RIVER)].into(),
        ..dana()
    };
    school.refuses(&elsewhere, call(), Code::NotAllowed);
}

#[test]
fn p6_the_same_command_twice_is_one_act() {
    let mut school = School::new();
    for command in [
        call(),
        movement(),
        threat(),
        Command::Arrive {},
        Command::StartSweep {},
    ] {
        let request = school.request(command);
        let made = school.asks(&sam(), &request).unwrap();
        let seq = school.record(&made[0]);
        let before = school.campus.clone();
        assert_eq!(
            school.decide(&sam(), &request),
            Ok(Decision::Known(Some(seq)))
        );
        let at = school.recorded(seq);
        school.campus.apply(&made[0], Some(at));
        school.campus.apply(&made[0], None);
        assert_eq!(school.campus, before, "{:?} acted twice", request.command);
    }
}

#[test]
fn p6_the_answer_stays_when_the_right_has_gone() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let request = school.request(school.all_clear());
    let made = school.asks(&fresh(&sam()), &request).unwrap();
    let seq = school.record(&made[0]);
    assert_eq!(
        school.decide(&sam(), &request),
        Ok(Decision::Known(Some(seq)))
    );
}

#[test]
fn p6_the_same_id_with_other_content_is_refused() {
    let mut school = School::new();
    let mut request = school.request(call());
    let made = school.asks(&ana(), &request).unwrap();
    school.record(&made[0]);
    request.command = Command::CallLockDown {
        reason: Some(text("another")),
        place: None,
    };
    assert_eq!(
        school.decide(&ana(), &request).unwrap_err().code,
        Code::IdReused
    );
    // Another's command of the same id is another command.
    assert!(matches!(
        school.decide(&lee(), &request),
        Ok(Decision::New(_))
    ));
    // Notes as well: a departure is no arrival.
    let mut request = school.request(Command::Arrive {});
    let made = school.asks(&sam(), &request).unwrap();
    school.record(&made[0]);
    request.command = Command::Leave {};
    assert_eq!(
        school.decide(&sam(), &request).unwrap_err().code,
        Code::IdReused
    );
}

#[test]
fn p6_a_note_sent_again_says_nothing_of_the_next_incident() {
    let mut school = School::new();
    school.does(&ana(), call());
    let request = school.request(Command::ReportRoom {
        room: None,
        report: report(RoomState::Secured),
        note: None,
    });
    let secured = school.asks(&joy(), &request).unwrap().remove(0);
    let seq = school.record(&secured);
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
    school.does(&ana(), call());
    let at = school.recorded(seq);
    school.campus.apply(&secured, None);
    school.campus.apply(&secured, Some(at));
    let card = own_room(&school.campus, &school.site, &room("n101")).unwrap();
    let Card::OwnRoom(card) = card else {
        unreachable!();
    };
    assert_eq!(card.report, None, "last incident's word stood for this one");
}

#[test]
fn p6_a_raise_that_was_covered_opens_nothing_when_it_comes_again() {
    let mut school = School::new();
    let request = school.request(call());
    let raise = school.asks(&ana(), &request).unwrap().remove(0);
    let seq = school.record(&raise);
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
    let at = school.recorded(seq);
    for recorded in [None, Some(at)] {
        school.campus.apply(&raise, recorded);
        assert_eq!(school.posture(), Posture::Normal);
        assert_eq!(school.campus.incident(), None);
    }
}

#[test]
fn p7_a_call_that_reaches_the_journal_late_locks_again() {
    let mut school = School::new();
    school.does(&ana(), call());
    let late = {
        let request = school.request(call());
        school.asks(&lee(), &request).unwrap().remove(0)
    };
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
    school.wait_ms(600_000);
    school.record(&late);
    assert_eq!(school.posture(), Posture::LockDown);
    let cards = render(
        &school.campus,
        &school.site,
        &Extras::default(),
        Audience::Responder,
    );
    let Card::Raise(card) = &cards[&item_key(late.id)] else {
        panic!("no raise card");
    };
    assert!(card.late, "it does not read as late");
}

#[test]
fn i13_a_refused_clear_never_comes_true_later() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.does(&sam(), Command::Arrive {});
    let request = school.request(school.all_clear());
    let refusal = school.asks(&fresh(&sam()), &request).unwrap_err();
    assert_eq!(refusal.code, Code::SweepIncomplete);
    school.note_refusal(&sam(), &request, refusal.code);
    school.swept_by(&sam());
    // The very same command would be accepted now; its copy is not.
    assert_eq!(
        school.decide(&fresh(&sam()), &request).unwrap_err().code,
        Code::SweepIncomplete
    );
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn i13_a_clear_refused_for_its_proof_takes_the_proof() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let request = school.request(school.all_clear());
    let refusal = school.asks(&sam(), &request).unwrap_err();
    assert_eq!(refusal.code, Code::ProofNeeded);
    school.note_refusal(&sam(), &request, refusal.code);
    assert!(school.asks(&fresh(&sam()), &request).is_ok());
}

#[test]
fn a5_the_right_is_read_again_from_the_directory() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let right = Right {
        actor: fresh(&sam()),
        campus: campus_id(NORTH),
        command: school.all_clear(),
        today: today(),
        proposer: None,
    };
    let mut record = Person {
        name: "sam".to_owned(),
        role: Role::Sro,
        campuses: vec![campus_id(NORTH)],
        room: None,
        certification: certified(),
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    };
    let policy = &school.site.policy;
    assert_eq!(right.still_holds(Some(&record), policy, true), Ok(()));
    assert_eq!(
        right.still_holds(Some(&record), policy, false),
        Err(Code::Revoked)
    );
    assert_eq!(right.still_holds(None, policy, true), Err(Code::Revoked));
    record.certification = None;
    assert_eq!(
        right.still_holds(Some(&record), policy, true),
        Err(Code::CertificationMissing)
    );
    record.certification = certified();
    record.campuses = Vec::new();
    assert_eq!(
        right.still_holds(Some(&record), policy, true),
        Err(Code::UnknownCampus)
    );
    record.campuses = vec![campus_id(NORTH)];
    record.role = Role::Administrator;
    assert_eq!(
        right.still_holds(Some(&record), policy, true),
        Err(Code::NotAllowed)
    );
}
