//! When the state file is written: at once when a command or an incident must not be lost, else soon after something
//! changed, not once per change.

use crate::log::Log;
use crate::service::{Services, state_file};
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
}

impl StateKeeper {
    /// Keeps this file.
    pub fn new(path: PathBuf) -> StateKeeper {
        StateKeeper { path, wanted: false, not_before: None, trouble: None }
    }

    /// Another file from now on.
    pub fn moved(&mut self, path: PathBuf) {
        if path != self.path {
            *self = StateKeeper { wanted: true, ..StateKeeper::new(path) };
        }
    }

    /// When [`StateKeeper::keep`] wants to be called again.
    pub fn deadline(&self) -> Option<Instant> {
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
        match state_file::write(&self.path, &services.saved()) {
            Ok(()) => {
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
