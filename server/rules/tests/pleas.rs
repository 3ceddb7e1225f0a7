//! P2 and P4: a plea for help is taken from wherever it comes, and stands until it is answered.

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, RoomState};
use lockstep_proto::id::{FactId, RoomId};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, PleaCard};
use lockstep_rules::{Actor, Extras, render};

use crate::school::{School, ana, call, device, joy, person, report, room, text};

fn help(room: Option<RoomId>) -> Command {
    Command::ReportRoom {
        room,
        report: report(RoomState::NeedHelp),
        note: Some(text("stairwell C")),
    }
}

fn pleas(school: &School, audience: Audience) -> Vec<PleaCard> {
    render(&school.campus, &school.site, &Extras::default(), audience)
        .into_values()
        .filter_map(|card| {
            if let Card::Plea(card) = card {
                Some(card)
            } else {
                None
            }
        })
        .collect()
}

fn answer(plea: FactId) -> Command {
    Command::AnswerPlea { plea, note: None }
}

/// Eyes have no room of their own.
fn walt() -> Actor {
    person("walt", Role::Eyes)
}

#[test]
fn p2_a_plea_is_never_refused_for_want_of_a_room() {
    let mut school = School::new();
    for named in [None, Some(room("n999"))] {
        school.does(&walt(), help(named));
        let standing = pleas(&school, Audience::Responder);
        assert_eq!(standing.len(), 1, "the newest of each person");
        assert_eq!(standing[0].by.name, "walt");
        assert_eq!(standing[0].note.as_deref(), Some("stairwell C"));
    }
    // A device asks from where it hangs, whatever it names; so does a teacher.
    for who in [device(), joy()] {
        school.does(&who, help(Some(room("n999"))));
    }
    assert_eq!(pleas(&school, Audience::Responder).len(), 1);
    // Who else asks is somebody else.
    school.does(&person("ida", Role::Eyes), help(None));
    assert_eq!(pleas(&school, Audience::District).len(), 2);
    for audience in [Audience::Room, Audience::Staff] {
        assert!(pleas(&school, audience).is_empty());
    }
    // Another report needs its room: without one it says nothing of any.
    let secured = Command::ReportRoom {
        room: None,
        report: report(RoomState::Secured),
        note: None,
    };
    school.refuses(&walt(), secured, Code::RoomNeeded);
}

#[test]
fn p4_a_plea_from_no_room_stands_until_a_person_answers_it() {
    let mut school = School::new();
    let plea = school.does(&walt(), help(None));
    school.does(&ana(), call());
    school.released();
    school.does(&ana(), school.resume());
    assert_eq!(
        pleas(&school, Audience::Responder).len(),
        1,
        "no clear answers it"
    );
    school.refuses(&walt(), answer(plea), Code::NotAllowed);
    school.does(&ana(), answer(plea));
    assert!(pleas(&school, Audience::Responder).is_empty());
    school.does(&walt(), help(None));
    assert_eq!(pleas(&school, Audience::Responder).len(), 1);
}
