//! The second telling of what people do about a threat: plain lists, with nothing of `Campus`
//! in it. What it tells is compared with the screens: the duties that are open, the drill, the
//! lines, and the contact plans that stand.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::contact::Danger;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Agency, LineState};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId, Principal};
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Role;

use crate::school::{School, ZONES};
use crate::telling::{Kind, Model};

/// When: by the journal, and what it does not have yet is later than all it has.
type When = (u64, Timestamp, FactId);

#[derive(Clone, Debug)]
struct Word {
    when: When,
    state: LineState,
    why: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    HasIt,
    Done,
    WillNot,
}

#[derive(Clone, Debug)]
struct Mark {
    duty: FactId,
    when: When,
    said: Said,
    by: Principal,
    role: Role,
}

#[derive(Clone, Debug)]
pub(crate) struct DrillTold {
    seq: u64,
    kind: DrillKind,
    called: Option<When>,
    released: Option<When>,
    cleared: BTreeMap<String, When>,
}

/// Whom a duty asks, by the protocol's sentences.
pub(crate) fn whom(kind: DutyKind) -> Vec<Role> {
    use Role::{Administrator, Chief, Director, Eyes, Officer, Sro, Sso, Superintendent};
    match kind {
        DutyKind::Call911 | DutyKind::SeeSighting | DutyKind::CallSro => {
            vec![Administrator, Sro, Sso]
        }
        DutyKind::AnswerThreat | DutyKind::AnswerPlea => vec![Administrator, Sro, Officer, Sso],
        DutyKind::ExplainClosedLine => vec![Administrator, Sro],
        DutyKind::TellSro => vec![Sro],
        DutyKind::TellChiefOrDirector => vec![Chief, Director],
        DutyKind::TellSuperintendent => vec![Superintendent],
        DutyKind::KeepWatch => vec![Eyes],
    }
}

#[derive(Default)]
pub(crate) struct Told {
    escalations: BTreeMap<FactId, (Agency, Option<u64>)>,
    words: BTreeMap<FactId, BTreeMap<FactId, Word>>,
    marks: BTreeMap<FactId, Mark>,
    pub(crate) sightings: BTreeMap<FactId, (Option<u64>, Danger, Principal)>,
    presence: BTreeMap<PersonId, (When, bool, Role)>,
    judged: BTreeMap<(FactId, PersonId), (When, Option<PersonId>, Role)>,
    pub(crate) offers: BTreeMap<FactId, (When, PersonId)>,
    taken: Option<When>,
    lifts: BTreeSet<FactId>,
    pub(crate) drills: BTreeMap<FactId, DrillTold>,
}

/// A person's last word: the later of the two, and a word that was recorded since is the same.
fn later<T>(last: Option<&(When, T)>, when: When) -> bool {
    last.is_none_or(|(last, _)| last.2 == when.2 || *last < when)
}

impl Told {
    pub(crate) fn hear(&mut self, stamped: &Stamped, seq: Option<u64>) {
        let id = stamped.id;
        let when = (seq.unwrap_or(u64::MAX), stamped.at, id);
        let role = stamped.by.role;
        match &stamped.fact {
            Fact::EscalationOpened {
                agency,
                state,
                note,
                ..
            } => {
                self.escalations.insert(id, (*agency, seq));
                let why = note.is_some();
                self.say(id, when, *state, why);
            }
            Fact::LineRecorded {
                escalation,
                state,
                note,
                ..
            } => self.say(*escalation, when, *state, note.is_some()),
            Fact::DutyAcknowledged { duty } => self.mark(stamped, *duty, when, Said::HasIt),
            Fact::DutyDone { duty, .. } => self.mark(stamped, *duty, when, Said::Done),
            Fact::DutyDeclined { duty, .. } => self.mark(stamped, *duty, when, Said::WillNot),
            Fact::SightingReported { danger, .. } => {
                let by = stamped.by.principal.clone();
                self.sightings.insert(id, (seq, *danger, by));
            }
            Fact::Arrived {} | Fact::Departed {} => {
                let here = stamped.fact == Fact::Arrived {};
                if let Principal::Person(person) = &stamped.by.principal {
                    let last = self.presence.get(person).map(|last| (last.0, ()));
                    if later(last.as_ref(), when) {
                        self.presence.insert(person.clone(), (when, here, role));
                    }
                }
            }
            Fact::ContactJudgedSafe { raise, with } => {
                self.judge(stamped, *raise, when, Some(with.clone()));
            }
            Fact::ContactWithdrawn { raise } => self.judge(stamped, *raise, when, None),
            Fact::LeadOffered { to } => {
                self.offers.insert(id, (when, to.clone()));
            }
            Fact::LeadTaken { .. } if seq.is_some() => self.taken = self.taken.max(Some(when)),
            Fact::SchoolLifted { .. } if seq.is_some() => {
                self.lifts.insert(id);
            }
            Fact::DrillStarted { kind, .. } => {
                let drill = DrillTold {
                    seq: when.0,
                    kind: *kind,
                    called: None,
                    released: None,
                    cleared: BTreeMap::new(),
                };
                self.drills.insert(id, drill);
            }
            Fact::DrillLockDownCalled { drill } => {
                self.drills.get_mut(drill).unwrap().called = Some(when);
            }
            Fact::DrillZoneCleared { drill, zone } => {
                let cleared = &mut self.drills.get_mut(drill).unwrap().cleared;
                cleared.insert(zone.to_string(), when);
            }
            Fact::DrillAllClearGiven { drill, .. } => {
                self.drills.get_mut(drill).unwrap().released = Some(when);
            }
            Fact::DrillEnded { .. } => self.drills.clear(),
            Fact::ControlledMovementBegun { .. }
            | Fact::LockDownCalled { .. }
            | Fact::ThreatReported { .. }
            | Fact::RoomReported { .. }
            | Fact::AdverseReported { .. }
            | Fact::NotClearSaid { .. }
            | Fact::LiftObjected { .. }
            | Fact::Acknowledged { .. }
            | Fact::MistakeAnnotated { .. }
            | Fact::PleaAnswered { .. }
            | Fact::ThreatAnswered { .. }
            | Fact::SweepStarted { .. }
            | Fact::ZoneCleared { .. }
            | Fact::NotClearWithdrawn { .. }
            | Fact::NotClearSetAside { .. }
            | Fact::LiftProposed { .. }
            | Fact::ObjectionWithdrawn { .. }
            | Fact::ObjectionSetAside { .. }
            | Fact::RoomOpened { .. }
            | Fact::IncidentClosed { .. }
            | Fact::ControlledMovementEnded { .. }
            | Fact::AllClearGiven { .. }
            | Fact::SchoolLifted { .. }
            | Fact::Resumed { .. }
            | Fact::PictureAttached { .. }
            | Fact::RosterOpened { .. }
            | Fact::DutyAttempted { .. }
            | Fact::ContactMade { .. }
            | Fact::LeadTaken { .. }
            | Fact::DrillRoomReported { .. }
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

    fn say(&mut self, of: FactId, when: When, state: LineState, why: bool) {
        let words = self.words.entry(of).or_default();
        words.insert(when.2, Word { when, state, why });
    }

    fn mark(&mut self, stamped: &Stamped, duty: FactId, when: When, said: Said) {
        let mark = Mark {
            duty,
            when,
            said,
            by: stamped.by.principal.clone(),
            role: stamped.by.role,
        };
        self.marks.insert(stamped.id, mark);
    }

    fn judge(&mut self, stamped: &Stamped, of: FactId, when: When, with: Option<PersonId>) {
        if let Principal::Person(person) = &stamped.by.principal {
            let key = (of, person.clone());
            let last = self.judged.get(&key).map(|last| (last.0, ()));
            if later(last.as_ref(), when) {
                self.judged.insert(key, (when, with, stamped.by.role));
            }
        }
    }

    /// The incident is over: what the journal has of it goes, but for what is still owed.
    pub(crate) fn ends(&mut self, raised_through: u64) {
        self.sightings.retain(|_, (seq, ..)| seq.is_none());
        self.judged.retain(|_, (when, ..)| when.0 == u64::MAX);
        self.offers.retain(|_, (when, _)| when.0 == u64::MAX);
        self.taken = None;
        self.drills.retain(|_, drill| drill.seq > raised_through);
        let gone: Vec<FactId> = self
            .escalations
            .iter()
            .filter(|(id, (_, seq))| seq.is_some() && !self.open_ended(**id) && !self.owed(**id))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.escalations.remove(&id);
            self.words.remove(&id);
        }
        let owed: BTreeSet<FactId> = self
            .lifts
            .iter()
            .copied()
            .filter(|id| self.owed(*id))
            .collect();
        self.lifts = owed;
    }

    fn last_line(&self, id: FactId) -> Option<&Word> {
        let words = self.words.get(&id)?.values();
        words
            .filter(|word| word.state.line().is_some())
            .max_by_key(|word| word.when)
    }

    fn open_ended(&self, id: FactId) -> bool {
        self.last_line(id)
            .is_some_and(|word| ![LineState::Requested, LineState::Closed].contains(&word.state))
    }

    fn owed(&self, cause: FactId) -> bool {
        !self.told_by_one(cause, DutyKind::TellChiefOrDirector)
            || !self.told_by_one(cause, DutyKind::TellSuperintendent)
    }

    fn about(&self, cause: FactId, kind: DutyKind) -> impl Iterator<Item = &Mark> {
        let duty = FactId::derived(cause, kind.as_str());
        self.marks.values().filter(move |mark| mark.duty == duty)
    }

    /// A notice to whoever of them hears first.
    fn told_by_one(&self, cause: FactId, kind: DutyKind) -> bool {
        self.about(cause, kind)
            .any(|mark| mark.said == Said::Done || whom(kind).contains(&mark.role))
    }

    /// A notice that each of them hears.
    fn told_by_all(&self, cause: FactId, kind: DutyKind, school: &School) -> bool {
        let asked = school.site.people.iter();
        let mut asked = asked.filter(|(_, person)| whom(kind).contains(&person.role));
        self.about(cause, kind).any(|mark| mark.said == Said::Done)
            || asked.all(|(id, _)| {
                let one = Principal::Person(id.clone());
                self.about(cause, kind)
                    .any(|mark| mark.by == one && whom(kind).contains(&mark.role))
            })
    }

    fn sro_here(&self) -> bool {
        self.presence
            .values()
            .any(|(_, here, role)| *here && *role == Role::Sro)
    }

    /// Words of this incident on lines to 911, escalation by escalation.
    fn words_to_911(&self, incident: Option<u64>) -> Vec<Vec<Word>> {
        let of_now = |word: &&Word| {
            word.when.0 == u64::MAX || incident.is_some_and(|since| word.when.0 >= since)
        };
        self.escalations
            .iter()
            .filter(|(_, (agency, _))| *agency == Agency::NineOneOne)
            .map(|(id, _)| self.words[id].values().filter(of_now).cloned().collect())
            .collect()
    }

    /// The kind and cause of every duty that is open.
    pub(crate) fn duties(&self, model: &Model, school: &School) -> BTreeSet<(DutyKind, FactId)> {
        let mut open = BTreeSet::new();
        open.extend(self.call_911(model));
        open.extend(self.call_sro(model));
        let unsettled = |kind: DutyKind, cause: FactId| {
            let mut marks = self.about(cause, kind);
            !marks.any(|mark| mark.said == Said::Done && whom(kind).contains(&mark.role))
        };
        for threat in model.threats_open() {
            if unsettled(DutyKind::AnswerThreat, threat) {
                open.insert((DutyKind::AnswerThreat, threat));
            }
        }
        for (id, (_, danger, _)) in &self.sightings {
            let kind = DutyKind::SeeSighting;
            if *danger != Danger::No && !self.told_by_one(*id, kind) {
                open.insert((kind, *id));
            }
        }
        let held = !model.raises_open().is_empty() || !model.threats_open().is_empty();
        for id in self.escalations.keys() {
            let Some(last) = self
                .last_line(*id)
                .filter(|last| last.state == LineState::Closed)
            else {
                continue;
            };
            let why = self.words[id]
                .values()
                .any(|word| word.why && word.when >= last.when);
            let kind = DutyKind::ExplainClosedLine;
            let settled = self.about(last.when.2, kind).any(|mark| {
                mark.said == Said::Done
                    || (mark.said == Said::WillNot && whom(kind).contains(&mark.role))
            });
            let seen = self
                .about(last.when.2, kind)
                .any(|mark| mark.said == Said::HasIt && whom(kind).contains(&mark.role));
            let of_now =
                last.when.0 == u64::MAX || model.incident.is_some_and(|since| last.when.0 >= since);
            if held && of_now && !settled && !(why && seen) {
                open.insert((kind, last.when.2));
            }
        }
        for id in self.escalations.keys().chain(&self.lifts) {
            if !self.told_by_all(*id, DutyKind::TellSro, school) {
                open.insert((DutyKind::TellSro, *id));
            }
            for kind in [DutyKind::TellChiefOrDirector, DutyKind::TellSuperintendent] {
                if !self.told_by_one(*id, kind) {
                    open.insert((kind, *id));
                }
            }
        }
        for id in model.open(|kind| kind == Kind::Movement) {
            if !self.told_by_all(id, DutyKind::KeepWatch, school) {
                open.insert((DutyKind::KeepWatch, id));
            }
        }
        open
    }

    /// When the last word was said that ends the asking for all that came before.
    fn answered(&self, model: &Model, kind: DutyKind, causes: &[FactId]) -> Option<When> {
        let taken_over = causes
            .iter()
            .filter_map(|id| model.answers.get(id))
            .flatten();
        let all: Vec<FactId> = causes.iter().chain(taken_over).copied().collect();
        all.iter()
            .flat_map(|cause| self.about(*cause, kind))
            .filter(|mark| {
                let asked = whom(kind).contains(&mark.role);
                match (kind, mark.said) {
                    (_, Said::Done) => true,
                    (DutyKind::Call911, Said::WillNot) => asked,
                    (DutyKind::CallSro, Said::HasIt | Said::WillNot) => mark.role == Role::Sro,
                    _ => false,
                }
            })
            .map(|mark| mark.when)
            .max()
    }

    fn first_unanswered(
        &self,
        model: &Model,
        kind: DutyKind,
        causes: &[When],
    ) -> Option<(DutyKind, FactId)> {
        let ids: Vec<FactId> = causes.iter().map(|when| when.2).collect();
        let answered = self.answered(model, kind, &ids);
        let open = causes.iter().filter(|when| Some(**when) > answered).min()?;
        Some((kind, open.2))
    }

    fn call_911(&self, model: &Model) -> Option<(DutyKind, FactId)> {
        let mut causes: Vec<When> = model.when(|kind| matches!(kind, Kind::Call | Kind::Threat));
        if causes.is_empty() {
            return None;
        }
        let mut ended: Option<(When, bool)> = None;
        for words in self.words_to_911(model.incident) {
            let on_line = words.iter().filter(|word| word.state.line().is_some());
            let Some(last) = on_line.max_by_key(|word| word.when) else {
                continue;
            };
            match last.state {
                LineState::LineOpen | LineState::Accepted => return None,
                LineState::LineDropped => ended = ended.max(Some((last.when, true))),
                LineState::Closed => {
                    let why = words.iter().any(|word| word.why && word.when >= last.when);
                    let open = [LineState::LineOpen, LineState::Accepted];
                    if !why {
                        ended = ended.max(Some((last.when, true)));
                    } else if self
                        .words
                        .values()
                        .find(|of| of.contains_key(&last.when.2))
                        .unwrap()
                        .values()
                        .any(|word| open.contains(&word.state))
                    {
                        ended = ended.max(Some((last.when, false)));
                    }
                }
                LineState::Requested
                | LineState::Calling
                | LineState::UnitsOnTheWay
                | LineState::OnScene => {}
            }
        }
        if let Some((when, lost)) = ended {
            causes.retain(|cause| *cause > when);
            causes.extend(lost.then_some(when));
        }
        self.first_unanswered(model, DutyKind::Call911, &causes)
    }

    fn call_sro(&self, model: &Model) -> Option<(DutyKind, FactId)> {
        let called = self
            .words_to_911(model.incident)
            .iter()
            .flatten()
            .any(|word| word.state != LineState::Requested);
        if self.sro_here() || called {
            return None;
        }
        let causes = model.when(|kind| !matches!(kind, Kind::Release(_)));
        self.first_unanswered(model, DutyKind::CallSro, &causes)
    }

    /// The escalations that can be spoken of, and what their lines are.
    pub(crate) fn lines(&self) -> BTreeMap<FactId, Option<LineState>> {
        let ids = self.escalations.keys();
        ids.map(|id| (*id, self.last_line(*id).map(|word| word.state)))
            .collect()
    }

    pub(crate) fn plan_stands(&self, raise: FactId) -> bool {
        let of: Vec<_> = self
            .judged
            .iter()
            .filter(|((of, _), _)| *of == raise)
            .collect();
        let pair = of.iter().any(|((_, one), (_, with, role))| {
            of.iter().any(|((_, other), (_, back, others))| {
                with.as_ref() == Some(other)
                    && back.as_ref() == Some(one)
                    && pair_allowed(*role, *others)
            })
        });
        pair && self.sro_here()
    }

    pub(crate) fn offer_stands(&self, offer: FactId) -> Option<&PersonId> {
        let (when, to) = self.offers.get(&offer)?;
        (Some(*when) > self.taken).then_some(to)
    }

    /// The drill that runs.
    pub(crate) fn running(&self, model: &Model) -> Option<(FactId, &DrillTold)> {
        let (id, drill) = self.drills.iter().max_by_key(|(_, drill)| drill.seq)?;
        let interrupted = model
            .raises
            .iter()
            .chain(&model.alarms)
            .any(|seq| *seq > drill.seq)
            || model.raises_wait()
            || !model.open(|_| true).is_empty();
        (!interrupted).then_some((*id, drill))
    }
}

pub(crate) fn pair_allowed(one: Role, other: Role) -> bool {
    let pairs = [
        (Role::Sro, Role::Sso),
        (Role::Sro, Role::Administrator),
        (Role::Sso, Role::Administrator),
    ];
    pairs.contains(&(one, other)) || pairs.contains(&(other, one))
}

impl DrillTold {
    pub(crate) fn is_test(&self) -> bool {
        self.kind == DrillKind::TestAlert
    }

    pub(crate) fn posture(&self) -> Posture {
        match (self.called, self.released) {
            (called, Some(released)) if Some(released) > called => Posture::AllClear,
            (Some(_), _) => Posture::LockDown,
            (None, _) => self.kind.posture(),
        }
    }

    pub(crate) fn swept(&self) -> bool {
        ZONES.iter().all(|zone| {
            let cleared = self.cleared.get(*zone).copied();
            cleared.is_some() && cleared > self.called
        })
    }
}
