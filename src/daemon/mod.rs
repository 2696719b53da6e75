//! The daemon: life cycle and the poll loop, on which services, interface, mail and children meet.
//!
//! What a cycle does is in [`crate::service`]; this room gives it the real world and turns the loop.

pub mod id_file;
pub mod load;
pub mod paths;
pub mod pidfile;

pub use load::Loaded;
