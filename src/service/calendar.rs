//! When each `set maintenance` begins, by the wall clock.

use super::schedule::{self, Minutes, Passed};
use super::test_key::Sum;
use crate::config::{Cron, Maintenance};
use crate::reactor::Now;
use crate::sys::localtime;
use std::time::{Duration, Instant};

/// Which beginnings have been looked at.
#[derive(Debug)]
pub(super) struct Calendar {
    minutes: Minutes,
    /// Nothing has been looked at since these statements are in force.
    fresh: bool,
    next_minute: Option<Instant>,
    /// The key of each statement, with the minute of the wall clock at which it has last begun.
    pub(super) begun: Vec<(u64, i64)>,
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar { minutes: Minutes::default(), fresh: true, next_minute: None, begun: Vec::new() }
    }
}

/// A statement that begins, or that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// Its number.
    pub(super) statement: usize,
    /// What is left of its time.
    pub(super) left: Duration,
}

impl Calendar {
    /// Other statements are in force: what would be under way by them begins late.
    pub(super) fn renew(&mut self, statements: &[Maintenance]) {
        self.fresh = true;
        self.begun.retain(|(key, _)| statements.iter().any(|statement| self::key(statement) == *key));
    }

    /// When it wants to be looked at again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next_minute
    }

    /// The statements that begin now. At the first look those, too, that would be under way; one that has begun already is
    /// not among them, for somebody may have lifted it.
    pub(super) fn look(&mut self, statements: &[Maintenance], now: Now) -> Vec<Due> {
        if statements.is_empty() {
            self.next_minute = None;
            return Vec::new();
        }
        let seconds = now.unix_secs();
        let local = localtime::local(seconds);
        let minute = schedule::wall_minute(seconds, &local);
        let passed = self.minutes.pass(minute);
        let rest = u64::try_from(60 - seconds.rem_euclid(60)).unwrap_or(60);
        self.next_minute = Some(now.mono + Duration::from_secs(rest));
        let fresh = std::mem::take(&mut self.fresh);
        let mut due = Vec::new();
        for (number, statement) in statements.iter().enumerate() {
            let time = i64::try_from(statement.time.as_secs()).unwrap_or(i64::MAX);
            let passed = match fresh {
                true => Passed::Minutes(minute - time.div_euclid(60), minute),
                false => passed,
            };
            let Some(beginning) = latest(&statement.begins, passed) else { continue };
            let on_the_wall = seconds.saturating_add(i64::from(local.utc_offset_secs));
            let left = beginning.saturating_mul(60).saturating_add(time).saturating_sub(on_the_wall);
            let was = self.note(key(statement), beginning);
            let known = fresh && was.is_some_and(|was| (beginning..=minute).contains(&was));
            if let (false, Ok(left @ 1..)) = (known, u64::try_from(left)) {
                due.push(Due { statement: number, left: Duration::from_secs(left) });
            }
        }
        due
    }

    /// Takes note of a beginning; gives the one before.
    fn note(&mut self, key: u64, beginning: i64) -> Option<i64> {
        match self.begun.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => Some(std::mem::replace(known, beginning)),
            None => {
                self.begun.push((key, beginning));
                None
            }
        }
    }
}

/// The latest of these minutes that the line matches.
fn latest(cron: &Cron, passed: Passed) -> Option<i64> {
    match passed {
        Passed::Nothing => None,
        Passed::Minutes(from, to) => (from..=to).rev().find(|minute| schedule::matches(cron, *minute)),
        Passed::Again(minute) => schedule::due(cron, passed).then_some(minute),
    }
}

/// What makes a statement the same after a reload or a restart: all that it says, but not where.
pub(super) fn key(statement: &Maintenance) -> u64 {
    use std::fmt::Write;
    let Maintenance { begins, time, on, hold_actions, .. } = statement;
    let mut sum = Sum::default();
    let written = write!(sum, "{:?}{time:?}{on:?}{hold_actions}", begins.text);
    debug_assert!(written.is_ok(), "a sum takes everything");
    sum.0
}
