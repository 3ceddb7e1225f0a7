//! The task of one campus: decide, spool, append, show.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Close, Code};
use lockstep_proto::command::{Class, CommandRequest};
use lockstep_proto::duty::Outcome;
use lockstep_proto::fact::{Fact, Origin, Stamped};
use lockstep_proto::frame::{Accepted, Holds, ServerFrame};
use lockstep_proto::id::{CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::timeline::LogId;
use lockstep_rules::{
    Actor, Campus, Decision, DueAttempt, Extras, Now, Recorded, Site, decide, due_calls,
    duress_cards,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::decisions::DECISION_WITHIN;
use super::duties::{Duties, Life};
use super::following::Refold;
use super::others::Elsewhere;
use super::pace::Pace;
use super::pending::{AllPending, pending_max};
use super::queue::{Decisive, Next, Queue};
use super::reach::Ledger;
use super::{Answer, Mailbox, Message};
use crate::auth::hex;
use crate::bus::{Bus, Heard};
use crate::clock::SharedClock;
use crate::hub::{Hub, Outlet};
use crate::journal::{AppendError, Appended, Journal, JournalError, Placed, Stored, Tip};
use crate::keys::{Keys, SealKey};
use crate::outside::Outside;
use crate::spool::{Spool, SpoolError};
use crate::telemetry::metric::DEGRADED;

/// How often the task looks at its clocks.
const TICK: Duration = Duration::from_millis(50);
/// Entries of one read when catching up. Those of reach are tens of KiB each, and a read has a
/// deadline.
pub(super) const READ_ENTRIES: usize = 128;
/// How long after a failure the journal is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// What the task stands on.
pub(super) struct Ground {
    pub(super) log: LogId,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) spool: Arc<Spool>,
    pub(super) outside: Arc<dyn Outside>,
    pub(super) clock: SharedClock,
    pub(super) seal: Arc<SealKey>,
    pub(super) keys: Arc<Keys>,
}

/// What came back.
pub(super) enum Done {
    Facts {
        ids: Vec<FactId>,
        result: Result<Appended, AppendError>,
    },
    Decided {
        decisive: Decisive,
        stamped: Vec<Stamped>,
        result: Result<Appended, AppendError>,
    },
    ReadBack {
        decisive: Decisive,
        result: Result<Option<Placed>, JournalError>,
    },
    /// A clear that was sent before, elsewhere perhaps, was looked for.
    LookedUp {
        decisive: Decisive,
        result: Result<Option<Placed>, JournalError>,
    },
    CaughtUp(Result<(Vec<Stored>, Tip), JournalError>),
    /// A raise of the journal's that our own spool lacks, and who asked for it.
    ReadToKeep {
        id: FactId,
        command: CommandId,
        reply: oneshot::Sender<Answer>,
        stored: Option<Box<Stored>>,
    },
    /// The next epoch, of a journal that lost its tail.
    Opened(Result<Appended, AppendError>),
    Probed(Result<(), JournalError>),
    Attempted {
        attempt: Box<DueAttempt>,
        outcome: Outcome,
    },
    Spooled {
        id: FactId,
        result: Result<(), SpoolError>,
    },
}

/// When the screens are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    No,
    /// With the next tick: notes and receipts, which may come in by the hundred.
    Soon,
    Now,
}

pub(super) struct Task {
    pub(super) ground: Ground,
    pub(super) site: Arc<Site>,
    pub(super) state: Campus,
    pub(super) hub: Hub,
    pub(super) extras: Extras,
    pub(super) pending: AllPending,
    pub(super) pace: Pace,
    pub(super) duties: Duties,
    pub(super) reach: Ledger,
    pub(super) queue: Queue,
    /// The journal has something of ours.
    pub(super) busy: bool,
    pub(super) retry_at: Instant,
    pub(super) degraded: bool,
    pub(super) dirty: Dirty,
    /// When time alone changes a screen next.
    pub(super) turns_at: Option<Timestamp>,
    pub(super) done: FuturesUnordered<BoxFuture<'static, Done>>,
    /// The journal as far as it is folded.
    pub(super) tip: Tip,
    /// A fold that is to take the place of this one.
    pub(super) refold: Option<Refold>,
    /// Nothing of the journal was ever folded: this life began while it was away.
    pub(super) unfolded: bool,
    /// When the journal is looked into next, where others write to it.
    pub(super) look_at: Instant,
    pub(super) elsewhere: Elsewhere,
    pub(super) heard: mpsc::Receiver<Heard>,
    /// Commands that are being looked for.
    pub(super) lookups: usize,
    pub(super) head: Option<(Position, String)>,
    pub(super) pulse_at: Instant,
}

impl Drop for Task {
    /// A task that ends, or starts again after a panic, is not counted twice.
    fn drop(&mut self) {
        if self.degraded {
            metrics::gauge!(DEGRADED).decrement(1.0);
        }
    }
}

impl Task {
    /// Restores the campus: the journal's entries, then what the spool has beside them. The
    /// campus comes back no lower than anybody was shown (P3).
    pub(super) async fn restore(
        ground: Ground,
        site: Arc<Site>,
        spooled: Vec<Stamped>,
    ) -> Result<Self, JournalError> {
        let mut task = Self::new(ground, site);
        loop {
            let after = task.tip.position().seq;
            let entries = task
                .ground
                .journal
                .read(&task.ground.log, after, READ_ENTRIES)
                .await?;
            if entries.is_empty() {
                break;
            }
            task.apply_entries(&entries);
            for stored in &entries {
                task.tip.push(stored);
            }
        }
        for stamped in spooled {
            // The spool keeps what the journal has: only what it lacks is offered again.
            let id = stamped.id;
            let folded = task
                .state
                .known(id)
                .is_some_and(|known| known.seq.is_some());
            if folded
                || task
                    .ground
                    .journal
                    .find(&task.ground.log, id)
                    .await?
                    .is_some()
            {
                task.ground.spool.recorded(&task.ground.log, &[id]);
            } else {
                task.offer_again(stamped, Some(true), Some(Life::Earlier));
            }
        }
        task.trim_seals();
        task.keep_open_raises();
        task.begin_showing();
        Ok(task)
    }

    /// Begins while the journal is away: with what the spool has, all of which is offered. What
    /// it may have lifted since is not known, so all of it stands; and where nothing stands, no
    /// screen is shown anything, least of all that it is calm (P3, invariant 9).
    pub(super) fn without_journal(ground: Ground, site: Arc<Site>, spooled: Vec<Stamped>) -> Self {
        let mut task = Self::new(ground, site);
        task.unfolded = true;
        task.refold = Some(Refold::default());
        task.degraded = true;
        for stamped in spooled {
            task.offer_again(stamped, Some(true), Some(Life::Earlier));
        }
        task.begin_showing();
        task
    }

    fn new(ground: Ground, site: Arc<Site>) -> Self {
        let now = Instant::now();
        // Before the journal is read: what is written meanwhile is heard of.
        let heard = ground.bus.hear(&ground.log);
        Self {
            hub: Hub::new(site.record.id.clone()),
            site,
            state: Campus::new(),
            extras: Extras::default(),
            pending: AllPending::new(),
            pace: Pace::default(),
            duties: Duties::new(now),
            reach: Ledger::default(),
            queue: Queue::default(),
            busy: false,
            retry_at: now,
            degraded: false,
            dirty: Dirty::No,
            turns_at: None,
            done: FuturesUnordered::new(),
            tip: Tip::default(),
            refold: None,
            unfolded: false,
            look_at: now,
            elsewhere: Elsewhere::default(),
            heard,
            lookups: 0,
            head: None,
            pulse_at: now,
            ground,
        }
    }

    /// Nothing of the journal is known, and nothing stands: whatever a screen showed would be a
    /// guess, and a calm one.
    pub(super) fn is_blank(&self) -> bool {
        self.unfolded && self.state.posture() == Posture::Normal && !self.state.checking()
    }

    pub(super) async fn run(mut self, mut mailbox: Mailbox) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut inbox = Vec::new();
        let mut said = Vec::new();
        let mut receipts = Vec::new();
        let mut stopping = false;
        while !(stopping && !self.busy && self.queue.is_empty()) {
            tokio::select! {
                received = mailbox.messages.recv_many(&mut inbox, 256), if !stopping => {
                    stopping |= received == 0;
                    for message in inbox.drain(..) {
                        stopping |= self.handle(message);
                    }
                }
                _ = mailbox.receipts.recv_many(&mut receipts, 256),
                    if !stopping && mailbox.messages.is_empty() =>
                {
                    for receipt in receipts.drain(..) {
                        self.receipt(receipt);
                    }
                }
                Some(done) = self.done.next() => self.finish(done),
                heard @ 1.. = self.heard.recv_many(&mut said, 256) => {
                    debug_assert_eq!(heard, said.len(), "all of them");
                    for heard in said.drain(..) {
                        self.hear(heard);
                    }
                }
                _ = tick.tick() => self.on_tick(),
            }
            self.try_due();
            self.start_next();
            self.publish(Dirty::Now);
            if stopping && self.degraded {
                // The spool keeps what the journal cannot take.
                break;
            }
        }
        self.hub.close(Close::GoingAway);
    }

    /// Answers whether the task is to stop.
    pub(super) fn handle(&mut self, message: Message) -> bool {
        match message {
            Message::Submit {
                actor,
                request,
                outlet,
                reply,
            } => self.submit(actor, request, outlet, reply),
            Message::Refused {
                actor,
                request,
                refusal,
                reply,
            } => {
                let refusal = self.refused_at_once(&actor, &request, *refusal);
                // Whoever asked may have gone.
                let _ = reply.send(refusal);
            }
            Message::Follow {
                session,
                listener,
                resume,
                sealed,
            } => {
                for seal in sealed {
                    if let Some(stamped) = self.ground.seal.open(&self.ground.log, &seal) {
                        self.offer_again(stamped, None, Some(Life::Earlier));
                    }
                }
                // Only what is urgent first: a whole school that comes back at once is not
                // rendered, nor pulsed to, once for each of its screens.
                self.publish(Dirty::Now);
                // Who comes from another instance may have seen more.
                if resume
                    .after
                    .is_some_and(|after| after > self.tip.position())
                {
                    self.look_at = Instant::now();
                }
                let audience = listener.audience;
                if self.is_blank() {
                    self.hub.wait(session, listener);
                } else {
                    self.hub
                        .follow(session, listener, &resume, &self.state, &self.site);
                    self.first_pulse(session, audience);
                }
                self.note_joined(session);
                self.dirty = self.dirty.max(Dirty::Soon);
            }
            Message::Leave(session) => {
                if self.hub.leave(session) {
                    self.dirty = self.dirty.max(Dirty::Soon);
                }
            }
            Message::See {
                audience,
                hears,
                reply,
            } => {
                self.publish(Dirty::Soon);
                if !self.is_blank() {
                    // Whoever asked may have gone.
                    let mut seen = self.seen(audience);
                    if let Some(reader) = hears {
                        seen.cards.extend(duress_cards(&self.state, Some(&reader)));
                    }
                    let _ = reply.send(seen);
                }
            }
            Message::Site(site) => {
                self.site = site;
                self.changed(Dirty::Now);
            }
            Message::Stop => {
                self.flush_reach_at_the_end();
                return true;
            }
        }
        false
    }

    pub(super) fn submit(
        &mut self,
        actor: Box<Actor>,
        request: Box<CommandRequest>,
        outlet: Option<Outlet>,
        reply: oneshot::Sender<Answer>,
    ) {
        let id = FactId::of_command(&actor.district, &actor.author.principal, request.id);
        let digest = digest(&request);
        if let Some(pending) = self.pending.get_mut(&id) {
            let same = pending
                .stamped
                .origin
                .as_ref()
                .is_some_and(|origin| origin.digest == digest);
            if !same {
                let _ = reply.send(Answer::Refused(Code::IdReused.into()));
                return;
            }
            pending.wait(request.id, reply);
            if pending.shown {
                pending.answer_as_it_stands();
            }
            return;
        }
        let decision = decide(
            &self.state,
            &self.site,
            &actor,
            &request,
            &digest,
            self.now(),
        );
        let is_fact = request.command.class().is_fact();
        let answer = match decision {
            Err(refusal) if is_fact => Answer::Refused(refusal),
            Err(refusal) if self.is_final(&refusal, id, &actor, &request) => {
                Answer::Refused(self.refused_at_once(&actor, &request, refusal))
            }
            Ok(Decision::Known(Some(seq))) if !self.is_kept(request.command.class(), id) => {
                return self.keep(id, seq, request.id, reply);
            }
            Ok(Decision::Known(seq)) => self.known(&request, id, seq),
            Ok(Decision::New(made)) if is_fact => {
                if self.pending.len() >= pending_max(request.command.class()) {
                    let _ = reply.send(Answer::Refused(Code::Busy.into()));
                    return;
                }
                // L2. What is offered again under the same id does not come here.
                if let Err(refusal) = self.pace.take(&actor, &request) {
                    let _ = reply.send(Answer::Refused(refusal));
                    return;
                }
                let mut reply = Some(reply);
                for made in made {
                    let stamped = self.stamp(made.id, made.fact, &actor, &request, &digest);
                    let waits = reply.take().map(|reply| (request.id, reply));
                    self.begin_fact(stamped, waits);
                }
                return;
            }
            // What stands in its way now may be gone at its turn: a raise that it names and that
            // is not recorded yet goes before it.
            Ok(Decision::New(_)) | Err(_) => {
                let decisive = Decisive {
                    actor,
                    request,
                    fact: id,
                    digest,
                    outlet,
                    reply: Some(reply),
                    expires: Instant::now() + DECISION_WITHIN,
                    conflicts: 0,
                };
                return if decisive.request.again {
                    self.look_up(decisive);
                } else {
                    self.queue_decisive(decisive);
                };
            }
        };
        let _ = reply.send(answer);
    }

    pub(super) fn known(&self, request: &CommandRequest, fact: FactId, seq: Option<u64>) -> Answer {
        let holds = if seq.is_some() && self.is_kept(request.command.class(), fact) {
            Holds::Recorded
        } else {
            Holds::ShownOnly
        };
        Answer::Accepted(Accepted {
            id: request.id,
            fact,
            holds,
            position: seq.map(|seq| Position {
                epoch: self.state.position().epoch,
                seq,
            }),
        })
    }

    /// Whether what the journal has cannot be lost with its tail: a raise is acknowledged by an
    /// instance whose own spool has it too (invariant 2). Also one that was lifted, for its clear
    /// is lost with the same tail.
    fn is_kept(&self, class: Class, fact: FactId) -> bool {
        let may_be_lost = self.ground.journal.is_shared() && class.is_raise();
        !may_be_lost || self.ground.spool.holds(&self.ground.log, fact)
    }

    /// The next thing for the journal, one at a time.
    pub(super) fn start_next(&mut self) {
        while !self.busy && Instant::now() >= self.retry_at {
            match self.queue.next() {
                None => return,
                Some(Next::Facts(ids)) => self.append_facts(ids),
                Some(Next::Decision(decisive)) => self.take_turn(decisive),
                Some(Next::ReadBack(decisive)) => self.begin_read_back(decisive),
            }
        }
    }

    pub(super) fn begin(&mut self, work: impl Future<Output = Done> + Send + 'static) {
        self.busy = true;
        self.done.push(Box::pin(work));
    }

    pub(super) fn finish(&mut self, done: Done) {
        match done {
            Done::Spooled { id, result } => self.spooled(id, &result),
            Done::Attempted { attempt, outcome } => self.attempted(&attempt, outcome),
            Done::Facts { ids, result } => self.facts_done(ids, result),
            Done::Decided {
                decisive,
                stamped,
                result,
            } => self.decided(decisive, &stamped, result),
            Done::ReadBack { decisive, result } => self.read_back(decisive, result),
            Done::LookedUp { decisive, result } => self.looked_up(decisive, result),
            Done::CaughtUp(result) => self.caught_up(result),
            Done::ReadToKeep {
                id,
                command,
                reply,
                stored,
            } => self.read_to_keep(id, command, reply, stored),
            Done::Opened(result) => self.opened(result),
            Done::Probed(result) => {
                self.busy = false;
                self.healthy(result.is_ok());
            }
        }
    }

    pub(super) fn apply(&mut self, stamped: &Stamped, placed: Option<&Placed>) {
        let recorded = placed.map(|placed| Recorded {
            position: placed.position,
            at: placed.recorded,
        });
        self.state.apply(stamped, recorded);
        self.seal(stamped);
        // A refusal shows as soon whatever proof came with it: its author's own screen is not to
        // tell one from the other.
        let is_refusal = matches!(stamped.fact, Fact::ClearRefused { .. });
        let dirty = if stamped.fact.class() == Class::Note && !is_refusal {
            Dirty::Soon
        } else {
            Dirty::Now
        };
        self.changed(dirty);
    }

    /// The state is another: the screens are told, and it is asked who has to be told of a duty.
    pub(super) fn changed(&mut self, dirty: Dirty) {
        self.dirty = self.dirty.max(dirty);
        self.duties.look(Instant::now());
    }

    pub(super) fn healthy(&mut self, healthy: bool) {
        if !healthy {
            self.retry_at = Instant::now() + RETRY_AFTER;
        }
        let degraded = !healthy;
        if self.degraded != degraded {
            self.degraded = degraded;
            let by = if degraded { 1.0 } else { -1.0 };
            metrics::gauge!(DEGRADED).increment(by);
            tracing::info!(campus = %self.site.record.id, healthy, "the journal changed");
            self.pulse();
        }
    }

    pub(super) fn on_tick(&mut self) {
        let now = Instant::now();
        self.show_due();
        for call in due_calls(&self.state, &self.site, self.ground.clock.now()) {
            if !self.pending.contains_key(&call.id) {
                self.begin_fact(call, None);
            }
        }
        self.expire(now);
        self.pace.forget(now);
        self.flush_reach();
        self.turn();
        if self.degraded && !self.busy && self.queue.is_empty() && now >= self.retry_at {
            let journal = Arc::clone(&self.ground.journal);
            self.begin(async move { Done::Probed(journal.probe().await) });
        }
        if self.ground.journal.is_shared()
            && !self.busy
            && now >= self.look_at
            && now >= self.retry_at
        {
            self.catch_up();
        }
        self.publish(Dirty::Soon);
        if now >= self.pulse_at {
            self.pulse();
        }
    }

    pub(super) fn stamp(
        &self,
        id: FactId,
        fact: Fact,
        actor: &Actor,
        request: &CommandRequest,
        digest: &str,
    ) -> Stamped {
        Stamped {
            id,
            at: self.ground.clock.now(),
            claimed_at: request.claimed_at.map(crate::clock::whole_micros),
            by: actor.author.clone(),
            origin: Some(Origin {
                id: request.id,
                digest: digest.to_owned(),
            }),
            fact,
        }
    }

    pub(super) fn now(&self) -> Now {
        let at = self.ground.clock.now();
        let today = at.in_tz(&self.site.record.time_zone).map_or_else(
            |_| jiff::tz::TimeZone::UTC.to_datetime(at).date(),
            |zoned| zoned.date(),
        );
        Now { at, today }
    }
}

/// An answer as a frame.
pub(crate) fn answer_frame(id: CommandId, answer: Answer) -> ServerFrame {
    match answer {
        Answer::Accepted(accepted) => ServerFrame::Accepted(accepted),
        Answer::Refused(refusal) => ServerFrame::Refused {
            id: Some(id),
            refusal,
        },
        Answer::InDoubt(id) => ServerFrame::InDoubt {
            id,
            message: lockstep_proto::frame::IN_DOUBT_WORDS.to_owned(),
        },
    }
}

/// SHA-256 of the command's canonical JSON, without its PIN: the same act however often it is
/// sent, and noticed when it is another (P6).
fn digest(request: &CommandRequest) -> String {
    use sha2::{Digest as _, Sha256};
    let canonical = serde_json::to_value(&request.command)
        .ok()
        .and_then(|value| lockstep_proto::export::canonical(&value).ok())
        .unwrap_or_default();
    hex(&Sha256::digest(canonical))
}
