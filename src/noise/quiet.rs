//! Quiet hours of `set alert … quiet`: what waits for their end.

use crate::config::{Config, Cron, NoiseRule, Severity};
use crate::outbox::Record;
use crate::sys::localtime::{local, unix_secs};
use std::time::SystemTime;

/// Is it none of those that wait for the end of quiet hours? What comes before they begin does not.
pub(super) fn may_go(record: &Record, rule: &NoiseRule<'_>, config: &Config) -> bool {
    let event = &record.event;
    if !rule.quiet.is_some_and(|quiet| is_quiet(quiet, event.time)) {
        return true;
    }
    let service = config.service_near(event.service_index, &event.service);
    service.is_some_and(|service| service.severity == Severity::Critical)
}

/// Is it one of them now?
pub(super) fn is_quiet(quiet: &Cron, time: SystemTime) -> bool {
    let seconds = unix_secs(time);
    quiet.matches(seconds.saturating_add(i64::from(local(seconds).utc_offset_secs)).div_euclid(60))
}
