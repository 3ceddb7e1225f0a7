//! Everyone reconnects at once: a server that starts again has its whole school at the door.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lockstep_proto::screen::Screen;
use lockstep_tests::Follower;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::rows::Measure;
use crate::screen::Addresses;
use crate::tries::Try;
use crate::world::{CAMPUS, PATIENCE};

/// How many there are. A debug build is no measure of how many there can be.
const CROWD: usize = if cfg!(debug_assertions) { 300 } else { 10_000 };
/// How many connect at once where nothing hurries.
const DOORS: usize = 64;

/// Clients that are there, and what tells of a change in that.
#[derive(Default)]
struct Present {
    n: AtomicUsize,
    changed: Notify,
}

impl Present {
    async fn until(&self, wanted: usize) -> Result<Instant, String> {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if self.n.load(Ordering::SeqCst) == wanted {
                    return Instant::now();
                }
                changed.await;
            }
        };
        let here = timeout(3 * PATIENCE, waiting).await;
        here.map_err(|_| {
            let n = self.n.load(Ordering::SeqCst);
            format!("{n} of {wanted} clients are there")
        })
    }
}

/// All of them come back to a server that was killed, and a raise meanwhile is on time.
pub(super) async fn reconnects(this: &mut Try<'_>) -> Result<(), String> {
    let present = Arc::new(Present::default());
    let doors = Arc::new(tokio::sync::Semaphore::new(DOORS));
    let room = "device:north-n101".parse().expect("a principal");
    let mut crowd = JoinSet::new();
    for token in this.world.server(0).more_tokens(&[room], CROWD) {
        let addresses = this.world.addresses();
        crowd.spawn(one(
            token,
            addresses,
            Arc::clone(&present),
            Arc::clone(&doors),
        ));
    }
    present.until(CROWD).await?;
    this.count("clients at once", CROWD as u64);
    this.world.kill(0);
    present.until(0).await?;
    doors.add_permits(CROWD);
    this.world.start_again(0, &[]);
    let at = Instant::now();
    for screen in this.world.screens() {
        screen.go_home();
    }
    let back = present.until(CROWD).await?;
    this.took(Measure::Returned, back.saturating_duration_since(at));
    let call = this.raise(0, false).await?;
    this.acknowledged(call).await?;
    this.lower(0).await?;
    crowd.shutdown().await;
    Ok(())
}

/// Comes, and comes again. What it was shown it hands back, as every screen does.
async fn one(
    token: String,
    addresses: Addresses,
    present: Arc<Present>,
    doors: Arc<tokio::sync::Semaphore>,
) {
    let mut drawn = Screen::default();
    loop {
        let url = addresses.read().unwrap()[0].clone();
        let door = doors.acquire().await.expect("it stays open");
        let joined = Follower::try_resume(&url, &token, CAMPUS, drawn.clone()).await;
        drop(door);
        if let Some(mut follower) = joined {
            present.n.fetch_add(1, Ordering::SeqCst);
            present.changed.notify_one();
            while follower.next().await.is_some() {}
            present.n.fetch_sub(1, Ordering::SeqCst);
            present.changed.notify_one();
            drawn = follower.screen;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
