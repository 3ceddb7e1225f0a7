//! The fold: total, idempotent, and the same in any order.
//!
//! A fact is applied when it is shown and again when the journal has it; the second time adds
//! its sequence. What lowers (covers, settled vetoes) takes effect only once recorded.

use std::collections::BTreeSet;

use lockstep_proto::Timestamp;
use lockstep_proto::command::Class;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{FactId, Principal};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::sentence::sentence;
use lockstep_proto::text::Words;
use lockstep_proto::view::VetoKind;

use crate::campus::{
    ALARMS_KEPT, COVERED_KEPT, COVERS_KEPT, COVERS_SURE, Campus, Cover, DURESS_KEPT, Duress,
    ItemKind, Known, LIFTS_KEPT, LINES_KEPT, Line, NOTES_KNOWN, OpenItem, Order, Plea, Presence,
    Proposal, RAISES_FREE, Reported, RoomState, Stray, Veto, ZoneState,
};
use crate::duty::duty_id;

/// Where the journal put a fact, and when it took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Where.
    pub position: Position,
    /// When.
    pub at: Timestamp,
}

impl Campus {
    /// Folds a fact in. `recorded` is none while only screens and spools have it.
    pub fn apply(&mut self, stamped: &Stamped, recorded: Option<Recorded>) {
        let seq = recorded.map(|recorded| recorded.position.seq);
        if let Some(recorded) = recorded {
            self.position = self.position.max(recorded.position);
        }
        // Once recorded a fact is in for good: whatever repeats it says nothing new, least of
        // all about an incident that was closed since (P6).
        if self
            .known(stamped.id)
            .is_some_and(|known| known.seq.is_some())
        {
            return;
        }
        self.note_known(stamped, seq);
        let order = Order {
            seq: seq.unwrap_or(u64::MAX),
            at: stamped.at,
            id: stamped.id,
        };
        self.apply_fact(stamped, order, recorded);
        if let Some(seq) = seq {
            self.add_line(stamped, seq);
        }
    }

    fn note_known(&mut self, stamped: &Stamped, seq: Option<u64>) {
        let class = stamped.fact.class();
        // Nothing that its author's screens show may change by it: not a drill that ends, not a
        // proposal that is void.
        let is_silent = stamped.fact.is_under_duress();
        if seq.is_some() {
            self.unrecorded.remove(&stamped.id);
            self.alarms_unrecorded.remove(&stamped.id);
            self.raises_unrecorded.remove(&stamped.id);
        } else {
            self.unrecorded.insert(stamped.id);
            if class.is_raise() && !is_silent {
                self.raises_unrecorded.insert(stamped.id);
            }
            if class == Class::Alarm {
                self.alarms_unrecorded.insert(stamped.id);
            }
        }
        if let Some(seq) = seq {
            if class == Class::Alarm {
                self.alarms.insert(seq, stamped.id);
                while self.alarms.len() > ALARMS_KEPT {
                    self.alarms.pop_first();
                }
            }
            if class.is_raise() && !is_silent {
                self.last_raise = self.last_raise.max(seq);
            }
        }
        let fresh = !self.known.contains_key(&stamped.id);
        let known = self.known.entry(stamped.id).or_insert_with(|| Known {
            digest: stamped.origin.as_ref().map(|origin| origin.digest.clone()),
            seq,
        });
        known.seq = known.seq.or(seq);
        if fresh && is_forgettable(&stamped.fact) {
            self.notes.push_back(stamped.id);
            if self.notes.len() > NOTES_KNOWN
                && let Some(oldest) = self.notes.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        if fresh && class.is_raise() && !is_policys(&stamped.fact) {
            let recent = self.recent.entry(stamped.by.principal.clone()).or_default();
            recent.push_back(stamped.at);
            if recent.len() > RAISES_FREE {
                recent.pop_front();
            }
        }
    }

    fn apply_fact(&mut self, stamped: &Stamped, order: Order, recorded: Option<Recorded>) {
        let by = || stamped.by.clone();
        match &stamped.fact {
            Fact::LockDownCalled {
                reason,
                place,
                answers,
                of_threat: _,
            } => {
                let what = ItemKind::Call {
                    reason: shown(reason.as_ref()),
                    place: shown(place.as_ref()),
                };
                self.raise(stamped, Level::LockDown, what, answers, recorded);
            }
            Fact::ControlledMovementBegun {
                kind,
                place,
                seen,
                shareable,
                answers,
            } => {
                let what = ItemKind::Movement {
                    kind: *kind,
                    seen: shown(seen.as_ref()),
                    place: shown(place.as_ref()),
                    shareable: shown(shareable.as_ref()),
                };
                self.raise(stamped, Level::ControlledMovement, what, answers, recorded);
            }
            Fact::ThreatReported {
                reason,
                place,
                room,
            } => {
                let what = ItemKind::Threat {
                    reason: shown(reason.as_ref()),
                    place: shown(place.as_ref()),
                    room: room.clone(),
                };
                self.raise(stamped, Level::Checking, what, &[], recorded);
            }
            Fact::RoomReported { room, report, note } => {
                let reported = Reported {
                    order,
                    report: report.clone(),
                    note: shown(note.as_ref()),
                };
                match room {
                    Some(room) => {
                        let state = self.rooms.entry(room.clone()).or_default();
                        state.take_report(reported, stamped.id);
                    }
                    None if report.is_plea() => self.stray(stamped, reported),
                    None => {}
                }
            }
            Fact::AdverseReported { zone, seen } => {
                let state = self.zones.entry(zone.clone()).or_default();
                state.take_adverse(order, seen.shown().to_owned());
            }
            Fact::NotClearSaid { reason } => {
                self.veto(stamped, VetoKind::NotClear, reason, recorded);
            }
            Fact::LiftObjected { reason } => {
                self.veto(stamped, VetoKind::Objection, reason, recorded);
            }
            Fact::Acknowledged {
                room,
                through,
                also,
            } => {
                if let Some(room) = room {
                    let state = self.rooms.entry(room.clone()).or_default();
                    state.acknowledged.take(through.seq, also, stamped.at);
                }
            }
            Fact::Arrived {} => self.presence(stamped, order, true),
            Fact::Departed {} => {
                self.presence(stamped, order, false);
                if let Principal::Person(person) = &stamped.by.principal {
                    self.leads.leave(person, order);
                }
            }
            Fact::MistakeAnnotated { call, note } => {
                self.mistakes.insert(*call, note.shown().to_owned());
            }
            Fact::PleaAnswered { plea, note } => self.answer_plea(*plea, note.as_ref()),
            Fact::ThreatAnswered { threat, reason: _ } => {
                self.cover(stamped.id, &[*threat], recorded);
                if self.closes_when_answered {
                    self.close_if_quiet();
                }
            }
            Fact::SweepStarted {} => {
                if let Some(recorded) = recorded
                    && self
                        .sweep
                        .is_none_or(|(seq, _)| seq < recorded.position.seq)
                {
                    self.sweep = Some((recorded.position.seq, stamped.at));
                }
            }
            Fact::ZoneCleared { zone } => {
                if recorded.is_some() {
                    let state = self.zones.entry(zone.clone()).or_default();
                    if state.cleared.as_ref().is_none_or(|(last, _)| *last < order) {
                        state.cleared = Some((order, by()));
                    }
                }
            }
            Fact::NotClearWithdrawn { not_clear } => self.settle(*not_clear, recorded),
            Fact::NotClearSetAside {
                not_clear,
                reason: _,
            } => {
                self.settle(*not_clear, recorded);
                self.set_aside |= recorded.is_some();
            }
            Fact::ObjectionWithdrawn { objection }
            | Fact::ObjectionSetAside {
                objection,
                reason: _,
            } => self.settle(*objection, recorded),
            Fact::LiftProposed {
                statement,
                lifts,
                seen: _,
            } => {
                if let Some(recorded) = recorded {
                    self.proposals.insert(
                        stamped.id,
                        Proposal {
                            by: by(),
                            at: stamped.at,
                            seq: recorded.position.seq,
                            statement: statement.shown().to_owned(),
                            lifts: lifts.clone(),
                        },
                    );
                }
            }
            Fact::RoomOpened { room } => {
                if let Some(recorded) = recorded {
                    let opened = self.opened.entry(room.clone()).or_default();
                    *opened = (*opened).max(recorded.position.seq);
                }
            }
            Fact::ControlledMovementEnded { lifts, seen: _ } => {
                self.cover(stamped.id, lifts, recorded);
                self.close_when_quiet();
            }
            Fact::AllClearGiven {
                lifts,
                marks,
                certification,
                ..
            } => {
                let what = ItemKind::Release {
                    kind: Posture::AllClear,
                    marks: marks.clone(),
                    on_scene: certification.on_scene.clone(),
                };
                self.release(stamped, lifts, what, recorded);
            }
            Fact::SchoolLifted { lifts, marks, .. } => {
                let what = ItemKind::Release {
                    kind: Posture::LiftedBySchool,
                    marks: marks.clone(),
                    on_scene: None,
                };
                self.release(stamped, lifts, what, recorded);
                if recorded.is_some() {
                    self.lifts.insert(stamped.id, stamped.at);
                    while self.lifts.len() > LIFTS_KEPT {
                        let oldest = self.lifts.iter().min_by_key(|(_, at)| **at);
                        let Some(oldest) = oldest.map(|(id, _)| *id) else {
                            break;
                        };
                        self.lifts.remove(&oldest);
                    }
                }
            }
            Fact::Resumed {
                lifts, unopened, ..
            } => {
                if let Some(recorded) = recorded {
                    for room in unopened {
                        let left = self.left.entry(room.clone()).or_default();
                        *left = (*left).max(recorded.position.seq);
                    }
                }
                self.cover(stamped.id, lifts, recorded);
                self.close_when_quiet();
            }
            Fact::IncidentClosed { reason: _ } => self.close_if_quiet(),
            Fact::SightingReported { .. } | Fact::PictureAttached { .. } => {
                self.sightings.take(stamped, order);
            }
            Fact::EscalationOpened { .. } => {
                self.open_incident(recorded);
                self.escalations.take(stamped, order);
            }
            Fact::LineRecorded { .. } => self.escalations.take(stamped, order),
            Fact::DutyAttempted { .. }
            | Fact::DutyAcknowledged { .. }
            | Fact::DutyDone { .. }
            | Fact::DutyDeclined { .. } => self.duties.take(stamped, order),
            Fact::ContactJudgedSafe { .. } | Fact::ContactWithdrawn { .. } => {
                self.contacts.take(stamped, order);
            }
            Fact::LeadOffered { .. } | Fact::LeadTaken { .. } => {
                self.leads.take(stamped, order, recorded);
            }
            Fact::DrillStarted { .. }
            | Fact::DrillLockDownCalled { .. }
            | Fact::DrillRoomReported { .. }
            | Fact::DrillZoneCleared { .. }
            | Fact::DrillAllClearGiven { .. }
            | Fact::DrillEnded { .. } => self.drills.take(stamped, order, recorded),
            Fact::ReachKept { rows } => self.reach.take(rows),
            Fact::ClearRefused { command, .. } => {
                if stamped.fact.is_under_duress() {
                    self.hear_of_duress(stamped, command, recorded);
                }
            }
            Fact::EpochOpened { .. } => {
                let opened = recorded.map_or(0, |recorded| recorded.position.seq);
                self.epoch_opened = self.epoch_opened.max(opened);
            }
            // What only the timeline keeps.
            Fact::ContactMade { .. }
            | Fact::RosterOpened { .. }
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

    /// Somebody was forced: the newest are kept until the incident ends.
    fn hear_of_duress(&mut self, stamped: &Stamped, command: &str, recorded: Option<Recorded>) {
        let heard = Duress {
            by: stamped.by.clone(),
            at: stamped.at,
            command: command.to_owned(),
            seq: recorded.map(|recorded| recorded.position.seq),
        };
        self.duress.insert(stamped.id, heard);
        while self.duress.len() > DURESS_KEPT {
            let oldest = self.duress.iter().min_by_key(|(id, one)| (one.at, **id));
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            self.duress.remove(&oldest);
        }
    }

    /// An item opens, unless a cover of it came first. A threat's answer counts once recorded.
    fn raise(
        &mut self,
        stamped: &Stamped,
        level: Level,
        what: ItemKind,
        answers: &[FactId],
        recorded: Option<Recorded>,
    ) {
        self.open_incident(recorded);
        if recorded.is_some() && level >= Level::ControlledMovement {
            self.closes_when_answered = false;
        }
        if let Some(recorded) = recorded.filter(|_| level == Level::LockDown) {
            self.last_call = self.last_call.max(recorded.position.seq);
        }
        if level >= Level::ControlledMovement {
            self.raised.insert(stamped.id, stamped.by.principal.clone());
        }
        self.cover(stamped.id, answers, recorded);
        self.open_item(stamped, level, what, recorded);
    }

    /// A posture raise, threat or escalation opens an incident where none is open.
    fn open_incident(&mut self, recorded: Option<Recorded>) {
        if let Some(recorded) = recorded {
            let seq = recorded.position.seq;
            self.incident = Some(self.incident.map_or(seq, |open| open.min(seq)));
        }
    }

    /// A release covers what it names and is itself an item, open until a resume names it.
    fn release(
        &mut self,
        stamped: &Stamped,
        lifts: &[FactId],
        what: ItemKind,
        recorded: Option<Recorded>,
    ) {
        if recorded.is_none() {
            // Only the journal makes a clear (P3): one that it does not have lifts nothing.
            return;
        }
        self.cover(stamped.id, lifts, recorded);
        self.open_item(stamped, Level::Released, what, recorded);
    }

    fn open_item(
        &mut self,
        stamped: &Stamped,
        level: Level,
        what: ItemKind,
        recorded: Option<Recorded>,
    ) {
        if self.covered.contains_key(&stamped.id) {
            return;
        }
        let item = self.open.entry(stamped.id).or_insert_with(|| OpenItem {
            level,
            at: stamped.at,
            by: stamped.by.clone(),
            seq: None,
            recorded: None,
            what,
        });
        if let Some(recorded) = recorded {
            item.seq = Some(recorded.position.seq);
            item.recorded = Some(recorded.at);
        }
    }

    /// What is named is lifted, from the moment that the journal has the cover.
    fn cover(&mut self, id: FactId, names: &[FactId], recorded: Option<Recorded>) {
        let Some(recorded) = recorded else { return };
        if names.is_empty() {
            return;
        }
        let mut first = false;
        for name in names {
            self.open.remove(name);
            if !self.covered.contains_key(name) {
                self.covered.insert(*name, id);
                first = true;
            }
        }
        if first {
            self.covers.insert(
                id,
                Cover {
                    position: recorded.position,
                    names: names.to_vec(),
                },
            );
            self.keep_newest_covers();
        }
    }

    fn keeps_too_many_covers(&self) -> bool {
        let covers = self.covers.len();
        let named = self.covers.values().map(|cover| cover.names.len());
        covers > COVERS_KEPT || covers > COVERS_SURE && named.sum::<usize>() > COVERED_KEPT
    }

    /// Screens that are further behind than the newest covers ask for what they show.
    fn keep_newest_covers(&mut self) {
        while self.keeps_too_many_covers() {
            let oldest = self
                .covers
                .iter()
                .min_by_key(|(_, cover)| cover.position)
                .map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.covers.remove(&oldest);
            }
        }
    }

    fn veto(
        &mut self,
        stamped: &Stamped,
        kind: VetoKind,
        reason: &Words,
        recorded: Option<Recorded>,
    ) {
        if self.settled.contains(&stamped.id) {
            return;
        }
        let veto = self.vetoes.entry(stamped.id).or_insert_with(|| Veto {
            kind,
            by: stamped.by.clone(),
            at: stamped.at,
            reason: reason.shown().to_owned(),
            seq: None,
        });
        veto.seq = recorded.map(|recorded| recorded.position.seq).or(veto.seq);
    }

    fn settle(&mut self, veto: FactId, recorded: Option<Recorded>) {
        if recorded.is_some() {
            self.vetoes.remove(&veto);
            self.settled.insert(veto);
        }
    }

    fn presence(&mut self, stamped: &Stamped, order: Order, here: bool) {
        let Principal::Person(person) = &stamped.by.principal else {
            return;
        };
        let newer = self
            .presence
            .get(person)
            .is_none_or(|last| last.order.id == order.id || last.order < order);
        if newer {
            self.presence.insert(
                person.clone(),
                Presence {
                    order,
                    by: stamped.by.clone(),
                    here,
                },
            );
        }
    }

    fn answer_plea(&mut self, plea: FactId, note: Option<&Words>) {
        let of_rooms = self
            .rooms
            .values_mut()
            .filter_map(|room| room.plea.as_mut());
        let of_strays = self.strays.values_mut().map(|stray| &mut stray.plea);
        for open in of_rooms.chain(of_strays).filter(|open| open.id == plea) {
            open.answer = Some(note.map_or("Heard.", Words::shown).to_owned());
        }
    }

    /// Somebody asks for help from no room that the campus knows. The later plea counts.
    fn stray(&mut self, stamped: &Stamped, reported: Reported) {
        let order = reported.order;
        let principal = &stamped.by.principal;
        let last = self.strays.get(principal).map(|stray| &stray.plea);
        if last.is_some_and(|last| last.id != order.id && last.order >= order) {
            return;
        }
        let answer = last
            .filter(|last| last.id == order.id)
            .and_then(|last| last.answer.clone());
        self.strays.insert(
            principal.clone(),
            Stray {
                plea: Plea {
                    id: order.id,
                    order,
                    answer,
                },
                by: stamped.by.clone(),
                report: reported.report,
                note: reported.note,
            },
        );
    }

    /// The incident closes when the posture is back at `normal`: now, or once the threats that
    /// are still open are answered.
    fn close_when_quiet(&mut self) {
        let recorded = self.open.values().filter(|item| item.seq.is_some());
        self.closes_when_answered = recorded.map(|item| item.level).max() == Some(Level::Checking);
        self.close_if_quiet();
    }

    /// With nothing recorded left open the incident closes, and its rooms, zones, vetoes and
    /// proposals with it. What is not recorded yet belongs to the next one, so that a replay of
    /// the journal comes to the same. Pleas that nobody answered stay (P4).
    fn close_if_quiet(&mut self) {
        if self.open.values().any(|item| item.seq.is_some()) {
            return;
        }
        self.incident = None;
        self.closes_when_answered = false;
        self.sweep = None;
        self.zones.retain(|_, zone| {
            zone.cleared = None;
            zone.adverse
                .as_ref()
                .is_some_and(|(order, _)| order.seq == u64::MAX)
        });
        self.vetoes.retain(|_, veto| veto.seq.is_none());
        self.duress.retain(|_, duress| duress.seq.is_none());
        self.set_aside = false;
        self.proposals.clear();
        self.opened.retain(|room, _| self.left.contains_key(room));
        self.mistakes.clear();
        self.strays.retain(|_, stray| stray.plea.answer.is_none());
        for state in self.rooms.values_mut() {
            let open = state.plea.take().filter(|plea| plea.answer.is_none());
            *state = RoomState {
                report: open.as_ref().and(state.report.take()),
                plea: open,
                ..RoomState::default()
            };
        }
        self.close_response();
    }

    /// What people did about the threat is over with the incident, but for whom somebody has
    /// still to tell, and a line that is still open.
    fn close_response(&mut self) {
        self.sightings.close();
        self.contacts.close();
        self.leads.close();
        self.reach.close();
        self.drills.close(self.last_raise);
        let owed: BTreeSet<FactId> = self
            .escalations
            .all()
            .map(|standing| standing.id)
            .chain(self.lifts.keys().copied())
            .filter(|cause| self.notice_owed(*cause))
            .collect();
        self.escalations.close(|id| owed.contains(&id));
        self.lifts.retain(|id, _| owed.contains(id));
        let of_pleas: Vec<FactId> = self.pleas().map(|plea| plea.id).collect();
        // Also of a line that is only still open: those who were told are not told again.
        let of_lines: Vec<FactId> = self.escalations.all().map(|line| line.id).collect();
        let kept = owed.into_iter().chain(of_pleas).chain(of_lines);
        let open: BTreeSet<FactId> = kept
            .flat_map(|cause| DutyKind::ALL.map(|kind| duty_id(cause, kind)))
            .collect();
        self.duties.close(&open);
    }

    fn add_line(&mut self, stamped: &Stamped, seq: u64) {
        // By the hundred, and said by the cards of reach and duties: they would push out what
        // people did.
        let machine = matches!(
            stamped.fact,
            Fact::ReachKept { .. } | Fact::DutyAttempted { .. }
        );
        if machine || self.lines.back().is_some_and(|last| last.seq >= seq) {
            return;
        }
        self.lines.push_back(Line {
            seq,
            at: stamped.at,
            by: stamped.by.clone(),
            text: sentence(&stamped.fact),
        });
        if self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
    }
}

impl RoomState {
    /// The later word counts. A plea stands until it is answered, whatever the room says next.
    fn take_report(&mut self, reported: Reported, id: FactId) {
        if reported.report.is_plea() {
            let order = reported.order;
            match &mut self.plea {
                Some(plea) if plea.id == id => plea.order = order,
                Some(plea) if plea.order >= order => {}
                Some(_) | None => {
                    self.plea = Some(Plea {
                        id,
                        order,
                        answer: None,
                    });
                }
            }
        }
        let newer = self
            .report
            .as_ref()
            .is_none_or(|last| last.order.id == id || last.order < reported.order);
        if newer {
            self.report = Some(reported);
        }
    }
}

impl ZoneState {
    fn take_adverse(&mut self, order: Order, seen: String) {
        let newer = self
            .adverse
            .as_ref()
            .is_none_or(|(last, _)| last.id == order.id || *last < order);
        if newer {
            self.adverse = Some((order, seen));
        }
    }
}

/// A call that policy made of a threat: nobody sent it, so it counts against nobody (L2).
fn is_policys(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::LockDownCalled {
            of_threat: Some(_),
            ..
        }
    )
}

/// Notes come by the thousand, so only the newest are remembered (P6). The refusal of a clear
/// is for ever: it never comes true later.
fn is_forgettable(fact: &Fact) -> bool {
    fact.class() == Class::Note && !matches!(fact, Fact::ClearRefused { .. })
}

fn shown(words: Option<&Words>) -> Option<String> {
    words.map(|words| words.shown().to_owned())
}

/// The ids of a list that another list lacks, in order, each once.
pub(crate) fn missing(of: impl IntoIterator<Item = FactId>, from: &[FactId]) -> Vec<FactId> {
    let from: BTreeSet<FactId> = from.iter().copied().collect();
    let set: BTreeSet<FactId> = of.into_iter().filter(|id| !from.contains(id)).collect();
    set.into_iter().collect()
}
