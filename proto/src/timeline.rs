//! An entry of a campus's timeline: a fact with its place in the log.

mod seal;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::fact::Stamped;
use crate::id::{CampusId, DistrictId, IdError};
use crate::position::Position;

pub use seal::{Sealed, seal, unseal, withheld};

/// The version of stored entries that this release writes. All earlier ones are read.
pub const ENTRY_VERSION: u32 = 1;

/// The log that an entry stands in: a campus's, or the district's own, which holds the
/// directory's changes and the sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = crate::schema::LOG))
)]
#[serde(try_from = "String", into = "String")]
pub struct LogId {
    /// The tenant.
    pub district: DistrictId,
    /// The campus; none for the district's own log.
    pub campus: Option<CampusId>,
}

/// How the district's own log spells its campus: no campus id may start with a mark.
const DISTRICT_LOG: &str = "_district";

impl LogId {
    /// A campus's log.
    #[must_use]
    pub fn campus(district: DistrictId, campus: CampusId) -> Self {
        Self {
            district,
            campus: Some(campus),
        }
    }

    /// The district's own log.
    #[must_use]
    pub fn district(district: DistrictId) -> Self {
        Self {
            district,
            campus: None,
        }
    }

    /// The campus as the log's origin spells it.
    #[must_use]
    pub fn campus_name(&self) -> &str {
        self.campus.as_ref().map_or(DISTRICT_LOG, CampusId::as_str)
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.district, self.campus_name())
    }
}

impl FromStr for LogId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (district, campus) = text
            .split_once('/')
            .ok_or_else(|| IdError::Slug(text.chars().take(80).collect()))?;
        Ok(Self {
            district: DistrictId::new(district)?,
            campus: if campus == DISTRICT_LOG {
                None
            } else {
                Some(CampusId::new(campus)?)
            },
        })
    }
}

impl TryFrom<String> for LogId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<LogId> for String {
    fn from(log: LogId) -> String {
        log.to_string()
    }
}

/// One entry: the fact, its place, and when the journal took it.
///
/// Its RFC 8785 JSON is stored verbatim and hashed as stored, with every [`crate::text::Words`]
/// sealed (T5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Version of the stored form.
    pub v: u32,
    /// The log that it stands in.
    pub log: LogId,
    /// Epoch of the log.
    pub epoch: u32,
    /// Its number, from 1 without gaps. Its leaf index is one less.
    pub seq: u64,
    /// When the journal took it, by the server's clock.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub recorded: Timestamp,
    /// The clock was in doubt when the journal took it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_in_doubt: bool,
    /// The fact.
    #[serde(flatten)]
    pub stamped: Stamped,
}

impl Entry {
    /// Where the entry stands.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            seq: self.seq,
        }
    }
}
