//! Who listens here, and what becomes of a word that comes in.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lockstep_proto::timeline::LogId;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::super::{HEARD_MAX, Heard, InstanceId, Word};
use crate::keys::{Keys, Sealer};
use crate::telemetry::metric::{BUS_DROPPED, BUS_HEARD};

/// The largest word, sealed: twice the largest frame.
pub const WORD_MAX: usize = 128 * 1024;
/// How often it is said at most that somebody says what is not ours.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// The channel of a campus. The braces keep it in one slot of a cluster.
pub(super) fn channel(log: &LogId) -> String {
    format!("lockstep:1:{{{log}}}")
}

/// What is sealed.
#[derive(Serialize)]
struct Saying<'a> {
    from: InstanceId,
    word: &'a Word,
}

/// What was sealed.
#[derive(Deserialize)]
struct Said {
    from: InstanceId,
    word: Word,
}

/// A word as it passes; none if it is too large for the others to take.
pub(super) fn seal(keys: &Keys, from: InstanceId, log: &LogId, word: &Word) -> Option<Vec<u8>> {
    let bytes = serde_json::to_vec(&Saying { from, word }).ok()?;
    let sealed = keys.bus(&log.district).seal(log, bytes)?;
    (sealed.len() <= WORD_MAX).then_some(sealed)
}

/// Why a word that came in is not passed on.
#[derive(Debug, Clone, Copy)]
enum Dropped {
    /// Nobody listens there.
    Unheard,
    /// It is larger than any of ours.
    Large,
    /// It was not sealed with our key for this campus.
    Sealed,
    /// It is sealed, and this release does not know it.
    Unknown,
    /// Who listens is behind.
    Full,
}

impl Dropped {
    fn name(self) -> &'static str {
        match self {
            Self::Unheard => "unheard",
            Self::Large => "large",
            Self::Sealed => "sealed",
            Self::Unknown => "unknown",
            Self::Full => "full",
        }
    }
}

struct Ear {
    log: LogId,
    sealer: Sealer,
    listener: mpsc::Sender<Heard>,
}

/// Who listens here, by channel.
pub(super) struct Ears {
    me: InstanceId,
    keys: Arc<Keys>,
    by_channel: Mutex<HashMap<String, Ear>>,
    complained: Mutex<Option<Instant>>,
    /// Somebody new listens.
    pub(super) more: Notify,
}

impl Ears {
    pub(super) fn new(me: InstanceId, keys: Arc<Keys>) -> Self {
        Self {
            me,
            keys,
            by_channel: Mutex::default(),
            complained: Mutex::default(),
            more: Notify::new(),
        }
    }

    /// Listens to a campus, in place of who listened before.
    pub(super) fn add(&self, log: &LogId) -> mpsc::Receiver<Heard> {
        let (listener, heard) = mpsc::channel(HEARD_MAX);
        let ear = Ear {
            log: log.clone(),
            sealer: self.keys.bus(&log.district),
            listener,
        };
        self.by_channel().insert(channel(log), ear);
        self.more.notify_one();
        heard
    }

    /// Every channel that somebody listens to and that is not among `known`.
    pub(super) fn missing(&self, known: &BTreeSet<String>) -> Vec<String> {
        let mut ears = self.by_channel();
        ears.retain(|_, ear| !ear.listener.is_closed());
        let channels = ears.keys().filter(|channel| !known.contains(*channel));
        channels.cloned().collect()
    }

    /// Passes on what came in, if it is a word of another instance.
    pub(super) fn take(&self, channel: &str, sealed: &[u8]) {
        if let Err(why) = self.pass(channel, sealed) {
            self.dropped(why);
        }
    }

    fn pass(&self, channel: &str, sealed: &[u8]) -> Result<(), Dropped> {
        let ears = self.by_channel();
        let ear = ears.get(channel).ok_or(Dropped::Unheard)?;
        if sealed.len() > WORD_MAX {
            return Err(Dropped::Large);
        }
        let bytes = ear.sealer.open(&ear.log, sealed).ok_or(Dropped::Sealed)?;
        let Said { from, word } = serde_json::from_slice(&bytes).map_err(|_| Dropped::Unknown)?;
        if from == self.me {
            return Ok(());
        }
        match ear.listener.try_send(Heard { from, word }) {
            Ok(()) => {
                metrics::counter!(BUS_HEARD).increment(1);
                Ok(())
            }
            Err(TrySendError::Full(_)) => Err(Dropped::Full),
            Err(TrySendError::Closed(_)) => Err(Dropped::Unheard),
        }
    }

    fn dropped(&self, why: Dropped) {
        metrics::counter!(BUS_DROPPED, "why" => why.name()).increment(1);
        let theirs = match why {
            // Nothing is wrong with what was said.
            Dropped::Unheard | Dropped::Full => false,
            Dropped::Large | Dropped::Sealed | Dropped::Unknown => true,
        };
        let mut last = self
            .complained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if theirs && last.is_none_or(|last| last.elapsed() >= COMPLAIN_EVERY) {
            *last = Some(Instant::now());
            tracing::warn!(
                why = why.name(),
                "dropped what is no word of ours: do all instances have the same master.key and \
                 release, and who else uses this Redis?"
            );
        }
    }

    fn by_channel(&self) -> MutexGuard<'_, HashMap<String, Ear>> {
        self.by_channel
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
