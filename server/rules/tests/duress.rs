//! A4: a PIN that says that its author is forced. It lifts nothing, it is answered as P4 answers
//! anybody, and those who may hear of it are told, never at the sign-in that said it.

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::fact::Stamped;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::view::Card;
use lockstep_rules::{Actor, Right, duress_cards, refusal_id};

use crate::school::{
    School, ana, call, campus_id, dana, drill, forced, fresh, kim, movement, sam, today, tom,
};

/// What the server does with a command of somebody who is forced.
fn forces(school: &mut School, actor: &Actor, command: Command) -> Stamped {
    let request = school.request(command);
    let refusal = school.asks(&forced(actor), &request).unwrap_err();
    assert_eq!(refusal.code, Code::NewAlarm, "{}", request.command.name());
    let alarm = school.note_refusal(&forced(actor), &request, refusal.code);
    assert_eq!(refusal.about, [alarm.id.to_string()]);
    alarm
}

/// What the server does with the same command where an alarm came in meanwhile.
fn looks_again(school: &mut School, actor: &Actor, command: Command) -> Stamped {
    let request = school.request(command);
    school.note_refusal(&fresh(actor), &request, Code::NewAlarm)
}

#[test]
fn a4_nothing_that_is_asked_for_under_duress_comes_true() {
    let mut school = School::new();
    school.does(&ana(), movement());
    let end = school.end_movement();
    forces(&mut school, &ana(), end);
    school.does(&ana(), call());
    school.swept_by(&sam());
    let all_clear = school.all_clear();
    forces(&mut school, &sam(), all_clear.clone());
    let propose = school.propose();
    forces(&mut school, &ana(), propose.clone());
    let proposal = school.does(&fresh(&ana()), school.propose());
    let confirm = school.confirm(proposal);
    forces(&mut school, &tom(), confirm);
    assert_eq!(school.posture(), Posture::LockDown);
    // Also where the ordinary PIN would have been refused for another reason.
    forces(&mut school, &dana(), all_clear);

    let mut school = School::new();
    school.released();
    let resume = school.resume();
    forces(&mut school, &ana(), resume);
    assert_eq!(school.posture(), Posture::AllClear);

    let mut school = School::new();
    forces(&mut school, &ana(), drill(DrillKind::LockDown));
    assert!(
        school
            .cards(Audience::Room)
            .values()
            .all(|card| !matches!(card, Card::Drill(_)))
    );
}

/// A raise asks for no PIN, so that none can stand in its way (P2).
#[test]
fn p2_who_is_forced_raises_as_anybody() {
    let mut school = School::new();
    school.does(&forced(&ana()), call());
    assert_eq!(school.posture(), Posture::LockDown);
}

/// Whatever a backend is handed, the right itself is gone.
#[test]
fn a4_no_journal_takes_a_clear_of_somebody_forced() {
    let mut school = School::new();
    school.does(&ana(), call());
    let actor = forced(&sam());
    let person = lockstep_proto::directory::Person {
        name: "sam".to_owned(),
        role: Role::Sro,
        campuses: vec![campus_id(crate::school::NORTH)],
        room: None,
        certification: actor.certification.clone(),
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    };
    let right = |actor: Actor| Right {
        actor,
        campus: campus_id(crate::school::NORTH),
        command: school.all_clear(),
        today: today(),
        proposer: None,
    };
    let policy = &school.site.policy;
    let holds = |actor| right(actor).still_holds(Some(&person), policy, true);
    assert_eq!(holds(fresh(&sam())), Ok(()));
    assert_eq!(holds(actor), Err(Code::NewAlarm));
}

/// Two schools in which the same happened, but that in one the author was forced: every screen
/// shows the same.
#[test]
fn a4_no_screen_shows_more_than_after_any_refusal_for_an_alarm() {
    let mut forced_here = School::new();
    let mut not_here = School::new();
    for school in [&mut forced_here, &mut not_here] {
        school.does(&ana(), call());
        school.swept_by(&sam());
        school.does(&fresh(&ana()), school.propose());
    }
    let all_clear = forced_here.all_clear();
    forces(&mut forced_here, &sam(), all_clear.clone());
    looks_again(&mut not_here, &sam(), all_clear);
    for audience in Audience::ALL {
        assert_eq!(forced_here.cards(audience), not_here.cards(audience));
    }
    // The proposal that stood still stands: anything new would void it for all to see (S4).
    let proposals = |school: &School| {
        let cards = school.cards(Audience::Responder);
        cards
            .values()
            .filter(|card| matches!(card, Card::Proposal(_)))
            .count()
    };
    assert_eq!((proposals(&forced_here), proposals(&not_here)), (1, 1));
}

#[test]
fn a4_those_elsewhere_hear_of_it_and_its_own_sign_in_does_not() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let all_clear = school.all_clear();
    let alarm = forces(&mut school, &sam(), all_clear);
    let own = sam().author.credential;
    assert_eq!(duress_cards(&school.campus, own.as_ref()), []);
    let theirs = duress_cards(&school.campus, kim().author.credential.as_ref());
    let [Card::Duress(card)] = theirs.as_slice() else {
        panic!("{theirs:?}");
    };
    assert_eq!((card.id, card.who.name.as_str()), (alarm.id, "sam"));
    assert_eq!(card.command, "give_all_clear");
    // One more, of somebody else: each hears of the other alone.
    let propose = school.propose();
    forces(&mut school, &ana(), propose);
    let of = |who: Actor| duress_cards(&school.campus, who.author.credential.as_ref());
    let names = |cards: Vec<Card>| -> Vec<String> {
        let who = cards.into_iter().map(|card| {
            let Card::Duress(card) = card else { panic!() };
            card.who.name
        });
        who.collect()
    };
    assert_eq!(names(of(sam())), ["ana"]);
    assert_eq!(names(of(ana())), ["sam"]);
    assert_eq!(of(kim()).len(), 2);
    school.is_the_same_in_any_order();
}

/// It is an alarm: whoever clears has looked since (P4). It is over with its incident.
#[test]
fn p4_others_look_again_and_may_then_release() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let drawn = school.all_clear();
    forces(&mut school, &sam(), drawn.clone());
    school.does(&kim(), Command::Arrive {});
    school.refuses(&fresh(&kim()), drawn, Code::NewAlarm);
    school.does(&fresh(&kim()), school.all_clear());
    assert_eq!(duress_cards(&school.campus, None).len(), 1);
    school.does(&ana(), school.resume());
    assert_eq!(duress_cards(&school.campus, None), []);
    assert_eq!(duress_cards(&school.restarted().campus, None), []);
}

#[test]
fn d2_a_drill_does_not_end_by_it() {
    let mut school = School::new();
    let id = school.does(&fresh(&ana()), drill(DrillKind::LockDown));
    let before = school.cards(Audience::Room);
    let end = school.end_drill(id);
    forces(&mut school, &sam(), end);
    assert_eq!(school.cards(Audience::Room), before);
}

/// The same command again, as a client sends that missed its answer, is one alarm; and one that
/// an ordinary PIN was refused before is an alarm all the same.
#[test]
fn p6_the_same_command_is_one_alarm_whatever_was_answered_before() {
    let mut school = School::new();
    school.does(&ana(), call());
    school.swept_by(&sam());
    let request = school.request(school.all_clear());
    for _ in 0..2 {
        let refusal = school.asks(&forced(&sam()), &request).unwrap_err();
        school.note_refusal(&forced(&sam()), &request, refusal.code);
    }
    assert_eq!(duress_cards(&school.campus, None).len(), 1);
    // With the ordinary PIN it stays refused: it never comes true later.
    let again = school.asks(&fresh(&sam()), &request).unwrap_err();
    assert_eq!(again.code, Code::NewAlarm);

    let request = school.request(school.all_clear());
    let ordinary = school.note_refusal(&fresh(&sam()), &request, Code::NewAlarm);
    let refusal = school.asks(&forced(&sam()), &request).unwrap_err();
    let alarm = school.note_refusal(&forced(&sam()), &request, refusal.code);
    assert_ne!(alarm.id, ordinary.id);
    assert_eq!(
        ordinary.id,
        refusal_id(
            lockstep_proto::id::FactId::of_command(
                &sam().district,
                &sam().author.principal,
                request.id,
            ),
            Code::NewAlarm,
        )
    );
    assert_eq!(duress_cards(&school.campus, None).len(), 2);
}
