//! How long to wait before the next try. Owns the bounds; never sleeps itself.

use std::time::Duration;

/// The shortest wait.
pub const SHORTEST: Duration = Duration::from_millis(200);

/// The longest wait. With the time that a try takes a link is back within five seconds of a server.
pub const LONGEST: Duration = Duration::from_secs(2);

/// Waits that grow, each drawn between [`SHORTEST`] and a ceiling that doubles up to [`LONGEST`].
///
/// Drawn, because a school's clients all lose the same server in the same moment.
#[derive(Debug, Clone)]
pub struct Backoff {
    tries: u32,
    /// Draws from 0.0 up to, but not including, 1.0.
    draw: fn() -> f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::with(random)
    }
}

impl Backoff {
    /// Waits drawn by `draw`, which gives 0.0 up to, but not including, 1.0.
    #[must_use]
    pub fn with(draw: fn() -> f64) -> Self {
        Self { tries: 0, draw }
    }

    /// The next wait.
    pub fn wait(&mut self) -> Duration {
        let ceiling = SHORTEST
            .saturating_mul(2_u32.saturating_pow(self.tries.saturating_add(1)))
            .min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        SHORTEST + (ceiling - SHORTEST).mul_f64((self.draw)().clamp(0.0, 1.0))
    }

    /// Starts over: the last try went well.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

/// A draw from the system's randomness, by way of a random UUID.
fn random() -> f64 {
    let bits = (uuid::Uuid::new_v4().as_u128() >> 96) as u32;
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_bounds_and_grow() {
        let mut longest = Backoff::with(|| 1.0);
        let ceilings: Vec<u128> = (0..7).map(|_| longest.wait().as_millis()).collect();
        assert_eq!(ceilings, [400, 800, 1600, 2000, 2000, 2000, 2000]);
        let mut shortest = Backoff::with(|| 0.0);
        assert!((0..100).all(|_| shortest.wait() == SHORTEST));
        let mut drawn = Backoff::default();
        for _ in 0..5_000 {
            let wait = drawn.wait();
            assert!((SHORTEST..=LONGEST).contains(&wait), "{wait:?}");
        }
        longest.reset();
        assert_eq!(longest.wait().as_millis(), 400);
    }

    #[test]
    fn clients_that_lose_a_server_together_come_back_apart() {
        let mut waits: Vec<Duration> = (0..50)
            .map(|_| {
                let mut backoff = Backoff::default();
                for _ in 0..5 {
                    backoff.wait();
                }
                backoff.wait()
            })
            .collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 40, "{} different waits of 50", waits.len());
    }
}
