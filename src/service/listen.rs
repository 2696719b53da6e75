//! A place to listen: what a finished check has found, and every event, for whoever keeps a history or counts.
//!
//! It stands beside the state file and the mail and takes nothing from them. Where nobody listens nothing is made.

use super::index::ServiceIndex;
use crate::config::{self, EventKind};
use crate::event::{Event, State};
use crate::service_test::{self, Extent, Memory, Presence, Reading, TestRef};
use std::time::SystemTime;

/// Somebody who listens. What takes long is to be done later: checks are waiting.
pub trait Listener {
    /// A check has ended, and what follows from it has been told.
    fn checked(&mut self, check: &Checked<'_>);
    /// An event, with every alert that leads to: also those nobody is told of by mail.
    fn told(&mut self, event: &Event);
}

/// A finished check.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// Of this service.
    pub index: ServiceIndex,
    /// What its control file says.
    pub service: &'a config::Service,
    /// When it ended.
    pub time: SystemTime,
    /// What was found.
    pub presence: Presence,
    /// What is kept of it, the typed readings with it.
    pub memory: &'a Memory,
    /// What is in another state since, in the order in which it was told.
    pub changes: &'a [Change],
}

/// A test that is in another state than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The test, or what no file mentions. A restart limit is [`EventKind::Timeout`].
    pub test: TestRef,
    /// The kind of its events.
    pub kind: EventKind,
    /// The state.
    pub state: State,
}

impl Checked<'_> {
    /// What was measured; nothing where there was nothing to measure.
    pub fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        if !matches!(self.presence, Presence::Missing | Presence::Unknown) {
            service_test::readings(self.service, self.memory, Extent::ALL, &mut |reading| {
                readings.push(reading)
            });
        }
        readings
    }
}
