//! No fault at all, and the disk of a single server.

use crate::tries::Try;

/// What everything else is measured against.
pub(super) async fn nothing(this: &mut Try<'_>) -> Result<(), String> {
    let on = usize::try_from(this.dice.roll(2)).expect("small");
    let call = this.raise(on, true).await?;
    this.acknowledged(call).await?;
    this.read(1 - on).await?;
    this.lower(1 - on).await?;
    Ok(())
}

pub(super) async fn disk_full(_this: &mut Try<'_>) -> Result<(), String> {
    Err("not yet".to_owned())
}

pub(super) async fn disk_fails(_this: &mut Try<'_>) -> Result<(), String> {
    Err("not yet".to_owned())
}
