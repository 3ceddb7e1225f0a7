//! One life of the way to the others: for each node two connections, one that hears and one that
//! says, and a beat that goes out on the one and must come back on the other.
//!
//! A socket tells nothing: a frozen server keeps it open for minutes. So only the beat says
//! whether the way is there, and what is said meanwhile neither waits for it nor ends it. When
//! anything is wrong with any node, or a slot moves, all connections are dropped and a new life
//! begins with the nodes that there are then, without an end to the tries.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use redis::{Msg, Pipeline, PushInfo, PushKind, RedisError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

use super::Shared;
use super::ears::channel;
use super::nodes::{Node, nodes, slot};
use super::way::{Line, RedisServer};
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
    #[error("a part of the cluster has no node, or another than before")]
    Moved,
    #[error("no beat came back for two seconds")]
    Silent,
    #[error("the connection ended")]
    Ended,
    #[error("{0}")]
    Redis(#[from] RedisError),
}

/// Lives, again and again. Of a cluster whose named node is gone, another lets us in: each in turn,
/// the named one with them, for its name may lead to a new cluster.
pub(super) async fn run(shared: Arc<Shared>, named: RedisServer) {
    let mut pause = PAUSE.0;
    let mut others = Vec::new();
    let mut turn = 0;
    loop {
        let began = Instant::now();
        let entrance = others.get(turn).unwrap_or(&named).clone();
        let Err(gone) = live(&shared, entrance, &mut others).await;
        let was_joined = shared.left(&gone);
        pause = if was_joined && began.elapsed() > GONE_AFTER {
            PAUSE.0
        } else {
            (pause * 2).min(PAUSE.1)
        };
        // One past the others it is the named one's.
        turn = (turn + 1) % (others.len() + 1);
        sleep(jittered(pause)).await;
    }
}

/// Half of it to all of it, so that instances do not all come back in the same moment.
fn jittered(pause: Duration) -> Duration {
    let of_a_thousand = u32::from(Uuid::new_v4().as_fields().1) % 500 + 500;
    pause * of_a_thousand / 1_000
}

async fn live(
    shared: &Shared,
    entrance: RedisServer,
    others: &mut Vec<RedisServer>,
) -> Result<Infallible, Gone> {
    let nodes = connected(nodes(&entrance)).await?;
    *others = nodes.iter().map(|node| node.server.clone()).collect();
    let (coming, came) = unbounded_channel();
    let nodes = nodes.into_iter().enumerate();
    let ways = nodes.map(|(number, node)| Way::to(node, number, coming.clone()));
    let life = Life {
        shared,
        ways: try_join_all(ways).await?,
    };
    // Whoever is connected holds one: when the last is gone, nothing comes any more.
    drop(coming);
    let mut known = BTreeSet::new();
    life.listen(&mut known).await?;
    // Last of all: once a beat comes back, everything else is subscribed to as well.
    life.listen_to_beats().await?;
    tokio::select! {
        gone = life.listen_on(known) => gone,
        gone = life.hear(came) => gone,
        gone = life.say() => gone,
        gone = life.beat() => gone,
    }
}

async fn connected<T>(connects: impl Future<Output = Result<T, RedisError>>) -> Result<T, Gone> {
    let connected = timeout(CONNECT_WITHIN, connects).await;
    Ok(connected.map_err(|_| Gone::Unreachable)??)
}

/// The way over one node.
struct Way {
    node: Node,
    ear: Line,
    mouth: Line,
    /// Where its own heart is heard, and by nobody else.
    channel: String,
    back: Mutex<Back>,
}

/// When a beat came back last.
#[derive(Clone, Copy)]
struct Back {
    at: Instant,
    /// None has yet: it is the time of its beginning.
    first: bool,
}

impl Way {
    async fn to(
        node: Node,
        number: usize,
        coming: UnboundedSender<(usize, PushInfo)>,
    ) -> Result<Self, Gone> {
        let channel = node.own_channel().ok_or(Gone::Moved)?;
        let ear = connected(node.server.to_hear(number, coming)).await?;
        let mouth = connected(node.server.to_say()).await?;
        let at = Instant::now();
        Ok(Self {
            node,
            ear,
            mouth,
            channel,
            back: Mutex::new(Back { at, first: true }),
        })
    }

    fn back(&self) -> MutexGuard<'_, Back> {
        self.back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to hear, with one command for each channel: each has a confirmation of its own.
    async fn subscribe(&self, asking: Pipeline) -> Result<(), Gone> {
        if asking.is_empty() {
            return Ok(());
        }
        let mut connection = self.ear.connection.clone();
        match timeout(GONE_AFTER, asking.exec_async(&mut connection)).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Gone::Unsubscribed),
        }
    }

    /// Says words. An answer that does not come in time is not waited for: the beat tells whether
    /// the way is there.
    async fn say(&self, words: Pipeline) -> Result<(), Gone> {
        if words.is_empty() {
            return Ok(());
        }
        let count = words.len().try_into().unwrap_or(u64::MAX);
        let mut connection = self.mouth.connection.clone();
        match timeout(ANSWER_WITHIN, words.exec_async(&mut connection)).await {
            Ok(answer) => {
                answer?;
                self.mouth.meter.took_all();
                metrics::counter!(BUS_SAID).increment(count);
            }
            Err(_) => metrics::counter!(BUS_LATE).increment(count),
        }
        Ok(())
    }

    async fn beat(&self) -> Result<(), Gone> {
        if self.back().at.elapsed() > GONE_AFTER {
            return Err(Gone::Silent);
        }
        let mut connection = self.mouth.connection.clone();
        let mut beat = redis::cmd(self.node.say);
        beat.arg(&self.channel).arg("");
        let answer = timeout(ANSWER_WITHIN, beat.exec_async(&mut connection)).await;
        // One that does not come is one more that does not come back.
        answer.unwrap_or(Ok(()))?;
        self.mouth.meter.took_all();
        Ok(())
    }
}

struct Life<'a> {
    shared: &'a Shared,
    ways: Vec<Way>,
}

impl Life<'_> {
    /// The way of a channel, and what is to go by it.
    fn by_way<'w>(
        &self,
        commands: &'w mut [Pipeline],
        channel: &str,
    ) -> Result<(&Way, &'w mut Pipeline), Gone> {
        let slot = slot(channel);
        let mut ways = self.ways.iter().zip(commands);
        let found = ways.find(|(way, _)| way.node.has(slot));
        found.ok_or(Gone::Moved)
    }

    /// Subscribes to what is not subscribed to yet.
    async fn listen(&self, known: &mut BTreeSet<String>) -> Result<(), Gone> {
        let missing = self.shared.ears.missing(known);
        for some in missing.chunks(CHANNELS_AT_ONCE) {
            let mut asking = vec![Pipeline::new(); self.ways.len()];
            for channel in some {
                let (way, asking) = self.by_way(&mut asking, channel)?;
                asking.cmd(way.node.hear).arg(channel).ignore();
            }
            let ways = self.ways.iter().zip(asking);
            try_join_all(ways.map(|(way, asking)| way.subscribe(asking))).await?;
        }
        known.extend(missing);
        Ok(())
    }

    async fn listen_to_beats(&self) -> Result<(), Gone> {
        let ways = self.ways.iter();
        let each = ways.map(|way| {
            way.back().at = Instant::now();
            let mut asking = Pipeline::new();
            asking.cmd(way.node.hear).arg(&way.channel).ignore();
            way.subscribe(asking)
        });
        try_join_all(each).await.map(drop)
    }

    /// Listens to whoever is new.
    async fn listen_on(&self, mut known: BTreeSet<String>) -> Result<Infallible, Gone> {
        loop {
            self.shared.ears.more.notified().await;
            self.listen(&mut known).await?;
        }
    }

    async fn hear(
        &self,
        mut coming: UnboundedReceiver<(usize, PushInfo)>,
    ) -> Result<Infallible, Gone> {
        loop {
            let next = match coming.try_recv() {
                Ok(next) => Some(next),
                Err(_) => {
                    self.ways.iter().for_each(|way| way.ear.meter.took_all());
                    coming.recv().await
                }
            };
            let (number, push) = next.ok_or(Gone::Ended)?;
            let way = self.ways.get(number).ok_or(Gone::Ended)?;
            if push.kind == PushKind::Disconnection {
                return Err(Gone::Ended);
            }
            // Its slot is another node's now: we unsubscribe from nothing.
            if push.kind == PushKind::SUnsubscribe {
                return Err(Gone::Moved);
            }
            if let Some(message) = Msg::from_push_info(push) {
                self.take(way, &message);
            }
        }
    }

    fn take(&self, way: &Way, message: &Msg) {
        let (channel, payload) = (message.get_channel_name(), message.get_payload_bytes());
        if channel == way.channel {
            let at = Instant::now();
            *way.back() = Back { at, first: false };
            if self.ways.iter().all(|way| !way.back().first) {
                self.shared.joined();
            }
        } else {
            self.shared.ears.take(channel, payload);
        }
        way.ear.meter.took(channel.len() + payload.len());
    }

    /// Says what waits.
    async fn say(&self) -> Result<Infallible, Gone> {
        loop {
            let mut words = vec![Pipeline::new(); self.ways.len()];
            for waiting in self.shared.lanes.next().await {
                let channel = channel(&waiting.log);
                let (way, words) = self.by_way(&mut words, &channel)?;
                let word = words.cmd(way.node.say).arg(channel);
                word.arg(&waiting.sealed[..]).ignore();
            }
            let ways = self.ways.iter().zip(words);
            for said in join_all(ways.map(|(way, words)| way.say(words))).await {
                said?;
            }
        }
    }

    async fn beat(&self) -> Result<Infallible, Gone> {
        let mut every = interval(BEAT_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            for beat in join_all(self.ways.iter().map(Way::beat)).await {
                beat?;
            }
        }
    }
}
