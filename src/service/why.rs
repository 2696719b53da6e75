//! Why a service is as it is: which rules fail and how often, what it waits for, what happens next and when.
//!
//! Only facts that are in memory anyway, put together when somebody asks. Words are made by the documents.

use super::dependency::bases_of;
use super::holding::holds_back;
use super::index::ServiceIndex;
use super::rule::Rule;
use super::schedule;
use super::services::Services;
use super::test_key;
use super::unit::Extra;
use crate::config::{EventKind, Every, Rate};
use crate::event::{ActionName, TestState};
use crate::reactor::Now;
use crate::service_test::TestRef;
use crate::sys::localtime;
use std::time::{Duration, Instant};

/// How far ahead the next time of a cron line is looked for, in minutes: eight days.
const AHEAD: i64 = 8 * 24 * 60;

/// What there is to say of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// What is not fine.
    pub causes: Vec<Cause>,
    /// The tests that have had no result yet.
    pub untold: Vec<u16>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// What happens next.
    pub next: Vec<Ahead>,
}

/// A rule that is not fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The rule.
    pub rule: RuleRef,
    /// The kind of its events.
    pub kind: EventKind,
    /// Its test, as they name it ([`crate::event::Event::test`]).
    pub test: u64,
    /// How it stands.
    pub standing: Standing,
    /// Cycles in this state.
    pub cycles: u32,
    /// Bad results among the last ones.
    pub bad: u32,
    /// How many of how many it takes.
    pub rate: Rate,
    /// What is done about it.
    pub then: ActionName,
}

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleRef {
    /// The test of that number.
    Test(u16),
    /// The age of the certificate in it.
    Certificate(u16),
    /// The response time in it.
    ResponseTime(u16),
    /// The restart limit of that number.
    Limit(u16),
    /// One that no file mentions.
    Unwritten,
}

/// How a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Failed.
    Failed,
    /// Bad, but not yet often enough.
    Suspicious,
    /// It has just seen a change.
    Changed,
}

/// What a service waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// For a service that it depends on, of this number, which is so.
    Base(u32, BaseState),
    /// For the end of a check that is under way.
    Check,
    /// For an action that is being carried out, or that waits for another one.
    Action(ActionName, bool),
    /// For a program of this kind. It runs since so long, and has this limit.
    Program {
        /// `start`, `stop` or `restart`.
        word: &'static str,
        /// How long it runs, as far as it is known.
        runs: Duration,
        /// Its limit.
        limit: Duration,
        /// It is over its limit, and is ended after so long.
        ended_in: Option<Duration>,
    },
    /// For what it depends on: it was stopped with that, and is started again with it.
    Halted,
}

/// Why a service holds back what depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BaseState {
    NotMonitored,
    NotChecked,
    WorkedOn,
    Waiting,
    Stopping,
    Failed,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// A check, in so long.
    Check(Duration),
    /// A check at the next time of its cron line, which is far off.
    CheckBySchedule,
    /// It may be restarted in so long.
    Restart(Duration),
    /// So many starts in so many cycles count for the restart limit of this number.
    Limit(u16, u32, u32),
}

impl Services {
    /// Why the service of this index is as it is; nothing of one that is not there.
    pub fn why(&self, index: ServiceIndex, now: Now) -> Why {
        if index.0 >= self.len() {
            return Why::default();
        }
        Why {
            causes: self.causes(index),
            untold: self.untold(index),
            waits: self.waits(index, now.mono),
            next: self.next(index, now),
        }
    }

    fn untold(&self, index: ServiceIndex) -> Vec<u16> {
        let states = (0u16..).zip(self.roster.unit(index).tests.iter());
        states.filter(|(_, state)| state.is_untold()).map(|(at, _)| at).collect()
    }

    fn causes(&self, index: ServiceIndex) -> Vec<Cause> {
        let (service, unit) = (self.roster.service(index), self.roster.unit(index));
        if !unit.monitoring.is_on() {
            return Vec::new();
        }
        let keys = test_key::keys(service);
        let key = |at: u16| keys.get(usize::from(at)).copied().unwrap_or_default();
        let of_tests = (0u16..).zip(unit.tests.iter()).filter_map(|(at, state)| {
            let rule = Rule::of(service, TestRef::Test(at))?;
            cause((RuleRef::Test(at), key(at)), rule, state)
        });
        let of_extras = unit.extras.iter().filter_map(|(extra, state)| {
            let (which, rule) = match *extra {
                Extra::Kind(kind) => ((RuleRef::Unwritten, 0), Rule::builtin(kind)),
                Extra::Certificate(at) => {
                    ((RuleRef::Certificate(at), key(at)), Rule::of(service, TestRef::Certificate(at))?)
                }
                Extra::ResponseTime(at) => {
                    ((RuleRef::ResponseTime(at), key(at)), Rule::of(service, TestRef::ResponseTime(at))?)
                }
                Extra::Limit(at) => {
                    let limit = service.restart_limits.get(usize::from(at))?;
                    (
                        (RuleRef::Limit(at), test_key::of_limit(limit)),
                        Rule::limit(&limit.action, service.mode),
                    )
                }
            };
            cause(which, rule, state)
        });
        of_tests.chain(of_extras).collect()
    }

    fn waits(&self, index: ServiceIndex, now: Instant) -> Vec<Wait> {
        let unit = self.roster.unit(index);
        let mut waits = Vec::new();
        if let Some(action) = self.works.pending(index) {
            let runs = self.works.jobs.iter().any(|job| job.is_root(index));
            waits.push(Wait::Action(action, runs));
        }
        if let Some(lingering) = &unit.lingering {
            waits.push(Wait::Program {
                word: lingering.kind.word(),
                runs: lingering.runs(now),
                limit: lingering.limit,
                ended_in: lingering.ended_in(now),
            });
        }
        if unit.flight.is_some() {
            waits.push(Wait::Check);
        }
        // While a job works on it this may be its own stop, after which nobody starts it again.
        if unit.halted && !unit.busy {
            waits.push(Wait::Halted);
        }
        if unit.held || unit.wanted || unit.halted {
            for base in bases_of(&self.roster.config, index) {
                waits.extend(self.base_state(base).map(|state| Wait::Base(base.0, state)));
            }
        }
        waits
    }

    /// Why a service holds back what depends on it; `None`: it does not.
    fn base_state(&self, base: ServiceIndex) -> Option<BaseState> {
        let unit = self.roster.unit(base);
        if !unit.monitoring.is_on() {
            return Some(BaseState::NotMonitored);
        }
        if unit.busy {
            return Some(BaseState::WorkedOn);
        }
        if unit.stop_lingers() {
            return Some(BaseState::Stopping);
        }
        if unit.held {
            return Some(BaseState::Waiting);
        }
        if !unit.monitoring.is_checked() || unit.wanted || unit.flight.is_some() {
            return Some(BaseState::NotChecked);
        }
        holds_back(self.roster.service(base), unit).then_some(BaseState::Failed)
    }

    fn next(&self, index: ServiceIndex, now: Now) -> Vec<Ahead> {
        let (service, unit) = (self.roster.service(index), self.roster.unit(index));
        let mut next = Vec::new();
        if !unit.monitoring.is_on() {
            return next;
        }
        if unit.flight.is_none() {
            next.extend(self.next_check(index, now));
        }
        let until = unit.pause.as_ref().and_then(|pause| pause.until());
        next.extend(until.map(|until| Ahead::Restart(until.saturating_duration_since(now.mono))));
        if unit.restarts.starts > 0 {
            let counts = unit.restarts;
            let open =
                (0u16..).zip(&service.restart_limits).filter(|(_, limit)| counts.cycles <= limit.cycles);
            next.extend(open.map(|(at, _)| Ahead::Limit(at, counts.starts, counts.cycles)));
        }
        next
    }

    fn next_check(&self, index: ServiceIndex, now: Now) -> Option<Ahead> {
        let (service, unit) = (self.roster.service(index), self.roster.unit(index));
        let cycle = self.roster.clockwork.next_cycle();
        let poll = self.roster.config.settings.poll.unwrap_or_default();
        let by_schedule = match &service.every {
            Every::Cycle => cycle,
            Every::Cycles(_) => cycle.map(|cycle| cycle + poll.saturating_mul(unit.skip)),
            Every::Period(_) => unit.next,
            Every::Cron(cron) => match next_minute(now, |minute| schedule::matches(cron, minute)) {
                Some(pause) => Some(now.mono + pause),
                None => return Some(Ahead::CheckBySchedule),
            },
            Every::NotCron(cron) => {
                let wanted = |minute| !schedule::matches(cron, minute);
                match cycle.map(|cycle| first_allowed(cycle, now, wanted)) {
                    Some(None) => return Some(Ahead::CheckBySchedule),
                    allowed => allowed.flatten(),
                }
            }
        };
        let at = [by_schedule, unit.recheck.map(|recheck| recheck.at)].into_iter().flatten().min();
        let at = if unit.wanted { Some(now.mono) } else { at };
        at.map(|at| Ahead::Check(at.saturating_duration_since(now.mono)))
    }
}

/// The cycle that is next, or the end of the minutes in which it is not wanted; `None`: that is far off.
fn first_allowed(cycle: Instant, now: Now, wanted: impl Fn(i64) -> bool) -> Option<Instant> {
    let pause = cycle.saturating_duration_since(now.mono);
    let then = Now { mono: now.mono + pause, wall: now.wall.checked_add(pause).unwrap_or(now.wall) };
    if wanted(minute_of(then)) {
        return Some(then.mono);
    }
    next_minute(then, wanted).map(|pause| then.mono + pause)
}

fn minute_of(now: Now) -> i64 {
    let seconds = now.unix_secs();
    schedule::wall_minute(seconds, &localtime::local(seconds))
}

/// How long it is to the next minute on the wall that is wanted; this one does not count, it has been looked at.
fn next_minute(now: Now, wanted: impl Fn(i64) -> bool) -> Option<Duration> {
    let seconds = now.unix_secs();
    let minute = minute_of(now);
    let ahead = (1..=AHEAD).find(|ahead| wanted(minute + ahead))?;
    u64::try_from(ahead * 60 - seconds.rem_euclid(60)).ok().map(Duration::from_secs)
}

fn cause((which, test): (RuleRef, u64), rule: Rule<'_>, state: &TestState) -> Option<Cause> {
    let standing = match state {
        state if state.failed() => Standing::Failed,
        state if state.suspicious() => Standing::Suspicious,
        state if state.changed() => Standing::Changed,
        _ => return None,
    };
    Some(Cause {
        rule: which,
        kind: rule.kind,
        test,
        standing,
        cycles: state.count(),
        bad: state.bad_of(rule.rate),
        rate: rule.rate,
        then: ActionName::from(rule.then),
    })
}
