//! What every backend of a seam must keep: one suite for each seam, run over all of its
//! backends.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod bus;
mod campus;
mod duties;
mod instances;
mod journal;
mod passkeys;
mod tokens;
