//! A command becomes facts, or a named refusal.

mod clear;
mod drill;
mod response;

use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Class, Command, CommandRequest, NAMED_MAX, RoomReport};
use lockstep_proto::directory::Date;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{FactId, Principal, RoomId, ZoneId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Role;
use lockstep_proto::text::{Text, Words};
use lockstep_proto::view::VetoKind;

use crate::authority::{Actor, may};
use crate::campus::{Campus, ItemKind, RAISES_FREE, RAISES_OPEN, Site, Veto};
use crate::cards::stays_locked;

/// More raises than ten in this time are told to slow down (L2).
const RAISE_WINDOW_MS: i64 = 10_000;

/// The moment of a decision, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The server's clock.
    pub at: Timestamp,
    /// The day at the campus, against which a certification is held.
    pub today: Date,
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// New facts, the command's own first.
    New(Vec<Made>),
    /// The same command was accepted before; it stands here, once recorded (P6).
    Known(Option<u64>),
}

/// A fact and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: FactId,
    /// The fact.
    pub fact: Fact,
}

/// Decides a command. `digest` is that of the command's canonical form, which makes the same
/// id with other content noticed (P6).
pub fn decide(
    campus: &Campus,
    site: &Site,
    actor: &Actor,
    request: &CommandRequest,
    digest: &str,
    now: Now,
) -> Result<Decision, Refusal> {
    let command = &request.command;
    // What was answered before gets the same answer, also when the right or its proof has
    // run out since. The id is the principal's own: nobody reads another's answer by it.
    let id = FactId::of_command(&actor.district, &actor.author.principal, request.id);
    if let Some(known) = campus.known(id) {
        return if known.digest.as_deref() == Some(digest) {
            Ok(Decision::Known(known.seq))
        } else {
            Err(Code::IdReused.into())
        };
    }
    // Before anything that might be refused for another reason: to whoever watches it is the
    // refusal that an ordinary PIN gets when an alarm came in meanwhile (A4, P4).
    if actor.under_duress && !command.class().is_fact() {
        return Err(Refusal::new(Code::NewAlarm).about([duress_id(campus, id)]));
    }
    if let Some(code) = refused_before(campus, command, id) {
        return Err(code.into());
    }
    may(actor, &site.record.id, command, &site.policy, now.today)?;
    let asked = Asked {
        campus,
        site,
        actor,
        now,
    };
    if command.class().is_raise() {
        asked.not_too_fast()?;
    }
    let fact = asked.fact(command)?;
    let mut made = vec![Made { id, fact }];
    if matches!(command, Command::ReportThreat { .. }) {
        made.extend(asked.threat_is_a_call(id, &made[0].fact));
    }
    Ok(Decision::New(made))
}

/// Whose proposal a command confirms: a school lift stands on their right too (S4).
#[must_use]
pub fn proposer(campus: &Campus, command: &Command) -> Option<Author> {
    let Command::ConfirmLift { proposal, .. } = command else {
        return None;
    };
    Some(campus.proposals.get(proposal)?.by.clone())
}

/// The id of the entry that says that a command was refused (T1).
#[must_use]
pub fn refusal_id(command: FactId, code: Code) -> FactId {
    FactId::derived(command, code.as_str())
}

/// The id of the entry of a command that came with a duress PIN: that of any refusal for a new
/// alarm. Where that stands, the same command was refused for one before.
#[must_use]
pub fn duress_id(campus: &Campus, command: FactId) -> FactId {
    let id = refusal_id(command, Code::NewAlarm);
    let is_other = campus.known(id).is_some() && !campus.duress.contains_key(&id);
    if is_other {
        FactId::derived(id, Code::NewAlarm.as_str())
    } else {
        id
    }
}

/// A clear that was refused stays refused: a copy of it that was late on the way must not
/// come true once its ground is there. Its author looks again and sends another. Only a proof
/// may be added to the same command.
fn refused_before(campus: &Campus, command: &Command, id: FactId) -> Option<Code> {
    if command.class() != Class::Clear {
        return None;
    }
    Code::ALL.iter().copied().find(|code| {
        let for_want_of_proof = matches!(
            code,
            Code::ProofNeeded | Code::ProofWrong | Code::ProofThrottled
        );
        !for_want_of_proof && campus.known(refusal_id(id, *code)).is_some()
    })
}

/// Lock-downs that district policy makes of threats that nobody answered in time (A2). Every
/// instance makes the same one: its author, time and id are the threat's.
#[must_use]
pub fn due_calls(campus: &Campus, site: &Site, now: Timestamp) -> Vec<Stamped> {
    let Some(after_s) = site.policy.immediate_threat_locks_after_s else {
        return Vec::new();
    };
    campus
        .open
        .iter()
        .filter_map(|(id, item)| match &item.what {
            ItemKind::Threat { .. } => {
                let due = later(item.at, i64::from(after_s));
                (due <= now).then(|| policy_call(*id, &item.by, due))
            }
            ItemKind::Call { .. } | ItemKind::Movement { .. } | ItemKind::Release { .. } => None,
        })
        .filter(|call| !campus.known.contains_key(&call.id))
        .collect()
}

fn policy_call(threat: FactId, by: &Author, at: Timestamp) -> Stamped {
    Stamped {
        id: policy_call_id(threat),
        at,
        claimed_at: None,
        by: by.clone(),
        origin: None,
        fact: policy_call_fact(threat),
    }
}

fn policy_call_id(threat: FactId) -> FactId {
    FactId::derived(threat, "lock-down by policy")
}

fn policy_call_fact(threat: FactId) -> Fact {
    Fact::LockDownCalled {
        reason: None,
        place: None,
        answers: vec![threat],
        of_threat: Some(threat),
    }
}

/// A moment so many seconds later, and never an overflow.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_add(seconds)).unwrap_or(at)
}

/// One command in its circumstances.
struct Asked<'a> {
    campus: &'a Campus,
    site: &'a Site,
    actor: &'a Actor,
    now: Now,
}

impl Asked<'_> {
    /// From the eleventh raise in ten seconds the answer is `slow_down`, with a wait of at most
    /// a second. A first raise is never limited (L2).
    fn not_too_fast(&self) -> Result<(), Refusal> {
        let Some(recent) = self.campus.recent.get(&self.actor.author.principal) else {
            return Ok(());
        };
        let Some(oldest) = recent.front().filter(|_| recent.len() >= RAISES_FREE) else {
            return Ok(());
        };
        let passed_ms = self.now.at.as_millisecond() - oldest.as_millisecond();
        if (0..RAISE_WINDOW_MS).contains(&passed_ms) {
            let wait = (RAISE_WINDOW_MS - passed_ms).clamp(1, 1_000);
            return Err(Refusal::new(Code::SlowDown).retry_after_ms(wait.unsigned_abs()));
        }
        Ok(())
    }

    /// Command by command.
    fn fact(&self, command: &Command) -> Result<Fact, Refusal> {
        match command {
            Command::BeginControlledMovement {
                kind,
                place,
                seen,
                shareable,
                answers,
            } => Ok(Fact::ControlledMovementBegun {
                kind: *kind,
                place: words(place.as_ref()),
                seen: words(seen.as_ref()),
                shareable: words(shareable.as_ref()),
                answers: self.takes_over(Level::ControlledMovement, self.answered(answers)),
            }),
            Command::CallLockDown { reason, place } => Ok(Fact::LockDownCalled {
                reason: words(reason.as_ref()),
                place: words(place.as_ref()),
                answers: self.takes_over(Level::LockDown, self.open_threats()),
                of_threat: None,
            }),
            Command::ReportThreat {
                reason,
                place,
                room,
            } => Ok(Fact::ThreatReported {
                reason: words(reason.as_ref()),
                place: words(place.as_ref()),
                room: self.threat_room(room.as_ref()),
            }),
            Command::ReportRoom { room, report, note } => Ok(Fact::RoomReported {
                room: self.reported_room(room.as_ref(), report)?,
                report: report.clone(),
                note: words(note.as_ref()),
            }),
            Command::ReportAdverse { zone, seen } => Ok(Fact::AdverseReported {
                zone: self.zone(zone)?,
                seen: seen.into(),
            }),
            Command::SayNotClear { reason } => Ok(Fact::NotClearSaid {
                reason: reason.into(),
            }),
            Command::ObjectToLift { reason } => Ok(Fact::LiftObjected {
                reason: reason.into(),
            }),
            Command::Acknowledge {
                room,
                through,
                also,
            } => {
                bounded(also)?;
                Ok(Fact::Acknowledged {
                    room: self.room_or_own(room.as_ref())?,
                    // Nobody has seen what is not there yet: a claim beyond the head would
                    // acknowledge calls still to come (L5).
                    // Each half by itself: an older epoch is no leave for a later sequence.
                    through: Position {
                        epoch: through.epoch.min(self.campus.position.epoch),
                        seq: through.seq.min(self.campus.position.seq),
                    },
                    also: also.clone(),
                })
            }
            Command::Arrive {} => Ok(Fact::Arrived {}),
            Command::Leave {} => Ok(Fact::Departed {}),
            Command::AnnotateMistake { call, note } => self.annotate_mistake(*call, note),
            Command::AnswerPlea { plea, note } => self.answer_plea(*plea, note.as_ref()),
            Command::AnswerThreat { threat, reason } => self.answer_threat(*threat, reason),
            Command::StartSweep {} => Ok(Fact::SweepStarted {}),
            Command::ClearZone { zone } => Ok(Fact::ZoneCleared {
                zone: self.zone(zone)?,
            }),
            Command::WithdrawNotClear { not_clear } => {
                self.own_veto(*not_clear, VetoKind::NotClear)?;
                Ok(Fact::NotClearWithdrawn {
                    not_clear: *not_clear,
                })
            }
            Command::SetAsideNotClear { not_clear, reason } => {
                let veto = self.veto(*not_clear, VetoKind::NotClear)?;
                if veto.by.principal == self.actor.author.principal {
                    return Err(Refusal::new(Code::NotAllowed)
                        .because("It is your own: withdraw it instead."));
                }
                Ok(Fact::NotClearSetAside {
                    not_clear: *not_clear,
                    reason: reason.into(),
                })
            }
            Command::WithdrawObjection { objection } => {
                self.own_veto(*objection, VetoKind::Objection)?;
                Ok(Fact::ObjectionWithdrawn {
                    objection: *objection,
                })
            }
            Command::SetAsideObjection { objection, reason } => {
                self.veto(*objection, VetoKind::Objection)?;
                Ok(Fact::ObjectionSetAside {
                    objection: *objection,
                    reason: reason.into(),
                })
            }
            Command::ProposeLift {
                statement,
                lifts,
                seen,
            } => {
                self.lift_possible()?;
                self.names_all(lifts, *seen)?;
                Ok(Fact::LiftProposed {
                    statement: statement.into(),
                    lifts: lifts.clone(),
                    seen: *seen,
                })
            }
            Command::OpenRoom { room } => self.open_room(room),
            Command::CloseIncident { reason } => self.close_incident(reason),
            Command::EndControlledMovement { lifts, seen } => self.end_movement(lifts, *seen),
            Command::GiveAllClear {
                lifts,
                seen,
                override_reason,
            } => self.all_clear(lifts, *seen, override_reason.as_ref()),
            Command::ConfirmLift {
                proposal,
                lifts,
                seen,
            } => self.confirm_lift(*proposal, lifts, *seen),
            Command::Resume {
                lifts,
                seen,
                unopened,
                reason,
            } => self.resume(lifts, *seen, unopened, reason.as_ref()),
            Command::ReportSighting {
                seen,
                place,
                seen_at,
                danger,
                of,
            } => Ok(Fact::SightingReported {
                seen: seen.into(),
                place: words(place.as_ref()),
                seen_at: *seen_at,
                danger: *danger,
                // What it brings up to date may be gone from the screens: it is news all the same.
                of: of.filter(|of| self.campus.sighting_by(*of).is_some()),
            }),
            Command::AttachPicture {
                to,
                sha256,
                kind,
                bytes,
            } => self.attach_picture(*to, sha256, *kind, *bytes),
            Command::OpenRoster { room } => self.open_roster(room.as_ref()),
            Command::OpenEscalation {
                agency,
                basis,
                state,
                decided_by,
                called_by,
                number,
                incident_number,
                note,
            } => Ok(Fact::EscalationOpened {
                agency: *agency,
                basis: *basis,
                state: *state,
                decided_by: words(decided_by.as_ref()),
                called_by: words(called_by.as_ref()),
                number: words(number.as_ref()),
                incident_number: words(incident_number.as_ref()),
                note: words(note.as_ref()),
            }),
            Command::RecordLine {
                escalation,
                state,
                incident_number,
                note,
            } => Ok(Fact::LineRecorded {
                escalation: self.escalation(*escalation)?,
                state: *state,
                incident_number: words(incident_number.as_ref()),
                note: words(note.as_ref()),
            }),
            Command::AcknowledgeDuty { duty } => Ok(Fact::DutyAcknowledged {
                duty: self.asked_of_them(*duty)?,
            }),
            Command::FinishDuty {
                duty,
                how,
                done_by,
                done_at,
            } => Ok(Fact::DutyDone {
                duty: self.known_duty(*duty)?,
                how: how.into(),
                done_by: words(done_by.as_ref()),
                done_at: *done_at,
            }),
            Command::DeclineDuty { duty, reason } => Ok(Fact::DutyDeclined {
                duty: self.asked_of_them(*duty)?,
                reason: reason.into(),
            }),
            Command::JudgeContactSafe { raise, with } => self.judge_contact_safe(*raise, with),
            Command::WithdrawContact { raise } => self.withdraw_contact(*raise),
            Command::RecordContact { raise, by, what } => self.record_contact(*raise, by, what),
            Command::OfferLead { to } => self.offer_lead(to),
            Command::TakeLead { offer } => self.take_lead(*offer),
            Command::StartDrill { kind, note } => self.start_drill(*kind, note.as_ref()),
            Command::CallDrillLockDown { drill } => Ok(Fact::DrillLockDownCalled {
                drill: self.practised(*drill)?,
            }),
            Command::ReportDrillRoom {
                drill,
                room,
                report,
            } => self.report_drill_room(*drill, room.as_ref(), report),
            Command::ClearDrillZone { drill, zone } => Ok(Fact::DrillZoneCleared {
                drill: self.practised(*drill)?,
                zone: self.zone(zone)?,
            }),
            Command::GiveDrillAllClear {
                drill,
                seen,
                override_reason,
            } => self.drill_all_clear(*drill, *seen, override_reason.as_ref()),
            Command::EndDrill { drill, seen, note } => self.end_drill(*drill, *seen, note.as_ref()),
        }
    }

    /// Policy makes a staff member's immediate threat a lock-down (A2).
    fn threat_is_a_call(&self, threat: FactId, fact: &Fact) -> Option<Made> {
        let staff = matches!(self.actor.author.role, Role::Staff | Role::Eyes);
        if !(staff && self.site.policy.staff_may_lock_down) {
            return None;
        }
        let mut call = policy_call_fact(threat);
        if let (
            Fact::LockDownCalled { reason, place, .. },
            Fact::ThreatReported {
                reason: said,
                place: at,
                ..
            },
        ) = (&mut call, fact)
        {
            reason.clone_from(said);
            place.clone_from(at);
        }
        Some(Made {
            id: policy_call_id(threat),
            fact: call,
        })
    }

    /// Controlled movement answers the threats that it names, so far as they stand (A2). One
    /// that came in while its author looked elsewhere still waits for somebody: nothing else
    /// would lock the campus down for it.
    fn answered(&self, named: &[FactId]) -> Vec<FactId> {
        self.open_threats()
            .into_iter()
            .filter(|threat| named.contains(threat))
            .collect()
    }

    /// A lock-down answers every threat that stands: there is nothing higher to ask for (A2).
    fn open_threats(&self) -> Vec<FactId> {
        self.campus
            .at_level(Level::Checking)
            .take(NAMED_MAX)
            .collect()
    }

    /// Where very many raises are open, a new one takes its author's oldest of the same level
    /// over: a button that hangs can never make a lock-down that no all clear can name.
    fn takes_over(&self, level: Level, mut answers: Vec<FactId>) -> Vec<FactId> {
        if self.campus.open_raises().nth(RAISES_OPEN - 1).is_some() {
            let own = self.campus.open.iter().filter(|(_, item)| {
                let same = item.by.principal == self.actor.author.principal;
                same && item.level == level && item.seq.is_some()
            });
            let oldest = own.min_by_key(|(_, item)| item.seq).map(|(id, _)| *id);
            answers.extend(oldest);
        }
        answers
    }

    /// The room that a threat is reported from: never a reason to refuse it (P2). A person's
    /// own room may be on another campus; a device is where it hangs.
    fn threat_room(&self, named: Option<&RoomId>) -> Option<RoomId> {
        match &self.actor.author.principal {
            Principal::Device(_) => self.actor.room.clone(),
            Principal::Person(_) | Principal::Operator => named.or(self.own_room()).cloned(),
        }
    }

    fn own_room(&self) -> Option<&RoomId> {
        let rooms = &self.site.record.rooms;
        self.actor
            .room
            .as_ref()
            .filter(|room| rooms.contains_key(room))
    }

    fn room_or_own(&self, room: Option<&RoomId>) -> Result<Option<RoomId>, Refusal> {
        let Some(room) = room.or(self.own_room()) else {
            return Ok(None);
        };
        // A device speaks for its own room only.
        let foreign = matches!(self.actor.author.principal, Principal::Device(_))
            && self.actor.room.as_ref() != Some(room);
        if foreign || !self.site.record.rooms.contains_key(room) {
            return Err(Refusal::new(Code::UnknownThing).about([room]));
        }
        Ok(Some(room.clone()))
    }

    /// The room that is reported on. A plea is never refused for want of one (P2): without a
    /// room of this campus it stands under its author's name.
    fn reported_room(
        &self,
        named: Option<&RoomId>,
        report: &RoomReport,
    ) -> Result<Option<RoomId>, Refusal> {
        match self.room_or_own(named) {
            Ok(Some(room)) => Ok(Some(room)),
            Ok(None) | Err(_) if report.is_plea() => Ok(self.own_room().cloned()),
            Ok(None) => Err(Code::RoomNeeded.into()),
            Err(refusal) => Err(refusal),
        }
    }

    fn zone(&self, zone: &ZoneId) -> Result<ZoneId, Refusal> {
        if self.site.record.zones.contains_key(zone) {
            Ok(zone.clone())
        } else {
            Err(Refusal::new(Code::UnknownThing).about([zone]))
        }
    }

    fn annotate_mistake(&self, call: FactId, note: &Text) -> Result<Fact, Refusal> {
        let author = self
            .campus
            .raised
            .get(&call)
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([call]))?;
        // L3: its author or an administrator, also once it is lifted (C4).
        let own = *author == self.actor.author.principal;
        if !own && self.actor.author.role != Role::Administrator {
            return Err(Code::NotAllowed.into());
        }
        Ok(Fact::MistakeAnnotated {
            call,
            note: note.into(),
        })
    }

    fn answer_plea(&self, plea: FactId, note: Option<&Text>) -> Result<Fact, Refusal> {
        if !self.campus.pleas().any(|open| open.id == plea) {
            return Err(Refusal::new(Code::UnknownThing).about([plea]));
        }
        Ok(Fact::PleaAnswered {
            plea,
            note: words(note),
        })
    }

    fn answer_threat(&self, threat: FactId, reason: &Text) -> Result<Fact, Refusal> {
        if !self.campus.at_level(Level::Checking).any(|id| id == threat) {
            return Err(Refusal::new(Code::UnknownThing).about([threat]));
        }
        Ok(Fact::ThreatAnswered {
            threat,
            reason: reason.into(),
        })
    }

    fn veto(&self, id: FactId, kind: VetoKind) -> Result<&Veto, Refusal> {
        self.campus
            .vetoes
            .get(&id)
            .filter(|veto| veto.kind == kind)
            .ok_or_else(|| Refusal::new(Code::UnknownThing).about([id]))
    }

    fn own_veto(&self, id: FactId, kind: VetoKind) -> Result<(), Refusal> {
        if self.veto(id, kind)?.by.principal == self.actor.author.principal {
            Ok(())
        } else {
            Err(Code::NotYours.into())
        }
    }

    fn open_room(&self, room: &RoomId) -> Result<Fact, Refusal> {
        if !self.site.record.rooms.contains_key(room) {
            return Err(Refusal::new(Code::UnknownThing).about([room]));
        }
        let released = match self.campus.posture() {
            Posture::AllClear | Posture::LiftedBySchool => true,
            Posture::Normal | Posture::ControlledMovement => {
                stays_locked(self.campus, self.site, room)
            }
            Posture::LockDown => false,
        };
        if !released {
            return Err(Code::NotReleased.into());
        }
        Ok(Fact::RoomOpened { room: room.clone() })
    }

    fn close_incident(&self, reason: &Text) -> Result<Fact, Refusal> {
        if self.campus.incident.is_none() {
            return Err(Code::NothingToLift.into());
        }
        let open: Vec<FactId> = self.campus.open.keys().copied().collect();
        if !open.is_empty() {
            return Err(Refusal::new(Code::PostureNotNormal).about(open));
        }
        Ok(Fact::IncidentClosed {
            reason: reason.into(),
        })
    }
}

fn bounded<T>(named: &[T]) -> Result<(), Refusal> {
    if named.len() > NAMED_MAX {
        Err(Code::TooMany.into())
    } else {
        Ok(())
    }
}

fn words(text: Option<&Text>) -> Option<Words> {
    text.map(Words::from)
}
