//! A check of one service: beginning it, its next slice of work, starting what it asks for, handing in the results.

use super::one::One;
use super::turn::{Note, Owner, Turn};
use super::unit::{Awaits, Flight};
use super::world::{Probe, ProbeId};
use crate::config::{self, Condition, Subject};
use crate::log::Level;
use crate::reactor::children::{Ending, Finished, Limits};
use crate::service_test::{Check, NotRun, ProbeResult, ProgramResult, Progress, Report, Want};
use crate::sys::spawn::{self, is_shortage};
use std::io;
use std::time::{Duration, SystemTime};

impl One<'_> {
    /// Begins a check now, of what is now. `of_job`: what fails is told, but starts nothing.
    pub(super) fn begin_check(&mut self, of_job: bool, turn: &mut Turn<'_>) {
        self.common.facts.look_anew();
        let flight = self.new_flight(of_job, turn);
        self.keep_flying(Box::new(flight), turn);
    }

    /// Begins a check and takes the first slice of its work. Most checks end at once: hardly ever are more than a few in
    /// flight, and in memory.
    pub(super) fn check(&mut self, turn: &mut Turn<'_>) {
        let mut flight = self.new_flight(false, turn);
        let wants = flight.check.wants();
        if wants.is_empty() {
            match self.slice(&mut flight, turn) {
                Some(report) => self.land(report, false, turn),
                None => self.keep_flying(Box::new(flight), turn),
            }
            return;
        }
        let mut flight = Box::new(flight);
        self.start_all(wants, &mut flight, turn);
        self.fly(flight);
        self.step_check(turn);
    }

    fn fly(&mut self, flight: Box<Flight>) {
        self.unit.flight = Some(flight);
        self.common.agenda.flies(self.index);
    }

    /// Starts what the check asks for, and waits for it.
    fn keep_flying(&mut self, mut flight: Box<Flight>, turn: &mut Turn<'_>) {
        let wants = flight.check.wants();
        self.start_all(wants, &mut flight, turn);
        self.fly(flight);
    }

    fn new_flight(&mut self, of_job: bool, turn: &mut Turn<'_>) -> Flight {
        self.unit.wanted = false;
        self.unit.held = false;
        self.unit.recheck = None;
        turn.world.facts().forget(self.index.0);
        let mut check = Check::begin(self.service, &mut self.common.facts);
        check.set_brief(!turn.world.verbose() && self.unit.all_well());
        Flight {
            check,
            program: None,
            started: (turn.now.wall, Duration::ZERO),
            probes: Vec::new(),
            awaits: Awaits::More,
            of_job,
        }
    }

    /// Takes the next slice of work of the check in flight.
    pub(super) fn step_check(&mut self, turn: &mut Turn<'_>) {
        let Some(mut flight) = self.unit.flight.take() else { return };
        match self.slice(&mut flight, turn) {
            Some(report) => self.land(report, flight.of_job, turn),
            None => self.keep_flying(flight, turn),
        }
    }

    /// One slice of work; the report, if it was the last.
    fn slice(&mut self, flight: &mut Flight, turn: &mut Turn<'_>) -> Option<Report> {
        let now = turn.now;
        let facts = turn.world.facts();
        facts.on_behalf_of(self.index.0);
        let memory = &mut self.unit.memory;
        flight.awaits = match flight.check.step(self.service, memory, facts, &mut self.common.facts, now) {
            Progress::More if flight.check.asks_what_is_told() => {
                flight.check.told(self.service, |test| self.is_news(test));
                Awaits::More
            }
            Progress::More => Awaits::More,
            Progress::Later(when) => Awaits::Until(when),
            Progress::Waiting => Awaits::Results,
            Progress::Done(report) => return Some(report),
        };
        None
    }

    /// The check is over.
    fn land(&mut self, report: Report, of_job: bool, turn: &mut Turn<'_>) {
        if !self.waits_for_the_reaper(&report, of_job, turn) {
            self.apply(&report, of_job, turn);
        }
        self.common.facts.give_room(report.verdicts);
    }

    /// Starts the program and probes the check asks for.
    fn start_all(&self, wants: Vec<Want>, flight: &mut Flight, turn: &mut Turn<'_>) {
        flight.probes.reserve_exact(wants.len());
        for want in wants {
            match want {
                Want::Program => self.start_program(flight, turn),
                Want::Connection(test) | Want::Ping(test) => self.start_probe(flight, test, turn),
            }
        }
    }

    /// Starts the program of a `check program`.
    fn start_program(&self, flight: &mut Flight, turn: &mut Turn<'_>) {
        let Subject::Program(program) = &self.service.subject else { return };
        let output = self.service.limits.program_output as usize;
        let timeout = program.command.timeout.unwrap_or(self.service.limits.program_timeout);
        let limits = Limits { output, end: self.kept_end(), timeout: Some(timeout) };
        match self.start(&program.command, None, limits, turn) {
            Ok(child) => {
                flight.program = Some(child);
                flight.started = (turn.now.wall, timeout);
                turn.note(Note::Runs(child, Owner::Check(self.index)));
            }
            Err(error) => {
                let result = not_started(not_run(&error), turn.now.wall);
                flight.check.program_finished(result);
                flight.awaits = Awaits::More;
            }
        }
    }

    /// Starts the probe of the connection or ping test of this number.
    fn start_probe(&self, flight: &mut Flight, test: u16, turn: &mut Turn<'_>) {
        let answered = self.unit.memory.answered(test);
        let probe = match self.service.tests.get(usize::from(test)).map(|test| &test.condition) {
            Some(Condition::Connection(test)) => Some(Probe::Connection { test, answered }),
            Some(Condition::Ping(test)) => Some(Probe::Ping { test, answered }),
            _ => None,
        };
        let tls = &self.config.settings.tls;
        let started = probe.and_then(|probe| turn.world.start_probe(probe, self.service, tls, turn.now));
        match started {
            Some(id) => {
                flight.probes.push((id, test));
                turn.note(Note::Probes(id, self.index));
            }
            None => {
                flight.check.probe_unavailable(test);
                flight.awaits = Awaits::More;
            }
        }
    }

    /// The program of a `check program` has ended.
    pub(super) fn program_finished(&mut self, finished: Finished, turn: &mut Turn<'_>) {
        let flight = self.unit.flight.as_mut();
        let Some(flight) = flight.filter(|flight| flight.program == Some(finished.id)) else { return };
        flight.program = None;
        let (started, timeout) = flight.started;
        let late = finished.timed_out;
        flight.check.program_finished(program_result(finished, started, timeout));
        flight.awaits = Awaits::More;
        if late {
            // A test of the output alone would not tell that it was cut short.
            let limit = config::format::duration(timeout);
            let text = format_args!("program timed out after {limit} and was ended with its group");
            self.say(Level::Error, text, turn);
        }
    }

    /// A network probe of its check has a result.
    pub(super) fn probe_finished(&mut self, probe: ProbeId, result: ProbeResult) {
        let Some(flight) = self.unit.flight.as_mut() else { return };
        let Some(at) = flight.probes.iter().position(|(id, _)| *id == probe) else { return };
        let (_, test) = flight.probes.swap_remove(at);
        flight.check.probe_finished(test, result);
        flight.awaits = Awaits::More;
    }

    /// Gives a check in flight up, with all it started.
    pub(super) fn cancel_check(&mut self, turn: &mut Turn<'_>) {
        self.unit.wanted = false;
        turn.world.facts().forget(self.index.0);
        let Some(flight) = self.unit.flight.take() else { return };
        for (probe, _) in flight.probes {
            turn.note(Note::ProbeGivenUp(probe));
            turn.world.stop_probe(probe);
        }
        if let Some(child) = flight.program {
            turn.note(Note::LetGo(child));
            turn.world.stop_child(child, turn.now);
        }
    }
}

fn not_run(error: &io::Error) -> NotRun {
    let reason = spawn::reason(error);
    if is_shortage(error) { NotRun::Shortage(reason) } else { NotRun::Refused(reason) }
}

fn not_started(reason: NotRun, started: SystemTime) -> ProgramResult {
    let status = Err(reason);
    let (stderr, stdout) = (Vec::new(), Vec::new());
    ProgramResult { started, status, by_signal: false, timed_out: None, stderr, stdout }
}

fn program_result(finished: Finished, started: SystemTime, timeout: Duration) -> ProgramResult {
    let by_signal = matches!(finished.outcome, Ending::Signalled(_));
    let status = match finished.outcome {
        Ending::Exited(status) | Ending::Signalled(status) => Ok(status),
        Ending::Failed(reason) => Err(NotRun::Refused(reason)),
    };
    let timed_out = finished.timed_out.then_some(timeout);
    let Finished { stderr, stdout, .. } = finished;
    ProgramResult { started, status, by_signal, timed_out, stderr, stdout }
}
