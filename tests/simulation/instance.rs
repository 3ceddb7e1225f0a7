//! One real instance: its campus task, its own spool in its own folder, its ends of the journal
//! and of the bus, in a runtime of its own. To kill it is to drop the runtime: nothing in it
//! finishes anything. Its clock stands still but where the simulation moves it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::role::Audience;
use lockstep_proto::timeline::LogId;
use lockstep_server::bus::memory::{MemoryBus, MemoryNetwork};
use lockstep_server::campus::registry::Registry;
use lockstep_server::campus::{Handle, Seen};
use lockstep_server::clock::SharedClock;
use lockstep_server::journal::memory::MemoryJournal;
use lockstep_server::keys::Keys;
use lockstep_server::spool::{SIZE_MIN, Spool};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::school::{district, north};

/// How often a task has its turn before it is taken to have nothing more to do.
const TURNS: usize = 12;

/// What a kill leaves.
pub(crate) struct Instance {
    pub(crate) life: Option<Life>,
    folder: TempDir,
    /// Its disk is full: no raise finds room in its spool.
    is_full: bool,
}

/// From a start to a kill.
pub(crate) struct Life {
    // First, so that what runs is dropped before what it stands on.
    runtime: Runtime,
    pub(crate) campus: Handle,
    pub(crate) spool: Arc<Spool>,
    is_full: bool,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) bus: MemoryBus,
    _registry: Arc<Registry>,
}

impl Instance {
    pub(crate) fn new(is_full: bool) -> Self {
        Self {
            life: None,
            folder: folder(),
            is_full,
        }
    }

    /// Starts, unless its journal is away.
    pub(crate) fn start(
        &mut self,
        journal: MemoryJournal,
        network: &MemoryNetwork,
        clock: SharedClock,
        directory: &Directory,
    ) {
        let spool = Arc::new(Spool::open(self.folder.path(), SIZE_MIN).unwrap());
        if self.is_full {
            fill(&spool);
        }
        let mut spooled: BTreeMap<LogId, Vec<Stamped>> = BTreeMap::new();
        for (log, stamped) in spool.all() {
            spooled.entry(log).or_default().push(stamped);
        }
        let (journal, bus) = (Arc::new(journal), network.join());
        let keys = Arc::new(Keys::from_master([7; 32]));
        let registry = Registry::new(journal.clone(), Arc::clone(&spool), clock, keys);
        let registry = Arc::new(registry.with_bus(Arc::new(bus.clone())));
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().unwrap();
        if runtime
            .block_on(registry.put(directory, &mut spooled))
            .is_err()
        {
            return;
        }
        let campus = registry.campus(district(), &"north".parse().unwrap());
        self.life = Some(Life {
            runtime,
            campus: campus.unwrap(),
            spool,
            is_full: self.is_full,
            journal,
            bus,
            _registry: registry,
        });
    }

    /// Whether its own file has a raise, also while it is down.
    pub(crate) fn spool_holds(&self, id: FactId) -> bool {
        if let Some(life) = &self.life {
            return life.spool.holds(north(), id);
        }
        let spool = Spool::open(self.folder.path(), SIZE_MIN).unwrap();
        spool.holds(north(), id)
    }
}

/// In memory where there is such a disk: a trace writes to it at every step.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Facts of another campus that no journal has take all the room there is.
fn fill(spool: &Spool) {
    let log: LogId = "oak/elsewhere".parse().unwrap();
    for n in 0.. {
        let before = spool.usage().free;
        let mut stamped = crate::school::call_because(0, &"x".repeat(3_000));
        stamped.id = FactId::derived(stamped.id, &format!("filler {n}"));
        drop(spool.put(log.clone(), stamped));
        if spool.usage().free == before {
            return;
        }
    }
}

impl Life {
    /// Everybody here has a turn, some times over; then its disk is waited for, whose answers are
    /// heard at the next turn.
    pub(crate) fn turns(&self, n: usize) {
        self.runtime.block_on(async {
            for _ in 0..n {
                tokio::task::yield_now().await;
            }
        });
        self.wait_for_the_disk();
    }

    /// Until nothing happens any more but by time.
    pub(crate) fn settle(&self) {
        for _ in 0..3 {
            self.turns(TURNS);
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.runtime.block_on(tokio::time::advance(by));
        self.turns(TURNS / 2);
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(work)
    }

    pub(crate) fn now<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn see(&self) -> Seen {
        let campus = self.campus.clone();
        let seen = self.spawn(async move { campus.see(Audience::Responder).await });
        while !seen.is_finished() {
            self.turns(1);
        }
        // A task that is just starting again has nothing to show.
        self.now(seen).unwrap().unwrap()
    }

    /// A full one writes nothing.
    fn wait_for_the_disk(&self) {
        if self.is_full {
            return;
        }
        for (log, stamped) in self.spool.all() {
            if !self.spool.holds(&log, stamped.id) {
                // It is on its way: this waits beside whoever put it.
                block_on(self.spool.put(log, stamped)).unwrap();
            }
        }
    }
}

/// Waits outside of any runtime, whose clock would run ahead if it waited.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
