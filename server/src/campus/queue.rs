//! What waits for the journal, which is given one thing at a time.

use std::collections::VecDeque;

use lockstep_proto::command::CommandRequest;
use lockstep_proto::fact::{Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_rules::Actor;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use super::task::answer_frame;
use crate::hub::{Outlet, encode};

/// Facts of one append.
const APPEND_FACTS: usize = 512;
/// Facts of reach in one append: each is a hundred times as long as another. A raise that comes in
/// meanwhile waits for no more than this, and a slow machine's journal still has it in time.
const APPEND_REACH: usize = 1;

/// A ground or clear that waits for its turn at the journal.
pub(super) struct Decisive {
    pub(super) actor: Box<Actor>,
    pub(super) request: Box<CommandRequest>,
    /// The fact that it comes to, if it comes to one.
    pub(super) fact: FactId,
    pub(super) digest: String,
    pub(super) outlet: Option<Outlet>,
    pub(super) reply: Option<oneshot::Sender<Answer>>,
    pub(super) expires: Instant,
    pub(super) conflicts: u32,
}

/// What waits for the journal, which is given one thing at a time.
#[derive(Default)]
pub(super) struct Queue {
    /// A decision whose COMMIT was not answered is read back before anything else.
    pub(super) in_doubt: Option<Decisive>,
    /// The decision that the journal has, until it is known what became of it.
    pub(super) under_way: Option<FactId>,
    /// Raises go before everything: no clear is tried while one of ours is not recorded.
    pub(super) raises: VecDeque<FactId>,
    /// Notes, decisions and what reached whom take turns, so that none starves another.
    pub(super) notes: VecDeque<FactId>,
    pub(super) decisions: VecDeque<Decisive>,
    /// By the thousand receipts: never in one append with a raise.
    reach: VecDeque<FactId>,
    had_its_turn: Turn,
}

/// Whose turn it is where no raise waits, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    Notes,
    Decisions,
    #[default]
    Reach,
}

impl Turn {
    fn next(self) -> Self {
        match self {
            Self::Notes => Self::Decisions,
            Self::Decisions => Self::Reach,
            Self::Reach => Self::Notes,
        }
    }
}

/// The next thing for the journal.
pub(super) enum Next {
    ReadBack(Decisive),
    Facts(Vec<FactId>),
    Decision(Decisive),
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.in_doubt.is_none()
            && self.raises.is_empty()
            && self.notes.is_empty()
            && self.decisions.is_empty()
            && self.reach.is_empty()
    }

    pub(super) fn push(&mut self, stamped: &Stamped) {
        self.lane(stamped).push_back(stamped.id);
    }

    pub(super) fn push_front(&mut self, stamped: &Stamped) {
        self.lane(stamped).push_front(stamped.id);
    }

    fn lane(&mut self, stamped: &Stamped) -> &mut VecDeque<FactId> {
        if stamped.fact.class().is_raise() {
            &mut self.raises
        } else if matches!(stamped.fact, Fact::ReachKept { .. }) {
            &mut self.reach
        } else {
            &mut self.notes
        }
    }

    pub(super) fn next(&mut self) -> Option<Next> {
        if let Some(decisive) = self.in_doubt.take() {
            return Some(Next::ReadBack(decisive));
        }
        if !self.raises.is_empty() {
            return self.next_facts();
        }
        for _ in 0..3 {
            self.had_its_turn = self.had_its_turn.next();
            let next = match self.had_its_turn {
                Turn::Notes => self.next_facts(),
                Turn::Decisions => self.decisions.pop_front().map(Next::Decision),
                Turn::Reach => {
                    let n = self.reach.len().min(APPEND_REACH);
                    (n > 0).then(|| Next::Facts(self.reach.drain(..n).collect()))
                }
            };
            if next.is_some() {
                return next;
            }
        }
        None
    }

    /// Raises, and as many notes as fit beside them.
    fn next_facts(&mut self) -> Option<Next> {
        let raises = self.raises.len().min(APPEND_FACTS);
        let notes = self.notes.len().min(APPEND_FACTS - raises);
        let raises = self.raises.drain(..raises);
        let facts: Vec<FactId> = raises.chain(self.notes.drain(..notes)).collect();
        self.had_its_turn = Turn::Notes;
        (!facts.is_empty()).then_some(Next::Facts(facts))
    }
}

impl Decisive {
    /// The same act of the same principal, sent again (P6).
    pub(super) fn is_copy_of(&self, other: &Self) -> bool {
        self.fact == other.fact && self.digest == other.digest
    }

    /// Says that it is not known yet, once: the truth follows over the connection.
    pub(super) fn answer_in_doubt(&mut self) {
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(Answer::InDoubt(self.request.id));
        }
    }

    /// Answers who asked: the waiting call if it still waits, else their connection.
    pub(super) fn answer(self, answer: Answer) {
        let frame = answer_frame(self.request.id, answer.clone());
        match self.reply {
            Some(reply) => {
                let _ = reply.send(answer);
            }
            None => {
                if let (Some(outlet), Some(frame)) = (self.outlet, encode(&frame)) {
                    let _ = outlet.send(frame);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use lockstep_proto::fact::Author;
    use lockstep_proto::id::Principal;
    use lockstep_proto::role::Role;

    use super::*;

    fn said(n: u128, fact: Fact) -> Stamped {
        Stamped {
            id: FactId(uuid::Uuid::from_u128(n)),
            at: lockstep_proto::Timestamp::UNIX_EPOCH,
            claimed_at: None,
            by: Author {
                principal: Principal::Operator,
                name: "Lockstep".to_owned(),
                role: Role::Operator,
                credential: None,
            },
            origin: None,
            fact,
        }
    }

    fn next(queue: &mut Queue) -> Vec<u128> {
        match queue.next() {
            Some(Next::Facts(ids)) => ids.iter().map(|id| id.0.as_u128()).collect(),
            Some(Next::Decision(_) | Next::ReadBack(_)) | None => Vec::new(),
        }
    }

    /// R1, invariant 1: what reached whom waits for every raise, shares no append with one, and
    /// goes one at a time; notes that keep coming do not hold it up for ever.
    #[test]
    fn r1_raises_go_before_what_reached_whom() {
        let mut queue = Queue::default();
        for n in 0..4 {
            queue.push(&said(n, Fact::ReachKept { rows: Vec::new() }));
        }
        let call = Fact::LockDownCalled {
            reason: None,
            place: None,
            answers: Vec::new(),
            of_threat: None,
        };
        queue.push(&said(100, call.clone()));
        queue.push(&said(200, Fact::Arrived {}));
        assert_eq!(next(&mut queue), [100, 200]);
        queue.push(&said(201, Fact::Arrived {}));
        assert_eq!(next(&mut queue), [0]);
        queue.push(&said(101, call));
        assert_eq!(next(&mut queue), [101, 201]);
        queue.push(&said(202, Fact::Arrived {}));
        assert_eq!(next(&mut queue), [1]);
        assert_eq!(next(&mut queue), [202]);
        assert_eq!(next(&mut queue), [2]);
        assert_eq!(next(&mut queue), [3]);
    }
}
