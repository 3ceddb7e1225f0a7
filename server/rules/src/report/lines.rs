//! What happened, entry by entry: each with its sentence, who, when, and what stays on it.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::contact::Breach;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::FactId;
use lockstep_proto::sentence::sentence;
use lockstep_proto::timeline::withheld;
use serde::{Deserialize, Serialize};

use super::act::{Hand, Kept, Part, hand};
use crate::cards::is_late;

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// Its number.
    pub seq: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Its fact.
    pub id: FactId,
    /// Where it stands to the incident.
    pub part: Part,
    /// When an instance accepted it, by the server's clock (T4).
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub at: Timestamp,
    /// When the journal took it.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub recorded: Timestamp,
    /// When its author's device says that it was: a claim, and never more (T4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<lockstep_proto::schema::Timestamp>")
    )]
    pub claimed_at: Option<Timestamp>,
    /// Who, and on which device.
    pub by: Hand,
    /// What happened.
    pub text: String,
    /// What stays on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
}

/// What stays on an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// The server's clock was in doubt when the journal took it.
    ClockInDoubt,
    /// The journal took it so long after an instance had accepted it (P7).
    Late {
        /// Seconds between the two.
        by_s: i64,
    },
    /// What it broke (C4).
    OffProtocol {
        /// Each rule that was broken.
        breaches: Vec<Breach>,
    },
    /// What stays on a release.
    Marked {
        /// The mark.
        mark: Mark,
    },
    /// A clear that was refused, and never came true.
    Refused,
    /// Its author was forced, as their PIN said (A4).
    Duress,
    /// District policy made it of an immediate threat.
    ByPolicy,
    /// It belongs to a drill.
    Drill,
    /// The call was annotated as a mistake by that entry (L3).
    Mistake {
        /// The annotation.
        seq: u64,
    },
    /// The journal lost its tail here, and says so.
    EpochOpened,
    /// Words of it are withheld from this copy (T5).
    Withheld,
    /// Words of it were removed (T5).
    Removed {
        /// Under which order.
        order: String,
    },
}

/// The lines of the entries that belong to an incident. Batches of the reach ledger are not
/// among them: what they say stands with each alert.
pub(super) fn lines(kept: &[Kept]) -> Vec<Line> {
    let mistakes: BTreeMap<FactId, u64> = kept
        .iter()
        .filter_map(|kept| {
            if let Fact::MistakeAnnotated { call, .. } = &kept.stamped().fact {
                Some((*call, kept.entry().seq))
            } else {
                None
            }
        })
        .collect();
    kept.iter()
        .filter(|kept| !matches!(kept.stamped().fact, Fact::ReachKept { .. }))
        .map(|kept| line(kept, mistakes.get(&kept.id()).copied()))
        .collect()
}

fn line(kept: &Kept, mistake: Option<u64>) -> Line {
    let entry = kept.entry();
    let stamped = &entry.stamped;
    let mut flags = Vec::new();
    if entry.clock_in_doubt {
        flags.push(Flag::ClockInDoubt);
    }
    if is_late(stamped.at, entry.recorded) {
        let by_s = entry.recorded.as_second() - stamped.at.as_second();
        flags.push(Flag::Late { by_s });
    }
    flags.extend(of_fact(&stamped.fact));
    flags.extend(mistake.map(|seq| Flag::Mistake { seq }));
    for seal in withheld(entry) {
        let flag = match kept.read.removed.get(&seal) {
            Some(order) => Flag::Removed {
                order: order.clone(),
            },
            None => Flag::Withheld,
        };
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    Line {
        seq: entry.seq,
        epoch: entry.epoch,
        id: stamped.id,
        part: kept.part,
        at: stamped.at,
        recorded: entry.recorded,
        claimed_at: stamped.claimed_at,
        by: hand(stamped),
        text: sentence(&stamped.fact),
        flags,
    }
}

/// What a fact carries on itself.
fn of_fact(fact: &Fact) -> Vec<Flag> {
    let marked = |marks: &[Mark]| {
        marks
            .iter()
            .map(|mark| Flag::Marked { mark: *mark })
            .collect()
    };
    match fact {
        Fact::ContactMade { off_protocol, .. } if !off_protocol.is_empty() => {
            vec![Flag::OffProtocol {
                breaches: off_protocol.clone(),
            }]
        }
        Fact::AllClearGiven { marks, .. } | Fact::SchoolLifted { marks, .. } => marked(marks),
        Fact::DrillAllClearGiven { marks, .. } => {
            let mut flags = vec![Flag::Drill];
            flags.extend(marks.iter().map(|mark| Flag::Marked { mark: *mark }));
            flags
        }
        Fact::DrillStarted { .. }
        | Fact::DrillLockDownCalled { .. }
        | Fact::DrillRoomReported { .. }
        | Fact::DrillZoneCleared { .. }
        | Fact::DrillEnded { .. } => vec![Flag::Drill],
        Fact::LockDownCalled {
            of_threat: Some(_), ..
        } => vec![Flag::ByPolicy],
        Fact::ClearRefused { .. } if fact.is_under_duress() => vec![Flag::Refused, Flag::Duress],
        Fact::ClearRefused { .. } => vec![Flag::Refused],
        Fact::EpochOpened { .. } => vec![Flag::EpochOpened],
        Fact::ContactMade { .. }
        | Fact::LockDownCalled { .. }
        | Fact::ControlledMovementBegun { .. }
        | Fact::ThreatReported { .. }
        | Fact::RoomReported { .. }
        | Fact::AdverseReported { .. }
        | Fact::NotClearSaid { .. }
        | Fact::LiftObjected { .. }
        | Fact::Acknowledged { .. }
        | Fact::Arrived {}
        | Fact::Departed {}
        | Fact::MistakeAnnotated { .. }
        | Fact::PleaAnswered { .. }
        | Fact::ThreatAnswered { .. }
        | Fact::SweepStarted {}
        | Fact::ZoneCleared { .. }
        | Fact::NotClearWithdrawn { .. }
        | Fact::NotClearSetAside { .. }
        | Fact::LiftProposed { .. }
        | Fact::ObjectionWithdrawn { .. }
        | Fact::ObjectionSetAside { .. }
        | Fact::RoomOpened { .. }
        | Fact::IncidentClosed { .. }
        | Fact::ControlledMovementEnded { .. }
        | Fact::Resumed { .. }
        | Fact::SightingReported { .. }
        | Fact::PictureAttached { .. }
        | Fact::RosterOpened { .. }
        | Fact::EscalationOpened { .. }
        | Fact::LineRecorded { .. }
        | Fact::DutyAttempted { .. }
        | Fact::DutyAcknowledged { .. }
        | Fact::DutyDone { .. }
        | Fact::DutyDeclined { .. }
        | Fact::ContactJudgedSafe { .. }
        | Fact::ContactWithdrawn { .. }
        | Fact::LeadOffered { .. }
        | Fact::LeadTaken { .. }
        | Fact::ReachKept { .. }
        | Fact::DirectoryImported { .. }
        | Fact::RostersImported { .. }
        | Fact::CodeMade { .. }
        | Fact::PolicyChanged { .. }
        | Fact::OfficerCodeMade { .. }
        | Fact::OfficerCertified { .. }
        | Fact::PersonAssigned { .. }
        | Fact::DirectoryChanged { .. }
        | Fact::SignedIn { .. }
        | Fact::CredentialRevoked { .. }
        | Fact::PasskeyAdded { .. }
        | Fact::PasskeyRemoved { .. }
        | Fact::PinSet { .. } => Vec::new(),
    }
}
