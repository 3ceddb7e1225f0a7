//! Reads one campus log from its first entry to its last, and keeps what belongs to one
//! incident.
//!
//! Folds every entry as the campus does, so that posture, lead, sweep and duties are what the
//! rules say and not a second telling. An incident is named by the entry that opened it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lockstep_proto::Timestamp;
use lockstep_proto::command::Class;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{CampusId, FactId, PersonId, RoomId};
use lockstep_proto::posture::Posture;
use lockstep_proto::timeline::LogId;
use lockstep_proto::view::Who;
use serde::{Deserialize, Serialize};

use super::act::{Act, Kept, Part, act};
use super::duties::Book;
use super::input::Read;
use super::reach::Came;
use super::refers::{Named, names};
use super::release::Swept;
use super::{FORMAT, Report, lines, list, raises, release, response, rooms};
use crate::apply::Recorded;
use crate::campus::Campus;

/// How long before an incident what was seen still belongs to it.
const LEAD_UP_S: i64 = 3_600;
/// What is kept of that hour.
const LEAD_UP_MAX: usize = 500;
/// Entries of one incident. What comes after them is not told, and that is said.
const KEPT_MAX: usize = 200_000;

/// What a campus was under, from one entry on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostureSpan {
    /// The entry that brought it.
    pub seq: u64,
    /// Since when.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub from: Timestamp,
    /// Until when; none where it is so at the end of what is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<lockstep_proto::schema::Timestamp>")
    )]
    pub until: Option<Timestamp>,
    /// What.
    pub posture: Posture,
    /// "Threat reported, being checked" (A2).
    pub checking: bool,
    /// What stood on the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// Who had the lead, from one entry on (C7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeadSpan {
    /// The entry after which it was so.
    pub seq: u64,
    /// When.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub from: Timestamp,
    /// Who; nobody where nobody was recorded as here to have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Who>,
}

/// Somebody who was recorded as here when the incident began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Here {
    /// The person.
    pub person: PersonId,
    /// Their name and role.
    pub who: Who,
    /// Since when.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub since: Timestamp,
}

/// Makes the report of one incident while the log is read, in order and from its first entry.
#[derive(Debug)]
pub struct Teller {
    wanted: u64,
    log: Option<LogId>,
    campus: Campus,
    stage: Part,
    kept: Vec<Kept>,
    /// What was seen since the incident before, at most an hour ago.
    lead_up: VecDeque<Read>,
    /// The facts that are told, and what else stands for them.
    ids: BTreeMap<FactId, u64>,
    named: Named,
    here: Vec<Here>,
    postures: Vec<PostureSpan>,
    leads: Vec<LeadSpan>,
    book: Option<Book>,
    came: Came,
    swept: BTreeMap<u64, Swept>,
    left: BTreeSet<RoomId>,
    opened: Option<Act>,
    closed: Option<Act>,
    cut: bool,
}

impl Teller {
    /// Of the incident that this entry opened.
    #[must_use]
    pub fn of(incident: u64) -> Self {
        Self {
            wanted: incident,
            log: None,
            campus: Campus::new(),
            stage: Part::Before,
            kept: Vec::new(),
            lead_up: VecDeque::new(),
            ids: BTreeMap::new(),
            named: Named::default(),
            here: Vec::new(),
            postures: Vec::new(),
            leads: Vec::new(),
            book: None,
            came: Came::default(),
            swept: BTreeMap::new(),
            left: BTreeSet::new(),
            opened: None,
            closed: None,
            cut: false,
        }
    }

    /// Whether nothing that is still to come can say any more, so that reading may end. Only
    /// what was accepted within an incident that is over can come in late, and nobody can
    /// know that nothing will.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.stage == Part::Before && self.campus.position().seq >= self.wanted
    }

    /// Takes the next entry.
    pub fn take(&mut self, read: &Read) {
        let entry = &read.entry;
        let stamped = &entry.stamped;
        if self.log.is_none() {
            self.log = Some(entry.log.clone());
        }
        let late = self.stage == Part::After && self.belongs_after(read);
        self.sweep_before(read);
        let recorded = Recorded {
            position: entry.position(),
            at: entry.recorded,
        };
        self.campus.apply(stamped, Some(recorded));
        match self.stage {
            Part::Before => {
                self.named.take(stamped);
                if entry.seq == self.wanted && self.campus.incident() == Some(self.wanted) {
                    self.open(read);
                } else {
                    self.remember(read);
                }
            }
            Part::Within => self.within(read),
            Part::After if late => self.keep(read, Part::After),
            Part::After => {}
        }
    }

    fn open(&mut self, read: &Read) {
        let entry = &read.entry;
        self.opened = Some(act(entry));
        let campus = entry.log.campus.clone();
        let campus = campus.or_else(|| CampusId::new("district").ok());
        self.book = campus.map(Book::new);
        let now = entry.stamped.at;
        self.here = self
            .campus
            .presence
            .iter()
            .filter(|(_, presence)| presence.is_here(now))
            .map(|(person, presence)| Here {
                person: person.clone(),
                who: crate::cards::who(&presence.by),
                since: presence.order.at,
            })
            .collect();
        let from = now.as_second().saturating_sub(LEAD_UP_S);
        for before in std::mem::take(&mut self.lead_up) {
            if before.entry.stamped.at.as_second() >= from {
                self.ids.insert(before.entry.stamped.id, before.entry.seq);
                self.kept.push(Kept {
                    read: before,
                    part: Part::Before,
                });
            }
        }
        self.stage = Part::Within;
        self.within(read);
    }

    /// What was seen, asked or done before anything was raised may be what it was raised for.
    fn remember(&mut self, read: &Read) {
        if self.campus.incident().is_some() {
            self.lead_up.clear();
            return;
        }
        let fact = &read.entry.stamped.fact;
        let telling = match fact.class() {
            Class::Alarm => true,
            Class::Note => matches!(
                fact,
                Fact::SightingReported { .. }
                    | Fact::PictureAttached { .. }
                    | Fact::ContactMade { .. }
                    | Fact::PleaAnswered { .. }
            ),
            Class::PostureRaise | Class::Ground | Class::Clear => false,
        };
        if telling {
            self.lead_up.push_back(read.clone());
            if self.lead_up.len() > LEAD_UP_MAX {
                self.lead_up.pop_front();
            }
        }
    }

    /// How the zones stood when a release was given: asked before it is folded in.
    fn sweep_before(&mut self, read: &Read) {
        let fact = &read.entry.stamped.fact;
        let asked = matches!(fact, Fact::AllClearGiven { .. } | Fact::SchoolLifted { .. });
        if self.stage != Part::Within || !asked {
            return;
        }
        let zones = self.named.zones.iter().cloned();
        let (clear, not_clear) = zones.partition(|zone| self.campus.zone_clear(zone));
        self.swept
            .insert(read.entry.seq, Swept { clear, not_clear });
    }

    fn within(&mut self, read: &Read) {
        let entry = &read.entry;
        self.named.take(&entry.stamped);
        if let Fact::Resumed { unopened, .. } = &entry.stamped.fact {
            self.left.extend(unopened.iter().cloned());
        }
        self.keep(read, Part::Within);
        self.see_posture(read);
        if self.campus.incident() != Some(self.wanted) {
            self.closed = Some(act(entry));
            self.stage = Part::After;
        }
    }

    fn keep(&mut self, read: &Read, part: Part) {
        let entry = &read.entry;
        if self.kept.len() >= KEPT_MAX {
            self.cut = true;
            return;
        }
        let until = self.closed.as_ref().map(|closed| closed.at);
        self.came.take(&entry.stamped, entry.epoch, until);
        self.ids.insert(entry.stamped.id, entry.seq);
        self.kept.push(Kept {
            read: read.clone(),
            part,
        });
        let Some(book) = &mut self.book else { return };
        book.note(entry);
        // These come by the thousand and change no duty.
        let idle = matches!(
            entry.stamped.fact,
            Fact::Acknowledged { .. } | Fact::ReachKept { .. }
        );
        if !idle {
            let ids = &self.ids;
            book.ask(&self.campus, entry, |cause| ids.get(&cause).copied());
        }
    }

    fn see_posture(&mut self, read: &Read) {
        let entry = &read.entry;
        let posture = self.campus.posture();
        let checking = self.campus.checking();
        let marks: Vec<Mark> = self
            .campus
            .releases()
            .flat_map(|(_, _, marks)| marks)
            .copied()
            .collect::<BTreeSet<Mark>>()
            .into_iter()
            .collect();
        let at = entry.stamped.at;
        let last = self.postures.last_mut();
        let same = last.as_ref().is_some_and(|last| {
            (last.posture, last.checking, &last.marks) == (posture, checking, &marks)
        });
        if !same {
            if let Some(last) = last {
                last.until = Some(at);
            }
            self.postures.push(PostureSpan {
                seq: entry.seq,
                from: at,
                until: None,
                posture,
                checking,
                marks,
            });
        }
        let open = self.campus.incident() == Some(self.wanted);
        let lead = self.campus.lead(at).map(|lead| lead.who);
        if open && self.leads.last().is_none_or(|last| last.lead != lead) {
            self.leads.push(LeadSpan {
                seq: entry.seq,
                from: at,
                lead,
            });
        }
    }

    /// What still belongs to an incident that is over: what names its facts or duties, a door
    /// that it left shut, and what was accepted within it and came in late.
    fn belongs_after(&self, read: &Read) -> bool {
        let stamped = &read.entry.stamped;
        let Some(closed) = &self.closed else {
            return false;
        };
        if let Fact::ReachKept { rows } = &stamped.fact {
            return rows.iter().any(|row| row.at <= closed.at);
        }
        if let Fact::RoomOpened { room } = &stamped.fact {
            return self.left.contains(room) && self.campus.left_locked(room);
        }
        let opened = self.opened.as_ref().map(|opened| opened.at);
        let within = stamped.at <= closed.at && opened.is_some_and(|opened| stamped.at >= opened);
        let late = match stamped.fact.class() {
            // A raise that comes in late opens the incident that it then belongs to.
            Class::PostureRaise | Class::Alarm => false,
            Class::Note | Class::Ground | Class::Clear => within,
        };
        late || names(&stamped.fact)
            .facts
            .iter()
            .any(|id| self.ids.contains_key(id) || self.is_duty(*id))
    }

    fn is_duty(&self, id: FactId) -> bool {
        self.book.as_ref().is_some_and(|book| book.has(id))
    }

    /// The report; none where the entry opened no incident.
    #[must_use]
    pub fn report(self) -> Option<Report> {
        let opened = self.opened?;
        let kept = self.kept;
        let last = kept.iter().map(Kept::entry).max_by_key(|entry| entry.seq)?;
        let (through, until) = (last.position(), last.recorded);
        let closed_at = self.closed.as_ref().map(|closed| closed.at);
        let mut named = self.named.rooms;
        named.extend(self.came.rooms().cloned());
        let raises = raises::raises(&kept, &self.came, &named, closed_at);
        let rooms = rooms::rooms(&kept, &named);
        let releases = release::releases(&kept, &self.swept);
        let marks = releases.iter().flat_map(|release| &release.marks);
        let marks: BTreeSet<Mark> = marks.copied().collect();
        let lines = lines::lines(&kept);
        Some(Report {
            format: FORMAT.to_owned(),
            log: self.log?,
            incident: self.wanted,
            kind: list::kind(&raises),
            opened,
            closed: self.closed,
            through,
            through_at: until,
            cut: self.cut,
            marks: marks.into_iter().collect(),
            removed: removed(&kept),
            people: people(&self.named.people, &kept),
            here: self.here,
            postures: self.postures,
            raises,
            rooms,
            duties: self.book.map(|book| book.told(until)).unwrap_or_default(),
            escalations: response::escalations(&kept),
            sightings: response::sightings(&kept),
            contacts: response::contacts(&kept),
            presence: response::presence(&kept),
            leads: self.leads,
            sweep: release::sweep(&kept),
            vetoes: release::vetoes(&kept),
            proposals: release::proposals(&kept),
            releases,
            refused: release::refusals(&kept),
            off_protocol: response::off_protocol(&kept),
            lines,
        })
    }
}

/// What was removed of the words that are told.
fn removed(kept: &[Kept]) -> BTreeMap<String, String> {
    let removed = kept.iter().flat_map(|kept| &kept.read.removed);
    removed
        .map(|(seal, order)| (seal.clone(), order.clone()))
        .collect()
}

/// The names of the people whom the entries name by id, as far as the log has them.
fn people(known: &BTreeMap<PersonId, Who>, kept: &[Kept]) -> BTreeMap<PersonId, Who> {
    let mut people = BTreeMap::new();
    for kept in kept {
        let named: Vec<&PersonId> = if let Fact::DutyAttempted { person, .. } = &kept.stamped().fact
        {
            vec![person]
        } else if let Fact::ContactJudgedSafe { with: person, .. }
        | Fact::LeadOffered { to: person }
        | Fact::SchoolLifted {
            proposed_by: person,
            ..
        } = &kept.stamped().fact
        {
            vec![person]
        } else if let Fact::ContactMade { by, .. } = &kept.stamped().fact {
            by.iter().collect()
        } else {
            Vec::new()
        };
        for person in named {
            if let Some(who) = known.get(person) {
                people.insert(person.clone(), who.clone());
            }
        }
    }
    people
}
