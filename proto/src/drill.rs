//! Drills: their own words from the command to the pixel (D1).

use serde::{Deserialize, Serialize};

use crate::posture::Posture;

/// What is practised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DrillKind {
    /// A lock-down.
    LockDown,
    /// A controlled movement.
    ControlledMovement,
    /// Nothing but the reach: which rooms would be reached (D5). It has no posture.
    TestAlert,
}

impl DrillKind {
    /// What the drill shows, beside the word DRILL.
    #[must_use]
    pub fn posture(self) -> Posture {
        match self {
            Self::LockDown => Posture::LockDown,
            Self::ControlledMovement => Posture::ControlledMovement,
            Self::TestAlert => Posture::Normal,
        }
    }

    /// The kind as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::LockDown => "lock-down drill",
            Self::ControlledMovement => "controlled movement drill",
            Self::TestAlert => "test alert",
        }
    }
}

/// How a room is in a drill. It has no word for help: that is always real (D2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrillRoomReport {
    /// Locked, lights out, everybody out of sight.
    pub secured: bool,
    /// People in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<u16>,
    /// People missing from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<u16>,
    /// People in it who belong elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<u16>,
}

/// What every screen reads from the first real raise on (D2).
pub const DRILL_OVER_WORDS: &str = "The drill is over. This is real.";

/// What a drill says to do. Never in the campus's own words: those may end in "This is not a
/// drill" (D1).
#[must_use]
pub fn drill_words(kind: DrillKind, posture: Posture) -> String {
    match kind {
        DrillKind::TestAlert => {
            "This is a test. Nothing has happened; say that you have seen it.".to_owned()
        }
        DrillKind::LockDown | DrillKind::ControlledMovement => {
            format!("This is a drill. {}", crate::sentence::radio(posture))
        }
    }
}
