use super::*;
use crate::config::EventKind;
use crate::event::{ActionName, State};
use std::time::UNIX_EPOCH;

/// When all events of these tests happened. Their deliveries take place at the same time: what is said of an event's age must
/// not depend on the date of the run.
pub fn then() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_221_943)
}

/// A missing process.
pub fn event(service: &str, count: u32) -> Event {
    Event {
        id: 1,
        time: then(),
        kind: EventKind::NonExist,
        state: State::Failed,
        service: service.into(),
        service_index: Some(0),
        service_type: 3,
        test: 0,
        action: ActionName::Alert,
        description: "process is not running".into(),
        count,
    }
}

#[path = "delivery_tests.rs"]
pub mod delivery;

#[path = "lane_tests.rs"]
mod lanes;
