//! Drills and test alerts. Their commands have words of their own, so that none is mixed up with the
//! real thing (D1).

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::id::{CampusId, FactId, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::text::Text;

use super::{Naming, Patience};

/// A drill.
#[derive(Debug, Subcommand)]
pub enum Drill {
    /// Start one: administrators and SROs, at normal, with the PIN
    #[command(
        after_help = "Examples:\n  lockstep drill start north-high lock-down --note \"second of the year\"\n  lockstep drill start north-high controlled-movement --pin-file pin"
    )]
    Start {
        /// The campus
        campus: CampusId,
        /// What is practised
        #[arg(value_enum)]
        kind: PractisedArg,
        /// What for
        #[arg(long, value_name = "TEXT")]
        note: Option<Text>,
        /// A file with the PIN; else LOCKSTEP_PIN, else it is asked for
        #[arg(long, value_name = "FILE")]
        pin_file: Option<PathBuf>,
    },
    /// Call lock-down within the drill
    #[command(after_help = "Example:\n  lockstep drill lock-down north-high")]
    LockDown {
        /// The campus
        campus: CampusId,
    },
    /// Report a room in the drill; a plea for help is always real, and not here
    #[command(
        after_help = "Examples:\n  lockstep drill room north-high secured --present 24\n  lockstep drill room north-high not-secured --room n101\nAsking for help is real also in a drill: lockstep room report north-high need-help"
    )]
    Room {
        /// The campus
        campus: CampusId,
        /// How it is
        #[arg(value_enum)]
        state: DrillStateArg,
        /// People in the room
        #[arg(long, value_name = "N")]
        present: Option<u16>,
        /// People missing from it
        #[arg(long, value_name = "N")]
        missing: Option<u16>,
        /// People in it who belong elsewhere
        #[arg(long, value_name = "N")]
        extra: Option<u16>,
        /// The room, where it is not your own
        #[arg(long)]
        room: Option<RoomId>,
    },
    /// Clear zones in the drill's sweep
    #[command(after_help = "Example:\n  lockstep drill zone north-high a-wing gym")]
    Zone {
        /// The campus
        campus: CampusId,
        /// The zones
        #[arg(required = true, num_args = 1..=64)]
        zones: Vec<ZoneId>,
    },
    /// Practise the all clear (officers): prints what it is about, and asks
    #[command(
        after_help = "Examples:\n  lockstep drill all-clear north-high\n  lockstep drill all-clear north-high --override-reason \"practised with one zone\"\nFor programs, after `lockstep --json status north-high`:\n  lockstep drill all-clear north-high --seen 1.42 --drill ID --pin-file pin"
    )]
    AllClear {
        /// The campus
        campus: CampusId,
        /// Give it with a sweep incomplete or from off campus; a mark stays on it
        #[arg(long, value_name = "TEXT")]
        override_reason: Option<Text>,
        /// What it names.
        #[command(flatten)]
        naming: DrillNaming,
    },
    /// End the drill or the test alert: prints what it is about, and asks
    #[command(
        after_help = "Examples:\n  lockstep drill end north-high --note \"two doors did not lock\"\nFor programs, after `lockstep --json status north-high`:\n  lockstep drill end north-high --seen 1.42 --drill ID"
    )]
    End {
        /// The campus
        campus: CampusId,
        /// Notes for the drill file
        #[arg(long, value_name = "TEXT")]
        note: Option<Text>,
        /// What it names.
        #[command(flatten)]
        naming: DrillNaming,
    },
}

/// What an end names: like [`Naming`], of a drill.
#[derive(Debug, Clone, clap::Args)]
pub struct DrillNaming {
    /// The head that was looked at: `head` of an earlier `status --json` or `watch --json`
    #[arg(long, value_name = "EPOCH.SEQ", requires = "drill")]
    pub seen: Option<Position>,
    /// The drill: `drill` of that same answer
    #[arg(long, value_name = "ID", requires = "seen")]
    pub drill: Option<FactId>,
    /// A file with the PIN; else LOCKSTEP_PIN, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
}

impl From<DrillNaming> for Naming {
    fn from(naming: DrillNaming) -> Self {
        Self {
            seen: naming.seen,
            lifts: naming.drill.into_iter().collect(),
            pin_file: naming.pin_file,
            patience: Patience::default().patience,
        }
    }
}

/// What is practised.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PractisedArg {
    /// A lock-down
    LockDown,
    /// A controlled movement
    ControlledMovement,
}

impl From<PractisedArg> for DrillKind {
    fn from(kind: PractisedArg) -> Self {
        match kind {
            PractisedArg::LockDown => Self::LockDown,
            PractisedArg::ControlledMovement => Self::ControlledMovement,
        }
    }
}

/// How a room is in a drill.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DrillStateArg {
    /// Locked, lights out, everybody out of sight
    Secured,
    /// The door does not lock, or people are still outside
    NotSecured,
}

impl DrillStateArg {
    /// The report with nothing but this said.
    #[must_use]
    pub fn report(self) -> DrillRoomReport {
        let secured = match self {
            Self::Secured => true,
            Self::NotSecured => false,
        };
        DrillRoomReport {
            secured,
            present: None,
            missing: None,
            extra: None,
        }
    }
}
