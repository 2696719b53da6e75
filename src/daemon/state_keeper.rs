//! When the state file is written: at once when a command or an incident must not be lost, else soon after something
//! changed, not once per change. Bringing it to the disk is left to a helper, so that a slow disk delays nobody.

use crate::log::Log;
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::service::{Services, state_file};
use crate::sys;
use crate::sys::fork::ChildTask;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The shortest time between two writes of what is not urgent; a change after a quiet time is written at once.
const PAUSE: Duration = Duration::from_secs(1);
/// How long after a failed write the next is tried.
const RETRY: Duration = Duration::from_secs(30);

/// Keeps the state file in step with the services.
#[derive(Debug)]
pub struct StateKeeper {
    path: PathBuf,
    /// Something changed since the last write that worked.
    wanted: bool,
    not_before: Option<Instant>,
    /// The last trouble told, so that a full disk is told once.
    trouble: Option<String>,
    /// The helper that brings the file to the disk.
    sync: Option<ChildTask>,
    /// The file was written since that helper began.
    newer: bool,
    /// What the file says is on the disk.
    durable: bool,
}

impl StateKeeper {
    /// Keeps this file.
    pub fn new(path: PathBuf) -> StateKeeper {
        StateKeeper {
            path,
            wanted: false,
            not_before: None,
            trouble: None,
            sync: None,
            newer: false,
            durable: true,
        }
    }

    /// Has the loop listen for the helper's end.
    pub fn register(&self, set: &mut PollSet) {
        if let Some(task) = &self.sync {
            set.add(
                task.output().as_raw_fd(),
                Interest::READ,
                Token { source: Source::State, id: 0, part: 0 },
            );
        }
        if let Some(deadline) = self.deadline() {
            set.wake_at(deadline);
        }
    }

    /// The helper has ended.
    pub fn on_ready(&mut self) {
        let Some(task) = self.sync.take() else { return };
        let mut answer = [0; 1];
        let synced = matches!(task.read(&mut answer), Ok(1));
        drop(task);
        self.durable = synced && !self.newer;
        if self.newer {
            self.begin_sync();
        }
    }

    /// A helper that cannot be had leaves the file as it is: whole, and on its way to the disk.
    fn begin_sync(&mut self) {
        self.newer = self.sync.is_some();
        if self.newer {
            return;
        }
        let path = self.path.clone();
        let task = sys::fork::run_to_the_end(move |report| {
            use std::io::Write;
            if sys::file::sync(&path).is_ok() {
                let _ = report.write_all(b"+");
            }
        });
        self.sync = task.ok();
    }

    /// The end of the daemon: the helper finishes its work alone.
    pub fn leave(mut self) {
        if let Some(task) = self.sync.take() {
            task.leave();
        }
    }

    /// Another file from now on.
    pub fn moved(&mut self, path: PathBuf) {
        if path != self.path {
            *self = StateKeeper { wanted: true, ..StateKeeper::new(path) };
        }
    }

    /// When [`StateKeeper::keep`] wants to be called again.
    fn deadline(&self) -> Option<Instant> {
        self.not_before.filter(|_| self.wanted)
    }

    /// Writes if something changed and the time has come.
    pub fn keep(&mut self, services: &mut Services, log: &mut Log, now: Instant) {
        let urgent = services.urgent() && self.trouble.is_none();
        self.wanted |= services.dirty();
        if self.wanted && (urgent || self.not_before.is_none_or(|time| now >= time)) {
            self.write(services, log, now);
        }
    }

    /// Writes now. For the end of the daemon.
    pub fn write(&mut self, services: &Services, log: &mut Log, now: Instant) {
        match state_file::write(&self.path, &services.saved(), self.durable) {
            Ok(()) => {
                self.durable = false;
                self.begin_sync();
                self.wanted = false;
                self.not_before = Some(now + PAUSE);
                if self.trouble.take().is_some() {
                    log.info(format_args!("State file '{}': written again", self.path.display()));
                }
            }
            Err(problem) => {
                self.wanted = true;
                self.not_before = Some(now + RETRY);
                let text = problem.to_string();
                if self.trouble.as_ref() != Some(&text) {
                    log.error(&text);
                    self.trouble = Some(text);
                }
            }
        }
    }
}
