//! The checks of a turn of the loop: which are due, which begin, which go on, and when the next one wants to be looked at.

use super::clockwork::Beginning;
use super::holding::Bases;
use super::index::ServiceIndex;
use super::roster::Roster;
use super::turn::Turn;
use super::unit::Awaits;
use crate::log::Level;
use std::time::Instant;

impl Roster {
    /// Makes the checks due whose time has come.
    pub(super) fn make_due(&mut self, turn: &mut Turn<'_>) {
        let begins = self.clockwork.begins(self.config.settings.poll, turn.now.mono);
        let time = self.clockwork.look(begins, self.common.agenda.by_minute, turn.now);
        let mut out_of_turn = false;
        let mut look = |roster: &mut Roster, index: ServiceIndex| {
            let Some(unit) = roster.units.get_mut(index.at()) else { return };
            let was_wanted = unit.wanted;
            if unit.monitoring.is_on() {
                // With thousands of services it matters not to look at what each file says.
                match roster.common.agenda.scheduled.has(index.0) {
                    true => time.make_due(&roster.config.services[index.at()], unit),
                    false => time.make_due_in_cycle(unit),
                }
            }
            if unit.wanted {
                roster.common.agenda.is_due(index);
                out_of_turn |= !was_wanted;
            }
        };
        if begins == Beginning::None {
            // Between cycles only what has a schedule of its own can become due.
            let mut next = self.common.agenda.timed.next(0);
            while let Some(index) = next {
                look(self, ServiceIndex(index));
                next = self.common.agenda.timed.next(index + 1);
            }
        } else {
            self.all().for_each(|index| look(self, index));
            // Where cycles are too short for all services, those at the end of the file would never have their turn.
            self.common.agenda.first_due = self.common.agenda.left_due.take().unwrap_or(0);
        }
        let mut next = self.common.agenda.rechecks.next(0);
        while let Some(place) = next {
            out_of_turn |= self.one(self.at_place(place)).recheck_is_due(turn);
            if self.unit(self.at_place(place)).recheck.is_none() {
                self.common.agenda.rechecks.clear(place);
            }
            next = self.common.agenda.rechecks.next(place + 1);
        }
        if begins != Beginning::None || out_of_turn {
            self.common.facts.renew();
        }
    }

    /// Begins every check that is due and may begin. `true` if something happened.
    pub(super) fn begin_checks(&mut self, turn: &mut Turn<'_>) -> bool {
        let (mut moved, mut begun) = (false, false);
        let first = self.common.agenda.first_due;
        self.common.agenda.left_due = None;
        let mut next = self.common.agenda.due.next_of_round(first, None);
        while let Some(place) = next {
            next = self.common.agenda.due.next_of_round(first, next);
            let index = self.at_place(place);
            let unit = &mut self.units[index.at()];
            if unit.wanted && (unit.busy || unit.flight.is_some()) {
                continue;
            }
            if !unit.wanted || !unit.monitoring.is_on() {
                unit.wanted = false;
                self.common.agenda.due.clear(place);
                continue;
            }
            match self.bases(index) {
                Bases::Wait => continue,
                Bases::Held(base) => {
                    self.hold_back(index, base, turn);
                    moved = true;
                }
                Bases::Fine => {
                    // One begins in any case, whatever else the turn had to do.
                    if begun && self.turn_spent(turn) {
                        self.common.agenda.left_due = Some(place);
                        break;
                    }
                    (moved, begun) = (true, true);
                    let mut one = self.one(index);
                    if one.pass_restart_limits(turn) {
                        one.check(turn);
                    } else {
                        one.unit.wanted = false;
                    }
                }
            }
            if !self.unit(index).wanted {
                self.common.agenda.due.clear(place);
            }
        }
        moved
    }

    /// The check of a service is left out, because of one that it depends on.
    fn hold_back(&mut self, index: ServiceIndex, base: ServiceIndex, turn: &mut Turn<'_>) {
        let unit = self.unit_mut(index);
        unit.wanted = false;
        unit.held = true;
        let base = self.name(base);
        let text = format_args!("test skipped as required service '{base}' has errors");
        self.say(index, Level::Debug, text, turn);
    }

    /// Takes the next slice of work of every check that has one. `true` if something happened.
    pub(super) fn step_checks(&mut self, turn: &mut Turn<'_>) -> bool {
        let (mut moved, mut left) = (false, None);
        let first = self.common.agenda.first_flying;
        let mut next = self.common.agenda.flying.next_of_round(first, None);
        while let Some(place) = next {
            next = self.common.agenda.flying.next_of_round(first, next);
            let index = self.at_place(place);
            let Some(flight) = &self.unit(index).flight else {
                self.common.agenda.flying.clear(place);
                continue;
            };
            let ready = match flight.awaits {
                Awaits::More => true,
                Awaits::Until(when) => turn.now.mono >= when,
                Awaits::Results => false,
            };
            if !ready {
                continue;
            }
            // One is carried on in any case.
            if moved && self.turn_spent(turn) {
                left.get_or_insert(place);
                continue;
            }
            moved = true;
            self.one(index).step_check(turn);
        }
        self.common.agenda.first_flying = left.unwrap_or(0);
        moved
    }

    /// When a cycle or a check has something to do at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let mut first: Option<Instant> = None;
        let mut at = |when: Option<Instant>| {
            if let Some(when) = when {
                first = Some(first.map_or(when, |first| first.min(when)));
            }
        };
        self.clockwork.deadlines().into_iter().for_each(&mut at);
        let agenda = &self.common.agenda;
        let monitored =
            |index: ServiceIndex| self.units.get(index.at()).filter(|unit| unit.monitoring.is_on());
        let of_place = |place: u32| {
            self.config.check_order.get(place as usize).and_then(|index| monitored(ServiceIndex(*index)))
        };
        // During the start delay they wait for its end; a moment that passes must not keep the loop awake.
        if !self.clockwork.is_delayed() {
            agenda.timed.iter().map(ServiceIndex).filter_map(monitored).for_each(|unit| at(unit.next));
            agenda.rechecks.iter().filter_map(of_place).for_each(|unit| at(unit.recheck.map(|it| it.at)));
        }
        for flight in agenda.flying.iter().filter_map(of_place).filter_map(|unit| unit.flight.as_ref()) {
            if let Awaits::Until(when) = flight.awaits {
                at(Some(when));
            }
        }
        first
    }
}
