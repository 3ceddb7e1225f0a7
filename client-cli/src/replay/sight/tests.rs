//! Each expectation, met and refused.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
use lockstep_proto::drill::DrillKind;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, Line, LineState, Response};
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Role;
use lockstep_proto::view::{Done, DrillCard, Lead, PostureCard, RaiseCard, Shares, Who};
use uuid::Uuid;

use super::*;
use crate::link::Follow;

fn id(n: u128) -> FactId {
    FactId(Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn who() -> Who {
    Who {
        name: "Sam Cole".to_owned(),
        role: Role::Sro,
    }
}

fn posture(drill_over: bool) -> Card {
    Card::Posture(PostureCard {
        posture: Posture::Normal,
        since: None,
        checking: false,
        instruction: String::new(),
        incident: None,
        calls: 0,
        not_recorded: 0,
        marks: Vec::new(),
        sweep_since: None,
        drill_over,
        record_lost: false,
    })
}

fn drill() -> Card {
    Card::Drill(DrillCard {
        id: id(1),
        kind: DrillKind::LockDown,
        posture: Posture::AllClear,
        instruction: String::new(),
        since: at(1),
        at: at(1),
        by: None,
        note: None,
        cleared: Vec::new(),
        marks: vec![Mark::Unswept],
        released_by: None,
    })
}

fn raise() -> Card {
    Card::Raise(RaiseCard {
        id: id(2),
        level: Level::LockDown,
        at: at(2),
        recorded: true,
        late: false,
        sealed: None,
        by: None,
        kind: None,
        reason: None,
        place: None,
        shareable: None,
        mistake: None,
    })
}

fn duty(kind: DutyKind, overdue: bool, in_hand: bool) -> Card {
    Card::Duty(DutyCard {
        id: FactId::derived(id(2), kind.as_str()),
        kind,
        cause: id(2),
        asks: vec![Role::Sro],
        since: at(1),
        due: at(61),
        overdue,
        say: String::new(),
        acknowledged: in_hand.then(|| Done {
            by: who(),
            at: at(3),
        }),
        attempts: 0,
        tried: Vec::new(),
        each: Vec::new(),
    })
}

fn line(n: u128, agency: Agency, line: Line, response: Response) -> Card {
    Card::Escalation(EscalationCard {
        call: None,
        id: id(n),
        agency,
        basis: Basis::Escalating,
        by: who(),
        at: at(4),
        decided_by: None,
        called_by: None,
        number: None,
        incident_number: None,
        line,
        line_at: at(4),
        response,
        response_at: None,
        last: LineState::Requested,
        note: None,
        closed_unexplained: false,
        to_tell: Vec::new(),
    })
}

fn sighting(n: u128, danger: Danger) -> Card {
    Card::Sighting(SightingCard {
        id: id(n),
        by: who(),
        at: at(5),
        seen_at: None,
        seen: "a man at the fence".to_owned(),
        place: None,
        danger,
        of: None,
        picture: None,
        recorded: true,
    })
}

fn lead() -> Card {
    Card::Lead(LeadCard {
        lead: Some(Lead {
            person: "sam.cole".parse().unwrap(),
            who: who(),
            since: at(6),
        }),
        offers: Vec::new(),
    })
}

fn contact(stands: bool) -> Card {
    Card::Contact(ContactCard {
        raise: id(2),
        judged: Vec::new(),
        stands,
        sro_here: true,
    })
}

fn reach() -> Card {
    Card::Reach(ReachCard {
        alert: id(2),
        at: at(2),
        sent: 20,
        received: 19,
        displayed: 18,
        rooms: 12,
        acknowledged: 3,
        received_ms: Shares::default(),
        acknowledged_ms: Shares::default(),
    })
}

/// What is missing of what the script asks for.
fn see(sees: &str, cards: Vec<Card>) -> Option<String> {
    let sees: Sees = toml::from_str(sees).unwrap();
    let campus: CampusId = "north-high".parse().unwrap();
    let mut follow = Follow::default();
    follow
        .screen
        .take_snapshot(Position { epoch: 1, seq: 9 }, cards);
    let mut state = LinkState::new(at(0));
    state.campuses.insert(campus.clone(), follow);
    missing(&sees, &state, &campus, at(10))
}

/// Every one of these is met, and every one of those is not.
fn judge(cards: &[Card], met: &[&str], refused: &[&str]) {
    for sees in met {
        assert_eq!(see(sees, cards.to_vec()), None, "{sees}");
    }
    for sees in refused {
        assert!(see(sees, cards.to_vec()).is_some(), "{sees}");
    }
}

#[test]
fn d1_d3_a_drill_and_how_it_stands() {
    judge(
        &[posture(false), drill()],
        &[
            "drill = true\ndrill_over = false\nposture = \"normal\"",
            "drill = { kind = \"lock_down\", posture = \"all_clear\", marks = [\"UNSWEPT\"] }",
        ],
        &[
            "drill = false",
            "drill_over = true",
            "drill = \"test_alert\"",
            "drill = { posture = \"lock_down\" }",
            "drill = { marks = [] }",
        ],
    );
}

#[test]
fn d2_a_real_raise_hides_the_drill_whatever_else_is_on_the_screen() {
    judge(
        &[posture(true), drill(), raise()],
        &["drill = false\ndrill_over = true"],
        &["drill = true"],
    );
}

#[test]
fn e3_e4_duties_open_overdue_and_in_hand() {
    let cards = [
        duty(DutyKind::Call911, true, false),
        duty(DutyKind::TellSro, false, true),
    ];
    judge(
        &cards,
        &[
            "duties = true",
            "duties = [\"tell_sro\"]\nnot_duties = [\"call_sro\"]",
            "duties = [\"call_911 overdue\", \"tell_sro in hand\"]",
            "not_duties = [\"tell_sro overdue\", \"call_911 in hand\"]",
        ],
        &[
            "duties = false",
            "duties = [\"call_sro\"]",
            "duties = [\"tell_sro overdue\"]",
            "not_duties = [\"call_911\"]",
            "not_duties = [\"call_911 overdue\"]",
        ],
    );
    judge(&[posture(false)], &["duties = false"], &["duties = true"]);
}

#[test]
fn e2_a_line_is_no_further_than_its_card() {
    let cards = [
        line(3, Agency::NineOneOne, Line::None, Response::Unknown),
        line(4, Agency::So, Line::Open, Response::OnTheWay),
    ];
    judge(
        &cards,
        &[
            "lines = { 911 = \"none\", so = { line = \"open\", response = \"on_the_way\" } }",
            "lines = { 911 = { response = \"unknown\" }, so = true }",
            "not_lines = { 911 = \"open\", pd = true }",
        ],
        &[
            "lines = false",
            "lines = { 911 = \"calling\" }",
            "lines = { 911 = { response = \"accepted\" } }",
            "lines = { pd = true }",
            "not_lines = { so = \"open\" }",
        ],
    );
    judge(
        &[posture(false)],
        &["lines = false"],
        &["lines = { 911 = true }"],
    );
}

#[test]
fn c3_c7_who_leads_and_whether_contact_stands() {
    judge(
        &[lead(), contact(true)],
        &[
            "lead = \"person:sam.cole\"\nnot_lead = \"ana.ruiz\"\ncontact = true",
            "lead = \"sam.cole\"",
        ],
        &[
            "lead = false",
            "lead = \"ana.ruiz\"",
            "not_lead = \"sam.cole\"",
            "contact = false",
        ],
    );
    judge(
        &[contact(false)],
        &["lead = false\ncontact = false"],
        &["lead = \"sam.cole\"", "contact = true"],
    );
}

#[test]
fn c5_sightings_are_counted_exactly() {
    let cards = [
        sighting(5, Danger::Yes),
        sighting(6, Danger::No),
        sighting(7, Danger::No),
    ];
    judge(
        &cards,
        &[
            "sightings = 3",
            "sightings = { count = 3, yes = 1, no = 2, unsure = 0, pictures = 0 }",
        ],
        &[
            "sightings = false",
            "sightings = 2",
            "sightings = { yes = 2 }",
            "sightings = { pictures = 1 }",
        ],
    );
    judge(
        &[posture(false)],
        &["sightings = false"],
        &["sightings = 1"],
    );
}

#[test]
fn r1_reach_is_at_least_so_far() {
    judge(
        &[reach()],
        &[
            "reach = { sent = 20, received = 19, displayed = 10, acknowledged = 3 }",
            "not_reach = { acknowledged = 4 }",
        ],
        &[
            "reach = false",
            "reach = { received = 20 }",
            "not_reach = { displayed = 18 }",
        ],
    );
    judge(
        &[posture(false)],
        &["reach = false"],
        &["reach = { sent = 0 }"],
    );
}
