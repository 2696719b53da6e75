//! How services begin, with what is known of them from an earlier run.

use super::index::ServiceIndex;
use super::monitoring::Monitoring;
use super::saved::{self, SavedState};
use super::unit::Unit;
use crate::config::{Config, OnReboot};
use crate::reactor::Now;

/// The services as they begin.
pub(super) fn units(config: &Config, saved: Option<&SavedState>, same_boot: bool, now: Now) -> Vec<Unit> {
    let mut units: Vec<Unit> = config.services.iter().map(Unit::new).collect();
    let known = saved.map(SavedState::by_name).unwrap_or_default();
    for ((index, service), unit) in ServiceIndex::all(units.len()).zip(&config.services).zip(&mut units) {
        let known = known.get(&saved::identity(service)).copied();
        unit.monitoring = Monitoring::begun(match (service.onreboot, known) {
            (_, Some(known)) if same_boot => known.monitored,
            (OnReboot::LastState, Some(known)) => known.monitored,
            (OnReboot::NoStart, _) => false,
            (OnReboot::Start | OnReboot::LastState, _) => true,
        });
        if let Some(known) = known {
            known.restore(service, unit, same_boot);
            if same_boot {
                unit.lingering = known.program(index, now.mono).map(Box::new);
            }
        }
    }
    units
}
