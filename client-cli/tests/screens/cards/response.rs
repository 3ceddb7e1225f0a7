//! Campuses with what people do about a threat, and with drills.

use lockstep_proto::contact::Danger;
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, Line as Call, LineState, Response};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::sentence::radio;
use lockstep_proto::view::*;

use super::{Campus, at, base, call, campus, fact, lock_down, normal, posture, who};

/// A lock-down with everything that people do about it: duties in every state, lines that are no further
/// than their evidence, a contact plan, the lead, sightings, reach.
pub fn response() -> Campus {
    let mut campus = lock_down(Audience::Responder);
    let sam = || who("Sam Cole", Role::Sro);
    let duty = |kind: DutyKind, since: i64, overdue, in_hand: Option<&str>, attempts| {
        Card::Duty(DutyCard {
            id: FactId::derived(fact(1), kind.as_str()),
            kind,
            cause: fact(1),
            asks: match kind {
                DutyKind::TellSuperintendent => vec![Role::Superintendent],
                DutyKind::TellChiefOrDirector => vec![Role::Chief, Role::Director],
                DutyKind::Call911
                | DutyKind::CallSro
                | DutyKind::AnswerThreat
                | DutyKind::AnswerPlea
                | DutyKind::SeeSighting
                | DutyKind::ExplainClosedLine
                | DutyKind::TellSro
                | DutyKind::KeepWatch => vec![Role::Administrator, Role::Sro, Role::Sso],
            },
            since: at(since),
            due: at(if overdue { since + 60 } else { NEVER }),
            overdue,
            say: if kind == DutyKind::Call911 {
                "Call 911. Say: North High School, 100 North Street, Maple Valley. \
                 Lock-down. shots heard, at the gym. Stay on the line."
                    .to_owned()
            } else {
                kind.words().to_owned()
            },
            acknowledged: in_hand.map(|name| Done {
                by: who(name, Role::Director),
                at: at(since + 20),
            }),
            attempts,
            tried: Vec::new(),
            each: Vec::new(),
        })
    };
    let line = |n, agency, line, response, seconds| {
        Card::Escalation(EscalationCard {
            call: (agency == Agency::So).then(|| "555-0101".to_owned()),
            id: fact(n),
            agency,
            basis: Basis::ImmediateThreat,
            by: who("Lee Park", Role::Sso),
            at: at(seconds),
            decided_by: None,
            called_by: None,
            number: None,
            incident_number: None,
            line,
            line_at: at(seconds),
            response,
            response_at: None,
            last: LineState::Requested,
            note: None,
            closed_unexplained: false,
            to_tell: vec![fact(61)],
        })
    };
    let sighting = |n, seconds, seen: &str, place: &str, danger| {
        Card::Sighting(SightingCard {
            id: fact(n),
            by: who("Walt Dunn", Role::Eyes),
            at: at(seconds),
            seen_at: None,
            seen: seen.to_owned(),
            place: Some(place.to_owned()),
            danger,
            of: None,
            picture: None,
            recorded: true,
        })
    };
    campus.cards.extend([
        duty(DutyKind::Call911, 120, true, None, 6),
        duty(DutyKind::SeeSighting, 540, false, None, 0),
        duty(
            DutyKind::TellChiefOrDirector,
            480,
            false,
            Some("Dana Lind"),
            1,
        ),
        duty(DutyKind::TellSuperintendent, 480, true, None, 3),
        line(
            51,
            Agency::NineOneOne,
            Call::Dropped,
            Response::Accepted,
            480,
        ),
        line(52, Agency::So, Call::None, Response::Unknown, 500),
        sighting(
            61,
            540,
            "man in a grey coat, long bag",
            "gym door",
            Danger::Yes,
        ),
        sighting(62, 500, "side gate open", "lot C", Danger::No),
        Card::Contact(ContactCard {
            raise: fact(1),
            judged: vec![Judged {
                person: "sam.cole".parse().unwrap(),
                who: sam(),
                with: "lee.park".parse().unwrap(),
                at: at(560),
            }],
            stands: false,
            sro_here: true,
        }),
        Card::Lead(LeadCard {
            lead: Some(Lead {
                person: "sam.cole".parse().unwrap(),
                who: sam(),
                since: at(60),
            }),
            offers: Vec::new(),
        }),
        Card::Reach(ReachCard {
            alert: fact(3),
            at: at(180),
            sent: 14,
            received: 12,
            displayed: 11,
            rooms: 5,
            acknowledged: 2,
            received_ms: Shares {
                half: Some(180),
                most: None,
                all: None,
            },
            acknowledged_ms: Shares::default(),
        }),
    ]);
    campus
}

/// Long after everything here.
const NEVER: i64 = 100_000;

fn drill_card(audience: Audience, kind: DrillKind, posture: Posture) -> Card {
    let detail = audience.sees_responder_detail();
    Card::Drill(DrillCard {
        id: fact(70),
        kind,
        posture,
        instruction: format!("{} This is not a drill.", radio(posture)),
        since: at(480),
        at: at(480),
        by: detail.then(|| who("Ana Ruiz", Role::Administrator)),
        note: None,
        cleared: if detail {
            vec!["a-wing".parse().unwrap()]
        } else {
            Vec::new()
        },
        marks: Vec::new(),
        released_by: None,
    })
}

/// Nothing real, and a drill of a lock-down.
pub fn drill(audience: Audience) -> Campus {
    let mut campus = normal(audience);
    campus
        .cards
        .push(drill_card(audience, DrillKind::LockDown, Posture::LockDown));
    for card in &mut campus.cards {
        if let Card::Room(room) = card
            && room.live > 0
        {
            room.reached = true;
            room.acknowledged = Some(at(490));
            room.drill = Some(DrillRoomReport {
                secured: true,
                present: Some(24),
                missing: None,
                extra: None,
            });
        }
    }
    campus
}

/// A test alert before the first bell.
pub fn test_alert(audience: Audience) -> Campus {
    let mut campus = normal(audience);
    campus
        .cards
        .push(drill_card(audience, DrillKind::TestAlert, Posture::Normal));
    campus
}

/// A lock-down in the middle of a drill, whose card an instance that is behind still sends.
pub fn drill_over(audience: Audience) -> Campus {
    let mut campus = lock_down(audience);
    for card in &mut campus.cards {
        if let Card::Posture(card) = card {
            card.drill_over = true;
        }
    }
    campus
        .cards
        .push(drill_card(audience, DrillKind::LockDown, Posture::LockDown));
    campus
}

/// Controlled movement as the eyes see it: what to watch for, and the duty to.
pub fn watching() -> Campus {
    let mut headline = posture(Posture::ControlledMovement);
    headline.since = Some(at(480));
    let mut cards = base(Audience::Staff, headline);
    let mut raise = call(1, 480, "", Role::Sso, true, Audience::Staff);
    if let Card::Raise(raise) = &mut raise {
        raise.level = Level::ControlledMovement;
        raise.shareable = Some("man, grey coat, blue cap".to_owned());
    }
    cards.push(raise);
    cards.push(Card::Duty(DutyCard {
        id: fact(80),
        kind: DutyKind::KeepWatch,
        cause: fact(1),
        asks: vec![Role::Eyes],
        since: at(480),
        due: at(780),
        overdue: false,
        say: "Keep watch and report what you see. man, grey coat, blue cap".to_owned(),
        acknowledged: None,
        attempts: 1,
        tried: Vec::new(),
        each: Vec::new(),
    }));
    campus(4, cards)
}
