//! The Lockstep service: everything that does I/O on the district's own machine.

pub mod clock;
pub mod directory;
pub mod journal;
