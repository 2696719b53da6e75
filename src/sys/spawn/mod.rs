//! Starts programs: fork, a fixed list of steps, exec. Watching them run is `reactor::children`'s business.
//!
//! What a program gets: its own session; standard input from `/dev/null`, output and errors on pipes to us; no other
//! descriptor; no signal blocked, every signal at its default (SIGPIPE: see [`Program::ignore_broken_pipe`]); no core
//! file; umask as told; user, group and *all* supplementary groups as told, never a mixture with ours.

mod child;
pub mod interpreter;

use super::process::BlockedSignals;
use child::{Preparation, become_program};
use interpreter::Unable;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Variables about our own relation to whoever started us. A program that inherited them could report readiness or
/// feed a watchdog in our name, or take an event of an outer monitor for its own.
const PRIVATE: [&str; 14] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "MAINPID",
    "MONIT_SERVICE",
    "MONIT_EVENT",
    "MONIT_DESCRIPTION",
    "MONIT_DATE",
    "MONIT_HOST",
    "MONIT_PROCESS_PID",
    "MONIT_PROCESS_MEMORY",
    "MONIT_PROCESS_CHILDREN",
    "MONIT_PROCESS_CPU_PERCENT",
    "MONIT_PROGRAM_STATUS",
];

/// Sockets that were handed to us: sd_listen_fds(3).
const LISTEN: &[u8] = b"LISTEN_";

fn is_private(name: &OsStr) -> bool {
    PRIVATE.iter().any(|private| *private == name) || name.as_bytes().starts_with(LISTEN)
}

/// A program to execute.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// The program's path, then its arguments. No shell, no search along `PATH`.
    pub argv: &'a [OsString],
    /// Added to a copy of our environment, from which variables that only concern us are left out.
    pub environment: &'a [(OsString, OsString)],
    /// Run as this user, with his supplementary groups and his `HOME`.
    pub uid: Option<u32>,
    /// Run as this group. With a user and no group: the user's primary group. Without a user the supplementary groups
    /// become just this one.
    pub gid: Option<u32>,
    /// File creation mask.
    pub umask: u32,
    /// Folder to run in; `None`: ours.
    pub cwd: Option<&'a Path>,
    /// Leave SIGPIPE ignored instead of at its default. Right for programs that start services: what they leave behind
    /// may write to our pipe long after we stopped reading, and must get an error for it, not be killed.
    pub ignore_broken_pipe: bool,
}

impl<'a> Program<'a> {
    /// `argv` as ourselves, umask 022, nothing added to the environment, SIGPIPE ignored.
    pub fn new(argv: &'a [OsString]) -> Program<'a> {
        Program {
            argv,
            environment: &[],
            uid: None,
            gid: None,
            umask: 0o022,
            cwd: None,
            ignore_broken_pipe: true,
        }
    }
}

/// A program that was started. Dropping it closes our ends and lets the program run; reaping it
/// ([`super::process::wait_nohang`]) is the caller's duty.
#[derive(Debug)]
pub struct Spawned {
    /// The child, also the number of its session and process group.
    pub pid: i32,
    /// Readable when the child ends; `None` where the kernel has no pidfds.
    pub pidfd: Option<OwnedFd>,
    /// Its standard output; non-blocking, close-on-exec.
    pub stdout: OwnedFd,
    /// Its standard error; non-blocking, close-on-exec.
    pub stderr: OwnedFd,
    /// Not yet known whether the exec succeeded. Non-blocking: ask [`ExecReport::read`] when it turns readable.
    pub report: Option<ExecReport>,
}

/// The close-on-exec pipe on which a child tells why it could not execute its program.
#[derive(Debug)]
pub struct ExecReport {
    pipe: OwnedFd,
    program: OsString,
}

impl ExecReport {
    /// `None`: not known yet. `Some(Ok)`: the program runs. `Some(Err)`: why it does not; the kind is that of the
    /// system's error, so a program that is not there is `NotFound`, unless only its interpreter is missing.
    pub fn read(&self) -> Option<io::Result<()>> {
        let mut message = [0u8; child::MESSAGE];
        match nix::unistd::read(&self.pipe, &mut message) {
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => None,
            // The pipe ended without a message: exec closed it.
            Ok(0) => Some(Ok(())),
            Ok(length) => {
                let (front, head) =
                    message.get(..length).unwrap_or_default().split_at(child::FRONT.min(length));
                let [step, number @ ..] = front.try_into().unwrap_or([0; child::FRONT]);
                let errno = i32::from_ne_bytes(number);
                if let Some(unable) = Unable::of(errno, head).filter(|_| length > child::FRONT) {
                    let (program, reason) = (self.program.clone(), unable.to_string());
                    // It is there: "not found" would be a lie.
                    let failed = Failed { attempted: EXECUTE, program, reason, errno: Some(errno) };
                    return Some(Err(io::Error::other(failed)));
                }
                let cause = io::Error::from_raw_os_error(errno);
                Some(Err(failure(Preparation::attempted(step), &self.program, &cause)))
            }
            Err(error) => Some(Err(failure(EXECUTE, &self.program, &error.into()))),
        }
    }
}

impl AsFd for ExecReport {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

fn failure(attempted: &'static str, program: &OsStr, cause: &io::Error) -> io::Error {
    let (program, reason) = (program.to_owned(), super::error_text(cause));
    io::Error::new(cause.kind(), Failed { attempted, program, reason, errno: cause.raw_os_error() })
}

/// What is done to a program in the end.
const EXECUTE: &str = "execute";

/// Why a program could not be started.
#[derive(Debug)]
struct Failed {
    /// What was done to it.
    attempted: &'static str,
    program: OsString,
    reason: String,
    errno: Option<i32>,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} '{}': {}", self.attempted, Path::new(&self.program).display(), self.reason)
    }
}

impl std::error::Error for Failed {}

/// Does an error of [`spawn`] say nothing of the program, only that we or its user are short of descriptors, memory or
/// processes?
pub fn is_shortage(error: &io::Error) -> bool {
    let failed = error.get_ref().and_then(|inner| inner.downcast_ref::<Failed>());
    let errno = failed.map_or(error.raw_os_error(), |failed| failed.errno);
    matches!(errno, Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::EAGAIN))
}

/// Why a program could not be started, for messages that say which one: only the reason, where executing it was what
/// failed.
pub fn reason(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Failed>()) {
        Some(failed) if failed.attempted == EXECUTE => failed.reason.clone(),
        Some(failed) => failed.to_string(),
        None => super::error_text(error),
    }
}

/// A close-on-exec pipe (read end, write end), both ends above the standard descriptors, so that a redirection never
/// overwrites one.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    Ok((above_standard(read)?, above_standard(write)?))
}

pub(super) fn above_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    let copy = fcntl(&fd, FcntlArg::F_DUPFD_CLOEXEC(3))?;
    // SAFETY: the descriptor was just made for us.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

pub(super) fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Everything the child needs, in the form the system calls want it, so that the child need not allocate.
struct Prepared {
    argv: Vec<CString>,
    environment: Vec<CString>,
    cwd: Option<CString>,
    null: OwnedFd,
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a NUL byte in an argument"))
}

fn variable(name: &OsStr, value: &OsStr) -> io::Result<CString> {
    let mut text = name.to_os_string();
    text.push("=");
    text.push(value);
    c_string(&text)
}

/// The environment ends with `HOME` when there is a user to take it from: the child replaces the last entry.
fn prepare(program: &Program) -> io::Result<Prepared> {
    if program.argv.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program given"));
    }
    let mut environment = Vec::new();
    let mut home = OsString::from("/");
    for (name, value) in std::env::vars_os() {
        let replaced = program.environment.iter().any(|(other, _)| *other == name);
        if name == "HOME" && program.uid.is_some() {
            home = value;
        } else if !replaced && !is_private(&name) {
            environment.push(variable(&name, &value)?);
        }
    }
    for (name, value) in program.environment {
        environment.push(variable(name, value)?);
    }
    if program.uid.is_some() {
        environment.push(variable(OsStr::new("HOME"), &home)?);
    }
    Ok(Prepared {
        argv: program.argv.iter().map(|word| c_string(word)).collect::<io::Result<_>>()?,
        environment,
        cwd: program.cwd.map(|path| c_string(path.as_os_str())).transpose()?,
        null: above_standard(File::open("/dev/null")?.into())?,
    })
}

/// The null-terminated array execve(2) wants.
fn pointers(texts: &[CString]) -> Vec<*const libc::c_char> {
    texts.iter().map(|text| text.as_ptr()).chain(std::iter::once(std::ptr::null())).collect()
}

/// Starts `program` and waits up to `patience` for the news that it runs.
///
/// The news is the end of a close-on-exec pipe, which comes with the exec or the child's end. The few system calls
/// before that take well under a millisecond, except where a user lookup, the working folder or the program itself is
/// on a server that hangs: then [`Spawned::report`] is still there when `patience` is over, and the caller polls it.
pub fn spawn(program: &Program, patience: Duration) -> io::Result<Spawned> {
    let name = program.argv.first().cloned().unwrap_or_default();
    let context = |error: io::Error| failure(EXECUTE, &name, &error);
    if program.uid.is_some() {
        // The child looks the user up, which needs locks of the C library.
        super::threads::only_one().map_err(context)?;
    }
    let prepared = prepare(program).map_err(context)?;
    let argv = pointers(&prepared.argv);
    let mut environment = pointers(&prepared.environment);
    let (stdout, child_stdout) = pipe().map_err(context)?;
    let (stderr, child_stderr) = pipe().map_err(context)?;
    let (report, child_report) = pipe().map_err(context)?;
    for ours in [&stdout, &stderr, &report] {
        set_nonblocking(ours).map_err(context)?;
    }

    let blocked = BlockedSignals::new();
    // SAFETY: the child runs `become_program` only, which ends in exec or _exit, never returns here, and keeps to the
    // rules written at the top of its file: no lock is needed where there may be other threads.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let outputs = [child_stdout.as_raw_fd(), child_stderr.as_raw_fd()];
        become_program(program, &prepared, &argv, &mut environment, outputs, child_report.as_raw_fd());
    }
    let forked = super::check(pid);
    drop(blocked);
    let pid = forked.map_err(context)?;
    super::orphans::note(pid);
    drop((child_stdout, child_stderr, child_report));

    let mut spawned = Spawned {
        pid,
        // The child is not reaped before us, so its number cannot have been given away.
        pidfd: super::pidfd::open(pid).ok(),
        stdout,
        stderr,
        report: Some(ExecReport { pipe: report, program: name }),
    };
    await_exec(&mut spawned, patience)?;
    Ok(spawned)
}

/// Looks at the report until it has something to say or `patience` is over. A child that failed is reaped.
fn await_exec(spawned: &mut Spawned, patience: Duration) -> io::Result<()> {
    let end = Instant::now() + patience;
    while let Some(report) = &spawned.report {
        match report.read() {
            Some(Ok(())) => spawned.report = None,
            Some(Err(error)) => {
                // It calls _exit right after its message.
                let _ = super::process::wait_blocking(spawned.pid);
                return Err(error);
            }
            None => {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let mut fds = [super::poll::PollFd::new(report.pipe.as_raw_fd(), super::poll::READ)];
                if super::poll::poll(&mut fds, Some(left)).is_err() {
                    // The child runs all the same; its news is for the loop, then.
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Reads what is left in a pipe at its end; for tests and short-lived children.
#[cfg(test)]
pub(crate) fn read_to_end(fd: OwnedFd) -> Vec<u8> {
    fcntl(&fd, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut File::from(fd), &mut bytes).unwrap();
    bytes
}

#[cfg(test)]
mod tests;
