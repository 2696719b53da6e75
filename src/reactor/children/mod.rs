//! Child programs on the poll loop: their output, their deadlines, their end.
//!
//! * Output is drained while a program runs, so it never waits for us; only the first bytes are kept, the rest is
//!   counted.
//! * A program over its deadline gets SIGTERM with its whole process group, and SIGKILL [`GRACE`] later. Its end is
//!   reported when it comes; what is left of the group at that moment still has the rest of the grace.
//! * The end counts when the program itself ends, not when the last holder of its pipes does: a service started into
//!   the background may keep them for ever.
//! * A number is signalled only while the child is unreaped, so that it cannot be somebody else's.
//!
//! What a program's output and status mean is decided by whoever started it.

mod stream;

use super::{Interest, PollSet, Readiness, Source, Token};
use crate::sys::process::{self, Exit};
use crate::sys::spawn::{self, ExecReport, Program};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};
use stream::Stream;

/// Between SIGTERM and SIGKILL, and between SIGKILL and giving up waiting.
pub const GRACE: Duration = Duration::from_secs(2);

/// How long [`Children::start`] waits for the news that a program runs. Normally it takes well under a millisecond; when
/// it takes longer the news comes through the loop.
const PATIENCE: Duration = Duration::from_millis(10);

/// After a start that used up its patience, others do not wait at all for this long: two hundred programs on a server
/// that hangs must not cost two hundred times the patience.
const IMPATIENCE: Duration = Duration::from_secs(1);

const EXIT: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const REPORT: u8 = 3;

/// Names a child from its start to its [`Finished`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChildId(u32);

#[cfg(test)]
impl ChildId {
    /// The name of a child that no system knows, for scripted worlds.
    pub(crate) fn scripted(number: u32) -> ChildId {
        ChildId(number)
    }
}

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes kept of each of standard output and standard error; more is read and dropped.
    pub output: usize,
    /// Bytes kept of the end of each, where it is longer.
    pub end: usize,
    /// Time to end by itself; `None`: any.
    pub timeout: Option<Duration>,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this status, 0 to 255.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It could not be executed, or its end could not be learnt; the text says why, and not of which program.
    Failed(String),
}

/// A child that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// As returned by [`Children::start`].
    pub id: ChildId,
    /// How it ended.
    pub outcome: Ending,
    /// It was over its deadline and was ended by us.
    pub timed_out: bool,
    /// The first bytes of its standard output, and where it is longer the last ones.
    pub stdout: Vec<u8>,
    /// The same of its standard error.
    pub stderr: Vec<u8>,
    /// Bytes of both that were read and not kept.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug)]
enum Life {
    /// Left alone.
    Running,
    /// SIGTERM was sent; SIGKILL follows at this time.
    Terminating(Instant),
    /// SIGKILL was sent; nobody waits beyond this time.
    Killed(Instant),
}

#[derive(Debug)]
struct Child {
    id: ChildId,
    pid: i32,
    pidfd: Option<OwnedFd>,
    stdout: Stream,
    stderr: Stream,
    report: Option<ExecReport>,
    exec_failure: Option<String>,
    deadline: Option<Instant>,
    stage: Life,
    timed_out: bool,
    /// Nobody asks for the result.
    forgotten: bool,
    /// It has ended and this was told; the unreaped remains keep the group's number ours until SIGKILL.
    told: bool,
}

/// All running child programs.
#[derive(Debug, Default)]
pub struct Children {
    running: Vec<Child>,
    finished: Vec<Finished>,
    last_id: u32,
    impatient_until: Option<Instant>,
    /// Children that nobody here has started are reaped, too.
    adopts: bool,
    /// Some of them may be left for the next turn.
    more: bool,
}

impl Children {
    /// None yet.
    pub fn new() -> Children {
        Children::default()
    }

    /// From now on reaps also what nobody here has started. For a process that starts all its children through
    /// [`crate::sys`].
    pub fn adopt(&mut self) {
        (self.adopts, self.more) = (true, true);
    }

    /// Starts a program. An error says what could not be done with which program; where the news takes long, the
    /// failure comes as [`Ending::Failed`] instead.
    pub fn start(&mut self, program: &Program, limits: Limits, now: Instant) -> io::Result<ChildId> {
        let impatient = self.impatient_until.is_some_and(|until| now < until);
        let spawned = spawn::spawn(program, if impatient { Duration::ZERO } else { PATIENCE })?;
        if spawned.report.is_some() && !impatient {
            self.impatient_until = Some(now + IMPATIENCE);
        }
        let id = self.fresh_id();
        self.running.push(Child {
            id,
            pid: spawned.pid,
            pidfd: spawned.pidfd,
            stdout: Stream::new(spawned.stdout, limits.output, limits.end),
            stderr: Stream::new(spawned.stderr, limits.output, limits.end),
            report: spawned.report,
            exec_failure: None,
            deadline: limits.timeout.and_then(|timeout| now.checked_add(timeout)),
            stage: Life::Running,
            timed_out: false,
            forgotten: false,
            told: false,
        });
        Ok(id)
    }

    fn fresh_id(&mut self) -> ChildId {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            let id = ChildId(self.last_id);
            if self.running.iter().all(|child| child.id != id) {
                return id;
            }
        }
    }

    /// Puts descriptors and deadlines into the turn's set.
    pub fn register(&self, set: &mut PollSet) {
        for child in &self.running {
            child.register(set);
        }
        if self.more {
            set.wake_at(Instant::now());
        }
    }

    /// Takes up what the loop found on one of our descriptors. A token of a child that is gone is nobody's.
    pub fn on_ready(&mut self, token: Token, _readiness: Readiness, now: Instant) {
        let Some(at) = self.running.iter().position(|child| child.id.0 == token.id) else { return };
        let Some(child) = self.running.get_mut(at) else { return };
        match token.part {
            STDOUT => child.stdout.drain(),
            STDERR => child.stderr.drain(),
            REPORT => child.read_report(),
            _ => self.look(at, now),
        }
    }

    /// Carries out what is due: once per turn, after the ready descriptors.
    pub fn on_tick(&mut self, now: Instant) {
        if self.more {
            self.more = crate::sys::orphans::reap();
        }
        for at in (0..self.running.len()).rev() {
            // From the end, since a child that goes is replaced by the last one.
            let Some(child) = self.running.get_mut(at) else { continue };
            child.enforce(now);
            if child.pidfd.is_none() || matches!(child.stage, Life::Killed(_)) {
                self.look(at, now);
            }
        }
    }

    /// Looks at every child: on SIGCHLD, where the kernel has no pidfds.
    pub fn reap(&mut self, now: Instant) {
        for at in (0..self.running.len()).rev() {
            self.look(at, now);
        }
        process::reap_orphans();
        self.more = self.adopts;
    }

    /// Takes the children that have ended since the last call.
    pub fn finished(&mut self) -> impl Iterator<Item = Finished> + use<> {
        std::mem::take(&mut self.finished).into_iter()
    }

    /// Ends a child and its group: SIGTERM now, SIGKILL after the grace. Its end is reported as usual.
    pub fn stop(&mut self, id: ChildId, now: Instant) {
        if let Some(child) = self.running.iter_mut().find(|child| child.id == id) {
            child.terminate(now);
        }
    }

    /// Lets a child run as long as it likes, unlimited and unreported. Its output is still drained, and dropped: with the
    /// pipe closed or full it could not go on.
    pub fn forget(&mut self, id: ChildId) {
        if let Some(child) = self.running.iter_mut().find(|child| child.id == id) {
            child.forgotten = true;
            child.deadline = None;
            child.stdout.keep_nothing();
            child.stderr.keep_nothing();
        }
        self.finished.retain(|finished| finished.id != id);
    }

    /// What a running child has said so far, as far as it is kept: on standard error, else on standard output.
    pub fn output(&self, id: ChildId) -> Vec<u8> {
        let Some(child) = self.running.iter().find(|child| child.id == id) else { return Vec::new() };
        let said = child.stderr.kept();
        if said.iter().any(|byte| !byte.is_ascii_whitespace()) { said } else { child.stdout.kept() }
    }

    /// The process number of a running child.
    pub fn pid(&self, id: ChildId) -> Option<i32> {
        self.running.iter().find(|child| child.id == id && !child.told).map(|child| child.pid)
    }

    /// Children running, forgotten ones included.
    pub fn len(&self) -> usize {
        self.running.iter().filter(|child| !child.told).count()
    }

    /// Whether nothing runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks the system whether the child has ended, and tells the result once.
    fn look(&mut self, at: usize, now: Instant) {
        let Some(child) = self.running.get_mut(at) else { return };
        if let Some(result) = child.ask(now) {
            let result = (!child.forgotten).then(|| child.finish(result));
            self.finished.extend(result);
        }
        let Some(child) = self.running.get(at) else { return };
        if child.is_over() {
            self.running.swap_remove(at);
            if self.running.is_empty() {
                self.running = Vec::new();
            }
        }
    }
}

impl Child {
    fn register(&self, set: &mut PollSet) {
        let mut add = |fd: i32, part: u8| {
            set.add(fd, Interest::READ, Token { source: Source::Child, id: self.id.0, part });
        };
        for (fd, part) in [(self.stdout.fd(), STDOUT), (self.stderr.fd(), STDERR)] {
            if let Some(fd) = fd {
                add(fd, part);
            }
        }
        if let Some(report) = &self.report {
            add(report.as_fd().as_raw_fd(), REPORT);
        }
        // After the pipes, so that their last bytes are there when the end is seen.
        if let (Some(pidfd), false) = (&self.pidfd, self.told) {
            add(pidfd.as_raw_fd(), EXIT);
        }
        match (self.stage, self.deadline) {
            (Life::Running, Some(deadline)) => set.wake_at(deadline),
            (Life::Running, None) => {}
            (Life::Terminating(next) | Life::Killed(next), _) => set.wake_at(next),
        }
    }

    fn read_report(&mut self) {
        match self.report.as_ref().and_then(ExecReport::read) {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => self.exec_failure = Some(spawn::reason(&error)),
        }
        self.report = None;
    }

    fn enforce(&mut self, now: Instant) {
        match self.stage {
            Life::Running if self.deadline.is_some_and(|deadline| now >= deadline) => {
                self.timed_out = true;
                self.terminate(now);
            }
            Life::Terminating(kill_at) if now >= kill_at => {
                self.signal(process::KILL);
                self.stage = Life::Killed(now + GRACE);
            }
            _ => {}
        }
    }

    fn terminate(&mut self, now: Instant) {
        if matches!(self.stage, Life::Running) {
            self.signal(process::TERM);
            self.stage = Life::Terminating(now + GRACE);
        }
    }

    /// To the whole group; before it has made one, to the child. It is unreaped, so the numbers are ours.
    fn signal(&self, signal: i32) {
        if process::kill_group(self.pid, signal).is_err() {
            let _ = process::kill(self.pid, signal);
        }
    }

    /// How it ended, the first time that is known.
    fn ask(&mut self, now: Instant) -> Option<Ending> {
        let answer = match self.stage {
            // Left unreaped until SIGKILL has gone to the rest of its group.
            Life::Terminating(_) if self.told => return None,
            Life::Terminating(_) => process::peek_nohang(self.pid),
            Life::Running | Life::Killed(_) => process::wait_nohang(self.pid),
        };
        let reaped = !matches!(self.stage, Life::Terminating(_));
        let outcome = match answer {
            Ok(Some(Exit::Exited(status))) => Ending::Exited(status),
            Ok(Some(Exit::Signalled(signal))) => Ending::Signalled(signal),
            Ok(None) => match self.stage {
                Life::Killed(give_up) if now >= give_up => {
                    process::adopt(self.pid);
                    self.pid = 0;
                    let text = "does not end, not even by SIGKILL".to_string();
                    return self.tell(Ending::Failed(text));
                }
                _ => return None,
            },
            Err(error) => {
                self.pid = 0;
                return self
                    .tell(Ending::Failed(format!("its end is unknown: {}", crate::sys::error_text(&error))));
            }
        };
        if reaped {
            self.pid = 0;
        }
        self.tell(outcome)
    }

    fn tell(&mut self, outcome: Ending) -> Option<Ending> {
        if self.told {
            return None;
        }
        self.told = true;
        self.read_report();
        Some(self.exec_failure.take().map_or(outcome, Ending::Failed))
    }

    /// Collects what is left in the pipes and closes them, whoever else may hold them open.
    fn finish(&mut self, outcome: Ending) -> Finished {
        self.pidfd = None;
        let (stdout, stdout_dropped) = self.stdout.finish();
        let (stderr, stderr_dropped) = self.stderr.finish();
        Finished {
            id: self.id,
            outcome,
            timed_out: self.timed_out,
            stdout,
            stderr,
            dropped: stdout_dropped + stderr_dropped,
        }
    }

    /// Nothing is left to wait for.
    fn is_over(&self) -> bool {
        self.told && self.pid == 0
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.pid != 0 {
            process::adopt(self.pid);
        }
    }
}

#[cfg(test)]
mod tests;
