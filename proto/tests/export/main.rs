//! Rule T2 and invariant 11: any edit, insertion, removal or truncation of a timeline after a head was handed out
//! is found, and a loss that the journal itself declares is told apart from tampering.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod rules;
mod sample;
mod tampering;
