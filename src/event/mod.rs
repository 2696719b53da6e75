//! Events: how verdicts become state changes, and how a state change is told.
//!
//! # The model
//!
//! Every test of a service, and every trouble the monitor itself can have with it (wrong type, no data, a failed
//! start, too many restarts), owns **one state machine** ([`TestState`]) and nothing else:
//!
//! ```text
//!            result good                       bad, rate reached
//!   Init ---------------> Ok  --------------------------------------> Failed
//!     |                   ^   good, recovery rate reached               |
//!     |                   +---------------------------------------------+
//!     +---------------------- bad, rate reached ------------------------^
//! ```
//!
//! * A machine remembers up to 64 results and for how many cycles it has been in its state. The results are
//!   forgotten at each change of state: what led to one incident never counts for the next.
//! * `for 3 cycles` is "3 of the last 3", `3 times within 5 cycles` is "3 of the last 5".
//! * The first good result is silent. After that every change is told exactly once: failed, recovered.
//! * While a test stays failed its actions `start` and `restart` are repeated in every cycle with a bad result,
//!   `exec` in those whose count is a multiple of its `repeat`. A good result on the way to recovery repeats nothing
//!   and reminds nobody.
//! * When something was done about the service (a start, stop or restart of ours), its tests count anew: an incident
//!   stays open and is not told again, and what it asks for is repeated when bad results reach the rate once more.
//! * A bad result below the rate is a warning; at the rate and above, an error in every cycle.
//! * Tests for a *change* have no failed state. Each change that reaches the rate is told and acted upon; the status
//!   of the service shows it until a result without change.
//!
//! An [`Event`] is what leaves the services: the facts of one change (or of one cycle of a lasting failure, for
//! reminders). Who is told, and in which words, is the business of mail and collector.

mod test_state;
pub mod words;

pub use test_state::{Severity, TestState, Transition};

use crate::config::{self, EventKind};
use std::fmt;
use std::time::SystemTime;

/// What an event says about its test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// The test passes again.
    Succeeded = 0,
    /// The test fails.
    Failed = 1,
    /// A watched value changed, or content matched.
    Changed = 2,
    /// A watched value did not change.
    NotChanged = 3,
}

/// The name of an action, as alerts, logs and documents give it. The discriminant is the number in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum ActionName {
    Ignore = 0,
    Alert = 1,
    Restart = 2,
    Stop = 3,
    Exec = 4,
    Unmonitor = 5,
    Start = 6,
    Monitor = 7,
}

impl ActionName {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            ActionName::Ignore => "ignore",
            ActionName::Alert => "alert",
            ActionName::Restart => "restart",
            ActionName::Stop => "stop",
            ActionName::Exec => "exec",
            ActionName::Unmonitor => "unmonitor",
            ActionName::Start => "start",
            ActionName::Monitor => "monitor",
        }
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl From<&config::Action> for ActionName {
    fn from(action: &config::Action) -> ActionName {
        match action {
            config::Action::Alert => ActionName::Alert,
            config::Action::Start => ActionName::Start,
            config::Action::Stop => ActionName::Stop,
            config::Action::Restart => ActionName::Restart,
            config::Action::Unmonitor => ActionName::Unmonitor,
            config::Action::Ignore => ActionName::Ignore,
            config::Action::Exec(_) => ActionName::Exec,
        }
    }
}

/// The type number of events about the monitor itself: that of the system service.
pub const INSTANCE_TYPE: u8 = 5;

/// One event on its way out of the services.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Counts up from 1 within one run of the daemon.
    pub id: u64,
    /// When it happened.
    pub time: SystemTime,
    /// Which kind of test.
    pub kind: EventKind,
    /// What happened to it.
    pub state: State,
    /// The service's name; for [`EventKind::Instance`] that of the system service.
    pub service: Box<str>,
    /// Index into [`config::Config::services`] at the time of the event; `None` for [`EventKind::Instance`].
    pub service_index: Option<u32>,
    /// The service's type as clients number it (0 filesystem … 8 network); [`INSTANCE_TYPE`] for instance events.
    pub service_type: u8,
    /// Which of its tests or restart limits, by what is written in it, so that failure and recovery have the same; 0 for
    /// what no control file says.
    pub test: u64,
    /// What is being done about it.
    pub action: ActionName,
    /// What was found, one sentence; may have several lines (content tests, program output).
    pub description: Box<str>,
    /// What there was to see, in lines; empty where there is nothing, or nobody wants it (`set evidence off`). For people, and
    /// no part of the description.
    pub evidence: Box<str>,
    /// For how many cycles the test has been in this state: 1 is the change itself, more is a candidate for a reminder.
    pub count: u32,
}

impl Event {
    /// What happened, in the words of the manual's table: `Does not exist`, `Size succeeded`, `PID changed`.
    pub fn title(&self) -> &'static str {
        words::of(self.kind).title(self.state)
    }

    /// Is this the change itself (and not one more cycle of the same)?
    pub fn is_change(&self) -> bool {
        self.count <= 1
    }
}
