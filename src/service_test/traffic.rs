//! `if [total] upload|download > …`: traffic per second, and totals over the last minutes or hours.

use super::compare::sign;
use super::context::Context;
use super::memory::NetworkReading;
use crate::config::{Condition, Direction, Span, TrafficUnit, format};
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
    fn over(&self, span: Span, at: usize, now: Instant) -> u64 {
        let before = match span {
            Span::Second => return 0,
            Span::Minutes(count) => self.minutes.since(now, Duration::from_secs(60 * u64::from(count))),
            Span::Hours(count) => self.hours.since(now, Duration::from_secs(3600 * u64::from(count))),
        };
        let pick = |totals: &Totals| totals.get(at).copied().unwrap_or(0);
        before.map_or(0, |before| pick(&self.now()).saturating_sub(pick(&before)))
    }
}

/// Does the test need the history?
pub(super) fn is_total(condition: &Condition) -> bool {
    matches!(condition, Condition::Traffic { span, .. } if *span != Span::Second)
}

/// All traffic tests: upload bytes and packets, then download, of each the last of the file first.
pub(super) fn tests(context: &mut Context<'_>, network: &mut NetworkReading) {
    let now = context.now.mono;
    for (way, of) in [
        (Direction::Write, TrafficUnit::Bytes),
        (Direction::Write, TrafficUnit::Packets),
        (Direction::Read, TrafficUnit::Bytes),
        (Direction::Read, TrafficUnit::Packets),
    ] {
        let (rate, index) = match (way, of) {
            (Direction::Read, TrafficUnit::Bytes) => (network.download_bytes, 0),
            (Direction::Read, TrafficUnit::Packets) => (network.download_packets, 1),
            (Direction::Write, TrafficUnit::Bytes) => (network.upload_bytes, 2),
            (Direction::Write, TrafficUnit::Packets) => (network.upload_packets, 3),
        };
        for (at, test) in context.service.tests.iter().enumerate().rev() {
            let Condition::Traffic { direction, operator, limit, unit, span } = test.condition else {
                continue;
            };
            if (direction, unit) != (way, of) {
                continue;
            }
            let value = match span {
                // Whole ones, as they are shown: "1 is more than 1" would be hard to believe.
                Span::Second => rate.per_second.trunc(),
                _ => network.history.as_ref().map_or(0.0, |history| history.over(span, index, now) as f64),
            };
            let (total, span) = match span {
                Span::Second => ("", "1 second".to_string()),
                Span::Minutes(count) => ("total ", format!("{count} minute")),
                Span::Hours(count) => ("total ", format!("{count} hour")),
            };
            let way = if way == Direction::Write { "upload" } else { "download" };
            let (what, name, current, most) = match of {
                TrafficUnit::Bytes => ("", "rate", format::bytes(value), format::bytes(limit as f64)),
                TrafficUnit::Packets => (" packets", "packets", format!("{value:.0}"), limit.to_string()),
            };
            context.limit(at, operator, value, limit as f64, |failed| {
                if failed {
                    let sign = sign(operator);
                    format!("{total}{way}{what} {current} matches limit [{way} {name} {sign} {most} in last {span}]")
                } else {
                    format!("{total}{way}{what} check succeeded [current {way} {name} {current} in last {span}]")
                }
            });
        }
    }
}
