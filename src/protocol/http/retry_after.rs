//! `Retry-After` (RFC 9110, 10.2.3): how long a server wants to be left alone, in seconds or until a date.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: u64 = 86_400;

/// When to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u64),
    /// At this second since 1970.
    At(u64),
}

impl RetryAfter {
    /// Reads a header's value; of dates the one form that may be sent today (`Sun, 06 Nov 1994 08:49:37 GMT`).
    pub fn parse(value: &[u8]) -> Option<RetryAfter> {
        let text = std::str::from_utf8(value).ok()?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(RetryAfter::Seconds(text.parse().unwrap_or(u64::MAX)));
        }
        date(text).map(RetryAfter::At)
    }

    /// The pause from `wall` on.
    pub fn pause(self, wall: SystemTime) -> Duration {
        match self {
            RetryAfter::Seconds(seconds) => Duration::from_secs(seconds),
            RetryAfter::At(unix) => {
                Duration::from_secs(unix).saturating_sub(wall.duration_since(UNIX_EPOCH).unwrap_or_default())
            }
        }
    }
}

fn date(text: &str) -> Option<u64> {
    let mut words = text.split(' ');
    words.next().filter(|day| day.ends_with(','))?;
    let day: u64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64;
    let year: u64 = words.next()?.parse().ok()?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    words.next().filter(|zone| *zone == "GMT")?;
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// Days since 1970, by the Gregorian calendar; January is month 0.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // The year begins in March, so that the leap day is its last.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        for (text, expected) in [
            ("120", Some(RetryAfter::Seconds(120))),
            (" 0 ", Some(RetryAfter::Seconds(0))),
            ("99999999999999999999999", Some(RetryAfter::Seconds(u64::MAX))),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(RetryAfter::At(0))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(RetryAfter::At(784_111_777))),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(RetryAfter::At(1_709_251_199))),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(RetryAfter::parse(text.as_bytes()), expected, "{text:?}");
        }
        let wall = UNIX_EPOCH + Duration::from_secs(100);
        assert_eq!(RetryAfter::At(160).pause(wall), Duration::from_secs(60));
        assert_eq!(RetryAfter::At(60).pause(wall), Duration::ZERO);
    }
}
