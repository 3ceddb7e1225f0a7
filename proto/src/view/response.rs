//! The cards of what people do about a threat: sightings, lines, duties, contact, the lead,
//! drills and reach.

use serde::{Deserialize, Serialize};

use super::Who;
use crate::Timestamp;
use crate::contact::{Danger, PictureKind};
use crate::drill::DrillKind;
use crate::duty::{Channel, DutyKind, Outcome};
use crate::escalation::{Agency, Basis, Line, LineState, Response};
use crate::fact::Mark;
use crate::id::{FactId, PersonId, ZoneId};
use crate::posture::Posture;
use crate::role::Role;

/// Something that somebody saw (C5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SightingCard {
    /// Its fact.
    pub id: FactId,
    /// Who saw it.
    pub by: Who,
    /// When it was reported.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// When it was seen, as its author says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub seen_at: Option<Timestamp>,
    /// What.
    pub seen: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether it is dangerous.
    pub danger: Danger,
    /// The sighting that it brings up to date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<FactId>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Whether the journal has it.
    pub recorded: bool,
}

/// A picture, by which it is read (`GET /v1/campuses/{campus}/pictures/{sha256}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Picture {
    /// Lower-case hex SHA-256 of its bytes.
    pub sha256: String,
    /// Its format.
    pub kind: PictureKind,
    /// Its size in bytes.
    pub bytes: u32,
}

/// A call for help from outside (E2). It shows what is known, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EscalationCard {
    /// Its fact.
    pub id: FactId,
    /// Who was asked for.
    pub agency: Agency,
    /// Why.
    pub basis: Basis,
    /// Who recorded it.
    pub by: Who,
    /// Since when.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Who decided, where it was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Who called, where it was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<String>,
    /// The number called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The number to call, by the directory (E3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The incident number that the agency gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident_number: Option<String>,
    /// The last word on the line,
    pub line: Line,
    /// and when it was said.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub line_at: Timestamp,
    /// How far help is known to have come.
    pub response: Response,
    /// When that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub response_at: Option<Timestamp>,
    /// The last thing recorded of it, with its words.
    pub last: LineState,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// It was closed before the release, and nobody has said why (E3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed_unexplained: bool,
    /// Sightings since it was opened: what the caller has to tell (C5). The newest five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_tell: Vec<FactId>,
}

/// Something that somebody must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DutyCard {
    /// Its id, derived from its cause's.
    pub id: FactId,
    /// What.
    pub kind: DutyKind,
    /// What it follows from.
    pub cause: FactId,
    /// Whom it is asked of, by role.
    pub asks: Vec<Role>,
    /// Since when its clock runs.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub since: Timestamp,
    /// From when on it is overdue.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub due: Timestamp,
    /// It is (E4): the district sees it.
    pub overdue: bool,
    /// What to say or do, in words.
    pub say: String,
    /// Who has it in hand, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Done>,
    /// How often somebody was asked; a client alerts again when it grows.
    pub attempts: u32,
    /// The newest attempts, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// Where everybody who is asked has to answer: who they are, and who has (C1, E6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<Asked>,
}

/// One of several who each have to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Asked {
    /// Their name.
    pub name: String,
    /// When they said that they have heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub heard: Option<Timestamp>,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Done {
    /// Who.
    pub by: Who,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// One attempt to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tried {
    /// Whom.
    pub person: PersonId,
    /// Their name, where the directory has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How.
    pub channel: Channel,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// A contact plan in the making (C3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactCard {
    /// The raise or threat that the person is.
    pub raise: FactId,
    /// Who said "I judge it safe", with whom.
    pub judged: Vec<Judged>,
    /// Two of a permitted pair judge it safe, and an SRO is here.
    pub stands: bool,
    /// An SRO is recorded as here or arrived.
    pub sro_here: bool,
}

/// One judgement of a contact plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judged {
    /// Who.
    pub person: PersonId,
    /// Their name and role.
    pub who: Who,
    /// Together with whom.
    pub with: PersonId,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// Who has the lead of the incident (C7). The lead gains no rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeadCard {
    /// Who; none where nobody is recorded as here to have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Lead>,
    /// Offers that nobody took yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
}

/// The one who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lead {
    /// The person.
    pub person: PersonId,
    /// Their name and role.
    pub who: Who,
    /// Since when.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub since: Timestamp,
}

/// An offer of the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offer {
    /// Its fact: what the taker names.
    pub id: FactId,
    /// Who offers.
    pub by: Who,
    /// To whom.
    pub to: PersonId,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// A drill, or a test alert. Every screen shows it, marked, while nothing real is open (D1, D2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DrillCard {
    /// Its fact: what ends it names.
    pub id: FactId,
    /// What is practised.
    pub kind: DrillKind,
    /// What it shows, beside the word DRILL.
    pub posture: Posture,
    /// What to do, in the campus's words.
    pub instruction: String,
    /// Since when it shows that.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub since: Timestamp,
    /// When it began.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Who started it, for those who may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Zones cleared in its sweep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleared: Vec<ZoneId>,
    /// What stays on its all clear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Who gave its all clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_by: Option<Who>,
}

/// Somebody was forced, as their PIN said (A4). What they asked for was refused, in the words of
/// any other alarm: whoever stands beside them is not to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DuressCard {
    /// Names it.
    pub id: FactId,
    /// Who.
    pub who: Who,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// The command that they gave, which did nothing.
    pub command: String,
}

/// How far the newest alert came (R1), in the counting of the whole campus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReachCard {
    /// The alert: the newest open raise, or the drill.
    pub alert: FactId,
    /// When it was accepted.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
    /// Clients that it was handed to.
    pub sent: u32,
    /// Those that say that it came in.
    pub received: u32,
    /// Those that say that it was drawn.
    pub displayed: u32,
    /// Rooms of the campus,
    pub rooms: u32,
    /// and those that acknowledged it.
    pub acknowledged: u32,
    /// Milliseconds until 50, 95 and 100 % of the clients had received it.
    pub received_ms: Shares,
    /// Milliseconds until 50, 95 and 100 % of the rooms had acknowledged it.
    pub acknowledged_ms: Shares,
}

/// Milliseconds until a share was reached; none where it has not been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shares {
    /// Half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half: Option<u64>,
    /// 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
    /// All.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<u64>,
}

impl Shares {
    /// The shares of `of`, from the milliseconds at which each got there, in any order.
    #[must_use]
    pub fn of(mut reached_ms: Vec<u64>, of: usize) -> Self {
        reached_ms.sort_unstable();
        let share = |percent: usize| {
            let needed = (of * percent).div_ceil(100).max(1);
            reached_ms.get(needed - 1).copied()
        };
        if of == 0 {
            return Self::default();
        }
        Self {
            half: share(50),
            most: share(95),
            all: share(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t3_shares_are_of_all_and_not_of_those_who_answered() {
        let shares = Shares::of(vec![30, 10, 20], 4);
        assert_eq!(
            (shares.half, shares.most, shares.all),
            (Some(20), None, None)
        );
        let shares = Shares::of((1..=100).collect(), 100);
        assert_eq!(
            (shares.half, shares.most, shares.all),
            (Some(50), Some(95), Some(100))
        );
        assert_eq!(Shares::of(Vec::new(), 0), Shares::default());
    }
}
