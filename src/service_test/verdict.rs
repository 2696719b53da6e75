//! What a check ends with: its verdicts, in the order in which they are applied.

use super::evidence::lines::Evidence;
use crate::config::EventKind;

/// A process and no other: a later process of the same number has another start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its number.
    pub pid: i32,
    /// Its start in clock ticks since boot.
    pub start: u64,
}

/// What was found where the watched object should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Presence {
    /// Not looked at yet, or the result is not known (a filesystem that does not answer, a program's first run).
    #[default]
    Unknown,
    /// It is there.
    Present,
    /// It is not there. Nothing else was tested.
    Missing,
    /// Something of another type is there. Nothing else was tested.
    WrongType,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Is it there?
    pub presence: Presence,
    /// One per test done, in the order in which they are applied.
    pub verdicts: Vec<Verdict>,
    /// The process found, zombies included.
    pub identity: Option<Identity>,
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Which test.
    pub test: TestRef,
    /// What came out.
    pub outcome: Outcome,
    /// What to say, behind the service's name in quotes. May have several lines. Empty where nobody reads it
    /// ([`super::Check::set_brief`]).
    pub message: String,
    /// With [`Outcome::NoData`]: the message is printed without the service's name before it.
    pub bare: bool,
    /// What there was to see, if there was and somebody wants it.
    pub evidence: Option<Box<Evidence>>,
}

/// Which test a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestRef {
    /// An index into [`crate::config::Service::tests`].
    Test(u16),
    /// `certificate valid > N days` of that connection test: an event of the kind `Timestamp` with a state of its
    /// own and the action of the test.
    Certificate(u16),
    /// `responsetime …` of that connection or ping test: an event of the kind `Speed` with a state of its own and the action and the
    /// rate of the test.
    ResponseTime(u16),
    /// A test that no file mentions: the type of a file (`Invalid`), zombies and unreadable filesystems (`Data`),
    /// errors of a network link (`Link`). Its action is the reference's: restart for `Invalid`, else alert.
    Builtin(EventKind),
}

/// What came out of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The condition holds: bad. Logged as warning or error.
    Failed,
    /// The condition does not hold: good. A debug line, or info at a recovery.
    Succeeded,
    /// A `changed` test: another value than last time.
    Changed,
    /// A `changed` test: the same value, a debug line.
    NotChanged,
    /// A line for the debug log, no event. What the test said before stays.
    NoData,
    /// A warning in the log, no event.
    Warned,
}

impl Verdict {
    /// What there was to see, in lines; empty: nothing.
    pub fn evidence(&self) -> &str {
        self.evidence.as_deref().map_or("", Evidence::as_str)
    }

    pub(super) fn new(test: TestRef, outcome: Outcome, message: String) -> Verdict {
        Verdict { test, outcome, message, bare: false, evidence: None }
    }

    /// A debug line of the service.
    pub(super) fn note(kind: EventKind, message: impl Into<String>) -> Verdict {
        Verdict::new(TestRef::Builtin(kind), Outcome::NoData, message.into())
    }

    /// A debug line of its own.
    pub(super) fn bare_note(kind: EventKind, message: impl Into<String>) -> Verdict {
        Verdict { bare: true, ..Verdict::note(kind, message) }
    }
}
