//! `check heartbeat`: has the job reported in time?

use super::context::Context;
use super::memory::{Measured, ProgramReading};
use super::progress::Progress;
use super::verdict::Presence;
use crate::config::{Condition, Subject, format};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 2023: a clock that says less has not been set yet, as without a battery at boot.
const NOT_SET: u64 = 1_672_531_200;

/// The last beat of a job that reports by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartbeatReading {
    /// Its second since 1970, or since when a first one is waited for.
    pub since: u64,
    /// There was one.
    pub beaten: bool,
    /// The next one is late, as the last check found.
    pub missed: bool,
    /// Its job was started since then: it has the whole period again.
    pub(super) started: bool,
    /// The second when that was noticed.
    pub(super) from: u64,
}

impl HeartbeatReading {
    /// A beat at that second, or none until then.
    pub(super) fn new(since: u64, beaten: bool) -> HeartbeatReading {
        HeartbeatReading { since, beaten, missed: false, started: false, from: 0 }
    }

    /// For the state file.
    pub(super) fn save(&self) -> String {
        format!("{} {}", self.since, u8::from(self.beaten))
    }

    /// What [`save`](Self::save) has written.
    pub(super) fn load(text: &str) -> Option<HeartbeatReading> {
        let (since, beaten) = text.split_once(' ')?;
        Some(HeartbeatReading::new(since.parse().ok()?, beaten == "1"))
    }

    /// As clients of Monit see it: a program whose status is 1 while the job is late.
    pub fn as_program(&self) -> ProgramReading {
        let started = self.beaten.then(|| UNIX_EPOCH + Duration::from_secs(self.since));
        let output = if self.missed { "missed" } else { "" };
        ProgramReading { started, status: self.missed.into(), output: output.into() }
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(super) fn step(context: &mut Context<'_>) -> Progress<Presence> {
    let Subject::Heartbeat(check) = &context.service.subject else {
        return Progress::Done(Presence::Unknown);
    };
    let now = seconds(context.now.wall);
    if now < NOT_SET {
        // What such a clock says of a beat means nothing.
        return Progress::Done(Presence::Present);
    }
    let mut reading = context.memory.heartbeat(now);
    // A clock that was set back makes nobody wait for longer than the period; one that was not set then says nothing of it.
    reading.since = if reading.since < NOT_SET { now } else { reading.since.min(now) };
    if std::mem::take(&mut reading.started) {
        reading.from = now;
    }
    let from = reading.from.min(now).max(reading.since);
    let silent = Duration::from_secs(now - from);
    reading.missed = silent > check.within;
    let missed = reading.missed;
    context.memory.measured = Measured::Heartbeat(Box::new(reading));
    for (at, test) in context.service.tests.iter().enumerate() {
        if test.condition == Condition::Missed {
            context.judge(at, missed, || words(&reading, silent, check.within));
        }
    }
    Progress::Done(Presence::Present)
}

fn words(reading: &HeartbeatReading, silent: Duration, within: Duration) -> String {
    let (silent, within) = (format::duration(silent), format::duration(within));
    match (reading.missed, reading.beaten) {
        (true, true) => format!("heartbeat missed -- the last one was {silent} ago [within {within}]"),
        (true, false) => format!("heartbeat missed -- none came for {silent} [within {within}]"),
        (false, true) => format!("heartbeat received [within {within}]"),
        (false, false) => format!("the first heartbeat is waited for [within {within}]"),
    }
}
