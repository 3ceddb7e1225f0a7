//! What somebody must do, and that Lockstep keeps asking for until it is done.

use serde::{Deserialize, Serialize};

/// What must be done. A duty follows from its cause, with an id that follows from the cause's,
/// so that it cannot be lost between the two (E4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DutyKind {
    /// Call 911 and leave the line open (E3).
    #[serde(rename = "call_911")]
    Call911,
    /// Call the SRO and/or 911: none is recorded as here (C2).
    CallSro,
    /// Answer an immediate threat (A2).
    AnswerThreat,
    /// Answer a plea for help (P4).
    AnswerPlea,
    /// Look at a sighting that is, or may be, dangerous (C5).
    SeeSighting,
    /// Say why a line was closed before the release, and hear of it (E3).
    ExplainClosedLine,
    /// Every SRO of the campus hears of an escalation or a school lift (E6, S4).
    TellSro,
    /// The chief of campus police or the director of safety hears of it (E4, S4).
    TellChiefOrDirector,
    /// The superintendent hears of it (E4, S4).
    TellSuperintendent,
    /// The eyes are asked to watch (C1).
    KeepWatch,
}

impl DutyKind {
    /// Every kind, the most pressing first.
    pub const ALL: [Self; 10] = [
        Self::Call911,
        Self::CallSro,
        Self::AnswerThreat,
        Self::AnswerPlea,
        Self::SeeSighting,
        Self::ExplainClosedLine,
        Self::TellSro,
        Self::TellChiefOrDirector,
        Self::TellSuperintendent,
        Self::KeepWatch,
    ];

    /// The kind's name, from which a duty's id is derived.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call911 => "call_911",
            Self::CallSro => "call_sro",
            Self::AnswerThreat => "answer_threat",
            Self::AnswerPlea => "answer_plea",
            Self::SeeSighting => "see_sighting",
            Self::ExplainClosedLine => "explain_closed_line",
            Self::TellSro => "tell_sro",
            Self::TellChiefOrDirector => "tell_chief_or_director",
            Self::TellSuperintendent => "tell_superintendent",
            Self::KeepWatch => "keep_watch",
        }
    }

    /// What is asked, as a screen says it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Call911 => "Call 911 and leave the line open",
            Self::CallSro => "Call the SRO and/or 911: no SRO is recorded as here",
            Self::AnswerThreat => "Answer the immediate threat",
            Self::AnswerPlea => "Answer the plea for help",
            Self::SeeSighting => "Look at the sighting",
            Self::ExplainClosedLine => "A line was closed before the release: say why, and look",
            Self::TellSro => "Every SRO is told",
            Self::TellChiefOrDirector => "Chief of campus police or director of safety is told",
            Self::TellSuperintendent => "Superintendent is told",
            Self::KeepWatch => "Keep watch and report what you see",
        }
    }
}

/// A way to reach a person, in the order of their own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Their connected clients: always tried first.
    Screen,
    /// A way out of the building, as the operator set it up.
    Outside,
}

/// What became of one attempt to reach a person. Never more than the evidence (E2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was handed to the channel. Whether they saw it is for them to say.
    Sent,
    /// The channel had no way to them: no screen was connected, or the channel failed.
    NotReached,
}
