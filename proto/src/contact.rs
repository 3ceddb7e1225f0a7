//! Contact with a person who is a threat (C3), and what was off-protocol about it (C4).

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// What a recorded contact broke. It is marked, and never refused (C4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// Somebody made contact alone.
    Alone,
    /// The two were none of the permitted pairs.
    Pair,
    /// Not both had said "I judge it safe".
    NotJudgedSafe,
    /// No SRO was recorded as here.
    NoSroHere,
}

impl Breach {
    /// The breach as the record says it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Pair => "not a permitted pair",
            Self::NotJudgedSafe => "not both judged it safe",
            Self::NoSroHere => "no SRO was here",
        }
    }
}

/// The permitted pairs: SRO & SSO, SRO & administrator, SSO & administrator (C3).
#[must_use]
pub fn permitted_pair(one: Role, other: Role) -> bool {
    let one_of = |role| one == role || other == role;
    one != other
        && [one, other]
            .iter()
            .all(|role| matches!(role, Role::Sro | Role::Sso | Role::Administrator))
        && (one_of(Role::Sro) || one_of(Role::Sso))
}

/// Whether a sighting is dangerous, by the word of who saw it (C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// They cannot tell: treated as *yes*.
    Unsure,
}

impl Danger {
    /// Whether the sighting is an alarm.
    #[must_use]
    pub fn is_alarm(self) -> bool {
        match self {
            Self::Yes | Self::Unsure => true,
            Self::No => false,
        }
    }

    /// The word as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Yes => "dangerous",
            Self::No => "not dangerous",
            Self::Unsure => "perhaps dangerous",
        }
    }
}

/// A picture's format, by its bytes and not by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PictureKind {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
}

impl PictureKind {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_three_pairs_and_no_other() {
        let mut pairs = Vec::new();
        for one in Role::ALL {
            for other in Role::ALL {
                assert_eq!(permitted_pair(one, other), permitted_pair(other, one));
                if one < other && permitted_pair(one, other) {
                    pairs.push((one, other));
                }
            }
            assert!(!permitted_pair(one, one), "two {one:?} are no pair");
        }
        assert_eq!(
            pairs,
            [
                (Role::Administrator, Role::Sro),
                (Role::Administrator, Role::Sso),
                (Role::Sro, Role::Sso),
            ]
        );
    }
}
