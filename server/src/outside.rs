//! The way out of the building: how somebody is told of a duty who is at no screen.
//!
//! Owns the seam alone. What is due, to whom and over which of their ways, the rules say; what
//! became of it is a fact that the campus task keeps. Nothing here decides, repeats, or keeps
//! anything, and no drill ever comes here: a drill opens no duty (D1). The screens are not
//! behind this seam: they are the first way of everybody, and the hub knows who has one.

use async_trait::async_trait;
use lockstep_proto::duty::{DutyKind, Outcome};
use lockstep_proto::id::{CampusId, DistrictId, FactId, PersonId};

/// What somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The attempt, as the timeline will name it: the same on every instance and after every
    /// restart, so that a channel, or whoever is behind it, can drop what it has sent already.
    pub id: FactId,
    /// The tenant.
    pub district: DistrictId,
    /// Where.
    pub campus: CampusId,
    /// The duty.
    pub duty: FactId,
    /// What it is.
    pub kind: DutyKind,
    /// Whom.
    pub person: PersonId,
    /// Which of their addresses, from 0, in the order of the directory.
    pub address: usize,
    /// What to say, in words for people.
    pub say: String,
}

/// Channels out of the building.
///
/// # Promises
///
/// - **One answer.** [`Outcome::Sent`] means that the channel took it, and nothing more: that
///   somebody read it is for them to say. Whatever else happens is [`Outcome::NotReached`].
/// - **Never twice by itself.** A channel does not repeat: the rules do, over the next way.
///   Asked twice with the same id, which a kill between the sending and the record brings
///   about, it may send twice. Two notices are better than none (E4).
/// - **Loss.** A notice that was being sent when the process died is tried again, for there is
///   no fact of it; one that was sent and lost behind the channel is what repeating is for.
/// - **In time.** The caller waits for two seconds at most and takes silence for
///   [`Outcome::NotReached`]; what is still under way is dropped then. Nothing waits meanwhile:
///   each send is a task of its own, a campus has 32 at once at most, and what finds no place
///   is tried at the next look, a quarter of a second later.
/// - **No blocking.** A channel awaits; it never blocks its thread. If it panics, that is
///   [`Outcome::NotReached`] and costs nobody anything.
#[async_trait]
pub trait Outside: Send + Sync + 'static {
    /// Sends a notice.
    async fn send(&self, notice: Notice) -> Outcome;
}

/// No channel out of the building is set up: there are the screens alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScreensOnly;

#[async_trait]
impl Outside for ScreensOnly {
    async fn send(&self, _notice: Notice) -> Outcome {
        Outcome::NotReached
    }
}
