//! What a group of a district's own provider makes of a person: a role and campuses, and nothing
//! more. What else the directory has of them stays, and its own checks hold.

use std::collections::BTreeSet;

use lockstep_proto::directory::{Directory, Person};
use lockstep_proto::id::{CampusId, PersonId};
use lockstep_proto::role::Role;

use super::check;

/// Why the directory does not take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The role takes a certification on record (A3), which no provider can give.
    #[error("`{0}`: the role takes a certification on record")]
    Certification(PersonId),
    /// It would not be whole.
    #[error("{0}")]
    Otherwise(String),
}

/// The person as they are to be; none where they are so already. `name`: of who is new.
pub fn assigned(
    old: &Directory,
    id: &PersonId,
    name: &str,
    role: Role,
    campuses: &[CampusId],
) -> Result<Option<Person>, NotTaken> {
    let stands = old.people.get(id);
    let same = |person: &&Person| {
        let of = |campuses: &[CampusId]| campuses.iter().cloned().collect::<BTreeSet<_>>();
        person.role == role && of(&person.campuses) == of(campuses)
    };
    if stands.filter(same).is_some() {
        return Ok(None);
    }
    let person = match stands {
        Some(stands) => moved(old, stands, role, campuses),
        None => Person {
            name: name.to_owned(),
            role,
            campuses: campuses.to_vec(),
            room: None,
            certification: None,
            may_lock_down: Vec::new(),
            addresses: Vec::new(),
        },
    };
    is_taken(old, id, &person)?;
    Ok(Some(person))
}

/// The same person in another place. A room that none of their campuses has is no room of theirs,
/// and the grant of P5 does not go over to a role that it is not for.
fn moved(old: &Directory, stands: &Person, role: Role, campuses: &[CampusId]) -> Person {
    let has = |room: &&_| {
        let mut theirs = campuses.iter().filter_map(|id| old.campuses.get(id));
        theirs.any(|campus| campus.rooms.contains_key(room))
    };
    let grant = matches!(role, Role::Chief | Role::Director | Role::Superintendent);
    Person {
        role,
        campuses: campuses.to_vec(),
        room: stands.room.as_ref().filter(has).cloned(),
        may_lock_down: if grant {
            stands.may_lock_down.clone()
        } else {
            Vec::new()
        },
        ..stands.clone()
    }
}

fn is_taken(old: &Directory, id: &PersonId, person: &Person) -> Result<(), NotTaken> {
    if person.role == Role::Sro && person.certification.is_none() {
        return Err(NotTaken::Certification(id.clone()));
    }
    let mut new = old.clone();
    new.people.insert(id.clone(), person.clone());
    let mut checked = person.clone();
    // What two people vouched for on scene is no provider's, and stays.
    if let Some(certification) = &mut checked.certification {
        certification.on_scene = None;
    }
    let fits = check::person(&new, id, &checked).map_err(|wrong| wrong.reason);
    fits.and_then(|()| check::whole(&new))
        .map_err(NotTaken::Otherwise)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn of(who: &str, role: Role, campuses: &[&str]) -> Result<Option<Person>, NotTaken> {
        let campuses: Vec<CampusId> = campuses.iter().map(|campus| id(campus)).collect();
        let demo = super::super::demo().unwrap();
        assigned(&demo, &id(who), "New Name", role, &campuses)
    }

    #[test]
    fn a_group_moves_a_person_and_leaves_what_is_theirs() {
        let demo = super::super::demo().unwrap();
        let joy = &demo.people[&id("joy.adams")];
        assert!(joy.room.is_some());
        let same = of("joy.adams", joy.role, &["north-high"]);
        assert_eq!(same, Ok(None));
        let made = of("joy.adams", Role::Eyes, &["north-high"]).unwrap();
        let wanted = Person {
            role: Role::Eyes,
            ..joy.clone()
        };
        assert_eq!(made, Some(wanted));
        let away = of("joy.adams", Role::Staff, &["river-middle"]).unwrap();
        assert_eq!(away.unwrap().room, None, "a room of another campus");
        let sam = of("sam.cole", Role::Officer, &["north-high"]).unwrap();
        let sam = sam.unwrap();
        assert!(sam.certification.is_some() && sam.name != "New Name");
        let new = of("ivy.new", Role::Staff, &["north-high"])
            .unwrap()
            .unwrap();
        assert_eq!((new.name.as_str(), new.certification), ("New Name", None));
    }

    #[test]
    fn a3_no_group_makes_an_sro_of_who_has_no_certification() {
        for who in ["joy.adams", "ivy.new"] {
            let refused = of(who, Role::Sro, &["north-high"]).unwrap_err();
            assert_eq!(refused, NotTaken::Certification(id(who)));
        }
        let sam = of("sam.cole", Role::Sro, &["north-high", "river-middle"]);
        assert!(sam.unwrap().unwrap().certification.is_some());
    }

    #[test]
    fn a_directory_stays_whole() {
        let says = |made: Result<Option<Person>, NotTaken>| made.unwrap_err().to_string();
        assert!(says(of("joy.adams", Role::Staff, &["lake"])).contains("no campus `lake`"));
        let demo = super::super::demo().unwrap();
        let admins = demo.people.iter().filter(|(_, person)| {
            person.role == Role::Administrator && person.campuses.contains(&id("river-middle"))
        });
        let admins: Vec<&PersonId> = admins.map(|(id, _)| id).collect();
        assert_eq!(admins.len(), 1, "the demo has one there");
        let gone = of(admins[0].as_str(), Role::Staff, &["river-middle"]);
        assert!(says(gone).contains("no administrator"));
    }
}
