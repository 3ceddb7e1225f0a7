//! Classes and who sits in them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use lockstep_proto::directory::{Campus, Directory};
use lockstep_proto::id::{CampusId, RoomId};

use super::super::table::{BadList, Columns, Row};
use super::people::Users;
use super::schools::Schools;
use super::{Line, RoomsOf, Set, counted, is_gone, is_now, needed, sourced_id};
use crate::roster::{
    CampusRoster, PERIODS_MAX, PLACES_MAX, SECTIONS_MAX, STUDENTS_MAX, StoredSection, TITLE_MAX,
};

const CLASSES: Columns = Columns {
    list: "classes.csv",
    needed: &["sourcedId", "title", "schoolSourcedId"],
    optional: &["status", "location", "periods"],
    others: true,
    older: &[],
};

const ENROLLMENTS: Columns = Columns {
    list: "enrollments.csv",
    needed: &["classSourcedId", "userSourcedId", "role"],
    optional: &["sourcedId", "status", "beginDate", "endDate"],
    others: true,
    older: &[],
};

/// What the files say of classes.
pub(super) struct Classes {
    pub(super) rosters: BTreeMap<CampusId, CampusRoster>,
    pub(super) rooms: RoomsOf,
    pub(super) said: Vec<String>,
}

/// Where a class stands in its campus's roster: `None` for one that is gone or of no campus.
type Placed = HashMap<String, Option<(CampusId, usize)>>;

pub(super) fn read(
    set: &Set<'_>,
    schools: &Schools,
    users: &mut Users,
    old: &Directory,
    today: Date,
) -> Result<Classes, BadList> {
    let mut rosters: BTreeMap<CampusId, CampusRoster> = schools
        .spoken_of
        .iter()
        .map(|campus| (campus.clone(), CampusRoster::default()))
        .collect();
    let classes = read_classes(set, schools, old, &mut rosters)?;
    let rooms = read_enrollments(set, users, &classes, &mut rosters, today)?;
    let mut said = Vec::new();
    for (campus, roster) in &mut rosters {
        roster.tidy();
        let roomless = roster.sections.iter().filter(|one| one.room.is_none());
        let roomless = roomless.count();
        if roomless > 0 {
            let of = counted(roster.sections.len(), "class").replace("classs", "classes");
            said.push(format!(
                "? {campus}: {roomless} of {of} name no room of the campus"
            ));
        }
    }
    Ok(Classes {
        rosters,
        rooms,
        said,
    })
}

fn read_classes(
    set: &Set<'_>,
    schools: &Schools,
    old: &Directory,
    rosters: &mut BTreeMap<CampusId, CampusRoster>,
) -> Result<Placed, BadList> {
    let mut classes = Placed::new();
    let mut lines: HashMap<String, Line> = HashMap::new();
    let rooms: BTreeMap<&CampusId, HashMap<String, &RoomId>> = old
        .campuses
        .iter()
        .map(|(id, campus)| (id, by_name(campus)))
        .collect();
    set.rows(&CLASSES, |row| {
        let id = sourced_id(row)?;
        if let Some(before) = lines.insert(id.to_owned(), row.line()) {
            let reason = format!("`{id}` stands on line {before} as well");
            return Err(row.wrong("sourcedId", reason));
        }
        let is_gone = is_gone(row)?;
        let school = needed(row, "schoolSourcedId")?;
        let Some(campus) = schools.campus(school) else {
            let reason = format!("there is no `{school}` in orgs.csv");
            return Err(row.wrong("schoolSourcedId", reason));
        };
        let campus = campus.filter(|_| !is_gone);
        let roster = campus.and_then(|campus| Some((campus, rosters.get_mut(campus)?)));
        let Some((campus, roster)) = roster else {
            classes.insert(id.to_owned(), None);
            return Ok(());
        };
        if roster.sections.len() >= SECTIONS_MAX {
            let reason = format!("{campus} has more than {SECTIONS_MAX} classes");
            return Err(row.wrong("schoolSourcedId", reason));
        }
        let location = row.text("location").to_lowercase();
        let room = rooms.get(campus).and_then(|rooms| rooms.get(&location));
        classes.insert(id.to_owned(), Some((campus.clone(), roster.sections.len())));
        roster.sections.push(StoredSection {
            title: cut(needed(row, "title")?, TITLE_MAX),
            room: room.map(|room| (*room).clone()),
            periods: cut(row.text("periods"), PERIODS_MAX),
            students: Vec::new(),
        });
        Ok(())
    })?;
    Ok(classes)
}

/// A campus's rooms by what a class may call them: their ids and their names.
fn by_name(campus: &Campus) -> HashMap<String, &RoomId> {
    let mut rooms: HashMap<String, &RoomId> = HashMap::new();
    let mut twice = HashSet::new();
    for (id, room) in &campus.rooms {
        let name = room.name.to_lowercase();
        if rooms.insert(name.clone(), id).is_some() {
            twice.insert(name);
        }
    }
    // Two rooms of one name are neither's.
    rooms.retain(|name, _| !twice.contains(name));
    rooms.extend(campus.rooms.keys().map(|id| (id.to_string(), id)));
    rooms
}

fn read_enrollments(
    set: &Set<'_>,
    users: &mut Users,
    classes: &Placed,
    rosters: &mut BTreeMap<CampusId, CampusRoster>,
    today: Date,
) -> Result<RoomsOf, BadList> {
    let mut rooms = RoomsOf::new();
    let mut students = 0;
    let mut places: HashMap<CampusId, usize> = HashMap::new();
    set.rows(&ENROLLMENTS, |row| {
        if is_gone(row)? || !is_now(row, today)? {
            return Ok(());
        }
        let id = needed(row, "userSourcedId")?;
        let Some(user) = users.named(row, "userSourcedId", id)? else {
            return Ok(());
        };
        let Some((campus, section)) = class(row, classes)? else {
            return Ok(());
        };
        let Some(roster) = rosters.get_mut(campus) else {
            return Ok(());
        };
        match needed(row, "role")?.to_ascii_lowercase().as_str() {
            "student" => {}
            "teacher" => {
                let room = roster.sections.get(section).and_then(|of| of.room.clone());
                if let Some(room) = room {
                    let of = rooms.entry(id.to_owned()).or_default();
                    of.insert((campus.clone(), room));
                }
                return Ok(());
            }
            "administrator" | "proctor" | "aide" => return Ok(()),
            other => {
                let reason = format!("`{other}` is no role in a class");
                return Err(row.wrong("role", reason));
            }
        }
        let listed = user.listed.iter().find(|(at, _)| at == campus);
        let student = if let Some((_, student)) = listed {
            *student
        } else {
            students += 1;
            if students > STUDENTS_MAX {
                let reason = format!("there are more than {STUDENTS_MAX} students");
                return Err(row.wrong("userSourcedId", reason));
            }
            let student = u32::try_from(roster.students.len()).unwrap_or(u32::MAX);
            roster.students.push(user.name.clone());
            user.listed.push((campus.clone(), student));
            student
        };
        let places = places.entry(campus.clone()).or_default();
        *places += 1;
        if *places > PLACES_MAX {
            let reason = format!("{campus} has more than {PLACES_MAX} places in its classes");
            return Err(row.wrong("classSourcedId", reason));
        }
        if let Some(section) = roster.sections.get_mut(section) {
            section.students.push(student);
        }
        Ok(())
    })?;
    Ok(rooms)
}

/// The class that a row names, if it is one of a campus.
fn class<'a>(row: &Row<'_>, classes: &'a Placed) -> Result<Option<(&'a CampusId, usize)>, BadList> {
    let id = needed(row, "classSourcedId")?;
    match classes.get(id) {
        Some(placed) => Ok(placed.as_ref().map(|(campus, at)| (campus, *at))),
        None => {
            let reason = format!("there is no `{id}` in classes.csv");
            Err(row.wrong("classSourcedId", reason))
        }
    }
}

/// No more than so many characters, and none that breaks a line.
fn cut(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(most).map(plain).collect()
}
