//! Campuses as audiences see them, for the screen tests.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "tests may panic; names say enough"
)]

mod response;

use lockstep_proto::Timestamp;
use lockstep_proto::command::{RoomReport, RoomState};
use lockstep_proto::directory::{Policy, ReleaseMode};
use lockstep_proto::fact::Mark;
use lockstep_proto::frame::You;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::{Audience, Role, Standing};
use lockstep_proto::sentence::radio;
use lockstep_proto::view::*;

pub use response::*;

/// A campus, and what came in after the snapshot.
pub struct Campus {
    pub id: &'static str,
    pub name: &'static str,
    pub position: Position,
    pub cards: Vec<Card>,
    pub then: Vec<(Position, Vec<Card>, Vec<String>)>,
}

/// Seconds after 10:40:00 on the day of these tests.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_009_600 + seconds).unwrap()
}

pub fn seq(seq: u64) -> Position {
    Position { epoch: 1, seq }
}

pub fn fact(n: u128) -> FactId {
    FactId(uuid::Uuid::from_u128(
        0x0193_a000_0000_7000_8000_0000_0000_0000 + n,
    ))
}

pub fn you(role: Role) -> You {
    You {
        principal: "person:sam.cole".parse().unwrap(),
        name: "Sam Cole".to_owned(),
        role,
        district: "maple-valley".parse().unwrap(),
        audience: role.audience(),
        standing: Standing::Live,
        room: None,
    }
}

fn who(name: &str, role: Role) -> Who {
    Who {
        name: name.to_owned(),
        role,
    }
}

fn base(audience: Audience, posture: PostureCard) -> Vec<Card> {
    let mut cards = vec![
        Card::Campus(CampusCard {
            numbers: std::collections::BTreeMap::new(),
            people: Vec::new(),
            id: "north-high".parse().unwrap(),
            name: "North High".to_owned(),
            address: "1 Main Street".to_owned(),
            time_zone: "UTC".to_owned(),
            coordinates: None,
            fire_alarm_words: Policy::default().fire_alarm_words,
            fire_alarm_words_es: Policy::default().fire_alarm_words_es,
            room_screens: Policy::default().room_screens,
            room_sound: Policy::default().room_sound,
            release: ReleaseMode::Announce,
            school_lift: true,
        }),
        Card::Posture(posture),
    ];
    if audience == Audience::Room {
        cards.push(Card::OwnRoom(own()));
    }
    cards
}

fn own() -> OwnRoomCard {
    OwnRoomCard {
        drill: None,
        id: "n101".parse().unwrap(),
        name: "Room 101".to_owned(),
        acknowledged: None,
        report: None,
        plea: false,
        plea_answer: None,
        stay_locked: false,
    }
}

fn posture(posture: Posture) -> PostureCard {
    PostureCard {
        drill_over: false,
        record_lost: false,
        posture,
        since: None,
        checking: false,
        instruction: radio(posture).to_owned(),
        incident: None,
        calls: 0,
        not_recorded: 0,
        marks: Vec::new(),
        sweep_since: None,
    }
}

fn room(n: u32, live: u32, reached: bool, acknowledged: Option<i64>) -> RoomCard {
    RoomCard {
        drill: None,
        id: format!("n{n}").parse().unwrap(),
        name: format!("Room {n}"),
        zone: "a-wing".parse().unwrap(),
        live,
        reached,
        acknowledged: acknowledged.map(at),
        report: None,
        reported_at: None,
        note: None,
        plea: None,
        opened: false,
        stay_locked: false,
    }
}

fn zone(id: &str, name: &str, cleared: Option<i64>, adverse: Option<&str>) -> Card {
    Card::Zone(ZoneCard {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        clear: cleared.is_some(),
        cleared_by: cleared.map(|_| who("Sam Cole", Role::Sro)),
        cleared_at: cleared.map(at),
        adverse: adverse.map(str::to_owned),
        adverse_at: adverse.map(|_| at(400)),
    })
}

fn line(seq: u64, seconds: i64, name: &str, role: Role, text: &str) -> Card {
    Card::Line(LineCard {
        seq,
        at: at(seconds),
        by: who(name, role),
        text: text.to_owned(),
    })
}

pub fn call(
    n: u128,
    seconds: i64,
    name: &str,
    role: Role,
    recorded: bool,
    audience: Audience,
) -> Card {
    let detail = audience.sees_responder_detail();
    Card::Raise(RaiseCard {
        id: fact(n),
        level: Level::LockDown,
        at: at(seconds),
        recorded,
        late: false,
        sealed: None,
        by: detail.then(|| who(name, role)),
        kind: None,
        reason: detail.then(|| "shots heard".to_owned()),
        place: detail.then(|| "the gym".to_owned()),
        shareable: None,
        mistake: None,
    })
}

pub fn named(id: &'static str, name: &'static str, campus: Campus) -> Campus {
    Campus { id, name, ..campus }
}

fn campus(seq_now: u64, cards: Vec<Card>) -> Campus {
    Campus {
        id: "north-high",
        name: "North High",
        position: seq(seq_now),
        cards,
        then: Vec::new(),
    }
}

pub fn normal(audience: Audience) -> Campus {
    let mut cards = base(audience, posture(Posture::Normal));
    if audience.sees_responder_detail() {
        cards.extend([room(101, 1, false, None), room(102, 0, false, None)].map(Card::Room));
        cards.push(zone("a-wing", "A wing", None, None));
        cards.push(line(3, 60, "Sam Cole", Role::Sro, "On campus"));
        cards.push(presence());
    }
    campus(3, cards)
}

fn presence() -> Card {
    Card::Presence(PresenceCard {
        person: "sam.cole".parse().unwrap(),
        who: who("Sam Cole", Role::Sro),
        here: true,
        at: at(60),
    })
}

pub fn lock_down(audience: Audience) -> Campus {
    let mut headline = posture(Posture::LockDown);
    headline.since = Some(at(120));
    headline.incident = Some(4);
    headline.calls = 3;
    headline.not_recorded = 1;
    headline.sweep_since = audience.sees_responder_detail().then(|| at(380));
    let mut cards = base(audience, headline);
    cards.push(call(
        1,
        120,
        "Ana Ruiz",
        Role::Administrator,
        true,
        audience,
    ));
    cards.push(call(2, 124, "Lee Park", Role::Sso, true, audience));
    cards.push(call(
        3,
        180,
        "Tom Becker",
        Role::Administrator,
        false,
        audience,
    ));
    if audience == Audience::Room {
        let report = RoomReport {
            state: RoomState::Secured,
            present: Some(24),
            injured: None,
            missing: None,
            extra: None,
        };
        cards.pop();
        cards.push(call(
            3,
            180,
            "Tom Becker",
            Role::Administrator,
            false,
            audience,
        ));
        cards.retain(|card| !matches!(card, Card::OwnRoom(_)));
        cards.push(Card::OwnRoom(OwnRoomCard {
            acknowledged: Some(at(130)),
            report: Some(report),
            ..own()
        }));
    }
    if audience.sees_responder_detail() {
        cards.extend(rooms_in_lock_down().map(Card::Room));
        cards.push(zone("a-wing", "A wing", Some(420), None));
        cards.push(zone(
            "b-wing",
            "B wing",
            None,
            Some("door forced from inside"),
        ));
        cards.push(zone("gym", "Gym", None, None));
        cards.push(presence());
        cards.push(Card::Veto(VetoCard {
            id: fact(9),
            kind: VetoKind::NotClear,
            by: who("Kim Ortega", Role::Officer),
            at: at(430),
            reason: "second floor not searched".to_owned(),
        }));
        for (n, seconds, name, role, text) in [
            (
                4,
                120,
                "Ana Ruiz",
                Role::Administrator,
                "Lock-down called at the gym: shots heard",
            ),
            (
                5,
                124,
                "Lee Park",
                Role::Sso,
                "Lock-down called at the gym: shots heard",
            ),
            (6, 131, "Room 101", Role::Room, "Acknowledged for room n101"),
            (
                7,
                300,
                "Room 104",
                Role::Room,
                "Room n104: NEEDS HELP, 1 injured: bleeding",
            ),
            (8, 380, "Sam Cole", Role::Sro, "Sweep started"),
            (9, 420, "Sam Cole", Role::Sro, "Zone a-wing clear"),
        ] {
            cards.push(line(n, seconds, name, role, text));
        }
    }
    campus(9, cards)
}

fn rooms_in_lock_down() -> [RoomCard; 5] {
    let secured = RoomReport {
        state: RoomState::Secured,
        present: Some(24),
        injured: None,
        missing: None,
        extra: None,
    };
    let help = RoomReport {
        state: RoomState::NeedHelp,
        present: None,
        injured: Some(1),
        missing: None,
        extra: None,
    };
    [
        RoomCard {
            report: Some(secured),
            ..room(101, 1, true, Some(131))
        },
        room(102, 0, false, None),
        room(103, 1, true, None),
        RoomCard {
            report: Some(help),
            plea: Some(fact(8)),
            note: Some("bleeding".to_owned()),
            ..room(104, 1, true, Some(140))
        },
        room(105, 1, false, None),
    ]
}

pub fn checking(audience: Audience) -> Campus {
    let mut headline = posture(Posture::Normal);
    headline.since = Some(at(300));
    headline.checking = true;
    headline.incident = Some(4);
    let mut cards = base(audience, headline);
    let detail = audience.sees_responder_detail();
    cards.push(Card::Threat(ThreatCard {
        id: fact(1),
        at: at(300),
        recorded: true,
        sealed: None,
        by: detail.then(|| who("Walt Dunn", Role::Eyes)),
        room: None,
        reason: detail.then(|| "man with a rifle bag".to_owned()),
        place: detail.then(|| "east gate".to_owned()),
    }));
    if detail {
        cards.push(Card::Room(room(101, 1, true, None)));
        cards.push(zone("a-wing", "A wing", None, None));
    }
    campus(4, cards)
}

fn release(audience: Audience, kind: Posture, marks: Vec<Mark>) -> Campus {
    let mut headline = posture(kind);
    headline.since = Some(at(500));
    headline.incident = Some(4);
    headline.marks.clone_from(&marks);
    let mut cards = base(audience, headline);
    let detail = audience.sees_responder_detail();
    cards.push(Card::Release(ReleaseCard {
        on_scene: None,
        id: fact(5),
        seq: 12,
        kind,
        at: at(500),
        marks,
        by: detail.then(|| who("Sam Cole", Role::Sro)),
        radio: detail.then(|| format!("North High: {}", radio(kind))),
    }));
    cards.push(Card::Cover(CoverCard {
        id: fact(5),
        position: seq(12),
        names: vec![fact(1), fact(2), fact(3)],
    }));
    if detail {
        cards.push(Card::Room(room(101, 1, true, Some(131))));
        cards.push(zone("a-wing", "A wing", Some(420), None));
        cards.push(zone("gym", "Gym", None, None));
    }
    campus(12, cards)
}

pub fn all_clear_unswept(audience: Audience) -> Campus {
    release(audience, Posture::AllClear, vec![Mark::Unswept])
}

pub fn lifted_by_school(audience: Audience) -> Campus {
    release(audience, Posture::LiftedBySchool, Vec::new())
}

pub fn stay_locked() -> Campus {
    let mut campus = release(Audience::Room, Posture::AllClear, Vec::new());
    campus
        .cards
        .retain(|card| !matches!(card, Card::OwnRoom(_)));
    campus.cards.push(Card::OwnRoom(OwnRoomCard {
        stay_locked: true,
        ..own()
    }));
    campus
}

/// After the lock-down, an event that drops a call which no cover names.
pub fn held(audience: Audience) -> Campus {
    let mut held = lock_down(audience);
    let mut headline = posture(Posture::Normal);
    headline.since = None;
    let dropped = vec![item_key(fact(1)), item_key(fact(2)), item_key(fact(3))];
    let cover = CoverCard {
        id: fact(5),
        position: seq(12),
        names: vec![fact(2), fact(3)],
    };
    held.then = vec![(
        seq(12),
        vec![Card::Posture(headline), Card::Cover(cover)],
        dropped,
    )];
    held
}
