//! The poll(2) loop's parts: the set of descriptors waited for, signals, child programs, the clock's reading.
//!
//! A turn of the loop: everything that waits puts its descriptors and its next deadline into a [`PollSet`]; the set
//! waits; the clock is read once ([`Now`]); each ready descriptor goes back to whoever its [`Token`] names. Who that is,
//! and in which order, is the daemon's business. Nothing in here keeps state about services.

pub mod children;
mod poll_set;
pub mod signals;

pub use poll_set::{Interest, PollSet, Readiness, Source, Token};

use std::time::{Instant, SystemTime};

/// One reading of both clocks, taken once per turn and handed down as plain data; tests make their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Never goes back: for every deadline.
    pub mono: Instant,
    /// Time of day: for schedules, timestamps and file ages only; somebody may set it at any moment.
    pub wall: SystemTime,
}

impl Now {
    /// Reads the clocks.
    pub fn read() -> Now {
        Now { mono: Instant::now(), wall: SystemTime::now() }
    }

    /// The time of day in whole seconds since 1970.
    pub fn unix_secs(&self) -> i64 {
        crate::sys::localtime::unix_secs(self.wall)
    }
}
