//! No fault at all.

use crate::tries::Try;

/// What everything else is measured against.
pub(super) async fn nothing(this: &mut Try<'_>) -> Result<(), String> {
    let on = this.roll(2);
    let call = this.raise(on, true).await?;
    this.acknowledged(call).await?;
    this.read(1 - on).await?;
    this.lower(1 - on).await?;
    Ok(())
}
