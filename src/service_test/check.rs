//! One look at one service, from the first measurement to the report.
//!
//! Each type of service has its own task; what they share is the [`Context`] they work in. The order of verdicts
//! is the reference's: existence, type, then the tests, and of several of one kind the last of the file first.

use super::context::{Context, Want};
use super::cycle_facts::CycleFacts;
use super::evidence::biggest::Search;
use super::heartbeat;
use super::memory::Memory;
use super::probe_result::{self, ProbeResult};
use super::program::ProgramResult;
use super::progress::Progress;
use super::verdict::{Identity, Presence, Report, Verdict};
use super::{file, filesystem, network, process, program, system};
use crate::config::{Service, Subject};
use crate::machine::{Facts, Now};

/// Microseconds that a check costs beside what it measures, on a slow machine.
const BEGIN: u32 = 3;

/// A check of one service in flight.
#[derive(Debug)]
pub struct Check {
    task: Task,
    presence: Presence,
    identity: Option<Identity>,
    verdicts: Vec<Verdict>,
    probes: probe_result::Probes,
    brief: bool,
    search: Search,
}

#[derive(Debug)]
enum Task {
    Process(Box<process::Task>),
    /// The most frequent by far: it takes no memory of its own.
    File(file::Task),
    Filesystem,
    Network,
    System,
    Program(Box<program::Task>),
    Heartbeat,
    /// Local measurements are done; probes may still be awaited.
    Probes,
}

/// Tests that most services have at most: no check takes more memory for its verdicts before it has them.
const USUAL: usize = 8;

impl Check {
    /// Begins a check. Call [`Check::wants`] and [`Check::step`] next.
    pub fn begin(service: &Service, cycle: &mut CycleFacts) -> Check {
        cycle.spend(BEGIN);
        let task = match &service.subject {
            Subject::Process(_) => Task::Process(Box::default()),
            Subject::File(_) | Subject::Directory(_) | Subject::Fifo(_) => Task::File(file::Task::default()),
            Subject::Filesystem(_) => Task::Filesystem,
            Subject::Network(_) => Task::Network,
            Subject::System => Task::System,
            Subject::Program(_) => Task::Program(Box::default()),
            Subject::Heartbeat(_) => Task::Heartbeat,
            Subject::Host(_) => Task::Probes,
        };
        let mut verdicts = cycle.take_room();
        verdicts.reserve_exact(service.tests.len().min(USUAL));
        let mut check = Check {
            task,
            presence: Presence::Unknown,
            identity: None,
            verdicts,
            probes: probe_result::Probes::default(),
            brief: false,
            search: Search::default(),
        };
        if matches!(check.task, Task::Probes) {
            check.presence = Presence::Present;
            check.probes.begin(service, None);
        }
        check
    }

    /// Nobody is going to read a verdict in which nothing is bad: its message stays empty. So it is where nothing was
    /// failed or changed before, and no debug lines are wanted.
    pub fn set_brief(&mut self, brief: bool) {
        self.brief = brief;
    }

    /// Goes on.
    pub fn step(
        &mut self,
        service: &Service,
        memory: &mut Memory,
        facts: &mut dyn Facts,
        cycle: &mut CycleFacts,
        now: Now,
    ) -> Progress<Report> {
        if cycle.turn_spent() {
            return Progress::More;
        }
        if !matches!(self.task, Task::Probes) {
            let mut context = Context {
                service,
                memory,
                facts,
                cycle,
                now,
                brief: self.brief,
                verdicts: &mut self.verdicts,
            };
            let step = match &mut self.task {
                Task::Process(task) => process::step(task, &mut context),
                Task::File(task) => file::step(task, &mut context),
                Task::Filesystem => filesystem::step(&mut context),
                Task::Network => network::step(&mut context),
                Task::System => system::step(&mut context),
                Task::Program(task) => program::step(task, &mut context),
                Task::Heartbeat => heartbeat::step(&mut context),
                Task::Probes => Progress::Done(self.presence),
            };
            match step {
                Progress::More => return Progress::More,
                Progress::Later(when) => return Progress::Later(when),
                Progress::Waiting => return Progress::Waiting,
                Progress::Done(presence) => {
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
        let mut context =
            Context { service, memory, facts, cycle, now, brief: self.brief, verdicts: &mut self.verdicts };
        if self.search.is_new() {
            if !self.probes.step(&mut context) {
                return Progress::Waiting;
            }
            self.search.begin(service, context.verdicts, context.cycle);
            if self.search.asks() {
                return Progress::More;
            }
        }
        let Context { verdicts, memory: known, facts, cycle, .. } = &mut context;
        match self.search.step(verdicts, known, *facts, cycle, now.mono) {
            Progress::Done(()) => {}
            Progress::More => return Progress::More,
            Progress::Later(when) => return Progress::Later(when),
            Progress::Waiting => return Progress::Waiting,
        }
        if self.presence != Presence::Unknown {
            context.readable_again();
        }
        memory.previous.commit();
        memory.presence = self.presence;
        Progress::Done(Report {
            presence: self.presence,
            verdicts: std::mem::take(&mut self.verdicts),
            identity: self.identity,
        })
    }

    /// Is [`Check::told`] to be called before the next step, since there may be more to see of what is told?
    pub fn asks_what_is_told(&self) -> bool {
        self.search.asks()
    }

    /// Says of which tests a failure will be told, by their numbers.
    pub fn told(&mut self, service: &Service, told: impl Fn(u16) -> bool) {
        self.search.answer(service, &self.verdicts, told);
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
