//! One fact of every kind, with every field there.

use lockstep_proto::Timestamp;
use lockstep_proto::by_hand::{DirectoryEdit, PersonTold};
use lockstep_proto::code::Code;
use lockstep_proto::command::{RoomReport, RoomState, ThreatKind};
use lockstep_proto::contact::{Breach, Danger, PictureKind};
use lockstep_proto::directory::{
    Certification, CertificationChange, OnScene, ReleaseMode, RoomScreens, Vouched,
};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::{Channel, DutyKind, Outcome};
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::{Author, Fact, Mark, Origin, Stamped};
use lockstep_proto::id::{CommandId, FactId, Principal};
use lockstep_proto::policy::PolicyChange;
use lockstep_proto::position::Position;
use lockstep_proto::reach::{HowFar, ReachRow};
use lockstep_proto::role::Role;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::{ENTRY_VERSION, Entry};
use uuid::Uuid;

fn id(n: u128) -> FactId {
    FactId(Uuid::from_u128(n))
}

const SEEN: Position = Position { epoch: 1, seq: 7 };

/// One of each; `words` is asked for every free text.
pub(crate) fn every_fact(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    let mut facts = raises_and_notes(words);
    facts.extend(grounds(words));
    facts.extend(clears(words));
    facts.extend(of_the_district(words));
    facts.extend(of_the_response(words));
    facts.extend(of_drills(words));
    facts
}

fn raises_and_notes(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    vec![
        Fact::ControlledMovementBegun {
            kind: ThreatKind::Person,
            place: Some(words()),
            seen: Some(words()),
            shareable: Some(words()),
            answers: vec![id(1)],
        },
        Fact::LockDownCalled {
            reason: Some(words()),
            place: Some(words()),
            answers: vec![id(1)],
            of_threat: Some(id(2)),
        },
        Fact::ThreatReported {
            reason: Some(words()),
            place: Some(words()),
            room: Some("n101".parse().unwrap()),
        },
        Fact::RoomReported {
            room: Some("n102".parse().unwrap()),
            report: RoomReport {
                state: RoomState::NeedHelp,
                present: Some(24),
                injured: Some(1),
                missing: Some(2),
                extra: Some(3),
            },
            note: Some(words()),
        },
        Fact::AdverseReported {
            zone: "a-wing".parse().unwrap(),
            seen: words(),
        },
        Fact::NotClearSaid { reason: words() },
        Fact::LiftObjected { reason: words() },
        Fact::Acknowledged {
            room: Some("n101".parse().unwrap()),
            through: SEEN,
            also: vec![id(3)],
        },
        Fact::Arrived {},
        Fact::Departed {},
        Fact::MistakeAnnotated {
            call: id(4),
            note: words(),
        },
        Fact::PleaAnswered {
            plea: id(5),
            note: Some(words()),
        },
        Fact::ClearRefused {
            command: "give_all_clear".to_owned(),
            code: Code::UnnamedRaises,
            proof: Some(words()),
        },
    ]
}

fn grounds(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    vec![
        Fact::ThreatAnswered {
            threat: id(6),
            reason: words(),
        },
        Fact::SweepStarted {},
        Fact::ZoneCleared {
            zone: "gym".parse().unwrap(),
        },
        Fact::NotClearWithdrawn { not_clear: id(7) },
        Fact::NotClearSetAside {
            not_clear: id(8),
            reason: words(),
        },
        Fact::LiftProposed {
            statement: words(),
            lifts: vec![id(9)],
            seen: SEEN,
        },
        Fact::ObjectionWithdrawn { objection: id(10) },
        Fact::ObjectionSetAside {
            objection: id(11),
            reason: words(),
        },
        Fact::RoomOpened {
            room: "n101".parse().unwrap(),
        },
        Fact::IncidentClosed { reason: words() },
    ]
}

fn clears(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    vec![
        Fact::ControlledMovementEnded {
            lifts: vec![id(12)],
            seen: SEEN,
        },
        Fact::AllClearGiven {
            lifts: vec![id(13), id(14)],
            seen: SEEN,
            incident: 2,
            certification: certification(),
            marks: vec![Mark::Unswept, Mark::SetAside, Mark::GivenFromOffCampus],
            override_reason: Some(words()),
        },
        Fact::SchoolLifted {
            lifts: vec![id(15)],
            seen: SEEN,
            incident: 2,
            proposal: id(16),
            proposed_by: "ana.ruiz".parse().unwrap(),
            marks: vec![Mark::SetAside],
        },
        Fact::Resumed {
            lifts: vec![id(17)],
            seen: SEEN,
            unopened: vec!["n103".parse().unwrap()],
            reason: Some(words()),
        },
    ]
}

fn of_the_district(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    vec![
        Fact::EpochOpened {
            previous_head: Some("lockstep/oak/north/1\n7\n".to_owned()),
            reason: words(),
        },
        Fact::DirectoryImported {
            version: 3,
            sha256: "00".repeat(32),
            campuses: 3,
            people: 40,
            devices: 31,
            certified: vec![CertificationChange {
                person: "jo-roe.k3f9a".parse().unwrap(),
                name: "Jo Roe".to_owned(),
                before: None,
                after: Some(certification()),
            }],
            certified_more: Some(2),
        },
        Fact::CodeMade {
            principal: "device:north-n101".parse().unwrap(),
        },
        Fact::SignedIn {
            principal: "person:ana.ruiz".parse().unwrap(),
            credential: "c2".parse().unwrap(),
        },
        Fact::CredentialRevoked {
            credential: "c2".parse().unwrap(),
            principal: Principal::Operator,
        },
        Fact::PinSet {
            person: "ana.ruiz".parse().unwrap(),
        },
        Fact::PasskeyAdded {
            person: "ana.ruiz".parse().unwrap(),
            passkey: "pk-1".parse().unwrap(),
        },
        Fact::PasskeyRemoved {
            person: "ana.ruiz".parse().unwrap(),
            passkey: "pk-1".parse().unwrap(),
        },
        Fact::PolicyChanged {
            version: 7,
            changes: vec![
                PolicyChange::StaffMayLockDown {
                    before: false,
                    after: true,
                },
                PolicyChange::ImmediateThreatLocksAfterS {
                    before: None,
                    after: Some(90),
                },
                PolicyChange::SchoolLift {
                    before: true,
                    after: false,
                },
                PolicyChange::Release {
                    before: ReleaseMode::Announce,
                    after: ReleaseMode::RoomByRoom,
                },
                PolicyChange::FireAlarmWords {
                    before: words(),
                    after: words(),
                },
                PolicyChange::FireAlarmWordsEs {
                    before: words(),
                    after: words(),
                },
                PolicyChange::RoomScreens {
                    before: RoomScreens::Dark,
                    after: RoomScreens::Bright,
                },
                PolicyChange::RoomSound {
                    before: false,
                    after: true,
                },
            ],
            reason: Some(words()),
        },
        Fact::OfficerCodeMade {
            officer: "jo-roe.k3f9a".parse().unwrap(),
            name: "Jo Roe".to_owned(),
            campus: "north-high".parse().unwrap(),
        },
        Fact::OfficerCertified {
            version: 8,
            officer: "jo-roe.k3f9a".parse().unwrap(),
            name: "Jo Roe".to_owned(),
            campus: "north-high".parse().unwrap(),
            certification: certification(),
        },
        Fact::PersonAssigned {
            version: 9,
            person: "eva.cruz".parse().unwrap(),
            name: "Eva Cruz".to_owned(),
            role: Role::Sso,
            campuses: vec![
                "north-high".parse().unwrap(),
                "river-middle".parse().unwrap(),
            ],
        },
        Fact::DirectoryChanged {
            version: 10,
            edit: Box::new(DirectoryEdit::PersonAdded {
                person: "sam-rivera.k3f9a".parse().unwrap(),
                after: Box::new(PersonTold {
                    name: "Sam Rivera".to_owned(),
                    role: Role::Staff,
                    campuses: vec!["north-high".parse().unwrap()],
                    room: Some("n104".parse().unwrap()),
                    certification: None,
                    may_lock_down: Vec::new(),
                }),
            }),
            reason: Some(words()),
        },
    ]
}

/// What people did about a threat: since the second version of the fixtures.
fn of_the_response(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    let at: Timestamp = "2026-03-02T15:04:05Z".parse().unwrap();
    vec![
        Fact::SightingReported {
            seen: words(),
            place: Some(words()),
            seen_at: Some(at),
            danger: Danger::Unsure,
            of: Some(id(20)),
        },
        Fact::PictureAttached {
            to: id(21),
            sha256: words(),
            kind: PictureKind::Jpeg,
            bytes: 40_960,
        },
        Fact::RosterOpened {
            room: Some("n101".parse().unwrap()),
        },
        Fact::RostersImported {
            campuses: 3,
            classes: 96,
            students: 1840,
        },
        Fact::EscalationOpened {
            agency: Agency::NineOneOne,
            basis: Basis::ImmediateThreat,
            state: LineState::LineOpen,
            decided_by: Some(words()),
            called_by: Some(words()),
            number: Some(words()),
            incident_number: Some(words()),
            note: Some(words()),
        },
        Fact::LineRecorded {
            escalation: id(22),
            state: LineState::Closed,
            incident_number: Some(words()),
            note: Some(words()),
        },
        Fact::DutyAttempted {
            duty: id(23),
            kind: DutyKind::Call911,
            cause: id(22),
            person: "pat.lund".parse().unwrap(),
            channel: Channel::Outside,
            n: 2,
            outcome: Outcome::NotReached,
        },
        Fact::DutyAcknowledged { duty: id(23) },
        Fact::DutyDone {
            duty: id(23),
            how: words(),
            done_by: Some(words()),
            done_at: Some(at),
        },
        Fact::DutyDeclined {
            duty: id(23),
            reason: words(),
        },
        Fact::ContactJudgedSafe {
            raise: id(1),
            with: "sam.cole".parse().unwrap(),
        },
        Fact::ContactWithdrawn { raise: id(1) },
        Fact::ContactMade {
            raise: Some(id(1)),
            by: vec!["lee.tran".parse().unwrap()],
            what: words(),
            off_protocol: vec![
                Breach::Alone,
                Breach::Pair,
                Breach::NotJudgedSafe,
                Breach::NoSroHere,
            ],
        },
        Fact::LeadOffered {
            to: "sam.cole".parse().unwrap(),
        },
        Fact::LeadTaken { offer: id(24) },
        Fact::ReachKept {
            rows: vec![ReachRow {
                client: "c1".parse().unwrap(),
                room: Some("n101".parse().unwrap()),
                how_far: HowFar::Displayed,
                through: 7,
                also: vec![id(25)],
                at,
            }],
        },
    ]
}

fn of_drills(words: &mut dyn FnMut() -> Words) -> Vec<Fact> {
    vec![
        Fact::DrillStarted {
            kind: DrillKind::LockDown,
            note: Some(words()),
        },
        Fact::DrillLockDownCalled { drill: id(26) },
        Fact::DrillRoomReported {
            drill: id(26),
            room: "n101".parse().unwrap(),
            report: DrillRoomReport {
                secured: true,
                present: Some(24),
                missing: Some(1),
                extra: Some(2),
            },
        },
        Fact::DrillZoneCleared {
            drill: id(26),
            zone: "gym".parse().unwrap(),
        },
        Fact::DrillAllClearGiven {
            drill: id(26),
            seen: SEEN,
            certification: certification(),
            marks: vec![Mark::Unswept, Mark::GivenFromOffCampus],
            override_reason: Some(words()),
        },
        Fact::DrillEnded {
            drill: id(26),
            seen: SEEN,
            note: Some(words()),
        },
    ]
}

fn certification() -> Certification {
    Certification {
        agency: "Maple City Police".to_owned(),
        badge: "4471".to_owned(),
        kind: None,
        number: "LE-20311".to_owned(),
        full_time: true,
        valid_until: "2031-06-30".parse().unwrap(),
        on_scene: Some(OnScene {
            code_by: vouched("ana.ruiz", Role::Administrator),
            certified_by: vouched("dana.lind", Role::Director),
        }),
    }
}

fn vouched(person: &str, role: Role) -> Vouched {
    Vouched {
        person: person.parse().unwrap(),
        name: "Somebody".to_owned(),
        role,
        at: "2026-03-02T15:00:00Z".parse().unwrap(),
    }
}

/// Numbers the kinds. A new kind does not compile until it stands here, and then fails the
/// tests until [`every_fact`] and the fixtures have one.
pub(crate) fn kind(fact: &Fact) -> usize {
    match fact {
        Fact::ControlledMovementBegun { .. } => 0,
        Fact::LockDownCalled { .. } => 1,
        Fact::ThreatReported { .. } => 2,
        Fact::RoomReported { .. } => 3,
        Fact::AdverseReported { .. } => 4,
        Fact::NotClearSaid { .. } => 5,
        Fact::LiftObjected { .. } => 6,
        Fact::Acknowledged { .. } => 7,
        Fact::Arrived {} => 8,
        Fact::Departed {} => 9,
        Fact::MistakeAnnotated { .. } => 10,
        Fact::PleaAnswered { .. } => 11,
        Fact::ClearRefused { .. } => 12,
        Fact::ThreatAnswered { .. } => 13,
        Fact::SweepStarted {} => 14,
        Fact::ZoneCleared { .. } => 15,
        Fact::NotClearWithdrawn { .. } => 16,
        Fact::NotClearSetAside { .. } => 17,
        Fact::LiftProposed { .. } => 18,
        Fact::ObjectionWithdrawn { .. } => 19,
        Fact::ObjectionSetAside { .. } => 20,
        Fact::RoomOpened { .. } => 21,
        Fact::IncidentClosed { .. } => 22,
        Fact::ControlledMovementEnded { .. } => 23,
        Fact::AllClearGiven { .. } => 24,
        Fact::SchoolLifted { .. } => 25,
        Fact::Resumed { .. } => 26,
        Fact::EpochOpened { .. } => 27,
        Fact::DirectoryImported { .. } => 28,
        Fact::CodeMade { .. } => 29,
        Fact::SignedIn { .. } => 30,
        Fact::CredentialRevoked { .. } => 31,
        Fact::PinSet { .. } => 32,
        Fact::SightingReported { .. } => 33,
        Fact::PictureAttached { .. } => 34,
        Fact::EscalationOpened { .. } => 35,
        Fact::LineRecorded { .. } => 36,
        Fact::DutyAttempted { .. } => 37,
        Fact::DutyAcknowledged { .. } => 38,
        Fact::DutyDone { .. } => 39,
        Fact::DutyDeclined { .. } => 40,
        Fact::ContactJudgedSafe { .. } => 41,
        Fact::ContactWithdrawn { .. } => 42,
        Fact::ContactMade { .. } => 43,
        Fact::LeadOffered { .. } => 44,
        Fact::LeadTaken { .. } => 45,
        Fact::ReachKept { .. } => 46,
        Fact::DrillStarted { .. } => 47,
        Fact::DrillLockDownCalled { .. } => 48,
        Fact::DrillRoomReported { .. } => 49,
        Fact::DrillZoneCleared { .. } => 50,
        Fact::DrillAllClearGiven { .. } => 51,
        Fact::DrillEnded { .. } => 52,
        Fact::PolicyChanged { .. } => 53,
        Fact::OfficerCodeMade { .. } => 54,
        Fact::OfficerCertified { .. } => 55,
        Fact::PersonAssigned { .. } => 56,
        Fact::RosterOpened { .. } => 57,
        Fact::RostersImported { .. } => 58,
        Fact::DirectoryChanged { .. } => 59,
        Fact::PasskeyAdded { .. } => 60,
        Fact::PasskeyRemoved { .. } => 61,
    }
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 62;

/// The fact as the entry at `seq`, with every optional field there.
pub(crate) fn entry(seq: u64, fact: Fact) -> Entry {
    let at: Timestamp = "2026-03-02T15:04:05.123456Z".parse().unwrap();
    Entry {
        v: ENTRY_VERSION,
        log: "oak/north".parse().unwrap(),
        epoch: 1,
        seq,
        recorded: at,
        clock_in_doubt: seq.is_multiple_of(2),
        stamped: Stamped {
            id: id(100 + u128::from(seq)),
            at,
            claimed_at: Some(at),
            by: Author {
                principal: "person:sam.cole".parse().unwrap(),
                name: "Sam Cole".to_owned(),
                role: Role::Sro,
                credential: Some("c1".parse().unwrap()),
            },
            origin: Some(Origin {
                id: CommandId(Uuid::from_u128(u128::from(seq))),
                digest: "11".repeat(32),
            }),
            fact,
        },
    }
}

#[test]
fn there_is_one_of_every_kind() {
    let facts = every_fact(&mut || Words::Words("words".to_owned()));
    let kinds: Vec<usize> = facts.iter().map(kind).collect();
    let mut sorted = kinds.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..KINDS).collect::<Vec<_>>());
}
