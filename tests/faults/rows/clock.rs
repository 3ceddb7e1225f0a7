//! The clock of a server set, forwards or back: by two years, and by little.

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
    set_clock(this, 1, by).await?;
    this.raise_recorded(1).await?;
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
    give_back(this, 1);
    Ok(())
}

/// A server by itself has no other clock to hold its own against: nothing is refused for it, and
/// what was written meanwhile says that the clock was in doubt (T4).
pub(super) async fn set_alone(this: &mut Try<'_>) -> Result<(), String> {
    let by = ["+2y", "-2y", "+45", "-45"][this.roll(4)];
    let clock = set_clock(this, 0, by).await?;
    let raised = this.raise_recorded(0).await?;
    if by == "+2y" {
        // Every sign-in has expired by this clock: that is forgiven a raise, and nothing that lowers.
        this.cannot_lower(0).await?;
        write(&clock, "+0");
    }
    this.lower(0).await?;
    this.world.in_doubt(raised).await?;
    give_back(this, 0);
    Ok(())
}

/// Gives an instance a clock of its own, and sets it while everything is well: where it is set.
async fn set_clock(this: &mut Try<'_>, instance: usize, by: &str) -> Result<PathBuf, String> {
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
    this.world.kill(instance);
    this.world.start_again(instance, &env);
    this.world.is_well().await?;
    write(&clock, by);
    Ok(clock)
}

fn give_back(this: &mut Try<'_>, instance: usize) {
    this.world.kill(instance);
    this.world.start_again(instance, &[("LD_PRELOAD", "")]);
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
