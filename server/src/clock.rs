//! The only real clock. Everything else is handed one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole microseconds: what a stored time can keep.
    fn now(&self) -> Timestamp;
}

/// A clock that everybody shares.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that may")]
    fn now(&self) -> Timestamp {
        whole_micros(Timestamp::now())
    }
}

/// The same moment without its nanoseconds.
#[must_use]
pub fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A step of the clock smaller than this is nobody's concern.
const STEP: SignedDuration = SignedDuration::from_secs(30);

/// How long the clock stays in doubt after a step: which side of it was right is not known.
const DOUBT: Duration = Duration::from_secs(600);

/// A reading of the clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// What it said, in whole microseconds.
    pub(crate) now: Timestamp,
    /// It was set not long ago: which side of that was right is not known.
    pub(crate) in_doubt: bool,
}

/// A clock that is watched from the start on, by whoever has to know whether it is in doubt.
pub(crate) struct Ticker {
    clock: SharedClock,
    watch: Mutex<ClockWatch>,
}

impl Ticker {
    pub(crate) fn new(clock: SharedClock) -> Self {
        let watch = ClockWatch::from(Instant::now(), clock.now());
        Self {
            clock,
            watch: Mutex::new(watch),
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        let now = self.now();
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        Moment {
            now,
            in_doubt: watch.in_doubt(Instant::now(), now),
        }
    }

    /// The time alone, in whole microseconds.
    pub(crate) fn now(&self) -> Timestamp {
        whole_micros(self.clock.now())
    }
}

/// Notices that the clock was set, by monotonic time. It corrects nothing.
#[derive(Debug)]
struct ClockWatch {
    last: (Instant, Timestamp),
    doubt_until: Option<Instant>,
}

impl ClockWatch {
    /// Watches from a first reading on: what is set before the next one is noticed by that.
    fn from(monotonic: Instant, now: Timestamp) -> Self {
        Self {
            last: (monotonic, now),
            doubt_until: None,
        }
    }

    /// Takes a reading of both, and says whether the clock is in doubt: it was set by more
    /// than 30 s between two readings of the last ten minutes.
    fn in_doubt(&mut self, monotonic: Instant, now: Timestamp) -> bool {
        let (then, clock_then) = std::mem::replace(&mut self.last, (monotonic, now));
        let passed = monotonic.saturating_duration_since(then);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let step = now.duration_since(clock_then).saturating_sub(passed);
        if step.unsigned_abs() > STEP.unsigned_abs() {
            self.doubt_until = monotonic.checked_add(DOUBT);
        }
        self.doubt_until.is_some_and(|until| monotonic < until)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn t4_a_clock_that_was_set_is_in_doubt_for_ten_minutes() {
        let start = Instant::now();
        let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        for step in [-63_072_000, -31, 31, 63_072_000] {
            let mut watch = ClockWatch::from(start, noon);
            let mut read = |passed: u64, clock: i64| {
                let clock = noon + SignedDuration::from_secs(clock);
                watch.in_doubt(start + Duration::from_secs(passed), clock)
            };
            assert!(!read(3_600, 3_590), "slow, but never set");
            assert!(read(3_601, 3_591 + step), "set by {step} s");
            assert!(read(4_200, 4_190 + step));
            assert!(!read(4_202, 4_192 + step));
        }
    }
}
