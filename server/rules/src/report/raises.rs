//! What was raised: calls, controlled movements and immediate threats, what ended each, and
//! how far each came.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::command::ThreatKind;
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{FactId, RoomId};
use lockstep_proto::text::Words;
use serde::{Deserialize, Serialize};

use super::act::{Act, Kept, Said};
use super::reach::{Alert, Came, Reached};

/// One raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Raise {
    /// Which entry.
    pub act: Act,
    /// Its fact.
    pub id: FactId,
    /// What it is.
    pub what: RaiseKind,
    /// What the threat is, for controlled movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threat: Option<ThreatKind>,
    /// Why, or what was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Words>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Words>,
    /// From which room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// District policy made it of an immediate threat (A2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_policy: bool,
    /// The immediate threats that it answers, by their entries where those are told here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<u64>,
    /// What ended it; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Who said that it was a mistake, and why (L3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Said>,
    /// How far it came.
    pub reach: Reached,
}

/// What was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RaiseKind {
    /// An immediate threat.
    Threat,
    /// A controlled movement.
    ControlledMovement,
    /// A call of lock-down.
    LockDown,
}

impl RaiseKind {
    /// The kind as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Threat => "Immediate threat",
            Self::ControlledMovement => "Controlled movement",
            Self::LockDown => "Lock-down call",
        }
    }
}

/// What ended a raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ended {
    /// Which entry.
    pub act: Act,
    /// How.
    pub how: EndKind,
    /// In whose words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
}

/// How a raise ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndKind {
    /// A lock-down answered the threat.
    AnsweredByLockDown,
    /// A controlled movement answered the threat.
    AnsweredByMovement,
    /// Somebody found no threat.
    NoThreat,
    /// The controlled movement was ended.
    MovementEnded,
    /// An officer's all clear lifted it.
    AllClear,
    /// Two of the school's own people lifted it.
    SchoolLift,
}

impl EndKind {
    /// The way as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AnsweredByLockDown => "answered with lock-down",
            Self::AnsweredByMovement => "answered with controlled movement",
            Self::NoThreat => "answered, no threat",
            Self::MovementEnded => "ended",
            Self::AllClear => "lifted by an officer's all clear",
            Self::SchoolLift => "lifted by school administration",
        }
    }
}

/// Every raise of the incident, with how far it came among the rooms that the log names.
pub(super) fn raises(
    kept: &[Kept],
    came: &Came,
    rooms: &BTreeSet<RoomId>,
    closed: Option<Timestamp>,
) -> Vec<Raise> {
    let seqs: BTreeMap<FactId, u64> = kept
        .iter()
        .map(|kept| (kept.id(), kept.entry().seq))
        .collect();
    let ended = endings(kept);
    let mut mistakes: BTreeMap<FactId, Vec<Said>> = BTreeMap::new();
    for kept in kept {
        if let Fact::MistakeAnnotated { call, note } = &kept.stamped().fact {
            mistakes
                .entry(*call)
                .or_default()
                .push(kept.said(Some(note)));
        }
    }
    kept.iter()
        .filter_map(|kept| {
            let mut raise = as_raised(kept, &seqs)?;
            raise.ended = ended.get(&raise.id).cloned();
            raise.mistakes = mistakes.remove(&raise.id).unwrap_or_default();
            let lifted = raise.ended.as_ref().map(|ended| ended.act.at);
            let alert = Alert {
                id: raise.id,
                position: kept.entry().position(),
                at: raise.act.at,
                until: lifted.into_iter().chain(closed).min(),
            };
            raise.reach = came.of(alert, rooms);
            Some(raise)
        })
        .collect()
}

/// A raise as it came in.
fn as_raised(kept: &Kept, seqs: &BTreeMap<FactId, u64>) -> Option<Raise> {
    let mut raise = Raise {
        act: kept.act(),
        id: kept.id(),
        what: RaiseKind::Threat,
        threat: None,
        reason: None,
        place: None,
        room: None,
        by_policy: false,
        answers: Vec::new(),
        ended: None,
        mistakes: Vec::new(),
        reach: Reached::default(),
    };
    let answered = |answers: &[FactId]| -> Vec<u64> {
        let seqs = answers.iter().filter_map(|id| seqs.get(id));
        seqs.copied().collect()
    };
    if let Fact::LockDownCalled {
        reason,
        place,
        answers,
        of_threat,
    } = &kept.stamped().fact
    {
        raise.what = RaiseKind::LockDown;
        (raise.reason, raise.place) = (reason.clone(), place.clone());
        raise.by_policy = of_threat.is_some();
        raise.answers = answered(answers);
    } else if let Fact::ControlledMovementBegun {
        kind,
        place,
        seen,
        answers,
        ..
    } = &kept.stamped().fact
    {
        raise.what = RaiseKind::ControlledMovement;
        raise.threat = Some(*kind);
        (raise.reason, raise.place) = (seen.clone(), place.clone());
        raise.answers = answered(answers);
    } else if let Fact::ThreatReported {
        reason,
        place,
        room,
    } = &kept.stamped().fact
    {
        (raise.reason, raise.place) = (reason.clone(), place.clone());
        raise.room.clone_from(room);
    } else {
        return None;
    }
    Some(raise)
}

/// What ended each: the first that names it.
fn endings(kept: &[Kept]) -> BTreeMap<FactId, Ended> {
    let mut endings = BTreeMap::new();
    for kept in kept {
        let Some((names, how, words)) = ending(&kept.stamped().fact) else {
            continue;
        };
        for id in names {
            endings.entry(*id).or_insert_with(|| Ended {
                act: kept.act(),
                how,
                words: words.cloned(),
            });
        }
    }
    endings
}

fn ending(fact: &Fact) -> Option<(&[FactId], EndKind, Option<&Words>)> {
    Some(if let Fact::LockDownCalled { answers, .. } = fact {
        (answers, EndKind::AnsweredByLockDown, None)
    } else if let Fact::ControlledMovementBegun { answers, .. } = fact {
        (answers, EndKind::AnsweredByMovement, None)
    } else if let Fact::ThreatAnswered { threat, reason } = fact {
        let threat = std::slice::from_ref(threat);
        (threat, EndKind::NoThreat, Some(reason))
    } else if let Fact::ControlledMovementEnded { lifts, .. } = fact {
        (lifts, EndKind::MovementEnded, None)
    } else if let Fact::AllClearGiven { lifts, .. } = fact {
        (lifts, EndKind::AllClear, None)
    } else if let Fact::SchoolLifted { lifts, .. } = fact {
        (lifts, EndKind::SchoolLift, None)
    } else {
        return None;
    })
}
