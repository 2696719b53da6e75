//! `if timestamp|atime|ctime|mtime …` and their `changed` forms.

use super::compare;
use super::context::Context;
use super::previous::{Key, Seen};
use crate::config::{Condition, TimestampKind, format};
use crate::machine::{FileFacts, display_local, unix_secs};
use std::fmt::Display;
use std::time::Duration;

/// The moment a test of that kind looks at, its name in messages, and where its last value is kept.
fn moment(kind: TimestampKind, facts: &FileFacts) -> (i64, &'static str, Key) {
    match kind {
        TimestampKind::Access => (facts.accessed, "access time", Key::Accessed),
        TimestampKind::Change => (facts.changed, "change time", Key::Changed),
        TimestampKind::Modification => (facts.modified, "modify time", Key::Modified),
        TimestampKind::Default => {
            (facts.modified.max(facts.changed), "modify/change time", Key::ModifiedOrChanged)
        }
    }
}

/// An age; what is of the future has a negative one.
fn span(seconds: i128) -> String {
    let text = format::duration(Duration::from_secs(u64::try_from(seconds.abs()).unwrap_or(u64::MAX)));
    if seconds < 0 { format!("-{text}") } else { text }
}

/// All timestamp tests of a service.
pub(super) fn timestamps(context: &mut Context<'_>, path: &dyn Display, facts: &FileFacts) {
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        match test.condition {
            Condition::Timestamp(kind, operator, limit) => {
                let (moment, name, _) = moment(kind, facts);
                let age = i128::from(unix_secs(context.now.wall)) - i128::from(moment);
                let failed = compare::holds(operator, age, i128::from(limit));
                let message = || {
                    let date = display_local(moment);
                    if !failed {
                        return format!("{name} test succeeded for {path} [current {name} is {date}]");
                    }
                    let (sign, limit) = (operator.sign(), span(i128::from(limit)));
                    format!(
                        "{name} for {path} failed -- current {name} is {date} (age {}, limit: {sign} {limit})",
                        span(age)
                    )
                };
                context.judge(at, failed, message);
            }
            Condition::TimestampChanged(kind) => {
                let (moment, name, key) = moment(kind, facts);
                match context.memory.previous.observe(key, Seen::Whole(moment)) {
                    Some(Seen::Whole(before)) if before != moment => {
                        let (from, to) = (display_local(before), display_local(moment));
                        context.changed(at, true, format!("{name} for {path} changed from {from} to {to}"));
                    }
                    Some(_) => context.changed(at, false, || format!("{name} was not changed for {path}")),
                    None => {}
                }
            }
            _ => {}
        }
    }
}
