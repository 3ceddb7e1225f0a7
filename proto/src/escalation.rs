//! Calls for help from outside, and what is known of them (E1, E2).

use serde::{Deserialize, Serialize};

/// Who is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Agency {
    /// 911: police, fire or ambulance, through the PSAP.
    #[serde(rename = "911")]
    NineOneOne,
    /// The police department.
    Pd,
    /// The sheriff's office.
    So,
}

impl Agency {
    /// Every agency.
    pub const ALL: [Self; 3] = [Self::NineOneOne, Self::Pd, Self::So];

    /// The agency as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NineOneOne => "911",
            Self::Pd => "PD",
            Self::So => "SO",
        }
    }
}

/// Why it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The situation is getting worse.
    Escalating,
    /// Somebody is in danger now.
    ImmediateThreat,
}

impl Basis {
    /// The basis as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Escalating => "escalating",
            Self::ImmediateThreat => "immediate threat",
        }
    }
}

/// What somebody recorded of an escalation. Nothing shows as further than this (E2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Somebody decided that it is needed. Nobody has called yet.
    Requested,
    /// Somebody is calling.
    Calling,
    /// Somebody is talking, and the line stays open.
    LineOpen,
    /// The PSAP took the call.
    Accepted,
    /// Units were sent.
    UnitsOnTheWay,
    /// Units are on scene.
    OnScene,
    /// The line dropped.
    LineDropped,
    /// The line was closed.
    Closed,
}

impl LineState {
    /// Every state, in the order of a call's life.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Calling,
        Self::LineOpen,
        Self::Accepted,
        Self::UnitsOnTheWay,
        Self::OnScene,
        Self::LineDropped,
        Self::Closed,
    ];

    /// The state as a screen says it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Requested => "requested, nobody has called yet",
            Self::Calling => "calling",
            Self::LineOpen => "line open",
            Self::Accepted => "accepted by the PSAP",
            Self::UnitsOnTheWay => "units on the way",
            Self::OnScene => "on scene",
            Self::LineDropped => "line dropped",
            Self::Closed => "closed",
        }
    }

    /// What it says of the line itself; the others say something of the answer to it.
    #[must_use]
    pub fn line(self) -> Option<Line> {
        match self {
            Self::Requested => Some(Line::None),
            Self::Calling => Some(Line::Calling),
            // Who accepts a call is on the line.
            Self::LineOpen | Self::Accepted => Some(Line::Open),
            Self::LineDropped => Some(Line::Dropped),
            Self::Closed => Some(Line::Closed),
            Self::UnitsOnTheWay | Self::OnScene => None,
        }
    }

    /// What it says of the answer: how far help has come.
    #[must_use]
    pub fn response(self) -> Option<Response> {
        match self {
            Self::Accepted => Some(Response::Accepted),
            Self::UnitsOnTheWay => Some(Response::OnTheWay),
            Self::OnScene => Some(Response::OnScene),
            Self::Requested | Self::Calling | Self::LineOpen | Self::LineDropped | Self::Closed => {
                None
            }
        }
    }
}

/// The line, by the last word on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Nobody has called.
    None,
    /// Somebody is calling.
    Calling,
    /// Open.
    Open,
    /// It dropped.
    Dropped,
    /// It was closed.
    Closed,
}

/// How far help is known to have come. Unknown reads as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nothing is known of it.
    Unknown,
    /// The PSAP took the call.
    Accepted,
    /// Units were sent.
    OnTheWay,
    /// Units are on scene.
    OnScene,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e2_units_say_nothing_of_the_line_and_a_line_nothing_of_units() {
        assert_eq!(LineState::UnitsOnTheWay.line(), None);
        assert_eq!(LineState::LineOpen.response(), None);
        // A request is not a call.
        assert_eq!(LineState::Requested.line(), Some(Line::None));
    }
}
