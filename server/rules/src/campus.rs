//! The folded state of one campus: open items and what covers them, and the incident's rooms,
//! zones, vetoes and people.
//!
//! Everything in it joins: it is the same whatever the order in which the facts came.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lockstep_proto::Timestamp;
use lockstep_proto::command::{RoomReport, ThreatKind};
use lockstep_proto::directory::{Campus as CampusRecord, Directory, OnScene, Person, Policy};
use lockstep_proto::fact::{Author, Mark};
use lockstep_proto::id::{FactId, PersonId, Principal, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Role;
use lockstep_proto::view::{Card, CoverCard, VetoKind};

use crate::authority::Scope;
use crate::contact::Contacts;
use crate::drill::Drills;
use crate::duty::Duties;
use crate::escalation::Escalations;
use crate::lead::Leads;
use crate::reach::{Alert, Reach, Steps};
use crate::sighting::Sightings;

/// Lines of the timeline that a screen is shown.
pub(crate) const LINES_KEPT: usize = 60;

/// Covers that every screen is shown. More than one change can carry.
pub(crate) const COVERS_KEPT: usize = 64;
/// How many items they name together: the all clear of 300 calls names each of them, and is sent to
/// everybody who comes. What was lifted before is told to whoever shows it.
pub(crate) const COVERED_KEPT: usize = 256;
/// The newest, which are kept whatever they name: an all clear, its resume, and an answer or two.
pub(crate) const COVERS_SURE: usize = 4;

/// Recorded alarms that a refusal can name, the newest.
pub(crate) const ALARMS_KEPT: usize = 50;
/// How many of those who were forced are shown.
pub(crate) const DURESS_KEPT: usize = 20;

/// School lifts of which somebody may still have to be told.
pub(crate) const LIFTS_KEPT: usize = 16;

/// Notes that are remembered, so that one sent again is still one act (P6).
pub(crate) const NOTES_KNOWN: usize = 4_096;

/// Raises of one principal that are remembered for `slow_down` (L2).
pub(crate) const RAISES_FREE: usize = 10;

/// Open posture raises from which on a new one takes its author's oldest over. An all clear
/// names every one that is open, so they and one of each who may raise stay under `NAMED_MAX`.
pub(crate) const RAISES_OPEN: usize = 1_000;

/// After how long a recorded presence says nothing any more: a school day and its evening.
/// **Reading**: PROTOCOL's *unknown* is also what was last said yesterday.
const PRESENCE_HOLDS_S: i64 = 16 * 3_600;

/// What the directory says of a campus: what a command is decided against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The campus.
    pub record: CampusRecord,
    /// The district's policy.
    pub policy: Policy,
    /// Those who serve the campus and may be asked for something: everybody but staff.
    pub people: BTreeMap<PersonId, Reachable>,
}

/// Somebody who may be asked for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reachable {
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// How many outside addresses they have, tried in their order after their screens.
    pub outside: usize,
}

impl Site {
    /// What a directory says of one of its campuses.
    #[must_use]
    pub fn of(directory: &Directory, record: &CampusRecord) -> Self {
        let serves = |person: &Person| Scope::of(person).serves(&record.id);
        let asked = |person: &Person| match person.role {
            Role::Staff | Role::Monitor | Role::Room | Role::Operator => false,
            Role::Administrator
            | Role::Sro
            | Role::Officer
            | Role::Sso
            | Role::Eyes
            | Role::Chief
            | Role::Director
            | Role::Superintendent => true,
        };
        let people = directory
            .people
            .iter()
            .filter(|(_, person)| asked(person) && serves(person))
            .map(|(id, person)| {
                let reachable = Reachable {
                    name: person.name.clone(),
                    role: person.role,
                    outside: person.addresses.len(),
                };
                (id.clone(), reachable)
            });
        Self {
            record: record.clone(),
            policy: directory.district.policy.clone(),
            people: people.collect(),
        }
    }
}

/// Something that was said and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Digest of the command that it came from; none for facts that follow from others.
    pub digest: Option<String>,
    /// Its sequence, once recorded.
    pub seq: Option<u64>,
}

/// A fact that holds something open until a cover names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenItem {
    pub(crate) level: Level,
    pub(crate) at: Timestamp,
    pub(crate) by: Author,
    pub(crate) seq: Option<u64>,
    /// When the journal took it.
    pub(crate) recorded: Option<Timestamp>,
    pub(crate) what: ItemKind,
}

impl OpenItem {
    pub(crate) fn order(&self, id: FactId) -> Order {
        Order {
            seq: self.seq.unwrap_or(u64::MAX),
            at: self.at,
            id,
        }
    }
}

/// What an open item is, with what a screen says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Call {
        reason: Option<String>,
        place: Option<String>,
    },
    Movement {
        kind: ThreatKind,
        seen: Option<String>,
        place: Option<String>,
        shareable: Option<String>,
    },
    Threat {
        reason: Option<String>,
        place: Option<String>,
        room: Option<RoomId>,
    },
    Release {
        kind: Posture,
        marks: Vec<Mark>,
        on_scene: Option<OnScene>,
    },
}

impl ItemKind {
    /// What is known of it, for whoever has to say it.
    pub(crate) fn in_words(&self) -> Option<String> {
        let (what, place) = match self {
            Self::Call { reason, place } | Self::Threat { reason, place, .. } => (reason, place),
            Self::Movement { seen, place, .. } => (seen, place),
            Self::Release { .. } => return None,
        };
        match (what, place) {
            (Some(what), Some(place)) => Some(format!("{what}, at {place}.")),
            (Some(what), None) => Some(format!("{what}.")),
            (None, Some(place)) => Some(format!("At {place}.")),
            (None, None) => None,
        }
    }

    /// What its raiser shared with all staff (C1).
    pub(crate) fn shareable(&self) -> Option<&str> {
        match self {
            Self::Movement { shareable, .. } => shareable.as_deref(),
            Self::Call { .. } | Self::Threat { .. } | Self::Release { .. } => None,
        }
    }
}

/// A committed clear or answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) position: Position,
    pub(crate) names: Vec<FactId>,
}

/// How a room is, by its own words in this incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RoomState {
    /// When it acknowledged what.
    pub(crate) acknowledged: Steps,
    pub(crate) report: Option<Reported>,
    pub(crate) plea: Option<Plea>,
}

/// A room's last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) order: Order,
    pub(crate) report: RoomReport,
    pub(crate) note: Option<String>,
}

/// A plea for help: it stands until a person answers it (P4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plea {
    pub(crate) id: FactId,
    pub(crate) order: Order,
    pub(crate) answer: Option<String>,
}

/// A plea of somebody who is in no room that the campus knows (P2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stray {
    pub(crate) plea: Plea,
    pub(crate) by: Author,
    pub(crate) report: RoomReport,
    pub(crate) note: Option<String>,
}

/// How a zone is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ZoneState {
    pub(crate) cleared: Option<(Order, Author)>,
    pub(crate) adverse: Option<(Order, String)>,
}

/// Which of two facts is later: by sequence, and what is not recorded yet is later than all
/// that is. The time and id only break ties, so that every order of arrival ends alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) id: FactId,
}

/// A standing *not clear* or objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Veto {
    pub(crate) kind: VetoKind,
    pub(crate) by: Author,
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
    pub(crate) seq: Option<u64>,
}

/// A school lift that waits for its second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) by: Author,
    pub(crate) at: Timestamp,
    pub(crate) seq: u64,
    pub(crate) statement: String,
    pub(crate) lifts: Vec<FactId>,
}

/// Somebody who was forced (A4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duress {
    pub(crate) by: Author,
    pub(crate) at: Timestamp,
    pub(crate) command: String,
    pub(crate) seq: Option<u64>,
}

/// Somebody who recorded their presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presence {
    pub(crate) order: Order,
    pub(crate) by: Author,
    pub(crate) here: bool,
}

impl Presence {
    /// Whether it says that they are here now. Unknown is never here (C2).
    pub(crate) fn is_here(&self, now: Timestamp) -> bool {
        self.here && now < self.until()
    }

    /// Until when it says anything.
    pub(crate) fn until(&self) -> Timestamp {
        crate::decide::later(self.order.at, PRESENCE_HOLDS_S)
    }
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) by: Author,
    pub(crate) text: String,
}

/// What the facts of one campus come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campus {
    /// The newest entry that was applied.
    pub(crate) position: Position,
    /// Open raises, threats and releases.
    pub(crate) open: BTreeMap<FactId, OpenItem>,
    /// The newest covers. Of an older one a screen asks that still shows what it named.
    pub(crate) covers: BTreeMap<FactId, Cover>,
    /// Every item that was ever covered, and by what: a replay opens nothing again.
    pub(crate) covered: BTreeMap<FactId, FactId>,
    /// Every fact, of notes the newest: what makes a repeated command one act (P6).
    pub(crate) known: BTreeMap<FactId, Known>,
    /// The notes among them, oldest first.
    pub(crate) notes: VecDeque<FactId>,
    /// Raises and notes that are shown and not in the journal yet.
    pub(crate) unrecorded: BTreeSet<FactId>,
    /// The newest recorded alarms, by sequence: what a clear's author must have looked at (P4).
    pub(crate) alarms: BTreeMap<u64, FactId>,
    /// Alarms that are not in the journal yet.
    pub(crate) alarms_unrecorded: BTreeSet<FactId>,
    /// Raises and alarms that are not in the journal yet: any of them ends a drill (D2).
    pub(crate) raises_unrecorded: BTreeSet<FactId>,
    /// The newest recorded raise or alarm: what voids a lift proposal.
    pub(crate) last_raise: u64,
    /// Sequence of the entry that opened the incident.
    pub(crate) incident: Option<u64>,
    /// The posture came back to `normal` while a threat waited for its answer, which is then
    /// what closes the incident.
    pub(crate) closes_when_answered: bool,
    /// Where the sweep began, and when: only what was cleared after it counts.
    pub(crate) sweep: Option<(u64, Timestamp)>,
    pub(crate) rooms: BTreeMap<RoomId, RoomState>,
    /// Pleas from no room, the newest of each person.
    pub(crate) strays: BTreeMap<Principal, Stray>,
    pub(crate) zones: BTreeMap<ZoneId, ZoneState>,
    pub(crate) vetoes: BTreeMap<FactId, Veto>,
    /// Who was forced in this incident.
    pub(crate) duress: BTreeMap<FactId, Duress>,
    /// Vetoes that were withdrawn or set aside, whichever came first.
    pub(crate) settled: BTreeSet<FactId>,
    /// A *not clear* was set aside in this incident (S3).
    pub(crate) set_aside: bool,
    pub(crate) proposals: BTreeMap<FactId, Proposal>,
    pub(crate) presence: BTreeMap<PersonId, Presence>,
    /// Rooms opened since the last release (S5), each with the sequence of its opening.
    pub(crate) opened: BTreeMap<RoomId, u64>,
    /// Rooms that a resume left unopened (A7), each with the sequence of the resume.
    pub(crate) left: BTreeMap<RoomId, u64>,
    /// The newest recorded call: it voids all earlier openings (S5).
    pub(crate) last_call: u64,
    /// Who raised what, open or lifted: who may call it a mistake (L3).
    pub(crate) raised: BTreeMap<FactId, Principal>,
    /// Calls annotated as mistakes (L3).
    pub(crate) mistakes: BTreeMap<FactId, String>,
    /// Last raises of each principal (L2).
    pub(crate) recent: BTreeMap<Principal, VecDeque<Timestamp>>,
    /// The newest lines of the timeline.
    pub(crate) lines: VecDeque<Line>,
    pub(crate) sightings: Sightings,
    pub(crate) escalations: Escalations,
    pub(crate) duties: Duties,
    pub(crate) contacts: Contacts,
    pub(crate) leads: Leads,
    pub(crate) drills: Drills,
    pub(crate) reach: Reach,
    /// School lifts of which somebody may still have to be told (S4).
    pub(crate) lifts: BTreeMap<FactId, Timestamp>,
    /// The newest entry that opened an epoch.
    pub(crate) epoch_opened: u64,
}

impl Campus {
    /// A campus of which nothing was ever recorded.
    #[must_use]
    pub fn new() -> Self {
        Self {
            position: Position::START,
            ..Self::default()
        }
    }

    /// The newest entry that was applied.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// What the campus is under: the maximum over the open items (P1).
    #[must_use]
    pub fn posture(&self) -> Posture {
        match self.open.values().map(|item| item.level).max() {
            Some(Level::LockDown) => Posture::LockDown,
            Some(Level::ControlledMovement) => Posture::ControlledMovement,
            Some(Level::Released) => self.released_as(),
            Some(Level::Checking) | None => Posture::Normal,
        }
    }

    /// Of several releases the one with the highest sequence gives the words.
    fn released_as(&self) -> Posture {
        self.releases()
            .max_by_key(|(seq, _, _)| *seq)
            .map_or(Posture::Normal, |(_, kind, _)| kind)
    }

    /// Open releases: sequence, kind, marks.
    pub(crate) fn releases(&self) -> impl Iterator<Item = (Option<u64>, Posture, &[Mark])> {
        self.open.values().filter_map(|item| match &item.what {
            ItemKind::Release { kind, marks, .. } => Some((item.seq, *kind, marks.as_slice())),
            ItemKind::Call { .. } | ItemKind::Movement { .. } | ItemKind::Threat { .. } => None,
        })
    }

    /// An immediate threat waits for its answer: no screen reads `normal` (A2).
    #[must_use]
    pub fn checking(&self) -> bool {
        self.at_level(Level::Checking).next().is_some()
    }

    /// The open items of one level.
    pub(crate) fn at_level(&self, level: Level) -> impl Iterator<Item = FactId> + '_ {
        self.open
            .iter()
            .filter(move |(_, item)| item.level == level)
            .map(|(id, _)| *id)
    }

    /// Every open posture raise: what an all clear must name (P4).
    pub fn open_raises(&self) -> impl Iterator<Item = FactId> + '_ {
        self.open
            .iter()
            .filter(|(_, item)| item.level >= Level::ControlledMovement)
            .map(|(id, _)| *id)
    }

    /// Every release that nobody resumed from: what a resume must name.
    pub fn open_releases(&self) -> impl Iterator<Item = FactId> + '_ {
        self.at_level(Level::Released)
    }

    /// What is known of a fact, unless it was a note of long ago.
    #[must_use]
    pub fn known(&self, id: FactId) -> Option<&Known> {
        self.known.get(&id)
    }

    /// Whether something is open, and the journal has lost its end since anything was lifted.
    pub(crate) fn record_lost(&self) -> bool {
        let lifted = self.covers.values().map(|cover| cover.position.seq).max();
        let posture = self.posture();
        let holds = matches!(posture, Posture::LockDown | Posture::ControlledMovement);
        holds && self.epoch_opened > lifted.unwrap_or_default()
    }

    /// Raises and notes that are shown and not in the journal yet.
    #[must_use]
    pub fn unrecorded(&self) -> &BTreeSet<FactId> {
        &self.unrecorded
    }

    /// What lifted items, for a screen that asks about what it shows (R3): one card for each
    /// clear, with all of them that it names. Two of one key would leave the last alone.
    #[must_use]
    pub fn covers_of(&self, items: &[FactId]) -> Vec<Card> {
        let mut names: BTreeMap<FactId, BTreeSet<FactId>> = BTreeMap::new();
        for item in items {
            if let Some(clear) = self.covered.get(item) {
                names.entry(*clear).or_default().insert(*item);
            }
        }
        let card = |(id, names): (FactId, BTreeSet<FactId>)| {
            let seq = self.known.get(&id).and_then(|known| known.seq)?;
            let kept = self.covers.get(&id).map(|cover| cover.names.clone());
            Some(Card::Cover(CoverCard {
                id,
                position: Position {
                    epoch: self.position.epoch,
                    seq,
                },
                names: kept.unwrap_or_else(|| names.into_iter().collect()),
            }))
        };
        names.into_iter().filter_map(card).collect()
    }

    /// Whether an item is open.
    #[must_use]
    pub fn is_open(&self, item: FactId) -> bool {
        self.open.contains_key(&item)
    }

    /// The number of the open incident.
    #[must_use]
    pub fn incident(&self) -> Option<u64> {
        self.incident
    }

    /// What was cleared up to here counts no more: the incident, the sweep, or the release that
    /// came before the calls that are open. Else a lock-down would end by a sweep of last week.
    fn sweep_counts_after(&self) -> u64 {
        let started = self.sweep.map_or(0, |(seq, _)| seq);
        let first_call = self
            .open
            .values()
            .filter(|item| item.level == Level::LockDown)
            .map(|item| item.seq.unwrap_or(u64::MAX))
            .min();
        let released = self
            .releases()
            .filter_map(|(seq, _, _)| seq)
            .filter(|seq| first_call.is_some_and(|call| *seq < call))
            .max();
        started
            .max(self.incident.unwrap_or(0))
            .max(released.unwrap_or(0))
    }

    /// Whether a zone is clear: cleared in this sweep, later than anything adverse in it (S1).
    pub(crate) fn zone_clear(&self, zone: &ZoneId) -> bool {
        let Some(state) = self.zones.get(zone) else {
            return false;
        };
        let Some((cleared, _)) = &state.cleared else {
            return false;
        };
        cleared.seq > self.sweep_counts_after()
            && state
                .adverse
                .as_ref()
                .is_none_or(|(adverse, _)| adverse < cleared)
    }

    /// Zones of the site that are not clear.
    pub(crate) fn unswept<'a>(&'a self, site: &'a Site) -> impl Iterator<Item = &'a ZoneId> {
        site.record
            .zones
            .keys()
            .filter(|zone| !self.zone_clear(zone))
    }

    /// Whether a room was opened since the last release and call (S5).
    pub(crate) fn room_opened(&self, room: &RoomId) -> bool {
        self.opened
            .get(room)
            .is_some_and(|seq| *seq > self.last_call)
    }

    /// Whether a room was left unopened by a resume, and neither opened nor overtaken by a call
    /// since: it stays locked whatever the posture is (S5).
    pub(crate) fn left_locked(&self, room: &RoomId) -> bool {
        let opened = self.opened.get(room).copied().unwrap_or_default();
        self.left
            .get(room)
            .is_some_and(|seq| *seq > opened.max(self.last_call))
    }

    /// Pleas, answered ones of this incident among them.
    pub(crate) fn pleas(&self) -> impl Iterator<Item = &Plea> {
        let of_rooms = self.rooms.values().filter_map(|room| room.plea.as_ref());
        of_rooms.chain(self.strays.values().map(|stray| &stray.plea))
    }

    /// Whether a person is recorded as here. Unknown is never here (C2).
    pub(crate) fn is_here(&self, person: Option<&PersonId>, now: Timestamp) -> bool {
        person
            .and_then(|person| self.presence.get(person))
            .is_some_and(|presence| presence.is_here(now))
    }

    /// Everybody who is recorded as here.
    pub(crate) fn here(&self, now: Timestamp) -> impl Iterator<Item = (&PersonId, &Author)> {
        self.presence
            .iter()
            .filter(move |(_, presence)| presence.is_here(now))
            .map(|(person, presence)| (person, &presence.by))
    }

    /// The newest open posture raise, recorded or not: what acknowledgements are counted for.
    pub(crate) fn newest_raise(&self) -> Option<(FactId, &OpenItem)> {
        self.open
            .iter()
            .filter(|(_, item)| item.level >= Level::ControlledMovement)
            .max_by_key(|(id, item)| (item.seq.unwrap_or(u64::MAX), item.at, **id))
            .map(|(id, item)| (*id, item))
    }

    /// When a room first acknowledged an alert, if it did.
    pub(crate) fn acknowledged_in(&self, room: &RoomId, alert: Alert) -> Option<Timestamp> {
        self.rooms.get(room)?.acknowledged.first(alert)
    }
}
