//! Who may change the directory over the wire (A3, A6): the last section of `authority.txt`, and
//! what that page cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::directory::{Date, DirectoryAct, OnScene, Person, Policy, Vouched};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{PersonId, Principal};
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::view::Card;
use lockstep_rules::authority::{may, may_direct};
use lockstep_rules::{Actor, DirectoryRight, Scope};

use crate::school::{NORTH, RIVER, School, campus_id, certified, id_of, person, today};
use crate::table::{CERTIFICATES, Case, actor, labels};

/// Somebody of the directory, who serves the campus, unless the role is a district's.
fn had(role: Role, campus: &str) -> Person {
    let serves = match role {
        Role::Chief | Role::Director | Role::Superintendent | Role::Monitor => Vec::new(),
        Role::Administrator
        | Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Room
        | Role::Operator => vec![campus_id(campus)],
    };
    Person {
        name: "Somebody".to_owned(),
        role,
        campuses: serves,
        room: None,
        certification: (role == Role::Sro).then(certified).flatten(),
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    }
}

fn puts(before: Option<Person>, after: Option<Person>) -> DirectoryAct {
    DirectoryAct::PutPerson {
        id: before.is_some().then(|| id_of("somebody")),
        before: before.map(Box::new),
        after: after.map(Box::new),
    }
}

fn makes(role: Role, certified_by: Option<PersonId>) -> DirectoryAct {
    DirectoryAct::MakeCode { role, certified_by }
}

/// Every act, with what it is called. Those by hand, one of each kind that is judged otherwise.
fn acts() -> Vec<(&'static str, DirectoryAct)> {
    let north = |role| Some(had(role, NORTH));
    let with = |change: fn(&mut Person)| {
        let mut person = had(Role::Staff, NORTH);
        change(&mut person);
        Some(person)
    };
    let staff = || north(Role::Staff);
    let place = |stands| DirectoryAct::PutPlace {
        campus: campus_id(NORTH),
        stands,
    };
    let switches_off = |own, campuses| DirectoryAct::SwitchOff { own, campuses };
    let campus = || campus_id(NORTH);
    vec![
        ("read the district's policy", DirectoryAct::ReadPolicy),
        ("change the district's policy", DirectoryAct::ChangePolicy),
        (
            "make a sign-in code for a teacher or a display of one's campuses",
            makes(Role::Staff, None),
        ),
        (
            "make one for an administrator or an officer",
            makes(Role::Sro, None),
        ),
        (
            "make one for an officer whom one certified on scene",
            makes(Role::Officer, Some(id_of("actor"))),
        ),
        (
            "enrol an officer on scene: make the code",
            DirectoryAct::EnrolOfficer { campus: campus() },
        ),
        (
            "enrol an officer on scene: certify, another's code only",
            DirectoryAct::CertifyOfficer { campus: campus() },
        ),
        (
            "read who and what there is on one's campuses",
            DirectoryAct::ReadDirectory,
        ),
        ("by hand, add somebody of the staff", puts(None, staff())),
        (
            "by hand, add somebody of the eyes",
            puts(None, north(Role::Eyes)),
        ),
        (
            "by hand, add an administrator",
            puts(None, north(Role::Administrator)),
        ),
        (
            "by hand, add an SRO with a certification on record",
            puts(None, north(Role::Sro)),
        ),
        (
            "by hand, add a director of safety",
            puts(None, north(Role::Director)),
        ),
        (
            "by hand, give somebody of the staff another name or room",
            puts(
                staff(),
                with(|person| person.room = Some("n101".parse().unwrap())),
            ),
        ),
        (
            "by hand, give somebody of the staff other addresses",
            puts(
                staff(),
                with(|person| person.addresses = vec!["tel:1".to_owned()]),
            ),
        ),
        (
            "by hand, make somebody of the staff one of the eyes",
            puts(staff(), north(Role::Eyes)),
        ),
        (
            "by hand, make somebody of the staff an administrator",
            puts(staff(), north(Role::Administrator)),
        ),
        (
            "by hand, enter a certification for somebody of the staff",
            puts(staff(), with(|person| person.certification = certified())),
        ),
        (
            "by hand, take an administrator's role for staff",
            puts(north(Role::Administrator), staff()),
        ),
        ("by hand, remove somebody of the staff", puts(staff(), None)),
        (
            "by hand, remove an administrator",
            puts(north(Role::Administrator), None),
        ),
        ("by hand, add a room or a display", place(false)),
        ("by hand, change or remove one", place(true)),
        (
            "switch off a sign-in of one's own",
            switches_off(true, Some(vec![campus()])),
        ),
        (
            "switch off that of somebody or a display that serves no other campus",
            switches_off(false, Some(vec![campus()])),
        ),
        (
            "switch off that of somebody who serves the district",
            switches_off(false, None),
        ),
        ("add a passkey of one's own", DirectoryAct::AddPasskey),
        ("remove a passkey of one's own", DirectoryAct::RemovePasskey),
    ]
}

/// A new act does not compile until it stands here, and then stands in [`acts`] as well.
#[test]
fn a6_every_act_is_on_the_page() {
    let kind = |act: &DirectoryAct| match act {
        DirectoryAct::ReadPolicy => 0,
        DirectoryAct::ChangePolicy => 1,
        DirectoryAct::MakeCode { .. } => 2,
        DirectoryAct::EnrolOfficer { .. } => 3,
        DirectoryAct::CertifyOfficer { .. } => 4,
        DirectoryAct::ReadDirectory => 5,
        DirectoryAct::PutPerson { .. } => 6,
        DirectoryAct::PutPlace { .. } => 7,
        DirectoryAct::SwitchOff { .. } => 8,
        DirectoryAct::AddPasskey => 9,
        DirectoryAct::RemovePasskey => 10,
    };
    let kinds: BTreeSet<usize> = acts().iter().map(|(_, act)| kind(act)).collect();
    assert_eq!(kinds, (0..=10).collect());
}

/// What the three standings of a sign-in come to.
fn cell(actor: &Actor, act: &DirectoryAct) -> &'static str {
    let with = |standing| {
        let actor = Actor {
            standing,
            ..actor.clone()
        };
        may_direct(&actor, act, today())
    };
    match (
        with(Standing::Forgiven),
        with(Standing::Live),
        with(Standing::Fresh),
    ) {
        (Err(Code::SignInExpired), Ok(()), Ok(())) => "live",
        (Err(Code::SignInExpired), Err(Code::ProofNeeded), Ok(())) => "fresh",
        (Err(one), Err(two), Err(code)) if one == two && two == code => code.as_str(),
        other => panic!("{act:?} has a cell that no word is for: {other:?}"),
    }
}

/// The section, as [`crate::table`] writes the grids.
pub(crate) fn write_acts(page: &mut String) {
    writeln!(page, "\nTHE DIRECTORY, IN EVERY POSTURE").unwrap();
    for (name, act) in acts() {
        writeln!(page, "\n{name}").unwrap();
        let mut by_cell: Vec<(&str, BTreeMap<Role, Vec<Case>>)> = Vec::new();
        for role in Role::ALL {
            for (c, certificate) in CERTIFICATES.iter().enumerate() {
                let found = cell(&actor(role, certificate, NORTH, false), &act);
                for grant in [false, true] {
                    let here = actor(role, certificate, NORTH, grant);
                    assert_eq!(cell(&here, &act), found, "a grant is for P5 alone");
                    let case = (usize::from(grant), c);
                    match by_cell.iter_mut().find(|(known, _)| *known == found) {
                        Some((_, cases)) => cases.entry(role).or_default().push(case),
                        None => by_cell.push((found, BTreeMap::from([(role, vec![case])]))),
                    }
                }
            }
        }
        by_cell.sort_by_key(|(cell, _)| *cell == "not_allowed");
        for (cell, cases) in by_cell {
            for label in labels(&cases) {
                writeln!(page, "  {label}\n    {cell}").unwrap();
            }
        }
    }
}

/// Unknown and forbidden answer alike to who does not serve the campus.
#[test]
fn a3_an_officer_is_enrolled_only_where_one_serves() {
    let of_one_campus = acts().into_iter().filter(|(_, act)| !by_campuses(act));
    for (_, act) in of_one_campus {
        for role in Role::ALL {
            let there = actor(role, CERTIFICATES[0], RIVER, false);
            let expected = match (act.campus(), &there.scope) {
                (Some(_), Scope::Campuses(_)) => "unknown_campus",
                (Some(_) | None, _) => cell(&actor(role, CERTIFICATES[0], NORTH, false), &act),
            };
            assert_eq!(cell(&there, &act), expected, "{role:?}: {act:?}");
        }
    }
}

/// Whether several campuses may matter to it.
fn by_campuses(act: &DirectoryAct) -> bool {
    match act {
        DirectoryAct::PutPerson { .. } | DirectoryAct::SwitchOff { .. } => true,
        DirectoryAct::ReadPolicy
        | DirectoryAct::ChangePolicy
        | DirectoryAct::MakeCode { .. }
        | DirectoryAct::EnrolOfficer { .. }
        | DirectoryAct::CertifyOfficer { .. }
        | DirectoryAct::ReadDirectory
        | DirectoryAct::PutPlace { .. }
        | DirectoryAct::AddPasskey
        | DirectoryAct::RemovePasskey => false,
    }
}

/// Of somebody of another campus, an administrator hears what they hear of nobody: that they are
/// not there. Of somebody who serves theirs as well, that it is not for them.
#[test]
fn a6_whoever_is_on_none_of_ones_campuses_is_nobody() {
    let ana = fresh(Role::Administrator);
    let says = |before: Option<Person>, after: Option<Person>| {
        may_direct(&ana, &puts(before, after), today())
    };
    let here = || Some(had(Role::Staff, NORTH));
    let there = || Some(had(Role::Staff, RIVER));
    let both = || {
        let mut person = had(Role::Staff, NORTH);
        person.campuses.push(campus_id(RIVER));
        Some(person)
    };
    let nobody = says(None, None);
    assert_eq!(nobody, Err(Code::UnknownThing));
    for away in [there(), Some(had(Role::Director, NORTH))] {
        assert_eq!(says(away.clone(), None), nobody);
        assert_eq!(says(away, here()), nobody);
    }
    assert_eq!(says(both(), None), Err(Code::NotAllowed));
    assert_eq!(says(both(), here()), Err(Code::NotAllowed));
    assert_eq!(says(None, there()), Err(Code::UnknownCampus));
    assert_eq!(says(here(), both()), Err(Code::UnknownCampus));
    assert_eq!(says(here(), here()), Ok(()));
    // Somebody who serves no campus at all is within nobody's.
    let mut nowhere = had(Role::Staff, NORTH);
    nowhere.campuses.clear();
    assert_eq!(says(None, Some(nowhere)), Err(Code::UnknownCampus));
    let off = |campuses| DirectoryAct::SwitchOff {
        own: false,
        campuses,
    };
    for campuses in [
        None,
        Some(Vec::new()),
        Some(vec![campus_id(RIVER)]),
        Some(vec![campus_id(NORTH), campus_id(RIVER)]),
    ] {
        let refused = may_direct(&ana, &off(campuses), today());
        assert_eq!(refused, Err(Code::UnknownThing));
    }
}

fn fresh(role: Role) -> Actor {
    Actor {
        standing: Standing::Fresh,
        ..actor(role, CERTIFICATES[0], NORTH, false)
    }
}

/// Nobody gives a right that they do not have over campuses that they serve: whatever the person
/// who comes of a change may do, its author may do as well, or is the director, who certifies by
/// their office. No grant is given by who does not hold it.
#[test]
fn a6_p5_nobody_gives_by_hand_what_they_do_not_have() {
    let mut given = 0;
    for role in Role::ALL {
        for grant in [false, true] {
            let by = Actor {
                standing: Standing::Fresh,
                ..actor(role, CERTIFICATES[0], NORTH, grant)
            };
            for (before, after) in changes() {
                let act = puts(before.clone(), Some(after.clone()));
                if may_direct(&by, &act, today()).is_err() {
                    continue;
                }
                given += 1;
                assert!(by.scope == Scope::District || Scope::of(&after) == by.scope);
                let held = before.map_or_else(Vec::new, |before| before.may_lock_down);
                let mut new = after.may_lock_down.iter().filter(|c| !held.contains(c));
                assert!(
                    new.all(|campus| by.may_lock_down.contains(campus)),
                    "{role:?}"
                );
                if role == Role::Director {
                    continue;
                }
                let them = Actor {
                    standing: Standing::Fresh,
                    scope: Scope::of(&after),
                    certification: after.certification.clone(),
                    ..actor(after.role, CERTIFICATES[0], NORTH, false)
                };
                for command in crate::table::commands() {
                    let campus = campus_id(NORTH);
                    let policy = Policy::default();
                    let may = |who: &Actor| may(who, &campus, &command, &policy, today());
                    assert!(
                        may(&them).is_err() || may(&by).is_ok(),
                        "{role:?}: {command:?}"
                    );
                }
            }
        }
    }
    assert!(given > 20, "{given}");
}

/// From every role, and from nobody, to every role, on either campus, with and without the grant.
fn changes() -> Vec<(Option<Person>, Person)> {
    let mut all = Vec::new();
    for campus in [NORTH, RIVER] {
        for role in Role::ALL {
            for grants in [Vec::new(), vec![campus_id(NORTH)], vec![campus_id(RIVER)]] {
                let mut after = had(role, campus);
                after.may_lock_down = grants;
                let before = Role::ALL.map(|role| Some(had(role, campus)));
                let of = |before| (before, after.clone());
                all.extend(before.into_iter().chain([None]).map(of));
            }
        }
    }
    all
}

/// A3: no SRO without a certification, and what stands on record is entered by the director, is
/// good today, and no hand says that two people vouched for it on scene.
#[test]
fn a3_a_certification_by_hand_is_the_directors() {
    let dana = fresh(Role::Director);
    let ana = fresh(Role::Administrator);
    let says = |by: &Actor, certification, before: Option<Person>| {
        let after = Person {
            certification,
            ..before.clone().unwrap_or_else(|| had(Role::Sro, NORTH))
        };
        may_direct(by, &puts(before, Some(after)), today())
    };
    let expired = || {
        let mut expired = certified();
        expired.as_mut().unwrap().valid_until = Date::constant(2020, 1, 1);
        expired
    };
    assert_eq!(says(&dana, None, None), Err(Code::CertificationMissing));
    assert_eq!(
        says(&dana, expired(), None),
        Err(Code::CertificationExpired)
    );
    assert_eq!(says(&dana, certified(), None), Ok(()));
    let mut vouched = certified();
    vouched.as_mut().unwrap().on_scene = Some(OnScene {
        code_by: self::vouched("ana", Role::Administrator, "2026-03-02T15:00:00Z"),
        certified_by: self::vouched("dana", Role::Director, "2026-03-02T15:02:00Z"),
    });
    assert_eq!(says(&dana, vouched.clone(), None), Err(Code::NotAllowed));
    // What stands already stays as it is.
    let mut sro = had(Role::Sro, NORTH);
    for stands in [expired(), vouched] {
        sro.certification.clone_from(&stands);
        assert_eq!(says(&dana, stands, Some(sro.clone())), Ok(()));
    }
    assert_eq!(
        says(&dana, None, Some(sro)),
        Err(Code::CertificationMissing)
    );
    let staff = || Some(had(Role::Staff, NORTH));
    assert_eq!(says(&ana, certified(), staff()), Err(Code::NotAllowed));
    assert_eq!(says(&dana, certified(), staff()), Ok(()));
}

/// Nobody takes themselves out, nor takes or gives themselves anything.
#[test]
fn a6_nobody_changes_their_own_right() {
    let dana = Actor {
        may_lock_down: [campus_id(RIVER)].into(),
        ..fresh(Role::Director)
    };
    let me = dana.person().unwrap().clone();
    let own = |after: Option<Person>| {
        let act = DirectoryAct::PutPerson {
            id: Some(me.clone()),
            before: Some(Box::new(had(Role::Director, NORTH))),
            after: after.map(Box::new),
        };
        may_direct(&dana, &act, today())
    };
    let mut named = had(Role::Director, NORTH);
    named.name = "Dana Lind-Moore".to_owned();
    assert_eq!(own(Some(named.clone())), Ok(()));
    named.may_lock_down.push(campus_id(RIVER));
    for after in [None, Some(named), Some(had(Role::Monitor, NORTH))] {
        assert_eq!(own(after), Err(Code::SamePerson));
    }
}

/// Both steps are read again when the second is taken: who has lost the right, or is signed out,
/// no longer vouches for anybody.
#[test]
fn a3_the_right_to_either_step_is_what_the_directory_says_then() {
    let record = |role| lockstep_proto::directory::Person {
        name: "somebody".to_owned(),
        role,
        campuses: vec![campus_id(NORTH)],
        room: None,
        certification: None,
        may_lock_down: Vec::new(),
        addresses: Vec::new(),
    };
    let director = Actor {
        standing: Standing::Fresh,
        ..person("dana", Role::Director)
    };
    let campus = campus_id(NORTH);
    let right = DirectoryRight {
        actor: director,
        act: DirectoryAct::CertifyOfficer {
            campus: campus.clone(),
        },
        today: today(),
    };
    assert_eq!(
        right.still_holds(Some(&record(Role::Director)), true),
        Ok(())
    );
    let gone = right.still_holds(Some(&record(Role::Director)), false);
    assert_eq!(gone, Err(Code::Revoked));
    assert_eq!(right.still_holds(None, true), Err(Code::Revoked));
    let moved = right.still_holds(Some(&record(Role::Staff)), true);
    assert_eq!(moved, Err(Code::NotAllowed));

    let maker = right.of_maker(person("ana", Role::Administrator).author, campus);
    let ana = record(Role::Administrator);
    assert_eq!(maker.still_holds(Some(&ana), true), Ok(()));
    let moved = maker.still_holds(Some(&record(Role::Sso)), true);
    assert_eq!(moved, Err(Code::NotAllowed));
}

/// E3: the number that the campus dials stands with the duty to call and with the escalation.
#[test]
fn e3_the_duty_to_call_and_the_escalation_show_the_campuss_number() {
    let mut school = School::new();
    let ana = person("ana", Role::Administrator);
    school.does(&ana, crate::school::call());
    let say = |school: &School| school.duty(DutyKind::Call911).unwrap().say;
    assert!(
        say(&school).starts_with("Call 911. Say: North High"),
        "{}",
        say(&school)
    );
    let numbers = [
        (Agency::NineOneOne, "9-911"),
        (Agency::Pd, "(555) 555-0110"),
    ];
    let numbers = numbers.map(|(agency, number)| (agency, number.to_owned()));
    school.site.record.numbers = numbers.into();
    assert!(
        say(&school).starts_with("Call 911 (9-911). Say:"),
        "{}",
        say(&school)
    );
    for (agency, number) in [(Agency::Pd, Some("(555) 555-0110")), (Agency::So, None)] {
        let asked = Command::OpenEscalation {
            agency,
            basis: Basis::Escalating,
            state: LineState::Requested,
            decided_by: None,
            called_by: None,
            number: None,
            incident_number: None,
            note: None,
        };
        let id = school.does(&ana, asked);
        let cards = school.cards(Audience::Responder);
        let Some(Card::Escalation(card)) = cards.get(&format!("escalation/{id}")) else {
            panic!("no card of it")
        };
        assert_eq!(card.call.as_deref(), number);
    }
}

fn vouched(name: &str, role: Role, at: &str) -> Vouched {
    Vouched {
        person: id_of(name),
        name: name.to_owned(),
        role,
        at: at.parse().unwrap(),
    }
}

/// A3: who made the code and who certified stand on the release, in its sentence and on the
/// radio, for those who answer for the campus.
#[test]
fn a3_the_release_shows_who_enrolled_its_officer() {
    let on_scene = OnScene {
        code_by: vouched("ana", Role::Administrator, "2026-03-02T15:00:00Z"),
        certified_by: vouched("dana", Role::Director, "2026-03-02T15:02:00Z"),
    };
    let mut certification = certified().unwrap();
    certification.on_scene = Some(on_scene.clone());
    certification.valid_until = Date::constant(2030, 1, 1);
    let mut officer = person("jo", Role::Officer);
    officer.certification = Some(certification.clone());
    assert!(matches!(officer.author.principal, Principal::Person(_)));

    let mut school = School::new();
    school.happened(&officer, Fact::Arrived {});
    let call = Fact::LockDownCalled {
        reason: None,
        place: None,
        answers: Vec::new(),
        of_threat: None,
    };
    school.happened(&person("ana", Role::Administrator), call);
    let given = Fact::AllClearGiven {
        lifts: school.raises(),
        seen: school.head(),
        incident: 1,
        certification,
        marks: Vec::new(),
        override_reason: None,
    };
    let words = "Enrolled on scene: code by ana (administrator), certified by dana (director of \
                 safety)";
    let sentence = lockstep_proto::sentence::sentence(&given);
    assert!(sentence.contains(words), "{sentence}");
    school.happened(&officer, given);

    for audience in Audience::ALL {
        let cards = school.cards(audience);
        let release = cards.values().find_map(|card| {
            if let Card::Release(release) = card {
                Some(release)
            } else {
                None
            }
        });
        let release = release.unwrap();
        if audience.sees_responder_detail() {
            assert_eq!(release.on_scene.as_ref(), Some(&on_scene));
            assert!(release.radio.as_ref().unwrap().contains(words));
        } else {
            assert_eq!((&release.on_scene, &release.radio), (&None, &None));
        }
    }
}
