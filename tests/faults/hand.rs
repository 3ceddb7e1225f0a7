//! Somebody who gives commands at one instance, and the book of what everybody was told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::frame::Holds;
use lockstep_proto::id::{DistrictId, FactId, Principal};
use lockstep_proto::screen::Screen;
use lockstep_tests::{Answered, Http, lowering, request};

use crate::world::CAMPUS;

/// What everybody was told: the invariants are held against it.
#[derive(Default)]
pub(crate) struct Told {
    /// Everything that was sent. Nothing else may be shown.
    pub(crate) sent: BTreeSet<FactId>,
    /// Shown, and never sent by anybody.
    pub(crate) strange: BTreeSet<FactId>,
    /// Raises whose senders stopped offering them.
    pub(crate) acknowledged: BTreeSet<FactId>,
    pub(crate) accepted_clears: BTreeSet<FactId>,
    pub(crate) refused_clears: BTreeSet<FactId>,
    /// Clears that the journal had and lost, by the fault that was put.
    pub(crate) lost_clears: BTreeSet<FactId>,
    /// Signed heads that were handed out.
    pub(crate) heads: BTreeSet<String>,
}

pub(crate) type SharedTold = Arc<Mutex<Told>>;

/// One person at one instance.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) http: Http,
    pub(crate) who: &'static str,
    pub(crate) told: SharedTold,
}

/// What a raise came to.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) fact: FactId,
    /// None where no answer came, or its caller is to slow down.
    pub(crate) holds: Option<Holds>,
    pub(crate) answered: Duration,
}

/// What a clear came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cleared {
    Accepted,
    Refused(Code),
    InDoubt,
    Gone,
}

impl Hand {
    pub(crate) fn fact_of(&self, request: &CommandRequest) -> FactId {
        let principal: Principal = self.who.parse().unwrap();
        FactId::of_command(
            &DistrictId::new("maple-valley").unwrap(),
            &principal,
            request.id,
        )
    }

    /// Calls lock-down: what it is known by, and the call itself to be sent. Noted before it is
    /// sent, for it is shown before it is answered.
    pub(crate) fn call(&self) -> (FactId, impl Future<Output = Raised> + Send + 'static) {
        self.call_saying("fault test")
    }

    /// The same, with as many words as are liked of why and where.
    pub(crate) fn call_saying(
        &self,
        words: &str,
    ) -> (FactId, impl Future<Output = Raised> + Send + 'static) {
        let request = request(Command::CallLockDown {
            reason: Some(words.parse().unwrap()),
            place: Some(words.parse().unwrap()),
        });
        let fact = self.fact_of(&request);
        self.told.lock().unwrap().sent.insert(fact);
        let hand = self.clone();
        let send = async move {
            let at = Instant::now();
            let answer = hand.http.send(CAMPUS, &request).await;
            let answered = at.elapsed();
            let holds = match answer {
                Answered::Accepted(accepted) => {
                    assert_eq!(accepted.fact, fact, "its id is its sender's");
                    Some(accepted.holds)
                }
                Answered::Refused(Code::SlowDown | Code::Busy, _) | Answered::Gone => None,
                Answered::Refused(code, body) => panic!("a raise was refused, {code:?}: {body}"),
                Answered::InDoubt => panic!("a raise is never in doubt"),
            };
            if holds.is_some_and(Holds::is_durable) {
                hand.told.lock().unwrap().acknowledged.insert(fact);
            }
            Raised {
                fact,
                holds,
                answered,
            }
        };
        (fact, send)
    }

    /// Gives the all clear, or resumes where it was given, of what a screen shows.
    pub(crate) async fn lower(&self, screen: &Screen) -> (FactId, Cleared) {
        self.clear(&request(lowering(screen, "fault test"))).await
    }

    /// Sends a clear, and notes what it came to.
    async fn clear(&self, request: &CommandRequest) -> (FactId, Cleared) {
        let fact = self.fact_of(request);
        self.told.lock().unwrap().sent.insert(fact);
        let answer = self.http.send(CAMPUS, request).await;
        let mut told = self.told.lock().unwrap();
        let cleared = match answer {
            Answered::Accepted(accepted) => {
                assert_eq!(accepted.fact, fact, "its id is its sender's");
                told.accepted_clears.insert(fact);
                Cleared::Accepted
            }
            Answered::Refused(code, _) => {
                told.refused_clears.insert(fact);
                Cleared::Refused(code)
            }
            Answered::InDoubt => Cleared::InDoubt,
            Answered::Gone => Cleared::Gone,
        };
        (fact, cleared)
    }
}
