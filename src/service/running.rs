//! One start, stop or restart of one service: run the program, then wait until the process is there or gone.
//!
//! A start counts as done when the process is there and the program has ended, whatever it says. A program that does not
//! end may be the service itself: its pidfile says so at once, and what a pattern finds while it runs may as well be
//! the program's own command line, which counts when its time is over. A service other than a process is started
//! when its program has ended. The attempt ends at the time limit; a program that still runs then goes on ([`super::lingering`]).
//! One that ends with an error has failed when the process is not there within a few seconds.
//!
//! A process that is stopped by a signal is let go on when it is to end.

use super::environment::Reason;
use super::exec::command_text;
use super::kind::Kind;
use super::lingering::{GRACE, Lingering};
use super::look::{LOOK_AGAIN, identify, is_stopped, let_go_on, pause};
use super::one::One;
use super::run::{Begun, Ended, Going, OUTPUT, Order, Run, Success, told};
use super::turn::{Note, Owner, Turn};
use crate::config::{Command, EventKind, ProcessBy, Service, Subject};
use crate::event::State;
use crate::log::Level;
use crate::reactor::children::{ChildId, Ending, Limits};
use crate::service_test::evidence::lines::Evidence;
use crate::service_test::evidence::output::{Exit, of_program};
use crate::service_test::{Existence, Identity};
use crate::sys::spawn;
use std::time::Duration;

/// Has the process come or gone as it was to?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Yes,
    No,
    /// The answer is still to come.
    Pending,
}

impl One<'_> {
    /// Begins a start, stop or restart.
    pub(super) fn begin_run(&mut self, order: Order<'_>, turn: &mut Turn<'_>) -> Begun {
        let kind = order.kind;
        let process = self.is_process();
        let known = self.unit.memory.identity();
        let before = match process.then(|| self.look(known, turn)) {
            Some(Existence::There(identity)) => Some(identity),
            Some(Existence::Pending) => return Begun::NotYet,
            // A second copy may be the result of starting what nobody can see, a lie that of stopping it.
            Some(Existence::Unknown(why)) => {
                self.tell_failure(kind, -1, (&why, None), turn);
                return Begun::Over(Success::Failed);
            }
            Some(Existence::Gone) | None => None,
        };
        if kind != Kind::Stop && self.unit.stop_lingers() {
            return Begun::NotYet;
        }
        let forced = order.in_any_case && self.service.stop.is_some();
        if process && before.is_some() == (kind == Kind::Start) && kind != Kind::Restart && !forced {
            return Begun::Over(Success::Worked);
        }
        // Beside a program that outlives its limit no other is started.
        if self.unit.lingering.is_some() {
            return Begun::NotYet;
        }
        let Some(command) = kind.command(self.service) else {
            self.say(Level::Debug, format_args!("{} skipped -- method not defined", kind.word()), turn);
            // A process that stays as it was has not been stopped or started.
            return Begun::Over(if process { Success::Failed } else { Success::Worked });
        };
        let text = command_text(&command.argv);
        self.say(Level::Info, format_args!("{}: '{text}'", kind.word()), turn);
        let limits = Limits { output: OUTPUT, end: self.kept_end(), timeout: None };
        match self.start(command, Some(Reason::of(kind)), limits, turn) {
            Ok(child) => {
                let timeout = command.timeout.unwrap_or_else(|| kind.timeout(&self.service.limits));
                Begun::Runs(self.started(order, child, before, timeout, turn))
            }
            Err(error) => {
                let why = not_executed(command, &spawn::reason(&error), turn);
                self.tell_failure(kind, -1, (&why, None), turn);
                Begun::Over(Success::Failed)
            }
        }
    }

    /// Its program has begun: the state file is to know of it.
    fn started(
        &mut self,
        order: Order<'_>,
        child: ChildId,
        before: Option<Identity>,
        timeout: Duration,
        turn: &mut Turn<'_>,
    ) -> Run {
        let (kind, now) = (order.kind, turn.now.mono);
        turn.note(Note::Runs(child, Owner::Job(order.job)));
        let program = identify(child, turn);
        let then = if kind == Kind::Stop { order.then.to_vec() } else { Vec::new() };
        let record = Lingering::new(kind, child, program, timeout, before, then, now);
        self.unit.lingering = Some(Box::new(record));
        self.unsaved(turn);
        if kind != Kind::Start {
            let_go_on(before, turn);
        }
        self.unit.begin_anew();
        if kind != Kind::Stop {
            self.unit.settling.started(now);
        }
        let until = now + timeout;
        let process = self.is_process();
        let next_look = if process { (now + pause(0)).min(until) } else { until };
        let (index, child, ended) = (self.index, Some(child), None);
        Run { kind, index, child, ended, timeout, until, before, looks: 0, next_look, process }
    }

    /// Goes on with a start, stop or restart.
    pub(super) fn go_on(&mut self, run: &mut Run, turn: &mut Turn<'_>) -> Going {
        if turn.now.mono < run.next_look {
            return Going::On;
        }
        match self.arrived(run, turn) {
            Arrival::Yes => {
                if let Some(child) = run.child.take() {
                    // The program may be the service itself.
                    turn.note(Note::LetGo(child));
                    turn.world.forget_child(child);
                }
                self.unit.lingering = None;
                self.tell_success(run, turn);
                Going::Over(Success::Worked)
            }
            Arrival::No => self.wait_or_fail(run, turn),
            Arrival::Pending => {
                run.next_look = turn.now.mono + LOOK_AGAIN;
                Going::On
            }
        }
    }

    fn arrived(&mut self, run: &Run, turn: &mut Turn<'_>) -> Arrival {
        let yes = |there: bool| if there { Arrival::Yes } else { Arrival::No };
        let whole = run.ended.as_ref().is_some_and(|ended| !ended.broken());
        if !run.process {
            return yes(whole);
        }
        let kind = run.kind;
        let given_up = turn.now.mono >= run.until;
        let wait = kind != Kind::Stop && run.ended.is_none() && !given_up;
        let found = match wait && !has_pidfile(self.service) {
            true => Existence::Gone,
            // What was to end may outlive its pidfile; what is to come has a new one.
            false => self.look(run.before.filter(|_| kind == Kind::Stop), turn),
        };
        let found = match found {
            Existence::There(identity) => Some(identity),
            Existence::Gone => None,
            // What nobody can see neither is there nor has gone.
            Existence::Unknown(_) => return Arrival::No,
            Existence::Pending => return Arrival::Pending,
        };
        if kind == Kind::Stop && found == run.before && is_stopped(run.before, turn) {
            let_go_on(run.before, turn);
        }
        if wait {
            let itself = run.child.and_then(|child| turn.world.child_pid(child));
            if found.is_none() || itself != found.map(|found| found.pid) {
                return Arrival::No;
            }
        }
        yes(match kind {
            Kind::Start => found.is_some(),
            // A process of another identity is not the one that was to end.
            Kind::Stop => {
                run.ended.is_some() && (found.is_none() || run.before.is_some() && found != run.before)
            }
            Kind::Restart => found.is_some() && (whole || found != run.before),
        })
    }

    /// The process has not come or gone yet: is there still hope?
    fn wait_or_fail(&mut self, run: &mut Run, turn: &mut Turn<'_>) -> Going {
        let now = turn.now.mono;
        let error = run.ended.as_ref().filter(|ended| run.kind != Kind::Stop && ended.with_error());
        let hopeless = error.map(|ended| ended.at + GRACE);
        let broken = run.ended.as_ref().is_some_and(Ended::broken);
        let over = broken || !run.process || hopeless.is_some_and(|at| now >= at);
        if now >= run.until || run.ended.is_some() && over {
            self.fail(run, turn);
            return Going::Over(Success::Failed);
        }
        run.next_look = (now + pause(run.looks)).min(run.until);
        run.next_look = hopeless.map_or(run.next_look, |at| run.next_look.min(at));
        run.looks += 1;
        Going::On
    }

    fn fail(&mut self, run: &Run, turn: &mut Turn<'_>) {
        let (status, why) = match (&run.ended, run.kind.command(self.service)) {
            (Some(ended), Some(command)) => explain(command, ended, turn),
            (None, Some(command)) => (-1, timed_out(command, run, turn)),
            _ => (-1, "no output".to_string()),
        };
        let seen = if self.shows_evidence() { seen(run, turn) } else { None };
        self.tell_failure(run.kind, status, (&why, seen), turn);
        match run.child {
            Some(_) => self.let_linger(turn),
            None => self.unit.lingering = None,
        }
    }

    fn tell_success(&mut self, run: &Run, turn: &mut Turn<'_>) {
        if let Some(Ended { outcome: Ending::Exited(status), output, .. }) = &run.ended {
            if *status != 0 && !run.process {
                let said = if output.is_empty() { "no output" } else { output };
                let word = run.kind.word();
                let text = format_args!("{word} program ended with exit status {status} -- {said}");
                self.say(Level::Warning, text, turn);
            }
        }
        if run.kind != Kind::Stop {
            self.unit.memory.another_process();
            self.unit.settling.started(turn.now.mono);
        }
        self.trouble(EventKind::Exec, State::Succeeded, run.kind.past(), turn);
    }

    /// `told`: why, and what there was to see.
    fn tell_failure(
        &mut self,
        kind: Kind,
        status: i32,
        (why, seen): (&str, Option<Evidence>),
        turn: &mut Turn<'_>,
    ) {
        let text = format!("failed to {} (exit status {status}) -- {why}", kind.word());
        self.unit.last_failure = kind;
        let seen = seen.as_ref().map_or("", Evidence::as_str);
        self.seen_trouble(EventKind::Exec, State::Failed, (&text, seen), turn);
    }
}

/// How the program ended, and the end of its output where the description has only its beginning.
fn seen(run: &Run, turn: &Turn<'_>) -> Option<Evidence> {
    let Some(ended) = &run.ended else {
        let output = turn.world.child_output(run.child?);
        return of_program(Exit::StillRuns(run.timeout), &output, OUTPUT);
    };
    let exit = match ended.outcome {
        Ending::Exited(status) => Exit::Status(status),
        Ending::Signalled(signal) => Exit::Signal(signal),
        Ending::Failed(_) => return None,
    };
    of_program(exit, &ended.whole, OUTPUT)
}

/// The exit status to tell, and what to say about it.
fn explain(command: &Command, ended: &Ended, turn: &mut Turn<'_>) -> (i32, String) {
    let text = command_text(&command.argv);
    match &ended.outcome {
        Ending::Failed(why) => (-1, not_executed(command, why, turn)),
        Ending::Exited(status) | Ending::Signalled(status) if ended.output.is_empty() => {
            (*status, "no output".to_string())
        }
        Ending::Exited(status) | Ending::Signalled(status) => {
            (*status, format!("'{text}': {}", ended.output))
        }
    }
}

/// What to say of a program that still runs at its limit.
fn timed_out(command: &Command, run: &Run, turn: &Turn<'_>) -> String {
    let text = command_text(&command.argv);
    match told(&run.child.map(|child| turn.world.child_output(child)).unwrap_or_default()) {
        output if output.is_empty() => {
            format!("Program '{text}' timed out after {} s", run.timeout.as_secs_f64())
        }
        output => format!("'{text}': Program timed out -- {output}"),
    }
}

fn has_pidfile(service: &Service) -> bool {
    matches!(service.subject, Subject::Process(ProcessBy::Pidfile(_)))
}

/// "No such file" may be said of the interpreter of a script that is there.
fn not_executed(command: &Command, reason: &str, turn: &mut Turn<'_>) -> String {
    let Some(path) = command.argv.first() else { return "no program".to_string() };
    let program = path.to_string_lossy();
    let is_missing = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    if turn.world.facts().stat(path.as_ref()).is_err_and(is_missing) {
        format!("Program {program} failed: File '{program}' does not exist")
    } else {
        format!("Program {program} failed: {reason}")
    }
}
