//! The turn of the loop as the services see it: which checks are due, and when we want to be called again.

use super::schedule::{self, Minutes, Passed};
use super::unit::{Recheck, Stage};
use super::{Services, World};
use crate::config::Every;
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
            let mut moved = self.go_on_with_jobs(now, world);
            // During the start delay nothing is checked, also not what a user has just started.
            moved |= !self.clockwork.delayed && self.begin_checks(now, world);
            moved |= self.step_checks(now, world);
            if self.facts.turn_spent() {
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
        let mut out_of_turn = false;
        for (service, unit) in self.config.services.iter().zip(&mut self.units) {
            if !unit.monitored {
                continue;
            }
            // What is still being looked at or worked on is left out of this cycle, unless somebody asked for it.
            let cycle = begins && (woken || unit.flight.is_none() && !unit.busy);
            let was_wanted = unit.wanted;
            match &service.every {
                Every::Cycle => unit.wanted |= cycle,
                Every::Cycles(cycles) if cycle => {
                    unit.waiting = unit.skip > 0;
                    unit.wanted |= !unit.waiting;
                    unit.skip = unit.skip.checked_sub(1).unwrap_or(cycles.saturating_sub(1));
                }
                Every::Cycles(_) => {}
                Every::Cron(cron) => {
                    if schedule::due(cron, passed) {
                        unit.wanted = true;
                        unit.waiting = false;
                    } else if cycle && !unit.wanted && unit.flight.is_none() {
                        unit.waiting = true;
                    }
                }
                Every::NotCron(cron) if cycle => {
                    unit.waiting = schedule::matches(cron, minute);
                    unit.wanted |= !unit.waiting;
                }
                Every::NotCron(_) => {}
                Every::Period(period) => {
                    if unit.next.is_none_or(|next| now.mono >= next) {
                        unit.wanted = true;
                        let next = unit.next.map(|next| next + *period).filter(|next| *next > now.mono);
                        unit.next = Some(next.unwrap_or(now.mono + *period));
                    }
                }
            }
            out_of_turn |= unit.wanted && !was_wanted && !begins;
        }
        for index in 0..self.len() {
            out_of_turn |= self.recheck_is_due(index, now, world);
        }
        if begins || out_of_turn {
            self.facts.renew();
        }
    }

    /// The minute on the wall, and which minutes have passed there since the last look.
    fn look_at_the_wall(&mut self, now: Now) -> (i64, Passed) {
        let by_minute = |every: &Every| matches!(every, Every::Cron(_) | Every::NotCron(_));
        if !self.config.services.iter().any(|service| by_minute(&service.every)) {
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
        for unit in self.units.iter().filter(|unit| unit.monitored) {
            // During the start delay they wait for its end; a moment that passes must not keep the loop awake.
            if !self.clockwork.delayed {
                at(unit.next);
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
        first
    }
}
