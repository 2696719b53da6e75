//! What the measurement of each type works with: the service, what is kept of it, the machine, and the verdicts so far.

use super::compare;
use super::cycle_facts::CycleFacts;
use super::evidence::lines::Evidence;
use super::memory::{Memory, Trouble};
use super::progress::Progress;
use super::verdict::{Outcome, Presence, TestRef, Verdict};
use crate::config::{Condition, EventKind, Operator, Service, Subject};
use crate::machine::{Fact, Facts, NoFact, Now};
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

impl<T> Slice<T> {
    /// Why it waits, for whoever waits for something else.
    pub(super) fn waits<U>(self) -> Slice<U> {
        match self {
            Slice::Done(_) | Slice::More => Slice::More,
            Slice::Later(when) => Slice::Later(when),
            Slice::Pending => Slice::Pending,
            Slice::Silent(reason) => Slice::Silent(reason),
        }
    }
}

/// What a verdict says: made only where somebody reads it.
pub(super) trait Words {
    fn words(self) -> String;
}

impl Words for String {
    fn words(self) -> String {
        self
    }
}

impl Words for &str {
    fn words(self) -> String {
        self.to_owned()
    }
}

impl<F: FnOnce() -> String> Words for F {
    fn words(self) -> String {
        self()
    }
}

/// What the measurement of one type works with.
pub(super) struct Context<'a> {
    /// Nobody reads what is said of a test in which nothing is bad.
    pub(super) brief: bool,
    pub(super) service: &'a Service,
    pub(super) memory: &'a mut Memory,
    pub(super) facts: &'a mut dyn Facts,
    pub(super) cycle: &'a mut CycleFacts,
    pub(super) now: Now,
    pub(super) verdicts: &'a mut Vec<Verdict>,
}

impl Context<'_> {
    /// The step of a task that waits for an answer.
    pub(super) fn pending(&self) -> Progress<Presence> {
        Progress::Later(self.now.mono + LOOK_AGAIN)
    }

    /// Nothing is known: the filesystem below is not answering.
    pub(super) fn silent(&mut self, what: &str, reason: &str) -> Progress<Presence> {
        self.memory.trouble = Some(Trouble::Silent);
        self.builtin(EventKind::Data, true, format!("{what} is not answering -- {reason}"));
        Progress::Done(Presence::Unknown)
    }

    /// Nothing is known: what tells of it cannot be read.
    pub(super) fn unreadable(&mut self, what: &str, reason: &str) -> Progress<Presence> {
        self.data_error(format!("{what} cannot be read -- {reason}"));
        Progress::Done(Presence::Unknown)
    }

    /// Something that a test needs is not known, and that must not look like a good result.
    pub(super) fn data_error(&mut self, message: String) {
        self.trouble(Trouble::Unreadable, message);
    }

    /// Something is wrong with what tells of the service.
    pub(super) fn trouble(&mut self, trouble: Trouble, message: String) {
        self.memory.trouble = Some(trouble);
        self.builtin(EventKind::Data, true, message);
    }

    /// Takes a value that was read. If a test asks for one that could not be read, that is told.
    pub(super) fn take<T>(
        &mut self,
        what: &str,
        fact: Fact<T>,
        asks: impl Fn(&Condition) -> bool,
    ) -> Option<T> {
        match fact {
            Ok(value) => Some(value),
            Err(NoFact::Absent) => None,
            Err(NoFact::Unreadable(reason)) => {
                if self.is_asked(asks) {
                    self.data_error(format!("{what} cannot be read -- {reason}"));
                }
                None
            }
        }
    }

    /// Does a test of the service ask for this?
    pub(super) fn is_asked(&self, asks: impl Fn(&Condition) -> bool) -> bool {
        self.service.tests.iter().any(|test| asks(&test.condition))
    }

    /// Whatever could not be read in an earlier check can be read again.
    pub(super) fn readable_again(&mut self) {
        if self.memory.trouble.is_some() {
            let what = subject_words(self.service);
            self.answering(&what);
        }
    }

    /// What was told of its data is over, unless something is wrong with it now.
    pub(super) fn answering(&mut self, what: &str) {
        if self.has_data_error() {
            return;
        }
        if let Some(trouble) = self.memory.trouble.take() {
            // These words, not those of another good result.
            let data = TestRef::Builtin(EventKind::Data);
            self.verdicts.retain(|verdict| verdict.test != data || verdict.outcome == Outcome::NoData);
            self.builtin(EventKind::Data, false, trouble.over(what));
        }
    }

    fn has_data_error(&self) -> bool {
        let data = TestRef::Builtin(EventKind::Data);
        self.verdicts.iter().any(|v| v.test == data && v.outcome == Outcome::Failed)
    }

    /// The verdict of a test: it fails, or it does not.
    pub(super) fn judge(&mut self, test: usize, failed: bool, message: impl Words) {
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        self.conclude(reference(test), outcome, message);
    }

    /// The verdict of a test that looks for a change.
    pub(super) fn changed(&mut self, test: usize, changed: bool, message: impl Words) {
        let outcome = if changed { Outcome::Changed } else { Outcome::NotChanged };
        self.conclude(reference(test), outcome, message);
    }

    fn conclude(&mut self, test: TestRef, outcome: Outcome, message: impl Words) {
        let message = self.said(outcome, message);
        self.verdicts.push(Verdict::new(test, outcome, message));
    }

    /// The words of a verdict; none where nobody reads them.
    fn said(&self, outcome: Outcome, message: impl Words) -> String {
        let bad = matches!(outcome, Outcome::Failed | Outcome::Changed | Outcome::Warned);
        if self.brief && !bad { String::new() } else { message.words() }
    }

    /// What there was to see of the verdict just given, if it is bad and somebody wants that; made of what it says.
    pub(super) fn show(&mut self, evidence: impl FnOnce(&str) -> Option<Evidence>) {
        if !self.cycle.shows_evidence() {
            return;
        }
        if let Some(verdict) = self.verdicts.last_mut() {
            if matches!(verdict.outcome, Outcome::Failed | Outcome::Changed) {
                verdict.evidence = evidence(&verdict.message).map(Box::new);
            }
        }
    }

    /// A verdict on something no file mentions.
    pub(super) fn builtin(&mut self, kind: EventKind, failed: bool, message: impl Words) {
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        let verdict = Verdict::new(TestRef::Builtin(kind), outcome, self.said(outcome, message));
        // What is wrong with its data is one state: two results in one check would be an alert in each cycle.
        let known = self.verdicts.iter_mut().find(|known| {
            kind == EventKind::Data && known.test == verdict.test && known.outcome != Outcome::NoData
        });
        match known {
            Some(known) if known.outcome == Outcome::Failed && failed => {
                if !known.message.contains(&verdict.message) {
                    known.message = format!("{}; {}", known.message, verdict.message);
                }
            }
            Some(known) if failed => *known = verdict,
            Some(_) => {}
            None => self.verdicts.push(verdict),
        }
    }

    /// A debug line about a test that has nothing to judge.
    pub(super) fn no_data(&mut self, test: usize, message: impl Words) {
        self.conclude(reference(test), Outcome::NoData, message);
    }

    /// The verdict on what a test looks at beside its condition, with a state of its own.
    pub(super) fn beside(&mut self, test: TestRef, failed: bool, message: impl Words) {
        let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
        self.conclude(test, outcome, message);
    }

    /// A warning of the service, no event.
    pub(super) fn warn(&mut self, kind: EventKind, message: impl Words) {
        self.conclude(TestRef::Builtin(kind), Outcome::Warned, message);
    }

    /// A debug line of the service.
    pub(super) fn note(&mut self, kind: EventKind, message: impl Words) {
        self.conclude(TestRef::Builtin(kind), Outcome::NoData, message);
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
        self.judge(test, failed, || words(failed));
    }

    /// [`Context::limit`] for whole numbers.
    pub(super) fn whole_limit(
        &mut self,
        test: usize,
        operator: Operator,
        value: impl Into<i128>,
        limit: i128,
        words: impl FnOnce(bool) -> String,
    ) {
        let failed = compare::holds(operator, value.into(), limit);
        self.judge(test, failed, || words(failed));
    }
}

fn reference(test: usize) -> TestRef {
    TestRef::Test(u16::try_from(test).unwrap_or(u16::MAX))
}

/// What is looked at, for messages.
fn subject_words(service: &Service) -> String {
    match &service.subject {
        Subject::Process(_) => "process data".into(),
        Subject::File(path) => format!("file '{}'", path.display()),
        Subject::Directory(path) => format!("directory '{}'", path.display()),
        Subject::Fifo(path) => format!("fifo '{}'", path.display()),
        Subject::Filesystem(name) => format!("filesystem '{}'", name.to_string_lossy()),
        Subject::Network(_) => "link data".into(),
        Subject::System => "system data".into(),
        Subject::Program(_) => "program".into(),
        Subject::Heartbeat(_) => "heartbeat".into(),
        Subject::Host(_) => "host".into(),
    }
}
