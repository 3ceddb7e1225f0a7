//! Users, and which of them are people of the directory.

use std::collections::{BTreeMap, HashMap};

use lockstep_proto::directory::{Directory, Person};
use lockstep_proto::id::{CampusId, PersonId, RoomId};
use lockstep_proto::merkle::Hash;
use lockstep_proto::role::Role;
use sha2::{Digest as _, Sha256};

use super::super::check;
use super::super::table::{BadList, Columns, Row};
use super::roles::{Roles, RolesOf};
use super::schools::Schools;
use super::{Line, OneRosterAsked, RoomsOf, Set, is_gone, sourced_id};

/// In 1.1 it has the roles, too.
pub(super) const USERS: Columns = Columns {
    list: "users.csv",
    needed: &["sourcedId", "givenName", "familyName"],
    optional: &[
        "status",
        "enabledUser",
        "preferredGivenName",
        "preferredFamilyName",
        "role",
        "orgSourcedIds",
    ],
    others: true,
    older: &[],
};

/// One user.
pub(super) struct User {
    pub(super) line: Line,
    pub(super) name: String,
    enabled: bool,
    /// Their place among a campus's students, once a class has them.
    pub(super) listed: Vec<(CampusId, u32)>,
}

/// Every user, by `sourcedId`: `None` for one that is to be gone.
pub(super) struct Users(HashMap<String, Option<User>>);

impl Users {
    /// A user whom a row names, if they are not to be gone.
    pub(super) fn named(
        &mut self,
        row: &Row<'_>,
        column: &str,
        id: &str,
    ) -> Result<Option<&mut User>, BadList> {
        match self.0.get_mut(id) {
            Some(user) => Ok(user.as_mut()),
            None => Err(unknown(row, column, id)),
        }
    }

    /// The id of a user whom a row names, if they are not to be gone and may sign in.
    pub(super) fn enabled<'a>(
        &self,
        row: &Row<'_>,
        column: &str,
        id: &'a str,
    ) -> Result<Option<&'a str>, BadList> {
        match self.0.get(id) {
            Some(Some(user)) if user.enabled => Ok(Some(id)),
            Some(_) => Ok(None),
            None => Err(unknown(row, column, id)),
        }
    }
}

fn unknown(row: &Row<'_>, column: &str, id: &str) -> BadList {
    row.wrong(column, format!("there is no `{id}` in users.csv"))
}

pub(super) fn read(set: &Set<'_>) -> Result<Users, BadList> {
    let mut users = HashMap::new();
    let mut lines: HashMap<String, Line> = HashMap::new();
    set.rows(&USERS, |row| {
        let id = sourced_id(row)?;
        if let Some(before) = lines.insert(id.to_owned(), row.line()) {
            let reason = format!("`{id}` stands on line {before} as well");
            return Err(row.wrong("sourcedId", reason));
        }
        let user = if is_gone(row)? {
            None
        } else {
            Some(User {
                line: row.line(),
                name: name_of(row)?,
                enabled: enabled(row)?,
                listed: Vec::new(),
            })
        };
        users.insert(id.to_owned(), user);
        Ok(())
    })?;
    Ok(Users(users))
}

fn enabled(row: &Row<'_>) -> Result<bool, BadList> {
    match row.text("enabledUser").to_ascii_lowercase().as_str() {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        other => {
            let reason = format!("`{other}` is neither `true` nor `false`");
            Err(row.wrong("enabledUser", reason))
        }
    }
}

/// As people call them.
fn name_of(row: &Row<'_>) -> Result<String, BadList> {
    let either = |preferred: &str, given: &str| match row.text(preferred) {
        "" => row.text(given).to_owned(),
        text => text.to_owned(),
    };
    let given = either("preferredGivenName", "givenName");
    let family = either("preferredFamilyName", "familyName");
    let name = format!("{given} {family}").trim().to_owned();
    let length = name.chars().count();
    if length == 0 || length > crate::roster::NAME_MAX || name.chars().any(char::is_control) {
        // The name itself is not said: it may be a student's.
        let reason = format!(
            "a name has 1 to {} characters, and no line break",
            crate::roster::NAME_MAX
        );
        return Err(row.wrong("familyName", reason));
    }
    Ok(name)
}

/// The id of a person: the `sourcedId` where that is one, or else a readable rest of it and what
/// it hashes to, so that it is the same each night and no other's.
pub(super) fn person_id(sourced: &str) -> Option<PersonId> {
    if let Ok(id) = sourced.parse() {
        return Some(id);
    }
    let readable: String = sourced
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    let hash = Sha256::new()
        .chain_update(b"lockstep oneroster v1\0")
        .chain_update(sourced)
        .finalize();
    let hash = Hash(hash.into()).to_string();
    let dash = if readable.is_empty() { "" } else { "-" };
    PersonId::new(format!("{readable}{dash}{}", hash.get(..16)?)).ok()
}

/// What makes staff of users.
pub(super) struct Staff<'a> {
    pub(super) asked: &'a OneRosterAsked,
    pub(super) schools: &'a Schools,
    pub(super) users: &'a Users,
    pub(super) rooms: Option<&'a RoomsOf>,
    pub(super) old: &'a Directory,
    pub(super) said: Vec<String>,
}

impl Staff<'_> {
    /// The directory, with those who work at the schools in the place of those who did.
    pub(super) fn directory(
        &mut self,
        roles: &Roles,
        asks: &mut Vec<String>,
    ) -> Result<Directory, BadList> {
        let mut new = self.old.clone();
        new.people = self.whom_they_do_not_speak_of();
        let mut taken: BTreeMap<PersonId, Line> = BTreeMap::new();
        let mut mixed = Vec::new();
        for (sourced, of) in &roles.of {
            let wrong = |column: &str, reason| roles.columns.wrong(of.line, column, reason);
            let column = roles.columns.needed.first().copied().unwrap_or_default();
            let id = person_id(sourced)
                .ok_or_else(|| wrong(column, format!("no id comes of `{sourced}`")))?;
            if let Some(before) = taken.insert(id.clone(), of.line) {
                let reason = format!("they come to be `{id}`, and so does who is on line {before}");
                return Err(wrong(column, reason));
            }
            let Some(Some(user)) = self.users.0.get(sourced) else {
                continue;
            };
            if let Some(other) = self.old.people.get(&id).filter(|old| !is_theirs(old)) {
                let role = other.role.words();
                self.said
                    .push(format!("= person {id} is {role} here, and stays"));
                continue;
            }
            let (person, is_mixed) = self.person(&id, user.name.clone(), of, sourced);
            if is_mixed {
                mixed.push(id.to_string());
            }
            let mut checked = person.clone();
            checked.certification = None;
            check::person(&new, &id, &checked).map_err(|bad| {
                let column = if bad.field == "name" {
                    "familyName"
                } else {
                    bad.field
                };
                super::people::USERS.wrong(user.line, column, bad.reason)
            })?;
            new.people.insert(id, person);
        }
        if !mixed.is_empty() && !self.asked.administrators_everywhere {
            asks.push(format!(
                "{} would be administrator of one school and teach at another, and here a person \
                 has one role: where they may be administrator of both, --administrators-everywhere",
                mixed.join(", ")
            ));
        }
        Ok(new)
    }

    /// Everybody but the staff of the schools; of those who also serve a campus that the files do
    /// not speak of, what they are there.
    fn whom_they_do_not_speak_of(&self) -> BTreeMap<PersonId, Person> {
        let left = |(id, person): (&PersonId, &Person)| {
            let mut person = person.clone();
            if is_theirs(&person) {
                person.campuses = self.unspoken(&person);
                self.keep_room(&mut person);
            }
            (!is_theirs(&person) || !person.campuses.is_empty()).then(|| (id.clone(), person))
        };
        self.old.people.iter().filter_map(left).collect()
    }

    /// The campuses of a person that the files do not speak of.
    fn unspoken(&self, person: &Person) -> Vec<CampusId> {
        let mut campuses = person.campuses.clone();
        campuses.retain(|campus| !self.schools.spoken_of.contains(campus));
        campuses
    }

    /// A person, and whether they are administrator of some of their campuses alone.
    fn person(&self, id: &PersonId, name: String, of: &RolesOf, sourced: &str) -> (Person, bool) {
        let old = self.old.people.get(id);
        let unspoken = old.map(|old| self.unspoken(old)).unwrap_or_default();
        let mut serves = of.serves.clone();
        let mut administers = of.administers.clone();
        if old.is_some_and(|old| old.role == Role::Administrator) {
            administers.extend(unspoken.iter().cloned());
        }
        serves.extend(unspoken);
        let role = if administers.is_empty() {
            Role::Staff
        } else {
            Role::Administrator
        };
        let is_mixed = !administers.is_empty() && administers != serves;
        let mut person = Person {
            name,
            role,
            campuses: serves.into_iter().collect(),
            room: self.one_room(sourced),
            certification: old.and_then(|old| old.certification.clone()),
            may_lock_down: Vec::new(),
            addresses: old.map(|old| old.addresses.clone()).unwrap_or_default(),
        };
        // The order of before is no change.
        if let Some(old) = old {
            let (mut before, mut now) = (old.campuses.clone(), person.campuses.clone());
            before.sort();
            now.sort();
            if before == now {
                person.campuses.clone_from(&old.campuses);
            }
            if person.room.is_none() {
                person.room.clone_from(&old.room);
            }
        }
        self.keep_room(&mut person);
        (person, is_mixed)
    }

    /// The room that somebody teaches in, where all their classes are in one.
    fn one_room(&self, sourced: &str) -> Option<RoomId> {
        let rooms = self.rooms?.get(sourced)?;
        let mut rooms = rooms.iter();
        let (_, room) = rooms.next()?;
        rooms.next().is_none().then(|| room.clone())
    }

    /// Nobody keeps a room on a campus that is not theirs any more.
    fn keep_room(&self, person: &mut Person) {
        let campuses = &self.old.campuses;
        let is_there = |room: &RoomId| {
            let theirs = person.campuses.iter().filter_map(|id| campuses.get(id));
            theirs
                .into_iter()
                .any(|campus| campus.rooms.contains_key(room))
        };
        if !person.room.as_ref().is_some_and(is_there) {
            person.room = None;
        }
    }
}

/// Whom OneRoster speaks of: teachers and administrators.
fn is_theirs(person: &Person) -> bool {
    match person.role {
        Role::Administrator | Role::Staff => true,
        Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Chief
        | Role::Director
        | Role::Superintendent
        | Role::Monitor
        | Role::Room
        | Role::Operator => false,
    }
}
