//! Checks in flight: beginning them when what they depend on allows it, starting what they ask for, handing in the
//! results.

use super::unit::{Flight, Stage, Unit};
use super::{Owner, Probe, ProbeId, Services, World};
use super::{agenda, environment};
use crate::config::{self, Action, Condition, Mode, Service, Subject};
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Finished, Limits, Outcome};
use crate::service_test::{self, Check, NotRun, Presence, ProbeResult, ProgramResult, Progress, Want};
use crate::sys::spawn::{self, Program, is_shortage};
use std::io;
use std::time::{Duration, SystemTime};

/// May a service be looked at, as far as what it depends on is concerned?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bases {
    Fine,
    /// One of them is being looked at or worked on.
    Wait,
    /// This one holds it back.
    Held(u32),
}

/// Does this service, monitored and checked, hold back what depends on it?
pub(super) fn holds_back(service: &Service, unit: &Unit) -> bool {
    let missing_is_fine = service.tests.iter().any(|test| matches!(test.condition, Condition::Exist));
    match unit.presence {
        Presence::WrongType => return true,
        Presence::Missing if !missing_is_fine => return true,
        _ => {}
    }
    service.tests.iter().zip(&unit.tests).any(|(test, state)| {
        let acts = match test.then {
            Action::Alert | Action::Ignore => false,
            Action::Start | Action::Stop | Action::Restart => service.mode == Mode::Active,
            Action::Unmonitor | Action::Exec(_) => true,
        };
        acts && state.stands()
    })
}

impl Services {
    /// How the services stand that `index` depends on.
    pub(super) fn bases(&self, index: u32) -> Bases {
        let mut held = None;
        for base in &self.config.services[index as usize].depends {
            let unit = &self.units[*base as usize];
            let ending = unit.recheck.is_some_and(|recheck| recheck.exit.is_some());
            if unit.wanted || unit.flight.is_some() || unit.busy || ending {
                return Bases::Wait;
            }
            let service = &self.config.services[*base as usize];
            let down = !unit.monitored || !unit.checked || unit.held || self.stop_lingers(*base);
            if down || holds_back(service, unit) {
                held = held.or(Some(*base));
            }
        }
        held.map_or(Bases::Fine, Bases::Held)
    }

    /// Begins every check that is due and may begin. `true` if something happened.
    pub(super) fn begin_checks(&mut self, now: Now, world: &mut dyn World) -> bool {
        let (mut moved, mut begun) = (false, false);
        let mut next = self.agenda.next(0);
        while let Some(place) = next {
            next = self.agenda.next(place + 1);
            let index = self.config.check_order[place as usize];
            let unit = &mut self.units[index as usize];
            if !unit.wanted || unit.busy || unit.flight.is_some() {
                continue;
            }
            if !unit.monitored {
                unit.wanted = false;
                continue;
            }
            match self.bases(index) {
                Bases::Wait => {}
                Bases::Held(base) => {
                    let unit = &mut self.units[index as usize];
                    unit.wanted = false;
                    unit.held = true;
                    moved = true;
                    let names = (&self.config.services[index as usize].name, self.name(base));
                    world.log(
                        Level::Debug,
                        format_args!(
                            "'{}' test skipped as required service '{}' has errors",
                            names.0, names.1
                        ),
                    );
                }
                Bases::Fine => {
                    // One begins in any case, whatever else the turn had to do.
                    if begun && self.turn_spent(world) {
                        break;
                    }
                    (moved, begun) = (true, true);
                    if self.pass_restart_limits(index, now, world) {
                        self.begin_check(index, false, now, world);
                        // Most checks end at once: hardly ever are more than a few in flight, and in memory.
                        self.step_check(index, now, world);
                    } else {
                        self.units[index as usize].wanted = false;
                    }
                }
            }
        }
        moved
    }

    /// Begins a check now.
    pub(super) fn begin_check(&mut self, index: u32, of_job: bool, now: Now, world: &mut dyn World) {
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        unit.wanted = false;
        unit.held = false;
        unit.recheck = None;
        world.facts().forget(index);
        let check = Check::begin(service, &mut unit.memory, world.facts(), &mut self.facts, measured_at(now));
        let flight = Flight {
            check,
            program: None,
            started: (now.wall, Duration::ZERO),
            probes: Vec::new(),
            stage: Stage::More,
            of_job,
        };
        unit.flight = Some(Box::new(flight));
        self.agenda.look_at(index);
        self.start_wanted(index, now, world);
    }

    /// Takes the next slice of work of every check that has one. `true` if something happened.
    pub(super) fn step_checks(&mut self, now: Now, world: &mut dyn World) -> bool {
        let mut moved = false;
        let mut next = self.agenda.next(0);
        while let Some(place) = next {
            next = self.agenda.next(place + 1);
            let index = self.config.check_order[place as usize];
            let unit = &self.units[index as usize];
            let Some(flight) = &unit.flight else {
                if !agenda::live(unit) {
                    self.agenda.done_with(place);
                }
                continue;
            };
            let ready = match flight.stage {
                Stage::More => true,
                Stage::Until(when) => now.mono >= when,
                Stage::Results => false,
            };
            if ready && !(moved && self.turn_spent(world)) {
                moved = true;
                self.step_check(index, now, world);
            }
        }
        moved
    }

    fn step_check(&mut self, index: u32, now: Now, world: &mut dyn World) {
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        let Some(flight) = &mut unit.flight else { return };
        world.facts().on_behalf_of(index);
        match flight.check.step(service, &mut unit.memory, world.facts(), &mut self.facts, measured_at(now)) {
            Progress::More => flight.stage = Stage::More,
            Progress::Later(when) => flight.stage = Stage::Until(when),
            Progress::Waiting => flight.stage = Stage::Results,
            Progress::Done(report) => {
                let of_job = flight.of_job;
                unit.flight = None;
                if self.waits_for_the_reaper(index, &report, of_job, now) {
                    return;
                }
                self.apply(index, report, of_job, now, world);
                return;
            }
        }
        self.start_wanted(index, now, world);
    }

    /// Starts the program and probes a check asks for.
    fn start_wanted(&mut self, index: u32, now: Now, world: &mut dyn World) {
        let Some(flight) = &mut self.units[index as usize].flight else { return };
        let wants = flight.check.wants();
        if wants.is_empty() {
            return;
        }
        let host = self.host().to_string();
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        let Some(mut flight) = unit.flight.take() else { return };
        for want in wants {
            let probe = match want {
                Want::Program => {
                    match start_program(service, unit, &host, now, world) {
                        Ok((child, timeout)) => {
                            flight.program = Some(child);
                            flight.started = (now.wall, timeout);
                            self.children.push((child, Owner::Check(index)));
                        }
                        Err(error) => {
                            let reason = spawn::reason(&error);
                            let not_run = match is_shortage(&error) {
                                true => NotRun::Shortage(reason),
                                false => NotRun::Refused(reason),
                            };
                            let result = not_started(not_run, now.wall);
                            flight.check.program_finished(result);
                            flight.stage = Stage::More;
                        }
                    }
                    continue;
                }
                Want::Connection(test) | Want::Ping(test) => test,
            };
            let condition = service.tests.get(usize::from(probe)).map(|test| &test.condition);
            let target = match condition {
                Some(Condition::Connection(test)) => {
                    Some(Probe::Connection { test, answered: unit.memory.answered(probe) })
                }
                Some(Condition::Ping(test)) => {
                    Some(Probe::Ping { test, answered: unit.memory.answered(probe) })
                }
                _ => None,
            };
            match target.and_then(|target| world.start_probe(target, service, &self.config.settings.tls, now))
            {
                Some(id) => {
                    flight.probes.push((id, probe));
                    self.probes.insert(id, index);
                }
                None => {
                    flight.check.probe_unavailable(probe);
                    flight.stage = Stage::More;
                }
            }
        }
        self.units[index as usize].flight = Some(flight);
    }

    /// A program has ended.
    pub fn child_finished(&mut self, finished: Finished, now: Now, world: &mut dyn World) {
        let Some(at) = self.children.iter().position(|(child, _)| *child == finished.id) else { return };
        let (_, owner) = self.children.swap_remove(at);
        match owner {
            Owner::Check(index) => {
                let flight = self.units.get_mut(index as usize).and_then(|unit| unit.flight.as_mut());
                if let Some(flight) = flight.filter(|flight| flight.program == Some(finished.id)) {
                    flight.program = None;
                    let (started, timeout) = flight.started;
                    let late = finished.timed_out;
                    let result = program_result(finished, started, timeout);
                    flight.check.program_finished(result);
                    flight.stage = Stage::More;
                    if late {
                        // A test of the output alone would not tell that it was cut short.
                        let limit = config::format::duration(timeout);
                        let text = format!("program timed out after {limit} and was ended with its group");
                        self.say(index, Level::Error, &text, world);
                    }
                }
            }
            Owner::Job(job) => self.program_of_job_finished(job, finished, now),
            Owner::Lingering(index) => self.lingering_finished(index, &finished, now),
            Owner::Exec(index) => self.exec_finished(index, &finished, world),
        }
    }

    /// A network probe has a result.
    pub fn probe_finished(&mut self, probe: ProbeId, result: ProbeResult) {
        let Some(index) = self.probes.remove(&probe) else { return };
        let Some(flight) = self.units.get_mut(index as usize).and_then(|unit| unit.flight.as_mut()) else {
            return;
        };
        let Some(at) = flight.probes.iter().position(|(id, _)| *id == probe) else { return };
        let (_, test) = flight.probes.swap_remove(at);
        flight.check.probe_finished(test, result);
        flight.stage = Stage::More;
    }

    /// Gives a check in flight up, with all it started.
    pub(super) fn cancel_check(&mut self, index: u32, now: Now, world: &mut dyn World) {
        let unit = &mut self.units[index as usize];
        unit.wanted = false;
        world.facts().forget(index);
        let Some(flight) = unit.flight.take() else { return };
        for (probe, _) in flight.probes {
            self.probes.remove(&probe);
            world.stop_probe(probe);
        }
        if let Some(child) = flight.program {
            self.children.retain(|(id, _)| *id != child);
            world.stop_child(child, now);
        }
    }

    pub(super) fn name(&self, index: u32) -> &str {
        &self.config.services[index as usize].name
    }
}

/// Starts the program of a `check program`; gives its time limit, or why it cannot be run.
fn start_program(
    service: &Service,
    unit: &Unit,
    host: &str,
    now: Now,
    world: &mut dyn World,
) -> io::Result<(ChildId, Duration)> {
    let Subject::Program(program) = &service.subject else { return Err(io::ErrorKind::InvalidInput.into()) };
    let command = &program.command;
    let environment = environment::variables(service, unit, host, None, now);
    let child = Program {
        environment: &environment,
        uid: command.uid,
        gid: command.gid,
        ..Program::new(&command.argv)
    };
    let output = service.limits.program_output as usize;
    let timeout = command.timeout.unwrap_or(service.limits.program_timeout);
    let started = world.start(&child, Limits { output, timeout: Some(timeout) }, now);
    started.map(|child| (child, timeout))
}

fn not_started(reason: NotRun, started: SystemTime) -> ProgramResult {
    ProgramResult { started, status: Err(reason), timed_out: None, stderr: Vec::new(), stdout: Vec::new() }
}

fn program_result(finished: Finished, started: SystemTime, timeout: Duration) -> ProgramResult {
    let status = match finished.outcome {
        Outcome::Exited(status) | Outcome::Signalled(status) => Ok(status),
        Outcome::Failed(reason) => Err(NotRun::Refused(reason)),
    };
    let timed_out = finished.timed_out.then_some(timeout);
    ProgramResult { started, status, timed_out, stderr: finished.stderr, stdout: finished.stdout }
}

/// The clocks as measurements take them.
fn measured_at(now: Now) -> service_test::Now {
    service_test::Now { instant: now.mono, wall: now.wall }
}
