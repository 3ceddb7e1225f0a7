//! The after-action report of one incident, and the yearly drill file, from the timeline
//! alone (T3, D4).
//!
//! Owns what a campus log tells once it is read in order from its first entry. It asks no
//! directory, no clock and no dice: the same entries give the same bytes, whoever makes the
//! report, and entries that came later and have nothing to do with the incident change
//! nothing. It decides nothing, and tells no rule a second time: posture, lead, sweep and
//! duties are what [`crate::Campus`] comes to. What a timeline does not hold (the rooms and
//! people that no entry ever named, the campus's time zone) it does not guess.

mod act;
mod drills;
mod duties;
mod input;
mod lines;
mod list;
pub mod page;
mod raises;
mod reach;
mod refers;
mod release;
mod response;
mod rooms;
mod teller;
pub mod words;

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::fact::Mark;
use lockstep_proto::id::PersonId;
use lockstep_proto::position::Position;
use lockstep_proto::timeline::LogId;
use lockstep_proto::view::Who;
use serde::{Deserialize, Serialize};

pub use act::{Act, Hand, Part, Said};
pub use drills::{DrillEnd, DrillFile, DrillRecord, DrillTeller, PractisedAllClear};
pub use duties::{AttemptMade, DutyEnd, DutyEnding, DutyRecord, DutySaid, DutyWord};
pub use input::Read;
pub use lines::{Flag, Line};
pub use list::{IncidentKind, Incidents, Listed, Lister};
pub use raises::{EndKind, Ended, Raise, RaiseKind};
pub use reach::Reached;
pub use release::{Refused, Release, ReleaseKind, SweepKind, SweepStep, Swept, Veto};
pub use response::{
    ContactKind, ContactStep, Escalation, LineWord, OffProtocol, Pictured, PresenceStep, Sighting,
};
pub use rooms::{Plea, RoomWord, Rooms, Word};
pub use teller::{Here, LeadSpan, PostureSpan, Teller};

/// The form of a report. A change to what a field means gets another name.
pub const FORMAT: &str = "lockstep-report/1";
/// The form of a drill file.
pub const DRILLS_FORMAT: &str = "lockstep-drills/1";

/// Everything that a timeline says of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// The log that it is made from: district and campus.
    pub log: LogId,
    /// The entry that opened the incident: what names it.
    pub incident: u64,
    /// What it came to.
    pub kind: IncidentKind,
    /// Who opened it, and when.
    pub opened: Act,
    /// Who closed it, and when; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Act>,
    /// The last entry that belongs to it.
    pub through: Position,
    /// When the journal took that.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub through_at: Timestamp,
    /// There were more entries than one report tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// What stays on its releases.
    pub marks: Vec<Mark>,
    /// Words that were removed: their seal, and under which order (T5). What is sealed and not
    /// here is withheld.
    pub removed: BTreeMap<String, String>,
    /// Names of people whom entries name by id, as far as the timeline has them.
    pub people: BTreeMap<PersonId, Who>,
    /// Who was recorded as here when it began.
    pub here: Vec<Here>,
    /// The posture through time.
    pub postures: Vec<PostureSpan>,
    /// Calls, controlled movements and threats, each with its end and how far it came.
    pub raises: Vec<Raise>,
    /// What each room last said of itself.
    pub rooms: Rooms,
    /// Duties and their clocks.
    pub duties: Vec<DutyRecord>,
    /// Help that was asked for.
    pub escalations: Vec<Escalation>,
    /// What was seen.
    pub sightings: Vec<Sighting>,
    /// Steps towards contact, and contacts.
    pub contacts: Vec<ContactStep>,
    /// Who came and who left.
    pub presence: Vec<PresenceStep>,
    /// Who had the lead.
    pub leads: Vec<LeadSpan>,
    /// The sweep, step by step.
    pub sweep: Vec<SweepStep>,
    /// Every *not clear* and objection.
    pub vetoes: Vec<Veto>,
    /// School lifts that were proposed.
    pub proposals: Vec<Said>,
    /// What was released, by whom and on what authority.
    pub releases: Vec<Release>,
    /// Clears that were refused.
    pub refused: Vec<Refused>,
    /// What was recorded as off-protocol.
    pub off_protocol: Vec<OffProtocol>,
    /// Every entry.
    pub lines: Vec<Line>,
}

/// The report of the incident that an entry opened; none where it opened none.
#[must_use]
pub fn report<'a>(entries: impl IntoIterator<Item = &'a Read>, incident: u64) -> Option<Report> {
    let mut teller = Teller::of(incident);
    for read in entries {
        teller.take(read);
    }
    teller.report()
}

/// The incidents and drills of a log, oldest first.
#[must_use]
pub fn incidents<'a>(entries: impl IntoIterator<Item = &'a Read>) -> Vec<Listed> {
    let mut lister = Lister::default();
    for read in entries {
        lister.take(read);
    }
    lister.list()
}

/// The drill file of a year.
#[must_use]
pub fn drill_file<'a>(entries: impl IntoIterator<Item = &'a Read>, year: i16) -> DrillFile {
    let mut teller = DrillTeller::of(year);
    for read in entries {
        teller.take(read);
    }
    teller.file()
}
