//! One look at one service, from the first measurement to the report.
//!
//! Each type of service has its own task; what they share is the [`Context`] they work in. The order of verdicts
//! is the reference's: existence, type, then the tests, and of several of one kind the last of the file first.

use super::cycle_facts::CycleFacts;
use super::memory::Memory;
use super::probe_result::{self, ProbeResult};
use super::program::ProgramResult;
use super::verdict::{Identity, Outcome, Presence, Report, TestRef, Verdict};
use super::{compare, file, filesystem, network, process, program, system};
use crate::config::{EventKind, Operator, Service, Subject};
use crate::machine::{Facts, Now};
use std::time::{Duration, Instant};

/// A check of one service in flight.
#[derive(Debug)]
pub struct Check {
    task: Task,
    presence: Presence,
    identity: Option<Identity>,
    verdicts: Vec<Verdict>,
    probes: probe_result::Probes,
}

#[derive(Debug)]
enum Task {
    Process(Box<process::Task>),
    File(Box<file::Task>),
    Filesystem,
    Network,
    System,
    Program(Box<program::Task>),
    /// Local measurements are done; probes may still be awaited.
    Probes,
}

/// How a check stands.
#[derive(Debug)]
pub enum Progress {
    /// It is over.
    Done(Report),
    /// There is more to do at once: call [`Check::step`] in the next turn of the loop.
    More,
    /// A child of ours measures: call [`Check::step`] at that time.
    Later(Instant),
    /// A program or probe started for [`Check::wants`] has not ended; when it has, hand its result in, then step.
    Waiting,
}

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

/// When whoever waits for an answer asks again, should nobody be woken by it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How a slice of long work ended.
pub(super) enum Slice<T> {
    /// It is done.
    Done(T),
    /// There is more to do at once.
    More,
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

impl Check {
    /// Begins a check and takes what can be measured at once. Call [`Check::wants`] and [`Check::step`] next.
    pub fn begin(
        service: &Service,
        memory: &mut Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Now,
    ) -> Check {
        let _ = (memory, facts, now);
        cycle.spend(5);
        let task = match &service.subject {
            Subject::Process(_) => Task::Process(Box::default()),
            Subject::File(_) | Subject::Directory(_) | Subject::Fifo(_) => Task::File(Box::default()),
            Subject::Filesystem(_) => Task::Filesystem,
            Subject::Network(_) => Task::Network,
            Subject::System => Task::System,
            Subject::Program(_) => Task::Program(Box::default()),
            Subject::Host(_) => Task::Probes,
        };
        let mut check = Check {
            task,
            presence: Presence::Unknown,
            identity: None,
            verdicts: Vec::new(),
            probes: probe_result::Probes::default(),
        };
        if matches!(check.task, Task::Probes) {
            check.presence = Presence::Present;
            check.probes.begin(service, None);
        }
        check
    }

    /// Goes on.
    pub fn step(
        &mut self,
        service: &Service,
        memory: &mut Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Now,
    ) -> Progress {
        if cycle.turn_spent() {
            return Progress::More;
        }
        if !matches!(self.task, Task::Probes) {
            let mut context = Context { service, memory, facts, cycle, now, verdicts: &mut self.verdicts };
            let step = match &mut self.task {
                Task::Process(task) => process::step(task, &mut context),
                Task::File(task) => file::step(task, &mut context),
                Task::Filesystem => filesystem::step(&mut context),
                Task::Network => network::step(&mut context),
                Task::System => system::step(&mut context),
                Task::Program(task) => program::step(task, &mut context),
                Task::Probes => Step::Done(self.presence),
            };
            match step {
                Step::More => return Progress::More,
                Step::Later(when) => return Progress::Later(when),
                Step::Waiting => return Progress::Waiting,
                Step::Done(presence) => {
                    self.presence = presence;
                    if let Task::Process(task) = &self.task {
                        self.identity = task.identity();
                        if presence == Presence::Present {
                            let hold = process::starting(service, memory);
                            self.probes.begin(service, hold);
                        }
                    }
                    self.task = Task::Probes;
                }
            }
        }
        let mut context = Context { service, memory, facts, cycle, now, verdicts: &mut self.verdicts };
        if !self.probes.step(&mut context) {
            return Progress::Waiting;
        }
        memory.previous.commit();
        memory.presence = self.presence;
        Progress::Done(Report {
            presence: self.presence,
            verdicts: std::mem::take(&mut self.verdicts),
            identity: self.identity,
        })
    }

    /// What the service has to start for this check; each is named once. Ask after [`Check::begin`] and after each
    /// [`Check::step`].
    pub fn wants(&mut self) -> Vec<Want> {
        match &mut self.task {
            Task::Program(task) => task.wants(),
            Task::Probes => self.probes.wants(),
            _ => Vec::new(),
        }
    }

    /// The program of a `check program` has ended, or could not be started.
    pub fn program_finished(&mut self, result: ProgramResult) {
        if let Task::Program(task) = &mut self.task {
            task.finished(result);
        }
    }

    /// A connection or ping test has ended. `test` is the index given by [`Want`].
    pub fn probe_finished(&mut self, test: u16, result: ProbeResult) {
        self.probes.finished(test, result);
    }

    /// This build or this machine cannot do the connection or ping test: nothing is judged.
    pub fn probe_unavailable(&mut self, test: u16) {
        self.probes.unavailable(test);
    }
}
