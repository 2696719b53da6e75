//! `if [total] upload|download > …`: traffic per second, and totals over the last minutes or hours.

use super::context::Context;
use super::memory::NetworkReading;
use crate::config::{Condition, Direction, Span, TrafficUnit, format};

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
                    let sign = operator.sign();
                    format!("{total}{way}{what} {current} matches limit [{way} {name} {sign} {most} in last {span}]")
                } else {
                    format!("{total}{way}{what} check succeeded [current {way} {name} {current} in last {span}]")
                }
            });
        }
    }
}
