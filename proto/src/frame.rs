//! The frames of `lockstep.v1`. JSON text, one object a frame, at most 64 KiB, no compression.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::code::Refusal;
use crate::command::CommandRequest;
use crate::id::{CampusId, CommandId, DistrictId, FactId, Principal, RoomId};
use crate::position::Position;
use crate::role::{Audience, Role, Standing};
use crate::view::Card;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "lockstep.v1";

/// The largest frame in either direction, in bytes.
pub const FRAME_MAX: usize = 64 * 1024;

/// The most campuses that one connection follows.
pub const CAMPUSES_MAX: usize = 256;

/// The most sealed raises that one `subscribe` hands back for a campus.
pub const SEALED_MAX: usize = 64;

/// How often the server sends a pulse, in milliseconds.
pub const PULSE_EVERY_MS: u64 = 2_000;

/// A screen whose newest pulse is older than this cannot be relied on (R2).
pub const PULSE_STALE_MS: u64 = 5_000;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Follow these campuses from here on. May be sent again; it replaces the one before.
    Subscribe {
        /// The campuses.
        campuses: Vec<Subscription>,
    },
    /// Do something.
    Command {
        /// Where.
        campus: CampusId,
        /// What.
        request: CommandRequest,
    },
    /// The wire's own confirmation that alerts came in, or were drawn (R1).
    Receipt {
        /// Where.
        campus: CampusId,
        /// How far they got.
        stage: Stage,
        /// Everything recorded up to here.
        through: Position,
        /// And these, which were not recorded yet.
        #[serde(default)]
        also: Vec<FactId>,
    },
}

/// How far an alert got on a client (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It came in.
    Received,
    /// It was drawn, in a visible page.
    Displayed,
}

/// One campus to follow, and what the client shows of it already (R3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The campus.
    pub campus: CampusId,
    /// The position that the client has applied.
    #[serde(default)]
    pub after: Option<Position>,
    /// The open items that it shows: the answer says of each whether it is open or covered.
    #[serde(default)]
    pub shows: Vec<FactId>,
    /// Its raises as the server sealed them, for an instance that never had them.
    #[serde(default)]
    pub sealed: Vec<String>,
}

/// What the server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// First frame.
    Welcome {
        /// The server's version.
        server: String,
        /// Its clock.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
        at: Timestamp,
        /// Who it takes the client for.
        you: You,
        /// The campuses that the client may follow.
        campuses: Vec<CampusName>,
    },
    /// Everything that this audience sees of a campus. In parts where one frame is too small:
    /// a client applies it when the last part is in.
    Snapshot {
        /// The campus.
        campus: CampusId,
        /// Where it stands.
        position: Position,
        /// This part, from 1.
        part: u32,
        /// How many there are.
        parts: u32,
        /// The cards of this part.
        cards: Vec<Card>,
    },
    /// What changed.
    Event {
        /// The campus.
        campus: CampusId,
        /// Where it stands after the change.
        position: Position,
        /// Cards to put, each over the one of the same key.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        put: Vec<Card>,
        /// Keys to drop.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        drop: Vec<String>,
    },
    /// Every two seconds: without one a screen cannot be relied on (R2).
    Pulse {
        /// The campus.
        campus: CampusId,
        /// The server's clock.
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Timestamp"))]
        at: Timestamp,
        /// The newest position of the campus.
        position: Position,
        /// The last sequence that concerns this audience: a client that has not applied it is
        /// behind.
        concerns: u64,
        /// Signed head of the log (C2SP checkpoint), as this instance last had it signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
        /// The journal cannot be written: raises are shown and kept, nothing can be lowered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        degraded: bool,
    },
    /// A command was accepted.
    Accepted(Accepted),
    /// A command was refused, or a frame made no sense.
    Refused {
        /// The command, where the frame had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
        /// Why.
        refusal: Refusal,
    },
    /// A clear was sent to the journal and not answered. Treat the campus as it was.
    InDoubt {
        /// The command.
        id: CommandId,
        /// What to do, in words.
        message: String,
    },
    /// What this client confirmed is kept: a kill of the server loses nothing of it (R1).
    ///
    /// Receipts are kept together, about each second, and only while an alert is open that
    /// they can be about. One frame answers all that came before it, and one for `displayed`
    /// answers those for `received` as well. A receipt without an answer may be sent again.
    ReceiptKept {
        /// The campus.
        campus: CampusId,
        /// How far the alerts got.
        stage: Stage,
        /// Everything recorded up to here, as far as it was confirmed.
        through: Position,
    },
    /// The server closes the connection next.
    Bye {
        /// The close code that follows.
        code: u16,
        /// Why, in words.
        message: String,
        /// Whether to come back.
        come_back: bool,
    },
}

/// What an officer needs to read when a clear is in doubt.
pub const IN_DOUBT_WORDS: &str = "Not known whether this was recorded. Treat the campus as locked \
                                  down; say so by radio. You will be told.";

/// Where an accepted command is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accepted {
    /// The command.
    pub id: CommandId,
    /// The fact that it made.
    pub fact: FactId,
    /// What holds it. `shown_only` is no acknowledgement: keep offering it.
    pub holds: Holds,
    /// Its place, once recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// What holds an accepted command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Screens alone: no disk took it. Keep offering it.
    ShownOnly,
    /// This instance's own durable file.
    Spooled,
    /// The journal.
    Recorded,
}

impl Holds {
    /// Whether the sender may stop offering it.
    #[must_use]
    pub fn is_durable(self) -> bool {
        match self {
            Self::ShownOnly => false,
            Self::Spooled | Self::Recorded => true,
        }
    }
}

/// Who the server takes the client for (A5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct You {
    /// The principal.
    pub principal: Principal,
    /// The name that the directory has for it.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its district.
    pub district: DistrictId,
    /// What it is shown.
    pub audience: Audience,
    /// What its sign-in is good for.
    pub standing: Standing,
    /// The room that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// A campus that a client may follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampusName {
    /// Its id.
    pub id: CampusId,
    /// Its name.
    pub name: String,
    /// Whether this person may call lock-down there (A2, P5).
    pub may_lock_down: bool,
}
