//! Redis: frozen, killed, started again empty. The journal's poll carries what the bus does not.

use tokio::task::block_in_place;

use crate::tries::Try;

/// What happens to it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Frozen,
    Killed,
    Emptied,
}

/// A raise and its all clear while it is away, and the same again once it is back.
pub(super) async fn away(this: &mut Try<'_>, way: Way) -> Result<(), String> {
    let redis = &this.world.shared().redis;
    block_in_place(|| match way {
        Way::Frozen => redis.freeze(),
        Way::Killed => redis.kill(),
        Way::Emptied => {
            redis.stop();
            redis.run();
            redis.flush_all();
        }
    });
    raise_and_lower(this).await?;
    let redis = &this.world.shared().redis;
    block_in_place(|| match way {
        Way::Frozen => redis.thaw(),
        Way::Killed => redis.run(),
        Way::Emptied => {}
    });
    raise_and_lower(this).await
}

async fn raise_and_lower(this: &mut Try<'_>) -> Result<(), String> {
    let call = this.raise(0, true).await?;
    this.acknowledged(call).await?;
    this.read(1).await?;
    this.lower(1).await?;
    Ok(())
}
