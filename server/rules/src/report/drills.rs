//! The yearly drill file (D4), and the test alerts beside it (D5): from the timeline alone.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::directory::Certification;
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{FactId, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::sentence::sentence;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use serde::{Deserialize, Serialize};

use super::DRILLS_FORMAT;
use super::act::{Act, act};
use super::input::Read;
use super::reach::{Alert, Came, Reached};
use super::refers::Named;

/// Drills and test alerts of one year that are told: more than four each school day.
const DRILLS_MAX: usize = 1_000;

/// A year of drills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DrillFile {
    /// The name of this form.
    pub format: String,
    /// The log that it is made from; none where that is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogId>,
    /// The year, in universal time.
    pub year: i16,
    /// The drills, in order.
    pub drills: Vec<DrillRecord>,
    /// The test alerts, in order.
    pub test_alerts: Vec<DrillRecord>,
    /// There were more than are told here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// One drill or test alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DrillRecord {
    /// Who started it, and when.
    pub started: Act,
    /// Its fact.
    pub id: FactId,
    /// What was practised.
    pub kind: DrillKind,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
    /// How it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DrillEnd>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted_ms: Option<u64>,
    /// How far it came.
    pub reach: Reached,
    /// Lock-down was called within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<Act>,
    /// What rooms said, last.
    pub rooms: BTreeMap<RoomId, DrillRoomReport>,
    /// Zones that were cleared in its sweep, last.
    pub swept: BTreeMap<ZoneId, Act>,
    /// The all clear that was practised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_clear: Option<PractisedAllClear>,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DrillEnd {
    /// Somebody ended it.
    Ended {
        /// Which entry.
        act: Act,
        /// Notes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Words>,
    },
    /// Something real ended it (D2).
    Real {
        /// Which entry.
        act: Act,
        /// That entry's sentence.
        text: String,
    },
}

impl DrillEnd {
    /// The entry that ended it.
    #[must_use]
    pub fn act(&self) -> &Act {
        match self {
            Self::Ended { act, .. } | Self::Real { act, .. } => act,
        }
    }
}

/// A practised all clear. A3 held for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PractisedAllClear {
    /// Which entry.
    pub act: Act,
    /// On what authority.
    pub certification: Certification,
    /// What stays on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Why it was given all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Words>,
}

/// A drill while the log is read.
#[derive(Debug)]
struct Running {
    record: DrillRecord,
    position: Position,
    /// The rooms that the log had named when it ended.
    rooms: Option<BTreeSet<RoomId>>,
    came: Came,
}

/// Makes the drill file of a year while the log is read, in order and from its first entry.
#[derive(Debug)]
pub struct DrillTeller {
    year: i16,
    log: Option<LogId>,
    named: Named,
    running: Vec<Running>,
    cut: bool,
}

impl DrillTeller {
    /// Of the drills that began in this year, in universal time.
    #[must_use]
    pub fn of(year: i16) -> Self {
        Self {
            year,
            log: None,
            named: Named::default(),
            running: Vec::new(),
            cut: false,
        }
    }

    /// Takes the next entry.
    pub fn take(&mut self, read: &Read) {
        let entry = &read.entry;
        let stamped = &entry.stamped;
        if self.log.is_none() {
            self.log = Some(entry.log.clone());
        }
        self.named.take(stamped);
        if let Fact::DrillStarted { kind, note } = &stamped.fact {
            self.start(read, *kind, note.as_ref());
        }
        for running in &mut self.running {
            let until = running.record.ended.as_ref().map(|end| end.act().at);
            running.came.take(stamped, entry.epoch, until);
            running.take(read);
            if running.record.ended.is_some() && running.rooms.is_none() {
                running.rooms = Some(self.named.rooms.clone());
            }
        }
    }

    fn start(&mut self, read: &Read, kind: DrillKind, note: Option<&Words>) {
        let entry = &read.entry;
        let year = entry.stamped.at.strftime("%Y").to_string();
        if year.parse() != Ok(self.year) {
            return;
        }
        if self.running.len() >= DRILLS_MAX {
            self.cut = true;
            return;
        }
        let record = DrillRecord {
            started: act(entry),
            id: entry.stamped.id,
            kind,
            note: note.cloned(),
            ended: None,
            lasted_ms: None,
            reach: Reached::default(),
            called: None,
            rooms: BTreeMap::new(),
            swept: BTreeMap::new(),
            all_clear: None,
        };
        self.running.push(Running {
            record,
            position: entry.position(),
            rooms: None,
            came: Came::default(),
        });
    }

    /// The file.
    #[must_use]
    pub fn file(self) -> DrillFile {
        let rooms = self.named.rooms;
        let all = self.running.into_iter().map(|one| one.told(&rooms));
        let (test_alerts, drills) = all.partition(|record| match record.kind {
            DrillKind::TestAlert => true,
            DrillKind::LockDown | DrillKind::ControlledMovement => false,
        });
        DrillFile {
            format: DRILLS_FORMAT.to_owned(),
            log: self.log,
            year: self.year,
            drills,
            test_alerts,
            cut: self.cut,
        }
    }
}

impl Running {
    fn take(&mut self, read: &Read) {
        let entry = &read.entry;
        let fact = &entry.stamped.fact;
        let record = &mut self.record;
        if entry.seq <= self.position.seq {
            return;
        }
        // The first real raise ends it, whatever is recorded of it later (D2).
        if record.ended.is_none() && fact.class().is_raise() {
            record.ended = Some(DrillEnd::Real {
                act: act(entry),
                text: sentence(fact),
            });
        }
        let over = record.ended.is_some();
        if let Fact::DrillRoomReported {
            drill,
            room,
            report,
        } = fact
        {
            if *drill == record.id {
                record.rooms.insert(room.clone(), report.clone());
            }
        } else if let Fact::DrillEnded { drill, note, .. } = fact {
            if *drill == record.id && !over {
                record.ended = Some(DrillEnd::Ended {
                    act: act(entry),
                    note: note.clone(),
                });
            }
        } else if let Fact::DrillLockDownCalled { drill } = fact {
            if *drill == record.id && !over {
                record.called = Some(act(entry));
                // What was cleared before the call counts no more.
                record.swept.clear();
            }
        } else if let Fact::DrillZoneCleared { drill, zone } = fact {
            if *drill == record.id && !over {
                record.swept.insert(zone.clone(), act(entry));
            }
        } else if let Fact::DrillAllClearGiven {
            drill,
            certification,
            marks,
            override_reason,
            ..
        } = fact
            && *drill == record.id
            && !over
        {
            record.all_clear = Some(PractisedAllClear {
                act: act(entry),
                certification: certification.clone(),
                marks: marks.clone(),
                override_reason: override_reason.clone(),
            });
        }
    }

    fn told(self, rooms: &BTreeSet<RoomId>) -> DrillRecord {
        let mut record = self.record;
        let until = record.ended.as_ref().map(|end| end.act().at);
        let started = record.started.at;
        let alert = Alert {
            id: record.id,
            position: self.position,
            at: started,
            until,
        };
        record.reach = self.came.of(alert, self.rooms.as_ref().unwrap_or(rooms));
        record.lasted_ms = until.map(|until| {
            let ms = until.as_millisecond() - started.as_millisecond();
            u64::try_from(ms.max(0)).unwrap_or_default()
        });
        record
    }
}
