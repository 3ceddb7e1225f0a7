//! What people did about it: help that was asked for, what was seen, contact, presence, and
//! what was off-protocol.

use lockstep_proto::Timestamp;
use lockstep_proto::contact::{Breach, Danger, PictureKind};
use lockstep_proto::escalation::{Agency, Basis, LineState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{FactId, PersonId};
use lockstep_proto::text::Words;
use serde::{Deserialize, Serialize};

use super::act::{Act, Kept};

/// A call for help from outside, and what was recorded of it: no more than that is known (E2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Escalation {
    /// Which entry.
    pub act: Act,
    /// Its fact.
    pub id: FactId,
    /// Who was asked for.
    pub agency: Agency,
    /// Why.
    pub basis: Basis,
    /// Who decided, where it was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Words>,
    /// Who called, where it was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<Words>,
    /// The number called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Words>,
    /// Everything recorded of its line and of the answer, in order.
    pub words: Vec<LineWord>,
}

/// One thing recorded of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineWord {
    /// Which entry.
    pub act: Act,
    /// What it was then.
    pub state: LineState,
    /// The incident number that the agency gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident_number: Option<Words>,
    /// Why, or anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// Something that somebody saw (C5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sighting {
    /// Which entry.
    pub act: Act,
    /// What.
    pub seen: Words,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Words>,
    /// When, as its author says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<lockstep_proto::schema::Timestamp>")
    )]
    pub seen_at: Option<Timestamp>,
    /// Whether it is dangerous.
    pub danger: Danger,
    /// The entry of the sighting that it brings up to date, where that is told here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Its pictures: each by its hash, which can be withheld or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Pictured>,
}

/// A picture of a sighting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pictured {
    /// Which entry.
    pub act: Act,
    /// Hex SHA-256 of the picture.
    pub sha256: Words,
    /// Its format.
    pub kind: PictureKind,
    /// Its size in bytes.
    pub bytes: u32,
}

/// A step towards contact, or a contact (C3, C4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactStep {
    /// Which entry.
    pub act: Act,
    /// What.
    pub what: ContactKind,
}

/// What a step of a contact was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContactKind {
    /// Somebody judged it safe, together with another.
    JudgedSafe {
        /// The other.
        with: PersonId,
    },
    /// Somebody took that back.
    Withdrawn {},
    /// Contact was made.
    Made {
        /// By whom.
        by: Vec<PersonId>,
        /// What happened.
        what: Words,
        /// What it broke.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        off_protocol: Vec<Breach>,
    },
}

/// Somebody came or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PresenceStep {
    /// Which entry.
    pub act: Act,
    /// They are here from then on.
    pub here: bool,
}

/// What was recorded as off-protocol (C4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OffProtocol {
    /// Which entry.
    pub act: Act,
    /// What happened.
    pub what: Words,
    /// What it broke.
    pub breaches: Vec<Breach>,
}

/// Every call for help, with all that was recorded of it.
pub(super) fn escalations(kept: &[Kept]) -> Vec<Escalation> {
    let mut all: Vec<Escalation> = Vec::new();
    for kept in kept {
        if let Fact::EscalationOpened {
            agency,
            basis,
            state,
            decided_by,
            called_by,
            number,
            incident_number,
            note,
        } = &kept.stamped().fact
        {
            all.push(Escalation {
                act: kept.act(),
                id: kept.id(),
                agency: *agency,
                basis: *basis,
                decided_by: decided_by.clone(),
                called_by: called_by.clone(),
                number: number.clone(),
                words: vec![LineWord {
                    act: kept.act(),
                    state: *state,
                    incident_number: incident_number.clone(),
                    note: note.clone(),
                }],
            });
        } else if let Fact::LineRecorded {
            escalation,
            state,
            incident_number,
            note,
        } = &kept.stamped().fact
            && let Some(of) = all.iter_mut().find(|one| one.id == *escalation)
        {
            of.words.push(LineWord {
                act: kept.act(),
                state: *state,
                incident_number: incident_number.clone(),
                note: note.clone(),
            });
        }
    }
    all
}

/// Every sighting, with its pictures.
pub(super) fn sightings(kept: &[Kept]) -> Vec<Sighting> {
    let mut all: Vec<(FactId, Sighting)> = Vec::new();
    for kept in kept {
        if let Fact::SightingReported {
            seen,
            place,
            seen_at,
            danger,
            of,
        } = &kept.stamped().fact
        {
            let of = all.iter().find(|(id, _)| Some(*id) == *of);
            let sighting = Sighting {
                act: kept.act(),
                seen: seen.clone(),
                place: place.clone(),
                seen_at: *seen_at,
                danger: *danger,
                of: of.map(|(_, one)| one.act.seq),
                pictures: Vec::new(),
            };
            all.push((kept.id(), sighting));
        } else if let Fact::PictureAttached {
            to,
            sha256,
            kind,
            bytes,
        } = &kept.stamped().fact
            && let Some((_, of)) = all.iter_mut().find(|(id, _)| id == to)
        {
            of.pictures.push(Pictured {
                act: kept.act(),
                sha256: sha256.clone(),
                kind: *kind,
                bytes: *bytes,
            });
        }
    }
    all.into_iter().map(|(_, sighting)| sighting).collect()
}

/// Every judgement, withdrawal and contact.
pub(super) fn contacts(kept: &[Kept]) -> Vec<ContactStep> {
    kept.iter()
        .filter_map(|kept| {
            let what = if let Fact::ContactJudgedSafe { with, .. } = &kept.stamped().fact {
                ContactKind::JudgedSafe { with: with.clone() }
            } else if let Fact::ContactWithdrawn { .. } = &kept.stamped().fact {
                ContactKind::Withdrawn {}
            } else if let Fact::ContactMade {
                by,
                what,
                off_protocol,
                ..
            } = &kept.stamped().fact
            {
                ContactKind::Made {
                    by: by.clone(),
                    what: what.clone(),
                    off_protocol: off_protocol.clone(),
                }
            } else {
                return None;
            };
            Some(ContactStep {
                act: kept.act(),
                what,
            })
        })
        .collect()
}

/// Who came and who left.
pub(super) fn presence(kept: &[Kept]) -> Vec<PresenceStep> {
    kept.iter()
        .filter_map(|kept| {
            let here = if let Fact::Arrived {} = &kept.stamped().fact {
                true
            } else if let Fact::Departed {} = &kept.stamped().fact {
                false
            } else {
                return None;
            };
            Some(PresenceStep {
                act: kept.act(),
                here,
            })
        })
        .collect()
}

/// Everything that was recorded as off-protocol.
pub(super) fn off_protocol(kept: &[Kept]) -> Vec<OffProtocol> {
    kept.iter()
        .filter_map(|kept| {
            if let Fact::ContactMade {
                what, off_protocol, ..
            } = &kept.stamped().fact
                && !off_protocol.is_empty()
            {
                Some(OffProtocol {
                    act: kept.act(),
                    what: what.clone(),
                    breaches: off_protocol.clone(),
                })
            } else {
                None
            }
        })
        .collect()
}
