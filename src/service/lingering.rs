//! Programs that outlive their time limit.
//!
//! A start, stop or restart program over its limit is told as failed, its job ends, and the program goes on: what is slow
//! comes up in the end, what drains ends in the end. Until then no other program is started beside it. This is the
//! engine's record of such a program; it is made when a job starts it, so that the state file knows of it too, and the
//! next monitor starts none beside it either.
//!
//! * When it has ended its process still has [`GRACE`] to come or to go. What comes is found by a check, which is due at
//!   once and tells of the recovery; a stop that was part of a restart goes on to the restart.
//! * After [`LIMITS`] times its limit it is ended: SIGTERM, then SIGKILL. Never what the check takes for the service or
//!   a process above that, and never a group that the service is in; of one that has ended itself nothing is touched.
//! * A stop ends a start that lingers, before anything else.

mod ending;
mod tending;

use super::index::ServiceIndex;
use super::kind::Kind;
use crate::reactor::children::{ChildId, Finished};
use crate::service_test::Identity;
use std::time::{Duration, Instant};

/// After so many times its limit a program is ended.
const LIMITS: u32 = 3;

/// How long the process has to come or go once its program has ended; the limit itself if that is shorter.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Between SIGTERM and SIGKILL, and between that and giving up.
const TO_END: Duration = Duration::from_secs(2);

/// A start, stop or restart program that runs, or has just ended late.
#[derive(Debug)]
pub(super) struct Lingering {
    pub(super) kind: Kind,
    /// The program itself, as far as it could be looked at.
    pub(super) program: Option<Identity>,
    /// `None`: an earlier monitor started it, or it has ended.
    child: Option<ChildId>,
    begun: Instant,
    pub(super) limit: Duration,
    /// The process there was when it began.
    pub(super) before: Option<Identity>,
    /// To be restarted when this stop has ended.
    pub(super) then: Vec<ServiceIndex>,
    /// Its job still waits for it.
    pub(super) in_time: bool,
    /// An earlier monitor started it, and nobody has looked yet whether it still runs.
    unverified: bool,
    ended: Option<Instant>,
    /// It was asked to end, and when.
    asked: Option<Instant>,
    killed: bool,
    looks: usize,
    next_look: Instant,
}

/// How it went on with one.
enum Fate {
    GoesOn,
    /// Its process has come or gone, late.
    Worked,
    Failed,
    /// It belongs to the service and is none of our business.
    Free,
}

/// Is it still there?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tended {
    /// It is over: something happened.
    Over,
    /// It lingers on.
    Lingers,
    /// There was none.
    None,
}

/// Is a start over that a stop has to end first?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartEnds {
    /// Or there is none.
    Over,
    NotYet,
}

impl Lingering {
    pub(super) fn new(
        kind: Kind,
        child: ChildId,
        program: Option<Identity>,
        limit: Duration,
        before: Option<Identity>,
        then: Vec<ServiceIndex>,
        now: Instant,
    ) -> Lingering {
        Lingering {
            child: Some(child),
            in_time: true,
            unverified: false,
            then,
            ..Lingering::known(kind, program, limit, before, now)
        }
    }

    /// One that an earlier monitor has started.
    pub(super) fn known(
        kind: Kind,
        program: Option<Identity>,
        limit: Duration,
        before: Option<Identity>,
        now: Instant,
    ) -> Lingering {
        Lingering {
            kind,
            program,
            child: None,
            begun: now,
            limit,
            before,
            then: Vec::new(),
            in_time: false,
            unverified: true,
            ended: None,
            asked: None,
            killed: false,
            looks: 0,
            next_look: now,
        }
    }

    /// As the state file has it: kind, number and start of the program, limit in milliseconds, number and start of the
    /// process there was before, 1 for a stop that a restart is to follow.
    pub(super) fn save(&self) -> Option<String> {
        let Identity { pid, start } = self.program.filter(|_| self.ended.is_none())?;
        let before = self.before.unwrap_or(Identity { pid: 0, start: 0 });
        let (limit, then) = (self.limit.as_millis(), u8::from(!self.then.is_empty()));
        Some(format!("{} {pid} {start} {limit} {} {} {then}", self.kind.word(), before.pid, before.start))
    }

    /// That, read again; `service` is the number of the service it was written for.
    pub(super) fn load(text: &str, service: ServiceIndex, now: Instant) -> Option<Lingering> {
        let mut words = text.split(' ');
        let kind = Kind::of_word(words.next()?)?;
        let mut number = || words.next()?.parse::<u64>().ok();
        let (pid, start) = (i32::try_from(number()?).ok()?, number()?);
        let limit = Duration::from_millis(number()?);
        let (before, before_start) = (i32::try_from(number()?).ok()?, number()?);
        let before = (before > 0).then_some(Identity { pid: before, start: before_start });
        let then = if number()? == 1 { vec![service] } else { Vec::new() };
        let program = Some(Identity { pid, start }).filter(|program| program.pid > 1);
        Some(Lingering { then, ..Lingering::known(kind, program, limit, before, now) })
    }

    /// New numbers for the services to be restarted.
    pub(super) fn renumber(&mut self, number: &impl Fn(ServiceIndex) -> Option<ServiceIndex>) {
        self.then = self.then.iter().filter_map(|index| number(*index)).collect();
    }

    /// Does it outlive its limit?
    pub(super) fn late(&self) -> bool {
        !self.in_time
    }

    /// Is it about to bring the process up?
    pub(super) fn starts(&self) -> bool {
        self.kind != Kind::Stop
    }

    pub(super) fn child(&self) -> Option<ChildId> {
        self.child
    }

    /// A program has ended: is it this one?
    pub(super) fn finished(&mut self, finished: &Finished, now: Instant) {
        if self.child == Some(finished.id) {
            self.has_ended(now);
        }
    }

    /// Its job does not wait for it any longer.
    pub(super) fn is_late(&mut self) {
        self.in_time = false;
        self.next_look = self.end_at();
    }

    /// When it is to be looked after.
    pub(super) fn next_look(&self) -> Instant {
        self.next_look
    }

    fn has_ended(&mut self, now: Instant) {
        self.child = None;
        self.ended = Some(now);
        (self.looks, self.next_look) = (0, now);
    }

    /// How long it has been running.
    pub(super) fn runs(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun)
    }

    /// One over its limit: how long it is until it is ended.
    pub(super) fn ended_in(&self, now: Instant) -> Option<Duration> {
        self.late().then(|| self.end_at().saturating_duration_since(now))
    }

    /// When it is to be ended.
    fn end_at(&self) -> Instant {
        self.begun + self.limit.saturating_mul(LIMITS)
    }
}
