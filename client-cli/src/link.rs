//! The live link: one WebSocket that follows campuses, comes back when it is lost, and resumes.
//!
//! Owns the connection's life: which server is tried when, how long silence may last, what is handed
//! back on `subscribe` (R3), which close codes mean *stay away*, and the receipts (R1). What a screen
//! may show of what comes in is [`follow`]'s and proto's. It never decides a command, and never sends
//! a clear a second time: a clear whose answer was lost is *in doubt*.
//!
//! Everything is bounded: the channels, the answers waited for, the parts of a snapshot, the waits.

pub mod follow;
mod session;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::Timestamp;
use lockstep_proto::command::CommandRequest;
use lockstep_proto::frame::{ClientFrame, ServerFrame, Stage, You};
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::position::Position;
use tokio::sync::{mpsc, oneshot, watch};

use crate::address::Address;
use crate::api::Answer;
use crate::backoff::Backoff;
use crate::clock::Clock;
pub use follow::{Follow, LinkState, Trust};
use wire::{Dial, DialError};

/// How long a connection may take to be made and to say `welcome`.
pub const WELCOME_WITHIN: Duration = Duration::from_secs(5);

/// A connection that says nothing for this long is given up: three pulses were missed.
pub const SILENT_AFTER: Duration = Duration::from_secs(7);

/// The most commands whose answers are waited for.
pub const PENDING_MAX: usize = 512;

/// What a link is to do.
#[derive(Debug, Clone)]
pub struct Follows {
    /// Servers, tried in turn.
    pub servers: Vec<Address>,
    /// The bearer token.
    pub token: String,
    /// One campus, or all that `welcome` names.
    pub campus: Option<CampusId>,
    /// Where each frame goes besides: for `--json`.
    pub tap: Option<mpsc::Sender<ServerFrame>>,
}

/// How the link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not connected, and trying.
    Trying {
        /// Why not.
        why: String,
    },
    /// Connected, to this server.
    Open {
        /// Which.
        server: Address,
    },
    /// Stays away, and why: somebody has to do something.
    Ended {
        /// What to do.
        why: String,
    },
}

/// What the owner of a link asks of it.
enum Ask {
    Command {
        campus: CampusId,
        request: Box<CommandRequest>,
        answer: oneshot::Sender<Answer>,
    },
    Displayed {
        campus: CampusId,
        through: Position,
        also: Vec<FactId>,
    },
    Freeze(bool),
}

/// A handle on a running link. Dropping it ends the link.
#[derive(Debug)]
pub struct Link {
    asks: mpsc::Sender<Ask>,
    state: watch::Receiver<LinkState>,
}

impl Link {
    /// Starts a link on the running tokio runtime.
    pub fn start(dial: impl Dial, follows: Follows, clock: Clock) -> Self {
        Self::start_with(dial, follows, clock, Backoff::default())
    }

    /// The same with given waits.
    pub fn start_with(dial: impl Dial, follows: Follows, clock: Clock, backoff: Backoff) -> Self {
        let (asks, asked) = mpsc::channel(64);
        let (publish, state) = watch::channel(LinkState::new(clock.now()));
        tokio::spawn(
            Runner {
                dial,
                follows,
                clock,
                backoff,
                publish,
                asked,
                frozen: false,
            }
            .run(),
        );
        Self { asks, state }
    }

    /// What is followed, now and on each change.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Sends a command, and waits for its answer. `Unknown` where the link was lost meanwhile.
    pub async fn command(&self, campus: &CampusId, request: CommandRequest) -> Answer {
        self.command_later(campus, &request).await
    }

    /// The same, to be awaited elsewhere.
    pub fn command_later(
        &self,
        campus: &CampusId,
        request: &CommandRequest,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let asks = self.asks.clone();
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Command {
            campus: campus.clone(),
            request: Box::new(request.clone()),
            answer,
        };
        async move {
            if asks.send(ask).await.is_err() {
                return Answer::NotSent("the link has ended".to_owned());
            }
            // The handle alone keeps the link alive, not those who wait.
            drop(asks);
            answered
                .await
                .unwrap_or_else(|_| Answer::Unknown("the link has ended".to_owned()))
        }
    }

    /// Says that a campus was drawn as it stands here (R1). Said again it costs nothing.
    pub fn displayed(&self, campus: &CampusId, through: Position, also: Vec<FactId>) {
        let ask = Ask::Displayed {
            campus: campus.clone(),
            through,
            also,
        };
        // A receipt that does not fit is made up for by the next draw.
        let _ = self.asks.try_send(ask);
    }

    /// Stops or starts reading the socket: what a frozen screen does.
    pub async fn freeze(&self, frozen: bool) {
        let _ = self.asks.send(Ask::Freeze(frozen)).await;
    }
}

struct Runner<D> {
    dial: D,
    follows: Follows,
    clock: Clock,
    backoff: Backoff,
    publish: watch::Sender<LinkState>,
    asked: mpsc::Receiver<Ask>,
    frozen: bool,
}

/// How a session ended.
enum Ended {
    /// Come back.
    Lost(String),
    /// Stay away.
    StayAway(String),
    /// The handle was dropped.
    Unwanted,
}

impl<D: Dial> Runner<D> {
    async fn run(mut self) {
        let mut turn = 0;
        loop {
            let server = self
                .follows
                .servers
                .get(turn % self.follows.servers.len().max(1))
                .cloned()
                .unwrap_or_default();
            turn = turn.wrapping_add(1);
            let ended = match tokio::time::timeout(
                WELCOME_WITHIN,
                self.dial.dial(&server, &self.follows.token),
            )
            .await
            {
                Err(_) => Ended::Lost("no answer in time".to_owned()),
                Ok(Err(DialError::ComeBack(why))) => Ended::Lost(why),
                Ok(Err(DialError::StayAway(why))) => Ended::StayAway(why),
                Ok(Ok(wire)) => session::run(&mut self, &server, wire).await,
            };
            match ended {
                Ended::Unwanted => return,
                Ended::StayAway(why) => {
                    self.publish
                        .send_modify(|state| state.connection = Connection::Ended { why });
                    return self.turn_away().await;
                }
                Ended::Lost(why) => self
                    .publish
                    .send_modify(|state| state.connection = Connection::Trying { why }),
            }
            let wait = self.backoff.wait();
            if self.wait_unconnected(wait).await {
                return;
            }
        }
    }

    /// Waits, and answers meanwhile that nothing is sent. True when nobody wants the link any more.
    async fn wait_unconnected(&mut self, wait: Duration) -> bool {
        let until = tokio::time::Instant::now() + wait;
        tokio::time::timeout_at(until, self.turn_away())
            .await
            .is_ok()
    }

    /// Answers every command with *not sent*, until nobody wants the link any more.
    async fn turn_away(&mut self) {
        while let Some(ask) = self.asked.recv().await {
            match ask {
                Ask::Command { answer, .. } => {
                    let _ = answer.send(Answer::NotSent("not connected".to_owned()));
                }
                Ask::Freeze(frozen) => self.frozen = frozen,
                Ask::Displayed { .. } => {}
            }
        }
    }
}

/// Who this is and what it may follow, as `welcome` said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Who the server takes this client for.
    pub you: You,
    /// The campuses that it may follow.
    pub campuses: Arc<[lockstep_proto::frame::CampusName]>,
}

/// A receipt for what a campus shows.
fn receipt(campus: &CampusId, stage: Stage, through: Position, also: Vec<FactId>) -> ClientFrame {
    ClientFrame::Receipt {
        campus: campus.clone(),
        stage,
        through,
        also,
    }
}

/// When something was heard, by both clocks: ages by the one that never jumps, words by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Monotonic.
    pub at: tokio::time::Instant,
    /// Time of day.
    pub clock: Timestamp,
}
