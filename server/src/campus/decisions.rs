//! Grounds and clears: journal only, decided when their turn comes, whole or not at all.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{Class, CommandRequest};
use lockstep_proto::fact::{Fact, PROOF_DURESS, PROOF_ORDINARY, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::text::Words;
use lockstep_rules::authority::may;
use lockstep_rules::{Actor, Decision, Right, decide, duress_id, proposer, refusal_id};
use tokio::time::Instant;

use super::duties::Life;
use super::pending::pending_max;
use super::queue::Decisive;
use super::task::{Done, Task};
use super::{Answer, no_room};
use crate::failpoint::{Moment, reach};
use crate::journal::{AppendError, Appended, JournalError, Placed};

/// A ground or clear that has not had its turn by then is refused: with the journal's own deadline
/// and the check of a PIN its author has an answer within two seconds.
pub(super) const DECISION_WITHIN: Duration = Duration::from_millis(1_200);
/// Conflicts in a row before a decision is given up.
const CONFLICTS_MAX: u32 = 8;
/// Commands that are looked for at once, and raises that are read to be kept.
pub(super) const LOOKUPS_MAX: usize = 64;
/// Grounds and clears that wait for their turn.
const DECISIONS_MAX: usize = 256;
/// Those of one principal among them, so that nobody fills the queue for everybody else.
const DECISIONS_OF_ONE: usize = 8;

impl Task {
    /// Whether no wait for its turn makes this refusal of a ground or clear another: it is the
    /// answer that was given before, or the author has not the right.
    pub(super) fn is_final(
        &self,
        refusal: &Refusal,
        fact: FactId,
        actor: &Actor,
        request: &CommandRequest,
    ) -> bool {
        let (campus, policy) = (&self.site.record.id, &self.site.policy);
        refusal.code == Code::IdReused
            || self.state.known(refusal_id(fact, refusal.code)).is_some()
            || !request.again
                && may(actor, campus, &request.command, policy, self.now().today).is_err()
    }

    pub(super) fn queue_decisive(&mut self, decisive: Decisive) {
        let principal = &decisive.actor.author.principal;
        let waiting = &self.queue.decisions;
        let of_one = waiting
            .iter()
            .filter(|waits| waits.actor.author.principal == *principal)
            .count();
        if waiting.len() >= DECISIONS_MAX || of_one >= DECISIONS_OF_ONE {
            let answer = no_room(&decisive.request);
            return decisive.answer(answer);
        }
        // A copy of what is under way gets its answer: told to wait, it could turn out a lie.
        if !self.is_under_way(decisive.fact)
            && let Err(refusal) = self.pace.take(&decisive.actor, &decisive.request)
        {
            return decisive.answer(Answer::Refused(refusal));
        }
        self.queue.decisions.push_back(decisive);
    }

    /// Whether a ground or clear of this id waits here, is written, or is in doubt.
    fn is_under_way(&self, fact: FactId) -> bool {
        self.queue.under_way == Some(fact)
            || self
                .queue
                .in_doubt
                .iter()
                .chain(&self.queue.decisions)
                .any(|waits| waits.fact == fact)
    }

    /// A ground or clear has its turn: everything before it is in the journal.
    pub(super) fn take_turn(&mut self, decisive: Decisive) {
        if self.unfolded {
            return self.refuse(decisive, Code::JournalUnavailable.into());
        }
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
                let answer = self.known(&decisive.request, decisive.fact, seq);
                return self.settle(decisive, &answer);
            }
            Err(refusal) => return self.refuse(decisive, refusal),
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
        let expected = self.tip.clone().into();
        let right = Right {
            actor: (*decisive.actor).clone(),
            campus: self.site.record.id.clone(),
            command: decisive.request.command.clone(),
            today: self.now().today,
            proposer: proposer(&self.state, &decisive.request.command),
        };
        self.queue.under_way = Some(decisive.fact);
        self.begin(async move {
            reach(Moment::BeforeDecision);
            let result = match (decisive.request.command.class(), stamped.first()) {
                (Class::Clear, Some(clear)) => {
                    journal
                        .append_clear(&log, expected, clear.clone(), right)
                        .await
                }
                _ => journal.append(&log, expected, stamped.clone()).await,
            };
            reach(Moment::AfterDecision);
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
                self.went_on(&appended);
                for (stamped, placed) in stamped.iter().zip(&appended.placed) {
                    self.duties.accepted(stamped.id, Life::This);
                    // What stands further on is found when it is read.
                    if placed.position <= self.tip.position() {
                        self.apply(stamped, Some(placed));
                    }
                }
                if let Some(placed) = appended.placed.first() {
                    let answer =
                        self.known(&decisive.request, placed.id, Some(placed.position.seq));
                    self.settle(decisive, &answer);
                }
            }
            Err(AppendError::Conflict(_)) if decisive.conflicts < CONFLICTS_MAX => {
                self.queue.under_way = None;
                decisive.conflicts += 1;
                self.queue.decisions.push_front(decisive);
                self.catch_up();
            }
            Err(AppendError::Refused(code)) => self.refuse(decisive, Refusal::new(code)),
            Err(AppendError::InDoubt) => {
                self.healthy(false);
                decisive.answer_in_doubt();
                self.queue.in_doubt = Some(decisive);
            }
            Err(error @ (AppendError::Unavailable(_) | AppendError::Conflict(_))) => {
                tracing::warn!(%error, "a decision could not be recorded");
                self.healthy(false);
                self.refuse(decisive, Code::JournalUnavailable.into());
            }
        }
    }

    /// A ground or clear that was sent before without an answer, here or elsewhere. Another
    /// instance may still commit it, so here it is never decided, nor refused: it is looked for
    /// (invariant 13).
    pub(super) fn look_up(&mut self, decisive: Decisive) {
        let is_here = |waits: &Decisive| waits.is_copy_of(&decisive);
        let under_way = self.queue.under_way == Some(decisive.fact)
            || self.queue.in_doubt.as_ref().is_some_and(is_here)
            || self.queue.decisions.iter().any(is_here);
        if under_way {
            return self.queue_decisive(decisive);
        }
        if self.lookups >= LOOKUPS_MAX {
            let id = decisive.request.id;
            return decisive.answer(Answer::InDoubt(id));
        }
        self.lookups += 1;
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        self.done.push(Box::pin(async move {
            let result = journal.find(&log, decisive.fact).await;
            Done::LookedUp { decisive, result }
        }));
    }

    pub(super) fn looked_up(
        &mut self,
        decisive: Decisive,
        result: Result<Option<Placed>, JournalError>,
    ) {
        self.lookups -= 1;
        let answer = match result {
            Ok(Some(placed)) => {
                self.look_at = Instant::now();
                let seq = Some(placed.position.seq);
                self.known(&decisive.request, decisive.fact, seq)
            }
            Ok(None) | Err(_) => Answer::InDoubt(decisive.request.id),
        };
        decisive.answer(answer);
    }

    pub(super) fn begin_read_back(&mut self, decisive: Decisive) {
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        self.begin(async move {
            // What `find` answers is final for everything sent before it.
            let result = journal.find(&log, decisive.fact).await;
            Done::ReadBack { decisive, result }
        });
    }

    /// The author of a clear in doubt is told what became of it.
    pub(super) fn read_back(
        &mut self,
        decisive: Decisive,
        result: Result<Option<Placed>, JournalError>,
    ) {
        self.busy = false;
        match result {
            Ok(Some(placed)) => {
                self.healthy(true);
                self.duties.accepted(decisive.fact, Life::This);
                let answer =
                    self.known(&decisive.request, decisive.fact, Some(placed.position.seq));
                self.settle(decisive, &answer);
                self.catch_up();
            }
            Ok(None) => {
                self.healthy(true);
                self.refuse(decisive, Code::JournalUnavailable.into());
            }
            Err(_) => {
                self.healthy(false);
                self.queue.in_doubt = Some(decisive);
            }
        }
    }

    fn refuse(&mut self, decisive: Decisive, refusal: Refusal) {
        self.refused(&decisive.actor, &decisive.request, &refusal);
        self.settle(decisive, &Answer::Refused(refusal));
    }

    /// What became of a decision, to its author and to everybody who waits with a copy of it:
    /// one act, one answer (P6).
    fn settle(&mut self, decisive: Decisive, answer: &Answer) {
        if self.queue.under_way == Some(decisive.fact) {
            self.queue.under_way = None;
        }
        let waiting = std::mem::take(&mut self.queue.decisions);
        let (copies, others): (VecDeque<_>, _) = waiting
            .into_iter()
            .partition(|waits| waits.is_copy_of(&decisive));
        self.queue.decisions = others;
        for copy in copies {
            copy.answer(answer.clone());
        }
        decisive.answer(answer.clone());
    }

    /// A refusal that waits for no turn. Who is told so faster than anybody acts is told to slow
    /// down: nothing was looked at then, and there is nothing to keep.
    pub(super) fn refused_at_once(
        &mut self,
        actor: &Actor,
        request: &CommandRequest,
        refusal: Refusal,
    ) -> Refusal {
        let asked = FactId::of_command(&actor.district, &actor.author.principal, request.id);
        let stands = self.state.known(refusal_id(asked, refusal.code)).is_some();
        if !stands && let Err(slow_down) = self.pace.take(actor, request) {
            return slow_down;
        }
        self.refused(actor, request, &refusal);
        refusal
    }

    /// T1: the refusal of a clear is an entry. It is a note, and blocks nothing.
    fn refused(&mut self, actor: &Actor, request: &CommandRequest, refusal: &Refusal) {
        let class = request.command.class();
        // What asks for a proof and names a head is refused for an alarm alike, forced or not.
        let is_kept = class == Class::Clear
            || !class.is_fact() && (refusal.code == Code::NewAlarm || actor.under_duress);
        if !is_kept || refusal.code == Code::UnknownCampus {
            return;
        }
        let asked = FactId::of_command(&actor.district, &actor.author.principal, request.id);
        let (id, proof) = if actor.under_duress {
            (duress_id(&self.state, asked), PROOF_DURESS)
        } else {
            (refusal_id(asked, refusal.code), PROOF_ORDINARY)
        };
        let fact = Fact::ClearRefused {
            command: request.command.name().to_owned(),
            code: refusal.code,
            proof: Some(Words::Words(proof.to_owned())),
        };
        let repeated = self.pending.contains_key(&id) || self.state.known(id).is_some();
        if repeated || self.pending.len() >= pending_max(fact.class()) {
            return;
        }
        let stamped = Stamped {
            origin: None,
            ..self.stamp(id, fact, actor, request, "")
        };
        self.begin_fact(stamped.clone(), None);
        // Known from now on, so that a copy that is right behind gets the same answer.
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.shown = true;
        }
        self.apply(&stamped, None);
    }

    /// Refuses what waited too long for its turn. It was never sent, so it never comes true.
    pub(super) fn expire(&mut self, now: Instant) {
        let under_way = self.queue.under_way;
        // Of a copy of what the journal has, a refusal might turn out a lie.
        for decisive in &mut self.queue.decisions {
            if decisive.expires <= now && Some(decisive.fact) == under_way {
                decisive.answer_in_doubt();
            }
        }
        let refused = |waits: &Decisive| waits.expires <= now && Some(waits.fact) != under_way;
        while let Some(index) = self.queue.decisions.iter().position(refused)
            && let Some(decisive) = self.queue.decisions.remove(index)
        {
            self.refuse(decisive, Code::JournalUnavailable.into());
        }
    }
}
