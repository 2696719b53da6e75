//! A process: found by its pidfile or a pattern, then its tests in the reference's order: zombie, changes of pid
//! and parent, owner, uptime, security attribute, descriptors, resources.

use super::context::{Context, Step};
use super::cycle_facts::Sought;
use super::memory::{IoReading, Measured, Memory, ProcessReading};
use super::ownership::Owner;
use super::process_tree::Tree;
use super::reading::share;
use super::resource::Sample;
use super::verdict::{Identity, Presence, Verdict};
use super::{descriptors, existence, ownership, pid, resource, security, system, uptime};
use crate::config::{Amount, Condition, EventKind, ProcessBy, Resource, Service, Subject};
use crate::machine::{Pidfile, Process};
use std::time::Instant;

/// While no test asks for it, the limit of descriptors is read in one check of this many.
const LIMIT_GOOD_FOR: u8 = 10;

/// A process check in flight.
#[derive(Debug, Default)]
pub(super) struct Task {
    found: Option<Process>,
    tree: Option<Tree>,
    reading: ProcessReading,
}

impl Task {
    /// The process found, zombies included.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.found.map(|process| Identity { pid: process.stat.pid, start: process.stat.start })
    }
}

/// While a process that we can start is younger than its start may take, connecting to it proves nothing: the
/// seconds left. `None` if it may be connected to.
pub(super) fn starting(service: &Service, memory: &Memory) -> Option<u64> {
    let start = service.start.as_ref()?;
    let Measured::Process(process) = &memory.measured else { return None };
    let patience = start.timeout.unwrap_or(service.limits.start_timeout).as_secs();
    patience.checked_sub(process.uptime).filter(|left| *left > 0)
}

pub(super) fn step(task: &mut Task, context: &mut Context<'_>) -> Step {
    if task.found.is_none() {
        match find(context) {
            Found::Searching => return Step::More,
            Found::Later(when) => return Step::Later(when),
            Found::Unknown(why) => {
                context.builtin(EventKind::Data, true, why);
                return Step::Done(Presence::Unknown);
            }
            Found::Pending => return context.pending(),
            Found::Silent(what, reason) => return context.silent(&what, &reason),
            Found::No => {
                existence::verdict(context, false, "process is not running");
                if let Measured::Process(process) = &mut context.memory.measured {
                    process.identity = None;
                }
                context.memory.another_process();
                return Step::Done(Presence::Missing);
            }
            Found::Yes(process) => {
                task.found = Some(process);
                if found(task, process, context) {
                    return Step::Done(Presence::Present);
                }
            }
        }
    }
    let Some(process) = task.found else { return Step::Done(Presence::Unknown) };
    if task.tree.is_none() {
        match Tree::find(process.stat, context) {
            Some(tree) => task.tree = Some(tree),
            None => return Step::More,
        }
    }
    if let Some(tree) = &mut task.tree {
        if !tree.step(&mut task.reading, context) {
            return Step::More;
        }
    }
    let now = context.now.instant;
    let seconds = task.reading.measured_at.map(|last| now.saturating_duration_since(last).as_secs_f64());
    if let Some(tree) = task.tree.take() {
        tree.finish(&mut task.reading, context);
    }
    measure(&mut task.reading, process.stat.pid, seconds, context);
    let reading = std::mem::take(&mut task.reading);
    security::attribute(context, reading.security.as_deref().unwrap_or(""));
    let limit = reading.descriptor_limit.map(|limit| limit.soft);
    descriptors::descriptors(context, reading.descriptors, limit, reading.descriptors_total);
    let load = system::load(context);
    resource::resources(context, |resource| match load {
        Some(load) if load.is_asked_by(resource) => load.sample(resource),
        _ => sample(&reading, resource),
    });
    context.memory.measured = Measured::Process(Box::new(reading));
    Step::Done(Presence::Present)
}

enum Found {
    Searching,
    /// A child searches.
    Later(Instant),
    /// It cannot be found out whether it is there.
    Unknown(String),
    /// The pidfile has not been read yet.
    Pending,
    /// This is not answering, for this reason: nobody knows whether the process is there.
    Silent(String, String),
    No,
    Yes(Process),
}

fn find(context: &mut Context<'_>) -> Found {
    context.cycle.spend(30);
    let Subject::Process(by) = &context.service.subject else { return Found::No };
    let pid = match by {
        ProcessBy::Pidfile(path) => {
            let name = path.display();
            let found = context.facts.pidfile(path);
            match &found {
                Pidfile::Pending => return Found::Pending,
                Pidfile::Silent(reason) => return Found::Silent(format!("pidfile '{name}'"), reason.clone()),
                _ if context.memory.silent => context.answering(&format!("pidfile '{name}'")),
                _ => {}
            }
            let mut say = |message: String| {
                context.verdicts.push(Verdict::bare_note(EventKind::NonExist, message));
            };
            match found {
                Pidfile::Pid(pid) => pid,
                Pidfile::Missing => {
                    say(format!("pidfile '{name}' does not exist"));
                    return Found::No;
                }
                Pidfile::NotAFile => {
                    say(format!("pidfile '{name}' is not a regular file"));
                    return Found::No;
                }
                Pidfile::Garbage => {
                    say(format!("Error reading pid from file '{name}'"));
                    return Found::No;
                }
                Pidfile::Unreadable(reason) => {
                    say(format!("Error reading pid from file '{name}' -- {reason}"));
                    return Found::No;
                }
                Pidfile::Pending | Pidfile::Silent(_) => return Found::Pending,
            }
        }
        ProcessBy::Matching(pattern) => match context.cycle.matching(pattern, context.facts) {
            Sought::More => return Found::Searching,
            Sought::Later(when) => return Found::Later(when),
            Sought::Unknown(why) => return Found::Unknown(why),
            Sought::Found(None) => return Found::No,
            Sought::Found(Some(stat)) => stat.pid,
        },
    };
    match context.facts.process(pid) {
        Some(process) => Found::Yes(process),
        None => {
            let message = format!("The PID {pid} is not running -- No such process");
            context.verdicts.push(Verdict::bare_note(EventKind::NonExist, message));
            Found::No
        }
    }
}

/// What is known at once of a process that is there. `true`: it is a zombie, which has nothing more to measure.
fn found(task: &mut Task, process: Process, context: &mut Context<'_>) -> bool {
    let stat = process.stat;
    let identity = Identity { pid: stat.pid, start: stat.start };
    existence::verdict(context, true, &format!("process is running with pid {}", stat.pid));
    let zombie =
        if stat.zombie { format!("process with pid {} is a zombie", stat.pid) } else { String::new() };
    let message = if stat.zombie { zombie } else { "zombie check succeeded".to_string() };
    context.builtin(EventKind::Data, stat.zombie, message);
    let (now, per_second) = context.facts.ticks();
    let seconds = now.saturating_sub(stat.start) / per_second.max(1);
    let mut reading = ProcessReading {
        identity: Some(identity),
        ppid: stat.ppid,
        uid: process.uid,
        euid: process.euid,
        gid: process.gid,
        uptime: seconds,
        threads: stat.threads,
        zombie: stat.zombie,
        ..ProcessReading::default()
    };
    if let Measured::Process(last) = &mut context.memory.measured {
        // Rates go on only for the same process.
        if last.identity == Some(identity) {
            reading.tree = std::mem::take(&mut last.tree);
            reading.measured_at = last.measured_at;
            reading.io = last.io;
            reading.descriptor_limit = last.descriptor_limit;
            reading.limit_age = last.limit_age;
        }
    }
    if stat.zombie {
        context.memory.measured = Measured::Process(Box::new(reading));
        return true;
    }
    task.reading = reading;
    pid::changes(context, stat.pid, stat.ppid);
    ownership::owner(context, Owner::Uid, process.uid);
    ownership::owner(context, Owner::Euid, process.euid);
    ownership::owner(context, Owner::Gid, process.gid);
    uptime::uptime(context, seconds);
    false
}

/// The rest of what is shown of every process.
///
/// `seconds`: since the last look at the same process.
fn measure(reading: &mut ProcessReading, pid: i32, seconds: Option<f64>, context: &mut Context<'_>) {
    let memory = context.cycle.memory(context.facts).map(|memory| memory.total);
    let percent = |bytes: Option<u64>| Some(share(bytes?, memory?).min(100.0));
    reading.memory_percent = percent(reading.memory);
    reading.memory_total_percent = percent(reading.memory_total);
    let exact =
        |condition: &Condition| matches!(condition, Condition::FileDescriptors(_, Amount::Percent(_)));
    let exact = context.service.tests.iter().any(|test| exact(&test.condition));
    // A limit hardly ever changes while a process runs.
    reading.limit_age = (reading.limit_age + 1) % LIMIT_GOOD_FOR;
    if exact || reading.limit_age == 0 || reading.descriptor_limit.is_none() {
        reading.descriptor_limit = context.facts.process_descriptor_limit(pid);
    }
    reading.security = context.facts.security_attribute(pid).map(String::into_boxed_str);
    match context.facts.process_io(pid) {
        Some(io) => {
            let seconds = seconds.filter(|_| reading.io.is_some());
            let mut rates: IoReading = reading.io.unwrap_or_default();
            rates.read.update(io.read, seconds);
            rates.write.update(io.written, seconds);
            rates.disk_read.update(io.disk_read, seconds);
            rates.disk_write.update(io.disk_written, seconds);
            rates.reads.update(io.reads, seconds);
            rates.writes.update(io.writes, seconds);
            reading.io = Some(rates);
        }
        None => reading.io = None,
    }
}

fn sample(process: &ProcessReading, resource: Resource) -> Sample {
    use Resource as R;
    let percent = |value: Option<f64>| match value {
        Some(value) => Sample::Value(value, Some(value)),
        None => Sample::Initializing,
    };
    let memory = |bytes: Option<u64>, percent: Option<f64>| match bytes {
        Some(bytes) => Sample::Value(bytes as f64, percent),
        None => Sample::Missing,
    };
    let io = |pick: fn(&IoReading) -> f64| Sample::number(process.io.as_ref().map(pick));
    match resource {
        R::Cpu => percent(process.cpu),
        R::TotalCpu if process.children.is_none() => Sample::Missing,
        R::TotalCpu => percent(process.cpu_total),
        R::Memory => memory(process.memory, process.memory_percent),
        R::TotalMemory => memory(process.memory_total, process.memory_total_percent),
        R::Threads => Sample::Value(f64::from(process.threads), None),
        R::Children => Sample::number(process.children.map(f64::from)),
        R::ReadBytes => io(|io| io.read.per_second),
        R::WriteBytes => io(|io| io.write.per_second),
        R::DiskReadBytes => io(|io| io.disk_read.per_second),
        R::DiskWriteBytes => io(|io| io.disk_write.per_second),
        R::DiskReadOperations => io(|io| io.reads.per_second),
        R::DiskWriteOperations => io(|io| io.writes.per_second),
        _ => Sample::Missing,
    }
}
