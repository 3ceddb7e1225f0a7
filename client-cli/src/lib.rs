//! `lockstep`, the command line of the response protocol: call, watch, release and check from a terminal.
//!
//! Owns the way from a typed command to one act and its answer, the outbox of raises that were not
//! sent yet (P7), the link that follows campuses live (R2, R3), the terminal screens and the player of
//! incident scripts. It decides nothing: who may do what is the server's to say, and what a screen may
//! show next is [`lockstep_proto::screen`]'s.
//!
//! ```text
//! args ── run ──┬── act/       one-shot commands: raises, notes, grounds, clears, reads
//!               │     ├── api      HTTP, several servers in turn, every call with a deadline
//!               │     ├── outbox   raises on disk until something durable has them
//!               │     └── profile  sign-in, keys, heads and positions seen
//!               ├── screen/    live terminal: model, update, view; no I/O but in `live`
//!               │     └── link     one WebSocket that comes back and resumes
//!               └── replay/    incident scripts, each player a link of its own
//! ```

pub mod act;
pub mod address;
pub mod api;
pub mod args;
pub mod backoff;
pub mod clock;
pub mod context;
mod failure;
pub mod link;
pub mod outbox;
pub mod profile;
pub mod replay;
pub mod screen;
pub mod whoever;
pub mod words;

pub use act::run;
pub use failure::Failure;
