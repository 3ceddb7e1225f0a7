//! Grounds and clears: journal only, decided when their turn comes, whole or not at all.

use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Class, CommandRequest};
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_rules::{Actor, Decision, Right, decide, proposer, refusal_id};
use tokio::time::Instant;

use super::Answer;
use super::pending::pending_max;
use super::queue::Decisive;
use super::task::{Done, Task};
use crate::journal::{AppendError, Appended, JournalError, Placed};

/// A ground or clear that the journal has not taken by then is refused.
pub(super) const DECISION_WITHIN: Duration = Duration::from_millis(1_500);
/// Conflicts in a row before a decision is given up.
const CONFLICTS_MAX: u32 = 8;
/// Grounds and clears that wait for their turn.
const DECISIONS_MAX: usize = 256;

impl Task {
    pub(super) fn queue_decisive(&mut self, decisive: Decisive) {
        if self.queue.decisions.len() >= DECISIONS_MAX {
            decisive.answer(Answer::Refused(Code::Busy.into()));
        } else {
            self.queue.decisions.push_back(decisive);
        }
    }

    /// A ground or clear has its turn: everything before it is in the journal.
    pub(super) fn take_turn(&mut self, decisive: Decisive) {
        let decision = decide(
            &self.state,
            &self.site,
            &decisive.actor,
            &decisive.request,
            &decisive.digest,
            self.now(),
        );
        let made = match decision {
            Ok(Decision::New(made)) => made,
            Ok(Decision::Known(seq)) => {
                let id = FactId::of_command(
                    &decisive.actor.district,
                    &decisive.actor.author.principal,
                    decisive.request.id,
                );
                let answer = self.known(&decisive.request, id, seq);
                return decisive.answer(answer);
            }
            Err(refusal) => {
                self.refused(&decisive.actor, &decisive.request, &refusal);
                return decisive.answer(Answer::Refused(refusal));
            }
        };
        let stamped: Vec<Stamped> = made
            .into_iter()
            .map(|made| {
                self.stamp(
                    made.id,
                    made.fact,
                    &decisive.actor,
                    &decisive.request,
                    &decisive.digest,
                )
            })
            .collect();
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        let expected = self.state.position();
        let right = Right {
            actor: (*decisive.actor).clone(),
            campus: self.site.record.id.clone(),
            command: decisive.request.command.clone(),
            today: self.now().today,
            proposer: proposer(&self.state, &decisive.request.command),
        };
        self.begin(async move {
            let result = match (decisive.request.command.class(), stamped.first()) {
                (Class::Clear, Some(clear)) => {
                    journal
                        .append_clear(&log, expected, clear.clone(), right)
                        .await
                }
                _ => journal.append(&log, expected, stamped.clone()).await,
            };
            Done::Decided {
                decisive,
                stamped,
                result,
            }
        });
    }

    pub(super) fn decided(
        &mut self,
        mut decisive: Decisive,
        stamped: &[Stamped],
        result: Result<Appended, AppendError>,
    ) {
        self.busy = false;
        match result {
            Ok(appended) => {
                self.healthy(true);
                for (stamped, placed) in stamped.iter().zip(&appended.placed) {
                    self.apply(stamped, Some(placed));
                }
                self.tip = Some(appended.tip);
                if let Some(placed) = appended.placed.first() {
                    let answer =
                        self.known(&decisive.request, placed.id, Some(placed.position.seq));
                    decisive.answer(answer);
                }
            }
            Err(AppendError::Conflict(_)) if decisive.conflicts < CONFLICTS_MAX => {
                decisive.conflicts += 1;
                self.queue.decisions.push_front(decisive);
                self.catch_up();
            }
            Err(AppendError::Refused(code)) => {
                let refusal = Refusal::new(code);
                self.refused(&decisive.actor, &decisive.request, &refusal);
                decisive.answer(Answer::Refused(refusal));
            }
            Err(AppendError::InDoubt) => {
                self.healthy(false);
                if let Some(reply) = decisive.reply.take() {
                    let _ = reply.send(Answer::InDoubt(decisive.request.id));
                }
                if let Some(fact) = stamped.first().map(|stamped| stamped.id) {
                    self.queue.in_doubt = Some((decisive, fact));
                }
            }
            Err(error @ (AppendError::Unavailable(_) | AppendError::Conflict(_))) => {
                tracing::warn!(%error, "a decision could not be recorded");
                self.healthy(false);
                self.refuse_unavailable(decisive);
            }
        }
    }

    pub(super) fn begin_read_back(&mut self, decisive: Decisive, fact: FactId) {
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        self.begin(async move {
            // The probe goes through the writer: once it answers, the COMMIT in doubt is over,
            // one way or the other.
            let result = match journal.probe().await {
                Ok(()) => journal.find(&log, fact).await,
                Err(error) => Err(error),
            };
            Done::ReadBack {
                decisive,
                fact,
                result,
            }
        });
    }

    /// The author of a clear in doubt is told what became of it.
    pub(super) fn read_back(
        &mut self,
        decisive: Decisive,
        fact: FactId,
        result: Result<Option<Placed>, JournalError>,
    ) {
        self.busy = false;
        match result {
            Ok(Some(placed)) => {
                self.healthy(true);
                let answer = self.known(&decisive.request, fact, Some(placed.position.seq));
                decisive.answer(answer);
                self.catch_up();
            }
            Ok(None) => {
                self.healthy(true);
                self.refuse_unavailable(decisive);
            }
            Err(_) => {
                self.healthy(false);
                self.queue.in_doubt = Some((decisive, fact));
            }
        }
    }

    pub(super) fn refuse_unavailable(&mut self, decisive: Decisive) {
        let refusal = Refusal::new(Code::JournalUnavailable);
        self.refused(&decisive.actor, &decisive.request, &refusal);
        decisive.answer(Answer::Refused(refusal));
    }

    /// T1: the refusal of a clear is an entry. It is a note, and blocks nothing.
    pub(super) fn refused(&mut self, actor: &Actor, request: &CommandRequest, refusal: &Refusal) {
        if request.command.class() != Class::Clear || refusal.code == Code::UnknownCampus {
            return;
        }
        let asked = FactId::of_command(&actor.district, &actor.author.principal, request.id);
        let id = refusal_id(asked, refusal.code);
        let repeated = self.pending.contains_key(&id);
        if repeated || self.pending.len() >= pending_max(Class::Note) {
            return;
        }
        let fact = Fact::ClearRefused {
            command: request.command.name().to_owned(),
            code: refusal.code,
        };
        let stamped = Stamped {
            origin: None,
            ..self.stamp(id, fact, actor, request, "")
        };
        self.begin_fact(stamped, None);
    }

    /// Refuses what waited too long for its turn. It was never sent, so it never comes true.
    pub(super) fn expire(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.queue.decisions);
        for decisive in waiting {
            if decisive.expires <= now {
                self.refuse_unavailable(decisive);
            } else {
                self.queue.decisions.push_back(decisive);
            }
        }
    }
}
