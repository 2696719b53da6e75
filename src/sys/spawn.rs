//! Starts programs: fork, a fixed list of steps, exec. Watching them run is `reactor::children`'s business.
//!
//! What a program gets: its own session; standard input from `/dev/null`, output and errors on pipes to us; no other
//! descriptor; no signal blocked, every signal at its default (SIGPIPE: see [`Program::ignore_broken_pipe`]); no core
//! file; umask as told; user, group and *all* supplementary groups as told, never a mixture with ours.
//!
//! **Between fork and exec** the child makes only async-signal-safe calls on memory prepared before the fork. One
//! exception, made on purpose: when a user is given, his groups and home are looked up in the child. A directory
//! server that does not answer then stalls that one child (which its deadline ends) and not the loop, and the libraries
//! nsswitch loads stay out of the daemon's memory. The lookup allocates, which after fork is legal because this process
//! is single-threaded: nobody else can have held the allocator's lock.

use super::process::{BlockedSignals, reset_signals, set_disposition};
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Variables about our own relation to whoever started us. A program that inherited them could report readiness or
/// feed a watchdog in our name, or take an event of an outer monitor for its own.
const PRIVATE: [&str; 17] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
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

/// A step of the child that can fail; the number travels through the pipe.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Step {
    Session = 1,
    Descriptors,
    Folder,
    User,
    Groups,
    Gid,
    Uid,
    Exec,
}

impl Step {
    fn attempted(number: u8) -> &'static str {
        match number {
            1 => "new session for",
            2 => "redirect the output of",
            3 => "change to the working folder of",
            4 => "look up the user of",
            5 => "set the groups of",
            6 => "set the group of",
            7 => "set the user of",
            _ => "execute",
        }
    }
}

impl ExecReport {
    /// `None`: not known yet. `Some(Ok)`: the program runs. `Some(Err)`: why it does not; the kind is that of the
    /// system's error, so a program that is not there is `NotFound`.
    pub fn read(&self) -> Option<io::Result<()>> {
        let mut message = [0u8; 5];
        match nix::unistd::read(&self.pipe, &mut message) {
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => None,
            // The pipe ended without a message: exec closed it.
            Ok(0) => Some(Ok(())),
            Ok(_) => {
                let [step, number @ ..] = message;
                let cause = io::Error::from_raw_os_error(i32::from_ne_bytes(number));
                Some(Err(failure(Step::attempted(step), &self.program, &cause)))
            }
            Err(error) => Some(Err(failure("execute", &self.program, &error.into()))),
        }
    }
}

impl AsFd for ExecReport {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

fn failure(attempted: &str, program: &OsStr, cause: &io::Error) -> io::Error {
    let text = format!("{attempted} '{}': {}", Path::new(program).display(), super::error_text(cause));
    io::Error::new(cause.kind(), text)
}

/// A close-on-exec pipe (read end, write end), both ends above the standard descriptors, so that a redirection never
/// overwrites one.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    Ok((above_standard(read)?, above_standard(write)?))
}

fn above_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
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
        } else if !replaced && !PRIVATE.iter().any(|private| *private == name) {
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
    let context = |error: io::Error| failure("execute", &name, &error);
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
    // rules written at the top of this file.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let outputs = [child_stdout.as_raw_fd(), child_stderr.as_raw_fd()];
        become_program(program, &prepared, &argv, &mut environment, outputs, child_report.as_raw_fd());
    }
    let forked = super::check(pid);
    drop(blocked);
    let pid = forked.map_err(context)?;
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
                super::poll::poll(&mut fds, Some(left))?;
            }
        }
    }
    Ok(())
}

/// The child's side: never returns.
fn become_program(
    program: &Program,
    prepared: &Prepared,
    argv: &[*const libc::c_char],
    environment: &mut [*const libc::c_char],
    outputs: [RawFd; 2],
    report: RawFd,
) -> ! {
    let (step, error) = match steps(program, prepared, outputs) {
        Err(failed) => failed,
        Ok(home) => {
            if let (Some(home), [.., last, _null]) = (&home, &mut *environment) {
                *last = home.as_ptr();
            }
            // SAFETY: both arrays end with a null pointer and point to NUL-terminated texts that are still alive.
            unsafe { libc::execve(argv[0], argv.as_ptr(), environment.as_ptr()) };
            (Step::Exec, last_error())
        }
    };
    let mut message = [0u8; 5];
    message[0] = step as u8;
    message[1..].copy_from_slice(&(error as i32).to_ne_bytes());
    // SAFETY: writes five bytes of ours to a descriptor we own, then ends without running any destructor.
    unsafe {
        libc::write(report, message.as_ptr().cast(), message.len());
        libc::_exit(127)
    }
}

type Failed = (Step, nix::errno::Errno);

fn last_error() -> nix::errno::Errno {
    nix::errno::Errno::last()
}

/// Everything between fork and exec. On success returns the value for `HOME`, if it is to be set.
fn steps(program: &Program, prepared: &Prepared, outputs: [RawFd; 2]) -> Result<Option<CString>, Failed> {
    reset_signals();
    if program.ignore_broken_pipe {
        set_disposition(libc::SIGPIPE, libc::SIG_IGN);
    }
    nix::unistd::setsid().map_err(|error| (Step::Session, error))?;
    for (from, to) in [(prepared.null.as_raw_fd(), 0), (outputs[0], 1), (outputs[1], 2)] {
        // SAFETY: plain descriptor numbers; `from` is above 2, so no source is overwritten before its turn.
        if unsafe { libc::dup2(from, to) } < 0 {
            return Err((Step::Descriptors, last_error()));
        }
    }
    close_others_on_exec();
    super::limits::restore_for_program();
    // SAFETY: umask takes and returns an integer and cannot fail.
    unsafe { libc::umask(program.umask as libc::mode_t) };
    let home = take_identity(program.uid, program.gid)?;
    // As the user himself: a folder he may not enter is not his to run in.
    if let Some(folder) = &prepared.cwd {
        // SAFETY: the path is NUL-terminated.
        if unsafe { libc::chdir(folder.as_ptr()) } < 0 {
            return Err((Step::Folder, last_error()));
        }
    }
    Ok(home)
}

/// Marks everything above standard error to be closed by exec: our own descriptors are so already, those we inherited
/// from whoever started us are not.
fn close_others_on_exec() {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: three integers.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, CLOSE_RANGE_CLOEXEC) };
    if done == 0 {
        return;
    }
    // Before Linux 5.11. Inherited descriptors have low numbers; one call each, for the first thousand.
    for fd in 3..1024 {
        // SAFETY: a number that is no open descriptor is an error without effect.
        unsafe { libc::fcntl(fd, libc::F_SETFD, FdFlag::FD_CLOEXEC.bits()) };
    }
}

/// Becomes the user and group, in the order that leaves no way back: groups, gid, uid.
fn take_identity(uid: Option<u32>, gid: Option<u32>) -> Result<Option<CString>, Failed> {
    if uid.is_none() && gid.is_none() {
        return Ok(None);
    }
    let mut home = None;
    let mut group = gid;
    let mut groups: Vec<libc::gid_t> = gid.into_iter().collect();
    if let Some(uid) = uid {
        let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
            .map_err(|error| (Step::User, error))?;
        if let Some(user) = user {
            let primary = *group.get_or_insert(user.gid.as_raw());
            groups = super::user::groups(&user.name, primary).map_err(|error| {
                (Step::Groups, nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or(0)))
            })?;
            home = variable(OsStr::new("HOME"), user.dir.as_os_str()).ok();
        }
    }
    // A user without an entry and without a group given: to keep our own group would be a surprise.
    let group = group.ok_or((Step::User, nix::errno::Errno::ENOENT))?;
    if super::process::own_uid() != 0 && is_already(uid, group) {
        return Ok(home);
    }
    // SAFETY: the list's pointer and length belong together.
    if unsafe { libc::setgroups(groups.len() as _, groups.as_ptr()) } < 0 {
        return Err((Step::Groups, last_error()));
    }
    // SAFETY: three integers.
    if unsafe { libc::setresgid(group, group, group) } < 0 {
        return Err((Step::Gid, last_error()));
    }
    if let Some(uid) = uid {
        // SAFETY: three integers.
        if unsafe { libc::setresuid(uid, uid, uid) } < 0 {
            return Err((Step::Uid, last_error()));
        }
    }
    Ok(home)
}

/// An unprivileged monitor may "become" what it already is.
fn is_already(uid: Option<u32>, gid: u32) -> bool {
    uid.is_none_or(|uid| uid == super::process::own_uid()) && gid == nix::unistd::getegid().as_raw()
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
#[path = "spawn_tests.rs"]
mod tests;
