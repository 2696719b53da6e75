//! A process: found by its pidfile or a pattern, then its tests in the reference's order: zombie, changes of pid
//! and parent, owner, uptime, security attribute, descriptors, resources.

use super::compare::share;
use super::context::Context;
use super::cycle_facts::Sought;
use super::memory::{IoReading, Measured, Memory, ProcessReading, Trouble};
use super::ownership::Owner;
use super::process_tree::Tree;
use super::progress::Progress;
use super::resource::Sample;
use super::verdict::{Identity, Presence, Verdict};
use super::{descriptors, existence, ownership, pid, resource, security, system, uptime};
use crate::config::{Amount, Condition, EventKind, ProcessBy, Resource, Service, Subject};
use crate::machine::{Fact, NoFact, Pidfile, Process};
use std::time::Instant;

/// While no test asks for them, the limit of descriptors and the owners are read in one check of this many.
const GOOD_FOR: u8 = 10;

/// A process check in flight.
#[derive(Debug, Default)]
pub(super) struct Task {
    found: Option<Process>,
    /// The time that what it says is of; `None`: of now.
    time: Option<Instant>,
    tree: Option<Tree>,
    reading: ProcessReading,
}

impl Task {
    /// The process found, zombies included.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.found.map(|process| Identity { pid: process.stat.pid, start: process.stat.start })
    }
}

/// While a process that we can start is younger than its start may take, that it does not answer proves nothing: the
/// seconds left. `None` if it must answer.
pub(super) fn starting(service: &Service, memory: &Memory) -> Option<u64> {
    let start = service.start.as_ref()?;
    let Measured::Process(process) = &memory.measured else { return None };
    let patience = start.timeout.unwrap_or(service.limits.start_timeout).as_secs();
    patience.checked_sub(process.uptime).filter(|left| *left > 0)
}

pub(super) fn step(task: &mut Task, context: &mut Context<'_>) -> Progress<Presence> {
    if task.found.is_none() {
        match find(context) {
            Found::Searching => return Progress::More,
            Found::Later(when) => return Progress::Later(when),
            Found::Unknown(why) => {
                context.data_error(why);
                return Progress::Done(Presence::Unknown);
            }
            Found::Pending => return context.pending(),
            Found::Silent(what, reason) => return context.silent(&what, &reason),
            Found::Unreadable(what, reason) => return context.unreadable(&what, &reason),
            Found::No(message) => {
                if context.memory.trouble == Some(Trouble::Lost) {
                    context.memory.trouble = None;
                    context.builtin(EventKind::Data, false, "the process without a pidfile has ended");
                }
                let words = || message.as_deref().unwrap_or("process is not running").to_owned();
                existence::verdict(context, false, words);
                context.memory.process_has_gone();
                context.memory.another_process();
                return Progress::Done(Presence::Missing);
            }
            Found::Yes(process) => {
                task.found = Some(process);
                task.time = context.cycle.processes.time_of(process.stat.pid);
                if found(task, process, context) {
                    return Progress::Done(Presence::Present);
                }
            }
        }
    }
    let Some(process) = task.found else { return Progress::Done(Presence::Unknown) };
    if task.tree.is_none() {
        match Tree::find(process.stat, context) {
            Some(tree) => task.tree = Some(tree),
            None => return Progress::More,
        }
    }
    if let Some(tree) = &mut task.tree {
        if !tree.step(&mut task.reading, context) {
            return Progress::More;
        }
    }
    let now = task.time.unwrap_or(context.now.mono);
    let seconds = task.reading.measured_at.map(|last| now.saturating_duration_since(last).as_secs_f64());
    if let Some(tree) = task.tree.take() {
        tree.finish(&mut task.reading, now, context);
    }
    let label = measure(&mut task.reading, process.stat.pid, seconds, context);
    let reading = std::mem::take(&mut task.reading);
    if let Some(label) = label {
        security::attribute(context, &label);
    }
    let limit = reading.descriptor_limit.map(|limit| limit.soft);
    descriptors::descriptors(context, reading.descriptors, limit, reading.descriptors_total);
    let load = system::load(context);
    resource::resources(context, |resource| match load {
        Some(load) if load.is_asked_by(resource) => load.sample(resource),
        _ => sample(&reading, resource),
    });
    match &mut context.memory.measured {
        // In its old place: a thousand that move with every cycle leave the heap full of holes.
        Measured::Process(kept) => **kept = reading,
        other => *other = Measured::Process(Box::new(reading)),
    }
    Progress::Done(Presence::Present)
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
    /// This cannot be read, for this reason.
    Unreadable(String, Box<str>),
    /// It is not there. More than that is said of the pidfile where it is odd.
    No(Option<String>),
    Yes(Process),
}

fn find(context: &mut Context<'_>) -> Found {
    context.cycle.spend(30);
    let Subject::Process(by) = &context.service.subject else { return Found::No(None) };
    let pid = match by {
        ProcessBy::Pidfile(path) => {
            let name = format!("pidfile '{}'", path.display());
            let found = context.facts.pidfile(path);
            if let Some(trouble) = context.memory.trouble {
                let over = match found {
                    Pidfile::Pending | Pidfile::Silent(_) | Pidfile::Unreadable(_) => false,
                    _ => trouble != Trouble::Lost || matches!(found, Pidfile::Pid(_)),
                };
                if over {
                    context.answering(&name);
                }
            }
            let odd = match found {
                Pidfile::Pid(pid) => match look_at(pid, context) {
                    Err(NoFact::Absent) => {
                        not_running(context, pid);
                        return lost(
                            context,
                            &format!("{name} names process {pid}, which is not running"),
                            None,
                        );
                    }
                    found => return looked_at(found, pid),
                },
                Pidfile::Pending => return Found::Pending,
                Pidfile::Silent(reason) => return Found::Silent(name, reason),
                Pidfile::Unreadable(reason) => return Found::Unreadable(name, reason.into()),
                Pidfile::Missing => {
                    let what = format!("{name} does not exist");
                    context.verdicts.push(Verdict::bare_note(EventKind::NonExist, what.clone()));
                    return lost(context, &what, None);
                }
                Pidfile::NotAFile => "is not a regular file",
                Pidfile::Empty => "is empty",
                Pidfile::Garbage => "has no process number in it",
            };
            let note = format!("Error reading pid from file '{}'", path.display());
            context.verdicts.push(Verdict::bare_note(EventKind::NonExist, note));
            let what = format!("{name} {odd}");
            return lost(context, &what, Some(format!("process is not running -- {what}")));
        }
        ProcessBy::Matching(pattern) => match context.cycle.matching(pattern, context.facts) {
            Sought::More => return Found::Searching,
            Sought::Later(when) => return Found::Later(when),
            Sought::Unknown(why) => return Found::Unknown(why),
            Sought::Found(None) => return Found::No(None),
            Sought::Found(Some(stat)) => stat.pid,
        },
    };
    let found = look_at(pid, context);
    if found == Err(NoFact::Absent) {
        not_running(context, pid);
    }
    looked_at(found, pid)
}

/// The process of this number. As long as it is the one that was known, and nobody asks who owns it, its owners are looked
/// for in one check of some.
fn look_at(pid: i32, context: &mut Context<'_>) -> Fact<Process> {
    use Condition::{Euid, Gid, Uid};
    let exact = context.is_asked(|condition| matches!(condition, Uid(_) | Euid(_) | Gid(_)));
    let known = match &context.memory.measured {
        Measured::Process(last) if !exact && !is_refreshed(last.age + 1) => last.process(),
        _ => None,
    };
    let processes = &mut context.cycle.processes;
    processes.ask(pid, context.now.mono);
    processes.process(pid, known.filter(|known| known.stat.pid == pid), context.facts)
}

/// Is what hardly ever changes read in the check of this number?
fn is_refreshed(age: u8) -> bool {
    age % GOOD_FOR == 0
}

fn looked_at(found: Fact<Process>, pid: i32) -> Found {
    match found {
        Ok(process) => Found::Yes(process),
        Err(NoFact::Unreadable(reason)) => Found::Unreadable(format!("process {pid}"), reason),
        Err(NoFact::Absent) => Found::No(None),
    }
}

fn not_running(context: &mut Context<'_>, pid: i32) {
    let message = format!("The PID {pid} is not running -- No such process");
    context.verdicts.push(Verdict::bare_note(EventKind::NonExist, message));
}

/// The pidfile does not lead to the process. The one we knew may live all the same: then it is the service, and a second
/// one must not be started beside it.
fn lost(context: &mut Context<'_>, what: &str, message: Option<String>) -> Found {
    let known = context.memory.identity();
    match existence::still(context.service, known, context.facts) {
        Ok(process) => {
            let pid = process.stat.pid;
            context.trouble(Trouble::Lost, format!("{what}, process {pid} still runs"));
            Found::Yes(process)
        }
        Err(NoFact::Absent) => Found::No(message),
        Err(NoFact::Unreadable(reason)) => {
            Found::Unreadable(format!("process {}", known.map_or(0, |known| known.pid)), reason)
        }
    }
}

/// What is known at once of a process that is there. `true`: it is a zombie, which has nothing more to measure.
fn found(task: &mut Task, process: Process, context: &mut Context<'_>) -> bool {
    let stat = process.stat;
    let identity = Identity { pid: stat.pid, start: stat.start };
    existence::verdict(context, true, || format!("process is running with pid {}", stat.pid));
    context.builtin(EventKind::Data, stat.zombie, || match stat.zombie {
        true => format!("process with pid {} is a zombie", stat.pid),
        false => "zombie check succeeded".to_owned(),
    });
    let (now, per_second) = context.facts.ticks();
    let seconds = now.saturating_sub(stat.start) / per_second.max(1);
    let mut reading = ProcessReading {
        identity: Some(identity),
        ppid: stat.ppid,
        uid: process.uid,
        euid: process.euid,
        gid: process.gid,
        egid: process.egid,
        uptime: seconds,
        threads: stat.threads,
        zombie: stat.zombie,
        stopped: stat.stopped,
        ..ProcessReading::default()
    };
    if let Measured::Process(last) = &mut context.memory.measured {
        // Rates go on only for the same process.
        if last.identity == Some(identity) {
            reading.tree = std::mem::take(&mut last.tree);
            reading.measured_at = last.measured_at;
            reading.io = last.io;
            reading.descriptor_limit = last.descriptor_limit;
            reading.age = last.age;
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

/// The rest of what is shown of every process. The label of a security module, empty if there is none and `None` if it
/// is not known.
///
/// `seconds`: since the last look at the same process.
fn measure(
    reading: &mut ProcessReading,
    pid: i32,
    seconds: Option<f64>,
    context: &mut Context<'_>,
) -> Option<Box<str>> {
    let memory = context.cycle.memory(context.facts);
    let memory = context.take("memory of the system", memory, |condition| {
        use Resource::{Memory, TotalMemory};
        matches!(condition, Condition::Resource(Memory | TotalMemory, _, Amount::Percent(_)))
    });
    let total = memory.map(|memory| memory.total);
    let percent = |bytes: Option<u64>| Some(share(bytes?, total?).min(100.0));
    reading.memory_percent = percent(reading.memory);
    reading.memory_total_percent = percent(reading.memory_total);
    let exact =
        |condition: &Condition| matches!(condition, Condition::FileDescriptors(_, Amount::Percent(_)));
    // A limit hardly ever changes while a process runs.
    reading.age = (reading.age + 1) % GOOD_FOR;
    if context.is_asked(exact) || is_refreshed(reading.age) || reading.descriptor_limit.is_none() {
        let limit = context.cycle.processes.limit(pid, context.facts);
        reading.descriptor_limit = context.take("limit of filedescriptors", limit, exact);
    }
    let label = context.cycle.processes.label(pid, context.facts);
    let unlabelled = label == Err(NoFact::Absent);
    let label = context
        .take("security attribute", label, |condition| matches!(condition, Condition::SecurityAttribute(..)));
    reading.security = label.map(String::into_boxed_str);
    let io = context.cycle.processes.io(pid, context.facts);
    match context.take("reading and writing", io, is_io) {
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
    if unlabelled { Some("".into()) } else { reading.security.clone() }
}

/// Does the test compare what a process reads or writes?
fn is_io(condition: &Condition) -> bool {
    use Resource as R;
    matches!(
        condition,
        Condition::Resource(
            R::ReadBytes
                | R::WriteBytes
                | R::DiskReadBytes
                | R::DiskWriteBytes
                | R::DiskReadOperations
                | R::DiskWriteOperations,
            ..
        )
    )
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
