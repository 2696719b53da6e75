//! What the measurement of each type works with: the service, what is kept of it, the machine, and the verdicts so far.

use super::compare;
use super::cycle_facts::CycleFacts;
use super::memory::Memory;
use super::verdict::{Outcome, Presence, TestRef, Verdict};
use crate::config::{EventKind, Operator, Service};
use crate::machine::{Facts, Now};
use std::time::{Duration, Instant};

/// When whoever waits for an answer asks again, should nobody be woken by it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Something the service has to start for a check. The numbers are indices into [`Service::tests`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The program of a `check program`.
    Program,
    /// A connection test.
    Connection(u16),
    /// A ping test.
    Ping(u16),
}

/// How a slice of long work ended.
pub(super) enum Slice<T> {
    /// It is done.
    Done(T),
    /// There is more to do at once.
    More,
    /// A child works on it: look then.
    Later(Instant),
    /// The filesystem has not answered yet.
    Pending,
    /// The filesystem is not answering, with the reason.
    Silent(String),
}

/// How a task of one type stands.
pub(super) enum Step {
    /// Measured; what was found there.
    Done(Presence),
    More,
    Later(Instant),
    Waiting,
}

/// What the measurement of one type works with.
pub(super) struct Context<'a> {
    pub(super) service: &'a Service,
    pub(super) memory: &'a mut Memory,
    pub(super) facts: &'a mut dyn Facts,
    pub(super) cycle: &'a mut CycleFacts,
    pub(super) now: Now,
    pub(super) verdicts: &'a mut Vec<Verdict>,
}

impl Context<'_> {
    /// The step of a task that waits for an answer.
    pub(super) fn pending(&self) -> Step {
        Step::Later(self.now.instant + LOOK_AGAIN)
    }

    /// Nothing is known: the filesystem below is not answering.
    pub(super) fn silent(&mut self, what: &str, reason: &str) -> Step {
        self.memory.silent = true;
        self.builtin(EventKind::Data, true, format!("{what} is not answering -- {reason}"));
        Step::Done(Presence::Unknown)
    }

    /// The filesystem below has answered.
    pub(super) fn answering(&mut self, what: &str) {
        let data = TestRef::Builtin(EventKind::Data);
        let failed = self.verdicts.iter().any(|v| v.test == data && v.outcome == Outcome::Failed);
        // Something else is wrong with its data now: that goes on.
        if std::mem::take(&mut self.memory.silent) && !failed {
            self.builtin(EventKind::Data, false, format!("{what} is answering"));
        }
    }

    /// The verdict of a test: it fails, or it does not.
    pub(super) fn judge(&mut self, test: usize, failed: bool, message: String) {
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        self.verdicts.push(Verdict::new(reference(test), outcome, message));
    }

    /// The verdict of a test that looks for a change.
    pub(super) fn changed(&mut self, test: usize, changed: bool, message: String) {
        let outcome = if changed { Outcome::Changed } else { Outcome::NotChanged };
        self.verdicts.push(Verdict::new(reference(test), outcome, message));
    }

    /// A verdict on something no file mentions.
    pub(super) fn builtin(&mut self, kind: EventKind, failed: bool, message: impl Into<String>) {
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        self.verdicts.push(Verdict::new(TestRef::Builtin(kind), outcome, message.into()));
    }

    /// A debug line about a test that has nothing to judge.
    pub(super) fn no_data(&mut self, test: usize, message: impl Into<String>) {
        self.verdicts.push(Verdict::new(reference(test), Outcome::NoData, message.into()));
    }

    /// A debug line of the service.
    pub(super) fn note(&mut self, kind: EventKind, message: impl Into<String>) {
        self.verdicts.push(Verdict::note(kind, message));
    }

    /// Compares a number with its limit and words the verdict.
    pub(super) fn limit(
        &mut self,
        test: usize,
        operator: Operator,
        value: f64,
        limit: f64,
        words: impl FnOnce(bool) -> String,
    ) {
        let failed = compare::holds(operator, value, limit);
        self.judge(test, failed, words(failed));
    }

    /// [`Context::limit`] for whole numbers.
    pub(super) fn whole_limit(
        &mut self,
        test: usize,
        operator: Operator,
        value: u64,
        limit: i128,
        words: impl FnOnce(bool) -> String,
    ) {
        let failed = compare::holds(operator, i128::from(value), limit);
        self.judge(test, failed, words(failed));
    }
}

fn reference(test: usize) -> TestRef {
    TestRef::Test(u16::try_from(test).unwrap_or(u16::MAX))
}
