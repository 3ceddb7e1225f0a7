//! One instance cut off from the other, from Redis and from the database, and told nothing: its
//! connections stay and nothing passes, or the wire between two networks is cut.

use std::time::Instant;

use crate::rows::Measure;
use crate::screen::Shown;
use crate::tries::Try;

/// Both halves raise; only the one beside the journal lowers, and nothing of the other's.
pub(super) async fn halves(this: &mut Try<'_>) -> Result<(), String> {
    let at = Instant::now();
    this.world.shared().way.silence();
    let cut_off = this.raise(1, false).await?;
    let beside = this.raise(0, false).await?;
    let cut_off = this.acknowledged(cut_off).await?.fact;
    let beside = this.acknowledged(beside).await?.fact;
    this.cannot_lower(1).await?;
    this.degraded(Some(1), at).await?;
    // Its own raise, which is all that the half beside the journal knows of. What was under way of
    // the other when it was cut off may keep the campus until the database ends it.
    this.lower_on(0, Some(0)).await?;
    if this.world.shows(0, beside) {
        return Err("an all clear left a raise that it named".to_owned());
    }
    let world = &*this.world;
    for screen in world.screens().iter().filter(|screen| screen.home == 1) {
        if !screen.shown().raises.contains_key(&cut_off) {
            return Err("a half that is cut off shows its own raise no more".to_owned());
        }
    }
    this.world.shared().way.open();
    let healed = Instant::now();
    // The late raise locks everybody again, and the lifted one is on no screen.
    let one = |s: &Shown| s.raises.get(&cut_off) == Some(&true) && !s.raises.contains_key(&beside);
    let one = this.world.until_screens(None, "one again", one).await?;
    this.took(Measure::Union, one.saturating_duration_since(healed));
    Ok(())
}
