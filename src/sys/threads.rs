//! How many threads this process has. A fork that goes on with ordinary code is legal in a process with one.
//!
//! No type can promise it: a thread may be started long after the promise was made, by a library too. So each fork asks
//! the kernel, which costs a hundredth of the fork.

use std::io;
use std::os::unix::fs::MetadataExt;

/// Links of `/proc/self/task` in a process with one thread: itself, `.`, and one for each thread.
const LINKS_OF_ONE: u64 = 3;

/// Of a test the harness's first thread is there, too. In a process in which only one test runs (`ran_alone`) it waits for
/// the end of that test, and a thread that waits holds no lock.
const WAITING: u64 = if cfg!(test) { 1 } else { 0 };

/// Says no in a process in which another thread may hold a lock (the allocator's, the C library's) that nobody in the
/// child of a fork would ever open again.
pub fn only_one() -> io::Result<()> {
    let several = match std::fs::metadata("/proc/self/task") {
        Ok(folder) => folder.nlink() > LINKS_OF_ONE + WAITING,
        // There is no /proc, as in a chroot.
        Err(_) => {
            // SAFETY: an integer. In a process with one thread this flag is without effect, with several it is refused.
            let done = unsafe { libc::unshare(libc::CLONE_THREAD) };
            super::check(done).is_err_and(|error| error.raw_os_error() == Some(libc::EINVAL))
        }
    };
    if several { Err(io::Error::other("fork in a process with several threads")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::ran_alone;

    #[test]
    fn a_second_thread_forbids_a_fork() {
        if ran_alone() {
            return;
        }
        only_one().unwrap();
        std::thread::scope(|scope| {
            let (ask, answer) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || answer.recv().ok());
            let refused = crate::sys::fork::run_in_child(|_| ()).unwrap_err();
            assert_eq!(refused.to_string(), "fork in a process with several threads");
            drop(ask);
        });
    }
}
