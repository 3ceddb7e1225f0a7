//! The bus's promises, over every backend; and beside them, what only a server between the
//! instances can do to them.

mod address;
mod away;
mod cluster;
mod lies;
mod promises;

use std::sync::Arc;
use std::time::{Duration, Instant};

use lockstep_proto::id::DistrictId;
use lockstep_proto::position::Position;
use lockstep_proto::timeline::LogId;
use lockstep_server::bus::memory::MemoryNetwork;
use lockstep_server::bus::redis::{Health, RedisBus, RedisServer};
use lockstep_server::bus::{Bus, Heard, Word};
use lockstep_server::keys::Keys;
use lockstep_tests::Redis;
use tokio::sync::mpsc::Receiver;
use tokio::time::{interval, timeout};
use uuid::Uuid;

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Words pass again so soon after the return of what is between the instances.
const BACK_WITHIN: Duration = Duration::from_secs(3);

/// A district that no other test speaks of.
fn some_district() -> DistrictId {
    format!("d{}", Uuid::new_v4().simple()).parse().unwrap()
}

fn log_of(district: &DistrictId, campus: &str) -> LogId {
    LogId::campus(district.clone(), campus.parse().unwrap())
}

/// The channel of a campus, as everybody on Redis sees it.
fn channel(log: &LogId) -> String {
    format!("lockstep:1:{{{log}}}")
}

fn stands(seq: u64) -> Word {
    Word::Stands(Position { epoch: 1, seq })
}

/// A number that nothing else in the test says.
fn unheard() -> u64 {
    u64::from(Uuid::new_v4().as_fields().0) + (1 << 40)
}

async fn next(heard: &mut Receiver<Heard>) -> Word {
    let next = timeout(PATIENCE, heard.recv()).await;
    next.expect("heard in time").expect("somebody listens").word
}

/// An instance on a server, whether or not that is there.
fn instance(url: &str) -> Arc<RedisBus> {
    of_school(url, 7)
}

fn of_school(url: &str, key: u8) -> Arc<RedisBus> {
    let keys = Arc::new(Keys::from_master([key; 32]));
    RedisBus::start(RedisServer::at(url, None).unwrap(), keys)
}

async fn until(bus: &RedisBus, joined: bool) {
    let mut health = bus.watch();
    let is = health.wait_for(|health| matches!(health, Health::Joined) == joined);
    timeout(PATIENCE, is).await.expect("in time").unwrap();
}

async fn joined(url: &str) -> Arc<RedisBus> {
    let bus = instance(url);
    until(&bus, true).await;
    bus
}

/// Says a word again and again until it is heard, as its owner would; answers how long that took.
async fn until_heard(from: &dyn Bus, log: &LogId, heard: &mut Receiver<Heard>) -> Duration {
    while heard.try_recv().is_ok() {}
    let began = Instant::now();
    let seq = unheard();
    let mut again = interval(Duration::from_millis(20));
    let passed = async {
        loop {
            tokio::select! {
                _ = again.tick() => from.say(log, stands(seq)),
                word = heard.recv() => {
                    if word.is_some_and(|heard| heard.word == stands(seq)) {
                        return;
                    }
                }
            }
        }
    };
    timeout(PATIENCE, passed).await.expect("heard in time");
    began.elapsed()
}

/// Prints what was measured beside its bound, and holds it to that.
fn bounded(what: &str, mut took: Vec<Duration>, bound: Duration) {
    took.sort();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "{what}: median {median:?}, worst {worst:?} of {}, bound {bound:?}",
        took.len()
    );
    assert!(worst <= bound, "{what}: {worst:?}");
}

/// Three instances of one school.
struct Bench {
    buses: [Arc<dyn Bus>; 3],
    district: DistrictId,
}

impl Bench {
    fn memory() -> Self {
        let network = MemoryNetwork::new();
        let join = || Arc::new(network.join()) as Arc<dyn Bus>;
        Self {
            buses: [join(), join(), join()],
            district: some_district(),
        }
    }

    /// On the server that tests share.
    async fn redis() -> Self {
        let url = Redis::shared().url();
        Self::at([&url, &url, &url]).await
    }

    /// On the cluster that tests share, which each enters by another of its nodes.
    async fn cluster() -> Self {
        let urls = [0, 1, 2].map(|n| cluster::SHARED.node(n).url());
        Self::at([&urls[0], &urls[1], &urls[2]]).await
    }

    async fn at([one, two, three]: [&str; 3]) -> Self {
        Self {
            buses: [joined(one).await, joined(two).await, joined(three).await],
            district: some_district(),
        }
    }

    fn log(&self, campus: &str) -> LogId {
        log_of(&self.district, campus)
    }

    /// Listens, and comes back once words pass from the first instance.
    async fn hear(&self, at: usize, log: &LogId) -> Receiver<Heard> {
        let mut heard = self.buses[at].hear(log);
        until_heard(&*self.buses[0], log, &mut heard).await;
        self.settle(log, [&mut heard]).await;
        heard
    }

    /// Waits until everything is heard that the first instance has said of a campus so far.
    async fn settle<const N: usize>(&self, log: &LogId, listening: [&mut Receiver<Heard>; N]) {
        let last = stands(unheard());
        self.buses[0].say(log, last.clone());
        for heard in listening {
            while next(heard).await != last {}
        }
    }
}

/// Runs each promise over each backend.
macro_rules! over_every_backend {
    ($($promise:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::bus::Bench::memory()).await;
            })*
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::bus::Bench::redis().await).await;
            })*
        }
        mod cluster {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(crate::bus::Bench::cluster().await).await;
            })*
        }
    };
}
use over_every_backend;
