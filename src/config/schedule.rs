//! When a service is checked.

use std::time::Duration;

/// The `every` statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Every {
    /// In every cycle.
    #[default]
    Cycle,
    /// `every N cycles`.
    Cycles(u32),
    /// `every "cron"`: once in each matching minute.
    Cron(Box<Cron>),
    /// `not every "cron"`: in every cycle outside the matching minutes.
    NotCron(Box<Cron>),
    /// `every N seconds|minutes|hours`: our extension, a period of its own.
    Period(Duration),
}

/// A cron schedule with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    /// As written between the quotes, outer blanks removed.
    pub text: Box<str>,
    /// minute, hour, day of month, month, day of week.
    pub fields: [CronField; 5],
}

/// The values of a field as a bit set; bit N stands for the value N (0 to 63). Values no clock ever shows never match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CronField {
    /// Bit N is set if the value N matches.
    pub values: u64,
    /// The field was written `*`.
    pub any: bool,
}
