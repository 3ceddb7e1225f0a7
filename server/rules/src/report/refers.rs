//! What a fact names: other facts, rooms, zones and people. One match, so that a new fact does
//! not compile until it is decided what it is about.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId, Principal, RoomId, ZoneId};
use lockstep_proto::view::Who;

use crate::cards::who;

/// Everything that a fact names.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) facts: Vec<FactId>,
    rooms: Vec<&'a RoomId>,
    zones: Vec<&'a ZoneId>,
}

/// What a fact names.
pub(super) fn names(fact: &Fact) -> Names<'_> {
    let facts = |ids: &[FactId]| Names {
        facts: ids.to_vec(),
        ..Names::default()
    };
    match fact {
        Fact::ControlledMovementBegun { answers, .. } => facts(answers),
        Fact::LockDownCalled {
            answers, of_threat, ..
        } => {
            let mut names = facts(answers);
            names.facts.extend(of_threat);
            names
        }
        Fact::ThreatReported { room: from, .. } | Fact::RoomReported { room: from, .. } => Names {
            rooms: from.iter().collect(),
            ..Names::default()
        },
        // What an acknowledgement covers it says by position; these only came before it.
        Fact::Acknowledged { room: from, .. } => Names {
            rooms: from.iter().collect(),
            ..Names::default()
        },
        Fact::RoomOpened { room } => Names {
            rooms: vec![room],
            ..Names::default()
        },
        Fact::DrillRoomReported { drill, room, .. } => Names {
            facts: vec![*drill],
            rooms: vec![room],
            ..Names::default()
        },
        Fact::AdverseReported { zone, .. } | Fact::ZoneCleared { zone } => Names {
            zones: vec![zone],
            ..Names::default()
        },
        Fact::DrillZoneCleared { drill, zone } => Names {
            facts: vec![*drill],
            zones: vec![zone],
            ..Names::default()
        },
        Fact::Resumed {
            lifts, unopened, ..
        } => Names {
            facts: lifts.clone(),
            rooms: unopened.iter().collect(),
            ..Names::default()
        },
        Fact::ReachKept { rows } => Names {
            rooms: rows.iter().filter_map(|row| row.room.as_ref()).collect(),
            ..Names::default()
        },
        Fact::LiftProposed { lifts, .. }
        | Fact::ControlledMovementEnded { lifts, .. }
        | Fact::AllClearGiven { lifts, .. } => facts(lifts),
        Fact::SchoolLifted {
            lifts, proposal, ..
        } => {
            let mut names = facts(lifts);
            names.facts.push(*proposal);
            names
        }
        Fact::MistakeAnnotated { call: id, .. }
        | Fact::PleaAnswered { plea: id, .. }
        | Fact::ThreatAnswered { threat: id, .. }
        | Fact::NotClearWithdrawn { not_clear: id }
        | Fact::NotClearSetAside { not_clear: id, .. }
        | Fact::ObjectionWithdrawn { objection: id }
        | Fact::ObjectionSetAside { objection: id, .. }
        | Fact::PictureAttached { to: id, .. }
        | Fact::LineRecorded { escalation: id, .. }
        | Fact::DutyAcknowledged { duty: id }
        | Fact::DutyDone { duty: id, .. }
        | Fact::DutyDeclined { duty: id, .. }
        | Fact::ContactJudgedSafe { raise: id, .. }
        | Fact::ContactWithdrawn { raise: id }
        | Fact::LeadTaken { offer: id }
        | Fact::DrillLockDownCalled { drill: id }
        | Fact::DrillAllClearGiven { drill: id, .. }
        | Fact::DrillEnded { drill: id, .. } => facts(&[*id]),
        Fact::DutyAttempted { duty, cause, .. } => facts(&[*duty, *cause]),
        Fact::SightingReported { of, .. } => facts(of.as_slice()),
        Fact::ContactMade { raise, .. } => facts(raise.as_slice()),
        Fact::NotClearSaid { .. }
        | Fact::LiftObjected { .. }
        | Fact::Arrived {}
        | Fact::Departed {}
        | Fact::RosterOpened { .. }
        | Fact::RostersImported { .. }
        | Fact::SweepStarted {}
        | Fact::IncidentClosed { .. }
        | Fact::EscalationOpened { .. }
        | Fact::LeadOffered { .. }
        | Fact::DrillStarted { .. }
        | Fact::ClearRefused { .. }
        | Fact::EpochOpened { .. }
        | Fact::DirectoryImported { .. }
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
        | Fact::PinSet { .. } => Names::default(),
    }
}

/// The rooms, zones and people that a log has named so far. There is no directory in it: what
/// it never named it cannot count, and a report says so.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    pub(super) rooms: BTreeSet<RoomId>,
    pub(super) zones: BTreeSet<ZoneId>,
    pub(super) people: BTreeMap<PersonId, Who>,
}

impl Named {
    /// Takes in whom and what a fact names.
    pub(super) fn take(&mut self, stamped: &Stamped) {
        let names = names(&stamped.fact);
        for room in names.rooms {
            if !self.rooms.contains(room) {
                self.rooms.insert(room.clone());
            }
        }
        for zone in names.zones {
            if !self.zones.contains(zone) {
                self.zones.insert(zone.clone());
            }
        }
        if let Principal::Person(person) = &stamped.by.principal {
            let known = self.people.get(person);
            if known
                .is_none_or(|known| known.name != stamped.by.name || known.role != stamped.by.role)
            {
                self.people.insert(person.clone(), who(&stamped.by));
            }
        }
    }
}
