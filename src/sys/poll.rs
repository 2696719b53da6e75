//! poll(2), safely. Which descriptors and for how long is the reactor's business.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// Readable, or a connection to accept.
pub const READ: i16 = libc::POLLIN;
/// Writable, or a connection made.
pub const WRITE: i16 = libc::POLLOUT;
/// Reported whether asked for or not: the descriptor is in error.
pub const ERROR: i16 = libc::POLLERR;
/// Reported whether asked for or not: the other side is gone.
pub const HANGUP: i16 = libc::POLLHUP;
/// Reported whether asked for or not: no such descriptor is open.
pub const INVALID: i16 = libc::POLLNVAL;

/// One descriptor to wait for; the layout of C's `struct pollfd`.
///
/// It holds a plain number: a descriptor that was closed in the meantime is reported as [`INVALID`], nothing worse.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollFd {
    /// The descriptor.
    pub fd: RawFd,
    /// What to wait for: [`READ`] and [`WRITE`].
    pub events: i16,
    /// What happened; set by [`poll`].
    pub revents: i16,
}

impl PollFd {
    /// A descriptor and the events to wait for.
    pub fn new(fd: RawFd, events: i16) -> PollFd {
        PollFd { fd, events, revents: 0 }
    }
}

/// Whole milliseconds for poll(2), rounded **up**: rounded down, the loop would wake before its deadline and spin
/// until it has passed.
pub(crate) fn milliseconds(timeout: Option<Duration>) -> libc::c_int {
    match timeout {
        None => -1,
        Some(duration) => {
            let up = duration.as_nanos().div_ceil(1_000_000);
            libc::c_int::try_from(up).unwrap_or(libc::c_int::MAX)
        }
    }
}

/// Waits until a descriptor is ready or `timeout` has passed (`None`: for ever), and returns how many are ready.
///
/// A signal ends the wait with `Ok(0)` and no event set: the caller looks at its clock and its signals and comes
/// back. Nothing is retried in here. More than 24 days are cut to 24 days.
pub fn poll(fds: &mut [PollFd], timeout: Option<Duration>) -> io::Result<usize> {
    for fd in fds.iter_mut() {
        fd.revents = 0;
    }
    // SAFETY: PollFd has the layout of struct pollfd, and the count is the slice's own.
    let result =
        unsafe { libc::poll(fds.as_mut_ptr().cast(), fds.len() as libc::nfds_t, milliseconds(timeout)) };
    match super::check(result) {
        Ok(ready) => Ok(ready as usize),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            for fd in fds.iter_mut() {
                fd.revents = 0;
            }
            Ok(0)
        }
        Err(error) => Err(error),
    }
}

/// Waits for one descriptor, however many signals come in between.
#[cfg(test)]
pub(crate) fn wait_for(fd: impl std::os::fd::AsFd, events: i16) -> i16 {
    let mut fds = [PollFd::new(std::os::fd::AsRawFd::as_raw_fd(&fd.as_fd()), events)];
    while poll(&mut fds, None).unwrap() == 0 {}
    fds[0].revents
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn layout_is_that_of_c() {
        assert_eq!(size_of::<PollFd>(), size_of::<libc::pollfd>());
        assert_eq!(align_of::<PollFd>(), align_of::<libc::pollfd>());
    }

    #[test]
    fn timeouts_are_rounded_up() {
        assert_eq!(milliseconds(None), -1);
        assert_eq!(milliseconds(Some(Duration::ZERO)), 0);
        assert_eq!(milliseconds(Some(Duration::from_nanos(1))), 1);
        assert_eq!(milliseconds(Some(Duration::from_millis(7))), 7);
        assert_eq!(milliseconds(Some(Duration::from_micros(7001))), 8);
        assert_eq!(milliseconds(Some(Duration::MAX)), libc::c_int::MAX);
    }

    #[test]
    fn readiness_is_reported() {
        let (read, write) = super::super::spawn::pipe().unwrap();
        let mut fds = [PollFd::new(read.as_raw_fd(), READ)];
        assert_eq!(poll(&mut fds, Some(Duration::ZERO)).unwrap(), 0);
        drop(write);
        assert_eq!(wait_for(&read, READ), HANGUP);
    }
}
