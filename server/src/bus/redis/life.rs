//! One life of the way to the others: two connections, one that hears and one that says, and a
//! beat that goes out on the one and must come back on the other.
//!
//! A socket tells nothing: a frozen server keeps it open for minutes. So only the beat says
//! whether the way is there, and what is said meanwhile neither waits for it nor ends it. When
//! anything is wrong, both connections are dropped and a new life begins, without an end to the
//! tries.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use redis::RedisError;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

use super::Shared;
use super::ears::channel;
use super::way::{Meter, Mouth, RedisServer};
use crate::telemetry::metric::{BUS_LATE, BUS_SAID};

/// How long an answer is waited for.
const ANSWER_WITHIN: Duration = Duration::from_millis(250);
/// How long a connection may take to be there, TLS and sign-in with it. Nobody waits for it.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How often the heart beats.
const BEAT_EVERY: Duration = Duration::from_millis(500);
/// A way on which no beat came back for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(2);
/// The shortest wait between two lives, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Channels that are subscribed to at once.
const CHANNELS_AT_ONCE: usize = 128;

/// Why a life ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Gone {
    #[error("no connection within a second")]
    Unreachable,
    #[error("channels were not subscribed to in time")]
    Unsubscribed,
    #[error("no beat came back for two seconds")]
    Silent,
    #[error("the connection ended")]
    Ended,
    #[error("{0}")]
    Redis(#[from] RedisError),
}

/// Lives, again and again.
pub(super) async fn run(shared: Arc<Shared>, server: RedisServer) {
    let mut pause = PAUSE.0;
    loop {
        let began = Instant::now();
        let Err(gone) = live(&shared, &server).await;
        let was_joined = shared.left(&gone);
        pause = if was_joined && began.elapsed() > GONE_AFTER {
            PAUSE.0
        } else {
            (pause * 2).min(PAUSE.1)
        };
        sleep(jittered(pause)).await;
    }
}

/// Half of it to all of it, so that instances do not all come back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let of_a_thousand = u32::from(Uuid::new_v4().as_fields().1) % 500 + 500;
    pause * of_a_thousand / 1_000
}

async fn live(shared: &Shared, server: &RedisServer) -> Result<Infallible, Gone> {
    let connected = timeout(CONNECT_WITHIN, server.to_hear()).await;
    let (subscription, meter) = connected.map_err(|_| Gone::Unreachable)??;
    let connected = timeout(CONNECT_WITHIN, server.to_say()).await;
    let mouth = connected.map_err(|_| Gone::Unreachable)??;
    let (mut asking, coming) = subscription.split();
    let life = Life::new(shared);
    let mut known = BTreeSet::new();
    life.listen(&mut asking, &mut known).await?;
    // Last of all: once a beat comes back, everything else is subscribed to as well.
    life.subscribe(&mut asking, std::slice::from_ref(&life.channel))
        .await?;
    *life.back() = Instant::now();
    tokio::select! {
        gone = life.listen_on(asking, known) => gone,
        gone = life.hear(coming, &meter) => gone,
        gone = life.say(&mouth) => gone,
        gone = life.beat(&mouth) => gone,
    }
}

struct Life<'a> {
    shared: &'a Shared,
    /// Where its own heart is heard, and by nobody else.
    channel: String,
    /// When a beat came back.
    back: Mutex<Instant>,
}

impl<'a> Life<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            channel: format!("lockstep:1:beat:{}", Uuid::new_v4()),
            back: Mutex::new(Instant::now()),
        }
    }

    fn back(&self) -> MutexGuard<'_, Instant> {
        self.back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to what is not subscribed to yet.
    async fn listen(
        &self,
        asking: &mut PubSubSink,
        known: &mut BTreeSet<String>,
    ) -> Result<(), Gone> {
        let missing = self.shared.ears.missing(known);
        for some in missing.chunks(CHANNELS_AT_ONCE) {
            self.subscribe(asking, some).await?;
        }
        known.extend(missing);
        Ok(())
    }

    async fn subscribe(&self, asking: &mut PubSubSink, some: &[String]) -> Result<(), Gone> {
        match timeout(GONE_AFTER, asking.subscribe(some)).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Gone::Unsubscribed),
        }
    }

    /// Listens to whoever is new.
    async fn listen_on(
        &self,
        mut asking: PubSubSink,
        mut known: BTreeSet<String>,
    ) -> Result<Infallible, Gone> {
        loop {
            self.shared.ears.more.notified().await;
            self.listen(&mut asking, &mut known).await?;
        }
    }

    async fn hear(&self, mut coming: PubSubStream, meter: &Meter) -> Result<Infallible, Gone> {
        loop {
            let message = match coming.next().now_or_never() {
                Some(message) => message,
                None => {
                    meter.took_all();
                    coming.next().await
                }
            };
            let message = message.ok_or(Gone::Ended)?;
            let (channel, payload) = (message.get_channel_name(), message.get_payload_bytes());
            if channel == self.channel {
                *self.back() = Instant::now();
                self.shared.joined();
            } else {
                self.shared.ears.take(channel, payload);
            }
            meter.took(channel.len() + payload.len());
        }
    }

    /// Says what waits. An answer that does not come in time is not waited for: the beat tells
    /// whether the way is there.
    async fn say(&self, mouth: &Mouth) -> Result<Infallible, Gone> {
        let mut connection = mouth.connection.clone();
        loop {
            let batch = self.shared.lanes.next().await;
            let mut words = redis::pipe();
            for waiting in &batch {
                let word = words.cmd("PUBLISH").arg(channel(&waiting.log));
                word.arg(&waiting.sealed[..]).ignore();
            }
            let count = batch.len().try_into().unwrap_or(u64::MAX);
            match timeout(ANSWER_WITHIN, words.query_async::<()>(&mut connection)).await {
                Ok(answer) => {
                    answer?;
                    mouth.meter.took_all();
                    metrics::counter!(BUS_SAID).increment(count);
                }
                Err(_) => metrics::counter!(BUS_LATE).increment(count),
            }
        }
    }

    async fn beat(&self, mouth: &Mouth) -> Result<Infallible, Gone> {
        let mut connection = mouth.connection.clone();
        let mut every = interval(BEAT_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if self.back().elapsed() > GONE_AFTER {
                return Err(Gone::Silent);
            }
            let mut beat = redis::cmd("PUBLISH");
            beat.arg(&self.channel).arg("");
            let answer = timeout(ANSWER_WITHIN, beat.query_async::<()>(&mut connection)).await;
            // One that does not come is one more that does not come back.
            answer.unwrap_or(Ok(()))?;
            mouth.meter.took_all();
        }
    }
}
