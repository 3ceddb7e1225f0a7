//! How fast one principal raises (L2). It counts what this instance has accepted, shown or
//! still on its way: the folded state knows of a raise only once it is shown.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use lockstep_proto::id::Principal;
use tokio::time::Instant;

/// Raises of one principal in the window before one more is told to slow down.
const RAISES_FREE: usize = 10;
/// How long a raise counts.
const WINDOW: Duration = Duration::from_secs(10);
/// The longest wait that anybody is told.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The newest raises of each principal, at most [`RAISES_FREE`] of each.
#[derive(Debug, Default)]
pub(super) struct Pace(BTreeMap<Principal, VecDeque<Instant>>);

impl Pace {
    /// Counts a raise, or answers how long its author is to wait.
    pub(super) fn raise(&mut self, by: &Principal, now: Instant) -> Result<(), Duration> {
        let recent = self.0.entry(by.clone()).or_default();
        recent.retain(|at| now.duration_since(*at) < WINDOW);
        match recent.front().filter(|_| recent.len() >= RAISES_FREE) {
            Some(oldest) => Err((*oldest + WINDOW - now).min(WAIT_MAX)),
            None => {
                recent.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets those who have raised nothing for a while.
    pub(super) fn forget(&mut self, now: Instant) {
        self.0.retain(|_, recent| {
            recent
                .back()
                .is_some_and(|at| now.duration_since(*at) < WINDOW)
        });
    }
}
