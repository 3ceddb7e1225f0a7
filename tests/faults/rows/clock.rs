//! The clock of one of two instances set by two years, forwards or back.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::hand::Cleared;
use crate::rows::Measure;
use crate::tries::Try;
use crate::world::CAMPUS;

/// Raises go on as ever; a clear is refused there, for the database knows the time better, and
/// taken at the other.
pub(super) async fn set(this: &mut Try<'_>) -> Result<(), String> {
    let by = ["+2y", "-2y"][this.roll(2)];
    this.count(by, 1);
    let clock = this.world.disk.path().join("clock");
    write(&clock, "+0");
    let library = library();
    let env = [
        ("LD_PRELOAD", library.to_str().expect("a path")),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().expect("a path")),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    this.world.kill(1);
    this.world.start_again(1, &env);
    this.world.is_well().await?;
    write(&clock, by);
    let call = this.raise(1, true).await?;
    let raised = this.acknowledged(call).await?;
    this.recorded(raised.fact).await?;
    // As it is drawn by the other: what is held against it is the clock alone.
    let officer = this.world.officer(0);
    let screen = officer.http.try_screen(CAMPUS).await.ok_or("no view")?;
    let at = Instant::now();
    let (_, cleared) = this.world.officer(1).lower(&screen).await;
    this.took(Measure::Refused, at.elapsed());
    if !matches!(cleared, Cleared::Refused(_)) {
        return Err(format!(
            "where the clock was set an all clear came to {cleared:?}"
        ));
    }
    this.count(&format!("{cleared:?}"), 1);
    this.lower(0).await?;
    this.world.kill(1);
    this.world.start_again(1, &[("LD_PRELOAD", "")]);
    Ok(())
}

fn write(clock: &Path, says: &str) {
    std::fs::write(clock, format!("{says}\n")).expect("written");
}

/// Debian keeps it in a folder that is named after the machine.
fn library() -> PathBuf {
    let name = "faketime/libfaketimeMT.so.1";
    let folders = std::fs::read_dir("/usr/lib").expect("a folder").flatten();
    let found = folders.map(|folder| folder.path().join(name));
    let mut found = found.filter(|path| path.exists());
    found
        .next()
        .expect("faketime is installed: tests/run does that")
}
