//! Faults with a real server: killed, frozen out of its disk, started again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod database;
mod disk;
mod kill;
mod notices;
mod receipts;
mod storm;
