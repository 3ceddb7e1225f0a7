//! The small words that every part of a report is made of: which entry, when, and who.

use lockstep_proto::Timestamp;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::{CredentialId, FactId, Principal};
use lockstep_proto::text::Words;
use lockstep_proto::timeline::Entry;
use lockstep_proto::view::Who;
use serde::{Deserialize, Serialize};

use super::input::Read;
use crate::cards::who;

/// An entry of the log, when it was accepted, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Act {
    /// Its number.
    pub seq: u64,
    /// When an instance accepted it, by the server's clock (T4).
    #[cfg_attr(
        feature = "schema",
        schemars(with = "lockstep_proto::schema::Timestamp")
    )]
    pub at: Timestamp,
    /// Who.
    pub by: Who,
}

/// An act with what was said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Said {
    /// Which entry.
    pub act: Act,
    /// In whose words; none where none were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
}

/// An entry that belongs to what is told.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) read: Read,
    pub(super) part: Part,
}

/// Where an entry stands to its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What was seen in the hour before.
    Before,
    /// From what opened it to what closed it.
    Within,
    /// What still belongs to it afterwards: duties, corrections, what came in late.
    After,
}

impl Kept {
    pub(super) fn entry(&self) -> &Entry {
        &self.read.entry
    }

    pub(super) fn stamped(&self) -> &Stamped {
        &self.read.entry.stamped
    }

    pub(super) fn id(&self) -> FactId {
        self.read.entry.stamped.id
    }

    pub(super) fn act(&self) -> Act {
        act(&self.read.entry)
    }

    pub(super) fn said(&self, words: Option<&Words>) -> Said {
        Said {
            act: self.act(),
            words: words.cloned(),
        }
    }
}

pub(super) fn act(entry: &Entry) -> Act {
    Act {
        seq: entry.seq,
        at: entry.stamped.at,
        by: who(&entry.stamped.by),
    }
}

/// Who made an entry, as the log knows them: the sign-in names the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hand {
    /// The authenticated principal (A5).
    pub principal: Principal,
    /// Their name and role, as they were then.
    pub who: Who,
    /// The sign-in, which names the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<CredentialId>,
}

pub(super) fn hand(stamped: &Stamped) -> Hand {
    Hand {
        principal: stamped.by.principal.clone(),
        who: who(&stamped.by),
        device: stamped.by.credential.clone(),
    }
}
