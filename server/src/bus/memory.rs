//! A bus between instances of one process, for tests: it loses, repeats and withholds what it
//! is told to.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lockstep_proto::timeline::LogId;
use tokio::sync::mpsc;

use super::{Bus, HEARD_MAX, Heard, InstanceId, Word};

/// What joins the instances.
#[derive(Debug, Clone, Default)]
pub struct MemoryNetwork {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    listening: HashMap<(InstanceId, LogId), mpsc::Sender<Heard>>,
    /// Pairs that do not hear each other.
    cut: BTreeSet<(InstanceId, InstanceId)>,
    /// Words wait for `deliver` instead of passing at once.
    held: bool,
    waiting: Vec<Passing>,
}

/// A word on its way.
#[derive(Debug, Clone)]
pub struct Passing {
    /// About which campus.
    pub log: LogId,
    /// To whom.
    pub to: InstanceId,
    /// What is heard.
    pub heard: Heard,
}

/// One instance's end.
#[derive(Debug, Clone)]
pub struct MemoryBus {
    network: MemoryNetwork,
    /// Who it speaks for.
    pub instance: InstanceId,
}

impl MemoryNetwork {
    /// Nobody is joined yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Joins one more instance.
    #[must_use]
    pub fn join(&self) -> MemoryBus {
        MemoryBus {
            network: self.clone(),
            instance: InstanceId::new(),
        }
    }

    /// Two instances do not hear each other from now on, or do again.
    pub fn cut(&self, one: InstanceId, other: InstanceId, cut: bool) {
        let mut shared = self.shared();
        for pair in [(one, other), (other, one)] {
            if cut {
                shared.cut.insert(pair);
            } else {
                shared.cut.remove(&pair);
            }
        }
    }

    /// Words wait until they are taken, from now on, or pass at once again.
    pub fn hold(&self, held: bool) {
        self.shared().held = held;
    }

    /// Everything that waits, to be delivered in whatever order, however often, or never.
    #[must_use]
    pub fn take(&self) -> Vec<Passing> {
        std::mem::take(&mut self.shared().waiting)
    }

    /// Delivers one.
    pub fn deliver(&self, passing: &Passing) {
        self.shared().pass(passing);
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn pass(&mut self, passing: &Passing) {
        if self.cut.contains(&(passing.heard.from, passing.to)) {
            return;
        }
        let key = (passing.to, passing.log.clone());
        if let Some(listener) = self.listening.get(&key) {
            // A word that finds no room is lost, as on any bus.
            let _ = listener.try_send(passing.heard.clone());
        }
    }
}

impl Bus for MemoryBus {
    fn say(&self, log: &LogId, word: Word) {
        let mut shared = self.network.shared();
        let others = shared.listening.keys();
        let others = others.filter(|(to, of)| of == log && *to != self.instance);
        let passing: Vec<Passing> = others
            .map(|(to, _)| Passing {
                log: log.clone(),
                to: *to,
                heard: Heard {
                    from: self.instance,
                    word: word.clone(),
                },
            })
            .collect();
        for passing in passing {
            if shared.held {
                shared.waiting.push(passing);
            } else {
                shared.pass(&passing);
            }
        }
    }

    fn is_joined(&self) -> bool {
        true
    }

    fn hear(&self, log: &LogId) -> mpsc::Receiver<Heard> {
        let (to_task, heard) = mpsc::channel(HEARD_MAX);
        let key = (self.instance, log.clone());
        self.network.shared().listening.insert(key, to_task);
        heard
    }
}
