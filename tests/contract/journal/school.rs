//! A small district, and things said in it.

use std::sync::LazyLock;

use lockstep_proto::Timestamp;
use lockstep_proto::by_hand::ByHand;
use lockstep_proto::command::Command;
use lockstep_proto::directory::{
    Campus, Certification, Date, Device, Directory, District, Person, Policy, Room, Zone,
};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{DistrictId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::role::{Role, Standing};
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{Actor, Right, Scope};
use lockstep_server::journal::{ChangeError, Credential, Journal, VersionedDirectory};
use uuid::Uuid;

/// So many seconds after the first bell.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_463_600 + seconds).unwrap()
}

pub(crate) fn today() -> Date {
    "2026-03-02".parse().unwrap()
}

pub(crate) fn district() -> &'static DistrictId {
    static OAK: LazyLock<DistrictId> = LazyLock::new(|| "oak".parse().unwrap());
    &OAK
}

pub(crate) fn north() -> &'static LogId {
    static NORTH: LazyLock<LogId> = LazyLock::new(|| "oak/north".parse().unwrap());
    &NORTH
}

pub(crate) fn id(n: u128) -> FactId {
    FactId(Uuid::from_u128(n))
}

pub(crate) fn at(seq: u64) -> Position {
    Position { epoch: 1, seq }
}

fn person(name: &str, role: Role) -> Person {
    Person {
        name: name.to_owned(),
        role,
        campuses: vec!["north".parse().unwrap()],
        room: None,
        certification: None,
        may_lock_down: vec![],
        addresses: vec![],
    }
}

/// Switches off a sign-in that has a row. Answers whether it stood.
pub(crate) async fn switch_off(
    journal: &dyn Journal,
    id: &str,
    by: &Author,
    at: i64,
) -> Result<bool, ChangeError> {
    let id = id.parse().unwrap();
    let row = journal.credential(district(), &id).await.unwrap().unwrap();
    journal.revoke(&row, by, time(at)).await
}

/// One campus, an SRO, two administrators, and a room's device.
pub(crate) fn directory(district: &DistrictId) -> Directory {
    let sro = Person {
        certification: Some(Certification {
            agency: "Oak Police".to_owned(),
            badge: "17".to_owned(),
            kind: None,
            number: "LE-17".to_owned(),
            full_time: true,
            valid_until: "2030-01-01".parse().unwrap(),
            on_scene: None,
        }),
        ..person("Sam Cole", Role::Sro)
    };
    let campus = Campus {
        id: "north".parse().unwrap(),
        name: "North High".to_owned(),
        address: "1 Oak Street".to_owned(),
        time_zone: "America/Chicago".to_owned(),
        coordinates: None,
        numbers: [].into(),
        radio: [].into(),
        zones: [(
            "a-wing".parse().unwrap(),
            Zone {
                name: "A wing".to_owned(),
            },
        )]
        .into(),
        rooms: [(
            "n101".parse().unwrap(),
            Room {
                name: "Room 101".to_owned(),
                zone: "a-wing".parse().unwrap(),
            },
        )]
        .into(),
    };
    let device = Device {
        campus: "north".parse().unwrap(),
        room: "n101".parse().unwrap(),
    };
    Directory {
        district: District {
            id: district.clone(),
            name: "Oak".to_owned(),
            policy: Policy::default(),
            by_hand: ByHand::default(),
        },
        campuses: [("north".parse().unwrap(), campus)].into(),
        people: [
            ("sam".parse().unwrap(), sro),
            (
                "ana".parse().unwrap(),
                person("Ana Ruiz", Role::Administrator),
            ),
            (
                "tom".parse().unwrap(),
                person("Tom Becker", Role::Administrator),
            ),
        ]
        .into(),
        devices: [("north-n101".parse().unwrap(), device)].into(),
    }
}

pub(crate) fn operator() -> &'static Author {
    static OPERATOR: LazyLock<Author> = LazyLock::new(|| Author {
        principal: "operator".parse().unwrap(),
        name: "operator".to_owned(),
        role: Role::Operator,
        credential: None,
    });
    &OPERATOR
}

/// Somebody of the directory, with the sign-in `c-<id>`.
pub(crate) fn author(directory: &Directory, id: &str) -> Author {
    let person = &directory.people[&id.parse().unwrap()];
    Author {
        principal: format!("person:{id}").parse().unwrap(),
        name: person.name.clone(),
        role: person.role,
        credential: Some(format!("c-{id}").parse().unwrap()),
    }
}

pub(crate) fn credential(district: &DistrictId, id: &str) -> Credential {
    Credential {
        id: format!("c-{id}").parse().unwrap(),
        district: district.clone(),
        principal: format!("person:{id}").parse().unwrap(),
        made_at: time(-60),
        revoked_at: None,
    }
}

/// Puts the district there with its three people signed in; answers its directory.
pub(crate) async fn set_up(journal: &dyn Journal) -> Directory {
    let directory = directory(district());
    let by = operator();
    let version = journal.put_directory(0, &directory, by, time(-120)).await;
    assert_eq!(version.unwrap(), 1);
    for person in ["sam", "ana", "tom"] {
        let credential = credential(district(), person);
        journal.add_credential(credential, by).await.unwrap();
    }
    let kept = journal.directories().await.unwrap();
    let expected = VersionedDirectory {
        version: 1,
        directory: directory.clone(),
    };
    assert_eq!(kept, [expected]);
    directory
}

fn said(n: u128, by: Author, fact: Fact) -> Stamped {
    Stamped {
        id: id(n),
        at: time(1),
        claimed_at: None,
        by,
        origin: None,
        fact,
    }
}

/// A call of lock-down by Ana Ruiz.
pub(crate) fn call(n: u128) -> Stamped {
    call_because(n, "shots at the back door")
}

pub(crate) fn call_because(n: u128, reason: &str) -> Stamped {
    let fact = Fact::LockDownCalled {
        reason: Some(Words::Words(reason.to_owned())),
        place: None,
        answers: vec![],
        of_threat: None,
    };
    said(n, author(&directory(district()), "ana"), fact)
}

/// A fact that no entry can hold: JSON's readers do not agree on such a number.
pub(crate) fn unwritable(n: u128) -> Stamped {
    let mut clear = all_clear(n);
    if let Fact::AllClearGiven { incident, .. } = &mut clear.fact {
        *incident = u64::MAX;
    }
    clear
}

/// An all clear by Sam Cole.
pub(crate) fn all_clear(n: u128) -> Stamped {
    let directory = directory(district());
    let sam = &directory.people[&"sam".parse().unwrap()];
    let fact = Fact::AllClearGiven {
        lifts: vec![id(1)],
        seen: at(1),
        incident: 1,
        certification: sam.certification.clone().unwrap(),
        marks: vec![],
        override_reason: None,
    };
    said(n, author(&directory, "sam"), fact)
}

/// The second half of a school lift, by Tom Becker.
pub(crate) fn lift(n: u128) -> Stamped {
    let fact = Fact::SchoolLifted {
        lifts: vec![id(1)],
        seen: at(1),
        incident: 1,
        proposal: id(2),
        proposed_by: "ana".parse().unwrap(),
        marks: vec![],
    };
    said(n, author(&directory(district()), "tom"), fact)
}

/// Somebody of the directory, with a fresh proof.
pub(crate) fn actor(directory: &Directory, person: &str) -> Actor {
    let row = &directory.people[&person.parse().unwrap()];
    Actor {
        district: directory.district.id.clone(),
        author: author(directory, person),
        standing: Standing::Fresh,
        scope: Scope::of(row),
        room: None,
        certification: row.certification.clone(),
        may_lock_down: [].into(),
        under_duress: false,
    }
}

fn right(directory: &Directory, person: &str, command: Command) -> Right {
    Right {
        actor: actor(directory, person),
        campus: "north".parse().unwrap(),
        command,
        today: today(),
        proposer: None,
    }
}

pub(crate) fn right_to_all_clear(directory: &Directory) -> Right {
    let command = Command::GiveAllClear {
        lifts: vec![id(1)],
        seen: at(1),
        override_reason: None,
    };
    right(directory, "sam", command)
}

pub(crate) fn right_to_lift(directory: &Directory) -> Right {
    let command = Command::ConfirmLift {
        proposal: id(2),
        lifts: vec![id(1)],
        seen: at(1),
    };
    Right {
        proposer: Some(author(directory, "ana")),
        ..right(directory, "tom", command)
    }
}
