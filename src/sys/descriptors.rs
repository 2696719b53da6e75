//! All descriptors of a process at once, those included that somebody has left open for us: closed, or marked to be closed by
//! exec. Nothing here allocates: it may run between fork and exec.

use std::ffi::CStr;
use std::os::fd::RawFd;

/// Where the kernel lists what is open.
const LIST: &CStr = c"/proc/self/fd";
/// Where it does not, so many numbers are tried at most: a limit may be as good as none, but we raise ours to far less.
const MOST: u64 = 65_536;
/// close_range(2), which libc does not know everywhere.
const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;

/// What is to become of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Closed now. For processes in which nothing of ours owns one of them: a helper just forked, a daemon before it opens its
    /// first.
    Closed,
    /// Closed when another program is executed.
    ClosedByExec,
}

/// Each of this range that is open.
pub(super) fn all_between(first: RawFd, last: libc::c_uint, fate: Fate) {
    if first as libc::c_uint > last {
        return;
    }
    let flags = if fate == Fate::Closed { 0 } else { CLOSE_RANGE_CLOEXEC };
    // SAFETY: numbers of descriptors of this process only; the caller says that nobody uses those that are closed.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    if done != 0 {
        // Before Linux 5.9, and for the mark before 5.11.
        each_between(first, last, fate, LIST);
    }
}

/// The same, one after the other: those that the list has, or every number there can be.
fn each_between(first: RawFd, last: libc::c_uint, fate: Fate, list: &CStr) {
    let range = first as libc::c_uint..=last;
    // SAFETY: a path that ends with a zero.
    let folder = unsafe { libc::open(list.as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC) };
    if folder >= 0
        && each_listed(folder, |fd| {
            if range.contains(&(fd as libc::c_uint)) {
                fate.befall(fd)
            }
        })
    {
        // SAFETY: opened above, and nobody else has it.
        unsafe { libc::close(folder) };
        return;
    }
    // What is open may be beyond the soft limit, which was lowered since.
    let limit = super::limits::nofile().map_or(MOST, |(_, hard)| hard.min(MOST));
    (first..limit as RawFd)
        .filter(|fd| range.contains(&(*fd as libc::c_uint)))
        .for_each(|fd| fate.befall(fd));
}

/// Names each descriptor that is listed in this folder, but for that of the folder; false if it cannot be read.
fn each_listed(folder: RawFd, mut is_open: impl FnMut(RawFd)) -> bool {
    /// Of an entry as the kernel writes it, getdents64(2): where its length is, and where its name begins.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let mut buffer = [0u8; 4096];
    loop {
        // SAFETY: the buffer is ours and as long as is said.
        let read = unsafe { libc::syscall(libc::SYS_getdents64, folder, buffer.as_mut_ptr(), buffer.len()) };
        let Some(mut entries) = usize::try_from(read).ok().and_then(|read| buffer.get(..read)) else {
            return false;
        };
        if entries.is_empty() {
            return true;
        }
        while let Some([low, high]) = entries.get(LENGTH..LENGTH + 2) {
            let length = usize::from(u16::from_ne_bytes([*low, *high]));
            let Some((entry, others)) = entries.split_at_checked(length.max(NAME)) else { return false };
            entries = others;
            let name =
                entry.get(NAME..).unwrap_or_default().split(|byte| *byte == 0).next().unwrap_or_default();
            let number = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok());
            number.into_iter().filter(|fd| *fd != folder).for_each(&mut is_open);
        }
    }
}

impl Fate {
    fn befall(self, fd: RawFd) {
        // SAFETY: as above; a number that is not open is an error without effect.
        unsafe {
            match self {
                Fate::Closed => libc::close(fd),
                Fate::ClosedByExec => libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC),
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    /// The flags of a descriptor; -1: it is not open.
    fn flags(fd: RawFd) -> libc::c_int {
        // SAFETY: a question about a number.
        unsafe { libc::fcntl(fd, libc::F_GETFD) }
    }

    /// As on a kernel without close_range(2), with `/proc` and without: a number beyond 4096, which our limit allows, and the
    /// first.
    #[test]
    fn a_large_number_is_no_exception_without_the_system_call() {
        const LARGE: RawFd = 5000;
        if crate::sys::ran_alone() {
            return;
        }
        let task = crate::sys::fork::run_in_child(|out| {
            let allowed = crate::sys::limits::raise_nofile(16_384).is_ok_and(|most| most > LARGE as u64);
            let mut seen = vec![u8::from(allowed)];
            for list in [LIST, c"/proc/none"] {
                for (fate, after) in [(Fate::ClosedByExec, libc::FD_CLOEXEC), (Fate::Closed, -1)] {
                    for fd in [LARGE - 100, LARGE] {
                        // SAFETY: copies a descriptor of this process.
                        unsafe { libc::dup2(out.as_raw_fd(), fd) };
                    }
                    let before = flags(LARGE);
                    each_between(LARGE - 100, libc::c_uint::MAX, fate, list);
                    let is_so = before == 0 && flags(LARGE) == after && flags(LARGE - 100) == after;
                    seen.push(u8::from(is_so && flags(out.as_raw_fd()) == libc::FD_CLOEXEC));
                }
            }
            out.write_all(&seen).unwrap();
        })
        .unwrap();
        match crate::sys::fork::all_output(&task)[..] {
            [0, ..] => crate::sys::skip("large numbers of descriptors", "none is allowed here"),
            ref seen => assert_eq!(seen, [1; 5]),
        }
    }
}
