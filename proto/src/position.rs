//! Where in a campus's timeline something stands.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::merkle::MAX_SIZE;

/// Epoch and sequence. Ordered: a later epoch is later whatever its sequence.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Counts the times that a journal came back without its tail. Starts at 1.
    pub epoch: u32,
    /// Entries of the campus so far: the newest entry's number, 0 before the first. Below
    /// 2^53: a position that somebody names becomes part of an entry, which must be writable.
    #[serde(deserialize_with = "countable")]
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_SIZE - 1)))]
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
        let seq = seq.parse().ok().filter(|seq| *seq < MAX_SIZE);
        Ok(Self {
            epoch: epoch.parse().map_err(|_| wrong())?,
            seq: seq.ok_or_else(wrong)?,
        })
    }
}

fn countable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let seq = u64::deserialize(deserializer)?;
    if seq < MAX_SIZE {
        Ok(seq)
    } else {
        Err(D::Error::custom("no log has that many entries"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_position_that_no_entry_could_hold_is_no_position() {
        let largest = MAX_SIZE - 1;
        let parsed: Position = format!("1.{largest}").parse().unwrap();
        let json = serde_json::to_string(&parsed).unwrap();
        assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), parsed);

        assert!(format!("1.{MAX_SIZE}").parse::<Position>().is_err());
        let json = format!(r#"{{"epoch":1,"seq":{MAX_SIZE}}}"#);
        assert!(serde_json::from_str::<Position>(&json).is_err());
    }
}
