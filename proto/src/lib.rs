//! x
pub mod export;
pub mod merkle;
pub mod note;
