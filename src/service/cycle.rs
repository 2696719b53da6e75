//! The turn of the loop as the services see it: which checks are due, and when we want to be called again.

use super::schedule::{self, Minutes, Passed};
use super::unit::{Recheck, Stage, Unit};
use super::{Services, World};
use crate::config::{Every, Service};
use crate::reactor::Now;
use crate::sys::localtime;
use std::time::{Duration, Instant};

/// When cycles begin.
#[derive(Debug)]
pub(super) struct Clockwork {
    number: u64,
    /// The next cycle; `None`: when woken.
    next: Option<Instant>,
    wake: bool,
    /// The start delay has not passed.
    delayed: bool,
    minutes: Minutes,
    /// The wall clock's next minute, if a schedule looks at minutes.
    next_minute: Option<Instant>,
    /// There is work left for the next turn.
    more: Option<Instant>,
}

impl Clockwork {
    pub(super) fn new(first: Instant, delayed: bool) -> Clockwork {
        Clockwork {
            number: 0,
            next: Some(first),
            wake: false,
            delayed,
            minutes: Minutes::default(),
            next_minute: None,
            more: None,
        }
    }

    /// No cycle and no check any more.
    pub(super) fn halt(&mut self) {
        (self.next, self.next_minute, self.wake, self.delayed) = (None, None, false, true);
    }

    pub(super) fn cycles(&self) -> u64 {
        self.number
    }

    pub(super) fn wake(&mut self) {
        self.wake = !self.delayed;
    }

    /// The next cycle at once, or at the end of the start delay.
    pub(super) fn restart(&mut self) {
        self.wake();
    }

    /// Does a cycle begin now? `Some(true)`: because somebody wants it.
    fn begins(&mut self, poll: Option<Duration>, now: Instant) -> Option<bool> {
        let due = self.next.is_some_and(|next| now >= next);
        if !due && !self.wake {
            return None;
        }
        self.next = match (self.next, poll) {
            (_, None) => None,
            // At the fixed rate; what was missed is not made up for.
            (Some(next), Some(poll)) if due && now < next + poll => Some(next + poll),
            (_, Some(poll)) => Some(now + poll),
        };
        self.delayed = false;
        self.number += 1;
        Some(std::mem::take(&mut self.wake))
    }
}

/// What time it is for schedules.
#[derive(Clone, Copy)]
struct Time {
    /// A cycle begins.
    begins: bool,
    /// Somebody wants it.
    woken: bool,
    minute: i64,
    passed: Passed,
    now: Instant,
}

impl Time {
    /// Makes the check of a monitored service due if its schedule says so.
    fn make_due(&self, service: &Service, unit: &mut Unit) {
        // What is still being looked at or worked on is left out of this cycle, unless somebody asked for it.
        let cycle = self.begins && (self.woken || unit.flight.is_none() && !unit.busy);
        let due = match &service.every {
            Every::Cycle => cycle,
            Every::Cycles(cycles) if cycle => {
                unit.waiting = unit.skip > 0;
                unit.skip = unit.skip.checked_sub(1).unwrap_or(cycles.saturating_sub(1));
                !unit.waiting
            }
            Every::Cycles(_) => false,
            Every::Cron(cron) => {
                let due = schedule::due(cron, self.passed);
                if due {
                    unit.waiting = false;
                } else if cycle && !unit.wanted && unit.flight.is_none() {
                    unit.waiting = true;
                }
                due
            }
            Every::NotCron(cron) if cycle => {
                unit.waiting = schedule::matches(cron, self.minute);
                !unit.waiting
            }
            Every::NotCron(_) => false,
            Every::Period(period) => {
                let due = unit.next.is_none_or(|next| self.now >= next);
                if due {
                    let next = unit.next.map(|next| next + *period).filter(|next| *next > self.now);
                    unit.next = Some(next.unwrap_or(self.now + *period));
                }
                due
            }
        };
        if due {
            unit.wanted = true;
            unit.settling.cycle();
        }
    }
}

impl Services {
    /// Does what is due at `now`: begins cycles and checks, takes the next slice of work of those in flight, goes on
    /// with actions. Call it once per turn of the loop, after results have been handed in.
    pub fn turn(&mut self, now: Now, world: &mut dyn World) {
        if self.ended {
            return;
        }
        self.clockwork.more = None;
        self.facts.begin_turn();
        if !self.clockwork.delayed || self.clockwork.next.is_some_and(|next| now.mono >= next) {
            self.make_due(now, world);
        }
        loop {
            let mut moved = self.tend_lingering(now, world);
            moved |= self.go_on_with_jobs(now, world);
            // During the start delay nothing is checked, also not what a user has just started.
            moved |= !self.clockwork.delayed && self.begin_checks(now, world);
            moved |= self.step_checks(now, world);
            if self.turn_spent(world) {
                self.clockwork.more = Some(now.mono);
                return;
            }
            if !moved {
                return;
            }
        }
    }

    /// Makes the checks due whose time has come.
    fn make_due(&mut self, now: Now, world: &mut dyn World) {
        let (minute, passed) = self.look_at_the_wall(now);
        let begun = self.clockwork.begins(self.config.settings.poll, now.mono);
        let (begins, woken) = (begun.is_some(), begun == Some(true));
        let time = Time { begins, woken, minute, passed, now: now.mono };
        let mut out_of_turn = false;
        let mut look = |services: &mut Services, index: u32| {
            let at = index as usize;
            let (Some(service), Some(unit)) = (services.config.services.get(at), services.units.get_mut(at))
            else {
                return;
            };
            let was_wanted = unit.wanted;
            if unit.monitored {
                time.make_due(service, unit);
            }
            if unit.wanted {
                services.agenda.look_at(index);
            }
            out_of_turn |= unit.wanted && !was_wanted && !begins;
        };
        if begins {
            (0..self.len()).for_each(|index| look(self, index));
        } else {
            // Between cycles only what has a schedule of its own can become due.
            let mut next = self.agenda.timed.next(0);
            while let Some(index) = next {
                look(self, index);
                next = self.agenda.timed.next(index + 1);
            }
        }
        let mut next = self.agenda.next(0);
        while let Some(place) = next {
            let index = self.config.check_order[place as usize];
            out_of_turn |= self.recheck_is_due(index, now, world);
            next = self.agenda.next(place + 1);
        }
        if begins || out_of_turn {
            self.facts.renew();
        }
    }

    /// The minute on the wall, and which minutes have passed there since the last look.
    fn look_at_the_wall(&mut self, now: Now) -> (i64, Passed) {
        if !self.agenda.by_minute {
            self.clockwork.next_minute = None;
            return (0, Passed::Nothing);
        }
        let seconds = now.unix_secs();
        let minute = schedule::wall_minute(seconds, &localtime::local(seconds));
        let rest = u64::try_from(60 - seconds.rem_euclid(60)).unwrap_or(60);
        self.clockwork.next_minute = Some(now.mono + Duration::from_secs(rest));
        (minute, self.clockwork.minutes.pass(minute))
    }

    /// Is this a minute in which the service's cron line wants no check?
    pub(super) fn schedule_forbids(&self, index: u32, now: Now) -> bool {
        let minute = || {
            let seconds = now.unix_secs();
            schedule::wall_minute(seconds, &localtime::local(seconds))
        };
        match &self.config.services[index as usize].every {
            Every::Cron(cron) => !schedule::matches(cron, minute()),
            Every::NotCron(cron) => schedule::matches(cron, minute()),
            Every::Cycle | Every::Cycles(_) | Every::Period(_) => false,
        }
    }

    /// A check out of turn at `at`; an earlier one stays.
    pub(super) fn recheck_at(&mut self, index: u32, at: Instant, exit: Option<u8>) {
        let unit = &mut self.units[index as usize];
        if unit.recheck.is_none_or(|known| at < known.at) {
            unit.recheck = Some(Recheck { at, exit });
            self.agenda.look_at(index);
        }
    }

    /// When [`Services::turn`] has something to do at the latest.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        if self.ended {
            return None;
        }
        if let Some(more) = self.clockwork.more {
            return Some(more);
        }
        let mut first: Option<Instant> = None;
        let mut at = |when: Option<Instant>| {
            if let Some(when) = when {
                first = Some(first.map_or(when, |first| first.min(when)));
            }
        };
        at(self.clockwork.next);
        at(self.clockwork.next_minute);
        let monitored = |index: u32| self.units.get(index as usize).filter(|unit| unit.monitored);
        if !self.clockwork.delayed {
            self.agenda.timed.iter().filter_map(monitored).for_each(|unit| at(unit.next));
        }
        let places = self.agenda.places();
        let live = places.filter_map(|place| self.config.check_order.get(place as usize).copied());
        for unit in live.filter_map(monitored) {
            // During the start delay they wait for its end; a moment that passes must not keep the loop awake.
            if !self.clockwork.delayed {
                at(unit.recheck.map(|recheck| recheck.at));
            }
            if let Some(flight) = &unit.flight {
                if let Stage::Until(when) = flight.stage {
                    at(Some(when));
                }
            }
        }
        // What a user wants done is done during the start delay, too.
        for job in &self.jobs {
            at(job.deadline());
        }
        at(self.lingering_deadline());
        first
    }
}
