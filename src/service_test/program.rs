//! `check program`: exit status and output of a program, judged when it ends.

use super::compare;
use super::context::{Context, Want};
use super::evidence::lines::Evidence;
use super::evidence::output::{Exit, of_program};
use super::memory::{Measured, ProgramReading};
use super::previous::{Key, Seen};
use super::progress::Progress;
use super::verdict::Presence;
use crate::config::{Condition, EventKind, Operator, Service, StringOperator, Subject};
use crate::regex::{Answer, Question, Trouble};
use std::time::{Duration, Instant, SystemTime};

/// How a run of the program ended.
#[derive(Debug, Clone)]
pub struct ProgramResult {
    /// When it was started.
    pub started: SystemTime,
    /// Exit status, or the number of the signal that ended it; or why it did not run.
    pub status: Result<i32, NotRun>,
    /// It was a signal.
    pub by_signal: bool,
    /// It was ended because it took longer than this.
    pub timed_out: Option<Duration>,
    /// What it wrote to standard error, as far as it was kept: its beginning and its end.
    pub stderr: Vec<u8>,
    /// What it wrote to standard output, as far as it was kept: its beginning and its end.
    pub stdout: Vec<u8>,
}

/// Why a program did not run, as the C library words it, without the program's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRun {
    /// It cannot be executed.
    Refused(String),
    /// We were short of descriptors, memory or processes, which says nothing of the program.
    Shortage(String),
}

/// The status of a program that could not be executed; none that ran has it.
pub(super) const NOT_EXECUTED: i32 = -1;

/// A program check in flight.
#[derive(Debug, Default)]
pub(super) struct Task {
    asked: bool,
    result: Option<ProgramResult>,
    /// What was kept of the output, while patterns are looked for.
    output: Option<String>,
    question: Option<Question>,
    /// The answers of the content tests, in their order here.
    answers: Vec<Result<bool, Trouble>>,
    /// One of the patterns was for a child, which may fail.
    asked_a_child: bool,
}

impl Task {
    pub(super) fn wants(&mut self) -> Vec<Want> {
        if std::mem::replace(&mut self.asked, true) { Vec::new() } else { vec![Want::Program] }
    }

    pub(super) fn finished(&mut self, result: ProgramResult) {
        self.result = Some(result);
    }
}

/// What is kept of the output: standard error first, at most the limit, without blanks and line breaks around it.
fn output(service: &Service, result: &ProgramResult) -> String {
    let limit = usize::try_from(service.limits.program_output).unwrap_or(512);
    let mut bytes = result.stderr.clone();
    bytes.extend_from_slice(&result.stdout);
    bytes.truncate(limit);
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\\0");
    text.trim_ascii().to_string()
}

/// How it ended, and the end of its output where no description has it.
fn evidence_of(service: &Service, result: &ProgramResult) -> Option<Evidence> {
    let exit = match (result.timed_out, &result.status) {
        (Some(limit), _) => Exit::Late(limit),
        (None, Ok(signal)) if result.by_signal => Exit::Signal(*signal),
        (None, Ok(status)) => Exit::Status(*status),
        (None, Err(_)) => return None,
    };
    let limit = usize::try_from(service.limits.program_output).unwrap_or(512);
    let (output, told) = match limit.checked_sub(result.stderr.len()) {
        Some(left) => (&result.stdout, left),
        None => (&result.stderr, limit),
    };
    of_program(exit, output, told)
}

/// Looks for the patterns of the content tests; `Some`: it goes on then.
fn match_contents(task: &mut Task, output: &str, context: &mut Context<'_>) -> Option<Progress<Presence>> {
    let patterns = context.service.tests.iter().rev().filter_map(|test| match &test.condition {
        Condition::ProgramContent(_, pattern) => Some(pattern),
        _ => None,
    });
    for pattern in patterns.skip(task.answers.len()) {
        if task.question.is_none() {
            match Question::new(pattern.as_bytes()) {
                Ok(question) => task.question = Some(question),
                // It was right when the file was read.
                Err(_) => {
                    task.answers.push(Ok(false));
                    continue;
                }
            }
        }
        let Some(question) = &mut task.question else { continue };
        task.asked_a_child |= question.is_hard();
        let (since, before) = (Instant::now(), context.cycle.fuel());
        let mut fuel = before;
        let answer = question.ask(output.as_bytes(), &mut fuel);
        context.cycle.used(before, fuel, since);
        task.answers.push(match answer {
            Answer::Found(found) => Ok(found),
            Answer::More => return Some(Progress::More),
            Answer::Later(when) => return Some(Progress::Later(when)),
            Answer::Failed(trouble) => Err(trouble),
        });
        task.question = None;
    }
    None
}

pub(super) fn step(task: &mut Task, context: &mut Context<'_>) -> Progress<Presence> {
    let Some(result) = task.result.take() else { return Progress::Waiting };
    let output = task.output.take().unwrap_or_else(|| output(context.service, &result));
    if result.status.is_ok() {
        if let Some(step) = match_contents(task, &output, context) {
            (task.result, task.output) = (Some(result), Some(output));
            return step;
        }
    }
    context.cycle.spend(20);
    let status = match &result.status {
        Ok(status) => *status,
        Err(NotRun::Shortage(reason)) => {
            context.data_error(format!("the program cannot be started -- {reason}"));
            return Progress::Done(Presence::Present);
        }
        Err(NotRun::Refused(reason)) => {
            not_executed(context, reason);
            let (started, output) = (Some(result.started), "".into());
            let reading = ProgramReading { started, status: NOT_EXECUTED, output };
            context.memory.measured = Measured::Program(Box::new(reading));
            return Progress::Done(Presence::Present);
        }
    };
    statuses(context, status, &output, &result);
    if task.asked_a_child && task.answers.iter().all(Result::is_ok) {
        context.builtin(EventKind::Data, false, "all patterns can be searched for");
    }
    contents(context, &output, std::mem::take(&mut task.answers), &result);
    context.memory.measured = Measured::Program(Box::new(ProgramReading {
        started: Some(result.started),
        status,
        output: output.into(),
    }));
    Progress::Done(Presence::Present)
}

/// Without one, a program that cannot be executed is told by a test nobody wrote.
fn has_status_test(service: &Service) -> bool {
    service.tests.iter().any(|test| matches!(test.condition, Condition::ProgramStatus(..)))
}

fn not_executed(context: &mut Context<'_>, reason: &str) {
    let Subject::Program(program) = &context.service.subject else { return };
    let name = program.command.argv.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    let message = format!("failed to execute '{name}' -- {reason}");
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        if matches!(test.condition, Condition::ProgramStatus(..)) {
            context.judge(at, true, message.clone());
        }
    }
    if !has_status_test(context.service) {
        context.builtin(EventKind::Status, true, message);
    }
}

fn statuses(context: &mut Context<'_>, status: i32, output: &str, result: &ProgramResult) {
    let late;
    let said = match result.timed_out {
        Some(limit) if output.is_empty() => {
            late = format!("program timed out after {}", crate::config::format::duration(limit));
            &late
        }
        _ if output.is_empty() => "no output",
        _ => output,
    };
    let service = context.service;
    for (at, test) in service.tests.iter().enumerate().rev() {
        match test.condition {
            // The number behind `changed` is the value before the first one.
            Condition::ProgramStatus(Operator::Changed, first) => {
                let key = Key::Number(u16::try_from(at).unwrap_or(u16::MAX));
                let before = context.memory.previous.observe(key, Seen::Whole(i64::from(status)));
                status_changed(context, at, before.unwrap_or(Seen::Whole(first)), status, said);
                context.show(|_| evidence_of(service, result));
            }
            Condition::ProgramStatus(operator, expected) => {
                let failed = compare::holds(operator, i128::from(status), i128::from(expected));
                let word = if failed { "failed" } else { "succeeded" };
                context.judge(at, failed, format!("status {word} ({status}) -- {said}"));
                context.show(|_| evidence_of(service, result));
            }
            Condition::ProgramStatusChanged => {
                let seen = Seen::Whole(i64::from(status));
                if let Some(before) = context.memory.previous.observe(Key::Status, seen) {
                    status_changed(context, at, before, status, said);
                    context.show(|_| evidence_of(service, result));
                }
            }
            _ => {}
        }
    }
    let failed_before =
        matches!(&context.memory.measured, Measured::Program(program) if program.status == NOT_EXECUTED);
    if failed_before && !has_status_test(context.service) {
        context.builtin(EventKind::Status, false, "program executed");
    }
}

fn status_changed(context: &mut Context<'_>, test: usize, before: Seen, status: i32, said: &str) {
    match before {
        Seen::Whole(before) if before != i64::from(status) => {
            context.changed(test, true, format!("status changed ({before} -> {status}) -- {said}"));
        }
        _ => context.changed(test, false, format!("status didn't change ({status}) -- {said}")),
    }
}

fn contents(
    context: &mut Context<'_>,
    output: &str,
    answers: Vec<Result<bool, Trouble>>,
    result: &ProgramResult,
) {
    let mut answers = answers.into_iter();
    let service = context.service;
    for (at, test) in service.tests.iter().enumerate().rev() {
        match &test.condition {
            Condition::ProgramContent(operator, pattern) => {
                let found = match answers.next() {
                    Some(Ok(found)) => found,
                    Some(Err(trouble)) => {
                        let reason = format!("cannot search for '{pattern}' -- {trouble}");
                        context.builtin(EventKind::Data, true, reason);
                        continue;
                    }
                    None => false,
                };
                let negated = matches!(operator, StringOperator::NotEqual | StringOperator::NotMatch);
                let failed = found != negated;
                let word = if failed { "match" } else { "doesn't match" };
                context.changed(at, failed, format!("content {word} on program output:\n{output}"));
                context.show(|_| evidence_of(service, result));
            }
            Condition::ProgramOutputChanged | Condition::ProgramOutputNotChanged => {
                let wants_change = matches!(test.condition, Condition::ProgramOutputChanged);
                let Some(Seen::Text(before)) =
                    context.memory.previous.observe(Key::Output, Seen::Text(output.into()))
                else {
                    continue;
                };
                let changed = &*before != output;
                let message = if changed {
                    format!(
                        "content changed:\n<<<<<<< Begin previous\n{before}\n======= End previous - Begin current\n{output}\n>>>>>>> End current"
                    )
                } else {
                    format!("content remained the same:\n<<<<<<< Begin\n{output}\n>>>>>>> End")
                };
                // Both are told in each check in which they hold, as matches are.
                context.changed(at, changed == wants_change, message);
                context.show(|_| evidence_of(service, result));
            }
            _ => {}
        }
    }
}
