//! `if uptime > …` of a process or the system.

use super::context::Context;
use crate::config::{Condition, format};

/// The limit and the value are in seconds. (The reference compares seconds too and writes them as milliseconds.)
pub(super) fn uptime(context: &mut Context<'_>, seconds: u64) {
    let text = |seconds: u64| format::milliseconds(seconds as f64 * 1000.0);
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let Condition::Uptime(operator, limit) = test.condition else { continue };
        context.whole_limit(at, operator, seconds, i128::from(limit), |failed| {
            if failed {
                format!("uptime test failed for {} -- current uptime is {}", text(limit), text(seconds))
            } else {
                format!("uptime test succeeded [current uptime = {}]", text(seconds))
            }
        });
    }
}
