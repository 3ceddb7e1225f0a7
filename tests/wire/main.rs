//! The wire, against the real server: what each frame and request comes to, limits, resuming,
//! sign-in, releases, duties, drills, contact, and what an operator does from the shell.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may panic: a failure here is a failure of the test"
)]

mod by_hand;
mod calls;
mod changed;
mod contact;
mod database;
mod described;
mod districts;
mod drills;
mod duress;
mod duties;
mod floods;
mod frames;
mod full_rosters;
mod health;
mod keys;
mod limits;
mod lists;
mod officers;
mod operator;
mod pace;
mod passkeys;
mod people;
mod pictures;
mod reach;
mod release;
mod reports;
mod resume;
mod rosters;
mod shell;
mod sign_in;
mod sign_on;
mod switched_off;
mod tls;
mod walls;

use futures_util::{SinkExt as _, StreamExt as _};
use lockstep_proto::command::{Command, CommandRequest};
use lockstep_tests::{Http, PATIENCE, Server, Socket, connect, request};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

pub(crate) const NORTH: &str = "north-high";
pub(crate) const ADMIN: &str = "person:ana.ruiz";
pub(crate) const TEACHER: &str = "person:joy.adams";
pub(crate) const DIRECTOR: &str = "person:dana.lind";

/// A command from its JSON.
pub(crate) fn command(json: Value) -> Command {
    serde_json::from_value(json).expect("a command of the protocol")
}

/// The same, as a request under a new id.
pub(crate) fn asked(json: Value) -> CommandRequest {
    request(command(json))
}

/// Somebody of the demo's high school.
pub(crate) fn of(server: &Server, who: &str) -> Http {
    Http::of(server, who)
}

/// What a raw connection heard.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Value),
    Closed(Option<u16>),
    /// The connection broke without a word.
    Broken(String),
}

/// A connection that says whatever a test wants and hears every frame as it is.
pub(crate) struct Wire {
    socket: Socket,
}

impl Wire {
    /// Connects, and hears the welcome.
    pub(crate) async fn open(server: &Server, who: &str) -> Self {
        Self::with(&server.url, &server.token(who)).await
    }

    pub(crate) async fn with(url: &str, token: &str) -> Self {
        Self::welcomed(connect(url, token).await.expect("a connection")).await
    }

    /// Hears the welcome.
    pub(crate) async fn welcomed(socket: Socket) -> Self {
        let mut wire = Self { socket };
        let welcome = wire.frame().await;
        assert_eq!(welcome["type"], "welcome");
        wire
    }

    pub(crate) async fn say(&mut self, text: impl Into<String>) {
        self.send(Message::text(text.into())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        // A server that closed already says why to whoever reads on.
        let _ = self.socket.send(message).await;
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            let next = timeout(PATIENCE, self.socket.next()).await;
            return match next.expect("something in time") {
                Some(Ok(Message::Text(text))) => {
                    Heard::Frame(serde_json::from_str(&text).expect("JSON"))
                }
                Some(Ok(Message::Close(frame))) => Heard::Closed(frame.map(|f| f.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(error)) => Heard::Broken(error.to_string()),
                None => Heard::Broken("the end".to_owned()),
            };
        }
    }

    #[track_caller]
    pub(crate) fn is_frame(heard: Heard) -> Value {
        match heard {
            Heard::Frame(frame) => frame,
            Heard::Closed(_) | Heard::Broken(_) => panic!("a frame, not {heard:?}"),
        }
    }

    pub(crate) async fn frame(&mut self) -> Value {
        Self::is_frame(self.hear().await)
    }

    /// Hears on until a frame of this type comes.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Says something, and hears what it is refused for.
    pub(crate) async fn refused(&mut self, text: impl Into<String>) -> Value {
        self.say(text).await;
        self.until("refused").await
    }

    /// The close code. A connection that ends without one fails the test.
    pub(crate) async fn closed(&mut self) -> u16 {
        let mut bye = None;
        loop {
            match self.hear().await {
                Heard::Frame(frame) if frame["type"] == "bye" => bye = frame["code"].as_u64(),
                Heard::Frame(_) => {}
                Heard::Closed(code) => {
                    let code = code.expect("a close code");
                    assert_eq!(bye, Some(u64::from(code)), "bye and close say the same");
                    return code;
                }
                Heard::Broken(why) => panic!("dropped without a close code: {why}; bye: {bye:?}"),
            }
        }
    }

    /// Follows campuses.
    pub(crate) async fn subscribe(&mut self, campuses: &[&str]) {
        let campuses: Vec<Value> = campuses.iter().map(|id| json!({ "campus": id })).collect();
        let frame = json!({ "type": "subscribe", "campuses": campuses });
        self.say(frame.to_string()).await;
    }
}

/// A command as a frame.
pub(crate) fn frame(campus: &str, request: &CommandRequest) -> String {
    json!({ "type": "command", "campus": campus, "request": request }).to_string()
}
