//! What the words of Lockstep mean: who may do what, and what follows.
//!
//! ```text
//!              call                                    call (any posture)
//!   normal ───────────────► lock_down ◄─────────────────────────────┐
//!     │ ▲                    │     │                                │
//!     │ │ resume             │     └─ two people ─► lifted_by_school┤
//!     │ └────────────────────┼──────────────────────────┘  ▲        │
//!     │ begin                └─ an officer ───► all_clear ──┼────────┤
//!     ▼                                            │       │        │
//!   controlled_movement ◄──────── begin ───────────┴───────┘        │
//!     └─ end: back to what it rose from            └────────────────┘
//! ```
//!
//! [`decide`] turns a command into facts or a refusal; [`Campus::apply`] folds a fact into
//! the state, totally, in any order. The posture is a maximum over the open items. Nothing
//! here reads a clock, a socket or a random number, as the manifest shows.

mod apply;
pub mod authority;
mod campus;
mod cards;
mod contact;
mod decide;
mod drill;
mod duty;
mod escalation;
mod lead;
mod reach;
pub mod report;
mod sighting;

pub use apply::Recorded;
pub use authority::{Actor, DirectoryRight, Right, Scope};
pub use campus::{Campus, Known, Reachable, Site};
pub use cards::{Extras, diff, duress_cards, own_room, render};
pub use decide::{Decision, Made, Now, decide, due_calls, duress_id, proposer, refusal_id};
pub use duty::{DueAttempt, due_attempts};
