//! Who may change the directory over the wire (A3, A6): the last section of `authority.txt`, and
//! what that page cannot say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::directory::{Date, DirectoryAct, OnScene, Vouched};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::Principal;
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::view::Card;
use lockstep_rules::authority::may_direct;
use lockstep_rules::{Actor, DirectoryRight, Scope};

use crate::school::{NORTH, RIVER, School, campus_id, certified, id_of, person, today};
use crate::table::{CERTIFICATES, Case, actor, labels};

/// The acts one after the other: every one of them is somebody's successor.
fn after(act: Option<&DirectoryAct>) -> Option<DirectoryAct> {
    let campus = || campus_id(NORTH);
    match act {
        None => Some(DirectoryAct::ReadPolicy),
        Some(DirectoryAct::ReadPolicy) => Some(DirectoryAct::ChangePolicy),
        Some(DirectoryAct::ChangePolicy) => Some(DirectoryAct::MakeCode),
        Some(DirectoryAct::MakeCode) => Some(DirectoryAct::EnrolOfficer { campus: campus() }),
        Some(DirectoryAct::EnrolOfficer { .. }) => {
            Some(DirectoryAct::CertifyOfficer { campus: campus() })
        }
        Some(DirectoryAct::CertifyOfficer { .. }) => None,
    }
}

fn acts() -> Vec<DirectoryAct> {
    let mut acts: Vec<DirectoryAct> = Vec::new();
    while let Some(act) = after(acts.last()) {
        acts.push(act);
    }
    acts
}

fn name(act: &DirectoryAct) -> &'static str {
    match act {
        DirectoryAct::ReadPolicy => "read the district's policy",
        DirectoryAct::ChangePolicy => "change the district's policy",
        DirectoryAct::MakeCode => "make a sign-in code for somebody who serves no other campus",
        DirectoryAct::EnrolOfficer { .. } => "enrol an officer on scene: make the code",
        DirectoryAct::CertifyOfficer { .. } => {
            "enrol an officer on scene: certify, another's code only"
        }
    }
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
    for act in acts() {
        writeln!(page, "\n{}", name(&act)).unwrap();
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
    for act in acts() {
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
