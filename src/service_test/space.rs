//! `if space|inode [free] …`, `if read|write …`, `if service time …`, `if changed fsflags` of a filesystem.

use super::compare::{byte_rate, share};
use super::context::Context;
use super::memory::{FilesystemReading, Rate};
use super::previous::{Key, Seen};
use crate::config::{Amount, Condition, Direction, Operator, format};
use crate::machine::FilesystemFacts;
use std::time::Duration;

/// `if changed fsflags`: the whole option string is compared.
pub(super) fn flags(context: &mut Context<'_>, flags: &str) {
    for (at, test) in context.service.tests.iter().enumerate() {
        if !matches!(test.condition, Condition::FsFlagsChanged) {
            continue;
        }
        match context.memory.previous.observe(Key::FsFlags, Seen::Text(flags.into())) {
            Some(Seen::Text(before)) if &*before != flags => {
                context.changed(at, true, format!("filesystem flags changed from '{before}' to '{flags}'"));
            }
            Some(_) => context
                .changed(at, false, || format!("filesystem flags has not changed [current flags '{flags}']")),
            None => {}
        }
    }
}

/// The tests of space, inodes and activity, the last of the file first.
pub(super) fn usage(context: &mut Context<'_>, filesystem: &FilesystemReading) {
    let facts = &filesystem.facts;
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match &test.condition {
            Condition::Space { free, operator, limit } => {
                space(context, facts, *free, Limit { at, operator: *operator, most: *limit });
            }
            Condition::Inode { free, operator, limit } => {
                inodes(context, facts, *free, Limit { at, operator: *operator, most: *limit });
            }
            Condition::FsBytes(direction, operator, limit) => {
                let (name, rate) = match direction {
                    Direction::Read => ("read", filesystem.read),
                    Direction::Write => ("write", filesystem.write),
                };
                bytes(context, name, rate, Limit { at, operator: *operator, most: *limit });
            }
            Condition::FsOperations(direction, operator, most) => {
                let (name, rate) = match direction {
                    Direction::Read => ("read", filesystem.reads),
                    Direction::Write => ("write", filesystem.writes),
                };
                operations(context, name, rate, Limit { at, operator: *operator, most: *most });
            }
            Condition::FsServiceTime(operator, most) => {
                let time = filesystem.read_time.zip(filesystem.write_time).map(|(read, write)| read + write);
                service_time(context, time, Limit { at, operator: *operator, most: *most });
            }
            _ => {}
        }
    }
}

/// What a test compares with.
struct Limit<T> {
    /// The number of the test.
    at: usize,
    operator: Operator,
    most: T,
}

fn space(context: &mut Context<'_>, facts: &FilesystemFacts, free: bool, limit: Limit<Amount>) {
    // No percentage of nothing; what has no blocks of its own says nothing of bytes either.
    if facts.blocks == 0 {
        return context.no_data(limit.at, "warning -- filesystem has no blocks");
    }
    // What others than root can fill counts as the whole of "used".
    let used = facts.blocks.saturating_sub(facts.blocks_free);
    let blocks = if free { facts.blocks_free } else { used };
    let name = if free { "space free" } else { "space usage" };
    let bytes = blocks as f64 * facts.block_size as f64;
    let part = Part { name, number: bytes, percent: share(blocks, facts.blocks) };
    amount(context, &part, format::bytes, &limit);
}

fn inodes(context: &mut Context<'_>, facts: &FilesystemFacts, free: bool, limit: Limit<Amount>) {
    if facts.inodes == 0 {
        return context.no_data(limit.at, "warning -- filesystem doesn't support inodes");
    }
    let count = if free { facts.inodes_free } else { facts.inodes.saturating_sub(facts.inodes_free) };
    let name = if free { "inode free" } else { "inode usage" };
    let part = Part { name, number: count as f64, percent: share(count, facts.inodes) };
    amount(context, &part, |number| format!("{number:.0}"), &limit);
}

fn bytes(context: &mut Context<'_>, name: &str, rate: Option<Rate>, limit: Limit<Amount>) {
    let Limit { at, operator, most } = limit;
    let (Some(rate), Amount::Number(most)) = (rate, most) else {
        return context.no_data(at, format!("warning -- no data are available for bytes {name} rate test"));
    };
    let now = rate.per_second;
    context.limit(at, operator, now, most, |failed| {
        words(failed, name, operator, &byte_rate(now), &byte_rate(most))
    });
}

fn operations(context: &mut Context<'_>, name: &str, rate: Option<Rate>, limit: Limit<u64>) {
    let Limit { at, operator, most } = limit;
    let Some(rate) = rate else {
        return context.no_data(at, format!("warning -- no data are available for {name} rate test"));
    };
    let now = rate.per_second;
    context.limit(at, operator, now, most as f64, |failed| {
        let now = format!("{now:.1} operations/s");
        words(failed, name, operator, &now, &format!("{most} operations/s"))
    });
}

/// `time`: milliseconds for each operation, reading and writing together.
fn service_time(context: &mut Context<'_>, time: Option<f64>, limit: Limit<Duration>) {
    let Limit { at, operator, most } = limit;
    let Some(now) = time else {
        return context.no_data(at, "warning -- no data are available for service time test");
    };
    let most = most.as_secs_f64() * 1000.0;
    context.limit(at, operator, now, most, |failed| {
        let (now, most) = (format::milliseconds(now), format::milliseconds(most));
        if failed {
            let sign = operator.sign();
            format!(
                "service time {now}/operation matches resource limit [service time {sign} {most}/operation]"
            )
        } else {
            format!("service time test succeeded [current service time = {now}/operation]")
        }
    });
}

fn words(failed: bool, name: &str, operator: Operator, now: &str, limit: &str) -> String {
    if failed {
        format!("{name} rate {now} matches resource limit [{name} {} {limit}]", operator.sign())
    } else {
        format!("{name} rate test succeeded [current {name} = {now}]")
    }
}

/// A part of a whole.
struct Part {
    name: &'static str,
    number: f64,
    percent: f64,
}

/// Compares a part of the whole as a number or in percent.
fn amount(context: &mut Context<'_>, part: &Part, plain: fn(f64) -> String, limit: &Limit<Amount>) {
    let Part { name, number, percent } = *part;
    let (value, most, now, text) = match limit.most {
        Amount::Percent(most) => (percent, most, format::percent(percent), format::percent(most)),
        Amount::Number(most) => (number, most, plain(number), plain(most)),
    };
    context.limit(limit.at, limit.operator, value, most, |failed| {
        if failed {
            format!("{name} {now} matches resource limit [{name} {} {text}]", limit.operator.sign())
        } else {
            format!("{name} test succeeded [current {name} = {now}]")
        }
    });
}
