//! The poll(2) loop's parts: the set of descriptors waited for, signals, child programs, the clock's reading.
//!
//! A turn of the loop: everything that waits puts its descriptors and its next deadline into a [`PollSet`]; the set
//! waits; the clock is read once ([`Now`]); each ready descriptor goes back to whoever its [`Token`] names. Who that is,
//! and in which order, is the daemon's business. Nothing in here keeps state about services.

pub mod children;
mod poll_set;
pub mod signals;

pub use crate::sys::clock::Now;
pub use poll_set::{Interest, PollSet, Readiness, Source, Token};
