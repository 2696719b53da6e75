//! One start, stop or restart of one service: run the program, then wait until the process is there or gone.
//!
//! A start counts as done when the process is there and the program has ended, whatever it says. A program that does not
//! end may be the service itself: its pidfile says so at once, and what a pattern finds while it runs may as well be
//! the program's own command line, which counts when its time is over. A service other than a process is started
//! when its program has ended. The attempt ends at the time limit; a program that still runs then goes on ([`super::lingering`]).
//! One that ends with an error has failed when the process is not there within a few seconds.
//!
//! A process that is stopped by a signal is let go on when it is to end.

use super::apply::command_text;
use super::environment::{self, Reason};
use super::job::JobId;
use super::lingering::{self, GRACE, Lingering};
use super::unit::is_process;
use super::{Owner, Services, World};
use crate::config::{Command, EventKind, ProcessBy, Service, Subject};
use crate::event::State;
use crate::log::Level;
use crate::machine::ProcessStat;
use crate::reactor::Now;
use crate::reactor::children::{ChildId, Finished, Limits, Outcome};
use crate::service_test::{CycleFacts, Existence, Identity, existence};
use crate::sys::process::CONT;
use crate::sys::spawn::{self, Program};
use std::time::{Duration, Instant};

/// Bytes of a program's output that are told when it fails.
const OUTPUT: usize = 255;

/// When an answer that is still to come is asked for again, should nobody be woken by it.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Most processes of a service that are looked at when they are to go on.
const LARGEST_FAMILY: usize = 256;

/// The pauses between looks for the process; the last one repeats.
pub(super) const PAUSES: [u64; 7] = [50, 50, 100, 200, 400, 800, 1000];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Start,
    Stop,
    Restart,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Start => "start",
            Kind::Stop => "stop",
            Kind::Restart => "restart",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Kind> {
        [Kind::Start, Kind::Stop, Kind::Restart].into_iter().find(|kind| kind.word() == word)
    }

    pub(super) fn past(self) -> &'static str {
        match self {
            Kind::Start => "started",
            Kind::Stop => "stopped",
            Kind::Restart => "restarted",
        }
    }

    /// What the program is told as event and description.
    fn reason(self) -> Reason<'static> {
        let word = match self {
            Kind::Start => "Started",
            Kind::Stop => "Stopped",
            Kind::Restart => "Restarted",
        };
        Reason { event: word, description: word }
    }
}

/// How a program ended.
#[derive(Debug)]
struct Ended {
    outcome: Outcome,
    at: Instant,
    output: String,
}

impl Ended {
    fn with_error(&self) -> bool {
        !matches!(self.outcome, Outcome::Exited(0))
    }
}

/// What begins a start, stop or restart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    pub(super) unit: u32,
    pub(super) job: JobId,
    /// To be restarted if this stop ends late.
    pub(super) then: &'a [u32],
    /// The stop program runs also where no process is to be seen: one may be on its way.
    pub(super) in_any_case: bool,
}

/// A program running for a service, or the wait after it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) unit: u32,
    child: Option<ChildId>,
    ended: Option<Ended>,
    timeout: Duration,
    /// When the attempt is given up.
    until: Instant,
    /// The process before.
    before: Option<Identity>,
    looks: usize,
    next_look: Instant,
    /// There is a process to look for.
    process: bool,
}

impl Run {
    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(self.next_look)
    }

    pub(super) fn finished(&mut self, finished: Finished, now: Instant) {
        if self.child == Some(finished.id) {
            self.child = None;
            let text = if finished.stderr.iter().any(|b| !b.is_ascii_whitespace()) {
                finished.stderr
            } else {
                finished.stdout
            };
            self.ended = Some(Ended { outcome: finished.outcome, at: now, output: told(&text) });
            // The process is most likely to come or go now.
            self.looks = 0;
            self.next_look = now;
        }
    }

    /// The answer about this service is there: look at once.
    pub(super) fn answered(&mut self, index: u32, now: Instant) {
        if self.unit == index && self.process {
            self.next_look = self.next_look.min(now);
        }
    }

    /// Stop waiting for the process. `false` while the program itself runs: that is not left half done.
    pub(super) fn cut_short(&mut self, now: Instant) -> bool {
        let waiting = self.child.is_none() && self.until > now;
        if waiting {
            self.until = now;
            self.next_look = now;
        }
        waiting
    }
}

impl Services {
    /// Begins a start, stop or restart. `Err`: it is over already, and whether it worked; `Err(None)`: it is not known
    /// yet whether the process is there, try again.
    pub(super) fn run(
        &mut self,
        order: Order<'_>,
        now: Now,
        world: &mut dyn World,
    ) -> Result<Run, Option<bool>> {
        let Order { kind, unit: index, .. } = order;
        let service = &self.config.services[index as usize];
        let process = is_process(service);
        let known = self.units[index as usize].memory.identity();
        let before = match process.then(|| look(index, service, known, &mut self.facts, world)) {
            Some(Existence::There(identity)) => Some(identity),
            Some(Existence::Pending) => return Err(None),
            // A second copy may be the result of starting what nobody can see, a lie that of stopping it.
            Some(Existence::Unknown(why)) => {
                self.tell_failure(kind, index, -1, &why, now, world);
                return Err(Some(false));
            }
            Some(Existence::Gone) | None => None,
        };
        if kind != Kind::Stop && self.stop_lingers(index) {
            return Err(None);
        }
        let forced = order.in_any_case && service.stop.is_some();
        if process && before.is_some() == (kind == Kind::Start) && kind != Kind::Restart && !forced {
            return Err(Some(true));
        }
        // Beside a program that outlives its limit no other is started.
        if self.units[index as usize].lingering.is_some() {
            return Err(None);
        }
        let command = match kind {
            Kind::Start => &service.start,
            Kind::Stop => &service.stop,
            Kind::Restart => &service.restart,
        };
        let Some(command) = command.clone() else {
            self.say(index, Level::Debug, &format!("{} skipped -- method not defined", kind.word()), world);
            // A process that stays as it was has not been stopped or started.
            return Err(Some(!process));
        };
        let text = command_text(&command.argv);
        self.say(index, Level::Info, &format!("{}: '{text}'", kind.word()), world);
        let unit = &self.units[index as usize];
        let service = &self.config.services[index as usize];
        let environment = environment::variables(service, unit, self.host(), Some(kind.reason()), now);
        let program = Program {
            environment: &environment,
            uid: command.uid,
            gid: command.gid,
            ..Program::new(&command.argv)
        };
        let limits = &service.limits;
        let timeout = command.timeout.unwrap_or(match kind {
            Kind::Start => limits.start_timeout,
            Kind::Stop => limits.stop_timeout,
            Kind::Restart => limits.restart_timeout,
        });
        match world.start(&program, Limits { output: OUTPUT, timeout: None }, now) {
            Ok(child) => {
                self.children.push((child, Owner::Job(order.job)));
                let program = lingering::identify(child, world);
                let then = if kind == Kind::Stop { order.then.to_vec() } else { Vec::new() };
                let record = Lingering::new(kind, child, program, timeout, before, then, now.mono);
                self.units[index as usize].lingering = Some(Box::new(record));
                self.unsaved(index);
                if kind != Kind::Start {
                    let_go_on(before, world);
                }
                let unit = &mut self.units[index as usize];
                unit.begin_anew();
                if kind != Kind::Stop {
                    unit.settling.started(now.mono);
                }
                let until = now.mono + timeout;
                let first = now.mono + Duration::from_millis(PAUSES[0]);
                let next_look = if process { first.min(until) } else { until };
                let (child, ended) = (Some(child), None);
                Ok(Run {
                    kind,
                    unit: index,
                    child,
                    ended,
                    timeout,
                    until,
                    before,
                    looks: 0,
                    next_look,
                    process,
                })
            }
            Err(error) => {
                let why = not_executed(&command, &spawn::reason(&error), world);
                self.tell_failure(kind, index, -1, &why, now, world);
                Err(Some(false))
            }
        }
    }

    /// Goes on with a start, stop or restart. `Some`: it is over, and whether it worked.
    pub(super) fn go_on(&mut self, run: &mut Run, now: Now, world: &mut dyn World) -> Option<bool> {
        if now.mono < run.next_look {
            return None;
        }
        let service = &self.config.services[run.unit as usize];
        let command = match run.kind {
            Kind::Start => service.start.clone(),
            Kind::Stop => service.stop.clone(),
            Kind::Restart => service.restart.clone(),
        };
        let broken = matches!(&run.ended, Some(Ended { outcome: Outcome::Failed(_), .. }));
        let given_up = now.mono >= run.until;
        let there = match run.kind {
            _ if !run.process => run.ended.is_some() && !broken,
            kind => {
                let wait = kind != Kind::Stop && run.ended.is_none() && !given_up;
                let found = match wait && !has_pidfile(service) {
                    true => Existence::Gone,
                    false => {
                        // What was to end may outlive its pidfile; what is to come has a new one.
                        let known = run.before.filter(|_| kind == Kind::Stop);
                        look(run.unit, service, known, &mut self.facts, world)
                    }
                };
                let found = match found {
                    Existence::There(identity) => Some(Some(identity)),
                    Existence::Gone => Some(None),
                    Existence::Unknown(_) => None,
                    Existence::Pending => {
                        run.next_look = now.mono + LOOK_AGAIN;
                        return None;
                    }
                };
                let itself = run.child.and_then(|child| world.child_pid(child));
                if kind == Kind::Stop && found == Some(run.before) && is_stopped(run.before, world) {
                    let_go_on(run.before, world);
                }
                // What nobody can see neither is there nor has gone.
                found.is_some_and(|found| match kind {
                    _ if wait && (found.is_none() || itself != found.map(|found| found.pid)) => false,
                    Kind::Start => found.is_some(),
                    // A process of another identity is not the one that was to end.
                    Kind::Stop => {
                        run.ended.is_some()
                            && (found.is_none() || run.before.is_some() && found != run.before)
                    }
                    Kind::Restart => {
                        found.is_some() && (run.ended.is_some() && !broken || found != run.before)
                    }
                })
            }
        };
        if there {
            if let Some(child) = run.child.take() {
                // The program may be the service itself.
                self.children.retain(|(id, _)| *id != child);
                world.forget_child(child);
            }
            self.units[run.unit as usize].lingering = None;
            self.tell_success(run, now, world);
            return Some(true);
        }
        let error = run.ended.as_ref().filter(|ended| run.kind != Kind::Stop && ended.with_error());
        let hopeless = error.map(|ended| ended.at + GRACE);
        let over = broken || !run.process || hopeless.is_some_and(|at| now.mono >= at);
        if given_up || run.ended.is_some() && over {
            let (status, why) = match (&run.ended, &command) {
                (Some(ended), Some(command)) => explain(command, ended, world),
                (None, Some(command)) => (-1, timed_out(command, run, world)),
                _ => (-1, "no output".to_string()),
            };
            self.tell_failure(run.kind, run.unit, status, &why, now, world);
            match run.child {
                Some(_) => self.let_linger(run.unit),
                None => self.units[run.unit as usize].lingering = None,
            }
            return Some(false);
        }
        let pause = PAUSES.get(run.looks).or(PAUSES.last()).copied().unwrap_or(1000);
        run.looks += 1;
        run.next_look = (now.mono + Duration::from_millis(pause)).min(run.until);
        run.next_look = hopeless.map_or(run.next_look, |at| run.next_look.min(at));
        None
    }

    fn tell_success(&mut self, run: &Run, now: Now, world: &mut dyn World) {
        if let Some(Ended { outcome: Outcome::Exited(status), output, .. }) = &run.ended {
            if *status != 0 && !run.process {
                let said = if output.is_empty() { "no output" } else { output };
                let text = format!("{} program ended with exit status {status} -- {said}", run.kind.word());
                self.say(run.unit, Level::Warning, &text, world);
            }
        }
        if run.kind != Kind::Stop {
            let unit = &mut self.units[run.unit as usize];
            unit.memory.another_process();
            unit.settling.started(now.mono);
        }
        self.trouble(run.unit, EventKind::Exec, State::Succeeded, run.kind.past(), now, world);
    }

    fn tell_failure(
        &mut self,
        kind: Kind,
        index: u32,
        status: i32,
        why: &str,
        now: Now,
        world: &mut dyn World,
    ) {
        let text = format!("failed to {} (exit status {status}) -- {why}", kind.word());
        self.units[index as usize].last_failure = kind;
        self.trouble(index, EventKind::Exec, State::Failed, &text, now, world);
    }
}

/// Looks for the process of a service on its behalf. `known`: the process it was.
pub(super) fn look(
    index: u32,
    service: &Service,
    known: Option<Identity>,
    cycle: &mut CycleFacts,
    world: &mut dyn World,
) -> Existence {
    let facts = world.facts();
    facts.on_behalf_of(index);
    existence(service, known, facts, cycle)
}

/// The exit status to tell, and what to say about it.
fn explain(command: &Command, ended: &Ended, world: &mut dyn World) -> (i32, String) {
    let text = command_text(&command.argv);
    match &ended.outcome {
        Outcome::Failed(why) => (-1, not_executed(command, why, world)),
        Outcome::Exited(status) | Outcome::Signalled(status) if ended.output.is_empty() => {
            (*status, "no output".to_string())
        }
        Outcome::Exited(status) | Outcome::Signalled(status) => {
            (*status, format!("'{text}': {}", ended.output))
        }
    }
}

/// What to say of a program that still runs at its limit.
fn timed_out(command: &Command, run: &Run, world: &mut dyn World) -> String {
    let text = command_text(&command.argv);
    match told(&run.child.map(|child| world.child_output(child)).unwrap_or_default()) {
        output if output.is_empty() => {
            format!("Program '{text}' timed out after {} s", run.timeout.as_secs_f64())
        }
        output => format!("'{text}': Program timed out -- {output}"),
    }
}

/// The part of an output that is told.
fn told(output: &[u8]) -> String {
    String::from_utf8_lossy(output.get(..OUTPUT).unwrap_or(output)).trim().to_string()
}

/// A process that a signal has stopped would not obey, and its stopped descendants would outlive it with all they hold:
/// a port, a lock. They go on first.
fn let_go_on(process: Option<Identity>, world: &mut dyn World) {
    let Some(process) = process else { return };
    let Some(first) = stat_of(process.pid, world).filter(|stat| stat.start == process.start) else { return };
    let mut family = vec![first];
    let mut next = 0;
    while let (Some(parent), true) = (family.get(next).copied(), family.len() < LARGEST_FAMILY) {
        let mut children = Vec::new();
        // Without the kernel's help only the process itself is found.
        let _ = world.facts().children_of(parent.pid, parent.threads, &mut children);
        let of_it = |stat: &ProcessStat| stat.ppid == parent.pid;
        family.extend(children.iter().filter_map(|child| stat_of(*child, world)).filter(of_it));
        next += 1;
    }
    for stopped in family.iter().rev().filter(|stat| stat.stopped) {
        world.signal(Identity { pid: stopped.pid, start: stopped.start }, CONT, false);
    }
}

fn is_stopped(process: Option<Identity>, world: &mut dyn World) -> bool {
    process.is_some_and(|process| {
        stat_of(process.pid, world).is_some_and(|stat| stat.start == process.start && stat.stopped)
    })
}

fn stat_of(pid: i32, world: &mut dyn World) -> Option<ProcessStat> {
    world.facts().process_stat(pid).ok()
}

fn has_pidfile(service: &Service) -> bool {
    matches!(service.subject, Subject::Process(ProcessBy::Pidfile(_)))
}

/// "No such file" may be said of the interpreter of a script that is there.
fn not_executed(command: &Command, reason: &str, world: &mut dyn World) -> String {
    let Some(path) = command.argv.first() else { return "no program".to_string() };
    let program = path.to_string_lossy();
    let is_missing = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    if world.facts().stat(path.as_ref()).is_err_and(is_missing) {
        format!("Program {program} failed: File '{program}' does not exist")
    } else {
        format!("Program {program} failed: {reason}")
    }
}
