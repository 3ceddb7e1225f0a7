//! What the rules promise, shown. Each test names the rule or invariant that it shows.
//!
//! - `school`: a campus and its people, to write *given, when, then* with
//! - `table`: who may do what, as one reviewed snapshot (A6)
//! - `postures`, `rights`, `lock_down`, `release`, `lift`, `rooms`, `pleas`: one test per rule
//! - `directory`: who may change it, and an officer enrolled on scene (A3)
//! - `orders`: the same facts in any order, repeated, lost (DESIGN's invariants)
//! - `screens`: what a screen is told is what the campus is
//! - `model`: long random days against `telling`, a second, simpler telling of the rules
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod directory;
mod lift;
mod lock_down;
mod model;
mod orders;
mod pleas;
mod postures;
mod release;
mod rights;
mod rooms;
mod school;
mod screens;
mod table;
mod telling;
