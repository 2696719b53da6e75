//! When cycles begin, and what a schedule makes of one.

use super::schedule::{self, Minutes, Passed};
use super::unit::Unit;
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

    /// Does a cycle begin now?
    pub(super) fn begins(&mut self, poll: Option<Duration>, now: Instant) -> Beginning {
        let due = self.next.is_some_and(|next| now >= next);
        if !due && !self.wake {
            return Beginning::None;
        }
        self.next = match (self.next, poll) {
            (_, None) => None,
            // At the fixed rate; what was missed is not made up for.
            (Some(next), Some(poll)) if due && now < next + poll => Some(next + poll),
            (_, Some(poll)) => Some(now + poll),
        };
        self.delayed = false;
        self.number += 1;
        if std::mem::take(&mut self.wake) { Beginning::Woken } else { Beginning::Due }
    }

    /// A turn of the loop begins: is anything to be made due in it? Not during the start delay.
    pub(super) fn turns(&mut self, now: Instant) -> bool {
        self.more = None;
        !self.delayed || self.next.is_some_and(|next| now >= next)
    }

    /// During the start delay nothing is checked, also not what a user has just started.
    pub(super) fn is_delayed(&self) -> bool {
        self.delayed
    }

    /// There is work left for the next turn.
    pub(super) fn leave_rest(&mut self, now: Instant) {
        self.more = Some(now);
    }

    /// When there is work that was left.
    pub(super) fn rest(&self) -> Option<Instant> {
        self.more
    }

    /// When the next cycle begins, unless somebody wakes us; `None`: only then.
    pub(super) fn next_cycle(&self) -> Option<Instant> {
        self.next
    }

    /// When the clock itself has something to do.
    pub(super) fn deadlines(&self) -> [Option<Instant>; 2] {
        [self.next, self.next_minute]
    }

    /// What time it is for schedules, as a cycle begins or does not. `by_minute`: some schedule looks at the minutes.
    pub(super) fn look(&mut self, begins: Beginning, by_minute: bool, now: Now) -> Time {
        let (minute, passed) = self.look_at_the_wall(by_minute, now);
        Time { begins, minute, passed, now: now.mono }
    }

    /// The minute on the wall, and which minutes have passed there since the last look.
    fn look_at_the_wall(&mut self, by_minute: bool, now: Now) -> (i64, Passed) {
        if !by_minute {
            self.next_minute = None;
            return (0, Passed::Nothing);
        }
        let seconds = now.unix_secs();
        let minute = schedule::wall_minute(seconds, &localtime::local(seconds));
        let rest = u64::try_from(60 - seconds.rem_euclid(60)).unwrap_or(60);
        self.next_minute = Some(now.mono + Duration::from_secs(rest));
        (minute, self.minutes.pass(minute))
    }
}

/// Does a cycle begin?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    None,
    /// Its time has come.
    Due,
    /// Somebody wants it.
    Woken,
}

/// What time it is for schedules.
#[derive(Clone, Copy)]
pub(super) struct Time {
    begins: Beginning,
    minute: i64,
    passed: Passed,
    now: Instant,
}

impl Time {
    /// Makes the check of a monitored service due if its schedule says so.
    pub(super) fn make_due(&self, service: &Service, unit: &mut Unit) {
        let cycle = self.has_cycle(unit);
        let due = match &service.every {
            Every::Cycle => cycle,
            Every::Cycles(cycles) if cycle => {
                let waits = unit.skip > 0;
                unit.monitoring.left_out(waits);
                unit.skip = unit.skip.checked_sub(1).unwrap_or(cycles.saturating_sub(1));
                !waits
            }
            Every::Cycles(_) => false,
            Every::Cron(cron) => {
                let due = schedule::due(cron, self.passed);
                if due {
                    unit.monitoring.left_out(false);
                } else if cycle && !unit.wanted && unit.flight.is_none() {
                    unit.monitoring.left_out(true);
                }
                due
            }
            Every::NotCron(cron) if cycle => {
                let forbidden = schedule::matches(cron, self.minute);
                unit.monitoring.left_out(forbidden);
                !forbidden
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

    /// The same for one that is due in every cycle.
    pub(super) fn make_due_in_cycle(&self, unit: &mut Unit) {
        if self.has_cycle(unit) {
            unit.wanted = true;
            unit.settling.cycle();
        }
    }

    /// Does a cycle begin for this one?
    fn has_cycle(&self, unit: &Unit) -> bool {
        match self.begins {
            Beginning::None => false,
            // What is still being looked at or worked on is left out of this cycle, unless somebody asked for it.
            Beginning::Due => unit.flight.is_none() && !unit.busy,
            Beginning::Woken => true,
        }
    }
}

/// Is this a minute in which the service's cron line wants no check?
pub(super) fn schedule_forbids(service: &Service, now: Now) -> bool {
    let minute = || {
        let seconds = now.unix_secs();
        schedule::wall_minute(seconds, &localtime::local(seconds))
    };
    match &service.every {
        Every::Cron(cron) => !schedule::matches(cron, minute()),
        Every::NotCron(cron) => schedule::matches(cron, minute()),
        Every::Cycle | Every::Cycles(_) | Every::Period(_) => false,
    }
}
