//! One service at run time: everything known about it beside its configuration.

use super::backoff::Pause;
use super::kind::Kind;
use super::lingering::Lingering;
use super::monitoring::Monitoring;
use super::restart_limit::Restarts;
use super::settling::Settling;
use super::short::Short;
use super::test_key;
use super::withheld::Withheld;
use super::world::{ProbeId, WatchId};
use crate::config::{EventKind, Rate, RestartLimit, Service, Subject};
use crate::event::{State, TestState, Transition};
use crate::reactor::children::ChildId;
use crate::service_test::{Check, Identity, Memory, Presence};
use std::time::{Duration, Instant, SystemTime};

/// A service at run time.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) monitoring: Monitoring,
    /// A check is due.
    pub(super) wanted: bool,
    /// What it depends on held its last check back.
    pub(super) held: bool,
    /// It was stopped for the sake of what it depends on, and is to be started again.
    pub(super) halted: bool,
    /// A job works on it: no check begins but the job's own.
    pub(super) busy: bool,
    /// What the last check found.
    pub(super) presence: Presence,
    /// One for each of the service's tests.
    pub(super) tests: Short<TestState>,
    /// What has an incident of its own beside the tests, as far as it has had a result.
    pub(super) extras: Short<(Extra, TestState)>,
    pub(super) memory: Memory,
    pub(super) flight: Option<Box<Flight>>,
    pub(super) collected: Option<SystemTime>,
    /// `every N cycles`: cycles to leave out.
    pub(super) skip: u32,
    /// `every N seconds`: when the next check is due.
    pub(super) next: Option<Instant>,
    /// A check out of turn is due at this time.
    pub(super) recheck: Option<Recheck>,
    pub(super) restarts: Restarts,
    /// What its results are worth since the last start of ours.
    pub(super) settling: Settling,
    pub(super) pause: Option<Box<Pause>>,
    /// A zombie was found and is looked at once more before it is told.
    pub(super) patient: bool,
    pub(super) watch: Option<(Identity, WatchId)>,
    /// The start, stop or restart program that runs for it, in time or not.
    pub(super) lingering: Option<Box<Lingering>>,
    /// What a silence has kept from those who are told.
    pub(super) withheld: Option<Box<Withheld>>,
    /// What failed when a program for it did the last time.
    pub(super) last_failure: Kind,
    /// What the state file last knew of it, as a sum: a change makes the file due.
    pub(super) written: u64,
}

/// What can be failed beside the tests themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// Something no file mentions: type, data access, execution, restart limit.
    Kind(EventKind),
    /// The certificate's age in the connection test of this index.
    Certificate(u16),
    /// The response time in the connection or ping test of this index.
    ResponseTime(u16),
    /// The restart limit of this index.
    Limit(u16),
}

impl Extra {
    pub(super) fn kind(self) -> EventKind {
        match self {
            Extra::Kind(kind) => kind,
            Extra::Certificate(_) => EventKind::Timestamp,
            Extra::ResponseTime(_) => EventKind::Speed,
            Extra::Limit(_) => EventKind::Timeout,
        }
    }
}

/// A check out of turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recheck {
    pub(super) at: Instant,
    /// Its process was seen to end: how often the check has been put off because it was not reaped yet.
    pub(super) exit: Option<u8>,
}

/// A check in flight.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) check: Check,
    /// The program of a `check program`.
    pub(super) program: Option<ChildId>,
    /// When that was started, and its time limit.
    pub(super) started: (SystemTime, Duration),
    pub(super) probes: Vec<(ProbeId, u16)>,
    pub(super) awaits: Awaits,
    /// Begun by a job: what fails is told, but starts nothing.
    pub(super) of_job: bool,
}

/// What a check in flight waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaits {
    /// For its next slice of work.
    More,
    /// For that time.
    Until(Instant),
    /// For its program or probes.
    Results,
}

impl Unit {
    pub(super) fn new(service: &Service) -> Unit {
        Unit {
            tests: service.tests.iter().map(|_| TestState::default()).collect(),
            memory: Memory::new(service),
            ..Unit::default()
        }
    }

    /// Is no check in flight, due, or about to be looked at once more?
    pub(super) fn idle(&self) -> bool {
        self.flight.is_none() && !self.wanted && !self.ending()
    }

    /// The state of something beside the tests.
    pub(super) fn extra(&mut self, extra: Extra) -> &mut TestState {
        let at = match self.extras.iter().position(|(known, _)| *known == extra) {
            Some(at) => at,
            None => {
                self.extras.push((extra, TestState::default()));
                self.extras.len() - 1
            }
        };
        &mut self.extras[at].1
    }

    /// Takes one result of something beside the tests. What has never been bad is not remembered: the next good result would
    /// find it as this one does.
    pub(super) fn observe(&mut self, extra: Extra, state: State, rate: Rate, recovery: Rate) -> Transition {
        if state == State::Succeeded && self.known_extra(extra).is_none() {
            return TestState::default().observe(state, rate, recovery);
        }
        self.extra(extra).observe(state, rate, recovery)
    }

    /// The same as far as it is known.
    pub(super) fn known_extra(&self, extra: Extra) -> Option<&TestState> {
        self.extras.iter().find(|(known, _)| *known == extra).map(|(_, state)| state)
    }

    /// Is nothing failed, nothing changed and nothing withheld, so that another good result is none to tell?
    pub(super) fn all_well(&self) -> bool {
        let well = |state: &TestState| !state.failed() && !state.changed();
        self.withheld.is_none()
            && self.tests.iter().all(well)
            && self.extras.iter().all(|(_, state)| well(state))
    }

    /// Is something that no file mentions failed?
    pub(super) fn builtin_failed(&self, kind: EventKind) -> bool {
        self.extras.iter().any(|(known, state)| *known == Extra::Kind(kind) && state.failed())
    }

    /// The kinds of tests that saw a change in the last check, as bits.
    pub(super) fn changed(&self, service: &Service) -> u32 {
        self.kinds_of_tests(service, &TestState::changed)
    }

    /// The kinds of failed tests, as bits.
    pub(super) fn failed(&self, service: &Service) -> u32 {
        self.kinds_of(service, &TestState::failed)
    }

    /// The kinds of tests that failed, or whose last result was bad without counting yet: nobody is told, but nobody is
    /// to read `OK` either.
    pub(super) fn not_fine(&self, service: &Service) -> u32 {
        self.kinds_of(service, &|state| state.failed() || state.suspicious())
    }

    fn kinds_of(&self, service: &Service, bad: &dyn Fn(&TestState) -> bool) -> u32 {
        let extras = self.extras.iter().filter(|(_, state)| bad(state));
        extras.fold(self.kinds_of_tests(service, bad), |bits, (extra, _)| bits | extra.kind().bit())
    }

    fn kinds_of_tests(&self, service: &Service, bad: &dyn Fn(&TestState) -> bool) -> u32 {
        let tests = service.tests.iter().zip(self.tests.iter()).filter(|(_, state)| bad(state));
        tests.fold(0, |bits, (test, _)| bits | test.condition.event_kind().bit())
    }

    /// Does no test say anything but that all is well?
    pub(super) fn is_quiet(&self) -> bool {
        let quiet = |state: &TestState| !state.failed() && !state.suspicious() && !state.changed();
        self.tests.iter().all(quiet) && self.extras.iter().all(|(_, state)| quiet(state))
    }

    /// Monitoring begins or ends: every incident is forgotten. That a test has ended it is yet to be told after a silence.
    pub(super) fn monitor(&mut self, on: bool) {
        self.monitoring = Monitoring::begun(on);
        if on {
            self.forget_withheld();
        }
        self.tests.iter_mut().for_each(TestState::reset);
        self.extras = Short::default();
        self.memory.another_process();
        self.restarts = Restarts::default();
        self.pause = None;
        self.presence = Presence::Unknown;
        self.wanted = false;
        self.held = false;
        self.recheck = None;
        self.skip = 0;
        self.next = None;
    }

    /// Somebody has taken the service in hand, and knows what fails: only recoveries of what was told are yet to be told.
    pub(super) fn forget_withheld(&mut self) {
        self.withheld.iter_mut().for_each(|withheld| withheld.keep_recoveries());
        self.withheld.take_if(|withheld| withheld.is_empty());
    }

    /// Something was done about the service.
    pub(super) fn begin_anew(&mut self) {
        self.tests.iter_mut().for_each(TestState::begin_anew);
        for (extra, state) in self.extras.iter_mut() {
            if let Extra::Certificate(_) | Extra::ResponseTime(_) = extra {
                state.begin_anew();
            }
        }
    }

    /// Has its process been seen to end, so that a check of it is about to come?
    pub(super) fn ending(&self) -> bool {
        self.recheck.is_some_and(|recheck| recheck.exit.is_some())
    }

    /// Does a stop of it go on beyond its limit?
    pub(super) fn stop_lingers(&self) -> bool {
        self.lingering.as_ref().is_some_and(|lingering| lingering.late() && !lingering.starts())
    }

    /// Takes over the incidents of tests that are still the same.
    pub(super) fn inherit(&mut self, service: &Service, old_service: &Service, old: &Unit) {
        let number = test_key::numbers(old_service, service);
        for (from, state) in (0..).zip(old.tests.iter()) {
            if let Some(slot) = number(from).and_then(|to| self.tests.get_mut(usize::from(to))) {
                *slot = *state;
            }
        }
        self.extras = old
            .extras
            .iter()
            .filter_map(|(extra, state)| match extra {
                Extra::Kind(_) => Some((*extra, *state)),
                Extra::Certificate(test) => number(*test).map(|test| (Extra::Certificate(test), *state)),
                Extra::ResponseTime(test) => number(*test).map(|test| (Extra::ResponseTime(test), *state)),
                Extra::Limit(at) => {
                    let limit = old_service.restart_limits.get(usize::from(*at))?;
                    let at = limit_of(service, limit.restarts, limit.cycles)?;
                    Some((Extra::Limit(at), *state))
                }
            })
            .collect();
    }
}

/// The number of the restart limit with these numbers.
pub(super) fn limit_of(service: &Service, restarts: u32, cycles: u32) -> Option<u16> {
    let same = |limit: &RestartLimit| limit.restarts == restarts && limit.cycles == cycles;
    service.restart_limits.iter().position(same).and_then(|at| u16::try_from(at).ok())
}

/// Is it a process?
pub(super) fn is_process(service: &Service) -> bool {
    matches!(service.subject, Subject::Process(_))
}

/// The name of the type, and its number in documents.
pub(super) fn type_of(subject: &Subject) -> (&'static str, u8) {
    match subject {
        Subject::Filesystem(_) => ("Filesystem", 0),
        Subject::Directory(_) => ("Directory", 1),
        Subject::File(_) => ("File", 2),
        Subject::Process(_) => ("Process", 3),
        Subject::Host(_) => ("Remote Host", 4),
        Subject::System => ("System", 5),
        Subject::Fifo(_) => ("Fifo", 6),
        // To clients of Monit, which has none, a heartbeat is a program.
        Subject::Program(_) => ("Program", 7),
        Subject::Heartbeat(_) => ("Heartbeat", 7),
        Subject::Network(_) => ("Network", 8),
    }
}
