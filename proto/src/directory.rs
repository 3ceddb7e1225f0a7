//! The district's directory: who and what there is. Changes to it are entries of the
//! district's own log.

use std::collections::BTreeMap;

pub use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::by_hand::ByHand;
use crate::coordinates::Coordinates;
use crate::escalation::Agency;
use crate::id::{CampusId, DeviceId, DistrictId, PersonId, RoomId, ZoneId};
use crate::posture::Posture;
use crate::role::Role;

/// Everything that the directory knows of one district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// The district itself.
    pub district: District,
    /// Its campuses by id.
    pub campuses: BTreeMap<CampusId, Campus>,
    /// Its people by id.
    pub people: BTreeMap<PersonId, Person>,
    /// Its enrolled room devices by id.
    #[serde(default)]
    pub devices: BTreeMap<DeviceId, Device>,
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// Its id.
    pub id: DistrictId,
    /// Its name, as people say it.
    pub name: String,
    /// What it has decided where PROTOCOL leaves a choice.
    #[serde(default)]
    pub policy: Policy,
    /// What stands in the directory by hand.
    #[serde(default, skip_serializing_if = "ByHand::is_empty")]
    pub by_hand: ByHand,
}

/// The few choices that PROTOCOL leaves to a district. None widens A3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// A staff member's immediate threat is a lock-down (A2).
    pub staff_may_lock_down: bool,
    /// An immediate threat that nobody answered in this many seconds is a lock-down (A2).
    pub immediate_threat_locks_after_s: Option<u32>,
    /// The school may lift without law enforcement, by two people (S4).
    pub school_lift: bool,
    /// How a release reaches the rooms (S5).
    pub release: ReleaseMode,
    /// What every lock-down screen says of the fire alarm (L6).
    pub fire_alarm_words: String,
    /// The same, on a screen that is read in Spanish.
    pub fire_alarm_words_es: String,
    /// How a room's screen looks in a lock-down (L4).
    pub room_screens: RoomScreens,
    /// Whether a room's screen sounds when a lock-down is called (L4).
    pub room_sound: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            staff_may_lock_down: false,
            immediate_threat_locks_after_s: None,
            school_lift: true,
            release: ReleaseMode::Announce,
            fire_alarm_words: "If the fire alarm sounds: stay locked. Leave only if you see \
                               fire or smoke, or an officer or administrator tells you."
                .to_owned(),
            fire_alarm_words_es: "Si suena la alarma de incendio: siga con la puerta cerrada. \
                                  Salga solo si ve fuego o humo, o si se lo indica un oficial \
                                  o la administración."
                .to_owned(),
            room_screens: RoomScreens::Dark,
            room_sound: false,
        }
    }
}

/// How a room's screen looks in a lock-down: a lit one shows through a window where people hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomScreens {
    /// Black, with dim words.
    Dark,
    /// In full colour, for rooms that nobody looks into.
    Bright,
}

/// How a release reaches the rooms (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReleaseMode {
    /// All rooms at once.
    Announce,
    /// Rooms stay locked, each opened by an officer who marks it.
    RoomByRoom,
}

/// One school site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campus {
    /// Its id.
    pub id: CampusId,
    /// Its name, as people say it.
    pub name: String,
    /// The street address that a 911 caller reads out.
    pub address: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Where it lies, for the district's map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// The number to call for each agency (E3). 911 is 911 where the campus has no other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<Agency, String>,
    /// What to say on the radio for each posture; a posture without words has the default.
    #[serde(default)]
    pub radio: BTreeMap<Posture, String>,
    /// What a sweep clears.
    pub zones: BTreeMap<ZoneId, Zone>,
    /// Its rooms.
    pub rooms: BTreeMap<RoomId, Room>,
}

impl Campus {
    /// The number to call for an agency, where it is known.
    #[must_use]
    pub fn number(&self, agency: Agency) -> Option<&str> {
        let own = self.numbers.get(&agency).map(String::as_str);
        match agency {
            Agency::NineOneOne => own.or(Some("911")),
            Agency::Pd | Agency::So => own,
        }
    }
}

/// What a sweep clears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name, as people say it.
    pub name: String,
}

/// What a classroom client reports for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Its name, as people say it.
    pub name: String,
    /// The zone that it belongs to.
    pub zone: ZoneId,
}

/// A person of the district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Name, as people say it.
    pub name: String,
    /// What they are to the district.
    pub role: Role,
    /// The campuses that they serve. District roles serve all, and name none.
    #[serde(default)]
    pub campuses: Vec<CampusId>,
    /// The room that they teach in, which their reports are for unless they name another.
    #[serde(default)]
    pub room: Option<RoomId>,
    /// Law-enforcement certification on record (A3).
    #[serde(default)]
    pub certification: Option<Certification>,
    /// Campuses for which they hold the grant of P5.
    #[serde(default)]
    pub may_lock_down: Vec<CampusId>,
    /// Where to reach them outside the building, in the order to be tried: `tel:`, `sms:` or
    /// `mailto:`, after their connected clients (E4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// A law-enforcement certification on record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// The employing agency.
    pub agency: String,
    /// Badge number.
    pub badge: String,
    /// What kind it is, in the words of the authority that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Certification number.
    pub number: String,
    /// Whether the officer is full-time: a part-time officer cannot give an all clear.
    pub full_time: bool,
    /// Last day on which it holds.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Date"))]
    pub valid_until: Date,
    /// Who vouched for it, where its officer was enrolled on scene: it stands on every release
    /// that is given on it (A3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_scene: Option<OnScene>,
}

impl Certification {
    /// Agency, badge and kind, as the timeline and the radio say whose authority it is.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { agency, badge, .. } = self;
        let kind = self.kind.as_ref();
        let kind = kind.map_or_else(String::new, |kind| format!(" ({kind})"));
        format!("{agency} badge {badge}{kind}")
    }

    /// All that it says: of two that differ, the words do.
    #[must_use]
    pub fn words(&self) -> String {
        let employed = if self.full_time {
            "full-time"
        } else {
            "part-time"
        };
        let on_scene = self.on_scene.as_ref();
        let on_scene =
            on_scene.map_or_else(String::new, |on_scene| format!(". {}", on_scene.words()));
        format!(
            "{}, number {}, {employed}, until {}{on_scene}",
            self.authority(),
            self.number,
            self.valid_until
        )
    }
}

/// The most changes of certifications that one entry names; of the rest it says how many.
pub const CERTIFIED_MAX: usize = 100;

/// Somebody's certification that came, went or is another (A3): the directory's own audit of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificationChange {
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Before, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Certification>,
    /// From now on, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Certification>,
}

impl CertificationChange {
    /// Every change between the people of before and those of now, by id.
    #[must_use]
    pub fn between(
        old: &BTreeMap<PersonId, Person>,
        new: &BTreeMap<PersonId, Person>,
    ) -> Vec<Self> {
        let gone = old.iter().filter(|(id, _)| !new.contains_key(*id));
        let mut changes: Vec<Self> = gone
            .filter_map(|(id, was)| Self::of(id, Some(was), None))
            .collect();
        changes.extend(
            new.iter()
                .filter_map(|(id, is)| Self::of(id, old.get(id), Some(is))),
        );
        changes.sort_by(|one, other| one.person.cmp(&other.person));
        changes
    }

    fn of(id: &PersonId, old: Option<&Person>, new: Option<&Person>) -> Option<Self> {
        let on = |person: Option<&Person>| person.and_then(|person| person.certification.clone());
        let (before, after) = (on(old), on(new));
        (before != after).then(|| Self {
            person: id.clone(),
            name: new.or(old).map(|of| of.name.clone()).unwrap_or_default(),
            before,
            after,
        })
    }

    /// The change as a sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { person, name, .. } = self;
        let was = self
            .before
            .as_ref()
            .map(|was| format!("was {}", was.words()));
        let is = self.after.as_ref().map(|is| format!("is {}", is.words()));
        format!(
            "certification of {name} ({person}): {}; {}",
            was.as_deref().unwrap_or("was none"),
            is.as_deref().unwrap_or("is none")
        )
    }
}

/// The two people who enrolled an officer on scene (A3). They are never the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OnScene {
    /// Who made the code.
    pub code_by: Vouched,
    /// Who entered agency, badge and certification.
    pub certified_by: Vouched,
}

impl OnScene {
    /// As the timeline and the radio say it.
    #[must_use]
    pub fn words(&self) -> String {
        let who = |vouched: &Vouched| format!("{} ({})", vouched.name, vouched.role.words());
        format!(
            "Enrolled on scene: code by {}, certified by {}",
            who(&self.code_by),
            who(&self.certified_by)
        )
    }
}

/// Somebody who vouched for an officer, as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Vouched {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// When.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
    pub at: Timestamp,
}

/// What somebody may do to the directory over the wire. Who may is in one place of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryAct {
    /// Read the district's policy.
    ReadPolicy,
    /// Change it.
    ChangePolicy,
    /// Make a sign-in code for somebody whom the directory has, or for a room's display.
    MakeCode {
        /// What they are.
        role: Role,
        /// Who certified them, where they are an officer who was enrolled on scene.
        certified_by: Option<PersonId>,
    },
    /// Make the code of an officer who has no account: the first of two steps (A3).
    EnrolOfficer {
        /// Where they are.
        campus: CampusId,
    },
    /// Enter that officer's agency, badge and certification: the second (A3).
    CertifyOfficer {
        /// Where they are.
        campus: CampusId,
    },
    /// Read which people, rooms and displays there are on the campuses that one answers for.
    ReadDirectory,
    /// Put somebody into the directory by hand, change or remove them.
    PutPerson {
        /// Who, where they are there.
        id: Option<PersonId>,
        /// As they are there.
        before: Option<Box<Person>>,
        /// As they are to be there.
        after: Option<Box<Person>>,
    },
    /// Put a room or a room's display into the directory by hand, change or remove it.
    PutPlace {
        /// Where it is.
        campus: CampusId,
        /// It is there already: another name for it, or none.
        stands: bool,
    },
    /// See the sign-ins of somebody or of a display, and switch them off.
    SwitchOff {
        /// They are one's own.
        own: bool,
        /// The campuses that they serve; none where it is every campus of the district.
        campuses: Option<Vec<CampusId>>,
    },
    /// Add a passkey of one's own (A4).
    AddPasskey,
    /// Remove one's own.
    RemovePasskey,
}

impl DirectoryAct {
    /// The campus that it is about, if it is about one.
    #[must_use]
    pub fn campus(&self) -> Option<&CampusId> {
        match self {
            Self::ReadPolicy
            | Self::ChangePolicy
            | Self::MakeCode { .. }
            | Self::ReadDirectory
            // Several, or those of the district: looked at one by one.
            | Self::PutPerson { .. }
            | Self::SwitchOff { .. }
            | Self::AddPasskey
            | Self::RemovePasskey => None,
            Self::EnrolOfficer { campus }
            | Self::CertifyOfficer { campus }
            | Self::PutPlace { campus, .. } => Some(campus),
        }
    }
}

/// An enrolled room device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The campus that it hangs in.
    pub campus: CampusId,
    /// The room that it shows for.
    pub room: RoomId,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    fn certification() -> Certification {
        Certification {
            agency: "North PD".to_owned(),
            badge: "17".to_owned(),
            kind: Some("peace officer".to_owned()),
            number: "LE-1".to_owned(),
            full_time: true,
            valid_until: "2031-06-30".parse().unwrap(),
            on_scene: None,
        }
    }

    /// Whatever of a certification is another, the record reads otherwise after than before.
    #[test]
    fn a3_no_two_certifications_read_the_same() {
        let changed = |change: fn(&mut Certification)| {
            let mut other = certification();
            change(&mut other);
            other.words()
        };
        let all = [
            certification().words(),
            changed(|of| of.agency = "South PD".to_owned()),
            changed(|of| of.badge = "18".to_owned()),
            changed(|of| of.kind = None),
            changed(|of| of.kind = Some("reserve".to_owned())),
            changed(|of| of.number = "LE-2".to_owned()),
            changed(|of| of.full_time = false),
            changed(|of| of.valid_until = "2031-07-01".parse().unwrap()),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{all:#?}");
    }

    #[test]
    fn a3_every_change_of_a_certification_is_found_once() {
        let person = |certification| Person {
            name: "Sam".to_owned(),
            role: Role::Officer,
            campuses: Vec::new(),
            room: None,
            certification,
            may_lock_down: Vec::new(),
            addresses: Vec::new(),
        };
        let part_time = Certification {
            full_time: false,
            ..certification()
        };
        let people = |all: [(&str, Option<Certification>); 4]| {
            let all = all
                .into_iter()
                .map(|(id, on)| (id.parse().unwrap(), person(on)));
            all.collect::<BTreeMap<PersonId, Person>>()
        };
        let mut old = people([
            ("changes", Some(part_time)),
            ("goes", Some(certification())),
            ("none", None),
            ("stays", Some(certification())),
        ]);
        let new = people([
            ("changes", Some(certification())),
            ("comes", Some(certification())),
            ("none", None),
            ("stays", Some(certification())),
        ]);
        old.get_mut(&"stays".parse().unwrap()).unwrap().name = "Other".to_owned();
        let found = CertificationChange::between(&old, &new);
        let words: Vec<String> = found.iter().map(CertificationChange::words).collect();
        let on = |employed: &str| {
            format!("North PD badge 17 (peace officer), number LE-1, {employed}, until 2031-06-30")
        };
        let full = on("full-time");
        assert_eq!(
            words,
            [
                format!(
                    "certification of Sam (changes): was {}; is {full}",
                    on("part-time")
                ),
                format!("certification of Sam (comes): was none; is {full}"),
                format!("certification of Sam (goes): was {full}; is none"),
            ]
        );
    }
}
