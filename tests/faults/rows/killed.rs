//! An instance killed with -9 under load: its clients are elsewhere, and nothing is lost.

use std::time::{Duration, Instant};

use lockstep_proto::posture::Posture;
use tokio::task::JoinSet;

use crate::hand::{Cleared, Hand};
use crate::rows::Measure;
use crate::tries::Try;
use crate::world::CAMPUS;

/// Killed at a random moment, while two call at it and an officer clears, here or at the other.
pub(super) async fn under_load(this: &mut Try<'_>) -> Result<(), String> {
    let killed = usize::try_from(this.dice.roll(2)).expect("small");
    let quiet = this.dice.roll(2) == 0;
    let clears_at = usize::try_from(this.dice.roll(2)).expect("small");
    let mut work = JoinSet::new();
    // Where something new comes in all the time every clear is refused: in every second try it
    // grows quiet, so that some are given and the kill falls among them.
    let most = if quiet { 2 } else { 8 };
    for at in 0..2 {
        work.spawn(calls(this.world.caller(at), most));
    }
    work.spawn(clears(this.world.officer(clears_at)));
    tokio::time::sleep(Duration::from_millis(20 + this.dice.roll(600))).await;
    this.world.kill(killed);
    let at = Instant::now();
    let other = 1 - killed;
    let world = &*this.world;
    let moved = world.until_screens(Some(killed), "the other", |s| s.on == Some(other));
    let moved = moved.await?;
    this.took(Measure::Moved, moved.saturating_duration_since(at));
    work.abort_all();
    while work.join_next().await.is_some() {}
    this.world.start_again(killed, &[]);
    let at = Instant::now();
    for screen in this.world.screens() {
        screen.go_home();
    }
    let world = &*this.world;
    let back = world.until_screens(Some(killed), "back", |s| {
        s.on == Some(killed) && s.held == 0
    });
    let back = back.await?;
    this.took(Measure::Restored, back.saturating_duration_since(at));
    Ok(())
}

async fn calls(hand: Hand, most: usize) {
    for _ in 0..most {
        let (_, call) = hand.call();
        let _ = call.await;
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
