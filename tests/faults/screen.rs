//! A screen: a client that follows an instance, goes to another when it is lost, and is watched.
//!
//! Whatever leaves it is noted with the clear that took it away: each must turn out committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use lockstep_proto::frame::{PULSE_STALE_MS, ServerFrame};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::screen::Screen as Drawn;
use lockstep_proto::view::Card;
use lockstep_tests::Follower;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::hand::SharedTold;
use crate::world::CAMPUS;

/// Where the instances are: each start gives another port.
pub(crate) type Addresses = Arc<RwLock<Vec<String>>>;

/// How long a server may take to welcome, before the other is asked.
const WELCOME_WITHIN: Duration = Duration::from_secs(3);
/// Between two tries to connect.
const AGAIN_AFTER: Duration = Duration::from_millis(25);

/// A posture raise or a release that left a screen, and what took it away.
#[derive(Debug)]
#[allow(dead_code, reason = "a violation tells all of it")]
pub(crate) struct Lowered {
    pub(crate) screen: &'static str,
    pub(crate) item: FactId,
    pub(crate) by: Option<FactId>,
}

/// What is on a screen.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) at: Instant,
    /// The instance that it follows; none while it is not connected.
    pub(crate) on: Option<usize>,
    pub(crate) posture: Posture,
    /// Whether each raise is recorded.
    pub(crate) raises: BTreeMap<FactId, bool>,
    pub(crate) degraded: bool,
    pub(crate) record_lost: bool,
    /// Kept against the server's word.
    pub(crate) held: usize,
}

impl Shown {
    fn of(on: Option<usize>, degraded: bool, drawn: &Drawn) -> Self {
        let mut raises = BTreeMap::new();
        let mut record_lost = false;
        for card in drawn.cards.values() {
            if let Card::Raise(raise) = card {
                raises.insert(raise.id, raise.recorded);
            } else if let Card::Posture(posture) = card {
                record_lost = posture.record_lost;
            }
        }
        Self {
            at: Instant::now(),
            on,
            posture: drawn.posture(),
            raises,
            degraded,
            record_lost,
            held: drawn.held.len(),
        }
    }
}

/// A screen that is watched.
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) home: usize,
    shown: watch::Receiver<Shown>,
    go_home: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a screen needs to follow.
struct Seat {
    name: &'static str,
    home: usize,
    token: String,
    addresses: Addresses,
    told: SharedTold,
    lowered: Arc<Mutex<Vec<Lowered>>>,
    shown: watch::Sender<Shown>,
    go_home: Arc<Notify>,
}

impl Screen {
    pub(crate) fn start(
        name: &'static str,
        home: usize,
        token: String,
        addresses: &Addresses,
        told: &SharedTold,
        lowered: &Arc<Mutex<Vec<Lowered>>>,
    ) -> Self {
        let (shows, shown) = watch::channel(Shown::of(None, false, &Drawn::default()));
        let go_home = Arc::new(Notify::new());
        let seat = Seat {
            name,
            home,
            token,
            addresses: Arc::clone(addresses),
            told: Arc::clone(told),
            lowered: Arc::clone(lowered),
            shown: shows,
            go_home: Arc::clone(&go_home),
        };
        Self {
            name,
            home,
            shown,
            go_home,
            task: tokio::spawn(seat.follow()),
        }
    }

    pub(crate) fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Leaves where it is, for its own instance.
    pub(crate) fn go_home(&self) {
        if self.shown.borrow().on != Some(self.home) {
            self.go_home.notify_one();
        }
    }

    /// Waits until it shows something; says since when.
    pub(crate) async fn until(
        &self,
        what: &str,
        within: Duration,
        shows: impl FnMut(&Shown) -> bool,
    ) -> Result<Instant, String> {
        let mut shown = self.shown.clone();
        let found = timeout(within, shown.wait_for(shows)).await;
        match found {
            Ok(Ok(shown)) => Ok(shown.at),
            Ok(Err(_)) => Err(format!("{} ended", self.name)),
            Err(_) => Err(format!(
                "{} does not show it within {within:?}: {what}; it shows {:?}",
                self.name,
                self.shown()
            )),
        }
    }
}

impl Seat {
    async fn follow(self) {
        let mut drawn = Drawn::default();
        let mut turn = self.home;
        loop {
            let url = {
                let addresses = self.addresses.read().unwrap();
                turn %= addresses.len();
                addresses[turn].clone()
            };
            let joining = Follower::begin(&url, &self.token, CAMPUS, drawn.clone());
            if let Ok(Some(follower)) = timeout(WELCOME_WITHIN, joining).await {
                let home = self.sit(turn, follower, &mut drawn).await;
                self.shown.send_replace(Shown::of(None, false, &drawn));
                if home {
                    turn = self.home;
                    continue;
                }
            }
            turn += 1;
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// Follows until the connection is lost, or it is to go home: then that is the answer.
    async fn sit(&self, on: usize, mut follower: Follower, drawn: &mut Drawn) -> bool {
        let mut degraded = false;
        // It is there once it has its first pulse.
        let mut there = None;
        let silent = Duration::from_millis(PULSE_STALE_MS);
        loop {
            self.compare(drawn, &follower.screen);
            drawn.clone_from(&follower.screen);
            self.shown.send_replace(Shown::of(there, degraded, drawn));
            let frame = tokio::select! {
                frame = timeout(silent, follower.next()) => frame,
                () = self.go_home.notified() => {
                    if on == self.home {
                        continue;
                    }
                    return true;
                }
            };
            let Ok(Some(frame)) = frame else {
                return false;
            };
            if let ServerFrame::Pulse {
                degraded: says,
                head,
                ..
            } = frame
            {
                degraded = says;
                there = Some(on);
                let mut told = self.told.lock().unwrap();
                told.heads.extend(head);
            }
        }
    }

    /// Notes what left the screen, and what is on it that nobody sent.
    fn compare(&self, before: &Drawn, after: &Drawn) {
        let stays: Vec<FactId> = after.items().map(|item| item.id).collect();
        let mut told = self.told.lock().unwrap();
        let strange = stays.iter().filter(|id| !told.sent.contains(id));
        let strange: Vec<FactId> = strange.copied().collect();
        told.strange.extend(strange);
        let is_gone = |id: &FactId| !stays.contains(id);
        for item in before.items() {
            if item.level >= Level::Released && is_gone(&item.id) {
                let covers = after.cards.values().filter_map(Card::as_cover);
                let mut by = covers.filter(|cover| cover.names.contains(&item.id));
                self.lowered.lock().unwrap().push(Lowered {
                    screen: self.name,
                    item: item.id,
                    by: by.next().map(|cover| cover.id),
                });
            }
        }
    }
}
