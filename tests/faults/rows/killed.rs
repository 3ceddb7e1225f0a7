//! An instance killed with -9 under load: its clients are elsewhere, and nothing is lost.

use std::time::{Duration, Instant};

use lockstep_proto::posture::Posture;
use lockstep_server::failpoint::Moment;
use lockstep_tests::FAILPOINT;
use tokio::task::JoinSet;

use crate::hand::{Cleared, Hand};
use crate::rows::Measure;
use crate::rows::database::{self, Way};
use crate::screen::Shown;
use crate::tries::Try;
use crate::world::CAMPUS;

/// How long the load may take to come to a step.
const STEP_WITHIN: Duration = Duration::from_secs(3);
/// How long whoever is not taken waits before the next call.
const SLOWED: Duration = Duration::from_millis(50);

/// Killed at a random moment, while two call at it and an officer clears, here or at the other.
pub(super) async fn under_load(this: &mut Try<'_>) -> Result<(), String> {
    let killed = this.roll(2);
    let before = this.world.told_so_far();
    let mut work = load(this);
    tokio::time::sleep(Duration::from_millis(20 + this.dice.roll(600))).await;
    this.world.kill(killed);
    elsewhere(this, killed, Instant::now()).await?;
    stop(&mut work).await;
    count(this, before);
    this.world.start_again(killed, &[]);
    back(this, killed).await
}

/// Dies by itself at a named step, reached a few times before.
pub(super) async fn at_a_step(this: &mut Try<'_>) -> Result<(), String> {
    let killed = this.roll(2);
    let (moment, name) = Moment::ALL[this.roll(Moment::ALL.len())];
    // The rarer ones would not be reached a fourth time.
    let rare = [Moment::BeforeDecision, Moment::AfterDecision].contains(&moment);
    let before = this.roll(if rare { 1 } else { 4 });
    let at = format!("{name}:{before}");
    this.world.kill(killed);
    this.world.start_again(killed, &[(FAILPOINT, &at)]);
    // Some are reached on the way to that.
    let well = this.world.is_well().await;
    if !this.world.has_ended(killed) {
        well?;
    }
    let said = this.world.told_so_far();
    let mut work = load(this);
    let until = Instant::now() + STEP_WITHIN;
    while !this.world.has_ended(killed) && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let reached = this.world.has_ended(killed);
    this.count(if reached { name } else { "not reached" }, 1);
    this.world.kill(killed);
    elsewhere(this, killed, Instant::now()).await?;
    stop(&mut work).await;
    count(this, said);
    this.world.start_again(killed, &[(FAILPOINT, "")]);
    back(this, killed).await
}

/// Killed and started again while the database is away: it serves with what its machine has kept,
/// shows what its spool has, takes raises and lowers nothing.
pub(super) async fn starts_alone(this: &mut Try<'_>) -> Result<(), String> {
    let way = [Way::Frozen, Way::Stopped][this.roll(2)];
    database::go(this.world, way);
    let before = this.raise(1, true).await?;
    let before = this.acknowledged(before).await?.fact;
    this.world.kill(1);
    let at = Instant::now();
    this.world.start_again(1, &[]);
    back(this, 1).await?;
    let kept = |s: &Shown| s.degraded && s.raises.contains_key(&before);
    let world = &*this.world;
    let shown = world.until_screens(Some(1), "what was kept", kept).await?;
    this.took(Measure::Restored, shown.saturating_duration_since(at));
    let after = this.raise(1, true).await?;
    let after = this.acknowledged(after).await?.fact;
    this.cannot_lower(1).await?;
    database::come_back(this.world, way);
    let returned = Instant::now();
    for raise in [before, after] {
        let recorded = this.recorded(raise).await?;
        let took = recorded.saturating_duration_since(returned);
        this.took(Measure::Recorded, took);
    }
    Ok(())
}

fn load(this: &mut Try<'_>) -> JoinSet<()> {
    let quiet = this.roll(2) == 0;
    let clears_at = this.roll(2);
    let mut work = JoinSet::new();
    // Where something new comes in all the time every clear is refused: in every second try it
    // grows quiet, so that some are given and the kill falls among them.
    let most = if quiet { 2 } else { 8 };
    for at in 0..2 {
        let who = this.roll(LOAD.len());
        work.spawn(calls(this.world.hand(LOAD[who], at), most));
    }
    work.spawn(clears(this.world.officer(clears_at)));
    work
}

/// What is still being sent is lost with its sender.
async fn stop(work: &mut JoinSet<()>) {
    work.abort_all();
    while work.join_next().await.is_some() {}
}

/// What the load came to: a kill of an idle server shows little.
fn count(this: &mut Try<'_>, before: [usize; 2]) {
    let [raises, clears] = this.world.told_so_far();
    this.count("raises acknowledged", (raises - before[0]) as u64);
    this.count("clears accepted", (clears - before[1]) as u64);
}

async fn elsewhere(this: &mut Try<'_>, killed: usize, since: Instant) -> Result<(), String> {
    let world = &*this.world;
    let moved = world.until_screens(Some(killed), "the other", |s| s.on == Some(1 - killed));
    let moved = moved.await?;
    this.took(Measure::Moved, moved.saturating_duration_since(since));
    Ok(())
}

/// It was restored before it listened: whoever comes back to it sees nothing lower.
async fn back(this: &mut Try<'_>, killed: usize) -> Result<(), String> {
    let at = Instant::now();
    for screen in this.world.screens() {
        screen.go_home();
    }
    let world = &*this.world;
    let is_back = |s: &Shown| s.on == Some(killed) && s.held == 0;
    let back = world.until_screens(Some(killed), "back", is_back).await?;
    this.took(Measure::Restored, back.saturating_duration_since(at));
    Ok(())
}

/// Who calls as fast as they can: others are measured, and never told to slow down for it.
const LOAD: [&str; 5] = [
    "person:kim.ortega",
    "person:bo.hart",
    "person:al.finch",
    "person:lee.park",
    "person:dana.lind",
];

async fn calls(hand: Hand, most: usize) {
    for _ in 0..most {
        let (_, call) = hand.call();
        if call.await.holds.is_none() {
            // Told to slow down, or nobody there.
            tokio::time::sleep(SLOWED).await;
        }
    }
}

/// Clears and resumes until its instance is gone.
async fn clears(hand: Hand) {
    while let Some(screen) = hand.http.try_screen(CAMPUS).await {
        if screen.posture() == Posture::Normal {
            tokio::task::yield_now().await;
        } else if hand.lower(&screen).await.1 == Cleared::Gone {
            return;
        }
    }
}
