//! Process descriptors (Linux 5.3): readable when the process ends, and never another process.

use super::poll::{PollFd, READ, poll};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Opens a descriptor of the process `pid`, close-on-exec. Fails with `ENOSYS` on kernels before 5.3, with `EPERM`
/// or `ENOSYS` under some container filters: callers fall back to SIGCHLD or to looking each cycle.
pub fn open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: two integers in, a new descriptor or -1 out.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = super::check(result as libc::c_int)?;
    // SAFETY: the kernel has just given us this descriptor, nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends `signal` to the process behind the descriptor, never to a successor of its number.
/// Fails with `ESRCH` when it has ended and was reaped.
pub fn send_signal(process: &OwnedFd, signal: i32) -> io::Result<()> {
    let no_info: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: the descriptor is open for the length of the call, a null siginfo is allowed, flags are zero.
    let result =
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal, no_info, 0) };
    super::check(result as libc::c_int).map(drop)
}

/// Whether the process behind the descriptor has ended, reaped or not.
pub fn has_ended(process: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(process.as_raw_fd(), READ)];
    poll(&mut fds, Some(Duration::ZERO)).is_ok_and(|ready| ready > 0)
}
