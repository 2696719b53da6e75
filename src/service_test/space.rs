//! `if space|inode [free] …`, `if read|write …`, `if service time …`, `if changed fsflags` of a filesystem.

use super::compare::{byte_rate, share, sign};
use super::context::Context;
use super::memory::FilesystemReading;
use super::previous::{Key, Seen};
use crate::config::{Amount, Condition, Direction, Operator, format};

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
    let bytes = |blocks: u64| blocks as f64 * facts.block_size as f64;
    // What others than root can fill counts as the whole of "used".
    let used = facts.blocks.saturating_sub(facts.blocks_free);
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match &test.condition {
            // No percentage of nothing; what has no blocks of its own says nothing of bytes either.
            Condition::Space { .. } if facts.blocks == 0 => {
                context.no_data(at, "warning -- filesystem has no blocks");
            }
            Condition::Space { free, operator, limit } => {
                let blocks = if *free { facts.blocks_free } else { used };
                let name = if *free { "space free" } else { "space usage" };
                amount(context, at, name, *operator, limit, bytes(blocks), share(blocks, facts.blocks), true);
            }
            Condition::Inode { free, operator, limit } => {
                let name = if *free { "inode free" } else { "inode usage" };
                if facts.inodes == 0 {
                    context.no_data(at, "warning -- filesystem doesn't support inodes");
                    continue;
                }
                let count =
                    if *free { facts.inodes_free } else { facts.inodes.saturating_sub(facts.inodes_free) };
                amount(context, at, name, *operator, limit, count as f64, share(count, facts.inodes), false);
            }
            Condition::FsBytes(direction, operator, limit) => {
                let (name, rate) = match direction {
                    Direction::Read => ("read", filesystem.read),
                    Direction::Write => ("write", filesystem.write),
                };
                let (Some(rate), Amount::Number(limit)) = (rate, limit) else {
                    let message = format!("warning -- no data are available for bytes {name} rate test");
                    context.no_data(at, message);
                    continue;
                };
                let (operator, now) = (*operator, rate.per_second);
                context.limit(at, operator, now, *limit, |failed| {
                    words(failed, name, operator, &byte_rate(now), &byte_rate(*limit))
                });
            }
            Condition::FsOperations(direction, operator, limit) => {
                let (name, rate) = match direction {
                    Direction::Read => ("read", filesystem.reads),
                    Direction::Write => ("write", filesystem.writes),
                };
                let Some(rate) = rate else {
                    context.no_data(at, format!("warning -- no data are available for {name} rate test"));
                    continue;
                };
                let (operator, now, limit) = (*operator, rate.per_second, *limit);
                context.limit(at, operator, now, limit as f64, |failed| {
                    let now = format!("{now:.1} operations/s");
                    words(failed, name, operator, &now, &format!("{limit} operations/s"))
                });
            }
            Condition::FsServiceTime(operator, limit) => {
                let (Some(read), Some(write)) = (filesystem.read_time, filesystem.write_time) else {
                    context.no_data(at, "warning -- no data are available for service time test");
                    continue;
                };
                let (operator, now) = (*operator, read + write);
                let limit = limit.as_secs_f64() * 1000.0;
                context.limit(at, operator, now, limit, |failed| {
                    let (now, most) = (format::milliseconds(now), format::milliseconds(limit));
                    if failed {
                        let sign = sign(operator);
                        format!(
                            "service time {now}/operation matches resource limit [service time {sign} {most}/operation]"
                        )
                    } else {
                        format!("service time test succeeded [current service time = {now}/operation]")
                    }
                });
            }
            _ => {}
        }
    }
}

fn words(failed: bool, name: &str, operator: Operator, now: &str, limit: &str) -> String {
    if failed {
        format!("{name} rate {now} matches resource limit [{name} {} {limit}]", sign(operator))
    } else {
        format!("{name} rate test succeeded [current {name} = {now}]")
    }
}

/// A part of the whole, compared as an amount or in percent.
#[allow(clippy::too_many_arguments)]
fn amount(
    context: &mut Context<'_>,
    test: usize,
    name: &str,
    operator: Operator,
    limit: &Amount,
    number: f64,
    percent: f64,
    bytes: bool,
) {
    let plain = |number: f64| if bytes { format::bytes(number) } else { format!("{number:.0}") };
    let (value, most, now, limit) = match limit {
        Amount::Percent(limit) => (percent, *limit, format::percent(percent), format::percent(*limit)),
        Amount::Number(limit) => (number, *limit, plain(number), plain(*limit)),
    };
    context.limit(test, operator, value, most, |failed| {
        if failed {
            format!("{name} {now} matches resource limit [{name} {} {limit}]", sign(operator))
        } else {
            format!("{name} test succeeded [current {name} = {now}]")
        }
    });
}
