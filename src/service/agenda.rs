//! Which services something is going on with, so that a turn looks at those and not at all of them.
//!
//! One bit for each service. A mark says "look here", no more: what is so stands in the unit. A mark too many costs a
//! look, one too few would lose a check; so marks are set wherever something begins and taken away in one place, by
//! whoever looked and found nothing ([`super::Services::step_checks`]).

use super::unit::Unit;
use crate::config::{Config, Every};

/// A set of small numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Box<[u64]>);

impl Marks {
    /// Room for `count` numbers from 0; none is in it.
    pub(super) fn new(count: usize) -> Marks {
        Marks(vec![0; count.div_ceil(64)].into_boxed_slice())
    }

    pub(super) fn set(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn clear(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.next(number) == Some(number)
    }

    /// The smallest number in it that is not below `from`.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        let first = from as usize / 64;
        let mut mask = u64::MAX << (from % 64);
        for (at, word) in self.0.iter().enumerate().skip(first) {
            let found = word & mask;
            if found != 0 {
                return u32::try_from(at * 64).ok()?.checked_add(found.trailing_zeros());
            }
            mask = u64::MAX;
        }
        None
    }

    /// All numbers in it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let found = self.next(from?)?;
            from = found.checked_add(1);
            Some(found)
        })
    }
}

/// What is to be looked at in a turn.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// From a service to its place in the order of checks.
    rank: Box<[u32]>,
    /// Places in the order of checks: services that are due, looked at, or to be looked at out of turn.
    live: Marks,
    /// Services whose schedule is not that of the cycles.
    pub(super) timed: Marks,
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
        let mut agenda = Agenda { rank, live: Marks::new(count), timed: Marks::new(count), by_minute: false };
        for ((index, service), unit) in (0u32..).zip(&config.services).zip(units) {
            match service.every {
                Every::Cycle | Every::Cycles(_) => {}
                Every::Period(_) => agenda.timed.set(index),
                Every::Cron(_) | Every::NotCron(_) => {
                    agenda.timed.set(index);
                    agenda.by_minute = true;
                }
            }
            if live(unit) {
                agenda.look_at(index);
            }
        }
        agenda
    }

    /// Something begins with a service.
    pub(super) fn look_at(&mut self, index: u32) {
        if let Some(place) = self.rank.get(index as usize) {
            self.live.set(*place);
        }
    }

    /// Nothing is going on with the service at this place of the order of checks.
    pub(super) fn done_with(&mut self, place: u32) {
        self.live.clear(place);
    }

    /// The next place in the order of checks, from this one on, where something is going on.
    pub(super) fn next(&self, place: u32) -> Option<u32> {
        self.live.next(place)
    }

    /// The places in the order of checks where something is going on.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        self.live.iter()
    }

    /// Is every unit with which something is going on marked?
    #[cfg(test)]
    pub(super) fn covers(&self, units: &[Unit]) -> bool {
        units.iter().zip(&self.rank).all(|(unit, place)| !live(unit) || self.live.has(*place))
    }
}

/// Is something going on with this unit that a turn has to look at?
pub(super) fn live(unit: &Unit) -> bool {
    unit.wanted || unit.flight.is_some() || unit.recheck.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_order_and_none_is_missed() {
        let numbers = [0, 1, 63, 64, 127, 128, 200];
        let mut marks = Marks::new(201);
        assert_eq!(marks.next(0), None);
        numbers.iter().rev().for_each(|number| marks.set(*number));
        assert_eq!(marks.iter().collect::<Vec<_>>(), numbers);
        assert_eq!(marks.next(129), Some(200));
        assert_eq!(marks.next(201), None);
        marks.clear(63);
        marks.clear(200);
        assert_eq!(marks.iter().collect::<Vec<_>>(), [0, 1, 64, 127, 128]);
        // Numbers nobody has are nobody's.
        marks.set(5000);
        assert_eq!(marks.next(129), None);
    }
}
