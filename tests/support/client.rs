//! Clients: one that asks over HTTP, and one that follows over a socket.

use futures_util::{SinkExt as _, StreamExt as _};
use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest, Pin};
use lockstep_proto::frame::{Accepted, ClientFrame, ServerFrame, Stage};
use lockstep_proto::id::{CampusId, CommandId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::crowd::{Socket, connect, subscribe};
use crate::screen::take_frame;
use crate::{PATIENCE, Server};

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It holds.
    Accepted(Accepted),
    /// It was refused.
    Refused(Code, Value),
    /// Nobody knows yet.
    InDoubt,
    /// The server did not answer.
    Gone,
}

impl Answered {
    /// The acceptance, or the test fails.
    #[track_caller]
    pub fn accepted(self) -> Accepted {
        match self {
            Self::Accepted(accepted) => accepted,
            other @ (Self::Refused(..) | Self::InDoubt | Self::Gone) => {
                panic!("expected to be accepted, was {other:?}")
            }
        }
    }

    /// The refusal's code, or the test fails.
    #[must_use]
    #[track_caller]
    pub fn refused(self) -> Code {
        match self {
            Self::Refused(code, _) => code,
            other @ (Self::Accepted(_) | Self::InDoubt | Self::Gone) => {
                panic!("expected to be refused, was {other:?}")
            }
        }
    }
}

/// Somebody who asks over HTTP.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    /// Where.
    pub url: String,
    token: String,
}

impl Http {
    /// Somebody of the demo district.
    #[must_use]
    pub fn of(server: &Server, principal: &str) -> Self {
        Self::with(&server.url, &server.token(principal))
    }

    /// Somebody with a token.
    #[must_use]
    pub fn with(url: &str, token: &str) -> Self {
        Self {
            client: reqwest::Client::builder()
                .timeout(PATIENCE)
                .build()
                .expect("a client"),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The same, at another address.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    /// Gives a command with a new id and the demo's PIN.
    pub async fn give(&self, campus: &str, command: Command) -> Answered {
        self.send(campus, &request(command)).await
    }

    /// Sends a command as it is.
    pub async fn send(&self, campus: &str, request: &CommandRequest) -> Answered {
        let sent = self
            .client
            .post(format!("{}/v1/campuses/{campus}/commands", self.url))
            .bearer_auth(&self.token)
            .json(request)
            .send()
            .await;
        let Ok(response) = sent else {
            return Answered::Gone;
        };
        let status = response.status().as_u16();
        let Ok(body) = response.json::<Value>().await else {
            return Answered::Gone;
        };
        match status {
            200 => Answered::Accepted(serde_json::from_value(body).expect("an acceptance")),
            202 => Answered::InDoubt,
            _ => {
                let code = serde_json::from_value(body["code"].clone())
                    .unwrap_or_else(|_| panic!("a code of the table, not {body}"));
                Answered::Refused(code, body)
            }
        }
    }

    /// Gives a command, and the same again (P6) until the journal has it: on a busy machine the
    /// spool may answer first. Answers where it stands.
    pub async fn recorded(&self, campus: &str, command: Command) -> (Accepted, Position) {
        let request = request(command);
        let offering = async {
            loop {
                let accepted = self.send(campus, &request).await.accepted();
                if let Some(position) = accepted.position {
                    return (accepted, position);
                }
            }
        };
        timeout(PATIENCE, offering).await.expect("recorded in time")
    }

    /// Reads a resource: its status and body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.try_get(path).await.expect("an answer")
    }

    async fn try_get(&self, path: &str) -> Option<(u16, Value)> {
        let response = self
            .client
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }

    /// What a screen drawn now would show.
    pub async fn screen(&self, campus: &str) -> Screen {
        self.try_screen(campus).await.expect("a view of the campus")
    }

    /// The same; none where the server does not answer.
    pub async fn try_screen(&self, campus: &str) -> Option<Screen> {
        let (status, body) = self.try_get(&format!("/v1/campuses/{campus}")).await?;
        assert_eq!(status, 200, "{body}");
        let position: Position = serde_json::from_value(body["position"].clone()).expect("head");
        let cards: Vec<Card> = serde_json::from_value(body["cards"].clone()).expect("cards");
        let mut screen = Screen::default();
        screen.take_snapshot(position, cards);
        Some(screen)
    }

    /// An all clear of what a screen shows.
    pub async fn all_clear(&self, campus: &str, screen: &Screen, why: Option<&str>) -> Answered {
        let command = Command::GiveAllClear {
            lifts: screen.open_raises(),
            seen: screen.position.expect("a screen that was drawn"),
            override_reason: why.map(|why| why.parse().expect("a text")),
        };
        self.give(campus, command).await
    }
}

/// A command with a new id and the demo's PIN.
#[must_use]
pub fn request(command: Command) -> CommandRequest {
    CommandRequest {
        id: CommandId(uuid::Uuid::now_v7()),
        claimed_at: None,
        pin: Some(Pin(lockstep_server::demo::PIN.to_owned())),
        passkey: None,
        again: false,
        command,
    }
}

/// A client that follows one campus over a socket, as a screen does.
pub struct Follower {
    socket: Socket,
    campus: CampusId,
    /// What it shows.
    pub screen: Screen,
    parts: Vec<Card>,
}

impl Follower {
    /// Connects and subscribes; returns with the first snapshot drawn.
    pub async fn join(url: &str, token: &str, campus: &str) -> Self {
        Self::resume(url, token, campus, Screen::default()).await
    }

    /// Connects with what a screen shows already.
    pub async fn resume(url: &str, token: &str, campus: &str, screen: Screen) -> Self {
        let resumed = Self::try_resume(url, token, campus, screen).await;
        resumed.expect("a connection that stays")
    }

    /// The same; none where the server is not there, or goes meanwhile.
    pub async fn try_resume(url: &str, token: &str, campus: &str, screen: Screen) -> Option<Self> {
        let mut follower = Self::begin(url, token, campus, screen).await?;
        while !matches!(follower.next().await?, ServerFrame::Pulse { .. }) {}
        Some(follower)
    }

    /// Subscribes, and reads nothing yet of what it is told.
    pub async fn begin(url: &str, token: &str, campus: &str, screen: Screen) -> Option<Self> {
        let mut socket = connect(url, token).await.ok()?;
        let welcome = socket.next().await?.ok()?;
        assert!(welcome.to_text().unwrap_or("").contains("\"welcome\""));
        subscribe(&mut socket, campus, &screen).await.ok()?;
        Some(Self {
            socket,
            campus: campus.parse().expect("a campus"),
            screen,
            parts: Vec::new(),
        })
    }

    /// The next frame, applied to the screen. None when the server closed.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
                .await
                .expect("a frame in time")?
                .ok()?;
            let Message::Text(text) = message else {
                continue;
            };
            let frame: ServerFrame = serde_json::from_str(&text).expect("a frame that we know");
            take_frame(&mut self.screen, &mut self.parts, &frame);
            return Some(frame);
        }
    }

    /// Reads until a frame is what the test waits for.
    pub async fn until(&mut self, wanted: impl Fn(&ServerFrame) -> bool) -> ServerFrame {
        let waiting = async {
            loop {
                let frame = self.next().await.expect("the connection stays");
                if wanted(&frame) {
                    return frame;
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("the frame in time")
    }

    /// Reads until the screen is what the test waits for.
    pub async fn until_screen(&mut self, wanted: impl Fn(&Screen) -> bool) {
        let waiting = async {
            while !wanted(&self.screen) {
                self.next().await.expect("the connection stays");
            }
        };
        timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("the screen stays at {:#?}", self.screen));
    }

    /// Confirms what it shows, as far as a stage says (R1).
    pub async fn confirm(&mut self, stage: Stage) {
        let cards = self.screen.cards.values();
        let also = cards.filter_map(|card| {
            if let Card::Raise(raise) = card {
                (!raise.recorded).then_some(raise.id)
            } else if let Card::Threat(threat) = card {
                (!threat.recorded).then_some(threat.id)
            } else {
                None
            }
        });
        let frame = ClientFrame::Receipt {
            campus: self.campus.clone(),
            stage,
            through: self.screen.position.expect("a screen that was drawn"),
            also: also.collect(),
        };
        let text = serde_json::to_string(&frame).expect("a frame");
        self.say(&text).await;
    }

    /// Reads until what it confirmed at that stage is kept.
    pub async fn until_kept(&mut self, wanted: Stage) {
        self.until(
            |frame| matches!(frame, ServerFrame::ReceiptKept { stage, .. } if *stage == wanted),
        )
        .await;
    }

    /// Whether it shows this raise.
    #[must_use]
    pub fn shows(&self, raise: FactId) -> bool {
        self.screen.items().any(|item| item.id == raise)
    }

    /// Sends a frame as it is.
    pub async fn say(&mut self, text: &str) {
        self.socket
            .send(Message::text(text.to_owned()))
            .await
            .expect("sent");
    }

    /// Gives a command over the socket.
    pub async fn give(&mut self, request: CommandRequest) {
        let frame = ClientFrame::Command {
            campus: self.campus.clone(),
            request,
        };
        let text = serde_json::to_string(&frame).expect("a frame");
        self.say(&text).await;
    }

    /// The close code, once the server closed.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("in time")?
            {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}
