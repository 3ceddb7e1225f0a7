//! How it ended: the sweep, what stood against a release, who released on what authority,
//! what was refused, and what a resume left unopened.

use std::collections::BTreeMap;

use lockstep_proto::code::Code;
use lockstep_proto::directory::Certification;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{FactId, PersonId, RoomId, ZoneId};
use lockstep_proto::text::Words;
use lockstep_proto::view::VetoKind;
use serde::{Deserialize, Serialize};

use super::act::{Act, Kept, Said};

/// The zones that the timeline names, at the moment of a release: which were clear by the
/// rules (S1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Swept {
    /// Clear.
    pub clear: Vec<ZoneId>,
    /// Not clear, or nothing known.
    pub not_clear: Vec<ZoneId>,
}

/// One step of the sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SweepStep {
    /// Which entry.
    pub act: Act,
    /// What.
    pub what: SweepKind,
    /// Where; none for the beginning of a sweep of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneId>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Words>,
}

/// What a step of the sweep was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SweepKind {
    /// A sweep of all zones began.
    Started,
    /// An officer found the zone clear.
    Cleared,
    /// Something adverse was seen in it: it is open again.
    Adverse,
}

/// A *not clear* or an objection, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Veto {
    /// Which entry.
    pub act: Act,
    /// Against what.
    pub kind: VetoKind,
    /// Why.
    pub reason: Words,
    /// Its author withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Act>,
    /// Another set it aside, and why (S3, S4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<Said>,
}

/// A clear that was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Release {
    /// Which entry.
    pub act: Act,
    /// Its fact.
    pub id: FactId,
    /// What it is, and on what authority.
    pub what: ReleaseKind,
    /// What it lifts, by their entries where those are told here.
    pub lifts: Vec<u64>,
    /// What stays on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// The zones at that moment, where a sweep is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swept: Option<Swept>,
}

/// What was released, and on what authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReleaseKind {
    /// Controlled movement was ended.
    MovementEnded {},
    /// An officer gave the all clear (A3).
    AllClear {
        /// On this authority.
        certification: Certification,
        /// Why it was given all the same (S2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_reason: Option<Words>,
        /// The incident that it is bound to (S6).
        incident: u64,
    },
    /// Two of the school's own people lifted it (S4). Not a law-enforcement all clear.
    SchoolLift {
        /// The first of the two, with the responsibility statement as typed; by id alone
        /// where the proposal is not told here.
        proposal: Option<Said>,
        /// The first of the two.
        proposed_by: PersonId,
        /// The incident that it is bound to.
        incident: u64,
    },
    /// Back to normal (A7).
    Resumed {
        /// Rooms that were left unopened.
        unopened: Vec<RoomId>,
        /// Why they could stay so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Words>,
    },
    /// An incident that never left `normal` was closed.
    Closed {
        /// Why.
        reason: Words,
    },
}

impl ReleaseKind {
    /// The kind as people say it.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::MovementEnded {} => "Controlled movement ended",
            Self::AllClear { .. } => "All clear, given by law enforcement",
            Self::SchoolLift { .. } => {
                "Lifted by school administration. This is not a law-enforcement all clear"
            }
            Self::Resumed { .. } => "Back to normal",
            Self::Closed { .. } => "Incident closed",
        }
    }
}

/// A clear that was refused. It never came true later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// Which entry.
    pub act: Act,
    /// What was asked.
    pub command: String,
    /// Why not.
    pub code: Code,
}

/// The steps of the sweep, in order.
pub(super) fn sweep(kept: &[Kept]) -> Vec<SweepStep> {
    kept.iter()
        .filter_map(|kept| {
            let (what, zone, seen) = if let Fact::SweepStarted {} = &kept.stamped().fact {
                (SweepKind::Started, None, None)
            } else if let Fact::ZoneCleared { zone } = &kept.stamped().fact {
                (SweepKind::Cleared, Some(zone), None)
            } else if let Fact::AdverseReported { zone, seen } = &kept.stamped().fact {
                (SweepKind::Adverse, Some(zone), Some(seen))
            } else {
                return None;
            };
            Some(SweepStep {
                act: kept.act(),
                what,
                zone: zone.cloned(),
                seen: seen.cloned(),
            })
        })
        .collect()
}

/// Every *not clear* and objection.
pub(super) fn vetoes(kept: &[Kept]) -> Vec<Veto> {
    let mut vetoes: Vec<(FactId, Veto)> = Vec::new();
    for kept in kept {
        let mut say = |kind, reason: &Words| {
            let veto = Veto {
                act: kept.act(),
                kind,
                reason: reason.clone(),
                withdrawn: None,
                set_aside: None,
            };
            vetoes.push((kept.id(), veto));
        };
        if let Fact::NotClearSaid { reason } = &kept.stamped().fact {
            say(VetoKind::NotClear, reason);
        } else if let Fact::LiftObjected { reason } = &kept.stamped().fact {
            say(VetoKind::Objection, reason);
        } else if let Fact::NotClearWithdrawn { not_clear: id }
        | Fact::ObjectionWithdrawn { objection: id } = &kept.stamped().fact
        {
            if let Some((_, veto)) = vetoes.iter_mut().find(|(of, _)| of == id) {
                veto.withdrawn = Some(kept.act());
            }
        } else if let Fact::NotClearSetAside {
            not_clear: id,
            reason,
        }
        | Fact::ObjectionSetAside {
            objection: id,
            reason,
        } = &kept.stamped().fact
            && let Some((_, veto)) = vetoes.iter_mut().find(|(of, _)| of == id)
        {
            veto.set_aside = Some(kept.said(Some(reason)));
        }
    }
    vetoes.into_iter().map(|(_, veto)| veto).collect()
}

/// Every clear that was committed, with the zones as they were then.
pub(super) fn releases(kept: &[Kept], swept: &BTreeMap<u64, Swept>) -> Vec<Release> {
    let seqs: BTreeMap<FactId, u64> = kept
        .iter()
        .map(|kept| (kept.id(), kept.entry().seq))
        .collect();
    kept.iter()
        .filter_map(|one| {
            let (what, lifts, marks) = released(one, kept)?;
            let lifts = lifts.iter().filter_map(|id| seqs.get(id));
            Some(Release {
                act: one.act(),
                id: one.id(),
                what,
                lifts: lifts.copied().collect(),
                marks: marks.to_vec(),
                swept: swept.get(&one.entry().seq).cloned(),
            })
        })
        .collect()
}

fn released<'a>(one: &'a Kept, kept: &[Kept]) -> Option<(ReleaseKind, &'a [FactId], &'a [Mark])> {
    let fact = &one.stamped().fact;
    Some(if let Fact::ControlledMovementEnded { lifts, .. } = fact {
        (ReleaseKind::MovementEnded {}, lifts, &[])
    } else if let Fact::AllClearGiven {
        lifts,
        incident,
        certification,
        marks,
        override_reason,
        ..
    } = fact
    {
        let what = ReleaseKind::AllClear {
            certification: certification.clone(),
            override_reason: override_reason.clone(),
            incident: *incident,
        };
        (what, lifts, marks)
    } else if let Fact::SchoolLifted {
        lifts,
        incident,
        proposal,
        proposed_by,
        marks,
        ..
    } = fact
    {
        let what = ReleaseKind::SchoolLift {
            proposal: proposed(kept, *proposal),
            proposed_by: proposed_by.clone(),
            incident: *incident,
        };
        (what, lifts, marks)
    } else if let Fact::Resumed {
        lifts,
        unopened,
        reason,
        ..
    } = fact
    {
        let what = ReleaseKind::Resumed {
            unopened: unopened.clone(),
            reason: reason.clone(),
        };
        (what, lifts, &[])
    } else if let Fact::IncidentClosed { reason } = fact {
        let reason = reason.clone();
        (ReleaseKind::Closed { reason }, &[], &[])
    } else {
        return None;
    })
}

fn proposed(kept: &[Kept], id: FactId) -> Option<Said> {
    let proposal = kept.iter().find(|kept| kept.id() == id)?;
    let Fact::LiftProposed { statement, .. } = &proposal.stamped().fact else {
        return None;
    };
    Some(proposal.said(Some(statement)))
}

/// School lifts that were proposed, whatever came of them.
pub(super) fn proposals(kept: &[Kept]) -> Vec<Said> {
    kept.iter()
        .filter_map(|kept| {
            if let Fact::LiftProposed { statement, .. } = &kept.stamped().fact {
                Some(kept.said(Some(statement)))
            } else {
                None
            }
        })
        .collect()
}

/// Every clear that was refused.
pub(super) fn refusals(kept: &[Kept]) -> Vec<Refused> {
    kept.iter()
        .filter_map(|kept| {
            if let Fact::ClearRefused { command, code, .. } = &kept.stamped().fact {
                Some(Refused {
                    act: kept.act(),
                    command: command.clone(),
                    code: *code,
                })
            } else {
                None
            }
        })
        .collect()
}
