//! Clears: what must hold for each (P4), and what it says.

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::directory::ReleaseMode;
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{FactId, Principal, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Level;
use lockstep_proto::text::Text;
use lockstep_proto::view::VetoKind;

use super::{Asked, bounded, later, words};
use crate::apply::missing;
use crate::campus::Proposal;

/// How long a lift proposal stands (S4).
const PROPOSAL_STANDS_S: i64 = 300;

impl Asked<'_> {
    // Clears. Each names what it lifts and the head that its author's screen had drawn (P4).

    pub(super) fn end_movement(&self, lifts: &[FactId], seen: Position) -> Result<Fact, Refusal> {
        if self.campus.at_level(Level::LockDown).next().is_some() {
            return Err(Code::CallOpen.into());
        }
        self.names_all(lifts, seen)?;
        Ok(Fact::ControlledMovementEnded {
            lifts: lifts.to_vec(),
            seen,
        })
    }

    pub(super) fn all_clear(
        &self,
        lifts: &[FactId],
        seen: Position,
        override_reason: Option<&Text>,
    ) -> Result<Fact, Refusal> {
        let incident = self.locked_down()?;
        self.names_all(lifts, seen)?;
        // S3: any officer's standing word, the giver's own included, until it is withdrawn.
        self.no_veto(Code::NotClearStands, |kind| kind == VetoKind::NotClear)?;
        let mut marks = Vec::new();
        let unswept: Vec<&ZoneId> = self.campus.unswept(self.site).collect();
        if !unswept.is_empty() {
            if override_reason.is_none() {
                return Err(Refusal::new(Code::SweepIncomplete).about(unswept));
            }
            marks.push(Mark::Unswept);
        }
        if self.campus.set_aside {
            marks.push(Mark::SetAside);
        }
        if !self.campus.is_here(self.actor.person(), self.now.at) {
            if override_reason.is_none() {
                return Err(Code::OffCampus.into());
            }
            marks.push(Mark::GivenFromOffCampus);
        }
        let certification = self
            .actor
            .certification
            .clone()
            .ok_or(Code::CertificationMissing)?;
        Ok(Fact::AllClearGiven {
            lifts: lifts.to_vec(),
            seen,
            incident,
            certification,
            marks,
            override_reason: words(override_reason),
        })
    }

    pub(super) fn lift_possible(&self) -> Result<u64, Refusal> {
        let incident = self.locked_down()?;
        // S4: an objection blocks it, and an officer's *not clear* all the more.
        self.no_veto(Code::ObjectionStands, |_| true)?;
        Ok(incident)
    }

    pub(super) fn confirm_lift(
        &self,
        proposal: FactId,
        lifts: &[FactId],
        seen: Position,
    ) -> Result<Fact, Refusal> {
        let stands = self
            .campus
            .proposals
            .get(&proposal)
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([proposal]))?;
        let incident = self.lift_possible()?;
        let same = stands.by.principal == self.actor.author.principal
            || stands.by.credential == self.actor.author.credential;
        let Principal::Person(proposed_by) = &stands.by.principal else {
            return Err(Code::SamePerson.into());
        };
        if same {
            return Err(Code::SamePerson.into());
        }
        if self.is_void(stands, lifts) {
            return Err(Code::ProposalVoid.into());
        }
        self.names_all(lifts, seen)?;
        let mut marks = Vec::new();
        if self.campus.unswept(self.site).next().is_some() {
            marks.push(Mark::Unswept);
        }
        // It would have blocked this release too (S3).
        if self.campus.set_aside {
            marks.push(Mark::SetAside);
        }
        Ok(Fact::SchoolLifted {
            lifts: lifts.to_vec(),
            seen,
            incident,
            proposal,
            proposed_by: proposed_by.clone(),
            marks,
        })
    }

    /// Anything new, or five minutes, voids a proposal; so does naming other raises (S4).
    fn is_void(&self, proposal: &Proposal, lifts: &[FactId]) -> bool {
        let late = later(proposal.at, PROPOSAL_STANDS_S) < self.now.at;
        let new = self.campus.last_raise > proposal.seq
            || !self.campus.alarms_unrecorded.is_empty()
            || self
                .campus
                .open_raises()
                .any(|id| !proposal.lifts.contains(&id));
        let other = !missing(lifts.iter().copied(), &proposal.lifts).is_empty()
            || !missing(proposal.lifts.iter().copied(), lifts).is_empty();
        late || new || other
    }

    pub(super) fn resume(
        &self,
        lifts: &[FactId],
        seen: Position,
        unopened: &[RoomId],
        reason: Option<&Text>,
    ) -> Result<Fact, Refusal> {
        bounded(lifts)?;
        bounded(unopened)?;
        let raises: Vec<FactId> = self.campus.open_raises().collect();
        if !raises.is_empty() {
            return Err(Refusal::new(Code::NotReleased).about(raises));
        }
        self.names_exactly(lifts, self.campus.open_releases().collect())?;
        self.nothing_new(seen)?;
        Ok(Fact::Resumed {
            lifts: lifts.to_vec(),
            seen,
            unopened: self.unopened(unopened, reason)?,
            reason: words(reason),
        })
    }

    /// A7: under `room_by_room` every room is open, or named with a reason. Answers those that
    /// are not.
    fn unopened(&self, named: &[RoomId], reason: Option<&Text>) -> Result<Vec<RoomId>, Refusal> {
        match self.site.policy.release {
            ReleaseMode::Announce => Ok(Vec::new()),
            ReleaseMode::RoomByRoom => {
                let left: Vec<&RoomId> = self
                    .site
                    .record
                    .rooms
                    .keys()
                    .filter(|room| !self.campus.room_opened(room))
                    .collect();
                let unnamed = left.iter().any(|room| !named.contains(room));
                if unnamed || (!left.is_empty() && reason.is_none()) {
                    return Err(Refusal::new(Code::RoomsUnopened).about(left));
                }
                Ok(left.into_iter().cloned().collect())
            }
        }
    }

    fn locked_down(&self) -> Result<u64, Refusal> {
        if self.campus.at_level(Level::LockDown).next().is_none() {
            return Err(Code::NothingToLift.into());
        }
        // An open call that no journal entry opened an incident for is not recorded yet, and a
        // clear waits for the journal.
        self.campus
            .incident
            .ok_or_else(|| Code::JournalUnavailable.into())
    }

    pub(super) fn no_veto(
        &self,
        code: Code,
        counts: impl Fn(VetoKind) -> bool,
    ) -> Result<(), Refusal> {
        let vetoes: Vec<String> = self
            .campus
            .vetoes
            .values()
            .filter(|veto| counts(veto.kind))
            .map(|veto| format!("{}: {}", veto.by.name, veto.reason))
            .collect();
        if vetoes.is_empty() {
            Ok(())
        } else {
            Err(Refusal::new(code).about(vetoes))
        }
    }

    /// P4 for clears that lift posture raises.
    pub(super) fn names_all(&self, lifts: &[FactId], seen: Position) -> Result<(), Refusal> {
        bounded(lifts)?;
        self.names_exactly(lifts, self.campus.open_raises().collect())?;
        // What a clear names stands before it in the journal (DESIGN invariant 6).
        let unrecorded = lifts.iter().any(|id| self.campus.unrecorded.contains(id));
        if unrecorded {
            return Err(Code::JournalUnavailable.into());
        }
        self.nothing_new(seen)
    }

    /// Everything open is named, and nothing else.
    fn names_exactly(&self, named: &[FactId], open: Vec<FactId>) -> Result<(), Refusal> {
        if open.is_empty() {
            return Err(Code::NothingToLift.into());
        }
        let unnamed = missing(open.iter().copied(), named);
        if !unnamed.is_empty() {
            return Err(Refusal::new(Code::UnnamedRaises).about(unnamed));
        }
        let extra = missing(named.iter().copied(), &open);
        if !extra.is_empty() {
            return Err(Refusal::new(Code::NotOpen).about(extra));
        }
        Ok(())
    }

    /// No alarm stands after the head that the author's screen had drawn.
    pub(super) fn nothing_new(&self, seen: Position) -> Result<(), Refusal> {
        if seen > self.campus.position {
            return Err(Code::HeadUnknown.into());
        }
        let recorded = self.campus.alarms.range(seen.seq.saturating_add(1)..);
        let unseen: Vec<FactId> = recorded
            .map(|(_, id)| *id)
            .chain(self.campus.alarms_unrecorded.iter().copied())
            .collect();
        if !unseen.is_empty() || seen.epoch != self.campus.position.epoch {
            return Err(Refusal::new(Code::NewAlarm).about(unseen));
        }
        Ok(())
    }
}
