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

impl Cron {
    /// Does it match this minute, counted from 1970 on the wall clock of the place?
    pub fn matches(&self, wall_minute: i64) -> bool {
        let days = wall_minute.div_euclid(24 * 60);
        let of_day = wall_minute.rem_euclid(24 * 60);
        let (month, day) = month_and_day(days);
        // 1 January 1970 was a Thursday.
        let weekday = (days + 4).rem_euclid(7);
        let shown = [of_day % 60, of_day / 60, day, month, weekday];
        self.fields.iter().zip(shown).all(|(field, value)| has(*field, value))
    }

    /// Does it match every minute there is?
    pub fn is_always(&self) -> bool {
        let all = |field: &CronField, from: u32, to: u32| {
            field.any || (from..=to).all(|value| has(*field, value.into()))
        };
        let ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        self.fields.iter().zip(ranges).all(|(field, (from, to))| all(field, from, to))
    }
}

fn has(field: CronField, value: i64) -> bool {
    field.any || (0..64).contains(&value) && field.values >> value & 1 == 1
}

/// Month (1 to 12) and day of the month of a day counted from 1 January 1970, Gregorian calendar. Counted in years that
/// begin in March, so that the leap day is the last.
pub fn month_and_day(days: i64) -> (i64, i64) {
    // 719468 days from 1 March of year 0; 146097 days in 400 years.
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    (if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 }, day)
}
