//! The directory by hand: what may be changed of a school's people, rooms and displays over the
//! wire, and what the record tells of it.
//!
//! Who is new gets an id from the server: so no name can be tried to find out who there is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::directory::{Certification, Person, Room};
use crate::id::{CampusId, DeviceId, PersonId, RoomId, ZoneId};
use crate::role::Role;

/// One change of the directory. Everything else of it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum DirectoryChange {
    /// Somebody comes.
    AddPerson {
        /// As the directory is to have them.
        person: Person,
    },
    /// Somebody is to be had otherwise.
    ChangePerson {
        /// Who.
        id: PersonId,
        /// As the directory is to have them, whole.
        person: Person,
    },
    /// Somebody goes, and all their sign-ins with them.
    RemovePerson {
        /// Who.
        id: PersonId,
    },
    /// A room comes, or has another name or zone.
    PutRoom {
        /// On which campus.
        campus: CampusId,
        /// Which.
        id: RoomId,
        /// As the directory is to have it, whole.
        room: Room,
    },
    /// A room goes, where nobody teaches in it and no display hangs there.
    RemoveRoom {
        /// On which campus.
        campus: CampusId,
        /// Which.
        id: RoomId,
    },
    /// A display is to hang in a room.
    AddDisplay {
        /// On which campus.
        campus: CampusId,
        /// In which room.
        room: RoomId,
    },
    /// A display goes, and all its sign-ins with it.
    RemoveDisplay {
        /// Which.
        id: DeviceId,
    },
}

/// What of a directory stands there by hand. A list of another system that does not know these
/// leaves them; one that does has them from then on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ByHand {
    /// People.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<PersonId>,
    /// Rooms, each with its campus.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub rooms: BTreeSet<(CampusId, RoomId)>,
    /// Displays.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<DeviceId>,
}

impl ByHand {
    /// Whether nothing does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.rooms.is_empty() && self.devices.is_empty()
    }
}

/// A person as the record tells of them: all but where to reach them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonTold {
    /// Name, as people say it.
    pub name: String,
    /// What they are to the district.
    pub role: Role,
    /// The campuses that they serve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub campuses: Vec<CampusId>,
    /// The room that they teach in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Law-enforcement certification on record (A3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certification: Option<Certification>,
    /// Campuses for which they hold the grant of P5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_lock_down: Vec<CampusId>,
}

impl From<&Person> for PersonTold {
    fn from(person: &Person) -> Self {
        Self {
            name: person.name.clone(),
            role: person.role,
            campuses: person.campuses.clone(),
            room: person.room.clone(),
            certification: person.certification.clone(),
            may_lock_down: person.may_lock_down.clone(),
        }
    }
}

/// What became of the directory by a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
pub enum DirectoryEdit {
    /// Somebody came.
    PersonAdded {
        /// Who.
        person: PersonId,
        /// As they are had.
        after: Box<PersonTold>,
    },
    /// Somebody is had otherwise.
    PersonChanged {
        /// Who.
        person: PersonId,
        /// Before.
        before: Box<PersonTold>,
        /// From now on.
        after: Box<PersonTold>,
        /// Where to reach them is another, too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        addresses: bool,
    },
    /// Somebody went.
    PersonRemoved {
        /// Who.
        person: PersonId,
        /// As they were had.
        before: Box<PersonTold>,
    },
    /// A room came, or is another.
    RoomPut {
        /// On which campus.
        campus: CampusId,
        /// Which.
        room: RoomId,
        /// Its name.
        name: String,
        /// Its zone.
        zone: ZoneId,
        /// Its name before, where it was there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<String>,
    },
    /// A room went.
    RoomRemoved {
        /// On which campus.
        campus: CampusId,
        /// Which.
        room: RoomId,
        /// Its name.
        name: String,
    },
    /// A display is to hang in a room.
    DisplayAdded {
        /// Which.
        display: DeviceId,
        /// On which campus.
        campus: CampusId,
        /// In which room.
        room: RoomId,
    },
    /// A display went.
    DisplayRemoved {
        /// Which.
        display: DeviceId,
        /// On which campus.
        campus: CampusId,
        /// In which room it hung.
        room: RoomId,
    },
}

impl DirectoryEdit {
    /// The edit as a sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::PersonAdded { person, after } => {
                format!("{} ({person}) added, {}", after.name, told(after))
            }
            Self::PersonChanged {
                person,
                before,
                after,
                addresses,
            } => {
                let reached = if *addresses { "; other addresses" } else { "" };
                format!(
                    "{} ({person}) changed: was {}, {}; is {}, {}{reached}",
                    after.name,
                    before.name,
                    told(before),
                    after.name,
                    told(after)
                )
            }
            Self::PersonRemoved { person, before } => {
                format!("{} ({person}) removed, was {}", before.name, told(before))
            }
            Self::RoomPut {
                campus,
                room,
                name,
                zone,
                was: None,
            } => format!("room {name} ({room}) added at {campus}, zone {zone}"),
            Self::RoomPut {
                campus,
                room,
                name,
                zone,
                was: Some(was),
            } => format!("room {was} ({room}) of {campus} is {name}, zone {zone}"),
            Self::RoomRemoved { campus, room, name } => {
                format!("room {name} ({room}) of {campus} removed")
            }
            Self::DisplayAdded {
                display,
                campus,
                room,
            } => format!("display {display} added in {room} of {campus}"),
            Self::DisplayRemoved {
                display,
                campus,
                room,
            } => format!("display {display} in {room} of {campus} removed"),
        }
    }
}

/// `staff at north-high, room n104`.
fn told(person: &PersonTold) -> String {
    let names = |campuses: &[CampusId]| {
        let names: Vec<&str> = campuses.iter().map(CampusId::as_str).collect();
        names.join(", ")
    };
    let mut told = person.role.words().to_owned();
    if !person.campuses.is_empty() {
        told += &format!(" at {}", names(&person.campuses));
    }
    if let Some(room) = &person.room {
        told += &format!(", room {room}");
    }
    if let Some(certification) = &person.certification {
        told += &format!(", certified by {}", certification.words());
    }
    if !person.may_lock_down.is_empty() {
        told += &format!(", may lock down {}", names(&person.may_lock_down));
    }
    told
}
