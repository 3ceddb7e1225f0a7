//! The live terminal: [`model`] is what there is to draw, [`update`] what a key or a moment does to it,
//! [`view`] how it looks, [`live`] the only part that touches terminal and link.
//!
//! It never shows `Normal` when it cannot vouch for it (R2, invariant 9), and never lowers by itself.

mod doubts;
pub mod glyph;
pub mod live;
pub mod model;
pub mod update;
pub mod view;

pub use model::{Form, Model};
