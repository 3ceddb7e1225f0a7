//! A campus as one audience sees it: a set of cards.
//!
//! A view is a map from key to card. A snapshot is all of them; an event puts some and drops
//! others. Nothing else is needed to follow a campus, in any language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod response;
mod room;

use crate::Timestamp;
use crate::command::{RoomReport, ThreatKind};
use crate::coordinates::Coordinates;
use crate::directory::{OnScene, ReleaseMode, RoomScreens};
use crate::drill::DrillRoomReport;
use crate::escalation::Agency;
use crate::fact::Mark;
use crate::id::{CampusId, FactId, PersonId, RoomId, ZoneId};
use crate::position::Position;
use crate::posture::{Level, Posture};
use crate::role::Role;

pub use response::{
    Asked, ContactCard, Done, DrillCard, DuressCard, DutyCard, EscalationCard, Judged, Lead,
    LeadCard, Offer, Picture, ReachCard, Shares, SightingCard, Tried,
};
pub use room::RoomReach;

/// A campus as one audience sees it.
pub type Cards = BTreeMap<String, Card>;

/// Who did something, for those who may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Who {
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// One thing on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "card", rename_all = "snake_case")]
pub enum Card {
    /// What does not change from minute to minute.
    Campus(CampusCard),
    /// The headline.
    Posture(PostureCard),
    /// An open posture raise.
    Raise(RaiseCard),
    /// An immediate threat that nobody answered yet.
    Threat(ThreatCard),
    /// A release that nobody resumed from yet.
    Release(ReleaseCard),
    /// A committed clear or answer: what it names is lifted (R3).
    Cover(CoverCard),
    /// A room, for those who answer for all of them.
    Room(RoomCard),
    /// A plea for help from no room that the campus knows.
    Plea(PleaCard),
    /// A zone of the sweep.
    Zone(ZoneCard),
    /// A standing *not clear* or objection.
    Veto(VetoCard),
    /// A school lift that waits for its second person.
    Proposal(ProposalCard),
    /// Somebody who recorded their presence.
    Presence(PresenceCard),
    /// A line of the timeline.
    Line(LineCard),
    /// This client's own room.
    OwnRoom(OwnRoomCard),
    /// Something that somebody saw.
    Sighting(SightingCard),
    /// A call for help from outside.
    Escalation(EscalationCard),
    /// Something that somebody must do.
    Duty(DutyCard),
    /// A contact plan in the making.
    Contact(ContactCard),
    /// Who has the lead.
    Lead(LeadCard),
    /// A drill or a test alert.
    Drill(DrillCard),
    /// How far the newest alert came.
    Reach(ReachCard),
    /// Somebody gave their duress PIN: for the district and for officers at other sign-ins (A4).
    Duress(DuressCard),
}

/// What does not change from minute to minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusCard {
    /// Its id.
    pub id: CampusId,
    /// Its name.
    pub name: String,
    /// The street address to read out to 911.
    pub address: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Where it lies, where the directory says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// What to do if the fire alarm sounds (L6).
    pub fire_alarm_words: String,
    /// The same in Spanish.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fire_alarm_words_es: String,
    /// How a room's screen looks in a lock-down (L4).
    #[serde(default = "dark", skip_serializing_if = "is_dark")]
    pub room_screens: RoomScreens,
    /// Whether a room's screen sounds when a lock-down is called (L4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub room_sound: bool,
    /// How a release reaches the rooms (S5).
    pub release: ReleaseMode,
    /// Whether the school may lift (S4).
    pub school_lift: bool,
    /// The number to call for each agency, where the directory has one (E3).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = {"$ref": "#/$defs/Agency"})))]
    pub numbers: BTreeMap<Agency, String>,
    /// Who may be picked for a contact or to take the lead, by name (C3, C7): for those who
    /// answer for the campus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Pickable>,
}

/// What a server that does not say so means.
fn dark() -> RoomScreens {
    RoomScreens::Dark
}

fn is_dark(screens: &RoomScreens) -> bool {
    *screens == dark()
}

/// Somebody who may be picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pickable {
    /// What a command names.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// The headline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostureCard {
    /// What the campus is under.
    pub posture: Posture,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub since: Option<Timestamp>,
    /// An immediate threat waits for its answer (A2): no screen reads `normal`.
    pub checking: bool,
    /// What to do now, in the campus's words.
    pub instruction: String,
    /// The number of the incident, where one is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<u64>,
    /// Open calls of lock-down.
    pub calls: u32,
    /// Raises on this screen that the journal does not have yet.
    pub not_recorded: u32,
    /// What stays on the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// When the last sweep began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub sweep_since: Option<Timestamp>,
    /// A drill was running when something real came in: "The drill is over. This is real." (D2)
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill_over: bool,
    /// The journal lost its end after what is open was called: [`RECORD_LOST_WORDS`]. For
    /// people who answer for others, not for a room's display.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub record_lost: bool,
}

/// Why a campus may be under what its screens showed lifted (P3).
pub const RECORD_LOST_WORDS: &str = "The record lost its last entries. What was lifted in them \
                                     holds again until it is lifted again.";

/// An open posture raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RaiseCard {
    /// Its fact: what a clear names.
    pub id: FactId,
    /// What it holds the campus at.
    pub level: Level,
    /// When it was accepted.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Whether the journal has it.
    pub recorded: bool,
    /// Accepted long before the journal took it: "A call of 10:42 by … arrived late" (P7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The raise sealed by the server, for a screen to hand back to another instance (R3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// Who raised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// What the threat is, for controlled movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ThreatKind>,
    /// Why, or what was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The description that its raiser shared with all staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shareable: Option<String>,
    /// Annotated as a mistake (L3). It still holds the campus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mistake: Option<String>,
}

/// An immediate threat that nobody answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreatCard {
    /// Its fact: what an answer names.
    pub id: FactId,
    /// When it was accepted.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Whether the journal has it.
    pub recorded: bool,
    /// The threat sealed by the server, for a screen to hand back (R3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// Who reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// From which room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// What is happening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A release that nobody resumed from yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReleaseCard {
    /// Its fact: what a resume names.
    pub id: FactId,
    /// Its number in the timeline: of several, the highest gives the words.
    pub seq: u64,
    /// `all_clear` or `lifted_by_school`.
    pub kind: Posture,
    /// When it was given.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// What stays on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// The sentence to say on the radio (S6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radio: Option<String>,
    /// Who vouched for its giver, where they were enrolled on scene (A3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_scene: Option<OnScene>,
}

/// A committed clear or answer. Only what the journal has is ever a cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CoverCard {
    /// Its fact.
    pub id: FactId,
    /// Its place in the timeline.
    pub position: Position,
    /// What it names.
    pub names: Vec<FactId>,
}

/// A room, for those who answer for all of them (L5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomCard {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: ZoneId,
    /// Screens that this instance serves for it now.
    pub live: u32,
    /// Whether a screen of it has shown the newest open raise (R1).
    pub reached: bool,
    /// When it acknowledged the newest open raise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub acknowledged: Option<Timestamp>,
    /// How it is, by its own last word in this incident. Nothing said is *unknown*, never safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<RoomReport>,
    /// When it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub reported_at: Option<Timestamp>,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its plea for help, until a person answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plea: Option<FactId>,
    /// Opened after the release (S5).
    pub opened: bool,
    /// Stays locked until an officer opens it, whatever the posture is (S5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stay_locked: bool,
    /// Its word in the drill that is running (D1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<DrillRoomReport>,
}

/// A plea for help from no room that the campus knows (P2): it stands until a person answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PleaCard {
    /// Its fact: what an answer names.
    pub id: FactId,
    /// Who asks.
    pub by: Who,
    /// Since when.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// What they said.
    pub report: RoomReport,
    /// In their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A zone of the sweep (S1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ZoneCard {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
    /// Clear now: cleared in this sweep and later than anything adverse.
    pub clear: bool,
    /// Who cleared it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_by: Option<Who>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub cleared_at: Option<Timestamp>,
    /// The last adverse report in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adverse: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub adverse_at: Option<Timestamp>,
}

/// What a veto is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VetoKind {
    /// An officer's *not clear*: against another's all clear (S3), and against a school lift.
    NotClear,
    /// An officer's objection to a school lift (S4).
    Objection,
}

/// A standing *not clear* or objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VetoCard {
    /// Its fact.
    pub id: FactId,
    /// What it is against.
    pub kind: VetoKind,
    /// Who said it.
    pub by: Who,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A school lift that waits for its second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposalCard {
    /// Its fact.
    pub id: FactId,
    /// Who proposed it.
    pub by: Who,
    /// When: it stands for five minutes.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// The responsibility statement.
    pub statement: String,
    /// What it would lift.
    pub lifts: Vec<FactId>,
}

/// Somebody who recorded their presence (C6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceCard {
    /// Who.
    pub person: PersonId,
    /// Their name and role.
    pub who: Who,
    /// Whether they are here.
    pub here: bool,
    /// Since when.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineCard {
    /// Its number.
    pub seq: u64,
    /// When it was accepted.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Who.
    pub by: Who,
    /// What happened, as a sentence.
    pub text: String,
}

/// This client's own room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnRoomCard {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// When it acknowledged the newest open raise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub acknowledged: Option<Timestamp>,
    /// Its own last word in this incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<RoomReport>,
    /// Its plea is open.
    pub plea: bool,
    /// Somebody answered its plea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plea_answer: Option<String>,
    /// "Stay locked until your door is opened" (S5).
    pub stay_locked: bool,
    /// Its word in the drill that is running (D1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<DrillRoomReport>,
}

/// An open item, whatever its card: what R3 keeps watch over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its fact.
    pub id: FactId,
    /// What it holds the campus at.
    pub level: Level,
}

impl Card {
    /// Where the card stands in its view.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Campus(_) => "campus".to_owned(),
            Self::Posture(_) => "posture".to_owned(),
            Self::Raise(card) => item_key(card.id),
            Self::Threat(card) => item_key(card.id),
            Self::Release(card) => item_key(card.id),
            Self::Cover(card) => format!("cover/{}", card.id),
            Self::Room(card) => format!("room/{}", card.id),
            Self::Plea(card) => format!("plea/{}", card.id),
            Self::Zone(card) => format!("zone/{}", card.id),
            Self::Veto(card) => format!("veto/{}", card.id),
            Self::Proposal(card) => format!("proposal/{}", card.id),
            Self::Presence(card) => format!("presence/{}", card.person),
            // Padded, so that keys sort as numbers do.
            Self::Line(card) => format!("line/{:012}", card.seq),
            Self::OwnRoom(_) => "own_room".to_owned(),
            Self::Sighting(card) => format!("sighting/{}", card.id),
            Self::Escalation(card) => format!("escalation/{}", card.id),
            Self::Duty(card) => format!("duty/{}", card.id),
            Self::Contact(card) => format!("contact/{}", card.raise),
            Self::Lead(_) => "lead".to_owned(),
            Self::Drill(_) => "drill".to_owned(),
            Self::Reach(_) => "reach".to_owned(),
            Self::Duress(card) => format!("duress/{}", card.id),
        }
    }

    /// The open item that the card stands for, if it stands for one.
    #[must_use]
    pub fn item(&self) -> Option<Item> {
        let (id, level) = if let Self::Raise(card) = self {
            (card.id, card.level)
        } else if let Self::Threat(card) = self {
            (card.id, Level::Checking)
        } else if let Self::Release(card) = self {
            (card.id, Level::Released)
        } else {
            return None;
        };
        Some(Item { id, level })
    }

    /// Whether it is a raise that the journal does not have yet.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        if let Self::Raise(card) = self {
            !card.recorded
        } else if let Self::Threat(card) = self {
            !card.recorded
        } else {
            false
        }
    }

    /// The item as the server sealed it, for another instance to take.
    #[must_use]
    pub fn seal(&self) -> Option<&str> {
        if let Self::Raise(card) = self {
            card.sealed.as_deref()
        } else if let Self::Threat(card) = self {
            card.sealed.as_deref()
        } else {
            None
        }
    }

    /// The cover, if it is one.
    #[must_use]
    pub fn as_cover(&self) -> Option<&CoverCard> {
        if let Self::Cover(card) = self {
            Some(card)
        } else {
            None
        }
    }

    /// The drill, if it is one.
    #[must_use]
    pub fn as_drill(&self) -> Option<&DrillCard> {
        if let Self::Drill(card) = self {
            Some(card)
        } else {
            None
        }
    }

    /// The release, if it is one.
    #[must_use]
    pub fn as_release(&self) -> Option<&ReleaseCard> {
        if let Self::Release(card) = self {
            Some(card)
        } else {
            None
        }
    }
}

/// The key of an open item's card.
#[must_use]
pub fn item_key(id: FactId) -> String {
    format!("item/{id}")
}
