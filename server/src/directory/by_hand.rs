//! One change by hand: what a directory is with it, and what stands by hand when a list comes that
//! does not know it.

use std::collections::BTreeSet;

use lockstep_proto::by_hand::{ByHand, DirectoryChange, DirectoryEdit, PersonTold};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::directory::{
    Campus, Certification, Device, Directory, DirectoryAct, Person, Room,
};
use lockstep_proto::id::{CampusId, DeviceId, PersonId, Principal, RoomId};

use super::lists;
use crate::journal::Thing;

/// The longest name, agency, badge, kind or certification number, in characters.
const LINE_MAX: usize = 100;
/// The most displays of one campus by hand: two for each room that one may have.
pub(crate) const DISPLAYS_MAX: usize = 2_000;

/// A change, worked out.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    /// The directory with it.
    pub(crate) directory: Directory,
    /// What is put or goes.
    pub(crate) thing: Thing,
    /// What is told of it.
    pub(crate) edit: DirectoryEdit,
    /// Whom or what it is about, where that can sign in.
    pub(crate) principal: Option<Principal>,
}

/// What somebody does to the directory who asks for this: for the rules to judge.
#[must_use]
pub(crate) fn act(old: &Directory, change: &DirectoryChange) -> DirectoryAct {
    let put = |id: Option<&PersonId>, after: Option<&Person>| DirectoryAct::PutPerson {
        id: id.cloned(),
        before: id.and_then(|id| old.people.get(id)).cloned().map(Box::new),
        after: after.cloned().map(Box::new),
    };
    let place = |campus: &CampusId, stands| DirectoryAct::PutPlace {
        campus: campus.clone(),
        stands,
    };
    match change {
        DirectoryChange::AddPerson { person } => put(None, Some(person)),
        // Whoever is not there is nobody, whatever they were to be.
        DirectoryChange::ChangePerson { id, person } => {
            put(Some(id), old.people.get(id).map(|_| person))
        }
        DirectoryChange::RemovePerson { id } => put(Some(id), None),
        DirectoryChange::PutRoom { campus, id, .. } => {
            let of = old.campuses.get(campus);
            place(campus, of.is_some_and(|of| of.rooms.contains_key(id)))
        }
        DirectoryChange::RemoveRoom { campus, .. } => place(campus, true),
        DirectoryChange::AddDisplay { campus, .. } => place(campus, false),
        // One that is not there hangs on no campus of theirs, and so does another's.
        DirectoryChange::RemoveDisplay { id } => match old.devices.get(id) {
            Some(device) => place(&device.campus, true),
            None => put(None, None),
        },
    }
}

/// Works a change out. `new_id` makes the end of an id that nobody has.
pub(crate) fn changed(
    old: &Directory,
    change: &DirectoryChange,
    new_id: impl Fn(&str) -> Result<String, Refusal>,
) -> Result<Changed, Refusal> {
    let mut new = old.clone();
    let (thing, edit, principal) = match change {
        DirectoryChange::AddPerson { person } => {
            let id = PersonId::new(new_id(&person.name)?).map_err(|_| Code::Fault)?;
            put_person(&mut new, &id, person)?
        }
        DirectoryChange::ChangePerson { id, person } => put_person(&mut new, id, person)?,
        DirectoryChange::RemovePerson { id } => drop_person(&mut new, id)?,
        DirectoryChange::PutRoom { campus, id, room } => put_room(&mut new, campus, id, room)?,
        DirectoryChange::RemoveRoom { campus, id } => drop_room(&mut new, campus, id)?,
        DirectoryChange::AddDisplay { campus, room } => {
            let id = DeviceId::new(new_id(room.as_str())?).map_err(|_| Code::Fault)?;
            hang(&mut new, &id, campus, room)?
        }
        DirectoryChange::RemoveDisplay { id } => take_down(&mut new, id)?,
    };
    // What stood before is as whole as when it was taken.
    lists::is_whole(&new).map_err(bad)?;
    Ok(Changed {
        directory: new,
        thing,
        edit,
        principal,
    })
}

type Worked = Result<(Thing, DirectoryEdit, Option<Principal>), Refusal>;

fn bad(why: String) -> Refusal {
    Refusal::new(Code::BadFrame).because(format!("{why}."))
}

fn unknown() -> Refusal {
    Code::UnknownThing.into()
}

fn put_person(new: &mut Directory, id: &PersonId, entered: &Person) -> Worked {
    let before = new.people.get(id).cloned();
    let stands = before.as_ref().and_then(|old| old.certification.as_ref());
    let mut once = BTreeSet::new();
    let mut campuses = entered.campuses.clone();
    campuses.retain(|campus| once.insert(campus.clone()));
    let person = Person {
        name: line("the name", &entered.name, LINE_MAX)?,
        campuses,
        certification: match entered.certification.as_ref() {
            Some(new) if Some(new) != stands => Some(certification(new)?),
            same => same.cloned(),
        },
        ..entered.clone()
    };
    let after = Box::new(PersonTold::from(&person));
    let edit = match &before {
        None => {
            new.district.by_hand.people.insert(id.clone());
            DirectoryEdit::PersonAdded {
                person: id.clone(),
                after,
            }
        }
        Some(old) => DirectoryEdit::PersonChanged {
            person: id.clone(),
            before: Box::new(old.into()),
            after,
            addresses: old.addresses != person.addresses,
        },
    };
    new.people.insert(id.clone(), person.clone());
    let thing = Thing::Person(id.clone(), Some(Box::new(person)));
    Ok((thing, edit, Some(Principal::Person(id.clone()))))
}

fn drop_person(new: &mut Directory, id: &PersonId) -> Worked {
    let before = new.people.remove(id).ok_or_else(unknown)?;
    new.district.by_hand.people.remove(id);
    let edit = DirectoryEdit::PersonRemoved {
        person: id.clone(),
        before: Box::new((&before).into()),
    };
    let principal = Principal::Person(id.clone());
    Ok((Thing::Person(id.clone(), None), edit, Some(principal)))
}

fn campus_of<'a>(new: &'a mut Directory, campus: &CampusId) -> Result<&'a mut Campus, Refusal> {
    new.campuses
        .get_mut(campus)
        .ok_or_else(|| Code::UnknownCampus.into())
}

fn put_room(new: &mut Directory, campus: &CampusId, id: &RoomId, entered: &Room) -> Worked {
    let room = Room {
        name: line("the name", &entered.name, LINE_MAX)?,
        zone: entered.zone.clone(),
    };
    let of = campus_of(new, campus)?;
    let was = of.rooms.insert(id.clone(), room.clone());
    let thing = Thing::Campus(Box::new(of.clone()));
    if was.is_none() {
        let by_hand = &mut new.district.by_hand.rooms;
        by_hand.insert((campus.clone(), id.clone()));
    }
    let edit = DirectoryEdit::RoomPut {
        campus: campus.clone(),
        room: id.clone(),
        name: room.name,
        zone: room.zone,
        was: was.map(|was| was.name),
    };
    Ok((thing, edit, None))
}

fn drop_room(new: &mut Directory, campus: &CampusId, id: &RoomId) -> Worked {
    let of = campus_of(new, campus)?;
    let room = of.rooms.remove(id).ok_or_else(unknown)?;
    let thing = Thing::Campus(Box::new(of.clone()));
    let by_hand = &mut new.district.by_hand.rooms;
    by_hand.remove(&(campus.clone(), id.clone()));
    let edit = DirectoryEdit::RoomRemoved {
        campus: campus.clone(),
        room: id.clone(),
        name: room.name,
    };
    Ok((thing, edit, None))
}

fn hang(new: &mut Directory, id: &DeviceId, campus: &CampusId, room: &RoomId) -> Worked {
    if !campus_of(new, campus)?.rooms.contains_key(room) {
        return Err(unknown());
    }
    let here = new.devices.values().filter(|of| of.campus == *campus);
    if here.count() >= DISPLAYS_MAX {
        return Err(bad(format!(
            "a campus has at most {DISPLAYS_MAX} displays by hand"
        )));
    }
    let device = Device {
        campus: campus.clone(),
        room: room.clone(),
    };
    new.devices.insert(id.clone(), device.clone());
    new.district.by_hand.devices.insert(id.clone());
    let edit = DirectoryEdit::DisplayAdded {
        display: id.clone(),
        campus: campus.clone(),
        room: room.clone(),
    };
    let principal = Principal::Device(id.clone());
    Ok((
        Thing::Device(id.clone(), Some(device)),
        edit,
        Some(principal),
    ))
}

fn take_down(new: &mut Directory, id: &DeviceId) -> Worked {
    let device = new.devices.remove(id).ok_or_else(unknown)?;
    new.district.by_hand.devices.remove(id);
    let edit = DirectoryEdit::DisplayRemoved {
        display: id.clone(),
        campus: device.campus,
        room: device.room,
    };
    let principal = Principal::Device(id.clone());
    Ok((Thing::Device(id.clone(), None), edit, Some(principal)))
}

/// One line that somebody typed.
pub(crate) fn line(what: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let sane = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if sane {
        Ok(text.to_owned())
    } else {
        Err(bad(format!(
            "{what} must have 1 to {max} characters, on one line"
        )))
    }
}

/// The same where it may be left out.
pub(crate) fn optional_line(
    what: &str,
    text: Option<&str>,
    max: usize,
) -> Result<Option<String>, Refusal> {
    text.map(|text| line(what, text, max)).transpose()
}

fn certification(entered: &Certification) -> Result<Certification, Refusal> {
    Ok(Certification {
        agency: line("agency", &entered.agency, LINE_MAX)?,
        badge: line("badge", &entered.badge, LINE_MAX)?,
        kind: optional_line("kind", entered.kind.as_deref(), LINE_MAX)?,
        number: line("number", &entered.number, LINE_MAX)?,
        ..entered.clone()
    })
}

/// Which lists came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    pub(super) people: bool,
    pub(super) rooms: bool,
    pub(super) devices: bool,
}

/// Leaves what stands by hand where a list came that does not know it; what a list knows is the
/// list's from then on. Answers what was left, as people say it.
pub(super) fn keep(old: &Directory, new: &mut Directory, came: Came) -> Vec<String> {
    let mut left = Vec::new();
    let mut kept = ByHand::default();
    for (at, id) in &old.district.by_hand.rooms {
        let listed = came.rooms && has_room(new, at, id);
        if !listed && keep_room(old, new, at, id, &mut left) {
            kept.rooms.insert((at.clone(), id.clone()));
        }
    }
    for id in &old.district.by_hand.people {
        let listed = came.people && new.people.contains_key(id);
        if !listed && keep_person(old, new, id, &mut left) {
            kept.people.insert(id.clone());
        }
    }
    for id in &old.district.by_hand.devices {
        let listed = came.devices && new.devices.contains_key(id);
        if !listed && keep_device(old, new, id, &mut left) {
            kept.devices.insert(id.clone());
        }
    }
    new.district.by_hand = kept;
    left
}

fn has_room(directory: &Directory, at: &CampusId, id: &RoomId) -> bool {
    let of = directory.campuses.get(at);
    of.is_some_and(|of| of.rooms.contains_key(id))
}

fn keep_room(
    old: &Directory,
    new: &mut Directory,
    at: &CampusId,
    id: &RoomId,
    left: &mut Vec<String>,
) -> bool {
    if has_room(new, at, id) {
        return true;
    }
    let stood = old.campuses.get(at).and_then(|of| of.rooms.get(id));
    let (Some(room), Some(of)) = (stood, new.campuses.get_mut(at)) else {
        return false;
    };
    if !of.zones.contains_key(&room.zone) {
        return false;
    }
    of.rooms.insert(id.clone(), room.clone());
    left.push(format!("room {id} of {at}"));
    true
}

fn keep_person(
    old: &Directory,
    new: &mut Directory,
    id: &PersonId,
    left: &mut Vec<String>,
) -> bool {
    if new.people.contains_key(id) {
        return true;
    }
    let Some(person) = old.people.get(id) else {
        return false;
    };
    let mut served = person.campuses.iter().chain(&person.may_lock_down);
    if !served.all(|campus| new.campuses.contains_key(campus)) {
        return false;
    }
    let mut person = person.clone();
    let room = person.room.take();
    person.room = room.filter(|room| person.campuses.iter().any(|at| has_room(new, at, room)));
    new.people.insert(id.clone(), person);
    left.push(format!("person {id}"));
    true
}

fn keep_device(
    old: &Directory,
    new: &mut Directory,
    id: &DeviceId,
    left: &mut Vec<String>,
) -> bool {
    if new.devices.contains_key(id) {
        return true;
    }
    let stood = old.devices.get(id);
    let Some(device) = stood.filter(|of| has_room(new, &of.campus, &of.room)) else {
        return false;
    };
    new.devices.insert(id.clone(), device.clone());
    left.push(format!("display {id}"));
    true
}

/// Whether a page of the directory tells of somebody to who answers for these campuses.
pub(crate) fn is_of(person: &Person, campus: &CampusId) -> bool {
    !person.role.serves_the_district() && person.campuses.contains(campus)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]
    use lockstep_proto::by_hand::DirectoryChange;
    use lockstep_proto::role::Role;

    use super::super::{Lists, demo, parse, with_lists};
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn person(name: &str, role: Role) -> Person {
        Person {
            name: name.to_owned(),
            role,
            campuses: vec![id("north-high")],
            room: None,
            certification: None,
            may_lock_down: Vec::new(),
            addresses: Vec::new(),
        }
    }

    fn with(old: &Directory, change: &DirectoryChange) -> Result<Changed, Refusal> {
        changed(old, change, |of| Ok(format!("new-{}", of.len())))
    }

    fn add(name: &str, role: Role) -> DirectoryChange {
        DirectoryChange::AddPerson {
            person: person(name, role),
        }
    }

    fn studio(zone: &str) -> DirectoryChange {
        DirectoryChange::PutRoom {
            campus: id("north-high"),
            id: id("studio"),
            room: Room {
                name: "Studio".to_owned(),
                zone: id(zone),
            },
        }
    }

    #[test]
    fn a3_what_is_put_by_hand_is_under_the_checks_of_a_file() {
        let old = demo().unwrap();
        let wrong = |change: &DirectoryChange| {
            let refusal = with(&old, change).unwrap_err();
            assert_eq!(refusal.code, Code::BadFrame, "{change:?}");
            refusal.message
        };
        let long = "x".repeat(101);
        for name in ["", "  ", "a\nb", &long] {
            assert!(wrong(&add(name, Role::Staff)).contains("1 to 100"));
        }
        assert!(wrong(&add("Sam", Role::Sro)).contains("certification"));
        assert!(wrong(&add("Sam", Role::Room)).contains("no person has the role"));
        assert!(wrong(&studio("moon")).contains("no zone `moon`"));
        let moved = |change: fn(&mut Person)| {
            let mut of = person("Sam Rivera", Role::Staff);
            change(&mut of);
            DirectoryChange::AddPerson { person: of }
        };
        let nowhere = moved(|of| of.room = Some("n999".parse().unwrap()));
        assert!(wrong(&nowhere).contains("no room `n999`"));
        let odd = moved(|of| of.addresses = vec!["call me".to_owned()]);
        assert!(wrong(&odd).contains("no address"));
        let used = DirectoryChange::RemoveRoom {
            campus: id("north-high"),
            id: id("n101"),
        };
        assert!(wrong(&used).contains("no room `n101`"), "somebody is there");
        let mut admins = old.people.iter().filter(|(_, person)| {
            person.role == Role::Administrator && person.campuses.contains(&id("river-middle"))
        });
        let (last, _) = admins.next().unwrap();
        let last = DirectoryChange::RemovePerson { id: last.clone() };
        assert!(wrong(&last).contains("no administrator"));
    }

    #[test]
    fn a_list_of_the_night_leaves_what_came_by_hand_and_takes_what_it_knows() {
        let mut old = demo().unwrap();
        for change in [
            add("Sam Rivera", Role::Staff),
            studio("a-wing"),
            DirectoryChange::AddDisplay {
                campus: id("north-high"),
                room: id("studio"),
            },
        ] {
            old = with(&old, &change).unwrap().directory;
        }
        let sam: PersonId = id("new-10");
        let in_studio = Person {
            room: Some(id("studio")),
            ..old.people[&sam].clone()
        };
        let change = DirectoryChange::ChangePerson {
            id: sam.clone(),
            person: in_studio.clone(),
        };
        old = with(&old, &change).unwrap().directory;
        let before = old.district.by_hand.clone();
        let counts = (
            before.people.len(),
            before.rooms.len(),
            before.devices.len(),
        );
        assert_eq!(counts, (1, 1, 1));

        let people = "id,name,role,campuses\nana.ruiz,Ana Ruiz,administrator,north-high\n\
                      mia.stone,Mia Stone,administrator,river-middle oak-elementary\n";
        let mut rooms = "campus,id,name,zone\n".to_owned();
        for campus in demo().unwrap().campuses.values() {
            for (id, room) in &campus.rooms {
                rooms += &format!("{},{id},{},{}\n", campus.id, room.name, room.zone);
            }
        }
        let devices = "id,campus,room\nd1,north-high,n102\n".to_owned();
        let lists = Lists {
            people: Some(people.to_owned()),
            rooms: Some(rooms.clone()),
            devices: Some(devices),
        };
        let (new, left) = with_lists(&old, &lists).unwrap();
        assert_eq!(new.people[&sam], in_studio);
        assert!(has_room(&new, &id("north-high"), &id("studio")));
        assert_eq!(new.devices.len(), 2);
        assert_eq!(new.district.by_hand, before);
        let said = left.join("\n");
        for what in [
            "person new-10",
            "room studio of north-high",
            "display new-6",
        ] {
            let line = format!("= {what}, there by hand and in no list, stays");
            assert!(said.contains(&line), "{said}");
        }
        // The same file a second time, and one that is a whole directory: all stays.
        assert_eq!(with_lists(&new, &lists).unwrap().0, new);
        let mut file = parse(include_str!("../../demo/maple-valley.toml")).unwrap();
        file.keep_what_was_decided(&new);
        assert_eq!(file.directory.people[&sam], in_studio);
        assert_eq!(file.directory.district.by_hand, before);

        // A list that knows them has them from then on: the next that does not lets them go.
        let knows = format!("{people}new-10,Sam Rivera,staff,north-high\n");
        let also = format!("{rooms}north-high,studio,Studio,a-wing\n");
        let lists = |people: &str, rooms: &str| Lists {
            people: Some(people.to_owned()),
            rooms: Some(rooms.to_owned()),
            devices: None,
        };
        let (listed, left) = with_lists(&new, &lists(&knows, &also)).unwrap();
        assert_eq!(left, Vec::<String>::new());
        let by_hand = &listed.district.by_hand;
        assert!(by_hand.people.is_empty() && by_hand.rooms.is_empty());
        let (gone, _) = with_lists(&listed, &lists(people, &also)).unwrap();
        assert!(!gone.people.contains_key(&sam));
    }

    #[test]
    fn what_goes_by_hand_is_forgotten_as_such() {
        let mut old = demo().unwrap();
        old = with(&old, &add("Sam Rivera", Role::Staff))
            .unwrap()
            .directory;
        let gone = DirectoryChange::RemovePerson { id: id("new-10") };
        let gone = with(&old, &gone).unwrap();
        assert_eq!(gone.directory, demo().unwrap());
        assert_eq!(gone.thing, Thing::Person(id("new-10"), None));
        let twice = DirectoryChange::RemovePerson { id: id("new-10") };
        let refusal = with(&gone.directory, &twice).unwrap_err();
        assert_eq!(refusal.code, Code::UnknownThing);
    }
}
