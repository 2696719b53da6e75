//! What of a cron schedule never comes.

use std::fmt;

/// One of the five fields, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ScheduleField {
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

impl ScheduleField {
    /// All of them.
    pub const ALL: [ScheduleField; 5] = [
        ScheduleField::Minute,
        ScheduleField::Hour,
        ScheduleField::DayOfMonth,
        ScheduleField::Month,
        ScheduleField::DayOfWeek,
    ];

    /// The least and the largest value that a clock shows.
    pub fn range(self) -> (u64, u64) {
        match self {
            ScheduleField::Minute => (0, 59),
            ScheduleField::Hour => (0, 23),
            ScheduleField::DayOfMonth => (1, 31),
            ScheduleField::Month => (1, 12),
            ScheduleField::DayOfWeek => (0, 6),
        }
    }
}

/// What never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleTrouble {
    /// A value that no clock shows.
    Value(ScheduleField, u64),
    /// A range whose end is before its beginning, without a step.
    Backwards(ScheduleField, u64, u64),
    /// The same with a step.
    SteppedBackwards(ScheduleField, u64, u64),
    /// No value of the field is one that a clock shows.
    Empty(ScheduleField),
    /// No month of these has such a day.
    NoSuchDay,
    /// The step is longer than its range: this value is all there is.
    Once(ScheduleField, u64, u64),
}

impl ScheduleTrouble {
    /// What was meant, where that can be told.
    pub(in crate::control) fn hint(self) -> Option<String> {
        match self {
            ScheduleTrouble::Value(ScheduleField::DayOfWeek, 7) => Some("for Sunday write 0".to_owned()),
            ScheduleTrouble::Once(_, value, _) => Some(format!("write {value} if that is meant")),
            ScheduleTrouble::Value(ScheduleField::DayOfWeek, _) => {
                Some("0 is Sunday, 6 is Saturday".to_owned())
            }
            ScheduleTrouble::Backwards(field, first, last) => {
                let (least, most) = field.range();
                Some(format!("write it as two ranges: {first}-{most},{least}-{last}"))
            }
            ScheduleTrouble::SteppedBackwards(field, ..) => {
                let (least, most) = field.range();
                Some(format!("write it as two ranges, one up to {most} and one from {least}"))
            }
            ScheduleTrouble::Value(..) | ScheduleTrouble::Empty(_) | ScheduleTrouble::NoSuchDay => None,
        }
    }
}

impl fmt::Display for ScheduleField {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            ScheduleField::Minute => "minute",
            ScheduleField::Hour => "hour",
            ScheduleField::DayOfMonth => "day of the month",
            ScheduleField::Month => "month",
            ScheduleField::DayOfWeek => "day of the week",
        })
    }
}

impl fmt::Display for ScheduleTrouble {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ScheduleTrouble::Value(field, value) => {
                let (least, most) = field.range();
                write!(f, "the {field} {value} never comes, it is {least} to {most}:")
            }
            ScheduleTrouble::Backwards(field, first, last)
            | ScheduleTrouble::SteppedBackwards(field, first, last) => {
                write!(f, "no {field} is in {first}-{last}, which ends before it begins:")
            }
            ScheduleTrouble::Empty(field) => write!(f, "no {field} is in this schedule:"),
            ScheduleTrouble::Once(field, value, step) => {
                write!(f, "a step of {step} leaves only the {field} {value}:")
            }
            ScheduleTrouble::NoSuchDay => write!(f, "no month of this schedule has such a day:"),
        }
    }
}
