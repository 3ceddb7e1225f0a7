//! Contact with a person who is a threat: never alone (C3), and always recordable (C4).

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::contact::Breach;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, ContactCard};
use lockstep_rules::Actor;

use crate::school::{
    School, ana, call, carol, dana, id_of, joy, kim, lee, movement, sam, text, threat, tom, walt,
};

fn safe(raise: FactId, with: &str) -> Command {
    Command::JudgeContactSafe {
        raise,
        with: id_of(with),
    }
}

fn made(raise: Option<FactId>, by: &[&str]) -> Command {
    Command::RecordContact {
        raise,
        by: by.iter().map(|name| id_of(name)).collect(),
        what: text("spoke with him at the gate"),
    }
}

fn plan(school: &School, raise: FactId) -> Option<ContactCard> {
    match school.card(&format!("contact/{raise}")) {
        Some(Card::Contact(card)) => Some(card),
        _ => None,
    }
}

fn stands(school: &School, raise: FactId) -> bool {
    plan(school, raise).is_some_and(|plan| plan.stands)
}

fn broke(facts: &[Stamped]) -> Vec<Breach> {
    let Fact::ContactMade { off_protocol, .. } = &facts[0].fact else {
        panic!("{:?}", facts[0].fact);
    };
    off_protocol.clone()
}

/// A prospective threat, and who is here.
fn scene(here: &[Actor]) -> (School, FactId) {
    let mut school = School::new();
    for who in here {
        school.does(who, Command::Arrive {});
    }
    let raise = school.does(&ana(), movement());
    (school, raise)
}

#[test]
fn c3_the_permitted_pairs_and_no_other() {
    let all = [
        sam(),
        lee(),
        ana(),
        tom(),
        kim(),
        carol(),
        dana(),
        walt(),
        joy(),
    ];
    for one in &all {
        for other in &all {
            let (mut school, raise) = scene(&[sam()]);
            let (a, b) = (&one.author, &other.author);
            let pair = [a.role, b.role];
            let permitted = a.principal != b.principal
                && [
                    [Role::Sro, Role::Sso],
                    [Role::Sro, Role::Administrator],
                    [Role::Sso, Role::Administrator],
                ]
                .iter()
                .any(|[x, y]| pair == [*x, *y] || pair == [*y, *x]);
            let said = school.tries(one, safe(raise, &b.name));
            assert_eq!(said.is_ok(), permitted, "{pair:?}");
            if permitted {
                assert!(!stands(&school, raise), "one alone");
                school.does(other, safe(raise, &a.name));
                assert!(stands(&school, raise));
                school.is_the_same_in_any_order();
            }
        }
    }
    let (mut school, raise) = scene(&[sam()]);
    school.refuses(&ana(), safe(raise, "tom"), Code::PairNotPermitted);
    school.refuses(&sam(), safe(raise, "sam"), Code::PairNotPermitted);
    school.refuses(&sam(), safe(raise, "nobody"), Code::UnknownThing);
}

#[test]
fn c3_no_plan_stands_before_an_sro_is_here_nor_after_the_last_has_left() {
    let (mut school, raise) = scene(&[]);
    school.does(&lee(), safe(raise, "ana"));
    school.does(&ana(), safe(raise, "lee"));
    assert!(!stands(&school, raise));
    // Another officer is no SRO.
    school.does(&kim(), Command::Arrive {});
    assert!(!stands(&school, raise));
    school.does(&sam(), Command::Arrive {});
    assert!(stands(&school, raise));
    school.does(&sam(), Command::Leave {});
    assert!(!stands(&school, raise));
    school.does(&sam(), Command::Arrive {});
    school.wait_ms(16 * 3_600_000);
    assert!(!stands(&school, raise), "unknown is never here");
    assert!(!plan(&school, raise).unwrap().sro_here);
}

#[test]
fn c3_both_judge_and_each_names_the_other() {
    let (mut school, raise) = scene(&[sam()]);
    school.does(&lee(), safe(raise, "sam"));
    school.does(&ana(), safe(raise, "sam"));
    school.does(&sam(), safe(raise, "ana"));
    // Lee named Sam, who named Ana.
    assert!(stands(&school, raise));
    let judged: Vec<(String, PersonId)> = plan(&school, raise)
        .unwrap()
        .judged
        .into_iter()
        .map(|judged| (judged.who.name, judged.with))
        .collect();
    assert_eq!(
        judged,
        [
            ("ana".to_owned(), id_of("sam")),
            ("lee".to_owned(), id_of("sam")),
            ("sam".to_owned(), id_of("ana")),
        ]
    );
    // A person's last word counts: Sam goes with Lee instead.
    school.wait_ms(1);
    school.does(&sam(), safe(raise, "lee"));
    school.wait_ms(1);
    school.does(&lee(), Command::WithdrawContact { raise });
    assert!(!stands(&school, raise));
    school.is_the_same_in_any_order();
}

#[test]
fn c3_either_may_withdraw_and_a_judgement_is_for_one_threat() {
    for who in [sam(), lee()] {
        let (mut school, raise) = scene(&[sam()]);
        school.does(&sam(), safe(raise, "lee"));
        school.does(&lee(), safe(raise, "sam"));
        let other = school.does(&joy(), threat());
        assert!(stands(&school, raise) && !stands(&school, other));
        school.wait_ms(1);
        school.does(&who, Command::WithdrawContact { raise });
        assert!(!stands(&school, raise));
        school.is_the_same_in_any_order();
        school.wait_ms(1);
        school.does(
            &who,
            safe(
                raise,
                if who.author.role == Role::Sro {
                    "lee"
                } else {
                    "sam"
                },
            ),
        );
        assert!(stands(&school, raise), "said again, it is judged again");
    }
    // A third person's withdrawal takes nobody else's word away.
    let (mut school, raise) = scene(&[sam()]);
    school.does(&sam(), safe(raise, "lee"));
    school.does(&lee(), safe(raise, "sam"));
    school.does(&ana(), Command::WithdrawContact { raise });
    assert!(stands(&school, raise));
}

#[test]
fn c3_there_is_no_plan_for_what_is_no_threat_or_is_over() {
    let (mut school, raise) = scene(&[sam()]);
    let nobody = FactId(uuid::Uuid::nil());
    school.refuses(&sam(), safe(nobody, "lee"), Code::UnknownThing);
    school.does(&sam(), safe(raise, "lee"));
    school.does(&lee(), safe(raise, "sam"));
    school.does(&ana(), school.end_movement());
    assert_eq!(plan(&school, raise), None);
    school.refuses(&sam(), safe(raise, "lee"), Code::UnknownThing);
    let withdrawn = Command::WithdrawContact { raise };
    school.refuses(&sam(), withdrawn, Code::UnknownThing);
    // A release is none either.
    let mut school = School::new();
    let release = school.released();
    school.refuses(&sam(), safe(release, "lee"), Code::UnknownThing);
}

#[test]
fn c3_only_responders_see_the_plan() {
    let (mut school, raise) = scene(&[sam()]);
    school.does(&sam(), safe(raise, "lee"));
    let key = format!("contact/{raise}");
    for audience in Audience::ALL {
        let sees = school.cards(audience).contains_key(&key);
        assert_eq!(sees, audience.sees_responder_detail());
    }
}

#[test]
fn c4_what_happened_is_recorded_and_marked_for_each_rule_it_broke() {
    let (mut school, raise) = scene(&[]);
    let all = [Breach::Alone, Breach::NotJudgedSafe, Breach::NoSroHere];
    // Alone, by whoever it was; without a name it is the author.
    for by in [&["lee"][..], &[], &["lee", "lee"]] {
        let facts = school.tries(&lee(), made(Some(raise), by)).unwrap();
        assert_eq!(broke(&facts), all);
    }
    let facts = school.tries(&joy(), made(None, &["ana", "tom"])).unwrap();
    assert_eq!(
        broke(&facts),
        [Breach::Pair, Breach::NotJudgedSafe, Breach::NoSroHere]
    );
    let facts = school.tries(&joy(), made(None, &["walt", "joy"])).unwrap();
    assert_eq!(broke(&facts)[0], Breach::Pair);

    school.does(&sam(), Command::Arrive {});
    let facts = school
        .tries(&joy(), made(Some(raise), &["sam", "lee"]))
        .unwrap();
    assert_eq!(broke(&facts), [Breach::NotJudgedSafe]);
    school.does(&sam(), safe(raise, "lee"));
    school.does(&lee(), safe(raise, "sam"));
    // As planned: nothing to mark, also with a third.
    for by in [&["sam", "lee"][..], &["ana", "lee", "sam"]] {
        let facts = school.tries(&joy(), made(Some(raise), by)).unwrap();
        assert_eq!(broke(&facts), []);
    }
    // The pair that went is not the pair that judged.
    let facts = school
        .tries(&joy(), made(Some(raise), &["sam", "ana"]))
        .unwrap();
    assert_eq!(broke(&facts), [Breach::NotJudgedSafe]);
    // Nor is it this threat that they judged.
    let other = school.does(&joy(), threat());
    let facts = school
        .tries(&joy(), made(Some(other), &["sam", "lee"]))
        .unwrap();
    assert_eq!(broke(&facts), [Breach::NotJudgedSafe]);
}

#[test]
fn c4_it_is_never_refused_and_officers_of_other_agencies_are_not_marked() {
    let nobody = FactId(uuid::Uuid::nil());
    let mut school = School::new();
    // Of a threat that is not known, by people who are not known, in no incident at all.
    let facts = school
        .tries(&walt(), made(Some(nobody), &["stranger"]))
        .unwrap();
    assert!(!broke(&facts).is_empty());
    let facts = school.tries(&kim(), made(None, &[])).unwrap();
    assert_eq!(broke(&facts), []);
    let facts = school.tries(&joy(), made(None, &["kim"])).unwrap();
    assert_eq!(broke(&facts), []);
    // Under a lock-down as well.
    school.does(&ana(), call());
    school.does(&joy(), made(None, &["joy"]));
    // The mark stands in the timeline, in words.
    let marked = school
        .cards(Audience::Responder)
        .into_values()
        .any(|card| matches!(card, Card::Line(line) if line.text.contains("OFF PROTOCOL (alone")));
    assert!(marked);
}
