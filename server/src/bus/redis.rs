//! The bus over Redis: one channel for each campus.
//!
//! Redis is believed nothing. What passes is sealed with the school's key for its campus
//! ([`Keys::bus`]), so that Redis, and whoever else uses it, can neither read a word nor make one,
//! nor move one to another campus; they can lose, hold back and repeat words, which the bus
//! promises nothing about. Nor is it waited for: words lie in bounded [`lanes`] until one task,
//! which owns the connections ([`life`]), says them. In a cluster each campus's words pass on one
//! node alone ([`nodes`]).

mod ears;
mod lanes;
mod life;
mod nodes;
mod way;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lockstep_proto::timeline::LogId;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::{Bus, Heard, InstanceId, Word};
use crate::keys::Keys;
use crate::telemetry::metric::{BUS_DROPPED, BUS_JOINED};

use ears::Ears;
use lanes::{Kind, Lanes, Waiting};
use life::Gone;

pub use ears::WORD_MAX;
pub use lanes::{LANE_BYTES_MAX, LANE_MAX};
pub use way::{AddressError, RedisServer, WAITING_MAX};

/// How often it is said at most that Redis is still away.
const COMPLAIN_EVERY: Duration = Duration::from_secs(30);

/// Whether words pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// A beat went through Redis and came back.
    Joined,
    /// None does.
    Away {
        /// Since when.
        since: Instant,
    },
}

/// One instance's end of the bus over Redis. It ends with its owner.
pub struct RedisBus {
    shared: Arc<Shared>,
    _lives: AbortOnDropHandle<()>,
}

/// What its owner and its task share.
struct Shared {
    me: InstanceId,
    keys: Arc<Keys>,
    lanes: Lanes,
    ears: Ears,
    health: watch::Sender<Health>,
    /// For people: where Redis is.
    shown: String,
    complained: Mutex<Option<Instant>>,
}

impl RedisBus {
    /// Begins to reach a server, for as long as it takes. Runs on the caller's runtime.
    #[must_use]
    pub fn start(server: RedisServer, keys: Arc<Keys>) -> Arc<Self> {
        let me = InstanceId::new();
        let since = Instant::now();
        let shared = Arc::new(Shared {
            me,
            ears: Ears::new(me, Arc::clone(&keys)),
            keys,
            lanes: Lanes::default(),
            health: watch::Sender::new(Health::Away { since }),
            shown: server.shown(),
            complained: Mutex::default(),
        });
        let lives = tokio::spawn(life::run(Arc::clone(&shared), server));
        Arc::new(Self {
            shared,
            _lives: AbortOnDropHandle::new(lives),
        })
    }

    /// Who it speaks for.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.shared.me
    }

    /// Whether words pass, now.
    #[must_use]
    pub fn health(&self) -> Health {
        *self.shared.health.borrow()
    }

    /// Whether words pass, now and whenever that changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Health> {
        self.shared.health.subscribe()
    }

    /// How many words wait to be said, and their bytes: [`LANE_MAX`] and [`LANE_BYTES_MAX`] for
    /// each of two lanes at most.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        self.shared.lanes.size()
    }
}

impl Bus for RedisBus {
    fn say(&self, log: &LogId, word: Word) {
        let Some(sealed) = ears::seal(&self.shared.keys, self.shared.me, log, &word) else {
            metrics::counter!(BUS_DROPPED, "why" => "unsaid").increment(1);
            return;
        };
        let lost = self.shared.lanes.put(Waiting {
            kind: Kind::of(&word),
            log: log.clone(),
            sealed,
            since: Instant::now(),
        });
        if lost > 0 {
            metrics::counter!(BUS_DROPPED, "why" => "unsaid").increment(lost);
        }
    }

    fn is_joined(&self) -> bool {
        match self.health() {
            Health::Joined => true,
            Health::Away { .. } => false,
        }
    }

    fn hear(&self, log: &LogId) -> mpsc::Receiver<Heard> {
        self.shared.ears.add(log)
    }
}

impl Shared {
    /// A beat came back.
    fn joined(&self) {
        metrics::gauge!(BUS_JOINED).set(1.0);
        let changed = self.health.send_if_modified(|health| {
            let changed = *health != Health::Joined;
            *health = Health::Joined;
            changed
        });
        if changed {
            tracing::info!(redis = %self.shown, "other instances can be heard");
        }
    }

    /// A life ended, or never began. Answers whether words passed in it.
    fn left(&self, gone: &Gone) -> bool {
        metrics::gauge!(BUS_JOINED).set(0.0);
        let was_joined = self.health.send_if_modified(|health| match health {
            Health::Joined => {
                let since = Instant::now();
                *health = Health::Away { since };
                true
            }
            Health::Away { .. } => false,
        });
        let mut last = self
            .complained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if was_joined || last.is_none_or(|last| last.elapsed() >= COMPLAIN_EVERY) {
            *last = Some(Instant::now());
            tracing::warn!(
                redis = %self.shown, why = %gone,
                "other instances cannot be heard: what they do shows here as soon as it is read \
                 from the journal. Trying on"
            );
        }
        was_joined
    }
}
