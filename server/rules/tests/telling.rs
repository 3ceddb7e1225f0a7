//! The second telling of the rules: plain lists and sets, with nothing of `Campus` in it.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::command::{Class, Command};
use lockstep_proto::contact::Danger;
use lockstep_proto::directory::{Policy, ReleaseMode};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{CredentialId, FactId, Principal, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::{Role, Standing};
use lockstep_rules::Actor;

use crate::school::{NORTH, School, ZONES, campus_id, room};
use crate::told::{Told, pair_allowed, whom};

pub(crate) const ROOMS: [&str; 2] = ["n101", "n102"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Call,
    Movement,
    Threat,
    Release(Posture),
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) by: Principal,
    pub(crate) at: Timestamp,
    pub(crate) seq: Option<u64>,
    pub(crate) open: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) by: Principal,
    pub(crate) credential: Option<CredentialId>,
    pub(crate) at: Timestamp,
    pub(crate) seq: u64,
    pub(crate) lifts: BTreeSet<FactId>,
}

/// The second telling.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) items: BTreeMap<FactId, Item>,
    /// Sequence of each recorded alarm and posture raise, in order.
    pub(crate) alarms: Vec<u64>,
    pub(crate) raises: Vec<u64>,
    pub(crate) unrecorded_alarms: BTreeSet<FactId>,
    pub(crate) incident: Option<u64>,
    /// Back at `normal`, but for a threat that waits for its answer.
    pub(crate) only_threats_left: bool,
    pub(crate) sweep: u64,
    pub(crate) cleared: BTreeMap<String, u64>,
    pub(crate) adverse: BTreeMap<String, u64>,
    /// Not clears and objections that stand: whose, and which.
    pub(crate) not_clear: BTreeMap<FactId, Principal>,
    pub(crate) objections: BTreeMap<FactId, Principal>,
    /// Those that were settled: recorded after that, they do not stand again.
    pub(crate) settled: BTreeSet<FactId>,
    pub(crate) set_aside: bool,
    pub(crate) here: BTreeSet<Principal>,
    pub(crate) proposals: BTreeMap<FactId, Proposed>,
    pub(crate) opened: BTreeMap<RoomId, u64>,
    /// Rooms that a resume left unopened.
    pub(crate) left: BTreeMap<RoomId, u64>,
    pub(crate) calls: Vec<u64>,
    pub(crate) pleas: BTreeSet<FactId>,
    pub(crate) accepted: BTreeMap<FactId, (String, u64)>,
    pub(crate) sent: BTreeMap<Principal, Vec<Timestamp>>,
    /// The threats that each call or movement took over.
    pub(crate) answers: BTreeMap<FactId, Vec<FactId>>,
    pub(crate) told: Told,
}

impl Model {
    pub(crate) fn open(&self, wanted: impl Fn(Kind) -> bool) -> BTreeSet<FactId> {
        self.items
            .iter()
            .filter(|(_, item)| item.open && wanted(item.kind))
            .map(|(id, _)| *id)
            .collect()
    }

    pub(crate) fn calls_open(&self) -> BTreeSet<FactId> {
        self.open(|kind| kind == Kind::Call)
    }

    pub(crate) fn raises_open(&self) -> BTreeSet<FactId> {
        self.open(|kind| matches!(kind, Kind::Call | Kind::Movement))
    }

    pub(crate) fn releases_open(&self) -> BTreeSet<FactId> {
        self.open(|kind| matches!(kind, Kind::Release(_)))
    }

    pub(crate) fn threats_open(&self) -> BTreeSet<FactId> {
        self.open(|kind| kind == Kind::Threat)
    }

    /// When each open item was said.
    pub(crate) fn when(&self, wanted: impl Fn(Kind) -> bool) -> Vec<(u64, Timestamp, FactId)> {
        let open = self
            .items
            .iter()
            .filter(|(_, item)| item.open && wanted(item.kind));
        open.map(|(id, item)| (item.seq.unwrap_or(u64::MAX), item.at, *id))
            .collect()
    }

    fn is_threat(&self, id: FactId) -> bool {
        self.raises_open().contains(&id) || self.threats_open().contains(&id)
    }

    /// Raises are on their way to the journal.
    pub(crate) fn raises_wait(&self) -> bool {
        !self.unrecorded_alarms.is_empty() || self.items.values().any(|item| item.seq.is_none())
    }

    fn is_real(&self) -> bool {
        self.posture() != Posture::Normal
            || !self.threats_open().is_empty()
            || self.incident.is_some()
            || self.raises_wait()
    }

    fn saw_all(&self, seen: Position, head: u64) -> bool {
        seen.seq <= head
            && self.unrecorded_alarms.is_empty()
            && self.alarms.iter().all(|seq| *seq <= seen.seq)
    }

    /// Which plea a room is asked about is for the console to say; whom it asks is not.
    fn pleas_asked(&self, school: &School, duty: FactId, by: Option<Role>) -> bool {
        let kind = DutyKind::AnswerPlea;
        let asked = by.is_none_or(|role| whom(kind).contains(&role));
        asked
            && school
                .duties()
                .iter()
                .any(|open| open.kind == kind && open.id == duty)
    }

    pub(crate) fn posture(&self) -> Posture {
        if !self.calls_open().is_empty() {
            return Posture::LockDown;
        }
        if !self.raises_open().is_empty() {
            return Posture::ControlledMovement;
        }
        let last = self
            .items
            .values()
            .filter(|item| item.open)
            .filter_map(|item| match item.kind {
                Kind::Release(posture) => Some((item.seq, posture)),
                Kind::Call | Kind::Movement | Kind::Threat => None,
            })
            .max();
        last.map_or(Posture::Normal, |(_, posture)| posture)
    }

    /// P4: everything open is named and recorded, nothing else is, and no alarm is unseen.
    pub(crate) fn names(
        &self,
        lifts: &[FactId],
        open: &BTreeSet<FactId>,
        seen: Position,
        head: u64,
    ) -> bool {
        let named: BTreeSet<FactId> = lifts.iter().copied().collect();
        !open.is_empty()
            && named == *open
            && open.iter().all(|id| self.items[id].seq.is_some())
            && seen.seq <= head
            && self.unrecorded_alarms.is_empty()
            && self.alarms.iter().all(|seq| *seq <= seen.seq)
    }

    /// S1: zones cleared in this lock-down, after the sweep began and after anything adverse.
    pub(crate) fn unswept(&self) -> bool {
        let first_call = self
            .calls_open()
            .iter()
            .map(|id| self.items[id].seq.unwrap_or(u64::MAX))
            .min();
        let released = self
            .releases_open()
            .iter()
            .filter_map(|id| self.items[id].seq)
            .filter(|seq| first_call.is_some_and(|call| *seq < call))
            .max()
            .unwrap_or(0);
        ZONES.iter().any(|zone| {
            let cleared = self.cleared.get(*zone).copied().unwrap_or(0);
            let adverse = self.adverse.get(*zone).copied().unwrap_or(0);
            cleared <= adverse
                || cleared <= self.sweep
                || cleared <= released
                || cleared <= self.incident.unwrap_or(0)
        })
    }

    pub(crate) fn unopened(&self) -> Vec<RoomId> {
        let last_call = self.calls.last().copied().unwrap_or(0);
        ROOMS
            .iter()
            .map(|id| room(id))
            .filter(|id| self.opened.get(id).is_none_or(|seq| *seq < last_call))
            .collect()
    }

    /// S5: left unopened, and neither opened nor overtaken by a call since.
    pub(crate) fn left_locked(&self, room: &RoomId) -> bool {
        let opened = self.opened.get(room).copied().unwrap_or(0);
        let last_call = self.calls.last().copied().unwrap_or(0);
        self.left
            .get(room)
            .is_some_and(|left| *left > opened && *left > last_call)
    }

    /// L2: ten raises of one person in the ten seconds before.
    pub(crate) fn too_fast(&self, who: &Principal, now: Timestamp) -> bool {
        let Some(sent) = self.sent.get(who) else {
            return false;
        };
        sent.len() >= 10 && {
            let tenth = sent[sent.len() - 10];
            (0..10_000).contains(&(now.as_millisecond() - tenth.as_millisecond()))
        }
    }

    /// Whether a command must be accepted, by the rules as written.
    pub(crate) fn must_accept(&self, school: &School, actor: &Actor, command: &Command) -> bool {
        self.may(&school.site.policy, actor, command) && self.stands(school, actor, command)
    }

    /// A1 to A4, A7.
    pub(crate) fn may(&self, policy: &Policy, actor: &Actor, command: &Command) -> bool {
        use Role::{Administrator, Chief, Director, Officer, Operator, Sro, Sso, Superintendent};
        let role = actor.author.role;
        let sworn = [Sro, Officer, Chief].contains(&role);
        let calls = [Administrator, Sro, Officer, Sso].contains(&role);
        let leads = calls || sworn;
        let here = actor.scope.serves(&campus_id(NORTH));
        let granted = [Chief, Director, Superintendent].contains(&role)
            && actor.may_lock_down.contains(&campus_id(NORTH));
        let certified = actor
            .certification
            .as_ref()
            .is_some_and(|on| on.full_time && on.valid_until >= crate::school::today());
        let live = actor.standing != Standing::Forgiven;
        let fresh = actor.standing == Standing::Fresh;
        let somebody = role != Operator && role != Role::Monitor;
        here && match command {
            Command::BeginControlledMovement { .. } => leads,
            Command::CallLockDown { .. } => calls || granted,
            Command::ReportThreat { .. } => role != Operator,
            Command::ReportRoom { .. } | Command::Acknowledge { .. } => somebody,
            Command::ReportAdverse { .. } => leads,
            Command::SayNotClear { .. } | Command::ObjectToLift { .. } => sworn,
            Command::Arrive {} | Command::Leave {} => {
                leads || role == Director || role == Superintendent
            }
            Command::AnnotateMistake { .. } => somebody && role != Role::Room,
            Command::AnswerPlea { .. } => leads,
            Command::AnswerThreat { .. } => live && (calls || granted),
            Command::StartSweep {}
            | Command::ClearZone { .. }
            | Command::OpenRoom { .. }
            | Command::WithdrawNotClear { .. }
            | Command::SetAsideNotClear { .. }
            | Command::WithdrawObjection { .. } => live && sworn,
            Command::SetAsideObjection { .. } => live && role == Director,
            Command::ProposeLift { .. } => fresh && policy.school_lift && role == Administrator,
            Command::ConfirmLift { .. } => {
                fresh && policy.school_lift && (role == Administrator || role == Director)
            }
            Command::GiveAllClear { .. } | Command::GiveDrillAllClear { .. } => {
                fresh && sworn && certified
            }
            Command::ReportSighting { .. }
            | Command::AttachPicture { .. }
            | Command::OpenEscalation { .. }
            | Command::RecordLine { .. }
            | Command::AcknowledgeDuty { .. }
            | Command::FinishDuty { .. }
            | Command::DeclineDuty { .. }
            | Command::RecordContact { .. } => somebody && role != Role::Room,
            Command::OpenRoster { room } => {
                let works = [Role::Staff, Role::Eyes].contains(&role);
                let own = room.is_some() && *room == actor.room;
                live && (leads || (works && own))
            }
            Command::JudgeContactSafe { .. } | Command::WithdrawContact { .. } => {
                [Administrator, Sro, Sso].contains(&role)
            }
            Command::OfferLead { .. } => leads,
            Command::TakeLead { .. } => live && leads,
            Command::StartDrill { .. } => fresh && [Administrator, Sro].contains(&role),
            Command::EndDrill { .. } => live && [Administrator, Sro].contains(&role),
            Command::CallDrillLockDown { .. } => live && (calls || granted),
            Command::ReportDrillRoom { .. } => somebody,
            Command::ClearDrillZone { .. } => live && sworn,
            Command::EndControlledMovement { .. }
            | Command::Resume { .. }
            | Command::CloseIncident { .. } => live && (sworn || role == Administrator),
        }
    }

    /// What the campus has to say to it.
    pub(crate) fn stands(&self, school: &School, actor: &Actor, command: &Command) -> bool {
        let who = &actor.author.principal;
        let head = school.seq;
        match command {
            Command::BeginControlledMovement { .. }
            | Command::CallLockDown { .. }
            | Command::ReportThreat { .. }
            | Command::ReportAdverse { .. }
            | Command::SayNotClear { .. }
            | Command::ObjectToLift { .. } => !self.too_fast(who, school.now),
            Command::ReportRoom { room, report, .. } => {
                let own = actor.room.as_ref();
                let foreign = actor.author.role == Role::Room && room.as_ref().or(own) != own;
                if report.is_plea() {
                    !self.too_fast(who, school.now)
                } else {
                    (room.is_some() || own.is_some()) && !foreign
                }
            }
            Command::Acknowledge { .. }
            | Command::Arrive {}
            | Command::Leave {}
            | Command::StartSweep {}
            | Command::ClearZone { .. } => true,
            Command::AnnotateMistake { call, .. } => {
                let raised = self.items.get(call);
                let raised = raised.filter(|item| matches!(item.kind, Kind::Call | Kind::Movement));
                raised
                    .is_some_and(|item| item.by == *who || actor.author.role == Role::Administrator)
            }
            Command::AnswerPlea { plea, .. } => self.pleas.contains(plea),
            Command::AnswerThreat { threat, .. } => self.threats_open().contains(threat),
            Command::OpenRoom { room } => match self.posture() {
                Posture::AllClear | Posture::LiftedBySchool => true,
                Posture::Normal | Posture::ControlledMovement => {
                    let waits = school.site.policy.release == ReleaseMode::RoomByRoom
                        && !self.releases_open().is_empty()
                        && self.unopened().contains(room);
                    waits || self.left_locked(room)
                }
                Posture::LockDown => false,
            },
            Command::WithdrawNotClear { not_clear } => self.not_clear.get(not_clear) == Some(who),
            Command::SetAsideNotClear { not_clear, .. } => {
                self.not_clear.get(not_clear).is_some_and(|by| by != who)
            }
            Command::WithdrawObjection { objection } => self.objections.get(objection) == Some(who),
            Command::SetAsideObjection { objection, .. } => self.objections.contains_key(objection),
            Command::CloseIncident { .. } => {
                self.incident.is_some() && self.open(|_| true).is_empty()
            }
            Command::EndControlledMovement { lifts, seen } => {
                self.calls_open().is_empty() && self.names(lifts, &self.raises_open(), *seen, head)
            }
            Command::GiveAllClear {
                lifts,
                seen,
                override_reason,
            } => {
                !self.calls_open().is_empty()
                    && self.incident.is_some()
                    && self.names(lifts, &self.raises_open(), *seen, head)
                    && self.not_clear.is_empty()
                    && (override_reason.is_some() || (!self.unswept() && self.here.contains(who)))
            }
            Command::ProposeLift { lifts, seen, .. } => self.liftable(lifts, *seen, head),
            Command::ConfirmLift {
                proposal,
                lifts,
                seen,
            } => self.proposals.get(proposal).is_some_and(|proposed| {
                let named: BTreeSet<FactId> = lifts.iter().copied().collect();
                let age_ms = school.now.as_millisecond() - proposed.at.as_millisecond();
                proposed.by != *who
                    && proposed.credential != actor.author.credential
                    && named == proposed.lifts
                    && age_ms <= 300_000
                    && self
                        .raises
                        .iter()
                        .chain(&self.alarms)
                        .all(|seq| *seq < proposed.seq)
                    && self.liftable(lifts, *seen, head)
            }),
            Command::ReportSighting { danger, .. } => {
                *danger == Danger::No || !self.too_fast(who, school.now)
            }
            Command::OpenEscalation { .. } => !self.too_fast(who, school.now),
            Command::OpenRoster { .. } => {
                self.incident.is_some() || !self.open(|_| true).is_empty()
            }
            Command::AttachPicture { to, .. } => {
                let sighting = self.told.sightings.get(to);
                sighting.is_some_and(|(_, _, by)| by == who)
            }
            Command::RecordLine { escalation, .. } => self.told.lines().contains_key(escalation),
            Command::AcknowledgeDuty { duty } | Command::DeclineDuty { duty, .. } => {
                let open = self.told.duties(self, school);
                let kind = open
                    .iter()
                    .find(|(kind, cause)| FactId::derived(*cause, kind.as_str()) == *duty);
                kind.is_some_and(|(kind, _)| whom(*kind).contains(&actor.author.role))
                    || self.pleas_asked(school, *duty, Some(actor.author.role))
            }
            Command::FinishDuty { duty, .. } => {
                let open = self.told.duties(self, school);
                open.iter()
                    .any(|(kind, cause)| FactId::derived(*cause, kind.as_str()) == *duty)
                    || self.pleas_asked(school, *duty, None)
            }
            Command::JudgeContactSafe { raise, with } => {
                let other = school.site.people.get(with);
                self.is_threat(*raise)
                    && actor.person() != Some(with)
                    && other.is_some_and(|other| pair_allowed(actor.author.role, other.role))
            }
            Command::WithdrawContact { raise } => self.is_threat(*raise),
            Command::RecordContact { .. } => true,
            Command::OfferLead { to } => school.site.people.contains_key(to),
            Command::TakeLead { offer } => self
                .told
                .offer_stands(*offer)
                .is_some_and(|to| actor.person() == Some(to)),
            Command::StartDrill { .. } => self.told.running(self).is_none() && !self.is_real(),
            Command::CallDrillLockDown { drill } | Command::ClearDrillZone { drill, .. } => self
                .told
                .running(self)
                .is_some_and(|(id, told)| id == *drill && !told.is_test()),
            Command::ReportDrillRoom { drill, room, .. } => {
                let own = actor.room.as_ref();
                let foreign = actor.author.role == Role::Room && room.as_ref().or(own) != own;
                self.told.running(self).is_some_and(|(id, _)| id == *drill)
                    && (room.is_some() || own.is_some())
                    && !foreign
            }
            Command::GiveDrillAllClear {
                drill,
                seen,
                override_reason,
            } => self.told.running(self).is_some_and(|(id, told)| {
                id == *drill
                    && told.posture() == Posture::LockDown
                    && self.saw_all(*seen, head)
                    && (override_reason.is_some() || (told.swept() && self.here.contains(who)))
            }),
            Command::EndDrill { drill, seen, .. } => {
                let runs = self.told.running(self).is_some_and(|(id, _)| id == *drill);
                let over = self.told.drills.contains_key(drill) && !self.is_real();
                (runs || over) && self.saw_all(*seen, head)
            }
            Command::Resume {
                lifts,
                seen,
                unopened,
                reason,
            } => {
                let left = match school.site.policy.release {
                    ReleaseMode::Announce => Vec::new(),
                    ReleaseMode::RoomByRoom => self.unopened(),
                };
                self.raises_open().is_empty()
                    && self.names(lifts, &self.releases_open(), *seen, head)
                    && left.iter().all(|room| unopened.contains(room))
                    && (left.is_empty() || reason.is_some())
            }
        }
    }

    pub(crate) fn liftable(&self, lifts: &[FactId], seen: Position, head: u64) -> bool {
        !self.calls_open().is_empty()
            && self.incident.is_some()
            && self.not_clear.is_empty()
            && self.objections.is_empty()
            && self.names(lifts, &self.raises_open(), seen, head)
    }

    /// P1: the ways between postures, and who makes them.
    pub(crate) fn check_way(before: Posture, after: Posture, stamped: &Stamped) {
        use Posture::{AllClear, ControlledMovement, LiftedBySchool, LockDown, Normal};
        let fact = &stamped.fact;
        let ok = before == after
            || match (before, after) {
                (_, LockDown) => matches!(fact, Fact::LockDownCalled { .. }),
                (Normal | AllClear | LiftedBySchool, ControlledMovement) => {
                    matches!(fact, Fact::ControlledMovementBegun { .. })
                }
                (ControlledMovement, Normal | AllClear | LiftedBySchool) => {
                    matches!(fact, Fact::ControlledMovementEnded { .. })
                }
                (LockDown, AllClear) => matches!(fact, Fact::AllClearGiven { .. }),
                (LockDown, LiftedBySchool) => matches!(fact, Fact::SchoolLifted { .. }),
                (AllClear | LiftedBySchool, Normal) => matches!(fact, Fact::Resumed { .. }),
                (
                    Normal | AllClear | LiftedBySchool | ControlledMovement | LockDown,
                    Normal | AllClear | LiftedBySchool | ControlledMovement,
                ) => false,
            };
        assert!(ok, "{before:?} to {after:?} by {fact:?}");
    }

    /// A fact is shown, or recorded at `seq`.
    pub(crate) fn hear(&mut self, stamped: &Stamped, seq: Option<u64>) {
        let id = stamped.id;
        self.told.hear(stamped, seq);
        let by = stamped.by.principal.clone();
        let raise = stamped.fact.class().is_raise();
        let alarm = stamped.fact.class() == Class::Alarm;
        match seq {
            Some(seq) if alarm => {
                self.unrecorded_alarms.remove(&id);
                self.alarms.push(seq);
            }
            None if alarm => {
                self.unrecorded_alarms.insert(id);
            }
            Some(seq) if raise => self.raises.push(seq),
            Some(_) | None => {}
        }
        let item = |kind| Item {
            kind,
            by: by.clone(),
            at: stamped.at,
            seq,
            open: true,
        };
        let when = seq.unwrap_or(u64::MAX);
        match &stamped.fact {
            Fact::LockDownCalled { answers, .. } => {
                self.opens(id, item(Kind::Call), seq);
                self.only_threats_left &= seq.is_none();
                self.answers.insert(id, answers.clone());
                self.lift(answers, seq);
                self.calls.extend(seq);
            }
            Fact::ControlledMovementBegun { answers, .. } => {
                self.opens(id, item(Kind::Movement), seq);
                self.only_threats_left &= seq.is_none();
                self.answers.insert(id, answers.clone());
                self.lift(answers, seq);
            }
            Fact::ThreatReported { .. } => self.opens(id, item(Kind::Threat), seq),
            Fact::RoomReported { report, .. } if report.is_plea() => {
                // A room's newest plea is the one that is answered; the days keep to that one.
                self.pleas.insert(id);
            }
            Fact::EscalationOpened { .. } => {
                if self.incident.is_none() {
                    self.incident = seq;
                }
            }
            Fact::AdverseReported { zone, .. } => {
                self.adverse.insert(zone.to_string(), when);
            }
            Fact::NotClearSaid { .. } if !self.settled.contains(&id) => {
                self.not_clear.insert(id, by);
            }
            Fact::LiftObjected { .. } if !self.settled.contains(&id) => {
                self.objections.insert(id, by);
            }
            Fact::Arrived {} => {
                self.here.insert(by);
            }
            Fact::Departed {} => {
                self.here.remove(&by);
            }
            Fact::ThreatAnswered { threat, .. } => {
                self.lift(&[*threat], seq);
                if self.only_threats_left {
                    self.ends();
                }
            }
            Fact::SweepStarted {} => self.sweep = when,
            Fact::ZoneCleared { zone } => {
                self.cleared.insert(zone.to_string(), when);
            }
            Fact::NotClearWithdrawn { not_clear } => {
                self.not_clear.remove(not_clear);
                self.settled.insert(*not_clear);
            }
            Fact::NotClearSetAside { not_clear, .. } => {
                self.not_clear.remove(not_clear);
                self.settled.insert(*not_clear);
                self.set_aside = true;
            }
            Fact::ObjectionWithdrawn { objection } | Fact::ObjectionSetAside { objection, .. } => {
                self.objections.remove(objection);
                self.settled.insert(*objection);
            }
            Fact::LiftProposed { lifts, .. } => {
                self.proposals.insert(
                    id,
                    Proposed {
                        by,
                        credential: stamped.by.credential.clone(),
                        at: stamped.at,
                        seq: when,
                        lifts: lifts.iter().copied().collect(),
                    },
                );
            }
            Fact::RoomOpened { room } => {
                self.opened.insert(room.clone(), when);
            }
            Fact::AllClearGiven { lifts, .. } => {
                self.lift(lifts, seq);
                self.items
                    .insert(id, item(Kind::Release(Posture::AllClear)));
            }
            Fact::SchoolLifted { lifts, .. } => {
                self.lift(lifts, seq);
                self.items
                    .insert(id, item(Kind::Release(Posture::LiftedBySchool)));
            }
            Fact::ControlledMovementEnded { lifts, .. } => {
                self.lift(lifts, seq);
                self.back_to_normal();
            }
            Fact::Resumed {
                lifts, unopened, ..
            } => {
                let rooms = unopened.iter().map(|room| (room.clone(), when));
                self.left.extend(rooms);
                self.lift(lifts, seq);
                self.back_to_normal();
            }
            Fact::IncidentClosed { .. } => self.ends(),
            Fact::NotClearSaid { .. }
            | Fact::LiftObjected { .. }
            | Fact::RoomReported { .. }
            | Fact::Acknowledged { .. }
            | Fact::MistakeAnnotated { .. }
            | Fact::PleaAnswered { .. }
            | Fact::SightingReported { .. }
            | Fact::PictureAttached { .. }
            | Fact::RosterOpened { .. }
            | Fact::LineRecorded { .. }
            | Fact::DutyAttempted { .. }
            | Fact::DutyAcknowledged { .. }
            | Fact::DutyDone { .. }
            | Fact::DutyDeclined { .. }
            | Fact::ContactJudgedSafe { .. }
            | Fact::ContactWithdrawn { .. }
            | Fact::ContactMade { .. }
            | Fact::LeadOffered { .. }
            | Fact::LeadTaken { .. }
            | Fact::DrillStarted { .. }
            | Fact::DrillLockDownCalled { .. }
            | Fact::DrillRoomReported { .. }
            | Fact::DrillZoneCleared { .. }
            | Fact::DrillAllClearGiven { .. }
            | Fact::DrillEnded { .. }
            | Fact::ReachKept { .. }
            | Fact::ClearRefused { .. }
            | Fact::EpochOpened { .. }
            | Fact::DirectoryImported { .. }
            | Fact::RostersImported { .. }
            | Fact::CodeMade { .. }
            | Fact::SignedIn { .. }
            | Fact::CredentialRevoked { .. }
            | Fact::PinSet { .. }
            | Fact::PasskeyAdded { .. }
            | Fact::PasskeyRemoved { .. }
            | Fact::PolicyChanged { .. }
            | Fact::OfficerCodeMade { .. }
            | Fact::OfficerCertified { .. }
            | Fact::PersonAssigned { .. }
            | Fact::DirectoryChanged { .. } => {}
        }
    }

    pub(crate) fn opens(&mut self, id: FactId, item: Item, seq: Option<u64>) {
        if self.incident.is_none() {
            self.incident = seq;
        }
        self.items.entry(id).or_insert(item).seq = seq;
    }

    pub(crate) fn lift(&mut self, names: &[FactId], seq: Option<u64>) {
        if seq.is_some() {
            for id in names {
                self.items
                    .get_mut(id)
                    .expect("a cover names what was there")
                    .open = false;
            }
        }
    }

    fn back_to_normal(&mut self) {
        let recorded = self
            .items
            .values()
            .filter(|item| item.open && item.seq.is_some());
        let kinds: Vec<Kind> = recorded.map(|item| item.kind).collect();
        self.only_threats_left =
            !kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Threat);
        self.ends();
    }

    /// The incident is over once nothing recorded is open; what is not recorded is the next's.
    pub(crate) fn ends(&mut self) {
        let recorded_open = |item: &Item| item.open && item.seq.is_some();
        if self.items.values().any(recorded_open) {
            return;
        }
        let raised = self.raises.iter().chain(&self.alarms).max();
        self.told.ends(raised.copied().unwrap_or(0));
        self.incident = None;
        self.only_threats_left = false;
        self.sweep = 0;
        self.cleared.clear();
        self.adverse.retain(|_, seq| *seq == u64::MAX);
        let waiting = &self.unrecorded_alarms;
        self.not_clear.retain(|id, _| waiting.contains(id));
        self.objections.retain(|id, _| waiting.contains(id));
        self.set_aside = false;
        self.proposals.clear();
        self.opened.retain(|room, _| self.left.contains_key(room));
    }
}
