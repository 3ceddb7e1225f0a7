//! What a campus is under (P1), and the order of severity that a screen goes by.

use serde::{Deserialize, Serialize};

/// The five postures, lowest first: the order is the maximum that DESIGN speaks of, except
/// that `AllClear` and `LiftedBySchool` are one level with two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// School as usual.
    Normal,
    /// Released by two of the school's own people. Not a law-enforcement all clear (S4).
    LiftedBySchool,
    /// Released by an officer (A3).
    AllClear,
    /// People stay where they are; movement is directed.
    ControlledMovement,
    /// Locks, lights, out of sight.
    LockDown,
}

impl Posture {
    /// Every posture, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Normal,
        Self::LiftedBySchool,
        Self::AllClear,
        Self::ControlledMovement,
        Self::LockDown,
    ];

    /// The posture's words, as a screen and a radio say them.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::LiftedBySchool => "Lifted by school administration",
            Self::AllClear => "All clear",
            Self::ControlledMovement => "Controlled movement",
            Self::LockDown => "Lock-down",
        }
    }
}

/// What an open item holds a campus at. The posture is the maximum over the open items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// An immediate threat that nobody answered yet: "Threat reported, being checked" (A2).
    Checking,
    /// A release that nobody resumed from yet.
    Released,
    /// An open controlled movement.
    ControlledMovement,
    /// An open call.
    LockDown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_severity_is_the_order_of_the_enum() {
        assert!(Posture::ALL.is_sorted());
        assert!(Level::LockDown > Level::ControlledMovement);
        assert!(Level::ControlledMovement > Level::Released);
        assert!(Level::Released > Level::Checking);
    }
}
