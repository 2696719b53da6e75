//! The state machine of one test: results in, changes out. Knows nothing of services, texts or time.

use super::State;
use crate::config::Rate;

/// Where a test stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// No result yet.
    #[default]
    Init,
    Ok,
    Failed,
    /// Failed, and something was done about it since: bad results count anew before it is done again.
    Anew,
    /// The last result that counted was a change.
    Changed,
    NotChanged,
}

/// The memory of one test: where it stands, for how many cycles, and its last results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TestState {
    /// Newest result in bit 0; 1 is bad (or a change).
    history: u64,
    /// Cycles in this phase.
    count: u32,
    /// How many results of `history` were really seen since the last change.
    seen: u8,
    phase: Phase,
}

/// How loud a result is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Everything as it was and fine.
    Debug,
    /// Fine again.
    Info,
    /// Bad, but not yet often enough.
    Warning,
    /// Bad.
    Error,
}

/// What one result means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The state to tell, if this is the moment to tell it: the test failed, recovered, or a change was seen. The end
    /// of a change is one too; most tests keep it to themselves.
    pub change: Option<State>,
    /// The test stays failed and this result was bad: reminders may be due.
    pub lasting: bool,
    /// And it has been bad often enough since something was last done about it: actions may be repeated.
    pub again: bool,
    /// Cycles in the state that holds now; 1 at a change.
    pub count: u32,
    /// For the log line.
    pub severity: Severity,
}

impl TestState {
    /// Takes one result. `rate` is how often it must be bad to count, `recovery` how often good.
    pub fn observe(&mut self, result: State, rate: Rate, recovery: Rate) -> Transition {
        let bad = matches!(result, State::Failed | State::Changed);
        self.history = self.history << 1 | u64::from(bad);
        self.seen = self.seen.saturating_add(1).min(64);
        self.count = self.count.saturating_add(1);
        let count = self.count;
        let quiet = |severity| Transition { change: None, lasting: false, again: false, count, severity };
        match (result, self.phase) {
            (State::Failed, Phase::Anew) if !self.reached(rate, true) => {
                Transition { lasting: true, ..quiet(Severity::Warning) }
            }
            (State::Failed, Phase::Failed | Phase::Anew) => {
                self.phase = Phase::Failed;
                Transition { lasting: true, again: true, ..quiet(Severity::Error) }
            }
            (State::Failed, _) if self.reached(rate, true) => {
                self.enter(Phase::Failed, result, Severity::Error)
            }
            (State::Failed, _) => quiet(Severity::Warning),
            (State::Succeeded, Phase::Failed | Phase::Anew) if self.reached(recovery, false) => {
                self.enter(Phase::Ok, result, Severity::Info)
            }
            // On the way to recovery: still an incident in the log, but nothing to repeat.
            (State::Succeeded, Phase::Failed | Phase::Anew) => quiet(Severity::Error),
            (State::Succeeded, Phase::Ok) => quiet(Severity::Debug),
            (State::Succeeded, _) => self.settle(Phase::Ok, Severity::Debug),
            // Once changes count, each further one in a row does.
            (State::Changed, Phase::Changed) => self.enter(Phase::Changed, result, Severity::Error),
            (State::Changed, _) if self.reached(rate, true) => {
                self.enter(Phase::Changed, result, Severity::Error)
            }
            (State::Changed, _) => quiet(Severity::Warning),
            (State::NotChanged, Phase::Changed) => self.enter(Phase::NotChanged, result, Severity::Info),
            (State::NotChanged, Phase::NotChanged) => quiet(Severity::Debug),
            (State::NotChanged, _) => self.settle(Phase::NotChanged, Severity::Debug),
        }
    }

    /// Has there been no result yet?
    pub fn is_untold(&self) -> bool {
        self.phase == Phase::Init && self.count == 0
    }

    /// Is the test failed now?
    pub fn failed(&self) -> bool {
        matches!(self.phase, Phase::Failed | Phase::Anew)
    }

    /// Is it failed, with nothing done about it since that may yet help?
    pub fn stands(&self) -> bool {
        self.phase == Phase::Failed
    }

    /// Was the last result bad, but not yet often enough to count?
    pub fn suspicious(&self) -> bool {
        matches!(self.phase, Phase::Init | Phase::Ok | Phase::NotChanged) && self.history & 1 == 1
    }

    /// Was the last result a change that counted?
    pub fn changed(&self) -> bool {
        self.phase == Phase::Changed
    }

    /// Would a fresh start tell anything else than going on? Not while all recent results were good.
    pub fn matters(&self) -> bool {
        self.failed() || self.changed() || self.history != 0
    }

    /// How many of the last results that this rate looks at were bad.
    pub fn bad_of(&self, rate: Rate) -> u32 {
        let window = u32::from(rate.cycles.max(1).min(self.seen));
        let mask = u64::MAX.checked_shr(64 - window).unwrap_or(0);
        (self.history & mask).count_ones()
    }

    /// Cycles in the present state.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Something was done about the service: its results begin to count anew. An incident stays open, for nobody has seen
    /// its end.
    pub fn begin_anew(&mut self) {
        self.history = 0;
        self.seen = 0;
        if self.phase == Phase::Failed {
            self.phase = Phase::Anew;
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = TestState::default();
    }

    /// As text for the state file: phase, count, number of results, results.
    pub fn save(&self) -> String {
        let phase = match self.phase {
            Phase::Init => 'I',
            Phase::Ok => 'O',
            Phase::Failed => 'F',
            Phase::Anew => 'A',
            Phase::Changed => 'C',
            Phase::NotChanged => 'N',
        };
        format!("{phase} {} {} {:x}", self.count, self.seen, self.history)
    }

    /// Reads what [`TestState::save`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<TestState> {
        let mut words = text.split(' ');
        let phase = match words.next()? {
            "I" => Phase::Init,
            "O" => Phase::Ok,
            "F" => Phase::Failed,
            "A" => Phase::Anew,
            "C" => Phase::Changed,
            "N" => Phase::NotChanged,
            _ => return None,
        };
        let count = words.next()?.parse().ok()?;
        let seen = words.next()?.parse().ok().filter(|seen| *seen <= 64)?;
        let history = u64::from_str_radix(words.next()?, 16).ok()?;
        words.next().is_none().then_some(TestState { history, count, seen, phase })
    }

    /// Are at least `rate.count` of the last `rate.cycles` results `bad` (or good)?
    fn reached(&self, rate: Rate, bad: bool) -> bool {
        let window = u32::from(rate.cycles.max(1).min(self.seen));
        let mask = u64::MAX.checked_shr(64 - window).unwrap_or(0);
        let results = if bad { self.history } else { !self.history } & mask;
        results.count_ones() >= u32::from(rate.count.max(1))
    }

    /// A change that is told. What led to it is forgotten.
    fn enter(&mut self, phase: Phase, state: State, severity: Severity) -> Transition {
        *self = TestState { history: 0, count: 1, seen: 0, phase };
        Transition { change: Some(state), lasting: false, again: false, count: 1, severity }
    }

    /// A change that nobody needs to be told.
    fn settle(&mut self, phase: Phase, severity: Severity) -> Transition {
        self.phase = phase;
        self.count = 1;
        Transition { change: None, lasting: false, again: false, count: 1, severity }
    }
}

#[cfg(test)]
#[path = "test_state_tests.rs"]
mod tests;
