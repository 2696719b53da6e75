use super::*;
use crate::config::EventKind;
use crate::event::ActionName;
use std::time::{Duration, UNIX_EPOCH};

/// A failed connection test.
pub fn event(service: &str, state: State) -> Event {
    Event {
        id: 1,
        time: UNIX_EPOCH + Duration::from_secs(1_795_221_943),
        kind: EventKind::Connection,
        state,
        service: service.into(),
        service_index: Some(0),
        service_type: 4,
        test: 7,
        action: ActionName::Alert,
        description: "failed protocol test [HTTP] at \"x\"".into(),
        evidence: Box::default(),
        count: 1,
    }
}

#[test]
fn failure_and_recovery_of_one_test_are_one_incident() {
    let (failed, recovered) = (event("web", State::Failed), event("web", State::Succeeded));
    let message = |event, key| Message { event, host: "box", key, group: None };
    let (first, second) = (message(&failed, 1), message(&recovered, 2));
    assert_eq!(first.incident(), second.incident());
    assert_ne!(first.id(), second.id());
    assert_eq!(first.id(), message(&failed, 1).id());
    let other = Event { test: 8, ..failed.clone() };
    assert_ne!(message(&other, 1).incident(), first.incident());
    assert_ne!(Message { host: "other", ..first }.incident(), first.incident());
    let changed = event("web", State::Changed);
    assert_eq!(message(&changed, 3).incident(), message(&changed, 3).id());
    assert_eq!(first.time(), "2026-11-21T00:45:43Z");
    assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
}
