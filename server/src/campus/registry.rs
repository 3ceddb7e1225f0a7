//! The campuses that run on this instance, one task each.
//!
//! A task that panics is a bug; it starts again from the journal and the spool, and its
//! listeners come back by themselves.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use lockstep_proto::directory::Directory;
use lockstep_proto::fact::Stamped;
use lockstep_proto::id::{CampusId, DistrictId};
use lockstep_proto::timeline::LogId;
use lockstep_rules::Site;
use tokio_util::task::TaskTracker;

use super::task::{Ground, Task};
use super::{Handle, Mailbox};
use crate::bus::{Alone, Bus};
use crate::clock::SharedClock;
use crate::journal::{Journal, JournalError};
use crate::keys::Keys;
use crate::outside::{Outside, ScreensOnly};
use crate::spool::{Spool, Usage};

/// How long a campus that cannot be restored waits before it tries again.
const RESTORE_AGAIN: Duration = Duration::from_secs(1);

/// The campuses of every district on this instance.
pub struct Registry {
    journal: Arc<dyn Journal>,
    bus: Arc<dyn Bus>,
    spool: Arc<Spool>,
    clock: SharedClock,
    keys: Arc<Keys>,
    outside: Arc<dyn Outside>,
    running: RwLock<HashMap<LogId, Running>>,
    tasks: TaskTracker,
}

struct Running {
    handle: Handle,
    site: Arc<Site>,
}

impl Registry {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(
        journal: Arc<dyn Journal>,
        spool: Arc<Spool>,
        clock: SharedClock,
        keys: Arc<Keys>,
    ) -> Self {
        Self {
            journal,
            bus: Arc::new(Alone),
            spool,
            clock,
            keys,
            outside: Arc::new(ScreensOnly),
            running: RwLock::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// With other instances.
    #[must_use]
    pub fn with_bus(self, bus: Arc<dyn Bus>) -> Self {
        Self { bus, ..self }
    }

    /// With channels out of the building.
    #[must_use]
    pub fn with_outside(self, outside: Arc<dyn Outside>) -> Self {
        Self { outside, ..self }
    }

    /// One campus of one district. None as well where it is another district's.
    #[must_use]
    pub fn campus(&self, district: &DistrictId, campus: &CampusId) -> Option<Handle> {
        let log = LogId::campus(district.clone(), campus.clone());
        let running = self.running.read().ok()?;
        running.get(&log).map(|running| running.handle.clone())
    }

    /// Starts the campuses of a directory that do not run yet, restored from the journal and
    /// `spooled`, and tells the others what changed.
    pub async fn put(
        self: &Arc<Self>,
        directory: &Directory,
        spooled: &mut BTreeMap<LogId, Vec<Stamped>>,
    ) -> Result<(), JournalError> {
        for record in directory.campuses.values() {
            let log = LogId::campus(directory.district.id.clone(), record.id.clone());
            let site = Arc::new(Site::of(directory, record));
            let known = self.running.read().ok().and_then(|running| {
                running
                    .get(&log)
                    .map(|r| (r.handle.clone(), r.site.clone()))
            });
            match known {
                Some((_, old)) if old == site => {}
                Some((handle, _)) => {
                    self.remember(&log, handle.clone(), &site);
                    handle.site(site).await;
                }
                None => {
                    let spooled = spooled.remove(&log).unwrap_or_default();
                    self.start(log, site, spooled).await?;
                }
            }
        }
        Ok(())
    }

    /// How full the spool of this instance is.
    #[must_use]
    pub fn spool_usage(&self) -> Usage {
        self.spool.usage()
    }

    fn remember(&self, log: &LogId, handle: Handle, site: &Arc<Site>) {
        if let Ok(mut running) = self.running.write() {
            let site = Arc::clone(site);
            running.insert(log.clone(), Running { handle, site });
        }
    }

    async fn start(
        self: &Arc<Self>,
        log: LogId,
        site: Arc<Site>,
        spooled: Vec<Stamped>,
    ) -> Result<(), JournalError> {
        let task = Task::restore(self.ground(&log), Arc::clone(&site), spooled).await?;
        self.run(log, &site, task);
        Ok(())
    }

    /// Starts the campuses of a directory while the journal is away: with what the spool has.
    pub fn put_without_journal(
        self: &Arc<Self>,
        directory: &Directory,
        spooled: &mut BTreeMap<LogId, Vec<Stamped>>,
    ) {
        for record in directory.campuses.values() {
            let log = LogId::campus(directory.district.id.clone(), record.id.clone());
            let site = Arc::new(Site::of(directory, record));
            let spooled = spooled.remove(&log).unwrap_or_default();
            let task = Task::without_journal(self.ground(&log), Arc::clone(&site), spooled);
            self.run(log, &site, task);
        }
    }

    fn run(self: &Arc<Self>, log: LogId, site: &Arc<Site>, task: Task) {
        let (handle, mailbox) = Handle::new(site.record.id.clone());
        self.remember(&log, handle, site);
        self.tasks
            .spawn(Arc::clone(self).keep_running(log, task, mailbox));
    }

    fn ground(&self, log: &LogId) -> Ground {
        Ground {
            log: log.clone(),
            journal: Arc::clone(&self.journal),
            bus: Arc::clone(&self.bus),
            spool: Arc::clone(&self.spool),
            outside: Arc::clone(&self.outside),
            clock: Arc::clone(&self.clock),
            seal: self.keys.seal(&log.district),
            keys: Arc::clone(&self.keys),
        }
    }

    /// Runs a campus until it is stopped; after a panic it starts again.
    async fn keep_running(self: Arc<Self>, log: LogId, mut task: Task, mut mailbox: Mailbox) {
        loop {
            let ended = tokio::spawn(task.run(mailbox)).await;
            match ended {
                Ok(()) => return,
                Err(error) if error.is_panic() => {
                    tracing::error!(%log, "a campus task panicked; it starts again from the journal");
                }
                Err(_) => return,
            }
            let Some(site) = self.site(&log) else { return };
            let (handle, messages) = Handle::new(site.record.id.clone());
            task = self.restore_until_done(&log, &site).await;
            mailbox = messages;
            self.remember(&log, handle, &site);
        }
    }

    async fn restore_until_done(&self, log: &LogId, site: &Arc<Site>) -> Task {
        loop {
            let spooled = self
                .spool
                .all()
                .into_iter()
                .filter(|(of, _)| of == log)
                .map(|(_, stamped)| stamped)
                .collect();
            match Task::restore(self.ground(log), Arc::clone(site), spooled).await {
                Ok(task) => return task,
                Err(error) => {
                    tracing::error!(%log, %error, "a campus cannot be restored yet");
                    tokio::time::sleep(RESTORE_AGAIN).await;
                }
            }
        }
    }

    fn site(&self, log: &LogId) -> Option<Arc<Site>> {
        let running = self.running.read().ok()?;
        running.get(log).map(|running| Arc::clone(&running.site))
    }

    /// Every campus closes its listeners and ends, once what is under way is done.
    pub async fn stop(&self) {
        let handles: Vec<Handle> = self
            .running
            .read()
            .map(|running| running.values().map(|r| r.handle.clone()).collect())
            .unwrap_or_default();
        for handle in handles {
            handle.stop().await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}
