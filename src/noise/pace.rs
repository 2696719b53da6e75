//! When a recipient is told: a rule of `set alert … group`, `limit`, `quiet` as a state machine of its own. It knows of events
//! only that one has come and whether it is held back; it says when there is to be a message, and of what.
//!
//! An event waits at most the time of the group. One that comes in quiet hours, or when the messages of the hour are used up,
//! is **held**: it waits for the end of that, and then there is one summary of all that waits. If the hour ends in quiet hours,
//! those that only the limit held go then. An hour begins with its first message; the summary counts as a message.

use crate::config::NoiseRule;
use std::time::{Duration, Instant};

/// The time that a limit speaks of.
pub const HOUR: Duration = Duration::from_secs(3600);

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Events that are not held.
    News,
    /// Everything that waits.
    Summary,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is nothing.
    Nothing,
    /// Not before then.
    At(Instant),
    /// There is to be a message.
    Now(What),
}

/// Is there a reason not to wait?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurry {
    /// No.
    No,
    /// What is not held goes at once: the run ends.
    News,
    /// Nothing is held any longer: the run ends and what waits would be lost, or the outbox fills up.
    All,
}

/// A moment, as far as it matters.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time.
    pub now: Instant,
    /// It is in quiet hours.
    pub is_quiet: bool,
    /// When the next minute begins; only then can quiet hours end.
    pub next_minute: Instant,
    /// A reason not to wait.
    pub hurry: Hurry,
}

/// The messages of the present hour.
#[derive(Debug, Clone, Copy)]
struct Hour {
    ends: Instant,
    sent: u32,
}

/// How far a recipient is.
#[derive(Debug, Default)]
pub struct Pace {
    /// An event waits that is not held, and so long it may.
    due: Option<Instant>,
    /// An event is held until quiet hours end.
    by_quiet: bool,
    /// An event is held because of the limit alone.
    by_limit: bool,
    hour: Option<Hour>,
}

impl Pace {
    /// An event has come so long ago. `quiet`: it is one of those that wait for the end of quiet hours.
    pub fn came(&mut self, quiet: bool, age: Duration, rule: &NoiseRule<'_>, now: Instant) {
        if quiet {
            self.by_quiet = true;
            return;
        }
        if self.is_spent(rule, now) {
            self.by_limit = true;
            return;
        }
        let due = now + rule.group.unwrap_or_default().saturating_sub(age);
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
    }

    /// Something waits, of which nothing was said here.
    pub fn hold(&mut self) {
        self.by_quiet = true;
    }

    /// Is an event held because of the limit alone?
    pub fn is_limited(&self) -> bool {
        self.by_limit
    }

    fn holds(&self) -> bool {
        self.by_quiet || self.by_limit
    }

    /// Does an event wait, as far as is known here?
    pub fn is_waiting(&self) -> bool {
        self.holds() || self.due.is_some()
    }

    /// So many messages were sent in this hour, which ends then, and what came behind them was held: as an earlier run has
    /// said it.
    pub fn spent_until(&mut self, ends: Instant, sent: u32) {
        self.by_limit = true;
        self.hour = Some(Hour { ends, sent });
    }

    /// Messages of the hour so far.
    pub fn messages(&self) -> u32 {
        self.hour.map_or(0, |hour| hour.sent)
    }

    /// When the hour ends whose messages are used up.
    pub fn spent(&self, rule: &NoiseRule<'_>, now: Instant) -> Option<Instant> {
        let limit = rule.limit?;
        self.hour.filter(|hour| now < hour.ends && hour.sent >= limit).map(|hour| hour.ends)
    }

    fn is_spent(&self, rule: &NoiseRule<'_>, now: Instant) -> bool {
        self.spent(rule, now).is_some()
    }

    /// What is to be done now, or when.
    pub fn next(&self, rule: &NoiseRule<'_>, at: &Moment) -> Next {
        let spent = self.spent(rule, at.now);
        let mut wake = None;
        if self.holds() {
            match (spent, at.is_quiet) {
                _ if at.hurry == Hurry::All => return Next::Now(What::Summary),
                (None, false) => return Next::Now(What::Summary),
                (None, true) if self.by_limit => return Next::Now(What::News),
                (Some(ends), quiet) if !quiet || self.by_limit => wake = Some(ends),
                (spent, _) => wake = spent.max(Some(at.next_minute)),
            }
        }
        match self.due {
            Some(due) if due <= at.now || at.hurry != Hurry::No => return Next::Now(What::News),
            Some(due) => wake = Some(wake.map_or(due, |wake| wake.min(due))),
            None => {}
        }
        wake.map_or(Next::Nothing, Next::At)
    }

    /// Is there to be a message of news now, whatever is held?
    pub fn has_news(&self, at: &Moment) -> bool {
        self.due.is_some_and(|due| due <= at.now || at.hurry != Hurry::No)
    }

    /// News that were gathered have to wait once more.
    pub fn keep_news(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// The events for a message are being gathered; what comes from now on is for the next one.
    pub fn begin(&mut self, what: What) {
        // Both kinds have what only the limit held.
        (self.due, self.by_limit) = (None, false);
        if what == What::Summary {
            self.by_quiet = false;
        }
    }

    /// The message is sent. `more`: not all that waits has found room in it. If it is the last of its hour, the result is when
    /// that ends.
    pub fn sent(&mut self, what: What, more: bool, rule: &NoiseRule<'_>, now: Instant) -> Option<Instant> {
        if more && what == What::Summary {
            (self.by_quiet, self.by_limit) = (true, true);
        } else if more {
            self.due = Some(now);
        }
        let limit = rule.limit?;
        let hour = match self.hour.filter(|hour| now < hour.ends) {
            Some(hour) => Hour { sent: hour.sent.saturating_add(1), ..hour },
            None => Hour { ends: now + HOUR, sent: 1 },
        };
        self.hour = Some(hour);
        if hour.sent < limit {
            return None;
        }
        // Who came meanwhile has come too late.
        self.by_limit |= self.due.take().is_some();
        Some(hour.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NONE: Duration = Duration::ZERO;

    fn rule(group: u64, limit: u32) -> NoiseRule<'static> {
        NoiseRule { group: Some(SECOND * group as u32), limit: Some(limit), quiet: None }
    }

    fn at(now: Instant, is_quiet: bool) -> Moment {
        Moment { now, is_quiet, next_minute: now + SECOND * 60, hurry: Hurry::No }
    }

    #[test]
    fn the_first_event_waits_for_the_time_of_the_group_and_no_longer() {
        let (rule, now) = (rule(10, 9), Instant::now());
        let mut pace = Pace::default();
        assert_eq!(pace.next(&rule, &at(now, false)), Next::Nothing);
        pace.came(false, SECOND, &rule, now);
        pace.came(false, NONE, &rule, now + SECOND);
        assert_eq!(pace.next(&rule, &at(now, false)), Next::At(now + SECOND * 9));
        assert_eq!(pace.next(&rule, &at(now + SECOND * 9, true)), Next::Now(What::News));
        // One that is older than that waits no more.
        pace.begin(What::News);
        pace.came(false, SECOND * 99, &rule, now);
        assert_eq!(pace.next(&rule, &at(now, false)), Next::Now(What::News));
    }

    #[test]
    fn behind_the_last_message_of_an_hour_everything_is_held_until_its_end() {
        let (rule, now) = (rule(1, 2), Instant::now());
        let mut pace = Pace::default();
        pace.came(false, SECOND, &rule, now);
        pace.begin(What::News);
        assert_eq!(pace.sent(What::News, false, &rule, now), None);
        pace.came(false, SECOND, &rule, now + SECOND);
        pace.begin(What::News);
        // Comes while the message is being made.
        pace.came(false, NONE, &rule, now + SECOND);
        let ends = now + HOUR;
        assert_eq!(pace.sent(What::News, false, &rule, now + SECOND), Some(ends));
        pace.came(false, NONE, &rule, now + SECOND * 2);
        assert_eq!(pace.next(&rule, &at(now + SECOND * 99, false)), Next::At(ends));
        assert_eq!(pace.next(&rule, &at(ends, false)), Next::Now(What::Summary));
        pace.begin(What::Summary);
        assert_eq!(pace.sent(What::Summary, false, &rule, ends), None);
        assert_eq!(pace.next(&rule, &at(ends, false)), Next::Nothing);
    }

    #[test]
    fn quiet_hours_hold_back_what_comes_in_them_and_is_not_critical() {
        let (rule, now) = (rule(10, 9), Instant::now());
        let mut pace = Pace::default();
        pace.came(true, NONE, &rule, now);
        assert_eq!(pace.next(&rule, &at(now, true)), Next::At(now + SECOND * 60));
        pace.came(false, NONE, &rule, now);
        assert_eq!(pace.next(&rule, &at(now, true)), Next::At(now + SECOND * 10));
        assert_eq!(pace.next(&rule, &at(now + SECOND * 10, true)), Next::Now(What::News));
        pace.begin(What::News);
        pace.sent(What::News, false, &rule, now);
        assert_eq!(pace.next(&rule, &at(now + SECOND * 11, false)), Next::Now(What::Summary));
    }

    #[test]
    fn what_only_the_limit_held_goes_when_the_hour_ends_in_quiet_hours() {
        let (rule, now) = (rule(0, 1), Instant::now());
        let mut pace = Pace::default();
        pace.came(false, NONE, &rule, now);
        pace.begin(What::News);
        let ends = now + HOUR;
        assert_eq!(pace.sent(What::News, false, &rule, now), Some(ends));
        // One that waits for the end of quiet hours anyway.
        pace.came(true, NONE, &rule, now + SECOND);
        assert_eq!(pace.next(&rule, &at(ends, true)), Next::At(ends + SECOND * 60));
        pace.came(false, NONE, &rule, now + SECOND * 2);
        assert_eq!(pace.next(&rule, &at(ends - SECOND, true)), Next::At(ends));
        assert_eq!(pace.next(&rule, &at(ends, true)), Next::Now(What::News));
        pace.begin(What::News);
        assert_eq!(pace.sent(What::News, false, &rule, ends), Some(ends + HOUR));
        assert_eq!(pace.next(&rule, &at(ends + SECOND, true)), Next::At(ends + HOUR));
        assert_eq!(pace.next(&rule, &at(ends + HOUR, false)), Next::Now(What::Summary));
    }

    #[test]
    fn what_found_no_room_goes_next() {
        let (rule, now) = (rule(10, 2), Instant::now());
        let mut pace = Pace::default();
        pace.begin(What::News);
        pace.sent(What::News, true, &rule, now);
        assert_eq!(pace.next(&rule, &at(now, false)), Next::Now(What::News));
        pace.begin(What::News);
        assert!(pace.sent(What::News, true, &rule, now).is_some());
        assert_eq!(pace.next(&rule, &at(now, false)), Next::At(now + HOUR));
        assert_eq!(
            pace.next(&rule, &Moment { hurry: Hurry::All, ..at(now, false) }),
            Next::Now(What::Summary)
        );
    }
}
