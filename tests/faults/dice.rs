//! Random choices that a seed repeats.

/// A small generator of our own.
pub(crate) struct Dice(u64);

impl Dice {
    /// With the seed that the environment names, or another each time. It is printed.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("LOCKSTEP_SEED").ok();
        let seed = seed.map_or_else(
            || u64::from(std::process::id()) << 16 | 1,
            |seed| seed.parse().expect("LOCKSTEP_SEED is a number"),
        );
        println!("LOCKSTEP_SEED={seed}");
        Self::of(seed)
    }

    pub(crate) fn of(seed: u64) -> Self {
        // Zero stays zero.
        Self(seed | 1)
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
