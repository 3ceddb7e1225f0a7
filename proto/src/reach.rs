//! The ledger of what reached whom (R1), as the timeline keeps it: in batches.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{CredentialId, FactId, RoomId};

/// The most rows of one entry: together well under the largest entry.
pub const REACH_ROWS_MAX: usize = 200;

/// How far everything up to a point came on one client. What an alert came to follows: the
/// first row of a client whose `through` is not before the alert's sequence, or whose `also`
/// names it, says when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReachRow {
    /// The client, by its sign-in.
    pub client: CredentialId,
    /// The room that it shows for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// How far it came.
    pub how_far: HowFar,
    /// Everything recorded up to this sequence,
    pub through: u64,
    /// and these, which were not recorded yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<FactId>,
    /// When, by the server's clock (T4).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// How far an alert came on a client. A person's acknowledgement is a fact of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HowFar {
    /// The server handed it to the connection.
    Sent,
    /// The client says that it came in.
    Received,
    /// The client says that it was drawn, in a visible page.
    Displayed,
}
