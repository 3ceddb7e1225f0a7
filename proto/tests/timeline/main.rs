//! What stands in a timeline: words kept apart (T5), and old entries read for ever.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod facts;
mod fixture;
mod sealing;
