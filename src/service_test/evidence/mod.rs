//! Evidence: what there was to see when a test failed, for whoever reads the alert. It stands beside the description, which is
//! Monit's, and never says the same twice.
//!
//! One file for each kind of it. Each makes an [`lines::Evidence`] of what it has, and only for a verdict that is bad: without one,
//! and with `set evidence off`, nothing is kept, read or made. All of it was written by others: [`text`] makes it harmless, and
//! [`lines::Evidence`] keeps it short.

pub mod answer;
pub mod biggest;
pub mod lines;
pub mod output;
mod text;
