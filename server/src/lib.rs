//! The Lockstep service.
//!
//! Data flows one way: a **session** translates frames, **sign-in** has made an actor of who
//! is asking, the **campus task** decides and folds, **spool** and **journal** make it last,
//! the **hub** tells those who listen. See `ARCHITECTURE.md`.

pub mod app;
pub mod auth;
pub mod bus;
pub mod campus;
pub mod clock;
pub mod config;
pub mod demo;
pub mod directory;
pub mod failpoint;
pub mod held;
pub mod http;
pub mod hub;
pub mod journal;
pub mod keys;
mod let_in;
pub mod operator;
pub mod outside;
pub mod pictures;
pub mod qr;
mod recent;
pub mod roster;
pub mod sign_on;
pub mod socket;
pub mod spool;
pub mod telemetry;
pub mod tls;
pub mod web;
