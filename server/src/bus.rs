//! The bus carries hints between instances, and owns nothing.
//!
//! # Promises of every backend
//!
//! - **Never waits.** `say` hands a word over or drops it. Raises go before everything else.
//! - **Others only.** No instance hears its own words, nor those of another district or campus.
//! - **Nothing made up.** A word was said by an instance that has the school's key.
//! - **Comes back.** However long the way between them is gone, words pass again within seconds
//!   of its return, without anybody's help.
//!
//! That is all: a word may be lost, late, repeated or out of order. So whoever says something
//! that matters says it again until the journal has it, whoever hears something looks into the
//! journal, and no clear is ever a word.

pub mod memory;
pub mod redis;

use std::collections::BTreeMap;

use lockstep_proto::fact::Stamped;
use lockstep_proto::id::{PersonId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::role::Audience;
use lockstep_proto::timeline::LogId;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Words of one campus that wait to be looked at before more are dropped.
pub const HEARD_MAX: usize = 4_096;

/// One life of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub Uuid);

impl InstanceId {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

impl Default for InstanceId {
    fn default() -> Self {
        Self::new()
    }
}

/// What one instance tells the others of a campus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A raise or a note that is shown here and that the journal does not have yet (P7).
    Shown(Box<Stamped>),
    /// Where the journal stands. What was written there is read, not said.
    Stands(Position),
    /// Who has a screen here.
    Screens(Screens),
}

/// Who has a screen on one instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screens {
    /// How many, for each room.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rooms: BTreeMap<RoomId, u32>,
    /// What each person's show.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<PersonId, Vec<Audience>>,
}

/// A word and who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who.
    pub from: InstanceId,
    /// What.
    pub word: Word,
}

/// Between the instances. See the module's promises.
pub trait Bus: Send + Sync + 'static {
    /// Tells the other instances something of a campus.
    fn say(&self, log: &LogId, word: Word);

    /// Whether words pass now, as far as is known.
    fn is_joined(&self) -> bool;

    /// What the others say of a campus from now on, in place of who listened before.
    fn hear(&self, log: &LogId) -> mpsc::Receiver<Heard>;
}

/// The bus of an instance that has no others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Bus for Alone {
    fn say(&self, _: &LogId, _: Word) {}

    fn is_joined(&self) -> bool {
        true
    }

    fn hear(&self, _: &LogId) -> mpsc::Receiver<Heard> {
        let (_, nothing) = mpsc::channel(1);
        nothing
    }
}
