//! Names of things: slugs that people choose and ids that programs make.
//!
//! Owns their spelling and its limits; never looks anything up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Why a name was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 64 characters of `a-z 0-9 . _ -`, or starts with a mark.
    #[error(
        "`{0}` is not a valid id: use 1 to 64 of a-z, 0-9, `.`, `_` and `-`, starting with a letter or digit"
    )]
    Slug(String),
    /// Neither `person:…`, `device:…` nor `operator`.
    #[error("`{0}` names nobody: expected person:ID, device:ID or operator")]
    Principal(String),
}

fn check_slug(text: &str) -> Result<(), IdError> {
    let ok = (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if ok {
        Ok(())
    } else {
        Err(IdError::Slug(text.chars().take(80).collect()))
    }
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(
            feature = "schema",
            derive(schemars::JsonSchema),
            schemars(extend("pattern" = crate::schema::SLUG))
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the spelling and wraps it.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check_slug(&text)?;
                Ok(Self(text))
            }

            /// The name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug!(
    /// The tenant. No fact of one district is ever visible to another.
    DistrictId
);
slug!(
    /// One school site.
    CampusId
);
slug!(
    /// What a sweep clears: a building, floor or field of a campus.
    ZoneId
);
slug!(
    /// A room of a campus, which a classroom client reports for.
    RoomId
);
slug!(
    /// A person of the district's directory.
    PersonId
);
slug!(
    /// An enrolled room device.
    DeviceId
);
slug!(
    /// One passkey of a person: it follows from the id that the authenticator gave it.
    PasskeyId
);
slug!(
    /// One sign-in of a person or device; what a revocation switches off.
    CredentialId
);

/// Who is asking: taken from the authenticated connection only (A5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = crate::schema::PRINCIPAL))
)]
#[serde(try_from = "String", into = "String")]
pub enum Principal {
    /// A person of the directory.
    Person(PersonId),
    /// An enrolled room device.
    Device(DeviceId),
    /// Whoever has the server's own shell. Changes the directory, and nothing on a campus.
    Operator,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

impl FromStr for Principal {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text == "operator" {
            return Ok(Self::Operator);
        }
        match text.split_once(':') {
            Some(("person", id)) => Ok(Self::Person(PersonId::new(id)?)),
            Some(("device", id)) => Ok(Self::Device(DeviceId::new(id)?)),
            _ => Err(IdError::Principal(text.chars().take(80).collect())),
        }
    }
}

impl TryFrom<String> for Principal {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> String {
        principal.to_string()
    }
}

/// Made by the sender of a command, so that sending it twice is one act (P6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommandId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Names one fact for ever. It follows from who said it and under which command id, so that
/// every instance gives the same fact the same name and nobody can take another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FactId(pub Uuid);

impl FactId {
    /// The fact that this principal's command makes.
    #[must_use]
    pub fn of_command(district: &DistrictId, principal: &Principal, command: CommandId) -> Self {
        let hash = Sha256::new()
            .chain_update(b"lockstep fact v1\0")
            .chain_update(district.as_str())
            .chain_update(b"\0")
            .chain_update(principal.to_string())
            .chain_update(b"\0")
            .chain_update(command.0.as_bytes())
            .finalize();
        Self::from_hash(&hash)
    }

    /// A fact that follows from another: the same on every instance, so that it cannot be
    /// made twice nor lost between the two.
    #[must_use]
    pub fn derived(cause: Self, what: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(b"lockstep derived v1\0")
            .chain_update(cause.0.as_bytes())
            .chain_update(what)
            .finalize();
        Self::from_hash(&hash)
    }

    fn from_hash(hash: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the id of a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not the whole of an id, for example 0193a000-0000-7000-8000-000000000001")]
pub struct NotAFactId;

impl FromStr for FactId {
    type Err = NotAFactId;
    fn from_str(text: &str) -> Result<Self, NotAFactId> {
        text.parse().map(Self).map_err(|_| NotAFactId)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn slugs_have_one_spelling() {
        for good in ["a", "north-101", "ana.ruiz", "2nd_floor"] {
            assert_eq!(CampusId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "North", "-a", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(CampusId::new(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn p6_a_fact_belongs_to_its_author() {
        let district = DistrictId::new("d").unwrap();
        let command = CommandId(Uuid::nil());
        let ana = Principal::Person(PersonId::new("ana").unwrap());
        let ben = Principal::Person(PersonId::new("ben").unwrap());
        let one = FactId::of_command(&district, &ana, command);
        assert_eq!(one, FactId::of_command(&district, &ana, command));
        assert_ne!(one, FactId::of_command(&district, &ben, command));
        assert_ne!(one, FactId::derived(one, "policy"));
    }

    #[test]
    fn principals_round_trip() {
        for text in ["person:ana", "device:d1", "operator"] {
            assert_eq!(text.parse::<Principal>().unwrap().to_string(), text);
        }
        assert!("service:x".parse::<Principal>().is_err());
    }
}
