//! Duties (C2, E3, E4): what somebody must do, and that is asked for until it is done.
//!
//! A duty is no fact. It follows from the state, with an id derived from its cause's, so it
//! can be lost neither between two commits nor by a restart. What people and the server did
//! about it are facts. Time comes in as data: [`due_attempts`] says whom to try now, and
//! [`Campus::turns_after`] when time alone changes a screen next.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::duty::{Channel, DutyKind, Outcome};
use lockstep_proto::escalation::Agency;
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{FactId, PersonId, Principal};
use lockstep_proto::posture::Level;
use lockstep_proto::role::Role;
use lockstep_proto::view::{Asked, Card, Done, DutyCard, Tried};

use crate::campus::{Campus, ItemKind, Order, Site};
use crate::cards::who;
use crate::escalation::{To911, is_of};

/// Another instance tries where the one that accepted the cause recorded no attempt by then (E4).
const TAKEN_OVER_AFTER_S: i64 = 5;

/// Attempts for one person about one duty. The last ones are two minutes apart.
const ATTEMPTS_MAX: u16 = 24;

/// Marks that are kept.
const MARKS_KEPT: usize = 2_048;

/// People tried about a duty that are kept: three hundred threats, and all whom they ask.
const TRIED_KEPT: usize = 8_192;

/// Attempts that are due at once: what is left is due a moment later.
const DUE_AT_ONCE: usize = 512;

/// Attempts that a screen is shown.
const TRIED_SHOWN: usize = 8;

/// What people and the server did about duties.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Duties {
    marks: BTreeMap<FactId, Mark>,
    tried: BTreeMap<(FactId, PersonId), BTreeMap<u16, Attempt>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    duty: FactId,
    order: Order,
    by: Author,
    what: MarkKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkKind {
    Acknowledged,
    Done,
    Declined,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attempt {
    at: Timestamp,
    channel: Channel,
    outcome: Outcome,
}

/// A duty that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duty {
    pub(crate) id: FactId,
    pub(crate) kind: DutyKind,
    pub(crate) cause: FactId,
    /// Since when its clock runs.
    pub(crate) since: Timestamp,
}

/// Somebody to reach about a duty, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAttempt {
    /// The id of the fact that the attempt becomes: the same on every instance.
    pub id: FactId,
    /// The duty.
    pub duty: FactId,
    /// What it is.
    pub kind: DutyKind,
    /// What it follows from.
    pub cause: FactId,
    /// Whom.
    pub person: PersonId,
    /// By which of their ways: 0 is their screens, the others are their outside addresses.
    pub way: usize,
    /// Which attempt it is, from 1.
    pub n: u16,
    /// What to say.
    pub say: String,
}

impl DueAttempt {
    /// The channel.
    #[must_use]
    pub fn channel(&self) -> Channel {
        if self.way == 0 {
            Channel::Screen
        } else {
            Channel::Outside
        }
    }

    /// The fact that it becomes.
    #[must_use]
    pub fn fact(&self, outcome: Outcome) -> Fact {
        Fact::DutyAttempted {
            duty: self.duty,
            kind: self.kind,
            cause: self.cause,
            person: self.person.clone(),
            channel: self.channel(),
            n: self.n,
            outcome,
        }
    }
}

/// Whom a kind of duty asks.
pub(crate) fn asks(kind: DutyKind) -> &'static [Role] {
    match kind {
        DutyKind::Call911 | DutyKind::SeeSighting => &[Role::Administrator, Role::Sro, Role::Sso],
        // The SRO is whom it is about: they are paged, the others call.
        DutyKind::CallSro => &[Role::Administrator, Role::Sso, Role::Sro],
        DutyKind::AnswerThreat | DutyKind::AnswerPlea => {
            &[Role::Administrator, Role::Sro, Role::Officer, Role::Sso]
        }
        DutyKind::ExplainClosedLine => &[Role::Administrator, Role::Sro],
        DutyKind::TellSro => &[Role::Sro],
        DutyKind::TellChiefOrDirector => &[Role::Chief, Role::Director],
        DutyKind::TellSuperintendent => &[Role::Superintendent],
        DutyKind::KeepWatch => &[Role::Eyes],
    }
}

/// After how many seconds a duty is overdue, and the district sees it.
fn overdue_after_s(kind: DutyKind) -> i64 {
    match kind {
        DutyKind::Call911 | DutyKind::CallSro | DutyKind::AnswerThreat | DutyKind::AnswerPlea => 60,
        DutyKind::SeeSighting
        | DutyKind::TellSro
        | DutyKind::TellChiefOrDirector
        | DutyKind::TellSuperintendent => 120,
        DutyKind::ExplainClosedLine | DutyKind::KeepWatch => 300,
    }
}

/// How long after an attempt the next one is due, over the next channel. One that had no way
/// to them is not waited for, while there is another to try.
fn again_after_s(n: u16, outcome: Outcome, another_way: bool) -> i64 {
    let hopeless = match outcome {
        Outcome::NotReached => another_way,
        Outcome::Sent => false,
    };
    if hopeless {
        return 1;
    }
    match n {
        0..=3 => 30,
        4..=6 => 60,
        7.. => 120,
    }
}

/// Whether everybody who is asked has to answer, and not only one of them.
pub(crate) fn everybody(kind: DutyKind) -> bool {
    match kind {
        DutyKind::TellSro | DutyKind::KeepWatch => true,
        DutyKind::Call911
        | DutyKind::CallSro
        | DutyKind::AnswerThreat
        | DutyKind::AnswerPlea
        | DutyKind::SeeSighting
        | DutyKind::ExplainClosedLine
        | DutyKind::TellChiefOrDirector
        | DutyKind::TellSuperintendent => false,
    }
}

/// What a mark by somebody of a role comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// The duty is done, for everybody.
    Done,
    /// They have heard, where hearing of it is all that is asked.
    Heard,
    /// Somebody has it in hand.
    InHand,
    /// Nothing: it is not asked of them, or it is no answer to this.
    Nothing,
}

/// Whom the duty does not ask can say that it was done (E5), and nothing else.
fn says(kind: DutyKind, what: MarkKind, by: Role) -> Says {
    let asked = asks(kind).contains(&by);
    match what {
        MarkKind::Done => match kind {
            // **Reading**: a threat or a plea waits for its own answer, of those who may give
            // one (A2, P4). Nobody else ends the asking for it.
            DutyKind::AnswerThreat | DutyKind::AnswerPlea if !asked => Says::Nothing,
            DutyKind::AnswerThreat
            | DutyKind::AnswerPlea
            | DutyKind::Call911
            | DutyKind::CallSro
            | DutyKind::SeeSighting
            | DutyKind::ExplainClosedLine
            | DutyKind::TellSro
            | DutyKind::TellChiefOrDirector
            | DutyKind::TellSuperintendent
            | DutyKind::KeepWatch => Says::Done,
        },
        MarkKind::Acknowledged | MarkKind::Declined if !asked => Says::Nothing,
        // "I will not" is a word of somebody who has heard, or who says why not (E3). Of what
        // has to be done all the same it leaves the others to do it.
        MarkKind::Acknowledged | MarkKind::Declined => match kind {
            DutyKind::SeeSighting
            | DutyKind::TellSro
            | DutyKind::TellChiefOrDirector
            | DutyKind::TellSuperintendent
            | DutyKind::KeepWatch => Says::Heard,
            // Its clock runs until an SRO acknowledges or a 911 call is recorded (C2).
            DutyKind::CallSro if by == Role::Sro => Says::Heard,
            DutyKind::Call911 | DutyKind::ExplainClosedLine if what == MarkKind::Declined => {
                Says::Done
            }
            DutyKind::CallSro | DutyKind::AnswerThreat | DutyKind::AnswerPlea
                if what == MarkKind::Declined =>
            {
                Says::Nothing
            }
            DutyKind::Call911
            | DutyKind::ExplainClosedLine
            | DutyKind::CallSro
            | DutyKind::AnswerThreat
            | DutyKind::AnswerPlea => Says::InHand,
        },
    }
}

/// The id of a duty.
pub(crate) fn duty_id(cause: FactId, kind: DutyKind) -> FactId {
    FactId::derived(cause, kind.as_str())
}

impl Duties {
    /// Folds in what was done about a duty.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order) {
        let (duty, what) = if let Fact::DutyAcknowledged { duty } = &stamped.fact {
            (*duty, MarkKind::Acknowledged)
        } else if let Fact::DutyDone { duty, .. } = &stamped.fact {
            (*duty, MarkKind::Done)
        } else if let Fact::DutyDeclined { duty, .. } = &stamped.fact {
            (*duty, MarkKind::Declined)
        } else {
            return self.take_attempt(stamped);
        };
        let mark = Mark {
            duty,
            order,
            by: stamped.by.clone(),
            what,
        };
        self.marks.insert(stamped.id, mark);
        while self.marks.len() > MARKS_KEPT {
            let oldest = self.marks.iter().min_by_key(|(_, mark)| mark.order);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            self.marks.remove(&oldest);
        }
    }

    fn take_attempt(&mut self, stamped: &Stamped) {
        let Fact::DutyAttempted {
            duty,
            person,
            channel,
            n,
            outcome,
            ..
        } = &stamped.fact
        else {
            return;
        };
        let tried = self.tried.entry((*duty, person.clone())).or_default();
        tried.insert(
            *n,
            Attempt {
                at: stamped.at,
                channel: *channel,
                outcome: *outcome,
            },
        );
        // Those that were tried last are those that are still asked.
        while self.tried.len() > TRIED_KEPT {
            let oldest = self.tried.iter().min_by_key(|(_, attempts)| {
                let last = attempts.last_key_value();
                last.map(|(_, attempt)| attempt.at)
            });
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.tried.remove(&oldest);
        }
    }

    fn marks_of(&self, duty: FactId) -> impl Iterator<Item = &Mark> {
        self.marks.values().filter(move |mark| mark.duty == duty)
    }

    /// The marks of a duty that come to this.
    fn that_say(&self, duty: FactId, kind: DutyKind, wanted: Says) -> impl Iterator<Item = &Mark> {
        self.marks_of(duty)
            .filter(move |mark| says(kind, mark.what, mark.by.role) == wanted)
    }

    /// Who has heard, by person.
    fn heard(&self, duty: FactId, kind: DutyKind) -> BTreeSet<&Principal> {
        self.that_say(duty, kind, Says::Heard)
            .map(|mark| &mark.by.principal)
            .collect()
    }

    /// Done, also by other means, or not done for a reason.
    fn settled(&self, duty: FactId, kind: DutyKind) -> bool {
        self.that_say(duty, kind, Says::Done).next().is_some()
    }

    /// Who has it in hand, first; where hearing is all, who has heard first.
    fn in_hand(&self, duty: FactId, kind: DutyKind) -> Option<&Mark> {
        let heard = self.that_say(duty, kind, Says::Heard);
        self.that_say(duty, kind, Says::InHand)
            .chain(heard)
            .min_by_key(|mark| mark.order)
    }

    /// With the incident goes what nobody waits for any more.
    pub(crate) fn close(&mut self, open: &BTreeSet<FactId>) {
        self.marks
            .retain(|_, mark| mark.order.seq == u64::MAX || open.contains(&mark.duty));
        self.tried.retain(|(duty, _), _| open.contains(duty));
    }
}

impl Campus {
    /// Every duty that is open now.
    pub(crate) fn open_duties(&self, site: &Site, now: Timestamp) -> Vec<Duty> {
        let mut duties = Vec::new();
        duties.extend(self.call_911());
        duties.extend(self.call_sro(now));
        duties.extend(self.of_open_items());
        duties.extend(self.of_pleas());
        duties.extend(self.of_sightings());
        duties.extend(self.of_closed_lines());
        duties.extend(self.of_notices(site));
        duties.extend(self.of_watches(site));
        duties
    }

    /// When the last mark ended the one duty of these causes. Whoever answers for a threat
    /// that a call has meanwhile taken over answers for that call.
    fn answered(&self, kind: DutyKind, causes: &[(Order, FactId)]) -> Option<Order> {
        if self.duties.marks.is_empty() {
            return None;
        }
        let covered = causes
            .iter()
            .filter_map(|(_, cause)| self.covers.get(cause))
            .flat_map(|cover| &cover.names);
        let causes: BTreeSet<FactId> = causes.iter().map(|(_, cause)| *cause).collect();
        let duties: BTreeSet<FactId> = causes
            .iter()
            .chain(covered)
            .map(|cause| duty_id(*cause, kind))
            .collect();
        self.duties
            .marks
            .values()
            .filter(|mark| duties.contains(&mark.duty))
            .filter(|mark| match says(kind, mark.what, mark.by.role) {
                Says::Done | Says::Heard => true,
                Says::InHand | Says::Nothing => false,
            })
            .map(|mark| mark.order)
            .max()
    }

    /// One duty for all calls and threats of the incident: three hundred calls ask for one
    /// call to 911. It counts from the first that nobody has answered for.
    fn grouped(&self, kind: DutyKind, causes: &[(Order, FactId)]) -> Option<Duty> {
        let answered = self.answered(kind, causes);
        let (order, cause) = causes
            .iter()
            .filter(|(order, _)| answered.is_none_or(|answered| *order > answered))
            .min()?;
        Some(duty(*cause, kind, order.at))
    }

    fn causes(&self, wanted: impl Fn(&ItemKind) -> bool) -> Vec<(Order, FactId)> {
        self.open
            .iter()
            .filter(|(_, item)| wanted(&item.what))
            .map(|(id, item)| (item.order(*id), *id))
            .collect()
    }

    /// E3: until a line is recorded open, or one of those asked records why not. A line that
    /// is lost asks again.
    fn call_911(&self) -> Option<Duty> {
        let mut causes = self.causes(|what| match what {
            ItemKind::Call { .. } | ItemKind::Threat { .. } => true,
            ItemKind::Movement { .. } | ItemKind::Release { .. } => false,
        });
        if causes.is_empty() {
            return None;
        }
        let since = self.incident;
        match self.escalations.to_911(since) {
            To911::NeverCalled => self.grouped(DutyKind::Call911, &causes),
            To911::Open => None,
            // What was asked for before was answered by the line; its loss is asked about anew.
            To911::Lost(lost) => {
                causes.retain(|(order, _)| *order > lost);
                causes.push((lost, lost.id));
                self.grouped(DutyKind::Call911, &causes)
            }
            To911::Closed(closed) => {
                causes.retain(|(order, _)| *order > closed);
                self.grouped(DutyKind::Call911, &causes)
            }
        }
    }

    /// C2: while no SRO is recorded as here, until one acknowledges or a 911 call is recorded.
    fn call_sro(&self, now: Timestamp) -> Option<Duty> {
        if self.sro_here(now) || self.escalations.called_911(self.incident) {
            return None;
        }
        let causes = self.causes(|what| match what {
            ItemKind::Call { .. } | ItemKind::Threat { .. } | ItemKind::Movement { .. } => true,
            ItemKind::Release { .. } => false,
        });
        self.grouped(DutyKind::CallSro, &causes)
    }

    fn of_open_items(&self) -> impl Iterator<Item = Duty> + '_ {
        self.open
            .iter()
            .filter(|(_, item)| item.level == Level::Checking)
            .map(|(id, item)| duty(*id, DutyKind::AnswerThreat, item.at))
            .filter(|duty| !self.duties.settled(duty.id, duty.kind))
    }

    fn of_pleas(&self) -> impl Iterator<Item = Duty> + '_ {
        self.pleas()
            .filter(|plea| plea.answer.is_none())
            .map(|plea| duty(plea.id, DutyKind::AnswerPlea, plea.order.at))
            .filter(|duty| !self.duties.settled(duty.id, duty.kind))
    }

    fn of_sightings(&self) -> impl Iterator<Item = Duty> + '_ {
        self.sightings
            .all()
            .filter(|(_, seen)| seen.danger.is_alarm())
            .map(|(id, seen)| duty(id, DutyKind::SeeSighting, seen.order.at))
            .filter(|duty| !self.is_told(duty))
    }

    /// E3: a line that was closed before the release: somebody says why, and the others look.
    fn of_closed_lines(&self) -> impl Iterator<Item = Duty> + '_ {
        let held = self.held();
        self.escalations
            .all()
            .filter(move |_| held)
            .filter_map(|standing| standing.closed())
            .filter(|closed| is_of(self.incident, closed.order))
            .map(|closed| {
                let duty = duty(closed.id, DutyKind::ExplainClosedLine, closed.order.at);
                (duty, closed.explained)
            })
            .filter(|(duty, explained)| {
                let seen = self.duties.in_hand(duty.id, duty.kind).is_some();
                !(*explained && seen || self.duties.settled(duty.id, duty.kind))
            })
            .map(|(duty, _)| duty)
    }

    /// E4, E6, S4: who is told of an escalation, and of a school lift.
    fn of_notices(&self, site: &Site) -> Vec<Duty> {
        let escalations = self
            .escalations
            .all()
            .map(|standing| (standing.id, standing.opened.order.at));
        // A lift is told of like an escalation (S4).
        let lifts = self.lifts.iter().map(|(id, at)| (*id, *at));
        escalations
            .chain(lifts)
            .flat_map(|(cause, at)| {
                [
                    DutyKind::TellSro,
                    DutyKind::TellChiefOrDirector,
                    DutyKind::TellSuperintendent,
                ]
                .map(|kind| duty(cause, kind, at))
            })
            .filter(|duty| {
                if everybody(duty.kind) {
                    !self.all_told(duty, site)
                } else {
                    !self.is_told(duty)
                }
            })
            .collect()
    }

    fn of_watches(&self, site: &Site) -> Vec<Duty> {
        self.open
            .iter()
            .filter(|(_, item)| item.level == Level::ControlledMovement)
            .map(|(id, item)| duty(*id, DutyKind::KeepWatch, item.at))
            .filter(|duty| !self.all_told(duty, site))
            .collect()
    }

    /// Something is open that was not released: a line is not closed without a word (E3).
    pub(crate) fn held(&self) -> bool {
        self.open.values().any(|item| item.level != Level::Released)
    }

    fn is_told(&self, duty: &Duty) -> bool {
        !self.duties.heard(duty.id, duty.kind).is_empty() || self.duties.settled(duty.id, duty.kind)
    }

    fn all_told(&self, duty: &Duty, site: &Site) -> bool {
        let heard = self.duties.heard(duty.id, duty.kind);
        let all =
            asked(site, duty.kind).all(|person| heard.contains(&Principal::Person(person.clone())));
        all || self.duties.settled(duty.id, duty.kind)
    }

    /// Whether a notice of that cause is still owed to anybody but the SROs: what keeps it
    /// beyond its incident.
    pub(crate) fn notice_owed(&self, cause: FactId) -> bool {
        [DutyKind::TellChiefOrDirector, DutyKind::TellSuperintendent]
            .into_iter()
            .any(|kind| !self.is_told(&duty(cause, kind, Timestamp::UNIX_EPOCH)))
    }

    /// The duty of that id, if it is open.
    pub(crate) fn open_duty(&self, id: FactId, site: &Site, now: Timestamp) -> Option<Duty> {
        let mut open = self.open_duties(site, now).into_iter();
        open.find(|duty| duty.id == id)
    }

    /// Whether anything was ever said or tried about a duty of that id, or it asked about a
    /// threat that an open call has taken over since.
    pub(crate) fn duty_was_open(&self, id: FactId) -> bool {
        let of_threats = || {
            let covers = self.open.keys().filter_map(|cause| self.covers.get(cause));
            covers
                .flat_map(|cover| &cover.names)
                .flat_map(|cause| {
                    [DutyKind::Call911, DutyKind::CallSro, DutyKind::AnswerThreat]
                        .map(|kind| duty_id(*cause, kind))
                })
                .any(|duty| duty == id)
        };
        self.duties.marks_of(id).next().is_some()
            || self.duties.tried.keys().any(|(duty, _)| *duty == id)
            || of_threats()
    }

    /// The next moment at which time alone changes what a screen shows: a duty becomes
    /// overdue, or a presence too old to be known.
    #[must_use]
    pub fn turns_after(&self, site: &Site, now: Timestamp) -> Option<Timestamp> {
        let overdue = self
            .open_duties(site, now)
            .into_iter()
            .map(|duty| due(&duty));
        let unknown = self.presence.values().map(crate::campus::Presence::until);
        overdue.chain(unknown).filter(|at| *at > now).min()
    }

    /// One card a duty.
    pub(crate) fn duty_cards(&self, site: &Site, now: Timestamp) -> Vec<Card> {
        self.open_duties(site, now)
            .into_iter()
            .map(|duty| self.duty_card(&duty, site, now))
            .collect()
    }

    /// The cards of what the eyes are asked to watch for (C1).
    pub(crate) fn watch_cards(&self, site: &Site, now: Timestamp) -> Vec<Card> {
        self.of_watches(site)
            .into_iter()
            .map(|duty| self.duty_card(&duty, site, now))
            .collect()
    }

    fn duty_card(&self, duty: &Duty, site: &Site, now: Timestamp) -> Card {
        let mut tried: Vec<Tried> = self
            .duties
            .tried
            .iter()
            .filter(|((of, _), _)| *of == duty.id)
            .flat_map(|((_, person), attempts)| {
                attempts.values().map(|attempt| Tried {
                    person: person.clone(),
                    name: site.people.get(person).map(|known| known.name.clone()),
                    channel: attempt.channel,
                    outcome: attempt.outcome,
                    at: attempt.at,
                })
            })
            .collect();
        tried.sort_by(|one, other| (one.at, &one.person).cmp(&(other.at, &other.person)));
        let attempts = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        let newest = tried.len().saturating_sub(TRIED_SHOWN);
        let due = due(duty);
        Card::Duty(DutyCard {
            id: duty.id,
            kind: duty.kind,
            cause: duty.cause,
            asks: asks(duty.kind).to_vec(),
            since: duty.since,
            due,
            overdue: due <= now,
            say: self.say(duty, site),
            acknowledged: self.duties.in_hand(duty.id, duty.kind).map(|mark| Done {
                by: who(&mark.by),
                at: mark.order.at,
            }),
            attempts,
            tried: tried.split_off(newest),
            each: self.each(duty, site),
        })
    }

    /// Who has heard and who has not, where one answer is not enough.
    fn each(&self, duty: &Duty, site: &Site) -> Vec<Asked> {
        if !everybody(duty.kind) {
            return Vec::new();
        }
        let heard = |person: &PersonId| {
            self.duties
                .that_say(duty.id, duty.kind, Says::Heard)
                .filter(|mark| mark.by.principal == Principal::Person(person.clone()))
                .map(|mark| mark.order.at)
                .min()
        };
        asked(site, duty.kind)
            .filter_map(|person| {
                let known = site.people.get(person)?;
                Some(Asked {
                    name: known.name.clone(),
                    heard: heard(person),
                })
            })
            .collect()
    }

    /// What to say or do. For 911: the number, the address, and what is known (E3).
    fn say(&self, duty: &Duty, site: &Site) -> String {
        let record = &site.record;
        let item = self.open.get(&duty.cause);
        let what = item.and_then(|item| item.what.in_words());
        let what = what.map_or_else(String::new, |what| format!(" {what}"));
        match duty.kind {
            DutyKind::Call911 => format!(
                "Call {}. Say: {}, {}. {}.{what} Stay on the line.",
                number_of(site, Agency::NineOneOne),
                record.name,
                record.address,
                self.posture().words(),
            ),
            DutyKind::CallSro => {
                format!(
                    "Call the SRO, or {}.{what} No SRO is recorded as here.",
                    number_of(site, Agency::NineOneOne)
                )
            }
            DutyKind::KeepWatch => {
                let shared = item.and_then(|item| item.what.shareable());
                let shared = shared.unwrap_or("Watch for anything out of place.");
                format!("Keep watch and report what you see. {shared}")
            }
            DutyKind::TellSro | DutyKind::TellChiefOrDirector | DutyKind::TellSuperintendent => {
                let agency = self
                    .escalations
                    .all()
                    .find(|standing| standing.id == duty.cause)
                    .map(|standing| standing.opened.agency);
                match agency {
                    Some(agency) => format!(
                        "{} was asked for at {}.",
                        Agency::words(agency),
                        record.name
                    ),
                    None => format!(
                        "{}: lifted by school administration. This is not a law-enforcement \
                         all clear.",
                        record.name
                    ),
                }
            }
            DutyKind::AnswerThreat
            | DutyKind::AnswerPlea
            | DutyKind::SeeSighting
            | DutyKind::ExplainClosedLine => format!("{}.{what}", duty.kind.words()),
        }
    }
}

/// Whom to try now. `accepted_here` says whether this instance accepted a cause in this life:
/// then the first attempt is its own, else it takes over after five seconds (E4).
#[must_use]
pub fn due_attempts(
    campus: &Campus,
    site: &Site,
    now: Timestamp,
    accepted_here: impl Fn(FactId) -> bool,
) -> Vec<DueAttempt> {
    let mut attempts = Vec::new();
    for duty in campus.open_duties(site, now) {
        // Somebody has it in hand: the others are left in peace until it is overdue.
        let in_hand = campus.duties.in_hand(duty.id, duty.kind).is_some() && !everybody(duty.kind);
        if in_hand && due(&duty) > now {
            continue;
        }
        let heard = campus.duties.heard(duty.id, duty.kind);
        for person in asked(site, duty.kind) {
            if heard.contains(&Principal::Person(person.clone())) {
                continue;
            }
            let tried = campus.duties.tried.get(&(duty.id, person.clone()));
            let last = tried.and_then(|tried| tried.last_key_value());
            let outside = site.people.get(person).map_or(0, |known| known.outside);
            let way = |n: u16| usize::from(n - 1) % (outside + 1);
            let (n, from) = match last {
                Some((last, attempt)) => {
                    let n = last.saturating_add(1);
                    let after = again_after_s(*last, attempt.outcome, way(n) > 0);
                    (n, later(attempt.at, after))
                }
                None if accepted_here(duty.cause) => (1, duty.since),
                None => (1, later(duty.since, TAKEN_OVER_AFTER_S)),
            };
            if n > ATTEMPTS_MAX || from > now {
                continue;
            }
            if attempts.len() >= DUE_AT_ONCE {
                return attempts;
            }
            attempts.push(DueAttempt {
                id: FactId::derived(duty.id, &format!("attempt {n} for {person}")),
                duty: duty.id,
                kind: duty.kind,
                cause: duty.cause,
                person: person.clone(),
                way: way(n),
                n,
                say: campus.say(&duty, site),
            });
        }
    }
    attempts
}

fn duty(cause: FactId, kind: DutyKind, since: Timestamp) -> Duty {
    Duty {
        id: duty_id(cause, kind),
        kind,
        cause,
        since,
    }
}

/// From when on a duty is overdue.
pub(crate) fn due(duty: &Duty) -> Timestamp {
    later(duty.since, overdue_after_s(duty.kind))
}

/// The people of the campus whom a kind of duty asks.
fn asked(site: &Site, kind: DutyKind) -> impl Iterator<Item = &PersonId> {
    site.people
        .iter()
        .filter(move |(_, known)| asks(kind).contains(&known.role))
        .map(|(person, _)| person)
}

/// An agency with the number to dial for it, where that is another than its name.
fn number_of(site: &Site, agency: Agency) -> String {
    let words = agency.words();
    match site.record.number(agency) {
        Some(number) if number != words => format!("{words} ({number})"),
        Some(_) | None => words.to_owned(),
    }
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    crate::decide::later(at, seconds)
}
