//! S5 and A7: released, and still locked until the door is opened.

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::directory::ReleaseMode;
use lockstep_proto::id::FactId;
use lockstep_proto::view::Card;
use lockstep_rules::own_room;

use crate::school::{
    School, ana, call, carol, dana, device, fresh, joy, kim, lee, pat, room, sam, text, tom, walt,
};

fn room_by_room() -> School {
    School::with(|policy| policy.release = ReleaseMode::RoomByRoom)
}

fn open(id: &str) -> Command {
    Command::OpenRoom { room: room(id) }
}

fn stays_locked(school: &School, id: &str) -> bool {
    let Some(Card::OwnRoom(card)) = own_room(&school.campus, &school.site, &room(id)) else {
        panic!("no card of {id}");
    };
    card.stay_locked
}

fn resume(school: &School, unopened: &[&str], reason: Option<&str>) -> Command {
    let lifts: Vec<FactId> = school.campus.open_releases().collect();
    Command::Resume {
        lifts,
        seen: school.head(),
        unopened: unopened.iter().map(|id| room(id)).collect(),
        reason: reason.map(text),
    }
}

/// I4: a roster opens in an incident alone, and whoever works in a room reads that one and no
/// other; that somebody did changes nothing.
#[test]
fn i4_a_roster_opens_in_an_incident_and_by_role() {
    let mut school = School::new();
    let of = |id: Option<&str>| Command::OpenRoster { room: id.map(room) };
    school.refuses(&ana(), of(None), Code::NoIncident);
    school.refuses(&joy(), of(Some("n101")), Code::NoIncident);
    let started = crate::school::drill(lockstep_proto::drill::DrillKind::LockDown);
    school.does(&fresh(&ana()), started);
    school.refuses(&ana(), of(None), Code::NoIncident);
    school.does(&ana(), call());
    let before = (school.posture(), school.headline());
    for who in [ana(), sam(), kim(), lee(), carol()] {
        school.does(&who, of(None));
        school.does(&who, of(Some("n102")));
        school.refuses(&who, of(Some("n999")), Code::UnknownThing);
    }
    school.does(&joy(), of(Some("n101")));
    for (who, room) in [(joy(), None), (joy(), Some("n102")), (walt(), Some("n101"))] {
        school.refuses(&who, of(room), Code::NotAllowed);
    }
    for who in [dana(), pat(), device()] {
        school.refuses(&who, of(Some("n102")), Code::NotAllowed);
    }
    assert_eq!((school.posture(), school.headline()), before);
    school.is_the_same_in_any_order();
}

#[test]
fn s5_an_unopened_room_stays_locked_whatever_the_posture() {
    let mut school = room_by_room();
    school.does(&ana(), call());
    school.refuses(&sam(), open("n101"), Code::NotReleased);
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    assert!(stays_locked(&school, "n101") && stays_locked(&school, "n102"));
    for who in [ana(), lee()] {
        school.refuses(&who, open("n101"), Code::NotAllowed);
    }
    school.refuses(&sam(), open("n999"), Code::UnknownThing);
    // A4: the live session is enough, under the all clear's own proof.
    school.does(&kim(), open("n101"));
    assert!(!stays_locked(&school, "n101") && stays_locked(&school, "n102"));
    // Under `announce` nobody waits at the door.
    let mut school = School::new();
    school.released();
    assert!(!stays_locked(&school, "n101"));
}

#[test]
fn s5_an_unopened_room_stays_locked_under_a_later_controlled_movement() {
    let mut school = room_by_room();
    school.released();
    school.does(&kim(), open("n101"));
    school.does(&ana(), crate::school::movement());
    assert!(!stays_locked(&school, "n101"));
    assert!(stays_locked(&school, "n102"));
}

#[test]
fn s5_a_new_call_voids_all_openings() {
    let mut school = room_by_room();
    school.released();
    school.does(&kim(), open("n101"));
    school.does(&lee(), call());
    school.swept_by(&sam());
    school.does(&fresh(&sam()), school.all_clear());
    assert!(stays_locked(&school, "n101"));
}

#[test]
fn a7_no_resume_while_a_room_is_unopened_unless_named_with_a_reason() {
    let mut school = room_by_room();
    school.released();
    school.does(&kim(), open("n101"));
    let refusal = school.refuses(&ana(), resume(&school, &[], None), Code::RoomsUnopened);
    assert_eq!(refusal.about, ["n102"]);
    school.refuses(
        &ana(),
        resume(&school, &["n102"], None),
        Code::RoomsUnopened,
    );
    school.refuses(
        &ana(),
        resume(&school, &["n101"], Some("empty")),
        Code::RoomsUnopened,
    );
    let mut named = school.clone();
    named.does(&ana(), resume(&named, &["n102"], Some("empty since May")));
    school.does(&kim(), open("n102"));
    school.does(&tom(), resume(&school, &[], None));
    // Named is not opened.
    assert!(stays_locked(&named, "n102") && !stays_locked(&school, "n102"));
}

#[test]
fn s5_a_room_that_a_resume_left_stays_locked_until_its_door_is_opened() {
    let mut school = room_by_room();
    school.released();
    school.does(&kim(), open("n101"));
    let names = ["n101", "n102"];
    school.does(&ana(), resume(&school, &names, Some("flooded")));
    // Only what was unopened is left so.
    assert!(!stays_locked(&school, "n101") && stays_locked(&school, "n102"));
    school.refuses(&kim(), open("n101"), Code::NotReleased);
    // Neither a controlled movement nor its end opens a door.
    school.does(&ana(), crate::school::movement());
    assert!(stays_locked(&school, "n102"));
    school.does(&ana(), school.end_movement());
    assert!(stays_locked(&school, "n102"));
    school.refuses(&lee(), open("n102"), Code::NotAllowed);
    school.does(&kim(), open("n102"));
    assert!(!stays_locked(&school, "n102"));
    school.does(&ana(), crate::school::movement());
    school.does(&ana(), school.end_movement());
    assert!(!stays_locked(&school, "n102"));
}

#[test]
fn s5_a_new_call_and_its_release_decide_again_about_a_room_left_locked() {
    let mut school = room_by_room();
    school.released();
    school.does(&ana(), resume(&school, &["n101", "n102"], Some("flooded")));
    school.site.policy.release = ReleaseMode::Announce;
    assert!(stays_locked(&school, "n101"));
    school.released();
    assert!(!stays_locked(&school, "n101"));
}
