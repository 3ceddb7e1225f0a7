//! Drills: their own commands, in their own fold (D1–D5).

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::drill::{DRILL_OVER_WORDS, DrillKind, DrillRoomReport};
use lockstep_proto::fact::{Fact, Mark};
use lockstep_proto::id::{FactId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::text::Text;

use super::{Asked, words};
use crate::drill::Drill;

impl Asked<'_> {
    pub(super) fn start_drill(
        &self,
        kind: DrillKind,
        note: Option<&Text>,
    ) -> Result<Fact, Refusal> {
        self.drill_possible()?;
        Ok(Fact::DrillStarted {
            kind,
            note: words(note),
        })
    }

    pub(super) fn report_drill_room(
        &self,
        drill: FactId,
        room: Option<&RoomId>,
        report: &DrillRoomReport,
    ) -> Result<Fact, Refusal> {
        self.running(drill)?;
        let room = self.room_or_own(room)?;
        Ok(Fact::DrillRoomReported {
            drill,
            room: room.ok_or(Code::RoomNeeded)?,
            report: report.clone(),
        })
    }

    pub(super) fn end_drill(
        &self,
        drill: FactId,
        seen: Position,
        note: Option<&Text>,
    ) -> Result<Fact, Refusal> {
        // One that something real ended may be put away once nothing real is left: else its
        // last words would stand on the screens for ever.
        if self.is_real() || !self.campus.drill_started(drill) {
            self.running(drill)?;
        }
        self.nothing_new(seen)?;
        Ok(Fact::DrillEnded {
            drill,
            seen,
            note: words(note),
        })
    }

    /// D1: posture `normal`, nothing real open, no drill running.
    fn drill_possible(&self) -> Result<(), Refusal> {
        if self.campus.drill().is_some() {
            return Err(Code::DrillRunning.into());
        }
        if self.is_real() {
            return Err(Code::PostureNotNormal.into());
        }
        Ok(())
    }

    /// Something real is going on.
    fn is_real(&self) -> bool {
        let campus = self.campus;
        campus.posture() != Posture::Normal
            || campus.checking()
            || campus.incident().is_some()
            || !campus.raises_unrecorded.is_empty()
    }

    /// The drill that is running is this one.
    fn running(&self, id: FactId) -> Result<&Drill, Refusal> {
        if let Some((running, drill)) = self.campus.drill()
            && running == id
        {
            return Ok(drill);
        }
        if self.campus.drill_started(id) || self.campus.drill_over() {
            // D2: from the first real raise on.
            return Err(Refusal {
                message: DRILL_OVER_WORDS.to_owned(),
                ..Refusal::new(Code::DrillOver)
            });
        }
        Err(Refusal::new(Code::UnknownThing).about([id]))
    }

    /// The same, and it practises a posture: a test alert has none (D5).
    pub(super) fn practised(&self, id: FactId) -> Result<FactId, Refusal> {
        match self.running(id)?.kind {
            DrillKind::TestAlert => Err(Code::NothingToLift.into()),
            DrillKind::LockDown | DrillKind::ControlledMovement => Ok(id),
        }
    }

    pub(super) fn drill_all_clear(
        &self,
        id: FactId,
        seen: Position,
        override_reason: Option<&Text>,
    ) -> Result<Fact, Refusal> {
        let drill = self.running(id)?;
        if self.campus.drill_posture(id, drill).0 != Posture::LockDown {
            return Err(Code::NothingToLift.into());
        }
        self.nothing_new(seen)?;
        let mut marks = Vec::new();
        let unswept = self.campus.drill_unswept(id, self.site);
        if !unswept.is_empty() {
            if override_reason.is_none() {
                return Err(Refusal::new(Code::SweepIncomplete).about(unswept));
            }
            marks.push(Mark::Unswept);
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
        Ok(Fact::DrillAllClearGiven {
            drill: id,
            seen,
            certification,
            marks,
            override_reason: words(override_reason),
        })
    }
}
