//! What one sender did of late, so that nobody is faster than people are (invariant 12).

use std::collections::VecDeque;
use std::time::Duration;

use lockstep_proto::code::{Code, Refusal};
use tokio::time::Instant;

/// How long what was done counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// The longest wait that anybody is told.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// When it was done: never more of it than may be done within the window.
#[derive(Debug, Default)]
pub(crate) struct Recent(VecDeque<Instant>);

impl Recent {
    /// Counts one more, or answers that its author is to slow down, where so many were done.
    pub(crate) fn take(&mut self, free: usize, now: Instant) -> Result<(), Refusal> {
        self.0.retain(|at| now.duration_since(*at) < WINDOW);
        let Some(oldest) = self.0.front().filter(|_| self.0.len() >= free) else {
            self.0.push_back(now);
            return Ok(());
        };
        let wait = (*oldest + WINDOW - now).min(WAIT_MAX);
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Err(Refusal::new(Code::SlowDown).retry_after_ms(ms.max(1)))
    }

    /// Whether nothing of it counts any more.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let last = self.0.back();
        last.is_none_or(|at| now.duration_since(*at) >= WINDOW)
    }
}
