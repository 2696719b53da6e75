//! From a report to events and actions: the second half of a check.

use super::action::Kind;
use super::environment::{self, Reason};
use super::lingering::Lingering;
use super::notify::News;
use super::request::{Request, Wish};
use super::settling::Judged;
use super::unit::Extra;
use super::{Owner, Services, World};
use crate::config::{Action, Condition, EventKind, Exec, Mode, Operator, Rate};
use crate::event::{ActionName, State, Transition, words};
use crate::log::Level;
use crate::reactor::Now;
use crate::reactor::children::{Finished, Limits, Outcome as End};
use crate::service_test::{Outcome, Presence, Report, TestRef, Verdict};
use crate::sys::spawn::{self, Program};
use std::io::ErrorKind;

/// Programs run by `exec` at the same time; more than this is a storm that must not take the machine along.
const EXECS: usize = 200;

/// The rule behind a verdict.
struct Rule {
    kind: EventKind,
    rate: Rate,
    recovery_rate: Rate,
    then: Action,
    recovery: Action,
    /// After a change, the first result without one is told too. So it is with tests for changes that may have an
    /// `else`.
    tells_rest: bool,
}

impl Services {
    /// A check has ended with this report.
    pub(super) fn apply(
        &mut self,
        index: u32,
        report: Report,
        of_job: bool,
        now: Now,
        world: &mut dyn World,
    ) {
        if report.presence == Presence::Present {
            self.free_lingering(index, now, world);
        }
        let unit = &mut self.units[index as usize];
        unit.presence = report.presence;
        unit.checked = true;
        unit.collected = Some(now.wall);
        if report.presence == Presence::Present {
            unit.halted = false;
        }
        let mut wishes = Vec::new();
        let mut recovered = report.presence != Presence::Present;
        for verdict in &report.verdicts {
            // Behind the existence test, as the reference tells it.
            if !recovered && self.kind_of(index, verdict.test) != Some(EventKind::NonExist) {
                recovered = true;
                self.recover(index, now, world);
            }
            self.judge(index, verdict, &mut wishes, now, world);
        }
        if !recovered {
            self.recover(index, now, world);
        }
        let service = &self.config.services[index as usize];
        let unit = &mut self.units[index as usize];
        let healthy = unit.failed(service) == 0;
        let only_limits = unit.failed(service) == EventKind::Timeout.bit();
        if let (Some(backoff), Some(pause)) = (service.backoff, unit.pause.as_mut()) {
            pause.checked(healthy, backoff, now.mono);
        }
        if only_limits && report.presence == Presence::Present {
            self.recover_from(index, EventKind::Timeout, now, world);
        }
        // Where nothing is known of the process, what is watched goes on being watched.
        if report.presence != Presence::Unknown {
            self.watch_exit(index, report.identity, now, world);
        }
        if of_job {
            wishes.retain(|wish| matches!(wish, Wish::Stop | Wish::Unmonitor));
        }
        self.carry_out(index, wishes, now, world);
        self.look_for_changes(index);
    }

    /// One verdict through its state machine; what it asks of the service goes into `wishes`.
    fn judge(
        &mut self,
        index: u32,
        verdict: &Verdict,
        wishes: &mut Vec<Wish>,
        now: Now,
        world: &mut dyn World,
    ) {
        let state = match verdict.outcome {
            Outcome::NoData if verdict.bare => {
                if world.verbose() {
                    world.log(Level::Debug, format_args!("{}", verdict.message));
                }
                return;
            }
            Outcome::NoData => return self.say(index, Level::Debug, &verdict.message, world),
            Outcome::Failed => State::Failed,
            Outcome::Succeeded => State::Succeeded,
            Outcome::Changed => State::Changed,
            Outcome::NotChanged => State::NotChanged,
        };
        let Some(rule) = self.rule(index, verdict.test) else { return };
        let of_presence = matches!(verdict.test, TestRef::Builtin(_))
            || matches!(rule.kind, EventKind::NonExist | EventKind::Exist);
        let judged = Judged { kind: rule.kind, rate: rule.rate, of_presence };
        if self.proves_nothing(index, verdict.test, judged, state, now) {
            return self.say(index, Level::Debug, &verdict.message, world);
        }
        let unit = &mut self.units[index as usize];
        let machine = match verdict.test {
            TestRef::Test(test) => match unit.tests.get_mut(usize::from(test)) {
                Some(machine) => machine,
                None => return,
            },
            TestRef::Certificate(test) => unit.extra(Extra::Certificate(test)),
            TestRef::Builtin(kind) => unit.extra(Extra::Kind(kind)),
        };
        let mut transition = machine.observe(state, rule.rate, rule.recovery_rate);
        if state == State::NotChanged && !rule.tells_rest {
            transition.change = None;
        }
        self.react(index, &rule, state, transition, &verdict.message, wishes, now, world);
    }

    /// Tells and does what a transition of a test means.
    #[allow(clippy::too_many_arguments)]
    fn react(
        &mut self,
        index: u32,
        rule: &Rule,
        state: State,
        transition: Transition,
        message: &str,
        wishes: &mut Vec<Wish>,
        now: Now,
        world: &mut dyn World,
    ) {
        let known = transition.lasting && transition.change.is_none();
        let due = !known || self.config.settings.log_repeat.is_due(transition.count);
        let level = if due { Level::from(transition.severity) } else { Level::Debug };
        self.say(index, level, message, world);
        let over = matches!(state, State::Succeeded | State::NotChanged);
        let action = if over { &rule.recovery } else { &rule.then };
        let count = transition.count;
        let again = match action {
            Action::Start | Action::Restart => transition.again,
            Action::Exec(exec) => transition.again && exec.repeat > 0 && count % exec.repeat == 0,
            _ => false,
        };
        let news =
            News { kind: rule.kind, state, action: ActionName::from(action), description: message, count };
        let told =
            transition.change.is_some() || transition.lasting && self.reminder_due(index, rule.kind, count);
        if transition.change.is_some() {
            self.unsaved(index);
            self.urgent = true;
        }
        if told && *action != Action::Ignore {
            self.deliver(index, news, now, world);
        }
        if transition.change.is_some() || again {
            match action {
                Action::Alert | Action::Ignore => {}
                Action::Exec(exec) => self.exec(index, exec, news, now, world),
                Action::Start => wishes.push(Wish::Start),
                Action::Stop => wishes.push(Wish::Stop),
                Action::Restart => wishes.push(Wish::Restart),
                Action::Unmonitor => wishes.push(Wish::Unmonitor),
            }
        }
    }

    /// Looks at the restart limits before a check. `false`: the check is off, an action takes its place.
    pub(super) fn pass_restart_limits(&mut self, index: u32, now: Now, world: &mut dyn World) -> bool {
        let service = &self.config.services[index as usize];
        if service.restart_limits.is_empty() {
            return true;
        }
        let mode = service.mode;
        let reached = self.units[index as usize].restarts.pass(&service.restart_limits);
        let mut wishes = Vec::new();
        for (at, counts) in reached {
            let limits = &self.config.services[index as usize].restart_limits;
            let Some(limit) = limits.get(usize::from(at)) else { continue };
            let then = as_mode_allows(&limit.action, mode);
            let message = format!(
                "service restarted {} times within {} cycles(s) - {}",
                counts.starts,
                counts.cycles,
                ActionName::from(&then)
            );
            let rule = Rule { then, ..Rule::builtin(EventKind::Timeout) };
            let machine = self.units[index as usize].extra(Extra::Limit(at));
            let transition = machine.observe(State::Failed, rule.rate, rule.recovery_rate);
            self.react(index, &rule, State::Failed, transition, &message, &mut wishes, now, world);
        }
        let off = wishes.iter().any(|wish| matches!(wish, Wish::Stop | Wish::Unmonitor));
        self.carry_out(index, wishes, now, world);
        !off
    }

    /// The object is there: earlier trouble with starting it is over.
    fn recover(&mut self, index: u32, now: Now, world: &mut dyn World) {
        // What is restarted for its size is there all the time: its limit is left behind with the failed test.
        if super::unit::is_process(&self.config.services[index as usize]) {
            self.recover_from(index, EventKind::Timeout, now, world);
        }
        // A process that a stop is draining is no recovery.
        let going = |lingering: &Lingering| lingering.late() && lingering.kind != Kind::Start;
        if !self.units[index as usize].lingering.as_ref().is_some_and(|known| going(known)) {
            self.recover_from(index, EventKind::Exec, now, world);
        }
    }

    fn recover_from(&mut self, index: u32, kind: EventKind, now: Now, world: &mut dyn World) {
        let unit = &self.units[index as usize];
        let failed = unit.extras.iter().filter(|(extra, state)| extra.kind() == kind && state.failed());
        let troubles: Vec<Extra> = failed.map(|(extra, _)| *extra).collect();
        let trouble = match kind {
            EventKind::Timeout => "previous restart timeout (manually recovered?)",
            _ => match unit.last_failure {
                Kind::Start => "previous exec error (slow starting or manually recovered?)",
                Kind::Stop => "a stop that failed",
                Kind::Restart => "a restart that failed",
            },
        };
        if !troubles.is_empty() {
            // The last of the restarts brought it up: that one is nothing to tell any more.
            let restarts = &mut self.units[index as usize].restarts;
            restarts.seen = restarts.starts;
        }
        for extra in troubles {
            let there = match &self.config.services[index as usize].subject {
                crate::config::Subject::Process(_) => "process is running".to_string(),
                other => format!("{} exists", super::unit::type_of(other).0.to_lowercase()),
            };
            let message = format!("{there} after {trouble}");
            self.note(index, extra, State::Succeeded, &message, now, world);
        }
    }

    /// A result of something no test watches: a start that failed or worked. Alerts, does nothing else.
    pub(super) fn trouble(
        &mut self,
        index: u32,
        kind: EventKind,
        state: State,
        message: &str,
        now: Now,
        world: &mut dyn World,
    ) {
        self.note(index, Extra::Kind(kind), state, message, now, world);
    }

    fn note(
        &mut self,
        index: u32,
        extra: Extra,
        state: State,
        message: &str,
        now: Now,
        world: &mut dyn World,
    ) {
        let rule = Rule::builtin(extra.kind());
        let machine = self.units[index as usize].extra(extra);
        let transition = machine.observe(state, rule.rate, rule.recovery_rate);
        self.react(index, &rule, state, transition, message, &mut Vec::new(), now, world);
    }

    /// Queues the strongest of what the tests of one check ask for.
    fn carry_out(&mut self, index: u32, wishes: Vec<Wish>, now: Now, world: &mut dyn World) {
        let Some(wish) = wishes.into_iter().max() else { return };
        if matches!(wish, Wish::Start | Wish::Restart) {
            let there = self.units[index as usize].presence == Presence::Present;
            if self.is_held_by_program(index, there) {
                let text = format!("{} left out, a program of it still runs", wish.name().word());
                return self.say(index, Level::Debug, &text, world);
            }
            if !self.may_restart_now(index, now, world) {
                return;
            }
            self.units[index as usize].restarts.count();
        }
        self.queue.push_back(Request { wish, roots: vec![index], by_user: false });
    }

    /// Asks the back-off; if it says later, a check out of turn is due then.
    fn may_restart_now(&mut self, index: u32, now: Now, world: &mut dyn World) -> bool {
        use super::backoff::Permission;
        let Some(backoff) = self.config.services[index as usize].backoff else { return true };
        let pause = self.units[index as usize].pause.get_or_insert_default();
        match pause.ask(backoff, now.mono) {
            Permission::Now => true,
            Permission::At(until, news) => {
                if news {
                    let seconds = until.saturating_duration_since(now.mono).as_secs_f64();
                    self.say(index, Level::Info, &format!("restart in {seconds:.1} s (backoff)"), world);
                }
                self.recheck_at(index, until, None);
                false
            }
        }
    }

    /// Runs the program of an `exec` action beside everything else.
    fn exec(&mut self, index: u32, exec: &Exec, news: News<'_>, now: Now, world: &mut dyn World) {
        let command = &exec.command;
        let text = command_text(&command.argv);
        self.say(index, Level::Info, &format!("exec: '{text}'"), world);
        let running = self.children.iter().filter(|(_, owner)| matches!(owner, Owner::Exec(_))).count();
        if running >= EXECS {
            let text = format!("exec failed -- {running} programs run already, '{text}' is left out");
            return self.say(index, Level::Error, &text, world);
        }
        let reason = Reason { event: words::of(news.kind).title(news.state), description: news.description };
        let (service, unit) = (&self.config.services[index as usize], &self.units[index as usize]);
        let environment = environment::variables(service, unit, self.host(), Some(reason), now);
        let program = Program {
            environment: &environment,
            uid: command.uid,
            gid: command.gid,
            ..Program::new(&command.argv)
        };
        match world.start(&program, Limits { output: 0, timeout: command.timeout }, now) {
            Ok(child) => self.children.push((child, Owner::Exec(index))),
            Err(error) => {
                let gone = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied);
                let why = match gone {
                    true => "no longer exist or is not executable".to_string(),
                    false => format!("cannot be run: {}", spawn::reason(&error)),
                };
                self.say(index, Level::Error, &format!("exec failed -- '{text}' {why}"), world);
            }
        }
    }

    /// The program of an `exec` has ended.
    pub(super) fn exec_finished(&mut self, index: u32, finished: &Finished, world: &mut dyn World) {
        if index >= self.len() {
            return;
        }
        match &finished.outcome {
            End::Failed(why) => self.say(index, Level::Error, &format!("exec failed -- {why}"), world),
            _ if finished.timed_out => {
                self.say(
                    index,
                    Level::Error,
                    "exec failed -- the program was over its time limit and ended",
                    world,
                );
            }
            _ => {}
        }
    }

    /// The kind of events a verdict raises.
    fn kind_of(&self, index: u32, test: TestRef) -> Option<EventKind> {
        match test {
            TestRef::Builtin(kind) => Some(kind),
            TestRef::Certificate(_) => Some(EventKind::Timestamp),
            TestRef::Test(test) => {
                let tests = &self.config.services[index as usize].tests;
                tests.get(usize::from(test)).map(|test| test.condition.event_kind())
            }
        }
    }

    /// What a verdict is measured by.
    fn rule(&self, index: u32, test_ref: TestRef) -> Option<Rule> {
        let service = &self.config.services[index as usize];
        let rule = match test_ref {
            TestRef::Builtin(kind) => Rule::builtin(kind),
            TestRef::Test(at) | TestRef::Certificate(at) => {
                let test = service.tests.get(usize::from(at))?;
                let certificate = matches!(test_ref, TestRef::Certificate(_));
                Rule {
                    kind: if certificate { EventKind::Timestamp } else { test.condition.event_kind() },
                    rate: test.rate,
                    recovery_rate: test.recovery_rate,
                    then: test.then.clone(),
                    recovery: test.recovery.clone(),
                    tells_rest: matches!(
                        test.condition,
                        Condition::ProgramOutputChanged
                            | Condition::ProgramOutputNotChanged
                            | Condition::ProgramStatus(Operator::Changed, _)
                    ),
                }
            }
        };
        let then = as_mode_allows(&rule.then, service.mode);
        Some(Rule { then, recovery: as_mode_allows(&rule.recovery, service.mode), ..rule })
    }
}

impl Rule {
    fn builtin(kind: EventKind) -> Rule {
        let then = if kind == EventKind::Invalid { Action::Restart } else { Action::Alert };
        let rate = Rate::default();
        Rule { kind, rate, recovery_rate: rate, then, recovery: Action::Alert, tells_rest: false }
    }
}

/// A passive service is started, stopped and restarted by users only.
fn as_mode_allows(action: &Action, mode: Mode) -> Action {
    match (mode, action) {
        (Mode::Passive, Action::Start | Action::Stop | Action::Restart) => Action::Alert,
        _ => action.clone(),
    }
}

/// A command as people read it.
pub(super) fn command_text(argv: &[std::ffi::OsString]) -> String {
    argv.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
