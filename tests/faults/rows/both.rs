//! The database and Redis gone together: each instance is alone, and says so.

use std::time::Instant;

use tokio::task::block_in_place;

use crate::rows::Measure;
use crate::tries::Try;

/// Raised here, known to nobody else until either is back; lowered by nobody.
pub(super) async fn frozen(this: &mut Try<'_>) -> Result<(), String> {
    let at = Instant::now();
    let shared = this.world.shared();
    block_in_place(|| {
        shared.redis.freeze();
        shared.database.freeze();
    });
    let call = this.raise(0, false).await?;
    let raised = this.acknowledged(call).await?;
    this.cannot_lower(0).await?;
    this.degraded(None, at).await?;
    let database_first = this.dice.roll(2) == 0;
    let first = ["with Redis back first", "with the database back first"];
    this.count(first[usize::from(database_first)], 1);
    let shared = this.world.shared();
    block_in_place(|| {
        if database_first {
            shared.database.thaw();
        } else {
            shared.redis.thaw();
        }
    });
    let back = Instant::now();
    let world = &*this.world;
    let fact = raised.fact;
    let shown = world.until_screens(Some(1), "the raise", |s| s.raises.contains_key(&fact));
    let shown = shown.await?;
    this.took(
        Measure::RaisedElsewhere,
        shown.saturating_duration_since(back),
    );
    let shared = this.world.shared();
    block_in_place(|| {
        if database_first {
            shared.redis.thaw();
        } else {
            shared.database.thaw();
        }
    });
    this.recorded(fact).await.map(drop)
}
