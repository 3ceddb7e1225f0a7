//! One connection's life, from `welcome` to its end.

use std::collections::BTreeMap;

use lockstep_proto::code::Close;
use lockstep_proto::frame::{ClientFrame, FRAME_MAX, ServerFrame, Stage};
use lockstep_proto::id::{CampusId, CommandId, FactId};
use lockstep_proto::position::Position;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::follow::Did;
use super::wire::{Dial, Incoming, Wire};
use super::{
    Ask, Connection, Ended, Heard, PENDING_MAX, Reached, Runner, SILENT_AFTER, Welcome, receipt,
};
use crate::act::not_recorded;
use crate::address::Address;
use crate::api::Answer;

/// `subscribe` is not sent again sooner than this: a server that stays wrong is not hammered.
const SUBSCRIBE_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

struct Session<'a, D> {
    runner: &'a mut Runner<D>,
    wire: Wire,
    pending: BTreeMap<CommandId, oneshot::Sender<Answer>>,
    /// What was said to be on screen, so that it is said once.
    displayed: BTreeMap<CampusId, (Position, Vec<FactId>)>,
    subscribed: Instant,
}

pub(super) async fn run<D: Dial>(runner: &mut Runner<D>, reached: Reached) -> Ended {
    let Reached {
        server,
        wire,
        first,
    } = reached;
    let mut session = Session {
        runner,
        wire,
        pending: BTreeMap::new(),
        displayed: BTreeMap::new(),
        subscribed: Instant::now(),
    };
    let ended = match session.welcome(server, first).await {
        Ok(()) => session.follow().await,
        Err(ended) => ended,
    };
    // What was sent and not answered: for a clear in doubt, for the rest to be sent again.
    for (_, answer) in std::mem::take(&mut session.pending) {
        let _ = answer.send(Answer::Unknown(
            "the connection was lost before the answer".to_owned(),
        ));
    }
    ended
}

impl<D: Dial> Session<'_, D> {
    async fn welcome(&mut self, server: Address, frame: ServerFrame) -> Result<(), Ended> {
        self.tap(&frame).await;
        let ServerFrame::Welcome { you, campuses, .. } = frame else {
            return Err(Ended::Lost("the server did not say welcome".to_owned()));
        };
        let wanted: Vec<CampusId> = match &self.runner.follows.campus {
            Some(campus) if campuses.iter().any(|named| named.id == *campus) => {
                vec![campus.clone()]
            }
            Some(campus) => {
                return Err(Ended::StayAway(format!(
                    "There is no campus {campus} for you. `lockstep status` lists yours."
                )));
            }
            None => campuses.iter().map(|named| named.id.clone()).collect(),
        };
        let mut subscriptions = Vec::new();
        self.runner.publish.send_modify(|state| {
            state.connection = Connection::Open { server };
            state.welcomed(Welcome {
                you,
                campuses: campuses.into(),
            });
            state.follow(wanted);
            subscriptions = state.subscriptions();
        });
        self.send(ClientFrame::Subscribe {
            campuses: subscriptions,
        })
    }

    async fn follow(&mut self) -> Ended {
        let mut heard = Instant::now();
        loop {
            let frozen = self.runner.frozen;
            tokio::select! {
                incoming = self.wire.receive.recv(), if !frozen => {
                    heard = Instant::now();
                    let done = match incoming {
                        Some(Incoming::Frame(frame)) => self.take(*frame).await,
                        Some(Incoming::Unknown) => Ok(()),
                        Some(Incoming::Closed { code, why }) => Err(closed(code, why)),
                        None => Err(Ended::Lost("the connection was lost".to_owned())),
                    };
                    if let Err(ended) = done {
                        return ended;
                    }
                }
                asked = self.runner.asked.recv() => {
                    let Some(ask) = asked else { return Ended::Unwanted };
                    if let Err(ended) = self.asked(ask) {
                        return ended;
                    }
                }
                () = sleep_until(heard + SILENT_AFTER), if !frozen => {
                    return Ended::Lost("nothing was heard from the server".to_owned());
                }
            }
        }
    }

    async fn take(&mut self, frame: ServerFrame) -> Result<(), Ended> {
        self.tap(&frame).await;
        match frame {
            ServerFrame::Accepted(accepted) => self.answer(accepted.id, Answer::Accepted(accepted)),
            ServerFrame::Refused {
                id: Some(id),
                refusal,
            } => self.answer(id, Answer::Refused(refusal)),
            // Of a frame without an id: nobody waits for it.
            ServerFrame::Refused { id: None, .. }
            | ServerFrame::Welcome { .. }
            | ServerFrame::ReceiptKept { .. } => {}
            ServerFrame::InDoubt { id, message } => self.answer(id, Answer::Unknown(message)),
            ServerFrame::Bye {
                code,
                message,
                come_back,
            } => {
                return Err(if come_back {
                    Ended::Lost(message)
                } else {
                    closed(Some(code), message)
                });
            }
            frame @ (ServerFrame::Snapshot { .. }
            | ServerFrame::Event { .. }
            | ServerFrame::Pulse { .. }) => {
                return self.take_state(frame);
            }
        }
        Ok(())
    }

    fn take_state(&mut self, frame: ServerFrame) -> Result<(), Ended> {
        // Only a server that sends state is well; one that says welcome and closes is not.
        self.runner.backoff.reset();
        let heard = Heard {
            at: Instant::now(),
            clock: self.runner.clock.now(),
        };
        let mut did = None;
        self.runner
            .publish
            .send_modify(|state| did = state.take(frame, heard));
        match did {
            Some((campus, Did::Alerted)) => self.confirm(&campus, Stage::Received),
            Some((_, Did::Amiss)) if self.subscribed.elapsed() >= SUBSCRIBE_AGAIN => {
                self.subscribe()
            }
            Some((_, Did::Nothing | Did::Changed | Did::Amiss)) | None => Ok(()),
        }
    }

    fn subscribe(&mut self) -> Result<(), Ended> {
        self.subscribed = Instant::now();
        let mut campuses = Vec::new();
        // Nothing that anybody watches changes by it.
        self.runner.publish.send_if_modified(|state| {
            campuses = state.subscriptions();
            false
        });
        self.send(ClientFrame::Subscribe { campuses })
    }

    fn confirm(&mut self, campus: &CampusId, stage: Stage) -> Result<(), Ended> {
        let confirmed = self
            .runner
            .publish
            .borrow()
            .campuses
            .get(campus)
            .and_then(|follow| {
                let also = not_recorded(&follow.screen)
                    .into_iter()
                    .take(lockstep_proto::command::NAMED_MAX)
                    .collect();
                Some(receipt(campus, stage, follow.screen.position?, also))
            });
        confirmed.map_or(Ok(()), |frame| self.send(frame))
    }

    fn asked(&mut self, ask: Ask) -> Result<(), Ended> {
        match ask {
            Ask::Freeze(frozen) => self.runner.frozen = frozen,
            Ask::Displayed {
                campus,
                through,
                also,
            } => {
                let now = (through, also);
                if self.displayed.get(&campus) != Some(&now) {
                    let frame = receipt(&campus, Stage::Displayed, now.0, now.1.clone());
                    self.displayed.insert(campus, now);
                    return self.send(frame);
                }
            }
            Ask::Command {
                campus,
                request,
                answer,
            } => {
                let id = request.id;
                let frame = ClientFrame::Command {
                    campus,
                    request: *request,
                };
                let fits = serde_json::to_string(&frame).is_ok_and(|text| text.len() <= FRAME_MAX);
                if !fits || self.pending.len() >= PENDING_MAX {
                    let why = if fits {
                        "too many commands are under way"
                    } else {
                        "it is larger than 64 KiB"
                    };
                    let _ = answer.send(Answer::NotSent(why.to_owned()));
                    return Ok(());
                }
                self.pending.retain(|_, waiting| !waiting.is_closed());
                self.pending.insert(id, answer);
                return self.send(frame);
            }
        }
        Ok(())
    }

    fn answer(&mut self, id: CommandId, with: Answer) {
        if let Some(waiting) = self.pending.remove(&id) {
            let _ = waiting.send(with);
        }
    }

    /// A connection that takes nothing is lost: nothing waits for it.
    fn send(&self, frame: ClientFrame) -> Result<(), Ended> {
        self.wire
            .send
            .try_send(frame)
            .map_err(|_| Ended::Lost("the connection takes nothing any more".to_owned()))
    }

    async fn tap(&self, frame: &ServerFrame) {
        if let Some(tap) = &self.runner.follows.tap {
            // A reader that is slow makes this client slow, which is the server's to see.
            let _ = tap.send(frame.clone()).await;
        }
    }
}

/// Close codes below 4500 mean come back, from there on stay away.
pub(super) fn closed(code: Option<u16>, why: String) -> Ended {
    let known = code.and_then(|code| Close::ALL.iter().find(|close| close.number() == code));
    let words = match known {
        Some(close) => close.sentence().to_owned(),
        None if why.is_empty() => "the connection was closed".to_owned(),
        None => why,
    };
    match code {
        Some(4500..=4999) => Ended::StayAway(words),
        Some(_) | None => Ended::Lost(words),
    }
}
