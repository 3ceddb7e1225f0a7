//! The players: everybody who acts or watches, each with a sign-in and a live link of their own.

use std::collections::BTreeMap;

use lockstep_proto::command::{Command, CommandRequest};
use lockstep_proto::id::{CampusId, CommandId, FactId, Principal};
use lockstep_proto::screen::Screen;
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::doing::{Doing, From, Lack, Names};
use super::script::Who;
use crate::Failure;
use crate::address::Address;
use crate::api::{Answer, Api};
use crate::clock::Clock;
use crate::link::wire::WebSocket;
use crate::link::{Connection, Follows, Link};

/// The sign-ins file, as the demo server writes it.
#[derive(Deserialize)]
pub struct Cast {
    /// The server that they are good for.
    pub server: String,
    /// By principal.
    pub sign_ins: BTreeMap<Principal, Part>,
}

/// One sign-in.
#[derive(Clone, Deserialize)]
pub struct Part {
    token: String,
    /// The name that the directory has.
    pub name: String,
    /// The role, as the directory spells it.
    pub role: String,
    #[serde(default)]
    pin: Option<String>,
}

impl Cast {
    /// Those whom `who` names, at this campus.
    ///
    /// # Errors
    /// Where somebody has no sign-in in the file.
    pub fn of(&self, who: &[Who], campus: &CampusId) -> Result<Vec<Principal>, String> {
        let mut found = Vec::new();
        for who in who {
            match who {
                Who::One(principal) if self.sign_ins.contains_key(principal) => {
                    found.push(principal.clone())
                }
                Who::One(principal) => {
                    return Err(format!("{principal} has no sign-in in the file"));
                }
                Who::Rooms => found.extend(self.rooms(campus).cloned()),
            }
        }
        Ok(found)
    }

    /// Room devices of a campus. Their ids begin with the campus's first word: `north-n101` hangs in
    /// `north-high`.
    fn rooms<'a>(&'a self, campus: &CampusId) -> impl Iterator<Item = &'a Principal> + use<'a> {
        let first = campus.as_str().split('-').next().unwrap_or_default();
        let prefix = format!("{first}-");
        self.sign_ins.keys().filter(move |principal| {
            if let Principal::Device(device) = principal {
                device.as_str().starts_with(&prefix)
            } else {
                false
            }
        })
    }
}

/// One player.
pub struct Player {
    /// Who.
    pub principal: Principal,
    /// Name and sign-in.
    pub part: Part,
    /// Their live link.
    pub link: Link,
    api: Api,
    /// What the screen showed when it froze.
    frozen: Option<Screen>,
    is_frozen: bool,
}

impl Player {
    /// Connects.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn new(
        principal: Principal,
        part: Part,
        servers: &[Address],
        campus: &CampusId,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let follows = Follows {
            servers: servers.to_vec(),
            token: part.token.clone(),
            campus: Some(campus.clone()),
            tap: None,
        };
        Ok(Self {
            link: Link::start(WebSocket, follows, clock.clone()),
            api: Api::new(servers.to_vec(), Some(part.token.clone()))?,
            principal,
            part,
            frozen: None,
            is_frozen: false,
        })
    }

    /// What the player's screen shows now: what it showed when it froze, while it is frozen.
    #[must_use]
    pub fn screen(&self, campus: &CampusId) -> Screen {
        let state = self.link.state();
        let state = state.borrow();
        state
            .campuses
            .get(campus)
            .map(|follow| follow.screen.clone())
            .unwrap_or_default()
    }

    /// Whether the player does not read its socket.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// Stops reading the socket, and keeps what it showed.
    pub async fn freeze(&mut self, campus: &CampusId) {
        self.frozen = Some(self.screen(campus));
        self.is_frozen = true;
        self.link.freeze(true).await;
    }

    /// Reads the socket again.
    pub async fn thaw(&mut self) {
        self.is_frozen = false;
        self.link.freeze(false).await;
    }

    /// The command that this player gives, from its own screen. What that screen does not show yet is
    /// waited for, as a person would: an answer may come before the event that shows what it made.
    ///
    /// # Errors
    /// Where it cannot be made, or not by then.
    pub async fn request(
        &self,
        doing: &Doing,
        campus: &CampusId,
        facts: &BTreeMap<String, FactId>,
        clock: &Clock,
        until: Instant,
    ) -> Result<CommandRequest, Lack> {
        let mut state = self.link.state();
        let command = loop {
            state.mark_unchanged();
            let screen = match (doing.names, &self.frozen) {
                (Names::Shown, _) => self.screen(campus),
                (Names::Frozen, Some(screen)) => screen.clone(),
                (Names::Frozen, None) => {
                    return Err(Lack::Wrong(format!("{} was never frozen", self.principal)));
                }
            };
            match doing.command_from(From::Screen(&screen), facts) {
                Ok(command) => break command,
                Err(Lack::NotShown(why)) => {
                    let changed = tokio::time::timeout_at(until, state.changed()).await;
                    if !matches!(changed, Ok(Ok(()))) {
                        return Err(Lack::NotShown(why));
                    }
                }
                Err(Lack::Wrong(why)) => return Err(Lack::Wrong(why)),
            }
        };
        Ok(CommandRequest {
            id: CommandId(Uuid::now_v7()),
            claimed_at: Some(clock.now()),
            pin: doing
                .pin_of(self.part.pin.as_deref())
                .map_err(Lack::Wrong)?,
            passkey: None,
            again: false,
            command,
        })
    }

    /// Sends over the live link, or by HTTP where the link reads nothing. Raises, notes and grounds go
    /// again under the same id while they are only shown, told to wait or not sent. A clear does not; one
    /// without an answer is asked about again.
    pub async fn send(
        &self,
        campus: &CampusId,
        request: &CommandRequest,
        until: Instant,
    ) -> Answer {
        let mut backoff = crate::backoff::Backoff::default();
        let mut request = request.clone();
        loop {
            let sending = async {
                if self.is_frozen {
                    self.api.command(campus, &request).await
                } else {
                    self.link.command(campus, request.clone()).await
                }
            };
            let answer = tokio::time::timeout_at(until, sending)
                .await
                .unwrap_or_else(|_| Answer::Unknown("no answer in time".to_owned()))
                .to(&request);
            request.again |=
                matches!(answer, Answer::Unknown(_)) && !request.command.class().is_fact();
            let Some(wait) = again(&answer, &request.command, &mut backoff) else {
                return answer;
            };
            if Instant::now() + wait >= until {
                return answer;
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Why the link has ended for good, where it has.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        match &self.link.state().borrow().connection {
            Connection::Ended { why } => Some(why.clone()),
            Connection::Open { .. } | Connection::Trying { .. } => None,
        }
    }
}

/// How long to wait before sending again, where that is right at all.
fn again(
    answer: &Answer,
    command: &Command,
    backoff: &mut crate::backoff::Backoff,
) -> Option<std::time::Duration> {
    if command.named().is_some() && !matches!(answer, Answer::Unknown(_)) {
        return None;
    }
    match answer {
        Answer::Accepted(accepted) if accepted.holds.is_durable() => None,
        Answer::Refused(refusal) if crate::act::is_final(refusal.code) => None,
        Answer::Refused(refusal) => refusal
            .retry_after_ms
            .map(std::time::Duration::from_millis)
            .or_else(|| Some(backoff.wait())),
        Answer::Accepted(_) | Answer::Unknown(_) | Answer::NotSent(_) => Some(backoff.wait()),
    }
}
