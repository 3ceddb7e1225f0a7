//! What must hold of a directory before it is taken. Each answer says what to do.

use jiff::tz::TimeZone;
use lockstep_proto::directory::{Campus, Certification, Device, Directory, Person, Room};
use lockstep_proto::id::{CampusId, DeviceId, PersonId, RoomId};
use lockstep_proto::role::Role;

/// The longest name or address.
const NAME_MAX: usize = 200;
/// The longest kind of a certification.
const KIND_MAX: usize = 100;
/// The most outside addresses of one person: each is a step that a notice waits for.
const ADDRESSES_MAX: usize = 5;
/// The longest number to dial.
const NUMBER_MAX: usize = 32;
/// The most rooms of one campus: what one console can show.
const ROOMS_MAX: usize = 1_000;
/// The most people of one district.
const PEOPLE_MAX: usize = 100_000;

type Checked = Result<(), String>;

/// What is wrong, and in which field.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) reason: String,
}

impl Wrong {
    fn of<T>(field: &'static str, reason: String) -> Result<T, Self> {
        Err(Self { field, reason })
    }
}

type FieldChecked = Result<(), Wrong>;

fn name(what: &str, text: &str) -> Checked {
    if text.trim().is_empty() || text.chars().count() > NAME_MAX {
        return Err(format!("the {what} must have 1 to {NAME_MAX} characters"));
    }
    Ok(())
}

pub(super) fn campus(campus: &Campus) -> Checked {
    let id = &campus.id;
    name("name", &campus.name)?;
    name("address, which a 911 caller reads out,", &campus.address)?;
    for (agency, number) in &campus.numbers {
        if !is_number(number) {
            return Err(format!(
                "campus `{id}`: `{number}` is no number to call for {}; use digits, spaces and \
                 any of + - ( ) . at most {NUMBER_MAX} characters",
                agency.words()
            ));
        }
    }
    if TimeZone::get(&campus.time_zone).is_err() {
        return Err(format!(
            "campus `{id}`: there is no time zone `{}`; use an IANA name such as America/New_York",
            campus.time_zone
        ));
    }
    if campus.zones.is_empty() {
        return Err(format!("campus `{id}` has no zones: a sweep clears zones"));
    }
    if campus.rooms.is_empty() || campus.rooms.len() > ROOMS_MAX {
        return Err(format!("campus `{id}` must have 1 to {ROOMS_MAX} rooms"));
    }
    for (room_id, of) in &campus.rooms {
        room(campus, room_id, of).map_err(|wrong| wrong.reason)?;
    }
    Ok(())
}

pub(super) fn room(campus: &Campus, id: &RoomId, room: &Room) -> FieldChecked {
    if let Err(reason) = name("name", &room.name) {
        return Wrong::of("name", reason);
    }
    if campus.zones.contains_key(&room.zone) {
        return Ok(());
    }
    let (at, zone) = (&campus.id, &room.zone);
    let reason = format!("room `{id}` of campus `{at}`: there is no zone `{zone}`");
    Wrong::of("zone", reason)
}

/// Digits as people write them, the way a caller dials them.
fn is_number(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().count() <= NUMBER_MAX
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-(). ".contains(c))
}

/// `tel:` and `sms:` take a number, `mailto:` one mailbox. Anything more, such as a header in a
/// `mailto:`, would be somebody else's to interpret.
fn is_address(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    if address.chars().count() > NAME_MAX {
        return false;
    }
    match scheme {
        "tel" | "sms" => is_number(rest) && !rest.contains(' '),
        "mailto" => rest.split_once('@').is_some_and(|(name, host)| {
            let plain = |text: &str, more: &str| {
                !text.is_empty()
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            plain(name, "._%+-'") && plain(host, ".-") && host.contains('.')
        }),
        _ => false,
    }
}

fn addresses(id: &PersonId, person: &Person) -> FieldChecked {
    const FIELD: &str = "addresses";
    if person.addresses.len() > ADDRESSES_MAX {
        let many =
            format!("`{id}` has more than {ADDRESSES_MAX} addresses: keep those that are answered");
        return Wrong::of(FIELD, many);
    }
    if let Some(address) = person.addresses.iter().find(|text| !is_address(text)) {
        let none = format!(
            "`{id}`: `{address}` is no address; use tel:+15551234567, sms:+15551234567 or \
             mailto:name@example.org, at most {NAME_MAX} characters"
        );
        return Wrong::of(FIELD, none);
    }
    Ok(())
}

/// Each is a line of a release and of the record.
fn certified(id: &PersonId, on: &Certification) -> FieldChecked {
    for (field, text) in [
        ("agency", &on.agency),
        ("badge", &on.badge),
        ("number", &on.number),
    ] {
        if text.chars().count() > NAME_MAX {
            let reason = format!("`{id}`: the {field} must have at most {NAME_MAX} characters");
            return Wrong::of(field, reason);
        }
    }
    let Some(kind) = &on.kind else {
        return Ok(());
    };
    let is_line = !kind.trim().is_empty() && !kind.chars().any(char::is_control);
    if is_line && kind.chars().count() <= KIND_MAX {
        return Ok(());
    }
    let reason = format!(
        "`{id}`: the kind of a certification has 1 to {KIND_MAX} characters, on one line; it may \
         be left out"
    );
    Wrong::of("kind", reason)
}

pub(super) fn person(directory: &Directory, id: &PersonId, person: &Person) -> FieldChecked {
    if let Err(reason) = name("name", &person.name) {
        return Wrong::of("name", reason);
    }
    addresses(id, person)?;
    // A file vouches for nobody: what it says is the operator's word, and is shown as that.
    if person
        .certification
        .as_ref()
        .is_some_and(|certification| certification.on_scene.is_some())
    {
        let reason = format!(
            "`{id}`: `on_scene` is written by the server when two people enrol an officer; leave \
             it out"
        );
        return Wrong::of("on_scene", reason);
    }
    if let Some(certification) = &person.certification {
        certified(id, certification)?;
    }
    match person.role {
        Role::Room | Role::Operator => {
            let role = person.role.as_str();
            return Wrong::of("role", format!("`{id}`: no person has the role {role}"));
        }
        Role::Sro if person.certification.is_none() => {
            let reason = format!(
                "`{id}`: the role sro takes a certification on record; enter it, or another role"
            );
            return Wrong::of("role", reason);
        }
        Role::Chief | Role::Director | Role::Superintendent => {
            grants(directory, id, person)?;
        }
        Role::Monitor => no_grant(id, person)?,
        Role::Administrator | Role::Sro | Role::Officer | Role::Sso | Role::Eyes | Role::Staff => {
            no_grant(id, person)?;
            if person.campuses.is_empty() {
                let reason = format!("`{id}` serves no campus: enter `campuses`");
                return Wrong::of("campuses", reason);
            }
        }
    }
    for campus in &person.campuses {
        known(directory, id, "campuses", campus)?;
    }
    if let Some(room) = &person.room {
        let found = person
            .campuses
            .iter()
            .filter_map(|campus| directory.campuses.get(campus))
            .any(|campus| campus.rooms.contains_key(room));
        if !found {
            let reason = format!("`{id}`: there is no room `{room}` on their campuses");
            return Wrong::of("room", reason);
        }
    }
    Ok(())
}

const GRANT: &str = "may_lock_down";

fn known(
    directory: &Directory,
    id: &PersonId,
    field: &'static str,
    campus: &CampusId,
) -> FieldChecked {
    if directory.campuses.contains_key(campus) {
        Ok(())
    } else {
        Wrong::of(field, format!("`{id}`: there is no campus `{campus}`"))
    }
}

fn grants(directory: &Directory, id: &PersonId, person: &Person) -> FieldChecked {
    for campus in &person.may_lock_down {
        known(directory, id, GRANT, campus)?;
    }
    Ok(())
}

fn no_grant(id: &PersonId, person: &Person) -> FieldChecked {
    if person.may_lock_down.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "`{id}`: `may_lock_down` is for chief, director and superintendent; {} calls where the \
         role allows",
        person.role.words()
    );
    Wrong::of(GRANT, reason)
}

pub(super) fn device(directory: &Directory, id: &DeviceId, device: &Device) -> FieldChecked {
    let Device { campus: at, room } = device;
    let Some(campus) = directory.campuses.get(at) else {
        let reason = format!("device `{id}`: there is no campus `{at}`");
        return Wrong::of("campus", reason);
    };
    if campus.rooms.contains_key(room) {
        return Ok(());
    }
    let reason = format!("device `{id}`: there is no room `{room}` on {at}");
    Wrong::of("room", reason)
}

pub(super) fn whole(directory: &Directory) -> Checked {
    name("name of the district", &directory.district.name)?;
    directory.district.policy.check()?;
    if directory.campuses.is_empty() {
        return Err("there is no campus in it".to_owned());
    }
    if directory.people.len() > PEOPLE_MAX {
        return Err(format!("there are more than {PEOPLE_MAX} people in it"));
    }
    for campus in directory.campuses.keys() {
        let someone = directory
            .people
            .values()
            .any(|p| p.role == Role::Administrator && p.campuses.contains(campus));
        if !someone {
            return Err(format!(
                "campus `{campus}` has no administrator: nobody could sign its people in"
            ));
        }
    }
    Ok(())
}
