//! Duties at work (C2, E3, E4, E6, A2, S4): tries each person over the way that is due, and
//! keeps what became of it.
//!
//! Owns which causes this instance accepted in this life, and which attempts are under way.
//! Whom to try and when is the rules' word, and so is what a duty is: nothing here opens or
//! ends one. It never waits for a channel, and a drill never comes here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::command::Class;
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::{FactId, Principal};
use lockstep_proto::role::{Audience, Role};
use lockstep_rules::{DueAttempt, due_attempts};
use tokio::time::{Instant, timeout};

use super::pending::pending_max;
use super::task::{Done, Task};
use crate::outside::Notice;

/// How often it is asked who is due.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How soon after a change, so that three hundred calls at once are not three hundred looks.
const LOOK_AFTER: Duration = Duration::from_millis(10);
/// How long screens may take to come back after a restart. Of a cause of an earlier life nobody
/// is taken for not reached before.
const SCREENS_BACK_WITHIN: Duration = Duration::from_secs(2);
/// How long a channel out of the building may take.
const SEND_WITHIN: Duration = Duration::from_secs(2);
/// Sends out of the building of one campus at once.
const SENDS_AT_ONCE: usize = 32;
/// Attempts that one look begins; the rest begin at the next.
const ATTEMPTS_AT_ONCE: usize = 128;
/// Causes of this life that are remembered, the newest. Of what is forgotten the first attempt
/// comes after five seconds, as if another instance had accepted it.
const CAUSES_KEPT: usize = 4_096;

/// What the task knows of its own about duties.
#[derive(Debug)]
pub(super) struct Duties {
    /// Causes that are ours to begin with; whether they came in this life, or from the last.
    ours: BTreeMap<FactId, Life>,
    oldest_first: VecDeque<FactId>,
    /// Attempts that are out of the building.
    sending: BTreeSet<FactId>,
    look_at: Instant,
    began: Instant,
}

/// When a cause came to this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// Somebody gave it here.
    This,
    /// An earlier life or another instance accepted it, and it was handed on.
    Earlier,
}

impl Duties {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            ours: BTreeMap::new(),
            oldest_first: VecDeque::new(),
            sending: BTreeSet::new(),
            look_at: now,
            began: now,
        }
    }

    /// Something changed: it is asked again soon who is due.
    pub(super) fn look(&mut self, now: Instant) {
        self.look_at = self.look_at.min(now + LOOK_AFTER);
    }

    /// This instance accepted a fact: if it is a cause, the first attempt is ours (E4).
    pub(super) fn accepted(&mut self, id: FactId, life: Life) {
        if self.ours.insert(id, life).is_some() {
            return;
        }
        self.oldest_first.push_back(id);
        if self.oldest_first.len() > CAUSES_KEPT
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ours.remove(&oldest);
        }
    }
}

impl Task {
    /// Tries whoever is due now.
    pub(super) fn try_due(&mut self) {
        let now = Instant::now();
        if now < self.duties.look_at {
            return;
        }
        self.duties.look_at = now + LOOK_EVERY;
        let ours = &self.duties.ours;
        let due = due_attempts(&self.state, &self.site, self.ground.clock.now(), |cause| {
            ours.contains_key(&cause)
        });
        let due = due.into_iter().filter(|attempt| !self.is_begun(attempt.id));
        let due: Vec<DueAttempt> = due.take(ATTEMPTS_AT_ONCE).collect();
        for attempt in due {
            match attempt.way.checked_sub(1) {
                None => {
                    if let Some(outcome) = self.on_their_screen(&attempt, now) {
                        self.attempted(&attempt, outcome);
                    }
                }
                Some(address) => self.send_outside(attempt, address),
            }
        }
    }

    /// Whether an attempt is under way or was made: it becomes one fact, however often it is due.
    fn is_begun(&self, id: FactId) -> bool {
        self.pending.contains_key(&id)
            || self.duties.sending.contains(&id)
            || self.state.known(id).is_some()
    }

    /// Whether a screen of theirs follows this campus here, and is one that shows the duty. None
    /// where that is not to be said yet.
    fn on_their_screen(&self, attempt: &DueAttempt, now: Instant) -> Option<Outcome> {
        let shows = |audience| shows_duty(audience, attempt.kind);
        let person = &attempt.person;
        if self.hub.has_screen(person, shows) || self.elsewhere.has_screen(person, shows, now) {
            return Some(Outcome::Sent);
        }
        let given_here = self.duties.ours.get(&attempt.cause) == Some(&Life::This);
        let back = now >= self.duties.began + SCREENS_BACK_WITHIN;
        (given_here || back).then_some(Outcome::NotReached)
    }

    fn send_outside(&mut self, attempt: DueAttempt, address: usize) {
        if self.duties.sending.len() >= SENDS_AT_ONCE {
            return;
        }
        self.duties.sending.insert(attempt.id);
        let notice = Notice {
            id: attempt.id,
            district: self.ground.log.district.clone(),
            campus: self.site.record.id.clone(),
            duty: attempt.duty,
            kind: attempt.kind,
            person: attempt.person.clone(),
            address,
            say: attempt.say.clone(),
        };
        let outside = Arc::clone(&self.ground.outside);
        // A task of its own: what a channel does on its thread costs the campus nothing.
        let sent = tokio::spawn(async move { timeout(SEND_WITHIN, outside.send(notice)).await });
        self.done.push(Box::pin(async move {
            let outcome = match sent.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => Outcome::NotReached,
            };
            let attempt = Box::new(attempt);
            Done::Attempted { attempt, outcome }
        }));
    }

    /// What became of an attempt is a fact, like any note: on the spool and the journal at once.
    pub(super) fn attempted(&mut self, attempt: &DueAttempt, outcome: Outcome) {
        self.duties.sending.remove(&attempt.id);
        // Another instance may have been quicker. With no room for a fact it is due again.
        let no_room = self.pending.len() >= pending_max(Class::Alarm);
        if self.is_begun(attempt.id) || no_room {
            return;
        }
        let stamped = self.said_by_server(attempt.id, attempt.fact(outcome));
        self.begin_fact(stamped, None);
    }

    /// A record of the server's own.
    pub(super) fn said_by_server(&self, id: FactId, fact: Fact) -> Stamped {
        Stamped {
            id,
            at: self.ground.clock.now(),
            claimed_at: None,
            by: server_itself(),
            origin: None,
            fact,
        }
    }
}

/// Who the server is in its own records.
pub(super) fn server_itself() -> Author {
    Author {
        principal: Principal::Operator,
        name: "Lockstep".to_owned(),
        role: Role::Operator,
        credential: None,
    }
}

/// Whether an audience's screens show a duty. What a screen does not show has not reached
/// whoever sits before it (E2).
fn shows_duty(audience: Audience, kind: DutyKind) -> bool {
    match audience {
        Audience::Room => false,
        Audience::Staff => kind == DutyKind::KeepWatch,
        Audience::Responder | Audience::District => true,
    }
}
