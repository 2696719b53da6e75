//! What passed a network interface during the last hour and day.

use crate::config::Span;
use crate::machine::LinkFacts;
use std::time::{Duration, Instant};

/// What the counters showed, one entry per minute for an hour and one per hour for a day.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    minutes: Ring,
    hours: Ring,
    /// Counters as they were when the interface was first seen; those that started anew go on from here.
    first: Option<Totals>,
    last: Totals,
    /// Added to the counters to make them grow for ever.
    offset: Totals,
}

/// Bytes and packets, downloaded and uploaded.
type Totals = [u64; 4];

/// The totals at the beginning of each of the last periods.
#[derive(Debug, Clone, Default)]
struct Ring(std::collections::VecDeque<(Instant, Totals)>);

impl Ring {
    fn update(&mut self, now: Instant, totals: Totals, period: Duration, keep: usize) {
        if self.0.back().is_none_or(|(when, _)| now.saturating_duration_since(*when) >= period) {
            self.0.push_back((now, totals));
            if self.0.len() > keep + 1 {
                self.0.pop_front();
            }
        }
    }

    /// The totals at the latest entry that is at least that old, or the oldest.
    fn since(&self, now: Instant, age: Duration) -> Option<Totals> {
        let old = self.0.iter().rev().find(|(when, _)| now.saturating_duration_since(*when) >= age);
        old.or(self.0.front()).map(|(_, totals)| *totals)
    }
}

impl History {
    /// Takes the counters of one check.
    pub(super) fn update(&mut self, facts: &LinkFacts, now: Instant) {
        let (down, up) = (facts.download, facts.upload);
        let counters = [down.bytes, down.packets, up.bytes, up.packets];
        if self.first.is_none() {
            self.first = Some(counters);
            self.last = counters;
        }
        let mut totals = [0; 4];
        for (at, total) in totals.iter_mut().enumerate() {
            let (new, old) = (counters.get(at).copied(), self.last.get(at).copied());
            let (new, old) = (new.unwrap_or(0), old.unwrap_or(0));
            if let Some(offset) = self.offset.get_mut(at) {
                // The interface was taken down and its counters began anew.
                if new < old {
                    *offset = offset.saturating_add(old);
                }
                *total = offset.saturating_add(new);
            }
        }
        self.last = counters;
        self.minutes.update(now, totals, Duration::from_secs(60), 60);
        self.hours.update(now, totals, Duration::from_secs(3600), 24);
    }

    fn now(&self) -> Totals {
        let mut totals = self.last;
        for (total, offset) in totals.iter_mut().zip(self.offset) {
            *total = total.saturating_add(offset);
        }
        totals
    }

    /// What passed during the last minutes or hours.
    pub(super) fn over(&self, span: Span, at: usize, now: Instant) -> u64 {
        let before = match span {
            Span::Second => return 0,
            Span::Minutes(count) => self.minutes.since(now, Duration::from_secs(60 * u64::from(count))),
            Span::Hours(count) => self.hours.since(now, Duration::from_secs(3600 * u64::from(count))),
        };
        let pick = |totals: &Totals| totals.get(at).copied().unwrap_or(0);
        before.map_or(0, |before| pick(&self.now()).saturating_sub(pick(&before)))
    }
}
