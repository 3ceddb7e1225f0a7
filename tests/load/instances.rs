//! Two instances over PostgreSQL and Redis, and clients of both: how long from a call on one
//! until the last screen of both has it, how soon the clients of a killed one are on the other,
//! and how soon everybody is back who comes back at once.
//!
//! Clients, database and Redis run on the same machine: load included. Prints its figures and
//! asserts nothing but that nobody was lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark may panic"
)]

mod clients;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lockstep_proto::command::Command;
use lockstep_proto::screen::Screen;
use lockstep_tests::{
    Http, Postgres, Redis, Server, Socket, calls_on_screen, connect, request, subscribe,
};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use clients::{AUTHORS, BETWEEN_CALLS, CAMPUS, argument, print, room_tokens};

/// How long anything may take before somebody is lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Within how long clients whose connection broke come back, spread over it.
const JITTER_MS: u64 = 1_000;
/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let of_each = argument("--clients", 5_000);
    let calls = argument("--calls", 50);
    let mut world = World::start();
    let counted: Arc<Counted> = Arc::default();
    let (leave, left) = watch::channel(0_u64);
    let tokens = room_tokens(&world.one, 2 * of_each);
    for (number, token) in tokens.into_iter().enumerate() {
        let mut servers = [world.one.url.clone(), world.two.url.clone()];
        servers.rotate_left(number % 2);
        let wait = Duration::from_millis(number as u64 * 7_919 % JITTER_MS);
        let counted = Arc::clone(&counted);
        tokio::spawn(follow(servers, token, wait, counted, left.clone()));
    }
    let all = 2 * of_each as u64;
    let took = counted.until("connected", &counted.following, all).await;
    println!("clients                  {of_each} on each of two instances, in {took:?}");
    each_way(&world, &counted, all, calls).await;
    kill_one(&mut world, &counted, all).await;
    everybody_comes_back(&world, &counted, &leave, all).await;
}

struct World {
    one: Server,
    two: Server,
    postgres: Postgres,
    database: String,
    _redis: Redis,
}

impl World {
    fn start() -> Self {
        // As durable as a school's would be.
        let postgres = Postgres::start("-c fsync=on");
        let redis = Redis::start(&[]);
        let database = postgres.database();
        let url = postgres.url(&database, "owner");
        let env = [
            ("LOCKSTEP_DATABASE_URL", url.as_str()),
            ("LOCKSTEP_REDIS_URL", &redis.url()),
        ];
        let one = Server::start_with(&[], &env);
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).expect("its keys");
        let key = "master.key";
        std::fs::copy(one.data().join("keys").join(key), keys.join(key)).expect("the key");
        let two = Server::start_on(folder, &env);
        Self {
            one,
            two,
            postgres,
            database,
            _redis: redis,
        }
    }

    /// Scans of tables and indexes that the database has counted.
    fn scans(&self) -> i64 {
        let count = "SELECT sum(seq_scan + coalesce(idx_scan, 0)) FROM pg_stat_user_tables";
        let count = self.postgres.run(&self.database, count);
        count.trim().parse().expect("a count")
    }
}

/// What the clients have seen.
#[derive(Default)]
struct Counted {
    /// Those that follow now.
    following: AtomicU64,
    /// Those that have shown the call that is timed.
    shown: AtomicU64,
    changed: Notify,
}

impl Counted {
    /// Waits until so many are counted, and answers how long that took.
    async fn until(&self, what: &str, counter: &AtomicU64, wanted: u64) -> Duration {
        let began = Instant::now();
        let until = async {
            while counter.load(Ordering::SeqCst) < wanted {
                self.changed.notified().await;
            }
        };
        if timeout(PATIENCE, until).await.is_err() {
            let there = counter.load(Ordering::SeqCst);
            panic!("{what}: {there} of {wanted} after {PATIENCE:?}");
        }
        began.elapsed()
    }

    fn add(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }
}

/// Calls on one instance and on the other, in turn.
async fn each_way(world: &World, counted: &Counted, all: u64, calls: usize) {
    let ways = [&world.one, &world.two]
        .map(|server| AUTHORS.map(|author| Http::with(&server.url, &world.one.token(author))));
    let mut last = [Vec::new(), Vec::new()];
    for call in 0..calls {
        let way = call % 2;
        let author = &ways[way][call % AUTHORS.len()];
        let (reason, place) = (None, None);
        let command = request(Command::CallLockDown { reason, place });
        counted.shown.store(0, Ordering::SeqCst);
        let began = Instant::now();
        let answer = author.send(CAMPUS, &command);
        let shown = counted.until("shown", &counted.shown, all);
        let (answer, _) = tokio::join!(answer, shown);
        let _ = answer.accepted();
        last[way].push(began.elapsed());
        tokio::time::sleep(BETWEEN_CALLS).await;
    }
    let [one, two] = &mut last;
    print("call on one, last of both", one);
    print("call on two, last of both", two);
    println!("screens that missed one  0 of {}", all * calls as u64);
}

/// Kills the first with -9: its clients go to the other.
async fn kill_one(world: &mut World, counted: &Counted, all: u64) {
    let began = Instant::now();
    world.one.kill();
    // They have to notice first.
    while counted.following.load(Ordering::SeqCst) == all {
        counted.changed.notified().await;
    }
    counted.until("moved", &counted.following, all).await;
    println!(
        "one killed with -9       all of its {} clients follow the other after {:?}",
        all / 2,
        began.elapsed()
    );
}

/// Everybody drops their connection at once, and comes back to the one that is left.
async fn everybody_comes_back(
    world: &World,
    counted: &Counted,
    leave: &watch::Sender<u64>,
    all: u64,
) {
    let before = world.scans();
    let began = Instant::now();
    counted.following.store(0, Ordering::SeqCst);
    leave.send_modify(|times| *times += 1);
    counted.until("back", &counted.following, all).await;
    let took = began.elapsed();
    // What the instance reads by itself each second is among them.
    let during = world.scans() - before;
    println!("everybody at once        {all} back after {took:?}");
    println!(
        "database scans meanwhile {during}, of all tables: {:.4} a client",
        during as f64 / all as f64
    );
    println!(
        "memory of the server     {} MiB with {all} clients",
        world.two.memory() >> 20
    );
}

/// A client for as long as it takes: it counts the calls that it is shown, and comes back, to the
/// other server first, when its connection ends.
async fn follow(
    servers: [String; 2],
    token: String,
    wait: Duration,
    counted: Arc<Counted>,
    mut left: watch::Receiver<u64>,
) {
    let mut raises = 0;
    for server in servers.iter().cycle() {
        let made = timeout(CONNECT_WITHIN, connect(server, &token)).await;
        let Ok(Ok(mut socket)) = made else { continue };
        if subscribe(&mut socket, CAMPUS, &Screen::default())
            .await
            .is_err()
        {
            continue;
        }
        let mut follows = false;
        tokio::select! {
            () = listen(&mut socket, &counted, &mut raises, &mut follows) => {
                if follows {
                    counted.following.fetch_sub(1, Ordering::SeqCst);
                    counted.changed.notify_one();
                }
                tokio::time::sleep(wait).await;
            }
            _ = left.changed() => {}
        }
    }
}

/// Until the connection ends.
async fn listen(socket: &mut Socket, counted: &Counted, raises: &mut u64, follows: &mut bool) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        if text.contains("\"type\":\"pulse\"") {
            if !std::mem::replace(follows, true) {
                counted.add(&counted.following);
            }
        } else {
            let now = calls_on_screen(&text);
            if now > *raises {
                *raises = now;
                counted.add(&counted.shown);
            }
        }
    }
}
