//! A directory, and what changes in it, for people to read.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use lockstep_proto::directory::{Campus, CertificationChange, Directory, Person};
use lockstep_proto::id::{CampusId, PersonId};

/// The directory as a page of text.
#[must_use]
pub fn show(directory: &Directory) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, directory);
    out
}

fn write_all(out: &mut String, directory: &Directory) -> std::fmt::Result {
    let district = &directory.district;
    writeln!(out, "{} ({})", district.name, district.id)?;
    for (key, value) in district.policy.lines() {
        writeln!(out, "  {key:<32}{value}")?;
    }
    for campus in directory.campuses.values() {
        writeln!(out, "\n{} ({})", campus.name, campus.id)?;
        writeln!(out, "  {}, {}", campus.address, campus.time_zone)?;
        if let Some(coordinates) = campus.coordinates {
            writeln!(out, "  at {coordinates}")?;
        }
        for (agency, number) in &campus.numbers {
            writeln!(out, "  {}: {number}", agency.words())?;
        }
        for (id, zone) in &campus.zones {
            let rooms: Vec<String> = campus
                .rooms
                .iter()
                .filter(|(_, room)| room.zone == *id)
                .map(|(room, _)| room.to_string())
                .collect();
            writeln!(out, "  zone {id} ({}): {}", zone.name, rooms.join(", "))?;
        }
    }
    writeln!(out, "\nPeople")?;
    for (id, person) in &directory.people {
        writeln!(out, "  {}", person_line(id, person))?;
    }
    writeln!(out, "\nRoom devices")?;
    for (id, device) in &directory.devices {
        writeln!(
            out,
            "  {:<16} {}, {}",
            id.as_str(),
            device.campus,
            device.room
        )?;
    }
    Ok(())
}

fn person_line(id: &PersonId, person: &Person) -> String {
    let role = person.role.words();
    let mut line = format!("{:<16} {:<18} {role}", id.as_str(), person.name);
    if !person.campuses.is_empty() {
        let _ = write!(line, ", {}", names(&person.campuses));
    }
    if let Some(room) = &person.room {
        let _ = write!(line, ", room {room}");
    }
    if !person.may_lock_down.is_empty() {
        let _ = write!(line, ", may lock down {}", names(&person.may_lock_down));
    }
    if !person.addresses.is_empty() {
        let _ = write!(line, ", {}", person.addresses.join(", "));
    }
    if let Some(certification) = &person.certification {
        let _ = write!(line, ", certified by {}", certification.words());
    }
    line
}

fn names(campuses: &[CampusId]) -> String {
    let names: Vec<&str> = campuses.iter().map(CampusId::as_str).collect();
    names.join(", ")
}

/// What an import would change: `+` new, `-` gone, `~` changed.
#[must_use]
pub fn difference(old: Option<&Directory>, new: &Directory) -> String {
    let mut lines = Vec::new();
    let Some(old) = old else {
        lines.push(format!("+ district {}", new.district.id));
        compare(&mut lines, "campus", &BTreeMap::new(), &new.campuses, plain);
        compare(&mut lines, "person", &BTreeMap::new(), &new.people, plain);
        certified(&mut lines, &BTreeMap::new(), &new.people);
        compare(&mut lines, "device", &BTreeMap::new(), &new.devices, plain);
        return lines.join("\n") + "\n";
    };
    if old.district.name != new.district.name {
        lines.push(format!("~ district {}", new.district.id));
    }
    if old.district.policy != new.district.policy {
        lines.push(format!("~ policy of {}", new.district.id));
        let changes = old.district.policy.changes_to(&new.district.policy);
        lines.extend(
            changes
                .iter()
                .map(|change| format!("    {}", change.words())),
        );
    }
    compare(&mut lines, "campus", &old.campuses, &new.campuses, rooms);
    compare(&mut lines, "person", &old.people, &new.people, was_and_is);
    certified(&mut lines, &old.people, &new.people);
    compare(&mut lines, "device", &old.devices, &new.devices, plain);
    if lines.is_empty() {
        return "Nothing changes.\n".to_owned();
    }
    lines.join("\n") + "\n"
}

/// Whose certification comes, goes or is another, as the district's log will say it (A3).
fn certified(
    lines: &mut Vec<String>,
    old: &BTreeMap<PersonId, Person>,
    new: &BTreeMap<PersonId, Person>,
) {
    let changes = CertificationChange::between(old, new);
    lines.extend(changes.iter().map(|change| format!("~ {}", change.words())));
}

fn plain<K, V>(_: &K, _: &V, _: &V) -> Vec<String> {
    Vec::new()
}

/// A line of before and a line of now.
fn was_and_is(id: &PersonId, old: &Person, new: &Person) -> Vec<String> {
    let line = |word: &str, person: &Person| {
        let line = person_line(id, person);
        let said = line.strip_prefix(id.as_str()).unwrap_or(&line);
        format!("    {word} {}", said.trim_start())
    };
    vec![line("was", old), line("is ", new)]
}

fn rooms(_: &CampusId, old: &Campus, new: &Campus) -> Vec<String> {
    let mut lines = Vec::new();
    compare(&mut lines, "room", &old.rooms, &new.rooms, plain);
    lines.iter().map(|line| format!("    {line}")).collect()
}

/// `more` tells of each that changed what changed.
fn compare<K: Ord + Display, V: PartialEq>(
    lines: &mut Vec<String>,
    what: &str,
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
    more: impl Fn(&K, &V, &V) -> Vec<String>,
) {
    for (id, value) in new {
        match old.get(id) {
            None => lines.push(format!("+ {what} {id}")),
            Some(before) if before != value => {
                lines.push(format!("~ {what} {id}"));
                lines.extend(more(id, before, value));
            }
            Some(_) => {}
        }
    }
    for id in old.keys().filter(|id| !new.contains_key(*id)) {
        lines.push(format!("- {what} {id}"));
    }
}
