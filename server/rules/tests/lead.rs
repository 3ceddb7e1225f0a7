//! Who has the lead (C7), and who is here (C6).

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::id::FactId;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::{Card, LeadCard};
use lockstep_rules::Actor;

use crate::school::{
    School, ana, call, carol, dana, fresh, id_of, joy, kim, lee, movement, person, sam, tom, walt,
};

fn card(school: &School) -> Option<LeadCard> {
    match school.card("lead") {
        Some(Card::Lead(card)) => Some(card),
        _ => None,
    }
}

#[test]
fn c3_c7_those_who_answer_for_a_campus_know_who_may_be_picked_and_nobody_else_does() {
    let school = School::new();
    for audience in Audience::ALL {
        let Some(Card::Campus(campus)) = school.cards(audience).remove("campus") else {
            panic!("no campus");
        };
        let picked: Vec<Role> = campus.people.iter().map(|person| person.role).collect();
        assert_eq!(!picked.is_empty(), audience.sees_responder_detail());
        for role in [Role::Eyes, Role::Director, Role::Superintendent] {
            assert!(!picked.contains(&role), "{role:?} leads nothing");
        }
        let mine = campus.people.iter().any(|one| one.id == id_of("sam"));
        assert_eq!(mine, audience.sees_responder_detail());
    }
}

fn lead(school: &School) -> Option<String> {
    card(school)?.lead.map(|lead| lead.person.to_string())
}

fn arrives(school: &mut School, who: &Actor) {
    school.wait_ms(1_000);
    school.does(who, Command::Arrive {});
}

fn leaves(school: &mut School, who: &Actor) {
    school.wait_ms(1_000);
    school.does(who, Command::Leave {});
}

fn hands_over(school: &mut School, from: &Actor, to: &Actor) {
    school.wait_ms(1_000);
    let offer = Command::OfferLead {
        to: id_of(&to.author.name),
    };
    let offer = school.does(from, offer);
    school.wait_ms(1_000);
    school.does(to, Command::TakeLead { offer });
}

#[test]
fn c7_an_sro_who_is_here_else_the_administrator() {
    let mut school = School::new();
    assert_eq!(card(&school), None, "there is no lead without an incident");
    school.does(&ana(), movement());
    assert_eq!(lead(&school), None, "nobody is recorded as here");
    arrives(&mut school, &tom());
    arrives(&mut school, &ana());
    assert_eq!(lead(&school).as_deref(), Some("tom"), "who came first");
    arrives(&mut school, &kim());
    arrives(&mut school, &lee());
    assert_eq!(lead(&school).as_deref(), Some("tom"));
    arrives(&mut school, &sam());
    assert_eq!(lead(&school).as_deref(), Some("sam"));
    leaves(&mut school, &sam());
    assert_eq!(lead(&school).as_deref(), Some("tom"));
    leaves(&mut school, &tom());
    assert_eq!(lead(&school).as_deref(), Some("ana"));
    school.is_the_same_in_any_order();
    school.wait_ms(16 * 3_600_000);
    assert_eq!(lead(&school), None, "unknown is never here");
}

#[test]
fn c7_a_hand_over_is_accepted_by_its_taker_and_by_nobody_else() {
    let mut school = School::new();
    school.does(&ana(), call());
    arrives(&mut school, &sam());
    let to = id_of("ana");
    let offer = school.does(&sam(), Command::OfferLead { to });
    // Offered is not handed over.
    assert_eq!(lead(&school).as_deref(), Some("sam"));
    assert_eq!(card(&school).unwrap().offers[0].id, offer);
    for who in [sam(), tom(), lee(), kim(), carol()] {
        school.refuses(&who, Command::TakeLead { offer }, Code::NotYours);
    }
    school.refuses(&joy(), Command::TakeLead { offer }, Code::NotAllowed);
    // Shown is not handed over either: two instances must not both have a lead.
    let taken = school.request(Command::TakeLead { offer });
    let made = school.asks(&ana(), &taken).unwrap();
    school.campus.apply(&made[0], None);
    assert_eq!(lead(&school).as_deref(), Some("sam"));
    school.record(&made[0]);
    assert_eq!(lead(&school).as_deref(), Some("ana"));
    assert_eq!(card(&school).unwrap().offers, []);
    // An SRO's arrival does not take it back.
    let sid = person("sid", lockstep_proto::role::Role::Sro);
    arrives(&mut school, &sid);
    assert_eq!(lead(&school).as_deref(), Some("ana"));
    school.is_the_same_in_any_order();
}

#[test]
fn c7_an_offer_that_a_later_hand_over_has_overtaken_is_gone() {
    let mut school = School::new();
    school.does(&ana(), call());
    arrives(&mut school, &sam());
    let to_tom = school.does(&sam(), Command::OfferLead { to: id_of("tom") });
    hands_over(&mut school, &sam(), &lee());
    school.refuses(
        &tom(),
        Command::TakeLead { offer: to_tom },
        Code::UnknownThing,
    );
    assert_eq!(lead(&school).as_deref(), Some("lee"));
    let nobody = FactId(uuid::Uuid::nil());
    school.refuses(
        &tom(),
        Command::TakeLead { offer: nobody },
        Code::UnknownThing,
    );
    let stranger = Command::OfferLead {
        to: id_of("stranger"),
    };
    school.refuses(&lee(), stranger, Code::UnknownThing);
}

#[test]
fn c7_who_leaves_leaves_the_lead_and_does_not_find_it_on_coming_back() {
    let mut school = School::new();
    school.does(&ana(), call());
    arrives(&mut school, &sam());
    arrives(&mut school, &tom());
    hands_over(&mut school, &sam(), &tom());
    assert_eq!(lead(&school).as_deref(), Some("tom"));
    leaves(&mut school, &tom());
    assert_eq!(lead(&school).as_deref(), Some("sam"));
    arrives(&mut school, &tom());
    assert_eq!(lead(&school).as_deref(), Some("sam"));
    school.is_the_same_in_any_order();
    hands_over(&mut school, &sam(), &tom());
    assert_eq!(lead(&school).as_deref(), Some("tom"));
    // Somebody else's leaving changes nothing.
    leaves(&mut school, &sam());
    assert_eq!(lead(&school).as_deref(), Some("tom"));
    school.is_the_same_in_any_order();
}

#[test]
fn c7_the_lead_goes_with_the_incident() {
    let mut school = School::new();
    school.does(&ana(), movement());
    arrives(&mut school, &sam());
    hands_over(&mut school, &sam(), &lee());
    school.does(&ana(), school.end_movement());
    assert_eq!(card(&school), None);
    school.does(&ana(), movement());
    assert_eq!(lead(&school).as_deref(), Some("sam"));
}

#[test]
fn c7_the_lead_gains_no_rights() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    hands_over(&mut school, &sam(), &lee());
    assert_eq!(lead(&school).as_deref(), Some("lee"));
    school.refuses(&fresh(&lee()), school.all_clear(), Code::NotAllowed);
    school.refuses(&lee(), Command::StartSweep {}, Code::NotAllowed);
    // And whoever gave it away has kept theirs.
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn c6_responders_record_their_coming_and_going_and_a_remote_sros_word_counts() {
    for who in [ana(), sam(), kim(), lee(), carol(), dana()] {
        let mut school = School::new();
        arrives(&mut school, &who);
        let key = format!("presence/{}", who.author.name);
        let here = |school: &School| match school.card(&key) {
            Some(Card::Presence(card)) => card.here,
            other => panic!("{other:?}"),
        };
        assert!(here(&school));
        leaves(&mut school, &who);
        assert!(!here(&school));
        school.is_the_same_in_any_order();
    }
    let mut school = School::new();
    school.refuses(&walt(), Command::Arrive {}, Code::NotAllowed);
    // From off campus: valid, but for the all clear, which is marked.
    school.does(&ana(), call());
    school.does(&sam(), Command::StartSweep {});
    for id in crate::school::ZONES {
        let zone = crate::school::zone(id);
        school.does(&sam(), Command::ClearZone { zone });
    }
    school.refuses(&fresh(&sam()), school.all_clear(), Code::OffCampus);
    school.does(&fresh(&sam()), school.all_clear_because("by radio"));
    assert_eq!(
        school.headline().marks,
        [lockstep_proto::fact::Mark::GivenFromOffCampus]
    );
}
