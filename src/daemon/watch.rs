//! Processes whose end is to be noticed at once: one pidfd each, in the poll set.

use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// The watched processes. Numbers are given once and never again within one run of the daemon.
#[derive(Debug, Default)]
pub struct Watches {
    list: Vec<(u32, OwnedFd)>,
    last: u32,
}

impl Watches {
    /// Watches a process. `ESRCH`: it has ended already; `ENOSYS`: the kernel (before 5.3) cannot.
    pub fn add(&mut self, pid: i32) -> io::Result<u32> {
        let process = sys::pidfd::open(pid)?;
        self.last = self.last.wrapping_add(1);
        self.list.push((self.last, process));
        Ok(self.last)
    }

    /// Watches no longer. Unknown numbers are none of ours any more.
    pub fn remove(&mut self, id: u32) {
        self.list.retain(|(known, _)| *known != id);
        if self.list.is_empty() {
            self.list = Vec::new();
        }
    }

    /// Adds the descriptors to a set, as `Source::Watch`.
    pub fn register(&self, set: &mut PollSet) {
        for (id, process) in &self.list {
            set.add(process.as_raw_fd(), Interest::READ, Token { source: Source::Watch, id: *id, part: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn the_end_of_a_process_is_seen_at_once() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut watches = Watches::default();
        let id = watches.add(child.id() as i32).unwrap();
        let mut set = PollSet::new();
        child.kill().unwrap();
        let now = Instant::now();
        watches.register(&mut set);
        set.wake_at(now + Duration::from_secs(20));
        set.wait(now).unwrap();
        let (token, _) = set.ready().next().unwrap();
        assert_eq!((token.source, token.id), (Source::Watch, id));
        watches.remove(id);
        set.clear();
        watches.register(&mut set);
        assert_eq!(set.ready().count(), 0);
        child.wait().unwrap();
        assert_eq!(watches.add(child.id() as i32).unwrap_err().raw_os_error(), Some(libc::ESRCH));
    }
}
