//! Calls for help from outside (E1 to E3, E6).

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, Line, LineState, Response};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Standing};
use lockstep_proto::view::{Card, EscalationCard};
use lockstep_rules::Actor;

use crate::school::{
    School, ana, call, carol, dana, declines, did_it, escalate, has_it, joy, kim, lee, line,
    movement, pat, sam, text, threat, walt,
};

fn stands(school: &School, id: FactId) -> EscalationCard {
    match school.card(&format!("escalation/{id}")) {
        Some(Card::Escalation(card)) => card,
        other => panic!("no escalation: {other:?}"),
    }
}

#[test]
fn e1_any_staff_may_ask_at_any_time_in_every_posture_and_none_cancels_another() {
    let scenes: [fn(&mut School); 5] = [
        |_| {},
        |school| {
            school.does(&ana(), movement());
        },
        |school| {
            school.does(&ana(), call());
        },
        |school| {
            school.released();
        },
        |school| {
            school.does(&sam(), Command::Arrive {});
        },
    ];
    for scene in scenes {
        for who in [
            joy(),
            walt(),
            ana(),
            sam(),
            lee(),
            kim(),
            carol(),
            dana(),
            pat(),
        ] {
            let expired = Actor {
                standing: Standing::Forgiven,
                ..who.clone()
            };
            let mut school = School::new();
            scene(&mut school);
            let posture = school.posture();
            let asked: Vec<FactId> = Agency::ALL
                .into_iter()
                .map(|agency| school.does(&expired, escalate(agency, LineState::Requested)))
                .collect();
            for (id, agency) in asked.iter().zip(Agency::ALL) {
                assert_eq!(stands(&school, *id).agency, agency);
            }
            school.does(&who, line(asked[0], LineState::Closed, Some("twice")));
            assert_eq!(stands(&school, asked[1]).line, Line::None);
            assert_eq!(school.posture(), posture, "no posture follows from it");
            assert!(school.campus.incident().is_some());
        }
    }
}

#[test]
fn e1_it_is_recorded_who_decided_who_called_whom_and_under_which_number() {
    let mut school = School::new();
    let id = school.does(
        &joy(),
        Command::OpenEscalation {
            agency: Agency::Pd,
            basis: Basis::Escalating,
            state: LineState::Calling,
            decided_by: Some(text("Ana Ruiz")),
            called_by: Some(text("the front office")),
            number: Some(text("555-0117")),
            incident_number: None,
            note: Some(text("two men")),
        },
    );
    let accepted = Command::RecordLine {
        escalation: id,
        state: LineState::Accepted,
        incident_number: Some(text("26-4711")),
        note: None,
    };
    school.does(&walt(), accepted);
    let card = stands(&school, id);
    assert_eq!(card.decided_by.as_deref(), Some("Ana Ruiz"));
    assert_eq!(card.called_by.as_deref(), Some("the front office"));
    assert_eq!(card.number.as_deref(), Some("555-0117"));
    assert_eq!(card.incident_number.as_deref(), Some("26-4711"));
    assert_eq!(
        (card.by.name.as_str(), card.basis),
        ("joy", Basis::Escalating)
    );
    school.is_the_same_in_any_order();
}

#[test]
fn e2_it_never_shows_more_than_somebody_recorded() {
    // In any order of their words: the line by the last word on it, the answer likewise.
    for first in LineState::ALL {
        for second in LineState::ALL {
            for third in LineState::ALL {
                let mut school = School::new();
                let id = school.does(&ana(), escalate(Agency::NineOneOne, first));
                for state in [second, third] {
                    school.wait_ms(10);
                    school.does(&joy(), line(id, state, None));
                }
                let said = [first, second, third];
                let last_line = said.iter().filter_map(|state| state.line()).next_back();
                let last_answer = said.iter().filter_map(|state| state.response()).next_back();
                let card = stands(&school, id);
                assert_eq!(card.line, last_line.unwrap_or(Line::None), "{said:?}");
                assert_eq!(
                    card.response,
                    last_answer.unwrap_or(Response::Unknown),
                    "{said:?}"
                );
                assert_eq!(card.response_at.is_some(), last_answer.is_some());
                assert_eq!(card.last, third);
            }
        }
    }
}

#[test]
fn e2_a_word_that_comes_before_its_escalation_waits_for_it() {
    let mut school = School::new();
    let id = school.does(&ana(), escalate(Agency::So, LineState::Requested));
    school.wait_ms(5);
    school.does(&ana(), line(id, LineState::UnitsOnTheWay, None));
    school.wait_ms(5);
    school.does(&ana(), line(id, LineState::LineDropped, Some("no signal")));
    school.is_the_same_in_any_order();
    // Of what is not there nobody can say anything.
    let nobody = FactId(uuid::Uuid::nil());
    school.refuses(
        &ana(),
        line(nobody, LineState::OnScene, None),
        Code::UnknownThing,
    );
}

#[test]
fn e2_nothing_is_green_before_somebody_says_so() {
    let mut school = School::new();
    school.does(&ana(), call());
    let cards = school.cards(Audience::District);
    assert!(
        !cards
            .values()
            .any(|card| matches!(card, Card::Escalation(_)))
    );
    let id = school.does(&ana(), escalate(Agency::NineOneOne, LineState::Requested));
    let card = stands(&school, id);
    assert_eq!((card.line, card.response), (Line::None, Response::Unknown));
    // A request is no line: the duty stands.
    assert!(school.duty(DutyKind::Call911).is_some());
    school.does(&ana(), line(id, LineState::Calling, None));
    assert!(school.duty(DutyKind::Call911).is_some());
    school.does(&ana(), line(id, LineState::UnitsOnTheWay, None));
    assert_eq!(stands(&school, id).line, Line::Calling);
    assert!(school.duty(DutyKind::Call911).is_some());
    school.does(&ana(), line(id, LineState::Accepted, None));
    assert_eq!(school.duty(DutyKind::Call911), None);
}

#[test]
fn e3_a_threat_or_a_call_asks_for_911_at_once_with_what_to_say() {
    for command in [threat(), call()] {
        for recorded in [true, false] {
            let mut school = School::new();
            if recorded {
                school.does(&ana(), command.clone());
            } else {
                school.shown_only(&ana(), command.clone());
            }
            assert_eq!(
                school.asked(DutyKind::Call911),
                ["ana", "lee", "sam", "tom"]
            );
            let duty = school.open_duty(DutyKind::Call911);
            for words in ["911", "North High", "1 North Road"] {
                assert!(duty.say.contains(words), "{}", duty.say);
            }
        }
    }
    // Controlled movement alone does not.
    let mut school = School::new();
    school.does(&ana(), movement());
    assert_eq!(school.duty(DutyKind::Call911), None);
}

#[test]
fn e3_three_hundred_calls_ask_for_one_call_to_911() {
    let mut school = School::new();
    school.does(&lee(), call());
    let first = school.open_duty(DutyKind::Call911);
    assert_eq!(
        school.tries_all(lockstep_proto::duty::Outcome::Sent).len(),
        8
    );
    for n in 1..300 {
        school.wait_ms(10);
        let caller = crate::school::person(&format!("caller-{n}"), lockstep_proto::role::Role::Sso);
        if n % 2 == 0 {
            school.does(&caller, call());
        } else {
            school.shown_only(&caller, call());
        }
    }
    let kinds: Vec<DutyKind> = school.duties().iter().map(|duty| duty.kind).collect();
    assert_eq!(kinds, [DutyKind::Call911, DutyKind::CallSro]);
    // It is the first call's duty, with its clock; nobody is asked anew for each.
    let duty = school.open_duty(DutyKind::Call911);
    assert_eq!((duty.id, duty.since), (first.id, first.since));
    assert_eq!(school.attempts(), []);
    assert_eq!(school.headline().calls, 300);
    school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    let kinds: Vec<DutyKind> = school.duties().iter().map(|duty| duty.kind).collect();
    assert_eq!(
        kinds,
        [
            DutyKind::TellSro,
            DutyKind::TellChiefOrDirector,
            DutyKind::TellSuperintendent
        ]
    );
}

#[test]
fn e3_a_line_that_drops_is_asked_for_again_at_once() {
    let mut school = School::new();
    school.does(&ana(), call());
    let first = school.open_duty(DutyKind::Call911);
    school.does(&ana(), has_it(first.id));
    let id = school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.does(&ana(), did_it(first.id));
    assert_eq!(school.duty(DutyKind::Call911), None);
    school.wait_ms(600_000);
    school.does(&ana(), line(id, LineState::LineDropped, None));
    // Who had it in hand before has not, and the clock is a new one.
    let again = school.open_duty(DutyKind::Call911);
    assert_ne!(again.id, first.id);
    assert_eq!((again.since, again.overdue), (school.now, false));
    assert_eq!(again.acknowledged, None);
    assert_eq!(
        school.asked(DutyKind::Call911),
        ["ana", "lee", "sam", "tom"]
    );
    // Said with a reason or not: a line that dropped was not meant to.
    school.does(&ana(), line(id, LineState::LineOpen, None));
    assert_eq!(school.duty(DutyKind::Call911), None);
    school.wait_ms(1_000);
    school.does(&ana(), line(id, LineState::LineDropped, Some("no signal")));
    let third = school.open_duty(DutyKind::Call911);
    assert_ne!(third.id, again.id);
    // It can be answered for like any other.
    school.does(&lee(), declines(third.id));
    assert_eq!(school.duty(DutyKind::Call911), None);
    // And a call after that asks anew.
    school.wait_ms(1_000);
    school.does(&sam(), call());
    assert!(school.duty(DutyKind::Call911).is_some());
    school.is_the_same_in_any_order();
}

#[test]
fn e3_one_open_line_of_several_is_enough() {
    let mut school = School::new();
    school.does(&ana(), call());
    let one = school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    let two = school.does(&joy(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.does(&ana(), line(one, LineState::LineDropped, None));
    assert_eq!(school.duty(DutyKind::Call911), None);
    school.does(&joy(), line(two, LineState::LineDropped, None));
    assert!(school.duty(DutyKind::Call911).is_some());
    // A line to the PD is no line to 911.
    school.does(&ana(), escalate(Agency::Pd, LineState::LineOpen));
    assert!(school.duty(DutyKind::Call911).is_some());
    school.is_the_same_in_any_order();
}

#[test]
fn e3_a_line_closed_before_the_release_asks_why() {
    let mut school = School::new();
    school.does(&ana(), call());
    let id = school.does(&joy(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.wait_ms(1_000);
    school.does(&joy(), line(id, LineState::Closed, None));
    assert!(stands(&school, id).closed_unexplained);
    assert_eq!(
        school.asked(DutyKind::ExplainClosedLine),
        ["ana", "sam", "tom"]
    );
    // Nobody is on the line, and nobody has said why not.
    assert!(school.duty(DutyKind::Call911).is_some());
    school.is_the_same_in_any_order();
    school.wait_ms(1_000);
    school.does(
        &joy(),
        line(id, LineState::UnitsOnTheWay, Some("the PSAP hung up")),
    );
    assert!(!stands(&school, id).closed_unexplained);
    assert_eq!(school.duty(DutyKind::Call911), None);
    // It is said why, and the administrators and the SRO are told all the same.
    let told = school.open_duty(DutyKind::ExplainClosedLine).id;
    school.refuses(&lee(), has_it(told), Code::NotAllowed);
    school.does(&sam(), has_it(told));
    assert_eq!(school.duty(DutyKind::ExplainClosedLine), None);
    school.is_the_same_in_any_order();
    // Closed with a reason, it asks nothing more; a new call does.
    school.wait_ms(1_000);
    school.does(&sam(), call());
    assert!(school.duty(DutyKind::Call911).is_some());
}

#[test]
fn e3_a_threat_that_waits_holds_the_line_as_well_and_a_release_lets_it_go() {
    let mut school = School::new();
    school.does(&joy(), threat());
    let id = school.does(&joy(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.does(&joy(), line(id, LineState::Closed, None));
    assert!(school.duty(DutyKind::ExplainClosedLine).is_some());

    let mut school = School::new();
    school.released();
    let id = school.does(&joy(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.does(&joy(), line(id, LineState::Closed, None));
    assert_eq!(school.duty(DutyKind::ExplainClosedLine), None);
    assert!(!stands(&school, id).closed_unexplained);
}

#[test]
fn e3_a_line_that_was_closed_in_an_earlier_incident_is_no_question_of_this_one() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let id = school.does(&ana(), escalate(Agency::Pd, LineState::LineOpen));
    school.does(&ana(), line(id, LineState::Closed, None));
    let asked = school.open_duty(DutyKind::ExplainClosedLine).id;
    school.does(&ana(), declines(asked));
    school.does(&ana(), school.end_movement());
    // The superintendent is still to be told of it; why it was closed was said.
    assert!(school.duty(DutyKind::TellSuperintendent).is_some());
    school.does(&ana(), movement());
    assert_eq!(school.duty(DutyKind::ExplainClosedLine), None);
    assert!(!stands(&school, id).closed_unexplained);
}

#[test]
fn e3_a_call_that_never_came_through_and_was_given_up_is_no_answer() {
    let mut school = School::new();
    school.does(&ana(), call());
    let id = school.does(&joy(), escalate(Agency::NineOneOne, LineState::Calling));
    school.does(&joy(), line(id, LineState::Closed, Some("engaged")));
    assert!(school.duty(DutyKind::Call911).is_some());
}

#[test]
fn e3_a_line_of_an_earlier_incident_is_no_call_for_help_now() {
    let mut school = School::new();
    school.does(&ana(), movement());
    school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    school.does(&ana(), school.end_movement());
    assert_eq!(school.posture(), Posture::Normal);
    school.wait_ms(3_600_000);
    for recorded in [false, true] {
        let mut school = school.clone();
        if recorded {
            school.does(&ana(), call());
        } else {
            school.shown_only(&ana(), call());
        }
        assert!(school.duty(DutyKind::Call911).is_some(), "{recorded}");
        assert!(school.duty(DutyKind::CallSro).is_some(), "{recorded}");
    }
}

#[test]
fn e3_whoever_answers_for_a_threat_answers_for_the_call_that_took_it_over() {
    let mut school = School::new();
    school.does(&joy(), threat());
    let asked = school.open_duty(DutyKind::Call911).id;
    school.wait_ms(1_000);
    school.does(&sam(), call());
    assert_ne!(school.open_duty(DutyKind::Call911).id, asked);
    school.wait_ms(1_000);
    // They answer by the duty that their screen had.
    school.does(&ana(), did_it(asked));
    assert_eq!(school.duty(DutyKind::Call911), None);
}

#[test]
fn e6_every_escalation_asks_every_sro_until_each_has_heard() {
    for agency in Agency::ALL {
        for who in [joy(), ana(), sam(), pat()] {
            let mut school = School::new();
            let sam_too = school.site.people[&crate::school::id_of("sam")].clone();
            school
                .site
                .people
                .insert(crate::school::id_of("sid"), sam_too);
            school.does(&who, escalate(agency, LineState::Requested));
            assert_eq!(school.asked(DutyKind::TellSro), ["sam", "sid"]);
            let duty = school.open_duty(DutyKind::TellSro).id;
            school.does(&sam(), has_it(duty));
            assert_eq!(school.asked(DutyKind::TellSro), ["sid"]);
            let sid = crate::school::person("sid", lockstep_proto::role::Role::Sro);
            // One SRO who will not is not the others' answer.
            school.does(&sid, declines(duty));
            assert_eq!(school.duty(DutyKind::TellSro), None);
        }
    }
    let mut school = School::new();
    let sam_too = school.site.people[&crate::school::id_of("sam")].clone();
    school
        .site
        .people
        .insert(crate::school::id_of("sid"), sam_too);
    school.does(&joy(), escalate(Agency::Pd, LineState::Requested));
    let duty = school.open_duty(DutyKind::TellSro).id;
    school.does(&sam(), declines(duty));
    assert_eq!(school.asked(DutyKind::TellSro), ["sid"]);
}

#[test]
fn p4_a_line_stands_beyond_its_incident_until_it_is_closed() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let id = school.does(&ana(), escalate(Agency::NineOneOne, LineState::LineOpen));
    for (who, kind) in [
        (sam(), DutyKind::TellSro),
        (dana(), DutyKind::TellChiefOrDirector),
        (pat(), DutyKind::TellSuperintendent),
    ] {
        school.does(&who, has_it(school.open_duty(kind).id));
    }
    school.does(&ana(), school.end_movement());
    assert_eq!(stands(&school, id).line, Line::Open);
    // Who was told of it is not told again.
    assert_eq!(school.duties(), []);
    school.does(&ana(), line(id, LineState::Closed, None));
    assert!(school.card(&format!("escalation/{id}")).is_none());
}
