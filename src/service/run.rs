//! A program that is run to start, stop or restart a service, and the wait after it: what is kept of it.

use super::index::{JobId, ServiceIndex};
use super::kind::Kind;
use crate::reactor::children::{ChildId, Ending, Finished};
use crate::service_test::Identity;
use std::time::{Duration, Instant};

/// Bytes of a program's output that are told when it fails.
pub(super) const OUTPUT: usize = 255;

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: Ending,
    pub(super) at: Instant,
    pub(super) output: String,
    /// All that was kept of it.
    pub(super) whole: Vec<u8>,
}

impl Ended {
    pub(super) fn with_error(&self) -> bool {
        !matches!(self.outcome, Ending::Exited(0))
    }

    /// The program could not be executed.
    pub(super) fn broken(&self) -> bool {
        matches!(self.outcome, Ending::Failed(_))
    }
}

/// What begins a start, stop or restart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    pub(super) job: JobId,
    /// To be restarted if this stop ends late.
    pub(super) then: &'a [ServiceIndex],
    /// The stop program runs also where no process is to be seen: one may be on its way.
    pub(super) in_any_case: bool,
}

/// How it begins.
#[derive(Debug)]
pub(super) enum Begun {
    Runs(Run),
    /// It is not known yet whether the process is there, or another program still runs: try again.
    NotYet,
    /// It is over already.
    Over(Success),
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Going {
    On,
    Over(Success),
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Success {
    Worked,
    Failed,
}

/// A program running for a service, or the wait after it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) index: ServiceIndex,
    pub(super) child: Option<ChildId>,
    pub(super) ended: Option<Ended>,
    pub(super) timeout: Duration,
    /// When the attempt is given up.
    pub(super) until: Instant,
    /// The process before.
    pub(super) before: Option<Identity>,
    pub(super) looks: usize,
    pub(super) next_look: Instant,
    /// There is a process to look for.
    pub(super) process: bool,
}

impl Run {
    pub(super) fn finished(&mut self, finished: Finished, now: Instant) {
        if self.child == Some(finished.id) {
            self.child = None;
            let text = if finished.stderr.iter().any(|b| !b.is_ascii_whitespace()) {
                finished.stderr
            } else {
                finished.stdout
            };
            self.ended = Some(Ended { outcome: finished.outcome, at: now, output: told(&text), whole: text });
            // The process is most likely to come or go now.
            self.looks = 0;
            self.next_look = now;
        }
    }

    /// The answer about this service is there: look at once.
    pub(super) fn answered(&mut self, index: ServiceIndex, now: Instant) {
        if self.index == index && self.process {
            self.next_look = self.next_look.min(now);
        }
    }

    /// Stop waiting for the process. `false` while the program itself runs: that is not left half done.
    pub(super) fn cut_short(&mut self, now: Instant) -> bool {
        let waiting = self.child.is_none() && self.until > now;
        if waiting {
            self.until = now;
            self.next_look = now;
        }
        waiting
    }
}

/// The part of an output that is told.
pub(super) fn told(output: &[u8]) -> String {
    String::from_utf8_lossy(output.get(..OUTPUT).unwrap_or(output)).trim().to_string()
}
