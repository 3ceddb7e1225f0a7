//! COMMITs without an answer: what a database does to whoever loses it at the wrong moment.
//!
//! While an end is held, what it writes to a log is sent and stays under way until a test says
//! what becomes of it. Who waits is told *in doubt* after the journal's deadline, and a question
//! about what is under way waits behind it, as `find` promises.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::timeline::LogId;
use lockstep_rules::Right;
use tokio::sync::oneshot;

use super::{MemoryJournal, Store};
use crate::clock::Moment;
use crate::journal::draft::{Fault, check_proposer, check_right};
use crate::journal::{AppendError, Appended, DEADLINE, Expected};

/// An append as it was sent.
pub(super) struct Sent {
    pub(super) log: LogId,
    pub(super) expected: Expected,
    pub(super) facts: Vec<Stamped>,
    /// Of a clear.
    pub(super) right: Option<Right>,
}

/// One that is under way.
pub(super) struct UnderWay {
    sent: Sent,
    answer: oneshot::Sender<Result<Appended, AppendError>>,
}

impl UnderWay {
    fn has(&self, id: FactId) -> bool {
        self.sent.facts.iter().any(|fact| fact.id == id)
    }
}

impl MemoryJournal {
    /// What this end writes stays under way from now on, or is written at once again.
    pub fn hold(&self, held: bool) {
        self.holds.store(held, Ordering::SeqCst);
    }

    /// The facts that are under way, from whichever end, each append's own together.
    #[must_use]
    pub fn under_way(&self) -> Vec<Vec<FactId>> {
        let store = self.whatever_happens();
        let under_way = store.under_way.iter();
        let ids = |one: &UnderWay| one.sent.facts.iter().map(|fact| fact.id).collect();
        under_way.map(ids).collect()
    }

    /// The COMMIT with this fact takes effect now, or conflicts; whoever still waits is told.
    pub fn commit(&self, id: FactId) -> bool {
        let moment = self.moment();
        let mut store = self.whatever_happens();
        let Some(one) = store.take_under_way(id) else {
            return false;
        };
        let result = store.write(&one.sent, moment).map_err(AppendError::from);
        // Its author may have given it up.
        let _ = one.answer.send(result);
        true
    }

    /// The COMMIT with this fact never takes effect, and nobody is told.
    pub fn lose(&self, id: FactId) -> bool {
        self.whatever_happens().take_under_way(id).is_some()
    }

    /// Writes an append, or has it wait under way.
    pub(super) async fn send(&self, sent: Sent) -> Result<Appended, AppendError> {
        let answer = {
            let mut store = self.store()?;
            if !self.holds.load(Ordering::SeqCst) {
                return Ok(store.write(&sent, self.moment())?);
            }
            let (answer, answered) = oneshot::channel();
            store.under_way.push(UnderWay { sent, answer });
            answered
        };
        match tokio::time::timeout(DEADLINE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(AppendError::InDoubt),
        }
    }

    fn whatever_happens(&self) -> std::sync::MutexGuard<'_, Store> {
        Arc::as_ref(&self.store)
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Store {
    fn take_under_way(&mut self, id: FactId) -> Option<UnderWay> {
        let at = self.under_way.iter().position(|one| one.has(id))?;
        Some(self.under_way.remove(at))
    }

    /// An answer about it would not be final.
    pub(super) fn is_under_way(&self, id: FactId) -> bool {
        self.under_way.iter().any(|one| one.has(id))
    }

    fn write(&mut self, sent: &Sent, moment: Moment) -> Result<Appended, Fault> {
        let Sent { log, facts, .. } = sent;
        for fact in facts {
            let stands = self.find(log, fact.id).is_some();
            let Some(right) = sent.right.as_ref().filter(|_| !stands) else {
                continue;
            };
            check_right(log, fact, right, &self.holder(&right.actor))?;
            if let Some(proposers) = right.of_proposer() {
                check_proposer(&proposers, &self.holder(&proposers.actor))?;
            }
        }
        self.append(log, Some(&sent.expected), facts, moment)
    }
}
