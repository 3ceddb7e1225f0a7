//! The incidents and drills of a campus, each by the entry that opened it.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use serde::{Deserialize, Serialize};

use super::input::Read;
use super::raises::{Raise, RaiseKind};
use crate::apply::Recorded;
use crate::campus::Campus;

/// Incidents and drills that one list tells: the newest.
const LISTED_MAX: usize = 10_000;

/// What an incident or a drill was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Help was asked for, and nothing else was raised.
    Escalation,
    /// An immediate threat was reported, and nothing else was raised.
    Threat,
    /// Controlled movement was the most that it came to.
    ControlledMovement,
    /// It came to a lock-down.
    LockDown,
    /// Nothing but the reach was tried.
    TestAlert,
}

impl IncidentKind {
    /// The kind as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Escalation => "Help asked for",
            Self::Threat => "Immediate threat",
            Self::ControlledMovement => "Controlled movement",
            Self::LockDown => "Lock-down",
            Self::TestAlert => "Test alert",
        }
    }
}

/// One incident or drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Listed {
    /// The entry that opened it: what names it.
    pub seq: u64,
    /// Real, or a drill; never both.
    pub real: bool,
    /// What it was.
    pub kind: IncidentKind,
    /// When it was opened.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub opened: Timestamp,
    /// When it was closed; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<lockstep_proto::schema::Timestamp>")
    )]
    pub closed: Option<Timestamp>,
    /// The entry that closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<u64>,
    /// What stays on its releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// The incidents and drills of a campus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Incidents {
    /// In order.
    pub incidents: Vec<Listed>,
}

/// What an incident came to, by what was raised in it.
pub(super) fn kind(raises: &[Raise]) -> IncidentKind {
    match raises.iter().map(|raise| raise.what).max() {
        Some(RaiseKind::LockDown) => IncidentKind::LockDown,
        Some(RaiseKind::ControlledMovement) => IncidentKind::ControlledMovement,
        Some(RaiseKind::Threat) => IncidentKind::Threat,
        None => IncidentKind::Escalation,
    }
}

/// Makes the list while the log is read, in order and from its first entry.
#[derive(Debug, Default)]
pub struct Lister {
    campus: Campus,
    listed: Vec<Listed>,
    /// The drills that were not ended, by where they are listed.
    drills: BTreeMap<FactId, usize>,
}

impl Lister {
    /// Takes the next entry.
    pub fn take(&mut self, read: &Read) {
        let entry = &read.entry;
        let before = self.campus.incident();
        let recorded = Recorded {
            position: entry.position(),
            at: entry.recorded,
        };
        self.campus.apply(&entry.stamped, Some(recorded));
        let after = self.campus.incident();
        let at = entry.stamped.at;
        if before.is_none() && after.is_some() {
            self.push(entry.seq, true, IncidentKind::Escalation, at);
        }
        if before.or(after).is_some() {
            let marks = self.campus.releases().flat_map(|(_, _, marks)| marks);
            let marks: Vec<Mark> = marks.copied().collect();
            let kind = self.kind_now();
            if let Some(real) = self.listed.iter_mut().rev().find(|one| one.real) {
                real.kind = if severity(kind) > severity(real.kind) {
                    kind
                } else {
                    real.kind
                };
                for mark in marks {
                    if !real.marks.contains(&mark) {
                        real.marks.push(mark);
                    }
                }
                if after.is_none() {
                    (real.closed, real.closed_by) = (Some(at), Some(entry.seq));
                }
            }
        }
        self.drill(read);
        if entry.stamped.fact.class().is_raise() {
            self.end_drills(entry.seq, at);
        }
    }

    fn kind_now(&self) -> IncidentKind {
        match (self.campus.posture(), self.campus.checking()) {
            (Posture::LockDown, _) => IncidentKind::LockDown,
            (Posture::ControlledMovement, _) => IncidentKind::ControlledMovement,
            (Posture::Normal | Posture::AllClear | Posture::LiftedBySchool, true) => {
                IncidentKind::Threat
            }
            (Posture::Normal | Posture::AllClear | Posture::LiftedBySchool, false) => {
                IncidentKind::Escalation
            }
        }
    }

    fn push(&mut self, seq: u64, real: bool, kind: IncidentKind, opened: Timestamp) {
        if self.listed.len() >= LISTED_MAX {
            self.listed.remove(0);
            self.drills.clear();
        }
        self.listed.push(Listed {
            seq,
            real,
            kind,
            opened,
            closed: None,
            closed_by: None,
            marks: Vec::new(),
        });
    }

    fn drill(&mut self, read: &Read) {
        let entry = &read.entry;
        if let Fact::DrillStarted { kind, .. } = &entry.stamped.fact {
            let kind = match kind {
                DrillKind::LockDown => IncidentKind::LockDown,
                DrillKind::ControlledMovement => IncidentKind::ControlledMovement,
                DrillKind::TestAlert => IncidentKind::TestAlert,
            };
            self.push(entry.seq, false, kind, entry.stamped.at);
            self.drills.insert(entry.stamped.id, self.listed.len() - 1);
        } else if let Fact::DrillEnded { drill, .. } = &entry.stamped.fact
            && let Some(n) = self.drills.remove(drill)
        {
            self.close(n, entry.seq, entry.stamped.at);
        }
    }

    /// The first real raise ends every drill (D2).
    fn end_drills(&mut self, seq: u64, at: Timestamp) {
        for n in std::mem::take(&mut self.drills).into_values() {
            self.close(n, seq, at);
        }
    }

    fn close(&mut self, n: usize, seq: u64, at: Timestamp) {
        if let Some(listed) = self.listed.get_mut(n) {
            (listed.closed, listed.closed_by) = (Some(at), Some(seq));
        }
    }

    /// The list, oldest first.
    #[must_use]
    pub fn list(self) -> Vec<Listed> {
        self.listed
    }
}

fn severity(kind: IncidentKind) -> u8 {
    match kind {
        IncidentKind::TestAlert => 0,
        IncidentKind::Escalation => 1,
        IncidentKind::Threat => 2,
        IncidentKind::ControlledMovement => 3,
        IncidentKind::LockDown => 4,
    }
}
