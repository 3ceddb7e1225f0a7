//! Facts on their way: to the spool and the journal at once, and to the screens when either
//! has them.

use std::collections::BTreeMap;
use std::time::Duration;

use lockstep_proto::command::Class;
use lockstep_proto::fact::Stamped;
use lockstep_proto::frame::{Accepted, Holds};
use lockstep_proto::id::{CommandId, FactId};
use lockstep_proto::position::Position;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use crate::failpoint::{Moment, reach};

/// A raise is shown after this long whatever spool and journal do.
pub(super) const SHOW_AFTER: Duration = Duration::from_millis(500);

/// Once spooled a fact waits this long for the journal, so that a healthy one does not make
/// every screen draw twice, first as not recorded.
pub(super) const GRACE: Duration = Duration::from_millis(25);

/// Facts that may be on their way at once. Notes are told `busy` at half of it.
const PENDING_MAX: usize = 40_000;

/// One fact on its way.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) stamped: Stamped,
    /// Who waits for the answer, and for which command.
    replies: Vec<(CommandId, oneshot::Sender<Answer>)>,
    /// What the spool said.
    pub(super) spooled: Option<bool>,
    /// On screens.
    pub(super) shown: bool,
    /// In the journal; what it waits for is the spool.
    pub(super) recorded: Option<Position>,
    /// When it is shown at the latest.
    pub(super) show_at: Instant,
}

impl Pending {
    pub(super) fn new(stamped: Stamped, now: Instant) -> Self {
        Self {
            stamped,
            replies: Vec::new(),
            spooled: None,
            shown: false,
            recorded: None,
            show_at: now + SHOW_AFTER,
        }
    }

    pub(super) fn wait(&mut self, command: CommandId, reply: oneshot::Sender<Answer>) {
        // A client that offers the same raise again and again waits a few times at most.
        const WAITING_MAX: usize = 16;
        if self.replies.len() < WAITING_MAX {
            self.replies.push((command, reply));
        }
    }

    /// Tells everybody who waits what holds it by now. In a journal that may lose it again is no
    /// answer yet.
    pub(super) fn answer_as_it_stands(&mut self) {
        if self.recorded.is_none() {
            self.answer(held(self.spooled), None);
        }
    }

    /// Tells everybody who waits.
    pub(super) fn answer(&mut self, holds: Holds, position: Option<Position>) {
        if !self.replies.is_empty() {
            reach(Moment::BeforeAnswer);
        }
        for (id, reply) in self.replies.drain(..) {
            // Whoever hung up asks again with the same id.
            let _ = reply.send(Answer::Accepted(Accepted {
                id,
                fact: self.stamped.id,
                holds,
                position,
            }));
        }
    }
}

/// All facts on their way, by id.
pub(super) type AllPending = BTreeMap<FactId, Pending>;

/// What holds a fact that the journal does not have.
pub(super) fn held(spooled: Option<bool>) -> Holds {
    if spooled == Some(true) {
        Holds::Spooled
    } else {
        Holds::ShownOnly
    }
}

/// How many facts may be on their way before one more of a class is told `busy`.
pub(super) fn pending_max(class: Class) -> usize {
    if class.is_raise() {
        PENDING_MAX
    } else {
        PENDING_MAX / 2
    }
}
