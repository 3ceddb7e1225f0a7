//! What people do about a threat: sightings, calls for help from outside, duties, contact, the lead.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use lockstep_proto::contact::Danger;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::id::{CampusId, FactId, PersonId};
use lockstep_proto::text::Text;

use super::Patience;

/// Report what was seen.
#[derive(Debug, clap::Args)]
pub struct Sighting {
    /// The campus
    pub campus: CampusId,
    /// What you saw
    pub seen: Text,
    /// Whether it is dangerous; `unsure` is treated as `yes`
    #[arg(long, value_enum, default_value = "unsure")]
    pub danger: DangerArg,
    /// Where
    #[arg(long, value_name = "TEXT")]
    pub place: Option<Text>,
    /// The sighting that this brings up to date
    #[arg(long, value_name = "ID")]
    pub of: Option<FactId>,
    /// How long ago you saw it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1440))]
    pub minutes_ago: Option<u16>,
    /// A JPEG or PNG of it, sent after the sighting is in
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// How long to keep trying.
    #[command(flatten)]
    pub patience: Patience,
}

/// Whether a sighting is dangerous.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DangerArg {
    /// It is
    Yes,
    /// It is not
    No,
    /// You cannot tell
    Unsure,
}

impl From<DangerArg> for Danger {
    fn from(danger: DangerArg) -> Self {
        match danger {
            DangerArg::Yes => Self::Yes,
            DangerArg::No => Self::No,
            DangerArg::Unsure => Self::Unsure,
        }
    }
}

/// Ask for help from outside, or record that somebody does.
#[derive(Debug, clap::Args)]
pub struct Escalate {
    /// The campus
    pub campus: CampusId,
    /// Who is asked for
    #[arg(value_enum)]
    pub agency: AgencyArg,
    /// Why
    #[arg(long, value_enum, default_value = "escalating")]
    pub basis: BasisArg,
    /// How far it is: no further than you know
    #[arg(long, value_enum, default_value = "requested")]
    pub state: StateOfLine,
    /// Who decided, where it was not you
    #[arg(long, value_name = "NAME")]
    pub decided_by: Option<Text>,
    /// Who calls, where it is not you
    #[arg(long, value_name = "NAME")]
    pub called_by: Option<Text>,
    /// The number called
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<Text>,
    /// The incident number that the agency gave
    #[arg(long, value_name = "NUMBER")]
    pub incident_number: Option<Text>,
    /// Anything else
    #[arg(long, value_name = "TEXT")]
    pub note: Option<Text>,
    /// How long to keep trying.
    #[command(flatten)]
    pub patience: Patience,
}

/// Who is asked for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum AgencyArg {
    /// Police, fire or ambulance, through the PSAP
    #[value(name = "911")]
    NineOneOne,
    /// The police department
    Pd,
    /// The sheriff's office
    So,
}

impl From<AgencyArg> for Agency {
    fn from(agency: AgencyArg) -> Self {
        match agency {
            AgencyArg::NineOneOne => Self::NineOneOne,
            AgencyArg::Pd => Self::Pd,
            AgencyArg::So => Self::So,
        }
    }
}

/// Why.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BasisArg {
    /// It is getting worse
    Escalating,
    /// Somebody is in danger now
    ImmediateThreat,
}

impl From<BasisArg> for Basis {
    fn from(basis: BasisArg) -> Self {
        match basis {
            BasisArg::Escalating => Self::Escalating,
            BasisArg::ImmediateThreat => Self::ImmediateThreat,
        }
    }
}

/// How far a call is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateOfLine {
    /// It is needed; nobody has called yet
    Requested,
    /// Somebody is calling
    Calling,
    /// Somebody is talking, and the line stays open
    LineOpen,
    /// The PSAP took the call
    Accepted,
    /// Units were sent
    UnitsOnTheWay,
    /// Units are on scene
    OnScene,
    /// The line dropped
    LineDropped,
    /// The line was closed: before the release say why with --note
    Closed,
}

impl From<StateOfLine> for LineState {
    fn from(state: StateOfLine) -> Self {
        match state {
            StateOfLine::Requested => Self::Requested,
            StateOfLine::Calling => Self::Calling,
            StateOfLine::LineOpen => Self::LineOpen,
            StateOfLine::Accepted => Self::Accepted,
            StateOfLine::UnitsOnTheWay => Self::UnitsOnTheWay,
            StateOfLine::OnScene => Self::OnScene,
            StateOfLine::LineDropped => Self::LineDropped,
            StateOfLine::Closed => Self::Closed,
        }
    }
}

/// Record what became of a call.
#[derive(Debug, clap::Args)]
pub struct Line {
    /// The campus
    pub campus: CampusId,
    /// What it is now: no further than you know
    #[arg(value_enum)]
    pub state: StateOfLine,
    /// Which call, as `status` shows it; the only one of that agency if left out
    #[arg(long, value_name = "ID")]
    pub of: Option<FactId>,
    /// Only calls to this agency are looked at
    #[arg(long, value_enum)]
    pub agency: Option<AgencyArg>,
    /// The incident number that the agency gave
    #[arg(long, value_name = "NUMBER")]
    pub incident_number: Option<Text>,
    /// Why, or anything else
    #[arg(long, value_name = "TEXT")]
    pub note: Option<Text>,
}

/// Duties.
#[derive(Debug, Subcommand)]
pub enum Duty {
    /// What somebody must do, the overdue first
    #[command(after_help = "Example:\n  lockstep duty list north-high")]
    List {
        /// The campus
        campus: CampusId,
    },
    /// "I have it"
    #[command(
        after_help = "Examples:\n  lockstep duty ack north-high call-sro\n  lockstep duty ack north-high ID"
    )]
    Ack {
        /// The campus
        campus: CampusId,
        /// Its kind or its id, as `duty list` shows them
        duty: DutyArg,
    },
    /// It was done, also by other means
    #[command(
        after_help = "Examples:\n  lockstep duty done north-high tell-superintendent --how \"by phone\"\n  lockstep duty done north-high call-911 --how \"from the front desk\" --by \"J. Adams\" --minutes-ago 3"
    )]
    Done {
        /// The campus
        campus: CampusId,
        /// Its kind or its id, as `duty list` shows them
        duty: DutyArg,
        /// How
        #[arg(long, value_name = "TEXT")]
        how: Text,
        /// Who did it, where it was not you
        #[arg(long, value_name = "NAME")]
        by: Option<Text>,
        /// How long ago
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1440))]
        minutes_ago: Option<u16>,
    },
    /// Say why it is not done
    #[command(
        after_help = "Example:\n  lockstep duty decline north-high call-911 --reason \"deputy beside me has dispatch on the radio\""
    )]
    Decline {
        /// The campus
        campus: CampusId,
        /// Its kind or its id, as `duty list` shows them
        duty: DutyArg,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Text,
    },
}

/// A duty, by its kind or its id.
#[derive(Debug, Clone, Copy)]
pub enum DutyArg {
    /// The open one of this kind.
    Kind(DutyKind),
    /// This one.
    Id(FactId),
}

impl std::str::FromStr for DutyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.replace('-', "_");
        if let Some(kind) = DutyKind::ALL.iter().find(|kind| kind.as_str() == name) {
            return Ok(Self::Kind(*kind));
        }
        text.parse::<FactId>().map(Self::Id).map_err(|_| {
            let kinds: Vec<String> = DutyKind::ALL
                .iter()
                .map(|kind| kind.as_str().replace('_', "-"))
                .collect();
            format!("expected an id, or one of {}", kinds.join(", "))
        })
    }
}

/// Contact with a person who is a threat: never alone.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// "I judge it safe": each of the two says it, and names the other
    #[command(
        after_help = "Example:\n  lockstep contact safe north-high --with lee.park\nThe two are SRO & SSO, SRO & administrator, or SSO & administrator; an SRO must be recorded as here.\nWhether both have said it, and the plan stands: `lockstep status north-high`."
    )]
    Safe {
        /// The campus
        campus: CampusId,
        /// The other one, by id: `status` shows those of the people on campus
        #[arg(long, value_name = "PERSON")]
        with: PersonArg,
        /// The raise or threat that the person is; that of the plan in the making, else the newest
        #[arg(long, value_name = "ID")]
        of: Option<FactId>,
    },
    /// Withdraw your judgement
    #[command(after_help = "Example:\n  lockstep contact withdraw north-high")]
    Withdraw {
        /// The campus
        campus: CampusId,
        /// The raise or threat; that of the plan in the making if left out
        #[arg(long, value_name = "ID")]
        of: Option<FactId>,
    },
    /// Record a contact that was made; it is never refused, and marked where it broke a rule
    #[command(
        after_help = "Example:\n  lockstep contact made north-high \"escorted him off campus\" --by sam.cole,lee.park"
    )]
    Made {
        /// The campus
        campus: CampusId,
        /// What happened
        what: Text,
        /// Everybody who made it, where it was not you alone
        #[arg(long, value_delimiter = ',', value_name = "PERSON,...")]
        by: Vec<PersonArg>,
        /// The raise or threat; that of the plan in the making, else the newest
        #[arg(long, value_name = "ID")]
        of: Option<FactId>,
    },
}

/// A person, as `sam.cole` or `person:sam.cole`.
#[derive(Debug, Clone)]
pub struct PersonArg(pub PersonId);

impl std::str::FromStr for PersonArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let id = text.strip_prefix("person:").unwrap_or(text).parse();
        id.map(Self).map_err(|_| {
            format!(
                "`{text}` is nobody's id: expected one like lee.park, as `whoami` says it to themselves and \
                 `status` of those on campus"
            )
        })
    }
}

/// The lead of the incident.
#[derive(Debug, Subcommand)]
pub enum Lead {
    /// Offer it to somebody, who then takes it
    #[command(after_help = "Example:\n  lockstep lead offer north-high ana.ruiz")]
    Offer {
        /// The campus
        campus: CampusId,
        /// To whom, by id: `status` shows those of the people on campus
        to: PersonArg,
    },
    /// Take it, where it was offered to you
    #[command(after_help = "Example:\n  lockstep lead take north-high")]
    Take {
        /// The campus
        campus: CampusId,
        /// Which offer; the newest to you if left out
        #[arg(long, value_name = "ID")]
        offer: Option<FactId>,
    },
}
