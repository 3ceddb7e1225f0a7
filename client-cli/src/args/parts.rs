//! The subcommands' own options.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use lockstep_proto::command::{RoomReport, RoomState, ThreatKind};
use lockstep_proto::id::{CampusId, CommandId, FactId, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::text::Text;

/// Reason and place: optional, because nobody is held up for want of them (P2).
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<Text>,
    /// Where
    #[arg(long, value_name = "TEXT")]
    pub place: Option<Text>,
}

/// How long to keep trying.
#[derive(Debug, Clone, Copy, Args)]
pub struct Patience {
    /// Seconds to keep offering before leaving it in the outbox
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = patience)]
    pub patience: Duration,
}

fn patience(text: &str) -> Result<Duration, String> {
    let seconds: u64 = text
        .parse()
        .map_err(|why: std::num::ParseIntError| why.to_string())?;
    if seconds <= 600 {
        Ok(Duration::from_secs(seconds))
    } else {
        Err("at most 600".to_owned())
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(30),
        }
    }
}

/// What a clear names (P4). Without these it is read, printed and asked about on the terminal.
#[derive(Debug, Clone, Args)]
pub struct Naming {
    /// The head that was looked at: `head` of an earlier `status --json` or `watch --json`
    #[arg(long, value_name = "EPOCH.SEQ", requires = "lifts")]
    pub seen: Option<Position>,
    /// What to lift: `lifts` (or `resumes`) of that same answer
    #[arg(long, value_delimiter = ',', value_name = "ID,...", requires = "seen")]
    pub lifts: Vec<FactId>,
    /// A file with the PIN; else LOCKSTEP_PIN, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Seconds to keep asking what became of it where no answer came
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = patience)]
    pub patience: Duration,
}

/// Begin or end controlled movement.
#[derive(Debug, Subcommand)]
pub enum Movement {
    /// Begin it
    #[command(
        after_help = "Example:\n  lockstep movement begin north-high --kind person --place \"parking lot\" --seen \"man trying doors\""
    )]
    Begin {
        /// The campus
        campus: CampusId,
        /// What the threat is
        #[arg(long, value_enum, default_value = "other")]
        kind: KindArg,
        /// Where
        #[arg(long, value_name = "TEXT")]
        place: Option<Text>,
        /// What was seen
        #[arg(long = "seen", value_name = "TEXT")]
        what: Option<Text>,
        /// What all staff may read of it
        #[arg(long, value_name = "TEXT")]
        shareable: Option<Text>,
        /// Immediate threats that it answers, as `status` shows them
        #[arg(long, value_delimiter = ',', value_name = "ID,...")]
        answers: Vec<FactId>,
        /// How long to keep trying.
        #[command(flatten)]
        patience: Patience,
    },
    /// End it: prints what it would lift, and asks
    #[command(
        after_help = "Examples:\n  lockstep movement end north-high\n  lockstep movement end north-high --seen 1.42 --lifts ID"
    )]
    End {
        /// The campus
        campus: CampusId,
        /// What it names.
        #[command(flatten)]
        naming: Naming,
    },
}

/// What a prospective threat is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KindArg {
    /// Somebody
    Person,
    /// Something
    Object,
    /// Weather
    Weather,
    /// Police activity in the area
    AreaPolice,
    /// Anything else
    Other,
}

impl From<KindArg> for ThreatKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Person => Self::Person,
            KindArg::Object => Self::Object,
            KindArg::Weather => Self::Weather,
            KindArg::AreaPolice => Self::AreaPolice,
            KindArg::Other => Self::Other,
        }
    }
}

/// Report a threat, or answer one.
#[derive(Debug, Args)]
pub struct Threat {
    /// The campus
    #[arg(required = true)]
    pub campus: Option<CampusId>,
    /// Reason and place.
    #[command(flatten)]
    pub why: Why,
    /// Your room, where it is not your own
    #[arg(long)]
    pub room: Option<RoomId>,
    /// How long to keep trying.
    #[command(flatten)]
    pub patience: Patience,
    /// Answer one.
    #[command(subcommand)]
    pub answer: Option<ThreatAnswer>,
}

/// Answer a threat.
#[derive(Debug, Subcommand)]
pub enum ThreatAnswer {
    /// Answer with *no threat*
    Answer {
        /// The campus
        campus: CampusId,
        /// The threat, as `status` shows it
        threat: FactId,
        /// Why there is none
        #[arg(long, value_name = "TEXT")]
        reason: Text,
    },
}

/// For a room.
#[derive(Debug, Subcommand)]
pub enum Room {
    /// Acknowledge everything that the campus shows now
    #[command(after_help = "Example:\n  lockstep room ack north-high")]
    Ack {
        /// The campus
        campus: CampusId,
        /// The room, where it is not your own
        #[arg(long)]
        room: Option<RoomId>,
    },
    /// Report how it is
    #[command(
        after_help = "Examples:\n  lockstep room report north-high secured --present 24\n  lockstep room report north-high need-help --injured 1 --note \"bleeding\" --room n101"
    )]
    Report {
        /// The campus
        campus: CampusId,
        /// How it is
        #[arg(value_enum)]
        state: StateArg,
        /// People in the room
        #[arg(long, value_name = "N")]
        present: Option<u16>,
        /// People injured
        #[arg(long, value_name = "N")]
        injured: Option<u16>,
        /// People missing from it
        #[arg(long, value_name = "N")]
        missing: Option<u16>,
        /// People in it who belong elsewhere
        #[arg(long, value_name = "N")]
        extra: Option<u16>,
        /// In your words
        #[arg(long, value_name = "TEXT")]
        note: Option<Text>,
        /// The room, where it is not your own
        #[arg(long)]
        room: Option<RoomId>,
        /// How long to keep trying.
        #[command(flatten)]
        patience: Patience,
    },
}

/// A room's own word for itself.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateArg {
    /// Locked, lights out, everybody out of sight
    Secured,
    /// The door does not lock, or people are still outside
    NotSecured,
    /// Help is needed here
    NeedHelp,
}

impl StateArg {
    /// The report with nothing but this said.
    #[must_use]
    pub fn report(self) -> RoomReport {
        let state = match self {
            Self::Secured => RoomState::Secured,
            Self::NotSecured => RoomState::NotSecured,
            Self::NeedHelp => RoomState::NeedHelp,
        };
        RoomReport {
            state,
            present: None,
            injured: None,
            missing: None,
            extra: None,
        }
    }
}

/// The sweep.
#[derive(Debug, Subcommand)]
pub enum Sweep {
    /// Begin a sweep of all zones
    #[command(after_help = "Example:\n  lockstep sweep start north-high")]
    Start {
        /// The campus
        campus: CampusId,
    },
    /// An officer's word that zones are clear
    #[command(after_help = "Example:\n  lockstep sweep clear north-high a-wing gym")]
    Clear {
        /// The campus
        campus: CampusId,
        /// The zones
        #[arg(required = true, num_args = 1..=64)]
        zones: Vec<ZoneId>,
    },
    /// Report something adverse: reopens the zone
    #[command(
        after_help = "Example:\n  lockstep sweep adverse north-high b-wing \"door forced from inside\""
    )]
    Adverse {
        /// The campus
        campus: CampusId,
        /// The zone
        zone: ZoneId,
        /// What was seen
        seen: Text,
        /// How long to keep trying.
        #[command(flatten)]
        patience: Patience,
    },
    /// Zone by zone
    #[command(after_help = "Example:\n  lockstep sweep status north-high")]
    Status {
        /// The campus
        campus: CampusId,
    },
}

/// A *not clear* or an objection.
#[derive(Debug, Args)]
pub struct Veto {
    /// The campus
    pub campus: CampusId,
    /// What to do.
    #[command(subcommand)]
    pub what: VetoDo,
}

/// What to do with a *not clear* or an objection.
#[derive(Debug, Subcommand)]
pub enum VetoDo {
    /// Say it
    Say {
        /// Why
        reason: Text,
        /// How long to keep trying.
        #[command(flatten)]
        patience: Patience,
    },
    /// Withdraw your own
    Withdraw {
        /// Which; your only one if left out
        id: Option<FactId>,
    },
    /// Set another's aside
    SetAside {
        /// Which, as `status` shows it
        id: FactId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Text,
    },
}

/// A plea for help.
#[derive(Debug, Subcommand)]
pub enum Plea {
    /// Tell the room that it was heard
    #[command(
        after_help = "Example:\n  lockstep plea answer north-high PLEA --note \"officer two minutes away\""
    )]
    Answer {
        /// The campus
        campus: CampusId,
        /// The plea, as `status` shows it
        plea: FactId,
        /// What is being done
        #[arg(long, value_name = "TEXT")]
        note: Option<Text>,
    },
}

/// A school lift.
#[derive(Debug, Subcommand)]
pub enum Lift {
    /// The first of two people: prints what it would lift, and asks
    #[command(
        after_help = "Example:\n  lockstep lift propose north-high --statement \"I take responsibility: ...\""
    )]
    Propose {
        /// The campus
        campus: CampusId,
        /// The responsibility statement; asked for on the terminal if left out
        #[arg(long, value_name = "TEXT")]
        statement: Option<Text>,
        /// What it names.
        #[command(flatten)]
        naming: Naming,
    },
    /// The second of two people: prints what it would lift, and asks
    #[command(
        after_help = "Examples:\n  lockstep lift confirm north-high\n  lockstep lift confirm north-high --proposal ID --seen 1.42 --lifts ID"
    )]
    Confirm {
        /// The campus
        campus: CampusId,
        /// The proposal, with --seen; on a terminal the one that stands if left out
        #[arg(long, value_name = "ID", requires = "seen")]
        proposal: Option<FactId>,
        /// What it names.
        #[command(flatten)]
        naming: Naming,
    },
}

/// The timeline.
#[derive(Debug, Subcommand)]
pub enum Timeline {
    /// Print it
    #[command(after_help = "Example:\n  lockstep timeline show north-high --after 40")]
    Show {
        /// The campus
        campus: CampusId,
        /// Only entries after this number
        #[arg(long, default_value = "0", value_name = "SEQ")]
        after: u64,
        /// At most this many
        #[arg(long, default_value = "200", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Fetch it with all that proves it
    #[command(after_help = "Example:\n  lockstep timeline export north-high --out north-high.json")]
    Export {
        /// The campus
        campus: CampusId,
        /// The file; standard output if left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Fetch the proof that one entry stands in the signed log, to be checked anywhere
    #[command(
        after_help = "Example:\n  lockstep timeline proof north-high 57 --out all-clear.tlog-proof\n  lockstep timeline verify all-clear.tlog-proof"
    )]
    Proof {
        /// The campus
        campus: CampusId,
        /// The entry
        seq: u64,
        /// The file; standard output if left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check an export or a proof offline: whole, tail lost (declared) or tampered
    #[command(
        after_help = "Examples:\n  lockstep timeline verify all-clear.tlog-proof\n  lockstep timeline verify north-high.json\n  lockstep timeline verify north-high.json --keys keys.txt --heads kept-heads.json"
    )]
    Verify {
        /// The export, or the proof of one entry
        file: PathBuf,
        /// A file of verifier keys, or one key itself; those kept at sign-in if left out
        #[arg(long, value_name = "FILE|KEY")]
        keys: Vec<String>,
        /// A file of signed heads that somebody kept; those that this profile kept count too
        #[arg(long, value_name = "FILE")]
        heads: Vec<PathBuf>,
    },
}

/// Unsent raises.
#[derive(Debug, Subcommand)]
pub enum Outbox {
    /// List them (the default)
    #[command(after_help = "Example:\n  lockstep outbox list")]
    List,
    /// Send one after all
    #[command(after_help = "Example:\n  lockstep outbox send 0193a000-0000-7000-8000-000000000001")]
    Send {
        /// Which
        id: CommandId,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Throw one away: it is not needed any more
    #[command(
        after_help = "Example:\n  lockstep outbox discard 0193a000-0000-7000-8000-000000000001"
    )]
    Discard {
        /// Which
        id: CommandId,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Which form of screen.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormArg {
    /// Posture in huge letters and what to do
    Classroom,
    /// Calls, rooms, sweep, timeline
    Responder,
}
