//! What a try stands on: servers, what they depend on, and the screens that follow them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_tests::{Forwarder, Http, Island, MAY_CALL, Postgres, Redis, Server};
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::hand::{Hand, SharedTold};
use crate::provider::Provider;
use crate::rows::Kind;
use crate::screen::{Addresses, Lowered, Screen, Shown};

pub(crate) const CAMPUS: &str = "north-high";

/// Who takes part: two who call, one who may give the all clear, and one of each audience.
const CALLERS: [&str; 2] = ["person:ana.ruiz", "person:tom.becker"];
const OFFICER: &str = "person:sam.cole";
const AUDIENCES: [[&str; 3]; 2] = [
    ["device:north-n101", "person:lee.park", "person:pat.moore"],
    ["device:north-n102", "person:joy.adams", "person:dana.lind"],
];

/// How long anything may take before a try is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What several instances share, and the way of the second one to it.
pub(crate) struct Shared {
    pub(crate) database: Postgres,
    pub(crate) redis: Redis,
    pub(crate) way: Way,
    /// Asked by nobody but who signs on.
    _provider: Provider,
}

/// The way of the second instance to everything else, but for its clients.
pub(crate) enum Way {
    /// Its connections are passed on: whoever holds them sees them stay whatever is done.
    Passed {
        to_database: Forwarder,
        to_redis: Forwarder,
    },
    /// A wire between two networks, on which packets are lost and TCP has to find out.
    Wire(Arc<Island>),
}

impl Way {
    /// Nothing passes from now on, and nobody is told.
    pub(crate) fn silence(&self) {
        match self {
            Self::Passed {
                to_database,
                to_redis,
            } => {
                to_database.silence();
                to_redis.silence();
            }
            Self::Wire(island) => block_in_place(|| island.cut()),
        }
    }

    /// Everything passes again.
    pub(crate) fn open(&self) {
        match self {
            Self::Passed {
                to_database,
                to_redis,
            } => {
                to_database.open();
                to_redis.open();
            }
            Self::Wire(island) => block_in_place(|| island.mend()),
        }
    }
}

pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) tries: u32,
    screens: Vec<Screen>,
    /// None while it is gone.
    instances: Vec<Option<Server>>,
    addresses: Addresses,
    people: BTreeMap<&'static str, Http>,
    pub(crate) told: SharedTold,
    pub(crate) lowered: Arc<Mutex<Vec<Lowered>>>,
    /// The journal lost its tail, and says so.
    pub(crate) tail_lost: bool,
    shared: Option<Shared>,
    /// After the servers on it, which are gone before it is.
    pub(crate) disk: SmallDisk,
}

impl World {
    pub(crate) async fn of(kind: Kind) -> Self {
        let disk = SmallDisk::new(kind == Kind::Single);
        let (instances, shared) = match kind {
            Kind::Single => {
                let server = Server::start_on(disk.folder(), &[("LOCKSTEP_SPOOL_MIB", "1")]);
                (vec![server], None)
            }
            Kind::Pair => pair_by_forwarders().await,
            Kind::Apart => pair_by_wire(),
        };
        let addresses = instances.iter().map(|server| server.url.clone()).collect();
        let addresses: Addresses = Arc::new(RwLock::new(addresses));
        let first = &instances[0];
        let people = MAY_CALL.iter().map(|who| (*who, Http::of(first, who)));
        let people = people.collect();
        let told = SharedTold::default();
        let lowered = Arc::default();
        let mut screens = Vec::new();
        for (home, server) in instances.iter().enumerate() {
            for name in AUDIENCES[home] {
                let token = server.token(name);
                screens.push(Screen::start(
                    name, home, token, &addresses, &told, &lowered,
                ));
            }
        }
        Self {
            kind,
            tries: 0,
            screens,
            instances: instances.into_iter().map(Some).collect(),
            addresses,
            people,
            told,
            lowered,
            tail_lost: false,
            shared,
            disk,
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        self.shared.as_ref().expect("a pair shares them")
    }

    pub(crate) fn instances(&self) -> usize {
        self.instances.len()
    }

    pub(crate) fn server(&self, instance: usize) -> &Server {
        self.instances[instance].as_ref().expect("it runs")
    }

    pub(crate) fn screens(&self) -> &[Screen] {
        &self.screens
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Arc::clone(&self.addresses)
    }

    /// How many raises were acknowledged, and how many clears accepted.
    pub(crate) fn told_so_far(&self) -> [usize; 2] {
        let told = self.told.lock().unwrap();
        [told.acknowledged.len(), told.accepted_clears.len()]
    }

    /// Somebody who may call, at an instance.
    pub(crate) fn hand(&self, who: &'static str, instance: usize) -> Hand {
        let mut http = self.people[who].clone();
        http.url
            .clone_from(&self.addresses.read().unwrap()[instance]);
        Hand {
            http,
            who,
            told: Arc::clone(&self.told),
        }
    }

    /// Somebody who may call lock-down, at an instance: another at each. Nobody may call ten times
    /// in ten seconds, after which one is told to slow down (L2): the quick tries of a single
    /// server take turns, and of a pair it is who is not among those that load it.
    pub(crate) fn caller(&self, instance: usize) -> Hand {
        let who = match self.kind {
            Kind::Single => MAY_CALL[self.tries as usize % MAY_CALL.len()],
            Kind::Pair | Kind::Apart => CALLERS[instance % CALLERS.len()],
        };
        self.hand(who, instance)
    }

    /// All who may call, at an instance.
    pub(crate) fn everybody(&self, instance: usize) -> Vec<Hand> {
        MAY_CALL.map(|who| self.hand(who, instance)).to_vec()
    }

    /// The officer who may give the all clear, at an instance.
    pub(crate) fn officer(&self, instance: usize) -> Hand {
        self.hand(OFFICER, instance)
    }

    /// Kills an instance with -9.
    pub(crate) fn kill(&mut self, instance: usize) {
        let server = self.instances[instance].as_mut().expect("it runs");
        server.kill();
    }

    pub(crate) fn has_ended(&mut self, instance: usize) -> bool {
        let server = self.instances[instance].as_mut();
        server.is_none_or(Server::has_ended)
    }

    /// Starts an instance again on its folder, with another environment. What it had of one name
    /// is replaced; nothing is taken away.
    pub(crate) fn start_again(&mut self, instance: usize, env: &[(&str, &str)]) {
        let server = self.instances[instance].take().expect("it was there");
        let server = block_in_place(|| server.start_again_with(env));
        self.addresses.write().unwrap()[instance].clone_from(&server.url);
        self.instances[instance] = Some(server);
    }

    /// Waits until screens show something: all of them, or those of one instance.
    pub(crate) async fn until_screens(
        &self,
        of: Option<usize>,
        what: &str,
        shows: impl Fn(&Shown) -> bool,
    ) -> Result<Instant, String> {
        let screens = self.screens.iter();
        let screens = screens.filter(|screen| of.is_none_or(|of| screen.home == of));
        let waits = screens.map(|screen| screen.until(what, PATIENCE, &shows));
        let mut last = Instant::now();
        for (n, shown) in join_all(waits).await.into_iter().enumerate() {
            let shown = shown?;
            last = if n == 0 { shown } else { last.max(shown) };
        }
        Ok(last)
    }

    /// Whether a screen of an instance shows a raise.
    pub(crate) fn shows(&self, instance: usize, raise: FactId) -> bool {
        let mut screens = self.screens.iter().filter(|one| one.home == instance);
        screens.any(|screen| screen.shown().raises.contains_key(&raise))
    }

    /// Every screen follows its own instance, which is well.
    pub(crate) async fn is_well(&self) -> Result<(), String> {
        for screen in &self.screens {
            screen.go_home();
        }
        for screen in &self.screens {
            let at_home = |shown: &Shown| shown.on == Some(screen.home) && !shown.degraded;
            screen.until("at home, and well", PATIENCE, at_home).await?;
        }
        Ok(())
    }

    /// Lifts what is open and resumes, until every screen reads normal.
    pub(crate) async fn to_normal(&self) -> Result<(), String> {
        let officer = self.officer(0);
        let until = Instant::now() + PATIENCE;
        loop {
            let screen = officer.http.try_screen(CAMPUS).await;
            let screen = screen.ok_or("the first instance does not answer")?;
            if screen.posture() == Posture::Normal {
                break;
            }
            let (_, cleared) = officer.lower(&screen).await;
            if Instant::now() > until {
                return Err(format!("not normal within {PATIENCE:?}: {cleared:?}"));
            }
        }
        let normal = |shown: &Shown| shown.posture == Posture::Normal;
        self.until_screens(None, "normal", normal).await.map(drop)
    }

    pub(crate) fn tell_logs(&self) {
        for (n, server) in self.instances.iter().flatten().enumerate() {
            let log = server.log();
            let lines: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("the end of the log of instance {n}:");
            for line in lines.iter().rev() {
                eprintln!("  {line}");
            }
        }
    }
}

/// A folder of its own; with a small disk to fill, where one is asked for, which takes root.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(mounted: bool) -> Self {
        let at = tempfile::tempdir().expect("a folder").keep();
        if !mounted {
            return Self(at);
        }
        let options = ["-t", "tmpfs", "-o", "size=64m", "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(&at).status();
        assert!(
            mounted.is_ok_and(|done| done.success()),
            "mount: needs root"
        );
        Self(at)
    }

    fn folder(&self) -> TempDir {
        tempfile::tempdir_in(&self.0).expect("a folder on it")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Takes all of its room.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file on it");
        while file.write_all(&[1; 4096]).is_ok() {}
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        std::fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Where nothing is mounted it has nothing to do, and says so.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Two instances over one database and one Redis. The second reaches both by ways that can be cut.
async fn pair_by_forwarders() -> (Vec<Server>, Option<Shared>) {
    let database = block_in_place(|| Postgres::start(""));
    let redis = block_in_place(|| Redis::start(&[]));
    let to_database = Forwarder::to_socket(&database.socket()).await;
    let to_redis = Forwarder::to(redis.port()).await;
    let name = block_in_place(|| database.database());
    let passed = to_database.url("postgres").replace("://", "://owner@");
    let second = [format!("{passed}/{name}"), to_redis.url("redis")];
    let provider = Provider::frozen();
    let first = [database.url(&name, "owner"), redis.url()];
    let instances = pair(first, second, &provider);
    let way = Way::Passed {
        to_database,
        to_redis,
    };
    let shared = Shared {
        database,
        redis,
        way,
        _provider: provider,
    };
    (instances, Some(shared))
}

/// The same with both on an island, to which only the second has to go by the wire.
fn pair_by_wire() -> (Vec<Server>, Option<Shared>) {
    block_in_place(|| {
        let island = Arc::new(Island::rise());
        let database = Postgres::start_on(&island);
        let redis = Redis::start_on(&island);
        let name = database.database();
        let second = [database.url_by_wire(&name, "owner"), redis.url_by_wire()];
        let provider = Provider::frozen();
        let first = [database.url(&name, "owner"), redis.url()];
        let instances = pair(first, second, &provider);
        let shared = Shared {
            database,
            redis,
            way: Way::Wire(island),
            _provider: provider,
        };
        (instances, Some(shared))
    })
}

/// Two instances with one key, each with its way to the database and to Redis.
fn pair(first: [String; 2], second: [String; 2], provider: &Provider) -> Vec<Server> {
    let provider = provider.settings();
    let provider = provider.to_str().expect("a path");
    let start = |[database, redis]: [String; 2], key: Option<&Server>| {
        let env = [
            ("LOCKSTEP_DATABASE_URL", database.as_str()),
            ("LOCKSTEP_REDIS_URL", redis.as_str()),
            ("LOCKSTEP_SIGN_ON", provider),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(server) = key {
            let keys = folder.path().join("keys");
            std::fs::create_dir(&keys).expect("a folder for the key");
            let key = "keys/master.key";
            std::fs::copy(server.data().join(key), folder.path().join(key)).expect("its key");
        }
        block_in_place(|| Server::start_on(folder, &env))
    };
    let first = start(first, None);
    let second = start(second, Some(&first));
    vec![first, second]
}
