//! A roster as it is read in an incident (I4): who sits in the classes of a campus, or of one room.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{CampusId, RoomId};

/// Who sits in which class. Read on request, each reading an entry; never pushed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Roster {
    /// The campus.
    pub campus: CampusId,
    /// The room, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// When the school's own system last said so, since a list can be stale: nothing where nobody
    /// has put one in yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Timestamp>")
    )]
    pub as_of: Option<Timestamp>,
    /// The classes.
    pub sections: Vec<Section>,
}

/// One class.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Section {
    /// What it is called.
    pub title: String,
    /// The room that it is in, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// When it is, as the school counts its periods; empty where that is not known.
    #[serde(default)]
    pub periods: String,
    /// The names of its students.
    pub students: Vec<String>,
}
