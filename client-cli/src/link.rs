//! The live link: one WebSocket that follows campuses, comes back when it is lost, and resumes.
//!
//! Owns the connection's life: which server is tried when, how long silence may last, what is handed
//! back on `subscribe` (R3), which close codes mean *stay away*, and the receipts (R1). What a screen
//! may show of what comes in is [`follow`]'s and proto's. It never decides a command, and never sends
//! one a second time by itself: an answer that was lost with its connection is *unknown*.
//!
//! Everything is bounded: the channels, the answers waited for, the parts of a snapshot, the waits.

pub mod follow;
mod session;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use lockstep_proto::Timestamp;
use lockstep_proto::command::CommandRequest;
use lockstep_proto::frame::{ClientFrame, PULSE_STALE_MS, ServerFrame, Stage, You};
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::position::Position;
use tokio::sync::{mpsc, oneshot, watch};

use crate::address::Address;
use crate::api::Answer;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::whoever::whoever_answers;
pub use follow::{Follow, LinkState, Trust};
use wire::{Dial, DialError, Incoming, Wire};

/// How long a connection may take to be made and to say `welcome`.
pub const WELCOME_WITHIN: Duration = Duration::from_secs(5);

/// The same where there are other servers: this one's turn comes again.
pub const WELCOME_AMONG_OTHERS: Duration = Duration::from_secs(3);

/// A connection that says nothing for this long is given up: two pulses were missed. It leaves half a
/// second in which another server may answer before the screen has to say that it is not connected.
/// Anything heard counts, for a long snapshot on a slow line has the pulses behind it.
pub const SILENT_AFTER: Duration = Duration::from_millis(PULSE_STALE_MS - 500);

/// A connection that held this long was a good one: when it is lost, another server is asked at once.
/// Two servers that both welcome and then close are not run between.
pub const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// The most commands whose answers are waited for.
pub const PENDING_MAX: usize = 512;

/// What a link is to do.
#[derive(Debug, Clone)]
pub struct Follows {
    /// Servers: the first that answers is followed, and where it is lost the one after it.
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

impl From<DialError> for Ended {
    fn from(error: DialError) -> Self {
        match error {
            DialError::ComeBack(why) => Self::Lost(why),
            DialError::StayAway(why) => Self::StayAway(why),
        }
    }
}

impl<D: Dial> Runner<D> {
    async fn run(mut self) {
        let mut servers = std::mem::take(&mut self.follows.servers);
        if servers.is_empty() {
            servers.push(Address::default());
        }
        loop {
            let began = tokio::time::Instant::now();
            let mut settled = false;
            let ended = match reach(&self.dial, &servers, &self.follows.token).await {
                Err(ended) => ended,
                Ok(reached) => {
                    // When this one is lost it is the last to be asked again.
                    if let Some(at) = servers.iter().position(|one| *one == reached.server) {
                        let next = (at + 1) % servers.len();
                        servers.rotate_left(next);
                    }
                    let ended = session::run(&mut self, reached).await;
                    settled = servers.len() > 1 && began.elapsed() >= SETTLED_AFTER;
                    ended
                }
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
            if settled {
                continue;
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

/// A connection whose server has said `welcome`.
struct Reached {
    server: Address,
    wire: Wire,
    /// `welcome`.
    first: ServerFrame,
}

/// Connects to whichever server says `welcome` first. *Stay away* counts only where none does: a
/// sign-in is good at each of them.
async fn reach(dial: &impl Dial, servers: &[Address], token: &str) -> Result<Reached, Ended> {
    let within = if servers.len() > 1 {
        WELCOME_AMONG_OTHERS
    } else {
        WELCOME_WITHIN
    };
    let reached = whoever_answers(servers, |server| async move {
        tokio::time::timeout(within, welcomed(dial, server, token))
            .await
            .unwrap_or_else(|_| Err(Ended::Lost("no answer in time".to_owned())))
    });
    reached.await.map_err(|failed| {
        let away = |ended: &Ended| match ended {
            Ended::StayAway(_) => 1,
            Ended::Lost(_) | Ended::Unwanted => 0,
        };
        let worst = failed.into_iter().max_by_key(away);
        worst.unwrap_or_else(|| Ended::Lost("no server is named".to_owned()))
    })
}

async fn welcomed(dial: &impl Dial, server: &Address, token: &str) -> Result<Reached, Ended> {
    let mut wire = dial.dial(server, token).await?;
    match wire.receive.recv().await {
        Some(Incoming::Frame(first)) if matches!(*first, ServerFrame::Welcome { .. }) => {
            Ok(Reached {
                server: server.clone(),
                wire,
                first: *first,
            })
        }
        Some(Incoming::Closed { code, why }) => Err(session::closed(code, why)),
        Some(Incoming::Frame(_) | Incoming::Unknown) | None => {
            Err(Ended::Lost("the server did not say welcome".to_owned()))
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
