//! Schools, staff and classes as a student information system writes them: OneRoster 1.2 (or 1.1)
//! in CSV, bulk files alone.
//!
//! OneRoster speaks of teachers and administrators of the schools that it names, and of nobody
//! else: officers, custodians, the district's own people, and the staff of a campus that no school
//! of the files stands for, stay as they are. It certifies nobody (A3) and lists no student as a
//! person of the directory. All of it is taken or nothing.

mod classes;
mod people;
mod roles;
mod schools;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};

use jiff::civil::Date;
use lockstep_proto::directory::Directory;
use lockstep_proto::id::{CampusId, RoomId};

use super::table::{BadList, Columns, Row, rows};
use crate::roster::CampusRoster;

/// What is decided beside the files.
#[derive(Debug, Clone, Default)]
pub struct OneRosterAsked {
    /// Which campus a school is, by its `sourcedId`, where neither that nor its `identifier` is
    /// the campus's id.
    pub schools: BTreeMap<String, CampusId>,
    /// Schools that are no campus are passed over.
    pub ignore_other_schools: bool,
    /// Who administers one school and teaches at another is administrator of both.
    pub administrators_everywhere: bool,
}

/// What the files come to.
#[derive(Debug, Clone)]
pub struct OneRosterTaken {
    /// The directory with them.
    pub directory: Directory,
    /// The roster of each campus that they speak of, where they have classes at all.
    pub rosters: Option<BTreeMap<CampusId, CampusRoster>>,
    /// What was passed over or left, for whoever reads a dry run. It names no student.
    pub said: Vec<String>,
    /// Why it is not to be taken without another word, where it is not.
    pub asks: Option<String>,
}

/// The files of a set by name: `None` where it has no such file.
pub type OpenFile<'a> = &'a dyn Fn(&str) -> io::Result<Option<Box<dyn Read>>>;

/// Reads a set of files, and puts what it says in the place of what a directory has. `today` tells
/// whose role or place in a class has begun and not ended.
pub(super) fn read(
    open: OpenFile<'_>,
    asked: &OneRosterAsked,
    old: &Directory,
    today: Date,
) -> Result<OneRosterTaken, BadList> {
    let set = manifest(open)?;
    let mut asks = Vec::new();
    let schools = schools::read(&set, asked, old, &mut asks)?;
    let mut users = people::read(&set)?;
    let roles = roles::read(&set, &schools, &users, today)?;
    let classes = if set.has_classes {
        Some(classes::read(&set, &schools, &mut users, old, today)?)
    } else {
        None
    };
    let rooms = classes.as_ref().map(|read| &read.rooms);
    let mut staff = people::Staff {
        asked,
        schools: &schools,
        users: &users,
        rooms,
        old,
        said: Vec::new(),
    };
    let directory = staff.directory(&roles, &mut asks)?;
    let mut said = staff.said;
    said.extend(schools.said);
    said.extend(roles.said);
    let rosters = classes.map(|read| {
        said.extend(read.said);
        read.rosters
    });
    Ok(OneRosterTaken {
        directory,
        rosters,
        said,
        asks: (!asks.is_empty()).then(|| asks.join("; ")),
    })
}

/// Where something of the files stands, so that two of a kind can both be named.
type Line = u64;

/// What a district's teachers teach in, by `sourcedId`.
type RoomsOf = HashMap<String, BTreeSet<(CampusId, RoomId)>>;

/// A set whose manifest was read.
struct Set<'a> {
    open: OpenFile<'a>,
    /// Roles stand in `roles.csv`, as they do from 1.2 on. Before, in `users.csv`.
    has_roles: bool,
    has_classes: bool,
}

impl Set<'_> {
    fn rows(
        &self,
        columns: &'static Columns,
        take: impl FnMut(&Row<'_>) -> Result<(), BadList>,
    ) -> Result<(), BadList> {
        each_row(self.open, columns, take)
    }
}

fn each_row(
    open: OpenFile<'_>,
    columns: &'static Columns,
    take: impl FnMut(&Row<'_>) -> Result<(), BadList>,
) -> Result<(), BadList> {
    let file = open(columns.list).map_err(|why| columns.wrong(1, WHOLE, why.to_string()))?;
    let Some(file) = file else {
        return Err(columns.wrong(1, WHOLE, "there is no such file"));
    };
    rows(columns, file, take)
}

/// The column of what is wrong with a file or a row as such.
const WHOLE: &str = "(all)";

const MANIFEST: Columns = Columns {
    list: "manifest.csv",
    needed: &["propertyName", "value"],
    optional: &[],
    others: true,
    older: &[],
};

/// Reads what the set says of itself: its version, and how each file is written.
fn manifest(open: OpenFile<'_>) -> Result<Set<'_>, BadList> {
    let mut version = None;
    let mut bulk = BTreeSet::new();
    each_row(open, &MANIFEST, |row| {
        let (name, value) = (row.text("propertyName"), row.text("value"));
        if name == "oneroster.version" {
            if !["1.1", "1.2"].contains(&value) {
                let reason = format!("OneRoster `{value}` is not read; 1.1 and 1.2 are");
                return Err(row.wrong("value", reason));
            }
            version = Some((value == "1.2", row.line()));
        }
        let Some(file) = name.strip_prefix("file.") else {
            return Ok(());
        };
        match value {
            "bulk" => {
                bulk.insert(file.to_owned());
            }
            "absent" => {}
            "delta" if !READ.contains(&file) => {}
            "delta" => {
                let reason = format!("{file}.csv has changes alone: have it written in bulk");
                return Err(row.wrong("value", reason));
            }
            other => {
                let reason = format!("`{other}` is none of bulk, delta and absent");
                return Err(row.wrong("value", reason));
            }
        }
        Ok(())
    })?;
    let wrong = |line, reason: String| Err(MANIFEST.wrong(line, "value", reason));
    let Some((has_roles, line)) = version else {
        return wrong(1, "there is no row `oneroster.version`".to_owned());
    };
    let needed: &[&str] = if has_roles { &READ[..3] } else { &READ[..2] };
    if let Some(missing) = needed.iter().find(|file| !bulk.contains(**file)) {
        return wrong(line, format!("there is no bulk file {missing}.csv"));
    }
    let has = |file: &str| bulk.contains(file);
    if has("classes") != has("enrollments") {
        let reason = "classes.csv and enrollments.csv are there both or neither";
        return wrong(line, reason.to_owned());
    }
    Ok(Set {
        open,
        has_roles,
        has_classes: has("classes"),
    })
}

/// The files that are read. Courses and terms say nothing that a roster needs.
const READ: [&str; 5] = ["orgs", "users", "roles", "classes", "enrollments"];

/// Whether a row is to be gone.
fn is_gone(row: &Row<'_>) -> Result<bool, BadList> {
    match row.text("status") {
        "" | "active" => Ok(false),
        // `inactive` is what 1.0 wrote for it.
        "tobedeleted" | "inactive" => Ok(true),
        other => {
            let reason = format!("`{other}` is neither `active` nor `tobedeleted`");
            Err(row.wrong("status", reason))
        }
    }
}

/// The row's own id, which is never empty.
fn sourced_id<'a>(row: &'a Row<'_>) -> Result<&'a str, BadList> {
    needed(row, "sourcedId")
}

fn needed<'a>(row: &'a Row<'_>, column: &str) -> Result<&'a str, BadList> {
    match row.text(column) {
        "" => Err(row.wrong(column, "it is empty".to_owned())),
        text => Ok(text),
    }
}

/// Whether today is between a row's `beginDate` and `endDate`, as far as it has them.
fn is_now(row: &Row<'_>, today: Date) -> Result<bool, BadList> {
    let date = |column: &str| match row.text(column) {
        "" => Ok(None),
        _ => row.parsed::<Date>(column).map(Some),
    };
    let (begin, end) = (date("beginDate")?, date("endDate")?);
    Ok(begin.is_none_or(|begin| begin <= today) && end.is_none_or(|end| today <= end))
}

/// `3 users`, `1 user`.
fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

#[cfg(test)]
mod tests;
