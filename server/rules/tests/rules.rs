//! What the rules promise, shown. Each test names the rule or invariant that it shows.
//!
//! - `school`: a campus and its people, to write *given, when, then* with
//! - `table`: who may do what, as one reviewed snapshot (A6)
//! - `postures`, `rights`, `lock_down`, `release`, `lift`, `rooms`, `pleas`: one test per rule
//! - `directory`: who may change it, and an officer enrolled on scene (A3)
//! - `sighting`, `escalation`, `duty`, `contact`, `lead`, `drill`, `reach`: one machine each
//! - `duress`: who was forced lifts nothing, and only those elsewhere hear of it (A4)
//! - `orders`: the same facts in any order, repeated, lost (DESIGN's invariants)
//! - `screens`: what a screen is told is what the campus is
//! - `report`: the after-action report and the drill file, against golden files
//! - `model`: long random days against `telling` and `told`, a second, simpler telling
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

mod contact;
mod directory;
mod drill;
mod duress;
mod duty;
mod escalation;
mod lead;
mod lift;
mod lock_down;
mod model;
mod orders;
mod pleas;
mod postures;
mod reach;
mod release;
mod report;
mod rights;
mod rooms;
mod school;
mod screens;
mod sighting;
mod table;
mod telling;
mod told;
