//! What others wrote: read from the journal, folded in, and what to do when the journal is not
//! the one that was folded before.
//!
//! Owns the way back to the journal's truth. A log that has lost its tail, or another in its
//! place, is folded from nothing beside what the screens have, which never comes back lower
//! for it: everything that was accepted here, or shown here and open, is offered again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::code::Close;
use lockstep_proto::fact::Stamped;
use lockstep_proto::frame::{Accepted, Holds};
use lockstep_proto::id::{CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::text::Words;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{Campus, Recorded};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use super::decisions::LOOKUPS_MAX;
use super::pending::Pending;
use super::reach::Ledger;
use super::task::{Dirty, Done, READ_ENTRIES, Task};
use crate::journal::{AppendError, Appended, Expected, Journal, JournalError, Stored, Tip};
use crate::telemetry::metric::TAIL_LOST;

/// How often a journal that others write to is looked into, whatever the bus says.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A fold that begins anew beside the one that is shown.
#[derive(Default)]
pub(super) struct Refold {
    state: Campus,
    tip: Tip,
    /// The raises in it: what is sealed of them, if they are open in the end.
    raises: BTreeMap<FactId, Stamped>,
}

impl Refold {
    fn apply(&mut self, stored: &Stored) {
        let stamped = &stored.entry.stamped;
        self.tip.push(stored);
        self.state.apply(stamped, Some(recorded(stored)));
        if stamped.fact.class().is_raise() {
            self.raises.insert(stamped.id, stamped.clone());
        }
    }
}

fn recorded(stored: &Stored) -> Recorded {
    Recorded {
        position: stored.entry.position(),
        at: stored.entry.recorded,
    }
}

impl Task {
    /// Reads what is new before anything more is tried.
    pub(super) fn catch_up(&mut self) {
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        let folded = self.refold.as_ref().map_or(&self.tip, |refold| &refold.tip);
        let folded = folded.clone();
        self.look_at = Instant::now() + LOOK_EVERY;
        self.begin(async move { Done::CaughtUp(read_on(&*journal, &log, &folded).await) });
    }

    pub(super) fn caught_up(&mut self, result: Result<(Vec<Stored>, Tip), JournalError>) {
        self.busy = false;
        let (entries, theirs) = match result {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(%error, "the journal could not be read");
                return self.healthy(false);
            }
        };
        if let Some(mut refold) = self.refold.take() {
            for stored in &entries {
                refold.apply(stored);
            }
            if refold.tip == theirs {
                return self.show_refold(refold);
            }
            // A journal that lost its tail once more is folded once more.
            let is_whole = refold.tip.position().seq < theirs.position().seq;
            self.refold = Some(if is_whole { refold } else { Refold::default() });
            return self.catch_up();
        }
        if theirs.epoch > self.tip.epoch {
            tracing::warn!(campus = %self.site.record.id, epoch = theirs.epoch, "the journal is in a new epoch");
            self.refold = Some(Refold::default());
            return self.catch_up();
        }
        let mut ours = self.tip.clone();
        for stored in &entries {
            ours.push(stored);
        }
        if theirs.position() < ours.position()
            || theirs.position() == ours.position() && theirs != ours
        {
            return self.lost_its_tail(theirs);
        }
        self.apply_entries(&entries);
        self.keep_raises_of(&entries);
        self.tip = ours;
        self.trim_seals();
        if self.tip != theirs {
            self.catch_up();
        }
    }

    pub(super) fn apply_entries(&mut self, entries: &[Stored]) {
        for stored in entries {
            let stamped = &stored.entry.stamped;
            self.state.apply(stamped, Some(recorded(stored)));
            self.seal(stamped);
            self.is_recorded(stamped.id, stored.entry.position());
        }
        if !entries.is_empty() {
            self.changed(Dirty::Now);
        }
    }

    /// Our own spool takes what others raised as well: it is then in more than one place should
    /// the journal lose it.
    fn keep_raises_of(&mut self, entries: &[Stored]) {
        if !self.ground.journal.is_shared() {
            return;
        }
        for stored in entries {
            let stamped = &stored.entry.stamped;
            if stamped.fact.class().is_raise() && !self.pending.contains_key(&stamped.id) {
                self.spool(stamped.clone());
            }
        }
    }

    /// The same for what is open when this instance starts, or folds anew.
    pub(super) fn keep_open_raises(&mut self) {
        if !self.ground.journal.is_shared() {
            return;
        }
        let seals = self.extras.seals.values();
        let open = seals.filter_map(|seal| self.ground.seal.open(&self.ground.log, seal));
        for stamped in open.collect::<Vec<_>>() {
            self.spool(stamped);
        }
    }

    /// Somebody offers a raise that the journal has and our own spool does not, as after a start:
    /// it is kept here too before they stop offering it (invariant 2).
    pub(super) fn keep(
        &mut self,
        id: FactId,
        seq: u64,
        command: CommandId,
        reply: oneshot::Sender<Answer>,
    ) {
        if self.lookups >= LOOKUPS_MAX {
            return go_on_offering(id, command, reply);
        }
        self.lookups += 1;
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        self.done.push(Box::pin(async move {
            let read = journal.read(&log, seq.saturating_sub(1), 1).await;
            let stored = read.unwrap_or_default().pop().map(Box::new);
            Done::ReadToKeep {
                id,
                command,
                reply,
                stored: stored.filter(|stored| stored.entry.stamped.id == id),
            }
        }));
    }

    pub(super) fn read_to_keep(
        &mut self,
        id: FactId,
        command: CommandId,
        reply: oneshot::Sender<Answer>,
        stored: Option<Box<Stored>>,
    ) {
        self.lookups -= 1;
        if let Some(stored) = stored
            && !self.pending.contains_key(&id)
        {
            let position = stored.entry.position();
            let stamped = stored.entry.stamped;
            let mut pending = Pending::new(stamped.clone(), Instant::now());
            (pending.shown, pending.recorded) = (true, Some(position));
            self.pending.insert(id, pending);
            self.spool(stamped.clone());
            // Its tail may have been lost meanwhile.
            if self.state.known(id).is_none() {
                self.on_its_way_again(&stamped);
            }
        }
        match self.pending.get_mut(&id) {
            Some(pending) => pending.wait(command, reply),
            None => go_on_offering(id, command, reply),
        }
    }

    /// The journal ends before what was folded here, or ends otherwise: it came back without its
    /// tail. The log goes on in a new epoch, which says so.
    fn lost_its_tail(&mut self, theirs: Tip) {
        let (had, has) = (self.tip.position().seq, theirs.position().seq);
        tracing::error!(campus = %self.site.record.id, had, has, "the journal has lost its tail");
        metrics::counter!(TAIL_LOST).increment(1);
        let journal = Arc::clone(&self.ground.journal);
        let log = self.ground.log.clone();
        let head = self.ground.keys.sign_head(&log, &self.tip).ok();
        let by = super::duties::server_itself();
        let reason = why_new(had.saturating_sub(has));
        self.begin(async move {
            let expected = Some(Expected::Tip(theirs));
            let result = journal.open_epoch(&log, expected, head, reason, &by).await;
            Done::Opened(result)
        });
    }

    pub(super) fn opened(&mut self, result: Result<Appended, AppendError>) {
        self.busy = false;
        match result {
            // Whoever opened it, the new epoch is folded from nothing.
            Ok(_) | Err(AppendError::Conflict(_)) => self.catch_up(),
            Err(
                error @ (AppendError::Unavailable(_)
                | AppendError::InDoubt
                | AppendError::Refused(_)),
            ) => {
                tracing::warn!(%error, "a new epoch could not be opened yet");
                self.healthy(false);
            }
        }
    }

    /// The new fold takes the place of the old, and everything that was accepted or shown here
    /// is offered to it again: nothing comes back lower but by a clear that is in it (P3, P7).
    fn show_refold(&mut self, refold: Refold) {
        let seals = std::mem::take(&mut self.extras.seals);
        self.unfolded = false;
        self.state = refold.state;
        self.tip = refold.tip;
        self.head = None;
        self.reach = Ledger::default();
        self.extras.reached.clear();
        for stamped in refold.raises.values() {
            self.seal(stamped);
        }
        self.fold_pending();
        let shown = seals
            .values()
            .filter_map(|seal| self.ground.seal.open(&self.ground.log, seal));
        let shown: Vec<Stamped> = shown.collect();
        let spooled = self.ground.spool.all().into_iter();
        let spooled = spooled.filter(|(log, stamped)| {
            *log == self.ground.log && self.state.known(stamped.id).is_none()
        });
        let spooled: Vec<Stamped> = spooled.map(|(_, stamped)| stamped).collect();
        for stamped in spooled {
            self.offer_again(stamped, Some(true), None);
        }
        for stamped in shown {
            self.offer_again(stamped, None, None);
        }
        self.trim_seals();
        self.keep_open_raises();
        self.changed(Dirty::Now);
        // Positions of the old epoch say nothing any more: everybody gets the whole view, and
        // hands back what they show (R3).
        self.hub.close(Close::NewEpoch);
        self.begin_showing();
    }

    /// What is on its way is in the new fold too, unless its journal has it.
    fn fold_pending(&mut self) {
        let shown: Vec<Stamped> = self
            .pending
            .values()
            .filter(|pending| pending.shown || pending.recorded.is_some())
            .map(|pending| pending.stamped.clone())
            .collect();
        for stamped in shown {
            match self.state.known(stamped.id).and_then(|known| known.seq) {
                Some(seq) => {
                    let position = Position {
                        epoch: self.tip.epoch,
                        seq,
                    };
                    self.is_recorded(stamped.id, position);
                }
                None => self.on_its_way_again(&stamped),
            }
        }
    }

    /// A fact that the lost tail had, or that never was in it.
    fn on_its_way_again(&mut self, stamped: &Stamped) {
        if let Some(pending) = self.pending.get_mut(&stamped.id)
            && pending.recorded.take().is_some()
        {
            pending.shown = true;
            self.queue.push(stamped);
        }
        self.state.apply(stamped, None);
        self.seal(stamped);
    }

    /// Somebody waits for nothing more of a fact once the journal has it, and, where the journal
    /// may lose it again, our own spool.
    pub(super) fn is_recorded(&mut self, id: FactId, position: Position) {
        let may_be_lost = self.ground.journal.is_shared();
        let Some(pending) = self.pending.get_mut(&id) else {
            return;
        };
        pending.recorded = Some(position);
        pending.shown = true;
        let waits = may_be_lost && pending.stamped.fact.class().is_raise();
        match pending.spooled {
            None if waits => return,
            Some(false) if waits => pending.answer(Holds::ShownOnly, Some(position)),
            Some(_) | None => pending.answer(Holds::Recorded, Some(position)),
        }
        self.pending.remove(&id);
        // Also where another instance recorded it: it would keep its room in our spool for ever.
        self.ground.spool.recorded(&self.ground.log, &[id]);
        self.reach_is_durable(id, true);
    }
}

/// Nothing of ours holds it yet: whoever asked goes on offering it.
fn go_on_offering(fact: FactId, id: CommandId, reply: oneshot::Sender<Answer>) {
    // Whoever hung up asks again with the same id.
    let _ = reply.send(Answer::Accepted(Accepted {
        id,
        fact,
        holds: Holds::ShownOnly,
        position: None,
    }));
}

/// What the journal has after what is folded, and where it ends then.
async fn read_on(
    journal: &dyn Journal,
    log: &LogId,
    folded: &Tip,
) -> Result<(Vec<Stored>, Tip), JournalError> {
    let tip = journal.tip(log).await?;
    if tip == *folded {
        return Ok((Vec::new(), tip));
    }
    let entries = journal
        .read(log, folded.position().seq, READ_ENTRIES)
        .await?;
    // Read again: a tip that is read later is never behind what was read before it.
    Ok((entries, journal.tip(log).await?))
}

/// What the new epoch says of itself, on every screen that shows a timeline.
fn why_new(lost: u64) -> Words {
    let what = match lost {
        0 => "with other entries than it had".to_owned(),
        1 => "without its last entry".to_owned(),
        n => format!("without its last {n} entries"),
    };
    Words::Words(format!(
        "The database came back {what}. What was called is called again; an all clear among them \
         no longer holds and has to be given again."
    ))
}
