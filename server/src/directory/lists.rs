//! Lists of people, rooms and devices as a school's other systems write them: CSV (RFC 4180), with
//! the names of its columns in the first line.
//!
//! A list replaces what it lists, and everything else of the directory stays. Nothing of several is
//! taken where one is wrong anywhere.

use lockstep_proto::directory::{Certification, Device, Directory, Person, Room};
use lockstep_proto::id::{CampusId, RoomId};
use lockstep_proto::role::Role;

use super::check;
use super::table::{BadList, Columns, Row, rows};

/// What lists there are, as text.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Every person of the district.
    pub people: Option<String>,
    /// Every room of every campus.
    pub rooms: Option<String>,
    /// Every room's display.
    pub devices: Option<String>,
}

const PEOPLE: Columns = Columns {
    list: "the list of people",
    needed: &["id", "name", "role"],
    optional: &[
        "campuses",
        "room",
        "agency",
        "badge",
        "kind",
        "number",
        "full_time",
        "valid_until",
        "addresses",
        "may_lock_down",
    ],
    others: false,
    older: &[("certificate", "number")],
};
/// Those that make a certification. Whoever has one has all of them, and may have a kind beside.
const CERTIFIED: [&str; 5] = ["agency", "badge", "number", "full_time", "valid_until"];
const ROOMS: Columns = Columns {
    list: "the list of rooms",
    needed: &["campus", "id", "name", "zone"],
    optional: &[],
    others: false,
    older: &[],
};
const DEVICES: Columns = Columns {
    list: "the list of devices",
    needed: &["id", "campus", "room"],
    optional: &[],
    others: false,
    older: &[],
};

/// Puts lists in the place of what a directory has.
pub(super) fn put(lists: &Lists, directory: &mut Directory) -> Result<(), BadList> {
    // In this order: a person and a device stand in a room.
    if let Some(text) = &lists.rooms {
        put_rooms(text, directory)?;
    }
    if let Some(text) = &lists.people {
        put_people(text, directory)?;
    }
    if let Some(text) = &lists.devices {
        put_devices(text, directory)?;
    }
    Ok(())
}

/// What no row is to blame for: a room that is gone while somebody stands in it, a campus without
/// an administrator.
pub(super) fn is_whole(directory: &Directory) -> Result<(), String> {
    for (id, person) in &directory.people {
        // What two people vouched for on scene is no list's, and stays.
        let mut person = person.clone();
        if let Some(certification) = &mut person.certification {
            certification.on_scene = None;
        }
        check::person(directory, id, &person).map_err(|wrong| wrong.reason)?;
    }
    for (id, device) in &directory.devices {
        check::device(directory, id, device).map_err(|wrong| wrong.reason)?;
    }
    for campus in directory.campuses.values() {
        check::campus(campus)?;
    }
    check::whole(directory)
}

fn put_rooms(text: &str, directory: &mut Directory) -> Result<(), BadList> {
    for campus in directory.campuses.values_mut() {
        campus.rooms.clear();
    }
    rows(&ROOMS, text.as_bytes(), |row| {
        let at: CampusId = row.parsed("campus")?;
        let id: RoomId = row.parsed("id")?;
        let name = row.text("name").to_owned();
        let zone = row.parsed("zone")?;
        let room = Room { name, zone };
        let Some(campus) = directory.campuses.get_mut(&at) else {
            return Err(row.wrong("campus", format!("there is no campus `{at}`")));
        };
        check::room(campus, &id, &room).map_err(|wrong| row.blamed(wrong))?;
        if campus.rooms.insert(id.clone(), room).is_some() {
            return Err(row.wrong("id", format!("there are two rooms `{id}` on {at}")));
        }
        Ok(())
    })
}

fn put_people(text: &str, directory: &mut Directory) -> Result<(), BadList> {
    directory.people.clear();
    rows(&PEOPLE, text.as_bytes(), |row| {
        let (id, person) = (row.parsed("id")?, person_of(row)?);
        check::person(directory, &id, &person).map_err(|wrong| row.blamed(wrong))?;
        if directory.people.insert(id.clone(), person).is_some() {
            return Err(row.wrong("id", format!("there are two people `{id}`")));
        }
        Ok(())
    })
}

fn person_of(row: &Row<'_>) -> Result<Person, BadList> {
    let role = row.text("role");
    // A device's and the shell's are no person's.
    let people = || {
        Role::ALL
            .into_iter()
            .filter(|role| !matches!(role, Role::Room | Role::Operator))
    };
    let Some(role) = people().find(|known| known.as_str() == role) else {
        let all: Vec<&str> = people().map(Role::as_str).collect();
        let reason = format!("there is no role `{role}`; use one of {}", all.join(", "));
        return Err(row.wrong("role", reason));
    };
    let room = row.text("room");
    let room = (!room.is_empty()).then(|| row.parsed("room")).transpose()?;
    Ok(Person {
        name: row.text("name").to_owned(),
        role,
        campuses: row.several("campuses")?,
        room,
        certification: certification_of(row)?,
        may_lock_down: row.several("may_lock_down")?,
        addresses: row.several("addresses")?,
    })
}

fn certification_of(row: &Row<'_>) -> Result<Option<Certification>, BadList> {
    let kind = row.text("kind");
    let has_none = CERTIFIED.iter().all(|column| row.text(column).is_empty());
    if has_none && kind.is_empty() {
        return Ok(None);
    }
    if let Some(empty) = CERTIFIED.iter().find(|column| row.text(column).is_empty()) {
        let reason = format!("a certification has all of {}", CERTIFIED.join(", "));
        return Err(row.wrong(empty, reason));
    }
    let full_time = match row.text("full_time") {
        "yes" | "true" => true,
        "no" | "false" => false,
        other => {
            let reason = format!("`{other}` is neither `yes` nor `no`");
            return Err(row.wrong("full_time", reason));
        }
    };
    Ok(Some(Certification {
        agency: row.text("agency").to_owned(),
        badge: row.text("badge").to_owned(),
        kind: (!kind.is_empty()).then(|| kind.to_owned()),
        number: row.text("number").to_owned(),
        full_time,
        valid_until: row.parsed("valid_until")?,
        on_scene: None,
    }))
}

fn put_devices(text: &str, directory: &mut Directory) -> Result<(), BadList> {
    directory.devices.clear();
    rows(&DEVICES, text.as_bytes(), |row| {
        let id = row.parsed("id")?;
        let (campus, room) = (row.parsed("campus")?, row.parsed("room")?);
        let device = Device { campus, room };
        check::device(directory, &id, &device).map_err(|wrong| row.blamed(wrong))?;
        if directory.devices.insert(id.clone(), device).is_some() {
            return Err(row.wrong("id", format!("there are two devices `{id}`")));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;
    use crate::directory::demo;

    const STAFF: &str = "\
id,name,role,campuses,room,agency,badge,kind,number,full_time,valid_until,addresses
ana.ruiz,Ana Ruiz,administrator,north-high,,,,,,,,tel:+15555550101
bea.long,\"Long, Bea\",administrator,river-middle;oak-elementary,,,,,,,,
sam.cole,Sam Cole,sro,north-high river-middle,,Maple Valley PD,114,peace officer,LE-1,yes,2031-06-30,
joy.adams,Joy Adams,staff,north-high,n101,,,,,,,
pat.moore,Pat Moore,superintendent,,,,,,,,,
";

    fn people(text: &str) -> Result<Directory, BadList> {
        let mut directory = demo().unwrap();
        let lists = Lists {
            people: Some(text.to_owned()),
            ..Lists::default()
        };
        put(&lists, &mut directory)?;
        Ok(directory)
    }

    #[test]
    fn a_list_of_people_replaces_the_people_and_nothing_else() {
        let old = demo().unwrap();
        let new = people(STAFF).unwrap();
        assert_eq!(new.people.len(), 5);
        assert_eq!(new.campuses, old.campuses);
        assert_eq!(new.devices, old.devices);
        let sam = &new.people[&"sam.cole".parse().unwrap()];
        let on = sam.certification.as_ref().unwrap();
        assert!(on.full_time);
        assert_eq!(on.kind.as_deref(), Some("peace officer"));
        assert_eq!(sam.campuses.len(), 2);
        // A list of before that has no such column.
        let before = "id,name,role,campuses,agency,badge,certificate,full_time,valid_until\n\
                      sam.cole,Sam Cole,sro,north-high,PD,114,LE-1,yes,2031-06-30\n";
        let sam = &people(before).unwrap().people[&"sam.cole".parse().unwrap()];
        let on = sam.certification.as_ref().unwrap();
        assert_eq!((&*on.number, &on.kind), ("LE-1", &None));
        assert_eq!(new.people[&"bea.long".parse().unwrap()].name, "Long, Bea");
        // As a spreadsheet saves it.
        let saved = format!("\u{feff}{}", STAFF.replace('\n', "\r\n"));
        assert_eq!(people(&saved).unwrap(), new);
    }

    #[test]
    fn a3_a_bad_list_names_line_column_and_reason() {
        for (from, to, line, column, says) in [
            ("sro,", "sheriff,", 4, "role", "no role `sheriff`"),
            (
                "Maple Valley PD,114,peace officer,LE-1,yes,2031-06-30",
                ",,,,,",
                4,
                "role",
                "certification",
            ),
            ("114,", ",", 4, "badge", "all of"),
            ("n101,,,", "n101,,,peace officer", 5, "agency", "all of"),
            ("peace officer", &"x".repeat(101), 4, "kind", "1 to 100"),
            ("yes,2031", "perhaps,2031", 4, "full_time", "neither"),
            ("2031-06-30", "30/6/2031", 4, "valid_until", "30/6/2031"),
            (
                "north-high,n101",
                "north-high,n999",
                5,
                "room",
                "no room `n999`",
            ),
            (
                "staff,north-high",
                "staff,lake",
                5,
                "campuses",
                "no campus `lake`",
            ),
            (
                "staff,north-high",
                "staff,",
                5,
                "campuses",
                "serves no campus",
            ),
            ("joy.adams", "Joy Adams", 5, "id", "not a valid id"),
            ("joy.adams", "ana.ruiz", 5, "id", "two people"),
            ("Joy Adams,", ",", 5, "name", "1 to 200"),
            ("tel:+15555550101", "call me", 2, "addresses", "no address"),
            ("id,name", "id,nmae", 1, "nmae", "not known"),
            ("id,name,role", "id,id,role", 1, "id", "twice"),
            ("id,name,role", "name,role,room", 1, "room", "twice"),
            (
                "pat.moore,Pat",
                "pat.moore,x,Pat",
                6,
                "(the whole row)",
                "not as many cells",
            ),
        ] {
            assert!(STAFF.contains(from), "{from}");
            let bad = people(&STAFF.replacen(from, to, 1)).unwrap_err();
            println!("{bad}");
            assert_eq!((bad.line, &*bad.column), (line, column), "{to}: {bad}");
            assert!(bad.reason.contains(says), "{to}: {bad}");
        }
        // What a list calls the number is what a refusal calls it, and it has one name there.
        let older = STAFF.replacen(",number,", ",certificate,", 1);
        let bad = people(&older.replacen("LE-1", "", 1)).unwrap_err();
        assert_eq!(bad.column, "certificate", "{bad}");
        let bad = people(&older.replacen(",kind,", ",number,", 1)).unwrap_err();
        assert!(bad.reason.contains("twice"), "{bad}");
        let head = STAFF.lines().next().unwrap();
        assert!(people(head).unwrap_err().reason.contains("no row"));
        assert!(people("").unwrap_err().reason.contains("missing"));
        assert_eq!(people("id,role\nx,staff\n").unwrap_err().column, "name");
    }

    #[test]
    fn rooms_and_devices_are_checked_against_each_other() {
        let mut directory = demo().unwrap();
        let rooms = "campus,id,name,zone\n\
            north-high,n101,Room 101,a-wing\nriver-middle,r1,Room 1,main\noak-elementary,o1,Room 1,main\n";
        let zones = |campus: &str| {
            let campus = &demo().unwrap().campuses[&campus.parse().unwrap()];
            campus.zones.keys().next().unwrap().to_string()
        };
        let rooms = rooms
            .replace("1,main\no", &format!("1,{}\no", zones("river-middle")))
            .replace("1,main\n", &format!("1,{}\n", zones("oak-elementary")));
        let lists = Lists {
            rooms: Some(rooms),
            ..Lists::default()
        };
        put(&lists, &mut directory).unwrap();
        // Somebody teaches, and a display hangs, in a room that is gone.
        assert!(is_whole(&directory).unwrap_err().contains("no room"));
        directory
            .people
            .values_mut()
            .for_each(|person| person.room = None);
        assert!(is_whole(&directory).unwrap_err().contains("device"));
        let lists = Lists {
            devices: Some("id,campus,room\nd1,north-high,n101\n".to_owned()),
            ..Lists::default()
        };
        put(&lists, &mut directory).unwrap();
        is_whole(&directory).unwrap();

        let again = Lists {
            devices: Some("id,campus,room\nd1,north-high,n102\n".to_owned()),
            ..Lists::default()
        };
        let bad = put(&again, &mut directory).unwrap_err();
        assert_eq!(
            (bad.list, bad.line, &*bad.column),
            ("the list of devices", 2, "room")
        );
    }
}
