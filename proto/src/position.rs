//! Where in a campus's timeline something stands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Epoch and sequence. Ordered: a later epoch is later whatever its sequence.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Counts the times that a journal came back without its tail. Starts at 1.
    pub epoch: u32,
    /// Entries of the campus so far: the newest entry's number, 0 before the first.
    pub seq: u64,
}

impl Position {
    /// Before the first entry of a campus.
    pub const START: Self = Self { epoch: 1, seq: 0 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

/// The text is not `EPOCH.SEQ`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a head: expected EPOCH.SEQ, as `status` prints it, for example 1.42")]
pub struct NotAPosition(String);

impl FromStr for Position {
    type Err = NotAPosition;
    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let wrong = || NotAPosition(text.chars().take(40).collect());
        let (epoch, seq) = text.split_once('.').ok_or_else(wrong)?;
        Ok(Self {
            epoch: epoch.parse().map_err(|_| wrong())?,
            seq: seq.parse().map_err(|_| wrong())?,
        })
    }
}
