//! Which services something is going on with, so that a turn looks at those and not at all of them.
//!
//! One bit for each service and each thing that can go on with it. A mark says "look here", no more: what is so stands in
//! the unit. A mark too many costs a look, one too few would lose a check; so marks are set wherever something begins
//! and taken away by whoever looked and found nothing.

use super::index::ServiceIndex;
use super::marks::Marks;
use super::unit::Unit;
use crate::config::{Config, Every};

/// What is to be looked at in a turn. All but `timed` are by the place in the order of checks.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// From a service to its place in the order of checks.
    rank: Box<[u32]>,
    /// Whose check is due.
    pub(super) due: Marks,
    /// Whose check is in flight.
    pub(super) flying: Marks,
    /// Where a look at those that are due begins: at what the cycle before had no time for, or at the first of all.
    pub(super) first_due: u32,
    /// The first that is due and that the last turn had no time for.
    pub(super) left_due: Option<u32>,
    /// Where a look at those in flight begins: at the one that the last turn had no time for.
    pub(super) first_flying: u32,
    /// To be looked at out of turn.
    pub(super) rechecks: Marks,
    /// Services whose schedule is not that of the cycles.
    pub(super) timed: Marks,
    /// Services with a schedule of their own, that of every so many cycles included.
    pub(super) scheduled: Marks,
    /// Some schedule looks at the minutes of the wall clock.
    pub(super) by_minute: bool,
}

impl Agenda {
    pub(super) fn new(config: &Config, units: &[Unit]) -> Agenda {
        let count = config.services.len();
        let mut rank = vec![0; count].into_boxed_slice();
        for (place, index) in (0u32..).zip(&config.check_order) {
            if let Some(slot) = rank.get_mut(*index as usize) {
                *slot = place;
            }
        }
        let mut agenda = Agenda {
            rank,
            due: Marks::new(count),
            flying: Marks::new(count),
            first_due: 0,
            left_due: None,
            first_flying: 0,
            rechecks: Marks::new(count),
            timed: Marks::new(count),
            scheduled: Marks::new(count),
            by_minute: false,
        };
        for ((index, service), unit) in ServiceIndex::all(count).zip(&config.services).zip(units) {
            if service.every != Every::Cycle {
                agenda.scheduled.set(index.0);
            }
            match service.every {
                Every::Cycle | Every::Cycles(_) => {}
                Every::Period(_) => agenda.timed.set(index.0),
                Every::Cron(_) | Every::NotCron(_) => {
                    agenda.timed.set(index.0);
                    agenda.by_minute = true;
                }
            }
            if unit.wanted {
                agenda.is_due(index);
            }
            if unit.flight.is_some() {
                agenda.flies(index);
            }
            if unit.recheck.is_some() {
                agenda.looked_at_again(index);
            }
        }
        agenda
    }

    /// A check of this service is due.
    pub(super) fn is_due(&mut self, index: ServiceIndex) {
        self.due.set(self.place(index));
    }

    /// A check of this service is in flight.
    pub(super) fn flies(&mut self, index: ServiceIndex) {
        self.flying.set(self.place(index));
    }

    /// This service is to be looked at out of turn.
    pub(super) fn looked_at_again(&mut self, index: ServiceIndex) {
        self.rechecks.set(self.place(index));
    }

    fn place(&self, index: ServiceIndex) -> u32 {
        self.rank.get(index.at()).copied().unwrap_or(u32::MAX)
    }

    /// The places in the order of checks where something is going on; one may come twice.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        self.due.iter().chain(self.flying.iter()).chain(self.rechecks.iter())
    }

    /// Is every unit with which something is going on marked?
    #[cfg(test)]
    pub(super) fn covers(&self, units: &[Unit]) -> bool {
        units.iter().zip(&self.rank).all(|(unit, place)| {
            (!unit.wanted || self.due.has(*place))
                && (unit.flight.is_none() || self.flying.has(*place))
                && (unit.recheck.is_none() || self.rechecks.has(*place))
        })
    }
}
