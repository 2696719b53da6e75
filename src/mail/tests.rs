use super::*;
pub use crate::outbox::tests::{event, then};

#[path = "delivery_tests.rs"]
pub mod delivery;

#[path = "lane_tests.rs"]
mod lanes;

#[path = "refused_tests.rs"]
mod refused;

#[path = "grouped_tests.rs"]
mod grouped_recipients;
