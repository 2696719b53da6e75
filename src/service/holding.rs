//! What a service means for those that depend on it.

use super::index::ServiceIndex;
use super::unit::Unit;
use crate::config::{Action, Condition, Mode, Service};
use crate::service_test::Presence;

/// May a service be looked at, as far as what it depends on is concerned?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bases {
    Fine,
    /// One of them is being looked at or worked on.
    Wait,
    /// This one holds it back.
    Held(ServiceIndex),
}

/// Is a service well that is not there?
pub(super) fn may_be_missing(service: &Service) -> bool {
    service.tests.iter().any(|test| matches!(test.condition, Condition::Exist))
}

/// Does this service, monitored and checked, hold back what depends on it?
pub(super) fn holds_back(service: &Service, unit: &Unit) -> bool {
    match unit.presence {
        Presence::WrongType => return true,
        Presence::Missing if !may_be_missing(service) => return true,
        _ => {}
    }
    service.tests.iter().zip(unit.tests.iter()).any(|(test, state)| {
        let acts = match test.then {
            Action::Alert | Action::Ignore => false,
            Action::Start | Action::Stop | Action::Restart => service.mode == Mode::Active,
            Action::Unmonitor | Action::Exec(_) => true,
        };
        acts && state.stands()
    })
}
