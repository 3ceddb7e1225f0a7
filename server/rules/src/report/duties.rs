//! Duties and their clocks, as the rules saw them after each entry: never told a second way.
//!
//! Two kinds ask everybody of a role. Who that was stands in the directory, which a timeline
//! does not hold: here it is those whom the server is recorded to have tried, and a stand-in
//! while it is recorded to have tried nobody. So such a duty reads as open for too long
//! rather than for too short.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::directory::{Campus as CampusRecord, Policy};
use lockstep_proto::duty::{Channel, DutyKind, Outcome};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{CampusId, FactId, PersonId};
use lockstep_proto::role::Role;
use lockstep_proto::sentence::sentence;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::Entry;
use serde::{Deserialize, Serialize};

use super::act::{Act, act};
use crate::campus::{Campus, Reachable, Site};
use crate::duty::{Duty, asks, due, everybody};

/// Duties that one report tells, the first of them: a bound, as everything has one.
const RECORDS_MAX: usize = 10_000;

/// Stands in the place of those whom the timeline does not name.
const NOBODY_NAMED: &str = "nobody-named-yet";

/// Something that somebody had to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DutyRecord {
    /// Its id.
    pub id: FactId,
    /// What.
    pub kind: DutyKind,
    /// The entry that it follows from.
    pub cause: u64,
    /// The entry after which it was open.
    pub opened: u64,
    /// Since when its clock ran.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub since: Timestamp,
    /// From when on it was overdue.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub due: Timestamp,
    /// Whom it asks, by role.
    pub asks: Vec<Role>,
    /// Everything that the server tried, in order.
    pub attempts: Vec<AttemptMade>,
    /// What people said of it, in order.
    pub said: Vec<DutySaid>,
    /// What ended it; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DutyEnd>,
    /// How long it was open, in milliseconds; of an open one up to the last entry told here.
    pub lasted_ms: u64,
    /// How long it was overdue, in the same way; nothing where it was not.
    pub overdue_ms: u64,
}

/// One attempt to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptMade {
    /// Its entry.
    pub seq: u64,
    /// When.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub at: Timestamp,
    /// Whom.
    pub person: PersonId,
    /// How.
    pub channel: Channel,
    /// Which attempt it was for them, from 1.
    pub n: u16,
    /// What became of it.
    pub outcome: Outcome,
}

/// What somebody said of a duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DutySaid {
    /// Which entry.
    pub act: Act,
    /// What.
    pub what: DutyWord,
}

/// What can be said of a duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DutyWord {
    /// "I have it".
    Acknowledged {},
    /// Done, perhaps by other means (E5).
    Done {
        /// How.
        how: Words,
        /// Who did it, where it was not the author.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_by: Option<Words>,
        /// When, as the author says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(
            feature = "schema",
            schemars(with = "Option<lockstep_proto::schema::Timestamp>")
        )]
        done_at: Option<Timestamp>,
    },
    /// Not done, for a reason (E3).
    Declined {
        /// Why.
        reason: Words,
    },
}

/// What ended a duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DutyEnd {
    /// The entry after which it was open no more.
    pub act: Act,
    /// How.
    pub how: DutyEnding,
    /// That entry's sentence.
    pub text: String,
}

/// How a duty ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DutyEnding {
    /// Those who were asked said that they heard.
    Acknowledged,
    /// Somebody recorded it as done.
    Done,
    /// Somebody who was asked recorded why not.
    Declined,
    /// What it asks for happened, or its cause was answered or lifted.
    Met,
}

impl DutyEnding {
    /// The ending as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Done => "recorded as done",
            Self::Declined => "recorded as not done",
            Self::Met => "no longer asked",
        }
    }
}

/// The duties of an incident while the log is read.
#[derive(Debug, Clone)]
pub(super) struct Book {
    site: Site,
    /// The records of the duties that are open, by duty.
    open: BTreeMap<FactId, usize>,
    records: Vec<DutyRecord>,
}

impl Book {
    pub(super) fn new(campus: CampusId) -> Self {
        let record = CampusRecord {
            name: campus.to_string(),
            id: campus,
            address: String::new(),
            time_zone: "UTC".to_owned(),
            coordinates: None,
            radio: BTreeMap::new(),
            zones: BTreeMap::new(),
            rooms: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        let mut site = Site {
            record,
            policy: Policy::default(),
            people: BTreeMap::new(),
        };
        for role in [Role::Sro, Role::Eyes] {
            if let Some(nobody) = nobody(role) {
                site.people.insert(nobody, reachable(role));
            }
        }
        Self {
            site,
            open: BTreeMap::new(),
            records: Vec::new(),
        }
    }

    /// Whether that duty was ever open.
    pub(super) fn has(&self, id: FactId) -> bool {
        self.records.iter().any(|record| record.id == id)
    }

    /// Takes in what was tried and said, and whom the server is seen to ask.
    pub(super) fn note(&mut self, entry: &Entry) {
        let stamped = &entry.stamped;
        if let Fact::DutyAttempted {
            duty,
            kind,
            person,
            channel,
            n,
            outcome,
            ..
        } = &stamped.fact
        {
            if everybody(*kind) && !self.site.people.contains_key(person) {
                for role in asks(*kind) {
                    if let Some(nobody) = nobody(*role) {
                        self.site.people.remove(&nobody);
                    }
                    self.site.people.insert(person.clone(), reachable(*role));
                }
            }
            let attempt = AttemptMade {
                seq: entry.seq,
                at: stamped.at,
                person: person.clone(),
                channel: *channel,
                n: *n,
                outcome: *outcome,
            };
            if let Some(record) = self.last(*duty) {
                record.attempts.push(attempt);
            }
            return;
        }
        let (duty, what) = if let Fact::DutyAcknowledged { duty } = &stamped.fact {
            (*duty, DutyWord::Acknowledged {})
        } else if let Fact::DutyDone {
            duty,
            how,
            done_by,
            done_at,
        } = &stamped.fact
        {
            let what = DutyWord::Done {
                how: how.clone(),
                done_by: done_by.clone(),
                done_at: *done_at,
            };
            (*duty, what)
        } else if let Fact::DutyDeclined { duty, reason } = &stamped.fact {
            let reason = reason.clone();
            (*duty, DutyWord::Declined { reason })
        } else {
            return;
        };
        let act = act(entry);
        if let Some(record) = self.last(duty) {
            record.said.push(DutySaid { act, what });
        }
    }

    fn last(&mut self, id: FactId) -> Option<&mut DutyRecord> {
        self.records.iter_mut().rev().find(|record| record.id == id)
    }

    /// Asks the rules which duties are open after an entry. `cause` gives the entry of a
    /// cause, for those of this incident alone.
    pub(super) fn ask(
        &mut self,
        campus: &Campus,
        entry: &Entry,
        cause: impl Fn(FactId) -> Option<u64>,
    ) {
        let open: BTreeMap<FactId, Duty> = campus
            .open_duties(&self.site, entry.recorded)
            .into_iter()
            .map(|duty| (duty.id, duty))
            .collect();
        let over: Vec<FactId> = self
            .open
            .keys()
            .filter(|id| !open.contains_key(id))
            .copied()
            .collect();
        for id in over {
            if let Some(record) = self.open.remove(&id).and_then(|n| self.records.get_mut(n)) {
                record.ended = Some(end(entry));
            }
        }
        for (id, duty) in open {
            if self.open.contains_key(&id) || self.records.len() >= RECORDS_MAX {
                continue;
            }
            if let Some(cause) = cause(duty.cause) {
                self.open.insert(id, self.records.len());
                self.records.push(opened(&duty, cause, entry));
            }
        }
    }

    /// The records, each with how long it lasted up to its end or to the last entry told.
    pub(super) fn told(self, until: Timestamp) -> Vec<DutyRecord> {
        let mut records = self.records;
        for record in &mut records {
            let end = record.ended.as_ref().map_or(until, |end| end.act.at);
            record.lasted_ms = between(record.since, end);
            record.overdue_ms = between(record.due, end);
        }
        records.sort_by_key(|record| (record.opened, record.kind, record.id));
        records
    }
}

fn opened(duty: &Duty, cause: u64, entry: &Entry) -> DutyRecord {
    DutyRecord {
        id: duty.id,
        kind: duty.kind,
        cause,
        opened: entry.seq,
        since: duty.since,
        due: due(duty),
        asks: asks(duty.kind).to_vec(),
        attempts: Vec::new(),
        said: Vec::new(),
        ended: None,
        lasted_ms: 0,
        overdue_ms: 0,
    }
}

fn end(entry: &Entry) -> DutyEnd {
    let how = if let Fact::DutyAcknowledged { .. } = &entry.stamped.fact {
        DutyEnding::Acknowledged
    } else if let Fact::DutyDone { .. } = &entry.stamped.fact {
        DutyEnding::Done
    } else if let Fact::DutyDeclined { .. } = &entry.stamped.fact {
        DutyEnding::Declined
    } else {
        DutyEnding::Met
    };
    DutyEnd {
        act: act(entry),
        how,
        text: sentence(&entry.stamped.fact),
    }
}

fn between(from: Timestamp, to: Timestamp) -> u64 {
    let ms = to.as_millisecond() - from.as_millisecond();
    u64::try_from(ms.max(0)).unwrap_or_default()
}

fn nobody(role: Role) -> Option<PersonId> {
    PersonId::new(format!("{}.{NOBODY_NAMED}", role.as_str())).ok()
}

fn reachable(role: Role) -> Reachable {
    Reachable {
        name: String::new(),
        role,
        outside: 0,
    }
}
