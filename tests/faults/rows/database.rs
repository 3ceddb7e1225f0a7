//! The database: frozen, stopped, killed, and back without its tail.

use std::time::{Duration, Instant};

use lockstep_proto::posture::Posture;
use tokio::task::block_in_place;

use crate::hand::Cleared;
use crate::rows::Measure;
use crate::tries::Try;
use crate::world::{CAMPUS, PATIENCE, World};

/// How it goes away.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Frozen,
    Stopped,
    Killed,
}

pub(super) fn go(world: &World, way: Way) {
    let database = &world.shared().database;
    block_in_place(|| match way {
        Way::Frozen => database.freeze(),
        Way::Stopped => database.stop(),
        Way::Killed => database.kill(),
    });
}

pub(super) fn come_back(world: &World, way: Way) {
    let database = &world.shared().database;
    block_in_place(|| match way {
        Way::Frozen => database.thaw(),
        Way::Stopped | Way::Killed => database.run_again(),
    });
}

/// Raised on both while it is away, shown by the bus, lowered by nobody; in the journal once it
/// is back. In every second try a clear is on its way at that moment.
pub(super) async fn away(this: &mut Try<'_>, way: Way) -> Result<(), String> {
    let on_its_way = if this.dice.roll(2) == 0 {
        None
    } else {
        this.raise_recorded(1).await?;
        let officer = this.world.officer(1);
        let screen = officer.http.try_screen(CAMPUS).await.ok_or("no view")?;
        let clear = async move { officer.lower(&screen).await.1 };
        let clear = tokio::spawn(clear);
        tokio::time::sleep(Duration::from_micros(this.dice.roll(60_000))).await;
        Some((clear, Instant::now()))
    };
    let at = Instant::now();
    go(this.world, way);
    let call = this.raise(0, true).await?;
    if let Some((clear, sent)) = on_its_way {
        let answer = tokio::time::timeout(PATIENCE, clear).await;
        let answer = answer.map_err(|_| "no answer to a clear")?;
        if answer.map_err(|error| error.to_string())? == Cleared::InDoubt {
            this.took(Measure::Refused, sent.elapsed());
            this.count("in doubt", 1);
        }
    }
    let raised = this.acknowledged(call).await?;
    this.cannot_lower(1).await?;
    this.degraded(None, at).await?;
    come_back(this.world, way);
    let back = Instant::now();
    let recorded = this.recorded(raised.fact).await?;
    this.took(Measure::Recorded, recorded.saturating_duration_since(back));
    Ok(())
}

/// Restored from a copy in which neither the raise nor its all clear stand: everybody is locked
/// down again, and is told why.
pub(super) async fn loses_its_tail(this: &mut Try<'_>) -> Result<(), String> {
    block_in_place(|| {
        let database = &this.world.shared().database;
        database.stop();
        database.keep_copy();
        database.run_again();
    });
    this.world.is_well().await?;
    let raised = this.raise_recorded(0).await?;
    let clear = this.lower(1).await?;
    this.world.told.lock().unwrap().lost_clears.insert(clear);
    this.world.tail_lost = true;
    block_in_place(|| {
        let database = &this.world.shared().database;
        database.kill();
        database.back_to_copy();
        database.run_again();
    });
    let back = Instant::now();
    let world = &*this.world;
    let locked = world.until_screens(None, "locked again", |s| s.posture == Posture::LockDown);
    let locked = locked.await?;
    this.took(Measure::LockedAgain, locked.saturating_duration_since(back));
    let recorded = this.recorded(raised).await?;
    this.took(Measure::Recorded, recorded.saturating_duration_since(back));
    // A room's display shows the call alone.
    let screens = this.world.screens().iter();
    for screen in screens.filter(|screen| screen.name.starts_with("person:")) {
        screen.until("why", PATIENCE, |s| s.record_lost).await?;
    }
    Ok(())
}
