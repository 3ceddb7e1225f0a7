//! The words that cross a process boundary in Lockstep, each written once.
//!
//! This crate owns the ids, roles, postures, commands, facts, cards, frames, codes and
//! positions that the service, the command line and the tests share, the screen's own
//! rule R3, and the timeline's hashing and offline check. It does no I/O, reads no clock
//! and draws no random number: times, salts and keys come in as arguments.
//!
//! What the words *mean* (who may do what, and what follows) is `lockstep-rules`.

pub mod by_hand;
pub mod code;
pub mod command;
pub mod contact;
pub mod coordinates;
#[cfg(feature = "schema")]
pub mod described;
pub mod directory;
pub mod drill;
pub mod duty;
pub mod escalation;
pub mod export;
pub mod fact;
pub mod frame;
pub mod http;
pub mod id;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod position;
pub mod posture;
pub mod reach;
pub mod role;
pub mod roster;
pub mod route;
#[cfg(feature = "schema")]
pub mod schema;
pub mod screen;
pub mod sentence;
pub mod text;
pub mod timeline;
pub mod view;

pub use jiff::Timestamp;
