//! Rosters: who sits in which class, for the incident in which somebody has to be missed. They
//! stand beside the directory, are replaced whole, and never stand in an entry, a log line or a
//! figure (T5, I4).

use jiff::Timestamp;
use lockstep_proto::id::{CampusId, RoomId};
use lockstep_proto::roster::{Roster, Section};
use serde::{Deserialize, Serialize};

/// The longest name of a student, in characters.
pub const NAME_MAX: usize = 120;
/// The longest title of a class; a longer one is cut.
pub const TITLE_MAX: usize = 120;
/// The longest list of a class's periods; a longer one is cut.
pub const PERIODS_MAX: usize = 40;
/// The most students of one district.
pub const STUDENTS_MAX: usize = 200_000;
/// The most classes of one campus.
pub const SECTIONS_MAX: usize = 10_000;
/// The most places in all classes of one campus.
pub const PLACES_MAX: usize = 100_000;

/// The roster of one campus as kept: each name once.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampusRoster {
    /// The students' names.
    pub students: Vec<String>,
    /// The classes.
    pub sections: Vec<StoredSection>,
}

/// Nobody writes names into a log by accident (T5).
impl std::fmt::Debug for CampusRoster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (students, sections) = (self.students.len(), self.sections.len());
        write!(f, "CampusRoster({students} students, {sections} classes)")
    }
}

/// One class as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSection {
    /// What it is called.
    pub title: String,
    /// The room that it is in, where that is one of the campus.
    pub room: Option<RoomId>,
    /// When it is, as the school counts its periods.
    pub periods: String,
    /// Who sits in it: places among the campus's students.
    pub students: Vec<u32>,
}

impl CampusRoster {
    /// Puts rooms, classes and names in order, and takes away who stands in a class twice.
    pub fn tidy(&mut self) {
        let Self { students, sections } = self;
        for section in &mut *sections {
            section.students.sort_unstable();
            section.students.dedup();
            section
                .students
                .sort_by_key(|student| students.get(*student as usize));
        }
        sections
            .sort_by(|a, b| (&a.room, &a.periods, &a.title).cmp(&(&b.room, &b.periods, &b.title)));
    }

    /// All of it, or the classes in one room, as it is read in an incident.
    #[must_use]
    pub fn opened(&self, campus: &CampusId, room: Option<&RoomId>, as_of: Timestamp) -> Roster {
        let sections = self.sections.iter();
        let wanted = sections.filter(|of| room.is_none() || of.room.as_ref() == room);
        let names = |of: &StoredSection| {
            let names = of.students.iter();
            names
                .filter_map(|at| self.students.get(*at as usize).cloned())
                .collect()
        };
        Roster {
            campus: campus.clone(),
            room: room.cloned(),
            as_of: Some(as_of),
            sections: wanted
                .map(|of| Section {
                    title: of.title.clone(),
                    room: of.room.clone(),
                    periods: of.periods.clone(),
                    students: names(of),
                })
                .collect(),
        }
    }
}
