//! What users see of services, in the scripted world.

mod actions;
mod clock;
mod lasting;
mod lingering;
pub(super) mod listening;
mod many;
mod settling;
mod silences;
mod silences_end;
mod tests_and_limits;
mod time;
mod trees;
mod why;

use super::fake::{Fake, Script, Stage, command, config, cron, file, process, test};
use super::monitoring::Monitoring;
use super::{MonitorState, SavedState, ServiceIndex, Services, Turn, UserAction};
use crate::config::{
    Action, Backoff, Condition, Config, EventKind, Every, Exec, ExitWatch, Mode, OnReboot, Operator, Rate,
    RestartLimit, Service,
};
use crate::event::{ActionName, State};
use crate::log::Level;
use crate::service_test::{Outcome, Presence, Report, TestRef, Verdict};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// One process, obedient.
fn one(service: Service) -> Stage {
    let mut world = Fake::default();
    world.obedient("p");
    Stage::new(config(vec![service], &[]), world)
}

/// One file of one byte.
fn watched(service: Service) -> Stage {
    let mut world = Fake::default();
    world.file("/f", 1);
    Stage::new(config(vec![service], &[]), world)
}

/// The chain a -> b -> c -> d, all up.
fn chain() -> Stage {
    let mut world = Fake::default();
    ["a", "b", "c", "d"].into_iter().for_each(|name| world.obedient(name));
    let services = ["a", "b", "c", "d"].into_iter().map(process).collect();
    let mut stage = Stage::new(config(services, &[("a", "b"), ("b", "c"), ("c", "d")]), world);
    stage.cycles(3);
    assert_eq!(stage.world.calls, ["start d", "start c", "start b", "start a"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.status(name), "OK", "{name}");
    }
    stage.world.calls.clear();
    stage
}
