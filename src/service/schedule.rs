//! When a schedule is due: the minutes that have passed, and what a cron line says of them.
//!
//! Schedules speak of local time as it stands on the wall. Minutes are counted on that wall clock ([`Minutes`]), so
//! that each is looked at once: a busy loop, a suspended machine or the hour that summer time skips lose no check, and
//! the hour that winter time repeats doubles none, except for lines that ask for every hour anyway.

use crate::config::Cron;
use crate::sys::localtime::LocalTime;

/// How far back a gap is searched for a missed check: a week.
const LONGEST_GAP: i64 = 7 * 24 * 60;

/// A wall clock set back by no more than this repeats an hour (winter time, a small correction) rather than being wrong
/// before.
const REPEATED: i64 = 3 * 60;

/// The wall clock in whole minutes since 1970, local time.
pub(super) fn wall_minute(unix_secs: i64, local: &LocalTime) -> i64 {
    unix_secs.saturating_add(i64::from(local.utc_offset_secs)).div_euclid(60)
}

/// Which minutes have been looked at.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    /// The last one looked at.
    seen: Option<i64>,
    /// The latest one ever run; ahead of `seen` in a repeated hour.
    latest: i64,
}

/// The minutes to look at now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// Still the same minute.
    Nothing,
    /// These, both ends included.
    Minutes(i64, i64),
    /// This one, and it has been there before.
    Again(i64),
}

impl Minutes {
    /// The wall clock shows `minute`.
    pub(super) fn pass(&mut self, minute: i64) -> Passed {
        let seen = self.seen.replace(minute);
        match seen {
            None => {
                self.latest = minute;
                Passed::Minutes(minute, minute)
            }
            Some(seen) if seen == minute => Passed::Nothing,
            Some(_) if minute > self.latest => {
                let from = (self.latest + 1).max(minute - LONGEST_GAP);
                self.latest = minute;
                Passed::Minutes(from, minute)
            }
            Some(_) if self.latest - minute <= REPEATED => Passed::Again(minute),
            Some(_) => {
                self.latest = minute;
                Passed::Minutes(minute, minute)
            }
        }
    }
}

/// Is a check due because of what has passed?
pub(super) fn due(cron: &Cron, passed: Passed) -> bool {
    match passed {
        Passed::Nothing => false,
        Passed::Minutes(from, to) => (from..=to).any(|minute| matches(cron, minute)),
        Passed::Again(minute) => every_hour(cron) && matches(cron, minute),
    }
}

/// Does the line match this minute of the wall clock?
pub(super) fn matches(cron: &Cron, minute: i64) -> bool {
    cron.matches(minute)
}

fn every_hour(cron: &Cron) -> bool {
    cron.fields.get(1).is_some_and(|hour| hour.any)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
