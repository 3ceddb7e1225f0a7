//! S4: the school lifts by two people, in its own words.

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{CredentialId, FactId};
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Role;

use crate::school::{
    School, ana, call, dana, fresh, joy, kim, lee, person, sam, text, threat, tom,
};

/// Given: a lock-down, and an administrator's proposal to lift it.
fn proposed() -> (School, FactId) {
    let mut school = School::new();
    school.does(&ana(), call());
    let proposal = school.does(&fresh(&ana()), school.propose());
    (school, proposal)
}

#[test]
fn s4_two_people_lift_and_it_never_reads_all_clear() {
    for second in [tom(), dana()] {
        let (mut school, proposal) = proposed();
        let made = school
            .tries(&fresh(&second), school.confirm(proposal))
            .unwrap();
        assert_eq!(school.posture(), Posture::LiftedBySchool);
        let Fact::SchoolLifted {
            proposed_by, marks, ..
        } = &made[0].fact
        else {
            panic!("no lift");
        };
        assert_eq!(proposed_by.as_str(), "ana");
        assert_eq!(marks, &[Mark::Unswept]);
        let line = lockstep_proto::sentence::sentence(&made[0].fact);
        assert!(line.contains("not a law-enforcement all clear"), "{line}");
    }
}

#[test]
fn s4_it_takes_two_people_and_two_sessions() {
    let (mut school, proposal) = proposed();
    school.refuses(&fresh(&ana()), school.confirm(proposal), Code::SamePerson);
    // Her other phone is still her.
    let mut other_phone = fresh(&ana());
    other_phone.author.credential = Some(CredentialId::new("ana-2").unwrap());
    school.refuses(&other_phone, school.confirm(proposal), Code::SamePerson);
    // Tom on her session is one session.
    let mut borrowed = fresh(&tom());
    borrowed.author.credential = ana().author.credential;
    school.refuses(&borrowed, school.confirm(proposal), Code::SamePerson);
    for who in [lee(), sam(), person("pat", Role::Superintendent)] {
        school.refuses(&fresh(&who), school.confirm(proposal), Code::NotAllowed);
    }
    for who in [dana(), sam(), lee()] {
        school.refuses(&fresh(&who), school.propose(), Code::NotAllowed);
    }
}

#[test]
fn s4_five_minutes_void_a_proposal() {
    let (mut school, proposal) = proposed();
    school.wait_ms(300_000);
    let mut twin = school.clone();
    twin.does(&fresh(&tom()), twin.confirm(proposal));
    school.wait_ms(1);
    school.refuses(&fresh(&tom()), school.confirm(proposal), Code::ProposalVoid);
}

#[test]
fn s4_anything_new_voids_a_proposal() {
    let help = Command::ReportRoom {
        room: None,
        report: crate::school::report(lockstep_proto::command::RoomState::NeedHelp),
        note: None,
    };
    for (who, raise) in [(lee(), call()), (joy(), threat()), (joy(), help)] {
        let (mut school, proposal) = proposed();
        let drawn = school.confirm(proposal);
        school.does(&who, raise.clone());
        school.refuses(&fresh(&tom()), drawn, Code::ProposalVoid);
        // Looking again is not enough: it is proposed again.
        school.refuses(&fresh(&tom()), school.confirm(proposal), Code::ProposalVoid);
        let again = school.does(&fresh(&ana()), school.propose());
        school.does(&fresh(&tom()), school.confirm(again));

        let (mut school, proposal) = proposed();
        school.shown_only(&who, raise);
        school.refuses(&fresh(&tom()), school.confirm(proposal), Code::ProposalVoid);
    }
    // An acknowledgement is nothing new.
    let (mut school, proposal) = proposed();
    let seen = Command::Acknowledge {
        room: None,
        through: school.head(),
        also: Vec::new(),
    };
    school.does(&joy(), seen);
    school.does(&fresh(&tom()), school.confirm(proposal));
}

#[test]
fn s4_both_name_the_same_raises() {
    let (mut school, proposal) = proposed();
    let none = Command::ConfirmLift {
        proposal,
        lifts: Vec::new(),
        seen: school.head(),
    };
    school.refuses(&fresh(&tom()), none, Code::ProposalVoid);
    let unknown = Command::ConfirmLift {
        proposal: school.raises()[0],
        lifts: school.raises(),
        seen: school.head(),
    };
    school.refuses(&fresh(&tom()), unknown, Code::UnknownThing);
}

#[test]
fn s4_an_officers_objection_blocks_until_withdrawn_or_set_aside() {
    let object = || Command::ObjectToLift {
        reason: text("wait for the sheriff"),
    };
    let (mut school, proposal) = proposed();
    school.refuses(&lee(), object(), Code::NotAllowed);
    let objection = school.does(&kim(), object());
    school.refuses(
        &fresh(&tom()),
        school.confirm(proposal),
        Code::ObjectionStands,
    );
    school.refuses(&fresh(&ana()), school.propose(), Code::ObjectionStands);
    school.refuses(
        &sam(),
        Command::WithdrawObjection { objection },
        Code::NotYours,
    );
    let mut withdrawn = school.clone();
    withdrawn.does(&kim(), Command::WithdrawObjection { objection });
    let again = withdrawn.does(&fresh(&ana()), withdrawn.propose());
    withdrawn.does(&fresh(&tom()), withdrawn.confirm(again));

    let aside = Command::SetAsideObjection {
        objection,
        reason: text("the sheriff is here"),
    };
    for who in [ana(), sam(), person("pat", Role::Superintendent)] {
        school.refuses(&who, aside.clone(), Code::NotAllowed);
    }
    school.does(&dana(), aside);
    let again = school.does(&fresh(&ana()), school.propose());
    school.does(&fresh(&tom()), school.confirm(again));
    // It is no veto of an all clear.
    let (mut school, _) = proposed();
    school.does(&kim(), object());
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn s4_a_district_may_disable_it() {
    let mut school = School::with(|policy| policy.school_lift = false);
    school.does(&ana(), call());
    school.refuses(&fresh(&ana()), school.propose(), Code::LiftDisabled);
    // Disabled between the two.
    let (mut school, proposal) = proposed();
    school.site.policy.school_lift = false;
    school.refuses(&fresh(&tom()), school.confirm(proposal), Code::LiftDisabled);
    // Who could not do it anyway hears that first.
    school.refuses(&fresh(&lee()), school.propose(), Code::NotAllowed);
}
