//! How much recipients are told (`set alert … group`, `limit`, `quiet`): one message of several events, on top of the
//! [`crate::outbox`]. Who delivers has a [`Grouping`] for each such recipient, which is a destination of its own; it says when there
//! is to be a message and gives a [`Parcel`] with what is in it. Where nothing of this is in the control file nothing of it is there.

mod grouping;
mod halves;
pub mod identity;
mod losing;
mod pace;
mod parcel;
mod parcel_text;
mod quiet;
mod word;

pub use grouping::{Grouping, Terms};
pub use losing::Refused;
pub use pace::What;
pub use parcel::{Course, Manner, Parcel};
