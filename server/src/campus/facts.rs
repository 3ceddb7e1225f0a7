//! Raises and notes: to the spool and the journal at once, to the screens when either has them.

use std::sync::Arc;

use lockstep_proto::fact::Stamped;
use lockstep_proto::frame::Holds;
use lockstep_proto::id::{CommandId, FactId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use super::duties::Life;
use super::pending::{GRACE, Pending};
use super::task::{Dirty, Done, Task};
use crate::failpoint::{Moment, reach};
use crate::journal::{AppendError, Appended, Placed};
use crate::spool::SpoolError;
use crate::telemetry::metric::{APPEND_SECONDS, APPENDS, SPOOL_FAILED};

impl Task {
    /// A raise or note starts on the spool and the journal at once.
    pub(super) fn begin_fact(
        &mut self,
        stamped: Stamped,
        waits: Option<(CommandId, oneshot::Sender<Answer>)>,
    ) {
        let id = stamped.id;
        self.duties.accepted(id, Life::This);
        self.spool(stamped.clone());
        self.queue.push(&stamped);
        let mut pending = Pending::new(stamped, Instant::now());
        if let Some((command, reply)) = waits {
            pending.wait(command, reply);
        }
        self.pending.insert(id, pending);
    }

    pub(super) fn spool(&mut self, stamped: Stamped) {
        let spool = Arc::clone(&self.ground.spool);
        let log = self.ground.log.clone();
        self.done.push(Box::pin(async move {
            let id = stamped.id;
            let result = spool.put(log, stamped).await;
            Done::Spooled { id, result }
        }));
    }

    pub(super) fn append_facts(&mut self, mut ids: Vec<FactId>) {
        // What a catch-up found in the journal is not on its way any more.
        ids.retain(|id| self.pending.contains_key(id));
        let facts: Vec<Stamped> = ids
            .iter()
            .filter_map(|id| self.pending.get(id))
            .map(|pending| pending.stamped.clone())
            .collect();
        if facts.is_empty() {
            return;
        }
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        let expected = self.tip.clone().into();
        self.begin(async move {
            let began = Instant::now();
            reach(Moment::BeforeAppend);
            let result = journal.append(&log, expected, facts).await;
            reach(Moment::AfterAppend);
            metrics::histogram!(APPEND_SECONDS).record(began.elapsed());
            Done::Facts { ids, result }
        });
    }

    pub(super) fn spooled(&mut self, id: FactId, result: &Result<(), SpoolError>) {
        if let Err(error) = result {
            tracing::warn!(fact = %id, %error, "the spool did not take a fact");
            metrics::counter!(SPOOL_FAILED, "why" => error.kind()).increment(1);
        }
        let Some(pending) = self.pending.get_mut(&id) else {
            // The journal was quicker.
            self.ground.spool.recorded(&self.ground.log, &[id]);
            return;
        };
        pending.spooled = Some(result.is_ok());
        if let Some(position) = pending.recorded {
            self.ground.spool.recorded(&self.ground.log, &[id]);
            return self.is_recorded(id, position);
        }
        if result.is_ok() {
            pending.show_at = pending.show_at.min(Instant::now() + GRACE);
            if pending.shown {
                pending.answer(Holds::Spooled, None);
            }
            self.reach_is_durable(id, false);
        }
    }

    pub(super) fn facts_done(&mut self, ids: Vec<FactId>, result: Result<Appended, AppendError>) {
        self.busy = false;
        match result {
            Ok(appended) => {
                self.healthy(true);
                self.went_on(&appended);
                for placed in &appended.placed {
                    // What stands further on is found when it is read.
                    if placed.position <= self.tip.position() {
                        self.recorded(placed);
                    }
                }
                self.ground.spool.recorded(&self.ground.log, &ids);
                metrics::counter!(APPENDS).increment(1);
            }
            Err(AppendError::Conflict(_)) => {
                self.queue_again(ids);
                self.catch_up();
            }
            Err(error @ (AppendError::Unavailable(_) | AppendError::InDoubt)) => {
                tracing::warn!(%error, facts = ids.len(), "facts wait for the journal");
                self.queue_again(ids);
                self.healthy(false);
                self.show_what_the_journal_failed();
            }
            Err(error @ AppendError::Refused(_)) => {
                // Rights are not read again for facts: a refusal here is a bug in the backend.
                tracing::error!(%error, "the journal refused facts");
                self.queue_again(ids);
                self.healthy(false);
            }
        }
    }

    pub(super) fn queue_again(&mut self, ids: Vec<FactId>) {
        for id in ids.into_iter().rev() {
            if let Some(pending) = self.pending.get(&id) {
                self.queue.push_front(&pending.stamped);
            }
        }
    }

    /// The journal failed: what the spool has, or failed too, is shown without waiting longer.
    pub(super) fn show_what_the_journal_failed(&mut self) {
        let now = Instant::now();
        for pending in self.pending.values_mut() {
            if pending.spooled.is_some() {
                pending.show_at = now;
            }
        }
        self.show_due();
    }

    /// Shows what waited long enough for the journal.
    pub(super) fn show_due(&mut self) {
        let now = Instant::now();
        let due: Vec<FactId> = self
            .pending
            .iter()
            .filter(|(_, pending)| !pending.shown && pending.show_at <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            let Some(pending) = self.pending.get_mut(&id) else {
                continue;
            };
            pending.shown = true;
            pending.answer_as_it_stands();
            let stamped = pending.stamped.clone();
            self.apply(&stamped, None);
            self.say_shown(&stamped);
        }
    }

    /// The journal has a fact of ours.
    fn recorded(&mut self, placed: &Placed) {
        let Some(pending) = self.pending.get(&placed.id) else {
            return;
        };
        let stamped = pending.stamped.clone();
        self.apply(&stamped, Some(placed));
        self.is_recorded(placed.id, placed.position);
    }

    /// An append was written: where anything in it is new, all that is new is ours.
    pub(super) fn went_on(&mut self, appended: &Appended) {
        if appended.placed.iter().any(|placed| placed.new) {
            self.tip = appended.tip.clone();
            self.say_where_it_stands();
        } else if appended.tip != self.tip {
            self.look_at = Instant::now();
        }
    }

    /// A fact that another life of this instance, or another instance, accepted: shown at
    /// once, and never dropped (P7). With a life, the first attempts about it are ours.
    pub(super) fn offer_again(
        &mut self,
        stamped: Stamped,
        spooled: Option<bool>,
        life: Option<Life>,
    ) {
        let id = stamped.id;
        let seen = self
            .state
            .known(id)
            .is_some_and(|known| known.seq.is_some());
        if seen {
            return;
        }
        if let Some(pending) = self.pending.get_mut(&id) {
            // Somebody shows it already: here it waits for nothing more.
            pending.show_at = Instant::now();
            return self.show_due();
        }
        if let Some(life) = life {
            self.duties.accepted(id, life);
        }
        self.state.apply(&stamped, None);
        self.seal(&stamped);
        let spool = spooled.is_none().then(|| stamped.clone());
        // Whatever the spool was told before, the journal has not got it.
        self.ground.spool.lost(&self.ground.log, &[id]);
        self.queue.push(&stamped);
        let mut pending = Pending::new(stamped, Instant::now());
        pending.shown = true;
        pending.spooled = spooled;
        self.pending.insert(id, pending);
        if let Some(stamped) = spool {
            self.spool(stamped);
        }
        self.changed(Dirty::Now);
    }
}
