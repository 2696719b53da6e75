//! How far a measurement has come.

use std::time::Instant;

/// How a check, or the part of it that measures one type, stands.
#[derive(Debug)]
pub enum Progress<T> {
    /// It is over; what came out.
    Done(T),
    /// There is more to do at once: step again in the next turn of the loop.
    More,
    /// A child of ours measures: step again at that time.
    Later(Instant),
    /// A program or probe has not ended; when it has, hand its result in, then step.
    Waiting,
}
