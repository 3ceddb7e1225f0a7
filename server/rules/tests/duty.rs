//! Duties (C2, E3 to E5, S4): who is asked for what, when, and what ends it.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState};
use lockstep_proto::contact::Danger;
use lockstep_proto::duty::{Channel, DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, LineState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Role;
use lockstep_proto::view::Card;
use lockstep_rules::due_attempts;

use crate::school::{
    School, ana, call, carol, dana, declines, did_it, escalate, fresh, has_it, id_of, joy, kim,
    lee, line, movement, pat, person, report, room, sam, sighting, text, threat, tom, walt, words,
};

const NOTICES: [DutyKind; 3] = [
    DutyKind::TellSro,
    DutyKind::TellChiefOrDirector,
    DutyKind::TellSuperintendent,
];

fn kinds(school: &School) -> Vec<DutyKind> {
    school.duties().iter().map(|duty| duty.kind).collect()
}

fn plea() -> Command {
    Command::ReportRoom {
        room: Some(room("n101")),
        report: report(RoomState::NeedHelp),
        note: None,
    }
}

#[test]
fn c2_with_no_sro_here_the_sro_is_called_until_one_answers_or_911_is_called() {
    for command in [movement(), call(), threat()] {
        let mut school = School::new();
        school.does(&ana(), command.clone());
        assert_eq!(
            school.asked(DutyKind::CallSro),
            ["ana", "lee", "sam", "tom"]
        );
        let duty = school.open_duty(DutyKind::CallSro);
        // An administrator who has it in hand has not reached the SRO yet.
        let mut in_hand = school.clone();
        in_hand.does(&ana(), has_it(duty.id));
        let shown = in_hand.open_duty(DutyKind::CallSro);
        assert_eq!(shown.acknowledged.unwrap().by.name, "ana");
        assert!(in_hand.asked(DutyKind::CallSro).is_empty());
        in_hand.wait_ms(60_000);
        assert!(in_hand.open_duty(DutyKind::CallSro).overdue);
        assert!(!in_hand.asked(DutyKind::CallSro).is_empty());
        // Nor does "I do not" of an SSO end the clock.
        in_hand.does(&lee(), declines(duty.id));
        assert!(in_hand.duty(DutyKind::CallSro).is_some());

        let mut answered = school.clone();
        answered.does(&sam(), has_it(duty.id));
        assert_eq!(answered.duty(DutyKind::CallSro), None);
        answered.is_the_same_in_any_order();

        let mut called = school.clone();
        let id = called.does(&joy(), escalate(Agency::NineOneOne, LineState::Requested));
        assert!(
            called.duty(DutyKind::CallSro).is_some(),
            "asked for is not called"
        );
        called.does(&joy(), line(id, LineState::Calling, None));
        assert_eq!(called.duty(DutyKind::CallSro), None);
        called.is_the_same_in_any_order();

        // The PD is not 911.
        school.does(&joy(), escalate(Agency::Pd, LineState::LineOpen));
        assert!(school.duty(DutyKind::CallSro).is_some());
        school.does(&sam(), Command::Arrive {});
        assert_eq!(school.duty(DutyKind::CallSro), None);
    }
}

#[test]
fn c2_unknown_is_never_here() {
    let mut school = School::new();
    school.does(&sam(), Command::Arrive {});
    school.wait_ms(16 * 3_600_000 - 1);
    school.does(&ana(), movement());
    assert_eq!(school.duty(DutyKind::CallSro), None);
    // Sixteen hours on, what was said yesterday says nothing: he is asked for, and not shown.
    let turns = school.campus.turns_after(&school.site, school.now);
    assert!(turns.is_some());
    school.wait_ms(1);
    assert_eq!(
        turns,
        Some(school.now),
        "a screen that waits is told when to look again"
    );
    assert!(school.duty(DutyKind::CallSro).is_some());
    assert!(school.card("presence/sam").is_none());
    // Another officer who is here is no SRO, and one who left is not here.
    school.does(&kim(), Command::Arrive {});
    assert!(school.duty(DutyKind::CallSro).is_some());
    school.does(&sam(), Command::Arrive {});
    assert_eq!(school.duty(DutyKind::CallSro), None);
    school.does(&sam(), Command::Leave {});
    assert!(school.duty(DutyKind::CallSro).is_some());
}

#[test]
fn e3_one_of_those_asked_says_why_not_and_nobody_else() {
    let mut school = School::new();
    school.does(&joy(), threat());
    let duty = school.open_duty(DutyKind::Call911);
    for who in [joy(), walt(), kim(), carol(), dana(), pat()] {
        school.refuses(&who, declines(duty.id), Code::NotAllowed);
        school.refuses(&who, has_it(duty.id), Code::NotAllowed);
    }
    // A word of theirs that is in the journal all the same settles nothing and silences nobody.
    for who in [joy(), kim(), pat()] {
        for fact in [
            Fact::DutyDeclined {
                duty: duty.id,
                reason: words("no"),
            },
            Fact::DutyAcknowledged { duty: duty.id },
        ] {
            school.happened(&who, fact);
        }
    }
    let still = school.open_duty(DutyKind::Call911);
    assert_eq!((still.id, still.acknowledged), (duty.id, None));
    assert_eq!(school.asked(DutyKind::Call911).len(), 4);
    for who in [ana(), sam(), lee()] {
        let mut school = school.clone();
        school.does(&who, declines(duty.id));
        assert_eq!(school.duty(DutyKind::Call911), None);
        school.is_the_same_in_any_order();
    }
}

#[test]
fn e4_an_escalation_is_told_to_chief_or_director_and_to_the_superintendent() {
    let mut school = School::new();
    let cause = school.does(&joy(), escalate(Agency::NineOneOne, LineState::Requested));
    assert_eq!(kinds(&school), NOTICES);
    assert_eq!(school.asked(NOTICES[1]), ["carol", "dana"]);
    assert_eq!(school.asked(NOTICES[2]), ["pat"]);
    for duty in school.duties() {
        // Derived from its cause: the same on every instance, and not to be lost between.
        assert_eq!(duty.id, FactId::derived(cause, duty.kind.as_str()));
        assert_eq!(duty.cause, cause);
    }
    for one in [carol(), dana()] {
        let mut school = school.clone();
        school.does(&one, has_it(school.open_duty(NOTICES[1]).id));
        assert_eq!(kinds(&school), [NOTICES[0], NOTICES[2]]);
        school.is_the_same_in_any_order();
    }
    // Two escalations are two notices.
    school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
    assert_eq!(school.asked(NOTICES[2]), ["pat", "pat"]);
}

#[test]
fn e4_shown_is_enough_and_a_restart_loses_nothing() {
    let mut school = School::new();
    let cause = school.shown_only(&joy(), escalate(Agency::So, LineState::Requested));
    assert_eq!(kinds(&school), NOTICES);
    let before = school.attempts();
    school.record(&cause);
    assert_eq!(school.attempts(), before);
    // Killed between the cause and its first attempt: it follows from the journal.
    let after = school.restarted();
    assert_eq!(after.duties(), school.duties());
    assert_eq!(after.attempts(), before);
}

#[test]
fn e4_who_accepted_the_cause_tries_first_and_another_takes_over_after_five_seconds() {
    let mut school = School::new();
    school.does(&joy(), escalate(Agency::So, LineState::Requested));
    let elsewhere =
        |school: &School| due_attempts(&school.campus, &school.site, school.now, |_| false);
    let here = school.attempts();
    assert_eq!(here.len(), 4);
    assert!(here.iter().all(|due| (due.n, due.way) == (1, 0)));
    assert_eq!(elsewhere(&school), []);
    school.wait_ms(4_999);
    assert_eq!(elsewhere(&school), []);
    school.wait_ms(1);
    // The same attempts, under the same ids: two that try at once are one fact.
    assert_eq!(elsewhere(&school), here);
    // What one recorded, the other leaves.
    school.tried(&here[0], Outcome::Sent);
    assert_eq!(elsewhere(&school), here[1..]);
    school.tried(&here[0], Outcome::NotReached);
    let duty = school.open_duty(here[0].kind);
    assert_eq!(duty.attempts, 1);
    assert_eq!(duty.tried[0].outcome, Outcome::Sent);
}

#[test]
fn e4_it_is_repeated_over_the_next_channel_until_somebody_has_it() {
    let mut school = School::new();
    school.does(&joy(), escalate(Agency::So, LineState::Requested));
    let duty = school.open_duty(DutyKind::TellSuperintendent).id;
    let mut ways = Vec::new();
    let mut at_s = Vec::new();
    for second in 0..600 {
        for due in school.tries_all(Outcome::Sent) {
            if due.duty == duty {
                assert_eq!(due.channel() == Channel::Screen, due.way == 0);
                ways.push(due.way);
                at_s.push(second);
            }
        }
        school.wait_ms(1_000);
    }
    // The screens, the telephone, the mailbox, and round again.
    assert_eq!(ways[..7], [0, 1, 2, 0, 1, 2, 0]);
    assert_eq!(at_s[..7], [0, 30, 60, 90, 150, 210, 270]);
    let shown = school.open_duty(DutyKind::TellSuperintendent);
    assert!(shown.overdue);
    assert_eq!(shown.attempts as usize, ways.len());
    assert_eq!(shown.tried.len(), 8, "a screen is shown the newest");
    school.does(&pat(), has_it(duty));
    school.wait_ms(3_600_000);
    assert!(school.asked(DutyKind::TellSuperintendent).is_empty());
}

#[test]
fn e4_a_way_that_does_not_reach_them_is_not_waited_for() {
    let mut school = School::new();
    school.does(&joy(), escalate(Agency::So, LineState::Requested));
    school.tries_all(Outcome::NotReached);
    school.wait_ms(1_000);
    let next = school.attempts();
    let ways: Vec<(&str, usize)> = next
        .iter()
        .map(|due| (due.person.as_str(), due.way))
        .collect();
    // Those who have another way are tried over it at once; the others half a minute later.
    assert_eq!(ways, [("carol", 1), ("pat", 1)]);
    school.tries_all(Outcome::NotReached);
    school.wait_ms(1_000);
    assert_eq!(school.asked(DutyKind::TellSuperintendent), ["pat"]);
    school.tries_all(Outcome::NotReached);
    school.wait_ms(1_000);
    assert_eq!(school.attempts(), [], "all were tried: now it waits");
}

#[test]
fn e4_every_retry_has_a_bound() {
    let mut school = School::new();
    school.does(&joy(), escalate(Agency::So, LineState::Requested));
    let mut tries = 0;
    for _ in 0..2_000 {
        tries += school.tries_all(Outcome::Sent).len();
        school.wait_ms(10_000);
    }
    assert_eq!(tries, 4 * 24);
    assert!(school.open_duty(DutyKind::TellSuperintendent).overdue);
    // Also where three hundred threats wait at once.
    let mut school = School::new();
    for n in 0..300 {
        let who = person(&format!("teacher-{n}"), Role::Staff);
        school.does(&who, threat());
    }
    let mut tried = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let due = school.tries_all(Outcome::Sent);
        assert!(due.len() <= 512);
        for due in due {
            assert!(tried.insert(due.id), "{due:?} was tried twice");
        }
    }
    assert_eq!(school.attempts(), []);
}

#[test]
fn e5_anyone_may_record_it_as_done_by_other_means() {
    for who in [joy(), walt(), ana(), sam(), lee(), kim(), pat()] {
        let mut school = School::new();
        school.does(&ana(), call());
        school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
        for kind in [
            DutyKind::Call911,
            DutyKind::CallSro,
            DutyKind::TellSro,
            DutyKind::TellChiefOrDirector,
            DutyKind::TellSuperintendent,
        ] {
            let duty = school.open_duty(kind).id;
            let done = Command::FinishDuty {
                duty,
                how: text("by telephone"),
                done_by: Some(text("the front office")),
                done_at: Some(school.now),
            };
            school.does(&who, done);
            assert_eq!(school.duty(kind), None, "{kind:?}");
        }
        school.is_the_same_in_any_order();
    }
}

#[test]
fn e5_what_was_done_is_recordable_also_when_it_comes_late() {
    let mut school = School::new();
    school.does(&joy(), threat());
    let duties = school.duties();
    school.wait_ms(1_000);
    school.does(&sam(), call());
    for duty in &duties {
        school.does(&ana(), did_it(duty.id));
    }
    let nobody = FactId(uuid::Uuid::nil());
    school.refuses(&ana(), did_it(nobody), Code::UnknownThing);
}

#[test]
fn a2_p4_a_threat_and_a_plea_are_asked_about_until_they_are_answered() {
    let mut school = School::new();
    let of_threat = school.does(&joy(), threat());
    let of_plea = school.does(&joy(), plea());
    for kind in [DutyKind::AnswerThreat, DutyKind::AnswerPlea] {
        assert_eq!(
            school.asked(kind),
            ["ana", "kim", "lee", "sam", "tom"],
            "{kind:?}"
        );
        let duty = school.open_duty(kind).id;
        // Neither a teacher's "done" nor an SSO's "I do not" answers it.
        school.does(&joy(), did_it(duty));
        school.does(&lee(), declines(duty));
        school.does(&ana(), has_it(duty));
        assert!(school.duty(kind).is_some(), "{kind:?}");
    }
    school.is_the_same_in_any_order();
    let answer = Command::AnswerPlea {
        plea: of_plea,
        note: None,
    };
    school.does(&kim(), answer);
    assert_eq!(school.duty(DutyKind::AnswerPlea), None);
    let none = Command::AnswerThreat {
        threat: of_threat,
        reason: text("a truck"),
    };
    school.does(&ana(), none);
    assert_eq!(school.duties(), []);
}

#[test]
fn p4_a_plea_is_asked_about_beyond_its_incident() {
    let mut school = School::new();
    school.does(&ana(), movement());
    school.does(&joy(), plea());
    school.does(&ana(), has_it(school.open_duty(DutyKind::AnswerPlea).id));
    school.does(&ana(), school.end_movement());
    let duty = school.open_duty(DutyKind::AnswerPlea);
    assert!(duty.acknowledged.is_some());
    assert!(
        school
            .card("room/n101")
            .is_some_and(|card| matches!(card, Card::Room(card) if card.plea.is_some()))
    );
}

#[test]
fn s4_a_school_lift_is_told_to_superintendent_director_or_chief_and_sro() {
    let mut school = School::new();
    school.does(&ana(), call());
    let proposal = school.does(&fresh(&ana()), school.propose());
    school.does(&fresh(&tom()), school.confirm(proposal));
    assert_eq!(school.posture(), Posture::LiftedBySchool);
    assert_eq!(kinds(&school), NOTICES);
    for duty in school.duties() {
        assert!(duty.say.contains("not a law-enforcement"), "{}", duty.say);
    }
    // They outlive the incident, until each is told.
    school.does(&sam(), has_it(school.open_duty(NOTICES[0]).id));
    school.does(&ana(), school.resume());
    assert_eq!(school.campus.incident(), None);
    assert_eq!(kinds(&school), NOTICES[1..]);
    school.does(&dana(), has_it(school.open_duty(NOTICES[1]).id));
    assert_eq!(kinds(&school), NOTICES[2..]);
    school.does(&pat(), has_it(school.open_duty(NOTICES[2]).id));
    assert_eq!(school.duties(), []);
}

#[test]
fn s4_an_all_clear_is_nobodys_notice() {
    let mut school = School::new();
    school.released();
    assert_eq!(school.duties(), []);
}

#[test]
fn e4_a_notice_outlives_its_incident_and_the_next() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let id = school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
    let owed = school.open_duty(DutyKind::TellSuperintendent).id;
    school.tries_all(Outcome::Sent);
    for _ in 0..3 {
        school.does(&ana(), school.end_movement());
        assert_eq!(school.posture(), Posture::Normal);
        let duty = school.open_duty(DutyKind::TellSuperintendent);
        assert_eq!((duty.id, duty.attempts), (owed, 1));
        assert!(school.card(&format!("escalation/{id}")).is_some());
        let after = school.restarted();
        assert_eq!(after.duties(), school.duties());
        school.does(&ana(), movement());
    }
    school.does(&ana(), school.end_movement());
    for (who, kind) in [(pat(), NOTICES[2]), (carol(), NOTICES[1])] {
        school.does(&who, has_it(school.open_duty(kind).id));
    }
    // Told, and over: it is no more on the screens.
    assert!(school.card(&format!("escalation/{id}")).is_none());
    school.does(&ana(), movement());
    school.does(&ana(), school.end_movement());
    assert_eq!(school.duties(), []);
}

#[test]
fn e4_overdue_is_shown_when_it_is_and_screens_know_when_to_look() {
    let mut school = School::new();
    school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
    let duty = school.open_duty(DutyKind::TellSuperintendent);
    assert!(!duty.overdue);
    assert_eq!(
        school.campus.turns_after(&school.site, school.now),
        Some(duty.due)
    );
    school.wait_ms(119_999);
    assert!(!school.open_duty(DutyKind::TellSuperintendent).overdue);
    school.wait_ms(1);
    assert!(school.open_duty(DutyKind::TellSuperintendent).overdue);
    assert_eq!(school.campus.turns_after(&school.site, school.now), None);
}

#[test]
fn p6_a_duty_that_is_acknowledged_twice_is_acknowledged_once() {
    let mut school = School::new();
    school.does(&ana(), call());
    let request = school.request(has_it(school.open_duty(DutyKind::Call911).id));
    let made = school.asks(&ana(), &request).unwrap();
    school.campus.apply(&made[0], None);
    school.campus.apply(&made[0], None);
    school.record(&made[0]);
    let once = school.campus.clone();
    school.campus.apply(&made[0], None);
    assert_eq!(school.campus, once);
    assert_eq!(school.asks(&ana(), &request).unwrap(), []);
}

#[test]
fn e4_a_campus_where_nobody_is_to_be_told_keeps_asking_and_says_so() {
    let mut school = School::new();
    school.site.people.clear();
    school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
    school.wait_ms(200_000);
    assert_eq!(school.attempts(), []);
    // There is no SRO to tell; the district is told that nobody was.
    assert_eq!(kinds(&school), NOTICES[1..]);
    assert!(school.duties().iter().all(|duty| duty.overdue));
}

#[test]
fn c5_who_is_asked_first_is_asked_for_the_most_pressing() {
    let mut school = School::new();
    school.does(&walt(), sighting(Danger::Yes));
    school.does(&joy(), plea());
    school.does(&joy(), threat());
    school.does(&ana(), movement());
    school.does(&ana(), escalate(Agency::Pd, LineState::Requested));
    let asked: Vec<DutyKind> = school.attempts().iter().map(|due| due.kind).collect();
    let mut sorted = asked.clone();
    sorted.sort_unstable();
    assert_eq!(asked, sorted);
    let _ = id_of("ana");
}
