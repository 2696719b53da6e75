//! What results are worth after a start: a service that was just started proves nothing yet.
//!
//! * A start, stop or restart of ours makes the tests of the service count anew ([`TestState::begin_anew`]).
//! * The look right after a start is no cycle: what it finds bad is not counted. A process just started is given its
//!   cycles.
//! * What is good before the service has run for a full cycle is no evidence of health: a shell that has not forked yet
//!   has few children, a server that has not read its data uses little memory. No incident ends by it.
//! * Whether the process is there at all is told at once; an answer to a connection test is an answer, and changes are
//!   changes.

use crate::config::{EventKind, Rate};
use crate::event::{State, TestState};
use std::time::{Duration, Instant};

/// How far a service has settled since we last started it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settling {
    since: Option<Instant>,
    /// Its schedule has not made it due since.
    early: bool,
}

impl Settling {
    /// We have started or restarted it.
    pub(super) fn started(&mut self, now: Instant) {
        *self = Settling { since: Some(now), early: true };
    }

    /// Its schedule makes it due: whatever comes of it is a cycle.
    pub(super) fn cycle(&mut self) {
        self.early = false;
    }

    /// Is its start, if there ever was one of ours, so long ago that every result counts?
    pub(super) fn is_over(self) -> bool {
        self.since.is_none() && !self.early
    }

    /// Does this result count for a test that stands so?
    pub(super) fn counts(
        self,
        test: Judged,
        state: State,
        known: &TestState,
        poll: Duration,
        now: Instant,
    ) -> bool {
        match state {
            State::Failed => !self.early || test.of_presence && test.rate.count <= 1,
            State::Succeeded => {
                let settled = self.since.is_none_or(|since| now.saturating_duration_since(since) >= poll);
                // An answer is given by a service that works, however young.
                let answer = matches!(test.kind, EventKind::Connection | EventKind::Icmp);
                settled || answer || test.of_presence || !known.matters()
            }
            State::Changed | State::NotChanged => true,
        }
    }
}

/// A test as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) kind: EventKind,
    pub(super) rate: Rate,
    /// It is about whether the object is there at all, as are those that no file mentions (a zombie, a wrong type).
    pub(super) of_presence: bool,
}
