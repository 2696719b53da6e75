//! Forks of ourselves: a disposable helper for a library call that may block, such as a name lookup.
//!
//! The helper runs ordinary Rust code after fork(2). That is legal in a process with one thread, where nobody else can
//! have held a lock (the allocator's, the C library's) at the moment of the fork. With several threads each function
//! here is an error instead (`sys::threads`).

use super::descriptors::{self, Fate};
use super::orphans;
use super::process::{self, BlockedSignals, Exit, reset_signals};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A helper process of ours. Dropping it kills it; it is reaped, then or later, without waiting.
#[derive(Debug)]
pub struct ChildTask {
    pid: i32,
    pidfd: Option<OwnedFd>,
    output: OwnedFd,
    exit: Option<Exit>,
}

/// Forks a helper that runs `task` with the write end of a pipe and exits. What it writes is read from
/// [`ChildTask::output`]; the pipe ends when the helper does.
///
/// In the helper: signals are at their defaults, standard descriptors on `/dev/null`, every other descriptor but
/// the pipe closed (a helper must not keep a listening port or another child's pipe open), no core file, and it is
/// killed when we die. Destructors outside `task` do not run. A panic ends the helper, nothing else.
pub fn run_in_child(task: impl FnOnce(&mut File)) -> io::Result<ChildTask> {
    run(task, false)
}

/// As [`run_in_child`], but the helper goes on when we die: for work that must be finished once it is begun, such as
/// bringing something to the disk. Dropping the [`ChildTask`] still kills it.
pub fn run_to_the_end(task: impl FnOnce(&mut File)) -> io::Result<ChildTask> {
    run(task, true)
}

/// As [`run_in_child`], but with a socket pair instead of a pipe: the helper reads what [`ChildTask::send`] sends, and
/// each write is one message, read as a whole (`SOCK_SEQPACKET`). The helper reads an end when it is dropped here.
pub fn serve_in_child(task: impl FnOnce(&mut File)) -> io::Result<ChildTask> {
    run_with(super::socket::message_pair()?, task, false)
}

fn run(task: impl FnOnce(&mut File), outlives: bool) -> io::Result<ChildTask> {
    run_with(super::spawn::pipe()?, task, outlives)
}

fn run_with(ends: (OwnedFd, OwnedFd), task: impl FnOnce(&mut File), outlives: bool) -> io::Result<ChildTask> {
    super::threads::only_one()?;
    let (output, child_output) = ends;
    super::spawn::set_nonblocking(&output)?;
    let parent = process::own_pid();
    let blocked = BlockedSignals::new();
    // SAFETY: this process has one thread, see the top of this file; the child never returns from `helper`.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        helper((!outlives).then_some(parent), child_output.as_raw_fd(), task);
    }
    let forked = super::check(pid);
    drop(blocked);
    let pid = forked?;
    super::orphans::note(pid);
    Ok(ChildTask { pid, pidfd: super::pidfd::open(pid).ok(), output, exit: None })
}

/// `parent`: whose death is ours, too.
fn helper(parent: Option<i32>, writer: RawFd, task: impl FnOnce(&mut File)) -> ! {
    reset_signals();
    // SAFETY: prctl with integers; a parent that died before it took effect is seen by the comparison.
    let orphaned = parent.is_some_and(|parent| unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::getppid() != parent
    });
    if orphaned {
        exit_now(1);
    }
    if parent.is_none() {
        // Nobody may be left to read what it reports; that must not end it.
        process::ignore_broken_pipe();
    }
    let _ = nix::unistd::setsid();
    null_standard_descriptors();
    close_all_but(writer);
    super::limits::restore_descriptors();
    // SAFETY: the child's copy of the write end; the OwnedFd of it is never dropped in this process.
    let mut file = unsafe { File::from_raw_fd(writer) };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| task(&mut file)));
    exit_now(if outcome.is_ok() { 0 } else { 101 })
}

/// Ends the process without destructors or exit hooks, which belong to the parent.
pub(super) fn exit_now(status: i32) -> ! {
    // SAFETY: _exit takes an integer and does not return.
    unsafe { libc::_exit(status) }
}

/// Standard input, output and errors on `/dev/null`; what cannot be had is left as it is.
pub(super) fn null_standard_descriptors() {
    let flags = libc::O_RDWR | libc::O_CLOEXEC;
    // SAFETY: a constant path, plain numbers; a descriptor above 2 is closed again.
    unsafe {
        let null = libc::open(c"/dev/null".as_ptr(), flags);
        if null < 0 {
            return;
        }
        for standard in 0..=2 {
            libc::dup2(null, standard);
        }
        if null > 2 {
            libc::close(null);
        }
    }
}

fn close_all_but(kept: RawFd) {
    descriptors::all_between(3, (kept - 1) as libc::c_uint, Fate::Closed);
    descriptors::all_between(kept + 1, libc::c_uint::MAX, Fate::Closed);
}

impl ChildTask {
    /// The helper's process number.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Readable when the helper has ended; `None` where the kernel has no pidfds.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }

    /// The read end of the helper's pipe, non-blocking.
    pub fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// One read(2) of what the helper wrote: 0 at its end, `WouldBlock` when there is nothing yet.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(nix::unistd::read(&self.output, buffer)?)
    }

    /// Sends one message to a helper of [`serve_in_child`]: `WouldBlock` if it has too many unread.
    pub fn send(&self, message: &[u8]) -> io::Result<()> {
        let flags = nix::sys::socket::MsgFlags::MSG_NOSIGNAL;
        Ok(nix::sys::socket::send(self.output.as_raw_fd(), message, flags).map(drop)?)
    }

    /// Reaps the helper if it has ended. Never blocks; the answer stays available.
    pub fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        if self.exit.is_none() {
            self.exit = process::wait_nohang(self.pid)?;
        }
        Ok(self.exit)
    }

    /// Lets it finish alone. Only for the end of this process: nobody reaps it here.
    pub fn leave(self) {
        std::mem::forget(self);
    }

    /// Ends the helper at once, with what it has started: what a library runs for it must not live on. That is its group, and
    /// those of its own children that have a session of their own, as what `pam_exec` runs (where the kernel keeps lists of
    /// children). Who has left both it and its children lives on: nothing tells that it was ever ours.
    pub fn kill(&mut self) {
        if self.exit.is_none() {
            // One that stands still reaps nobody: the numbers of its children stay theirs.
            let _ = process::kill(self.pid, process::STOP);
            for child in orphans::children_of(self.pid).unwrap_or_default() {
                let _ = process::kill_group(child, process::KILL);
                let _ = process::kill(child, process::KILL);
            }
            let _ = process::kill(self.pid, process::KILL);
            // Its own, from its first moments on; until it is reaped nobody else has that number.
            let _ = process::kill_group(self.pid, process::KILL);
        }
    }
}

/// Everything a helper writes until its pipe ends.
#[cfg(test)]
pub(super) fn all_output(task: &ChildTask) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        super::poll::wait_for(task.output(), super::poll::READ);
        match task.read(&mut buffer) {
            Ok(0) => return all,
            Ok(count) => all.extend_from_slice(&buffer[..count]),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
}

impl Drop for ChildTask {
    fn drop(&mut self) {
        if self.exit.is_none() {
            self.kill();
            process::adopt(self.pid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_helper_answers_through_its_pipe() {
        if crate::sys::ran_alone() {
            return;
        }
        let mut task = run_in_child(|out| out.write_all(b"127.0.0.1\n").unwrap()).unwrap();
        assert_eq!(all_output(&task), b"127.0.0.1\n");
        while task.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        assert_eq!(task.try_wait().unwrap(), Some(Exit::Exited(0)));
    }

    #[test]
    fn a_serving_helper_gets_and_gives_whole_messages() {
        if crate::sys::ran_alone() {
            return;
        }
        let mut task = serve_in_child(|socket| {
            let mut buffer = [0u8; 64];
            while let Ok(length @ 1..) = io::Read::read(socket, &mut buffer) {
                buffer[..length].reverse();
                socket.write_all(&buffer[..length]).unwrap();
            }
        })
        .unwrap();
        task.send(b"abc").unwrap();
        task.send(b"de").unwrap();
        let next = || {
            crate::sys::poll::wait_for(task.output(), crate::sys::poll::READ);
            let mut buffer = [0u8; 64];
            let length = task.read(&mut buffer).unwrap();
            buffer[..length].to_vec()
        };
        assert_eq!([next(), next()], [b"cba".to_vec(), b"ed".to_vec()]);
        task.kill();
        while task.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        assert!(task.send(b"f").is_err(), "an error, not our death");
    }

    #[test]
    fn the_helper_keeps_none_of_our_descriptors() {
        if crate::sys::ran_alone() {
            return;
        }
        let (kept_read, kept_write) = crate::sys::spawn::pipe().unwrap();
        let task = run_in_child(|out| {
            let open =
                (3..512).filter(|fd| nix::fcntl::fcntl(borrow(*fd), nix::fcntl::FcntlArg::F_GETFD).is_ok());
            out.write_all(&[open.count() as u8]).unwrap();
        })
        .unwrap();
        assert_eq!(all_output(&task), [1], "only its own pipe");
        drop((kept_read, kept_write));
    }

    fn borrow(fd: RawFd) -> BorrowedFd<'static> {
        // SAFETY: used for one F_GETFD, which is an error without effect on a closed descriptor.
        unsafe { BorrowedFd::borrow_raw(fd) }
    }

    #[test]
    fn what_a_helper_has_started_ends_with_it() {
        if crate::sys::ran_alone() {
            return;
        }
        // In its group, and in a session of its own, as what pam_exec runs.
        for command in ["exec sleep 600", "exec setsid sleep 600"] {
            let task = run_in_child(|out| {
                let mut child = std::process::Command::new("sh").args(["-c", command]).spawn().unwrap();
                let stat = format!("/proc/{}/comm", child.id());
                while !std::fs::read_to_string(&stat).unwrap().starts_with("sleep") {
                    std::thread::yield_now();
                }
                out.write_all(&child.id().to_ne_bytes()).unwrap();
                let _ = child.wait();
            })
            .unwrap();
            let mut number = [0; 4];
            crate::sys::poll::wait_for(task.output(), crate::sys::poll::READ);
            assert_eq!(task.read(&mut number).unwrap(), 4);
            drop(task);
            // Its parent is init now, or whoever stands for it, who may take its time to reap it.
            let stat = format!("/proc/{}/stat", i32::from_ne_bytes(number));
            let begin = std::time::Instant::now();
            while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
                assert!(begin.elapsed().as_secs() < 60, "{command} lives on");
                process::reap_orphans();
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn dropping_kills_and_leaves_no_zombie() {
        if crate::sys::ran_alone() {
            return;
        }
        let task = run_in_child(|_| std::thread::sleep(std::time::Duration::from_secs(600))).unwrap();
        let pid = task.pid();
        drop(task);
        while process::wait_nohang(pid).is_ok() {
            process::reap_orphans();
            std::thread::yield_now();
        }
        assert!(!process::exists(pid));
    }
}
