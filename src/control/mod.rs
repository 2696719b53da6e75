//! The control file: text to [`crate::config`]. Lexer, recursive-descent parser, diagnostics.
//!
//! Sees no run-time state and starts nothing.

pub mod diagnostic;
pub mod dump;
mod findings;
pub mod lint;
pub mod verify;
