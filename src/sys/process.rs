//! Signals to processes, and their end. Which process is whose is known elsewhere.

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::io;

/// Polite request to end.
pub const TERM: i32 = libc::SIGTERM;
/// The end, at once.
pub const KILL: i32 = libc::SIGKILL;
/// No step further, until it is let go on.
pub const STOP: i32 = libc::SIGSTOP;
/// Let what was stopped go on.
pub const CONT: i32 = libc::SIGCONT;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status, 0 to 255.
    Exited(i32),
    /// This signal ended it.
    Signalled(i32),
}

/// How often this thread has waited for something so far, rather than being made to wait by others' work: the voluntary context
/// switches of getrusage(2). 0 where the kernel does not say.
pub fn waits() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0, |usage| usage.voluntary_context_switches())
}

thread_local! {
    /// Children whose owner is gone before they are: reaped whenever somebody looks.
    static ORPHANS: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
}

fn wait(pid: i32, flags: WaitPidFlag) -> io::Result<Option<Exit>> {
    let result = ask(pid, flags);
    if !flags.contains(WaitPidFlag::WNOWAIT) && !matches!(result, Ok(None)) {
        super::orphans::forget(pid);
    }
    result
}

fn ask(pid: i32, flags: WaitPidFlag) -> io::Result<Option<Exit>> {
    loop {
        match nix::sys::wait::waitid(Id::Pid(Pid::from_raw(pid)), WaitPidFlag::WEXITED | flags) {
            Ok(WaitStatus::Exited(_, status)) => return Ok(Some(Exit::Exited(status))),
            Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Some(Exit::Signalled(signal as i32))),
            Ok(_) => return Ok(None),
            Err(Errno::EINTR) => continue,
            // A real-time signal has no name in nix; the status was consumed all the same.
            Err(Errno::EINVAL) => return Ok(Some(Exit::Signalled(0))),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reaps the child `pid` if it has ended; `None` while it runs. Never blocks. `ECHILD`: no such child of ours.
pub fn wait_nohang(pid: i32) -> io::Result<Option<Exit>> {
    wait(pid, WaitPidFlag::WNOHANG)
}

/// As [`wait_nohang`], but leaves the ended child in place: its number, and that of its process group, cannot be
/// given to anybody else until it is reaped.
pub fn peek_nohang(pid: i32) -> io::Result<Option<Exit>> {
    wait(pid, WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT)
}

/// Waits for the end of the child `pid`. Only for a child that is known to end at once: it blocks.
pub(crate) fn wait_blocking(pid: i32) -> io::Result<Option<Exit>> {
    wait(pid, WaitPidFlag::empty())
}

/// Sends `signal` (0: only asks whether it may be sent) to the process `pid`. Zero and negative numbers mean groups
/// to kill(2) and are refused here.
pub fn kill(pid: i32, signal: i32) -> io::Result<()> {
    if pid <= 0 {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    // SAFETY: kill takes two integers and touches no memory of ours.
    super::check(unsafe { libc::kill(pid, signal) }).map(drop)
}

/// Sends `signal` to every process of the group `group`. Groups 0 (ours) and 1 are refused.
pub fn kill_group(group: i32, signal: i32) -> io::Result<()> {
    if group <= 1 {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    // SAFETY: killpg takes two integers and touches no memory of ours.
    super::check(unsafe { libc::killpg(group, signal) }).map(drop)
}

/// Whether a process with this number exists, ended but unreaped ones included. No right to signal it is needed.
pub fn exists(pid: i32) -> bool {
    match kill(pid, 0) {
        Ok(()) => true,
        Err(error) => error.raw_os_error() == Some(libc::EPERM),
    }
}

/// Our own process number.
pub fn own_pid() -> i32 {
    std::process::id() as i32
}

/// Our effective user number; 0 is root.
pub fn own_uid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Hands over a child nobody will ask about again, so that it leaves no zombie.
pub(crate) fn adopt(pid: i32) {
    ORPHANS.with_borrow_mut(|list| list.push(pid));
    reap_orphans();
}

/// Reaps children whose owner has lost interest. Call it on SIGCHLD and once in a while.
pub fn reap_orphans() {
    ORPHANS.with_borrow_mut(|list| {
        list.retain(|pid| matches!(wait_nohang(*pid), Ok(None)));
        if list.is_empty() {
            *list = Vec::new();
        }
    });
}

/// A write to a closed pipe or socket becomes an error (`EPIPE`), not our death.
pub fn ignore_broken_pipe() {
    set_disposition(libc::SIGPIPE, libc::SIG_IGN);
}

/// Sets the disposition of a signal to `SIG_DFL` or `SIG_IGN`. Only async-signal-safe calls.
pub(super) fn set_disposition(signal: libc::c_int, disposition: libc::sighandler_t) {
    // SAFETY: an all-zero sigaction is valid; the disposition is one of the two constants, no code of ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = disposition;
        libc::sigaction(signal, &action, std::ptr::null_mut());
    }
}

/// All signals to their default, none blocked: what a fresh child starts from. Only async-signal-safe calls; ends
/// with the unblocking, so that no handler of ours ever runs in the child.
pub(super) fn reset_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        set_disposition(signal, libc::SIG_DFL);
    }
    // The C library keeps the first real-time signals to itself and refuses to touch them; a careless ancestor may have
    // left them ignored. To the kernel an action of zeros is the default.
    let zeros = [0u64; 8];
    let bytes_of_mask: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };
    let nothing: *const u64 = std::ptr::null();
    for signal in 32..libc::SIGRTMIN() {
        // SAFETY: the kernel's structure is smaller than `zeros` everywhere; the old action is not wanted.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, zeros.as_ptr(), nothing, bytes_of_mask) };
    }
    let _ = nix::sys::signal::sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

/// Blocks every signal until dropped. Around a fork: a signal that arrives in the child before its handlers are
/// reset would run them there and write into our signal pipe.
pub(super) struct BlockedSignals(SigSet);

impl BlockedSignals {
    pub(super) fn new() -> BlockedSignals {
        let mut old = SigSet::empty();
        let _ = nix::sys::signal::sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut old));
        BlockedSignals(old)
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        let _ = nix::sys::signal::sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.0), None);
    }
}

/// The usual name of a signal (`SIGTERM`), for messages; `signal N` where it has none.
pub fn signal_name(signal: i32) -> String {
    match Signal::try_from(signal) {
        Ok(known) => known.as_str().to_string(),
        Err(_) => format!("signal {signal}"),
    }
}
