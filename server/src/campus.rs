//! One campus on this instance: a mailbox, a task, and a handle to it.
//!
//! The task alone owns the folded state. It decides, spools, appends and shows; it never
//! touches a socket and never waits for one listener.

mod decisions;
mod duties;
mod facts;
mod following;
mod others;
mod pace;
mod pending;
mod queue;
mod reach;
pub mod registry;
mod showing;
mod task;

pub(crate) use task::answer_frame;

use std::sync::Arc;

use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::CommandRequest;
use lockstep_proto::frame::{Accepted, Stage};
use lockstep_proto::id::{CampusId, CommandId, CredentialId, FactId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Audience;
use lockstep_proto::view::Card;
use lockstep_rules::{Actor, Site};
use tokio::sync::{mpsc, oneshot};

use crate::auth::{audience, hears_of_duress};
use crate::hub::{Listener, Outlet, Resume, SessionId};
use crate::telemetry::metric::RECEIPTS_DROPPED;

/// Messages that wait for a campus before more are answered `busy`.
const MAILBOX: usize = 8_192;

/// Receipts that wait for a campus before more are dropped. They have a queue of their own,
/// looked into when the mailbox is empty: no raise ever waits behind one.
const RECEIPTS: usize = 16_384;

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Accepted(Accepted),
    /// It was not done and will not be.
    Refused(Refusal),
    /// It was sent to the journal, and no answer came.
    InDoubt(CommandId),
}

/// What a command hears that finds no room. One that was sent before may be under way, here or
/// elsewhere: a refusal could turn out a lie (invariant 13).
fn no_room(request: &CommandRequest) -> Answer {
    if request.again {
        Answer::InDoubt(request.id)
    } else {
        Answer::Refused(Code::Busy.into())
    }
}

/// What a command hears whose task ended with it. A ground or clear may have been sent to the
/// journal by then.
fn no_answer(request: &CommandRequest) -> Answer {
    if request.command.class().is_fact() {
        Answer::Refused(Code::Fault.into())
    } else {
        Answer::InDoubt(request.id)
    }
}

/// A campus as one audience sees it, for those who ask once.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where it stands.
    pub position: Position,
    /// Signed head of its log, as last signed.
    pub head: Option<String>,
    /// The journal cannot be written.
    pub degraded: bool,
    /// What it is under.
    pub posture: Posture,
    /// An immediate threat waits for its answer.
    pub checking: bool,
    /// The cards.
    pub cards: Vec<Card>,
}

/// What a campus is asked.
#[derive(Debug)]
pub(crate) enum Message {
    Submit {
        actor: Box<Actor>,
        request: Box<CommandRequest>,
        /// Where the truth goes once an in-doubt clear was read back.
        outlet: Option<Outlet>,
        reply: oneshot::Sender<Answer>,
    },
    /// A command that sign-in refused: its refusal is an entry all the same (T1).
    Refused {
        actor: Box<Actor>,
        request: Box<CommandRequest>,
        refusal: Box<Refusal>,
        reply: oneshot::Sender<Refusal>,
    },
    Follow {
        session: SessionId,
        listener: Listener,
        resume: Resume,
        sealed: Vec<String>,
    },
    Leave(SessionId),
    See {
        audience: Audience,
        /// The sign-in of a reader who hears of duress.
        hears: Option<CredentialId>,
        reply: oneshot::Sender<Seen>,
    },
    Site(Arc<Site>),
    Stop,
}

/// The wire's own confirmation of one client (R1).
#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) session: SessionId,
    pub(crate) client: CredentialId,
    /// The room that it shows for.
    pub(crate) room: Option<RoomId>,
    pub(crate) stage: Stage,
    pub(crate) through: Position,
    pub(crate) also: Vec<FactId>,
}

/// What comes in to one campus.
#[derive(Debug)]
pub(crate) struct Mailbox {
    messages: mpsc::Receiver<Message>,
    receipts: mpsc::Receiver<Receipt>,
}

/// Reaches one campus's task.
#[derive(Debug, Clone)]
pub struct Handle {
    campus: CampusId,
    mailbox: mpsc::Sender<Message>,
    receipts: mpsc::Sender<Receipt>,
}

impl Handle {
    fn new(campus: CampusId) -> (Self, Mailbox) {
        let (mailbox, messages) = mpsc::channel(MAILBOX);
        let (to_ledger, receipts) = mpsc::channel(RECEIPTS);
        let handle = Self {
            campus,
            mailbox,
            receipts: to_ledger,
        };
        (handle, Mailbox { messages, receipts })
    }

    /// The campus.
    #[must_use]
    pub fn campus(&self) -> &CampusId {
        &self.campus
    }

    /// Gives a command. A raise waits for room in the mailbox; anything else is told `busy`.
    pub async fn submit(
        &self,
        actor: Actor,
        request: CommandRequest,
        outlet: Option<Outlet>,
    ) -> Answer {
        let raise = request.command.class().is_raise();
        let (no_room, no_answer) = (no_room(&request), no_answer(&request));
        let (reply, answer) = oneshot::channel();
        let message = Message::Submit {
            actor: Box::new(actor),
            request: Box::new(request),
            outlet,
            reply,
        };
        let sent = if raise {
            self.mailbox.send(message).await.is_ok()
        } else {
            self.mailbox.try_send(message).is_ok()
        };
        if !sent {
            return no_room;
        }
        // The task is gone only while it restarts from the journal, or for good.
        answer.await.unwrap_or(no_answer)
    }

    /// Tells of a command that sign-in refused, and answers what its author hears. Dropped when the
    /// campus is busy: it changes nothing on any screen.
    pub(crate) async fn refused(
        &self,
        actor: Actor,
        request: CommandRequest,
        refusal: Refusal,
    ) -> Refusal {
        let (reply, answer) = oneshot::channel();
        let _ = self.mailbox.try_send(Message::Refused {
            actor: Box::new(actor),
            request: Box::new(request),
            refusal: Box::new(refusal.clone()),
            reply,
        });
        answer.await.unwrap_or(refusal)
    }

    /// Begins to follow.
    pub async fn follow(
        &self,
        session: SessionId,
        listener: Listener,
        resume: Resume,
        sealed: Vec<String>,
    ) {
        let message = Message::Follow {
            session,
            listener,
            resume,
            sealed,
        };
        if let Err(mpsc::error::SendError(Message::Follow { listener, .. })) =
            self.mailbox.send(message).await
        {
            listener
                .outlet
                .close(lockstep_proto::code::Close::GoingAway);
        }
    }

    /// Ends it.
    pub async fn leave(&self, session: SessionId) {
        // A task that is gone has forgotten its listeners already.
        let _ = self.mailbox.send(Message::Leave(session)).await;
    }

    /// A client confirms what came in or was drawn. Dropped, and not confirmed in turn, when too
    /// many wait: the client's next receipt says more.
    pub(crate) fn receipt(&self, receipt: Receipt) {
        if self.receipts.try_send(receipt).is_err() {
            metrics::counter!(RECEIPTS_DROPPED).increment(1);
        }
    }

    /// What an audience sees now.
    pub async fn see(&self, audience: Audience) -> Option<Seen> {
        self.ask(audience, None).await
    }

    /// What this reader sees now: their audience's view, and who was forced, where they hear of
    /// it (A4).
    pub async fn see_as(&self, actor: &Actor) -> Option<Seen> {
        let hears = actor.author.credential.clone();
        let hears = hears.filter(|_| hears_of_duress(actor));
        self.ask(audience(actor), hears).await
    }

    async fn ask(&self, audience: Audience, hears: Option<CredentialId>) -> Option<Seen> {
        let (reply, seen) = oneshot::channel();
        let message = Message::See {
            audience,
            hears,
            reply,
        };
        self.mailbox.send(message).await.ok()?;
        seen.await.ok()
    }

    /// The directory changed.
    pub(crate) async fn site(&self, site: Arc<Site>) {
        let _ = self.mailbox.send(Message::Site(site)).await;
    }

    /// Closes its listeners and ends, once what is under way is done.
    pub(crate) async fn stop(&self) {
        let _ = self.mailbox.send(Message::Stop).await;
    }
}
