//! A1 to A5, A7: who may, beyond what the grids of `table` show.

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::directory::Date;
use lockstep_proto::fact::Fact;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Role;
use lockstep_rules::Actor;

use crate::school::{
    School, ana, call, certificate, device, fresh, joy, kim, lee, movement, movement_answering,
    person, sam, text, threat, today,
};

#[test]
fn a1_controlled_movement_is_not_ended_under_a_call() {
    let mut school = School::new();
    school.does(&lee(), movement());
    let drawn = school.end_movement();
    school.does(&ana(), call());
    school.refuses(&ana(), drawn, Code::CallOpen);
    school.refuses(&sam(), school.end_movement(), Code::CallOpen);
}

#[test]
fn a2_a_threat_reads_as_being_checked_until_somebody_answers() {
    let answers: [fn(lockstep_proto::id::FactId) -> Command; 3] = [
        |_| call(),
        |threat| movement_answering(&[threat]),
        |threat| Command::AnswerThreat {
            threat,
            reason: text("a car backfired"),
        },
    ];
    for answer in answers {
        let mut school = School::new();
        let reported = school.does(&joy(), threat());
        assert!(school.campus.checking());
        assert_eq!(school.posture(), Posture::Normal);
        school.refuses(&joy(), answer(reported), Code::NotAllowed);
        school.does(&lee(), answer(reported));
        assert!(!school.campus.checking());
        // Answered once, it is not open to a second answer.
        school.refuses(
            &ana(),
            Command::AnswerThreat {
                threat: reported,
                reason: text("again"),
            },
            Code::UnknownThing,
        );
    }
}

#[test]
fn a2_an_answer_counts_once_the_journal_has_it() {
    let mut school = School::new();
    let seen = school.does(&joy(), threat());
    let answer = school.shown_only(&ana(), movement_answering(&[seen]));
    assert!(school.campus.checking());
    school.record(&answer);
    assert!(!school.campus.checking());
}

#[test]
fn a2_everybody_may_send_an_immediate_threat() {
    for role in Role::ALL {
        let mut school = School::new();
        let who = match role {
            Role::Room => device(),
            Role::Operator => continue,
            Role::Administrator
            | Role::Sro
            | Role::Officer
            | Role::Sso
            | Role::Eyes
            | Role::Staff
            | Role::Chief
            | Role::Director
            | Role::Superintendent
            | Role::Monitor => person("somebody", role),
        };
        school.does(&who, threat());
        assert!(school.campus.checking(), "{role:?}");
    }
}

#[test]
fn a2_policy_may_make_a_staff_threat_a_lock_down() {
    let mut school = School::with(|policy| policy.staff_may_lock_down = true);
    let reported = Command::ReportThreat {
        reason: Some(text("shots")),
        place: Some(text("gym")),
        room: None,
    };
    let made = school.tries(&joy(), reported).unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!(school.posture(), Posture::LockDown);
    assert!(!school.campus.checking(), "the call answers the threat");
    let Fact::LockDownCalled {
        reason, of_threat, ..
    } = &made[1].fact
    else {
        panic!("no call");
    };
    assert_eq!(*of_threat, Some(made[0].id));
    assert_eq!(reason.as_ref().unwrap().shown(), "shots");
    assert_eq!(made[1].by, joy().author);
    // Not of everybody's: a room's display is no member of staff.
    let mut school = School::with(|policy| policy.staff_may_lock_down = true);
    school.does(&device(), threat());
    assert_eq!(school.posture(), Posture::Normal);
}

#[test]
fn a2_an_unanswered_threat_locks_when_policy_says_so() {
    let after_30_s = || School::with(|policy| policy.immediate_threat_locks_after_s = Some(30));
    let mut school = after_30_s();
    let reported = school.does(&joy(), threat());
    school.wait_ms(29_000);
    assert!(school.policy_acts().is_empty());
    let mut twin = school.clone();
    school.wait_ms(1_000);
    twin.wait_ms(90_000);
    let (here, there) = (school.policy_acts(), twin.policy_acts());
    // Whenever and wherever it is noticed, it is the same call: id, time, author.
    assert_eq!(here, there);
    assert_eq!(here.len(), 1);
    assert_eq!(here[0].by, joy().author);
    assert_eq!(school.posture(), Posture::LockDown);
    assert!(!school.campus.checking());
    assert!(!school.campus.is_open(reported));
    assert!(school.policy_acts().is_empty(), "it was made twice");

    // Answered in time, it does not.
    let mut school = after_30_s();
    let reported = school.does(&joy(), threat());
    school.does(
        &ana(),
        Command::AnswerThreat {
            threat: reported,
            reason: text("a drill next door"),
        },
    );
    school.wait_ms(60_000);
    assert!(school.policy_acts().is_empty());
    // Controlled movement is an answer, and no threat of its own.
    let mut school = after_30_s();
    let seen = school.does(&joy(), threat());
    school.does(&ana(), movement_answering(&[seen]));
    school.wait_ms(60_000);
    assert!(school.policy_acts().is_empty());
    // Without the policy, never.
    let mut school = School::new();
    school.does(&joy(), threat());
    school.wait_ms(3_600_000);
    assert!(school.policy_acts().is_empty());
}

#[test]
fn a2_a_lock_down_made_by_both_policies_is_one() {
    let mut school = School::with(|policy| {
        policy.staff_may_lock_down = true;
        policy.immediate_threat_locks_after_s = Some(0);
    });
    // The journal took the threat, and the call was lost between the two.
    let request = school.request(threat());
    let made = school.asks(&joy(), &request).unwrap();
    school.record(&made[0]);
    let due = school.policy_acts();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].id, made[1].id);
}

#[test]
fn a3_only_a_full_time_officer_certified_today_gives_the_all_clear() {
    let on = |full_time, valid_until| Actor {
        certification: Some(certificate(full_time, valid_until)),
        ..fresh(&kim())
    };
    let yesterday = today().yesterday().unwrap();
    for (who, code) in [
        (
            Actor {
                certification: None,
                ..fresh(&kim())
            },
            Code::CertificationMissing,
        ),
        (
            on(false, Date::constant(2030, 1, 1)),
            Code::CertificationPartTime,
        ),
        (on(true, yesterday), Code::CertificationExpired),
    ] {
        let mut school = School::new();
        school.does(&ana(), call());
        school.swept_by(&kim());
        school.refuses(&who, school.all_clear(), code);
        // No reason overrides it.
        school.refuses(&who, school.all_clear_because("I am sure"), code);
    }
    // On its last day it holds.
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&kim());
    let given = school
        .tries(&on(true, today()), school.all_clear())
        .unwrap();
    let Fact::AllClearGiven { certification, .. } = &given[0].fact else {
        panic!("no all clear");
    };
    assert_eq!(certification.valid_until, today());
}

#[test]
fn a3_no_certificate_makes_another_role_an_officer() {
    for role in [
        Role::Administrator,
        Role::Sso,
        Role::Eyes,
        Role::Staff,
        Role::Director,
        Role::Superintendent,
        Role::Monitor,
        Role::Room,
        Role::Operator,
    ] {
        let who = Actor {
            certification: crate::school::certified(),
            ..fresh(&person("somebody", role))
        };
        let mut school = School::new();
        school.does(&ana(), call());
        school.swept_by(&sam());
        school.refuses(
            &who,
            school.all_clear_because("I am sure"),
            Code::NotAllowed,
        );
        assert_eq!(school.posture(), Posture::LockDown);
    }
}

/// A3, C6: who recorded no arrival, or has left, gives it from off campus.
#[test]
fn a3_an_all_clear_from_off_campus_says_so() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&kim());
    // Sam never arrived: unknown is never here. Nor is one who left.
    school.refuses(&fresh(&sam()), school.all_clear(), Code::OffCampus);
    school.does(&sam(), Command::Arrive {});
    school.does(&sam(), Command::Leave {});
    school.refuses(&fresh(&sam()), school.all_clear(), Code::OffCampus);
    let given = school
        .tries(
            &fresh(&sam()),
            school.all_clear_because("by radio with Kim"),
        )
        .unwrap();
    let Fact::AllClearGiven { marks, .. } = &given[0].fact else {
        panic!("no all clear");
    };
    assert_eq!(marks, &[lockstep_proto::fact::Mark::GivenFromOffCampus]);
}

#[test]
fn a4_lowering_a_lock_down_needs_a_fresh_proof_and_raising_none() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    school.refuses(&sam(), school.all_clear(), Code::ProofNeeded);
    school.refuses(&ana(), school.propose(), Code::ProofNeeded);
    let proposal = school.does(&fresh(&ana()), school.propose());
    school.refuses(
        &crate::school::tom(),
        school.confirm(proposal),
        Code::ProofNeeded,
    );
    school.does(&fresh(&sam()), school.all_clear());
    school.does(&ana(), school.resume());
}

#[test]
fn a7_a_resume_is_an_administrators_or_an_officers() {
    for who in [ana(), sam(), kim()] {
        let mut school = School::new();
        school.released();
        school.does(&who, school.resume());
        assert_eq!(school.posture(), Posture::Normal);
    }
    let mut school = School::new();
    school.released();
    school.refuses(&lee(), school.resume(), Code::NotAllowed);
}
