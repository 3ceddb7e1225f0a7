//! S1 to S3, S6: the sweep, and the all clear that stands on it.

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::fact::{Fact, Mark, Stamped};
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Audience;
use lockstep_proto::view::Card;
use lockstep_rules::{Extras, render};

use crate::school::{School, ana, call, fresh, kim, lee, sam, text, tom, zone};

fn clear_zone(id: &str) -> Command {
    Command::ClearZone { zone: zone(id) }
}

fn adverse(id: &str) -> Command {
    Command::ReportAdverse {
        zone: zone(id),
        seen: text("a door that was shut is open"),
    }
}

fn not_clear() -> Command {
    Command::SayNotClear {
        reason: text("movement on the roof"),
    }
}

fn marks(made: &[Stamped]) -> &[Mark] {
    let Fact::AllClearGiven { marks, .. } = &made[0].fact else {
        panic!("no all clear: {made:?}");
    };
    marks
}

/// Given: a lock-down with the SRO here.
fn locked() -> School {
    let mut school = School::new();
    school.does(&ana(), call());
    school.does(&sam(), Command::Arrive {});
    school
}

#[test]
fn s1_every_zone_is_cleared_by_an_officer() {
    let mut school = locked();
    school.does(&sam(), clear_zone("a"));
    let refusal = school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    assert_eq!(refusal.about, ["b"]);
    for who in [lee(), ana()] {
        school.refuses(&who, clear_zone("b"), Code::NotAllowed);
    }
    school.refuses(&sam(), clear_zone("roof"), Code::UnknownThing);
    school.does(&kim(), clear_zone("b"));
    let made = school.tries(&fresh(&sam()), school.all_clear()).unwrap();
    assert_eq!(marks(&made), []);
}

#[test]
fn s1_an_adverse_report_reopens_its_zone() {
    let mut school = locked();
    school.swept_by(&sam());
    school.does(&lee(), adverse("b"));
    let refusal = school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    assert_eq!(refusal.about, ["b"]);
    school.does(&kim(), clear_zone("b"));
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn s1_a_report_that_the_journal_lacks_reopens_as_well() {
    let mut school = locked();
    school.swept_by(&sam());
    let report = school.shown_only(&lee(), adverse("b"));
    school.record(&report);
    school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
}

#[test]
fn s1_a_new_sweep_starts_from_nothing() {
    let mut school = locked();
    school.swept_by(&sam());
    school.does(&sam(), Command::StartSweep {});
    let refusal = school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    assert_eq!(refusal.about, ["a", "b"]);
}

#[test]
fn s1_a_sweep_of_another_day_counts_for_nothing() {
    // Cleared in normal, with no incident.
    let mut school = School::new();
    school.swept_by(&sam());
    school.does(&ana(), call());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    // Cleared in the incident before.
    let mut school = School::new();
    school.released();
    school.does(&ana(), school.resume());
    school.does(&ana(), call());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    // Cleared before the release that a new call came after.
    let mut school = School::new();
    school.released();
    school.does(&ana(), call());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::SweepIncomplete);
    for id in crate::school::ZONES {
        school.does(&sam(), clear_zone(id));
    }
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn s1_a_call_that_joins_does_not_undo_the_sweep() {
    let mut school = locked();
    school.swept_by(&sam());
    school.does(&lee(), call());
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn s2_an_override_has_a_reason_and_leaves_its_mark() {
    let mut school = locked();
    school.does(&sam(), clear_zone("a"));
    let made = school
        .tries(&fresh(&sam()), school.all_clear_because("b wing is a wall"))
        .unwrap();
    assert_eq!(marks(&made), [Mark::Unswept]);
    for audience in Audience::ALL {
        let cards = render(&school.campus, &school.site, &Extras::default(), audience);
        let Card::Posture(headline) = &cards["posture"] else {
            panic!("no headline");
        };
        assert_eq!(headline.marks, [Mark::Unswept], "{audience:?}");
    }
    let line = lockstep_proto::sentence::sentence(&made[0].fact);
    assert!(line.contains("UNSWEPT"), "{line}");
}

#[test]
fn s2_a_reason_without_need_leaves_no_mark() {
    let mut school = locked();
    school.swept_by(&sam());
    let made = school
        .tries(&fresh(&sam()), school.all_clear_because("all done"))
        .unwrap();
    assert_eq!(marks(&made), []);
}

#[test]
fn s3_not_clear_stands_until_it_is_withdrawn() {
    let mut school = locked();
    school.swept_by(&sam());
    school.does(&kim(), not_clear());
    let not_clear_id = *school.raises().first().unwrap();
    // No reason overrides a veto.
    school.refuses(
        &fresh(&sam()),
        school.all_clear_because("I am sure"),
        Code::NotClearStands,
    );
    school.refuses(
        &kim(),
        Command::WithdrawNotClear {
            not_clear: not_clear_id,
        },
        Code::UnknownThing,
    );
    let veto = veto(&school);
    school.refuses(
        &sam(),
        Command::WithdrawNotClear { not_clear: veto },
        Code::NotYours,
    );
    school.does(&kim(), Command::WithdrawNotClear { not_clear: veto });
    let made = school.tries(&fresh(&sam()), school.all_clear()).unwrap();
    assert_eq!(marks(&made), []);
}

/// The one veto that stands.
fn veto(school: &School) -> lockstep_proto::id::FactId {
    render(
        &school.campus,
        &school.site,
        &Extras::default(),
        Audience::Responder,
    )
    .keys()
    .find_map(|key| key.strip_prefix("veto/")?.parse().ok())
    .unwrap()
}

#[test]
fn s3_set_aside_by_another_officer_leaves_its_mark() {
    let mut school = locked();
    school.swept_by(&sam());
    let veto = school.does(&kim(), not_clear());
    let aside = |not_clear| Command::SetAsideNotClear {
        not_clear,
        reason: text("the roof is the fire brigade"),
    };
    for who in [ana(), lee()] {
        school.refuses(&who, aside(veto), Code::NotAllowed);
    }
    school.refuses(&kim(), aside(veto), Code::NotAllowed);
    school.does(&sam(), aside(veto));
    let made = school.tries(&fresh(&sam()), school.all_clear()).unwrap();
    assert_eq!(marks(&made), [Mark::SetAside]);
}

#[test]
fn s3_set_aside_marks_a_school_lift_too() {
    let mut school = locked();
    school.swept_by(&sam());
    let veto = school.does(&kim(), not_clear());
    school.refuses(&fresh(&ana()), school.propose(), Code::ObjectionStands);
    school.does(
        &sam(),
        Command::SetAsideNotClear {
            not_clear: veto,
            reason: text("the fire brigade"),
        },
    );
    let proposal = school.does(&fresh(&ana()), school.propose());
    let made = school
        .tries(&fresh(&tom()), school.confirm(proposal))
        .unwrap();
    let Fact::SchoolLifted { marks, .. } = &made[0].fact else {
        panic!("no lift");
    };
    assert_eq!(marks, &[Mark::SetAside]);
}

#[test]
fn s3_a_veto_that_is_not_recorded_stops_the_clear_and_a_lost_settling_settles_nothing() {
    let mut school = locked();
    school.swept_by(&sam());
    let veto = school.shown_only(&kim(), not_clear());
    school.refuses(&fresh(&sam()), school.all_clear(), Code::NewAlarm);
    school.record(&veto);
    let withdrawn = school.shown_only(&kim(), Command::WithdrawNotClear { not_clear: veto.id });
    school.refuses(&fresh(&sam()), school.all_clear(), Code::NotClearStands);
    school.record(&withdrawn);
    school.does(&fresh(&sam()), school.all_clear());
}

#[test]
fn s6_an_all_clear_is_bound_to_its_incident_its_officer_and_what_it_lifts() {
    let mut school = School::new();
    school.released();
    school.does(&ana(), school.resume());
    let raised = school.does(&ana(), call());
    let incident = school.seq;
    school.swept_by(&sam());
    let seen = school.head();
    let made = school.tries(&fresh(&sam()), school.all_clear()).unwrap();
    assert_eq!(made[0].by, sam().author);
    let Fact::AllClearGiven {
        lifts,
        seen: named,
        incident: bound,
        certification,
        ..
    } = &made[0].fact
    else {
        panic!("no all clear");
    };
    assert_eq!(
        (lifts.as_slice(), *named, *bound),
        ([raised].as_slice(), seen, incident)
    );
    assert_eq!(Some(certification), sam().certification.as_ref());
    // And it prints the sentence to say on the radio.
    let cards = render(
        &school.campus,
        &school.site,
        &Extras::default(),
        Audience::Responder,
    );
    let Card::Release(card) = &cards[&lockstep_proto::view::item_key(made[0].id)] else {
        panic!("no release");
    };
    assert_eq!(
        card.radio.as_deref(),
        Some("North High: All clear, given by law enforcement. Given by sam (SRO).")
    );
    assert_eq!(school.posture(), Posture::AllClear);
}

#[test]
fn s6_a_campus_that_wrote_its_own_words_is_not_named_twice() {
    let mut school = School::new();
    let own = "North High: all clear, by law enforcement.".to_owned();
    school.site.record.radio.insert(Posture::AllClear, own);
    school.does(&ana(), call());
    school.swept_by(&sam());
    let id = school.does(&fresh(&sam()), school.all_clear());
    let cards = render(
        &school.campus,
        &school.site,
        &Extras::default(),
        Audience::Responder,
    );
    let Card::Release(card) = &cards[&lockstep_proto::view::item_key(id)] else {
        panic!("no release");
    };
    assert_eq!(
        card.radio.as_deref(),
        Some("North High: all clear, by law enforcement. Given by sam (SRO).")
    );
}
