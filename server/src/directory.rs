//! The directory file: a documented TOML form, imported whole or not at all.
//!
//! Files are only a way in. What counts from then on is the directory in the journal's
//! database; nothing here reads or writes that.

mod assigned;
pub(crate) mod by_hand;
mod check;
mod lists;
mod oneroster;
mod table;
mod words;

use std::collections::BTreeMap;

use lockstep_proto::by_hand::ByHand;
use lockstep_proto::coordinates::Coordinates;
use lockstep_proto::directory::{
    Campus, Certification, Device, Directory, District, Person, Policy, Room, Zone,
};
use lockstep_proto::escalation::Agency;
use lockstep_proto::id::{CampusId, DeviceId, DistrictId, PersonId, RoomId, ZoneId};
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Role;
use serde::Deserialize;
use toml::Spanned;

use by_hand::Came;

pub use assigned::{NotTaken, assigned};
pub use lists::Lists;
pub use oneroster::{OneRosterAsked, OneRosterTaken, OpenFile};
pub use table::BadList;
pub(crate) use table::text_of;
pub use words::{difference, show};

/// Why a file was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct BadFile {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What is wrong there, and what to do.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    district: DistrictFile,
    #[serde(default)]
    campus: Vec<Spanned<CampusFile>>,
    #[serde(default)]
    person: Vec<Spanned<PersonFile>>,
    #[serde(default)]
    device: Vec<Spanned<DeviceFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DistrictFile {
    id: DistrictId,
    name: String,
    policy: Option<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CampusFile {
    id: CampusId,
    name: String,
    address: String,
    time_zone: String,
    #[serde(default)]
    coordinates: Option<Coordinates>,
    #[serde(default)]
    numbers: BTreeMap<Agency, String>,
    #[serde(default)]
    radio: BTreeMap<Posture, String>,
    zones: BTreeMap<ZoneId, String>,
    rooms: BTreeMap<RoomId, Room>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    id: PersonId,
    name: String,
    role: Role,
    #[serde(default)]
    campuses: Vec<CampusId>,
    #[serde(default)]
    room: Option<RoomId>,
    #[serde(default)]
    certification: Option<Certification>,
    #[serde(default)]
    may_lock_down: Vec<CampusId>,
    #[serde(default)]
    addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceFile {
    id: DeviceId,
    campus: CampusId,
    room: RoomId,
}

/// A directory file that was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it says.
    pub directory: Directory,
    /// It says what the policy is.
    has_policy: bool,
}

impl Parsed {
    /// Keeps what was decided over the wire since the last file and no file says.
    ///
    /// A file that has no policy leaves the one that stands, and a file that does not know an
    /// officer who was enrolled on scene (A3), or what stands there by hand, leaves them. Answers
    /// what was left.
    pub fn keep_what_was_decided(&mut self, old: &Directory) -> Vec<String> {
        let new = &mut self.directory;
        if !self.has_policy {
            new.district.policy.clone_from(&old.district.policy);
        }
        let all = Came {
            people: true,
            rooms: true,
            devices: true,
        };
        keep(old, new, all)
    }
}

/// Keeps what no list decides, and tells of it.
fn keep(old: &Directory, new: &mut Directory, came: Came) -> Vec<String> {
    let by_hand = by_hand::keep(old, new, came);
    let by_hand = by_hand
        .iter()
        .map(|what| format!("= {what}, there by hand and in no list, stays"));
    let officers = keep_officers(old, new);
    let officers = officers
        .iter()
        .map(|id| format!("= person {id}, enrolled on scene and in no list, stays"));
    officers.chain(by_hand).collect()
}

/// A list that does not know an officer who was enrolled on scene (A3) leaves them. Answers who was
/// left.
fn keep_officers(old: &Directory, new: &mut Directory) -> Vec<PersonId> {
    let on_scene = |person: &Person| {
        let certified = person.certification.as_ref();
        let mut served = person.campuses.iter();
        certified.is_some_and(|on| on.on_scene.is_some())
            && served.all(|campus| new.campuses.contains_key(campus))
    };
    let left: BTreeMap<PersonId, Person> = old
        .people
        .iter()
        .filter(|(id, person)| !new.people.contains_key(*id) && on_scene(person))
        .map(|(id, person)| (id.clone(), person.clone()))
        .collect();
    let ids = left.keys().cloned().collect();
    new.people.extend(left);
    ids
}

/// What lists make of a directory, and what they did not know and left.
pub fn with_lists(old: &Directory, lists: &Lists) -> anyhow::Result<(Directory, Vec<String>)> {
    let mut new = old.clone();
    lists::put(lists, &mut new)?;
    let came = Came {
        people: lists.people.is_some(),
        rooms: lists.rooms.is_some(),
        devices: lists.devices.is_some(),
    };
    let left = keep(old, &mut new, came);
    lists::is_whole(&new).map_err(anyhow::Error::msg)?;
    Ok((new, left))
}

/// What the files of a student information system make of a directory, and what they did not know
/// and left. `open` gives a file of the set, or nothing where there is none; `today` tells
/// whose place at a school has begun and not ended.
pub fn with_oneroster(
    open: OpenFile<'_>,
    asked: &OneRosterAsked,
    old: &Directory,
    today: jiff::civil::Date,
) -> anyhow::Result<(OneRosterTaken, Vec<String>)> {
    let mut taken = oneroster::read(open, asked, old, today)?;
    // They leave many people as they are, and who of those stands there by hand stays so.
    let came = Came {
        people: false,
        rooms: false,
        devices: false,
    };
    let left = keep(old, &mut taken.directory, came);
    lists::is_whole(&taken.directory).map_err(anyhow::Error::msg)?;
    Ok((taken, left))
}

/// What is wrong, at the line and the column of an offset.
fn bad_at(text: &str, offset: usize, reason: String) -> BadFile {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    BadFile {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
        reason,
    }
}

/// Reads a directory file. The first thing that is wrong is named with its line and its column.
pub fn parse(text: &str) -> Result<Parsed, BadFile> {
    let wrong = |span: std::ops::Range<usize>, reason: String| bad_at(text, span.start, reason);
    let file: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        wrong(span, error.message().to_owned())
    })?;
    let has_policy = file.district.policy.is_some();
    let mut directory = Directory {
        district: District {
            id: file.district.id,
            name: file.district.name,
            policy: file.district.policy.unwrap_or_default(),
            by_hand: ByHand::default(),
        },
        campuses: BTreeMap::new(),
        people: BTreeMap::new(),
        devices: BTreeMap::new(),
    };
    for campus in file.campus {
        let span = campus.span();
        let (id, campus) = campus_of(campus.into_inner());
        check::campus(&campus).map_err(|reason| wrong(span.clone(), reason))?;
        if directory.campuses.insert(id.clone(), campus).is_some() {
            return Err(wrong(span, format!("there are two campuses `{id}`")));
        }
    }
    for person in file.person {
        let span = person.span();
        let (id, person) = person_of(person.into_inner());
        check::person(&directory, &id, &person).map_err(|bad| wrong(span.clone(), bad.reason))?;
        if directory.people.insert(id.clone(), person).is_some() {
            return Err(wrong(span, format!("there are two people `{id}`")));
        }
    }
    for device in file.device {
        let span = device.span();
        let DeviceFile { id, campus, room } = device.into_inner();
        let device = Device { campus, room };
        check::device(&directory, &id, &device).map_err(|bad| wrong(span.clone(), bad.reason))?;
        if directory.devices.insert(id.clone(), device).is_some() {
            return Err(wrong(span, format!("there are two devices `{id}`")));
        }
    }
    check::whole(&directory).map_err(|reason| bad_at(text, 0, reason))?;
    Ok(Parsed {
        directory,
        has_policy,
    })
}

fn campus_of(file: CampusFile) -> (CampusId, Campus) {
    let zones = file.zones.into_iter().map(|(id, name)| (id, Zone { name }));
    let campus = Campus {
        id: file.id.clone(),
        name: file.name,
        address: file.address,
        time_zone: file.time_zone,
        coordinates: file.coordinates,
        numbers: file.numbers,
        radio: file.radio,
        zones: zones.collect(),
        rooms: file.rooms,
    };
    (file.id, campus)
}

fn person_of(file: PersonFile) -> (PersonId, Person) {
    let person = Person {
        name: file.name,
        role: file.role,
        campuses: file.campuses,
        room: file.room,
        certification: file.certification,
        may_lock_down: file.may_lock_down,
        addresses: file.addresses,
    };
    (file.id, person)
}

/// The demo district.
pub fn demo() -> Result<Directory, BadFile> {
    parse(include_str!("../demo/maple-valley.toml")).map(|parsed| parsed.directory)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn the_demo_district_is_whole() {
        let demo = demo().unwrap();
        assert_eq!(demo.campuses.len(), 3);
        for role in Role::ALL {
            let expected = !matches!(role, Role::Room | Role::Operator);
            let found = demo.people.values().any(|person| person.role == role);
            assert_eq!(found, expected, "{role:?}");
        }
        for campus in demo.campuses.values() {
            assert_eq!(campus.radio.len(), Posture::ALL.len(), "{}", campus.id);
            let devices = demo.devices.values().filter(|d| d.campus == campus.id);
            assert_eq!(devices.count(), campus.rooms.len());
        }
    }

    const DEMO: &str = include_str!("../demo/maple-valley.toml");

    /// What a change to the demo's file is refused for, and what stands there from where it is
    /// wrong on.
    fn refused(from: &str, to: &str) -> (String, String) {
        assert!(DEMO.contains(from), "the demo has no {from:?}");
        let text = DEMO.replacen(from, to, 1);
        let bad = parse(&text).unwrap_err();
        assert!(bad.line > 1, "{bad}");
        let line = text.lines().nth(bad.line - 1).unwrap();
        let rest: String = line.chars().skip(bad.column - 1).collect();
        println!("{bad} | {rest}");
        let says = format!("line {}, column {}: {}", bad.line, bad.column, bad.reason);
        assert_eq!(bad.to_string(), says);
        (bad.reason, rest)
    }

    #[test]
    fn a3_a_bad_file_names_line_column_and_reason() {
        for (from, to, says) in [
            ("role = \"sro\"", "role = \"sheriff\"", "unknown variant"),
            ("role = \"sro\"", "rolle = \"sro\"", "unknown field"),
            (
                "campuses = [\"river-middle\"]",
                "campuses = [\"lake\"]",
                "no campus `lake`",
            ),
            ("room = \"n101\"", "room = \"n999\"", "no room `n999`"),
            ("zone = \"a-wing\"", "zone = \"z-wing\"", "no zone `z-wing`"),
            ("America/New_York", "America/Nowhere", "no time zone"),
            ("41.0842", "141.0842", "coordinates are latitude"),
            (
                "id = \"tom.becker\"",
                "id = \"ana.ruiz\"",
                "two people `ana.ruiz`",
            ),
            (
                "id = \"river-middle\"",
                "id = \"north-high\"",
                "two campuses",
            ),
            ("id = \"north-n102\"", "id = \"north-n101\"", "two devices"),
            ("name = \"North High School\"", "name = \"\"", "name"),
            (
                "valid_until = \"2031-06-30\"",
                "valid_until = \"soon\"",
                "digit",
            ),
            ("id = \"ana.ruiz\"", "id = \"Ana Ruiz\"", "not a valid id"),
        ] {
            let (reason, _) = refused(from, to);
            assert!(reason.contains(says), "{to}: {reason}");
        }
        // What cannot be read is pointed at itself; what does not fit, at the table that it is in.
        for (from, to, at) in [
            ("role = \"sro\"", "role = \"sheriff\"", "\"sheriff\""),
            ("role = \"sro\"", "rolle = \"sro\"", "rolle = "),
            (
                "Maple Valley Police Department\", badge = \"114\", kind",
                "Policía de Maple Valley\", badge = \"114\", sort",
                "sort = ",
            ),
            ("room = \"n101\"", "room = \"n999\"", "[[person]]"),
        ] {
            let (_, rest) = refused(from, to);
            assert!(rest.starts_with(at), "{to}: {rest}");
        }
        assert!(parse("").is_err());
        assert!(parse("[district").is_err());
    }

    #[test]
    fn a3_there_is_no_sro_without_a_certification_record() {
        let text = DEMO
            .lines()
            .filter(|line| !line.contains("LE-20431"))
            .collect::<Vec<_>>()
            .join("\n");
        let bad = parse(&text).unwrap_err();
        assert!(bad.reason.contains("certification"), "{bad}");
    }

    #[test]
    fn e3_e4_numbers_and_addresses_are_ones_that_can_be_dialled_or_written_to() {
        let address = "\"tel:+15555550104\"";
        let long = format!("\"mailto:{}@example.org\"", "x".repeat(200));
        for bad in [
            "\"+15555550104\"",
            "\"https://example.org\"",
            "\"tel:\"",
            "\"tel:call me\"",
            "\"mailto:lee\"",
            "\"mailto:lee@example.org?subject=x\"",
            "\"mailto:lee@example.org,ana@example.org\"",
            "\"mailto:a@b@example.org\"",
            &long,
        ] {
            let (reason, _) = refused(address, bad);
            assert!(reason.contains("no address"), "{bad}: {reason}");
        }
        let (reason, _) = refused(address, &[address; 5].join(", "));
        assert!(reason.contains("more than 5"), "{reason}");
        for bad in ["nine-one-one", "", "911; rm", &"1".repeat(33)] {
            let (reason, _) = refused("911 = \"911\"", &format!("911 = \"{bad}\""));
            assert!(reason.contains("no number to call for 911"), "{reason}");
        }
        let (reason, _) = refused("911 = \"911\"", "fire = \"911\"");
        assert!(reason.contains("unknown variant"), "{reason}");
    }

    #[test]
    fn a3_a_file_vouches_for_nobody() {
        let who = "{ person = \"ana.ruiz\", name = \"Ana Ruiz\", role = \"administrator\", \
                   at = \"2026-03-02T15:00:00Z\" }";
        let vouched = format!(", on_scene = {{ code_by = {who}, certified_by = {who} }} }}");
        let (reason, _) = refused(
            "valid_until = \"2031-06-30\" }",
            &format!("valid_until = \"2031-06-30\"{vouched}"),
        );
        assert!(reason.contains("on_scene"), "{reason}");
    }

    #[test]
    fn p5_the_grant_is_for_chief_director_and_superintendent() {
        let (reason, _) = refused(
            "role = \"administrator\"\ncampuses = [\"north-high\"]",
            "role = \"administrator\"\ncampuses = [\"north-high\"]\nmay_lock_down = [\"river-middle\"]",
        );
        assert!(reason.contains("may_lock_down"), "{reason}");
    }

    /// T1, A3: a file of the night does not undo what was decided over the wire by day.
    #[test]
    fn a_file_undoes_no_policy_that_it_does_not_name_and_no_officer_on_scene() {
        use lockstep_proto::directory::{OnScene, Vouched};
        let text = include_str!("../demo/maple-valley.toml");
        let ana = Vouched {
            person: "ana.ruiz".parse().unwrap(),
            name: "Ana Ruiz".to_owned(),
            role: Role::Administrator,
            at: lockstep_proto::Timestamp::UNIX_EPOCH,
        };
        let mut old = parse(text).unwrap().directory;
        old.district.policy.staff_may_lock_down = true;
        let mut jo = old.people[&"sam.cole".parse::<PersonId>().unwrap()].clone();
        jo.certification.as_mut().unwrap().on_scene = Some(OnScene {
            code_by: ana.clone(),
            certified_by: ana,
        });
        let id: PersonId = "jo-roe.k3f9a".parse().unwrap();
        old.people.insert(id.clone(), jo);
        let without = |text: &str| {
            let from = text.find("[district.policy]").unwrap();
            let rest = &text[from + 1..];
            format!("{}{}", &text[..from], &rest[rest.find("\n[").unwrap()..])
        };
        for (file, keeps) in [(without(text), true), (text.to_owned(), false)] {
            let mut parsed = parse(&file).unwrap();
            let left = parsed.keep_what_was_decided(&old);
            let stays = format!("= person {id}, enrolled on scene and in no list, stays");
            assert_eq!(left, [stays]);
            let new = parsed.directory;
            assert_eq!(new.people[&id], old.people[&id]);
            assert_eq!(new.district.policy.staff_may_lock_down, keeps, "{file}");
        }
        // Where no campus of theirs is left, neither are they.
        let mut parsed = parse(text).unwrap();
        let served = old.people[&id].campuses.clone();
        let campuses = &mut parsed.directory.campuses;
        campuses.retain(|campus, _| !served.contains(campus));
        assert!(parsed.keep_what_was_decided(&old).is_empty());
    }

    #[test]
    fn what_changes_is_said_before_it_is_changed() {
        let old = demo().unwrap();
        let mut new = old.clone();
        new.people.remove(&"joy.adams".parse().unwrap());
        new.people
            .get_mut(&"lee.park".parse().unwrap())
            .unwrap()
            .name = "Lee Parker".into();
        new.district.policy.school_lift = false;
        let words = difference(Some(&old), &new);
        for line in ["- person joy.adams", "~ person lee.park", "~ policy"] {
            assert!(words.contains(line), "{words}");
        }
        assert!(difference(Some(&old), &old).contains("Nothing changes"));
        assert!(difference(None, &old).contains("+ person ana.ruiz"));
        let shown = show(&old);
        assert!(shown.contains("North High School") && shown.contains("Sam Cole"));
    }
}
