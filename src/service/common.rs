//! What all services have in common while they are worked on: the facts of a cycle, the agenda, what is counted.

use super::agenda::Agenda;
use super::calendar::Calendar;
use super::silence::Silences;
use crate::service_test::CycleFacts;

/// Lent out with each service.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) facts: CycleFacts,
    pub(super) agenda: Agenda,
    pub(super) phase: Phase,
    pub(super) silences: Silences,
    pub(super) calendar: Calendar,
    /// Events told.
    pub(super) events: u64,
    /// Programs of `exec` actions that run.
    pub(super) execs: usize,
    /// It was told once that the end of processes cannot be watched here.
    pub(super) watch_told: bool,
}

/// Is there anything more to come?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// Services are being stopped for the end.
    Ending,
    Ended,
}
