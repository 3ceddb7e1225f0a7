//! One connection: it translates frames and decides nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use lockstep_proto::code::{Close, Code, Refusal};
use lockstep_proto::frame::{
    CAMPUSES_MAX, CampusName, ClientFrame, SEALED_MAX, ServerFrame, Stage, Subscription, You,
};
use lockstep_proto::id::{CampusId, CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_rules::Actor;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{Place, close_of, hear_out, let_go};
use crate::auth::{Claims, Host, audience, hears_of_duress, you};
use crate::campus::{Handle, Receipt, answer_frame};
use crate::http::{App, Caller, SharedApp, submit};
use crate::hub::{Inlet, Listener, Outlet, Resume, encode, outlet};

/// A write that takes longer is a client that does not read.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// How often the sign-in is looked at again, and the client is pinged.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A client that answers no ping for this long is gone.
const SILENT_AFTER: Duration = Duration::from_secs(30);
/// Frames that make no sense before the connection is closed.
const BAD_FRAMES_MAX: u32 = 20;
/// Receipts of one connection between two looks. What is more is dropped, so that no client
/// fills the queue for the others; its next one says as much.
const RECEIPTS_MAX: u32 = 256;
/// Commands of one connection that wait for their answers at once.
const COMMANDS_AT_ONCE: usize = 32;

/// Runs a connection to its end.
pub(super) async fn run(app: SharedApp, socket: WebSocket, caller: Caller, place: Place) {
    let (outlet, inlet) = outlet();
    let session = Session {
        socket,
        claims: caller.claims,
        host: caller.host,
        outlet,
        inlet,
        follows: BTreeMap::new(),
        bad_frames: 0,
        receipts: 0,
        heard: Instant::now(),
        place,
        told: Told::of(&app, &caller.actor),
        app,
    };
    session.run().await;
}

struct Session {
    app: SharedApp,
    socket: WebSocket,
    claims: Claims,
    /// The one that was named when it was opened: a passkey is held against it.
    host: Option<Host>,
    outlet: Outlet,
    inlet: Inlet,
    follows: BTreeMap<CampusId, Handle>,
    bad_frames: u32,
    receipts: u32,
    heard: Instant,
    place: Place,
    told: Told,
}

/// What the welcome said: for whom the server takes the client, and where it may look.
#[derive(PartialEq)]
struct Told {
    you: You,
    campuses: Vec<CampusName>,
}

impl Told {
    fn of(app: &App, actor: &Actor) -> Self {
        Self {
            you: you(actor),
            campuses: app.auth.campuses(actor),
        }
    }
}

/// An answer, or the reason to close.
type Step = Result<(), Close>;

impl Session {
    async fn run(mut self) {
        let welcome = ServerFrame::Welcome {
            server: env!("CARGO_PKG_VERSION").to_owned(),
            at: self.app.clock.now(),
            you: self.told.you.clone(),
            campuses: self.told.campuses.clone(),
        };
        let mut ended = self.send(&welcome).await;
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut answers = FuturesUnordered::new();
        while ended.is_ok() {
            ended = tokio::select! {
                frame = self.inlet.frames.recv() => match frame {
                    Some(frame) => self.write(Message::Text(frame)).await,
                    None => Err(Close::GoingAway),
                },
                received = self.socket.recv(), if answers.len() < COMMANDS_AT_ONCE => {
                    match self.receive(received).await {
                        Ok(Some((campus, request))) => {
                            let id = request.id;
                            match self.app.auth.actor(&self.claims) {
                                Ok(actor) => {
                                    let app = self.app.clone();
                                    let outlet = self.outlet.clone();
                                    let host = self.host.clone();
                                    // Boxed: thousands of connections wait for no answer.
                                    answers.push(Box::pin(async move {
                                        let host = host.as_ref();
                                        let answer =
                                            submit(&app, actor, host, &campus, request, Some(outlet)).await;
                                        answer_frame(id, answer)
                                    }));
                                    Ok(())
                                }
                                Err(code) => self.refuse(Some(id), code.into()).await,
                            }
                        }
                        Ok(None) => Ok(()),
                        Err(None) => break,
                        Err(Some(close)) => Err(close),
                    }
                },
                Some(answer) = answers.next() => self.send(&answer).await,
                _ = look.tick() => self.look().await,
            };
        }
        self.leave_all().await;
        match ended {
            Ok(()) => Box::pin(hear_out(self.socket)).await,
            Err(close) => Box::pin(self.close(close)).await,
        }
    }

    /// What came in: a command to give, nothing more to do, or the end.
    #[allow(clippy::type_complexity, reason = "spelled once")]
    async fn receive(
        &mut self,
        received: Option<Result<Message, axum::Error>>,
    ) -> Result<Option<(CampusId, lockstep_proto::command::CommandRequest)>, Option<Close>> {
        self.heard = Instant::now();
        let text = match received {
            None => return Err(None),
            // Who is still there hears why.
            Some(Err(error)) => return Err(Some(close_of(&error))),
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => return Err(Some(Close::NotText)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Ok(Message::Close(_))) => return Err(None),
        };
        match serde_json::from_str::<ClientFrame>(&text) {
            Ok(ClientFrame::Subscribe { campuses }) => {
                Box::pin(self.subscribe(campuses)).await.map_err(Some)?;
                Ok(None)
            }
            Ok(ClientFrame::Command { campus, request }) => Ok(Some((campus, request))),
            Ok(ClientFrame::Receipt {
                campus,
                stage,
                through,
                also,
            }) => {
                self.receipt(&campus, stage, through, also);
                Ok(None)
            }
            Err(error) => {
                self.bad_frame(&text, &error).await.map_err(Some)?;
                Ok(None)
            }
        }
    }

    /// So much came in, or was drawn (R1). It is answered once it is kept.
    fn receipt(&mut self, campus: &CampusId, stage: Stage, through: Position, also: Vec<FactId>) {
        self.receipts += 1;
        let (Some(handle), Ok(actor)) =
            (self.follows.get(campus), self.app.auth.actor(&self.claims))
        else {
            return;
        };
        if self.receipts <= RECEIPTS_MAX {
            handle.receipt(Receipt {
                session: self.place.id,
                client: self.claims.credential.clone(),
                room: actor.room,
                stage,
                through,
                also,
            });
        }
    }

    /// A frame that makes no sense has its own answer, with the command's id where it has one.
    async fn bad_frame(&mut self, text: &str, error: &serde_json::Error) -> Step {
        self.bad_frames += 1;
        if self.bad_frames > BAD_FRAMES_MAX {
            return Err(Close::TooManyBadFrames);
        }
        let id = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|value| value.pointer("/request/id")?.as_str()?.parse().ok());
        self.refuse(
            id,
            Refusal::new(Code::BadFrame).because(format!("({error})")),
        )
        .await
    }

    async fn subscribe(&mut self, campuses: Vec<Subscription>) -> Step {
        if campuses.len() > CAMPUSES_MAX {
            return self.refuse(None, Code::TooMany.into()).await;
        }
        let actor = match self.app.auth.actor(&self.claims) {
            Ok(actor) => actor,
            Err(code) => return self.refuse(None, code.into()).await,
        };
        self.leave_all().await;
        for wanted in campuses {
            let handle = Some(&wanted.campus)
                .filter(|campus| actor.scope.serves(campus))
                .and_then(|campus| self.app.registry.campus(&actor.district, campus));
            let Some(handle) = handle else {
                let refusal = Refusal::new(Code::UnknownCampus).about([&wanted.campus]);
                self.refuse(None, refusal).await?;
                continue;
            };
            let listener = Listener {
                audience: audience(&actor),
                client: Some(self.claims.credential.clone()),
                person: actor.person().cloned(),
                room: actor.room.clone(),
                hears_of_duress: hears_of_duress(&actor),
                outlet: self.outlet.clone(),
            };
            let resume = Resume {
                after: wanted.after,
                shows: wanted.shows.into_iter().take(1_500).collect(),
            };
            let sealed = wanted.sealed.into_iter().take(SEALED_MAX).collect();
            handle.follow(self.place.id, listener, resume, sealed).await;
            self.follows.insert(wanted.campus, handle);
            // What the campus hands over is written before the next one fills the outlet.
            self.drain().await?;
        }
        Ok(())
    }

    /// Writes what is in the outlet already.
    async fn drain(&mut self) -> Step {
        while let Ok(frame) = self.inlet.frames.try_recv() {
            self.write(Message::Text(frame)).await?;
        }
        Ok(())
    }

    async fn leave_all(&mut self) {
        for handle in std::mem::take(&mut self.follows).into_values() {
            handle.leave(self.place.id).await;
        }
    }

    /// Every two seconds: is the sign-in still good and what the welcome said still so, did the
    /// hub let us go, is anybody there?
    async fn look(&mut self) -> Step {
        self.receipts = 0;
        if let Some(close) = self.inlet.closed_as() {
            return Err(close);
        }
        let Ok(actor) = self.app.auth.actor(&self.claims) else {
            return Err(Close::NotSignedIn);
        };
        // What was followed before is another audience's, or another room's.
        if Told::of(&self.app, &actor) != self.told {
            return Err(Close::NotAsWelcomed);
        }
        if self.heard.elapsed() > SILENT_AFTER {
            return Err(Close::Silent);
        }
        if self.heard.elapsed() > SILENT_AFTER / 2 {
            return self.write(Message::Ping(Vec::new().into())).await;
        }
        Ok(())
    }

    async fn refuse(&mut self, id: Option<CommandId>, refusal: Refusal) -> Step {
        self.send(&ServerFrame::Refused { id, refusal }).await
    }

    async fn send(&mut self, frame: &ServerFrame) -> Step {
        match encode(frame) {
            Some(text) => self.write(Message::Text(text)).await,
            None => Ok(()),
        }
    }

    async fn write(&mut self, message: Message) -> Step {
        if let Some(close) = self.inlet.closed_as() {
            return Err(close);
        }
        match timeout(WRITE_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Close::GoingAway),
            Err(_) => Err(Close::Slow),
        }
    }

    /// Says why, and closes.
    async fn close(self, close: Close) {
        let bye = encode(&ServerFrame::Bye {
            code: close.number(),
            message: close.sentence().to_owned(),
            come_back: close.come_back(),
        });
        let_go(self.socket, close, bye).await;
    }
}
