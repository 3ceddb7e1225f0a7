//! The disk of a single server, which has its journal and its spool: full, and failing.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use lockstep_proto::frame::Holds;
use tokio::task::block_in_place;

use crate::hand::Cleared;
use crate::rows::Measure;
use crate::tries::Try;
use crate::world::{CAMPUS, PATIENCE, World};

/// Full to the last block. The spool's room was taken ahead: a raise is acknowledged all the
/// same, and in the journal once there is room.
pub(super) async fn full(this: &mut Try<'_>) -> Result<(), String> {
    this.world.disk.fill();
    let call = this.raise(0, false).await?;
    let raised = this.acknowledged(call).await?;
    // A log whose file has room left from before goes on for a while: then it is lifted.
    let had_room = raised.holds == Some(Holds::Recorded);
    if had_room {
        this.count("with room left in the journal's file", 1);
    } else {
        this.cannot_lower(0).await?;
    }
    this.read(0).await?;
    this.world.disk.make_room();
    let back = Instant::now();
    let recorded = this.recorded(raised.fact).await?;
    this.took(Measure::Recorded, recorded.saturating_duration_since(back));
    Ok(())
}

/// No write reaches the disk: shown, and said to be held by nothing.
pub(super) async fn fails(this: &mut Try<'_>) -> Result<(), String> {
    let failing = Failing::on(this.world);
    let call = this.raise(0, false).await?;
    let fact = call.fact;
    let raised = this.answered(call).await?;
    if raised.holds != Some(Holds::ShownOnly) {
        return Err(format!(
            "no disk took a raise, which came to {:?}",
            raised.holds
        ));
    }
    let officer = this.world.officer(0);
    let screen = officer.http.try_screen(CAMPUS).await.ok_or("no view")?;
    let at = Instant::now();
    let (_, cleared) = officer.lower(&screen).await;
    this.took(Measure::Refused, at.elapsed());
    if !matches!(cleared, Cleared::Refused(_) | Cleared::InDoubt) {
        return Err(format!(
            "on a failing disk an all clear came to {cleared:?}"
        ));
    }
    drop(failing);
    let back = Instant::now();
    let recorded = this.recorded(fact).await?;
    this.took(Measure::Recorded, recorded.saturating_duration_since(back));
    Ok(())
}

/// Has every fsync of a server fail, until dropped.
struct Failing(Child);

impl Failing {
    fn on(world: &World) -> Self {
        let pid = world.server(0).pid().to_string();
        let inject = "inject=fsync,fdatasync,sync_file_range,msync:error=EIO";
        let child = Command::new("strace")
            .args(["-f", "-qqq", "-o", "/dev/null", "-p", &pid])
            .args([
                "-e",
                "trace=fsync,fdatasync,sync_file_range,msync",
                "-e",
                inject,
            ])
            .stdin(Stdio::null())
            .spawn();
        let child = child.expect("strace is installed: tests/run does that");
        let until = Instant::now() + PATIENCE;
        // Every thread has to be under it.
        while !block_in_place(|| is_traced(&pid)) {
            assert!(Instant::now() < until, "strace does not attach");
            std::thread::yield_now();
        }
        Self(child)
    }
}

fn is_traced(pid: &str) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("its threads");
    tasks.flatten().all(|task| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        !status.contains("TracerPid:\t0\n")
    })
}

impl Drop for Failing {
    fn drop(&mut self) {
        // Asked to end it lets go of the server; killed it might not.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}
