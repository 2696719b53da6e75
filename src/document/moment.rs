//! A moment, for people.

use crate::sys::localtime;
use std::time::{Duration, SystemTime};

/// `2026-11-21 00:45:43`, local time.
pub fn moment(time: SystemTime) -> String {
    let t = localtime::local(localtime::unix_secs(time));
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second)
}

/// The same in brief, for pages that say which zone they are in: `18:38` today, `26 Nov 18:38` this year, else
/// `2025-11-26 18:38`.
pub fn short(time: SystemTime, now: SystemTime) -> String {
    let [t, today] = [time, now].map(|time| localtime::local(localtime::unix_secs(time)));
    let clock = format!("{:02}:{:02}", t.hour, t.minute);
    if (t.year, t.yearday) == (today.year, today.yearday) {
        clock
    } else if t.year == today.year {
        format!("{} {} {clock}", t.day, t.month_name())
    } else {
        format!("{:04}-{:02}-{:02} {clock}", t.year, t.month, t.day)
    }
}

/// The time of day, `18:38`, for pages that say which zone they are in.
pub fn clock(time: SystemTime) -> String {
    let t = localtime::local(localtime::unix_secs(time));
    format!("{:02}:{:02}", t.hour, t.minute)
}

/// The day, `26 Nov`.
pub fn date(time: SystemTime) -> String {
    let t = localtime::local(localtime::unix_secs(time));
    format!("{} {}", t.day, t.month_name())
}

/// How long, in one unit: `40 s`, `12 min`, `3 h`, `2 d`.
pub fn about(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{} min", (seconds + 30) / 60),
        5_400..129_600 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

/// The zone of local times, `UTC+1` or `UTC-3:30`.
pub fn zone(now: SystemTime) -> String {
    let minutes = localtime::local(localtime::unix_secs(now)).utc_offset_secs / 60;
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    match (minutes, rest) {
        (0, _) => "UTC".to_owned(),
        (_, 0) => format!("UTC{}{hours}", if minutes < 0 { '-' } else { '+' }),
        _ => format!("UTC{}{hours}:{rest:02}", if minutes < 0 { '-' } else { '+' }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_further_away_the_less_exact() {
        for (seconds, text) in
            [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7200, "2 h"), (200_000, "2 d")]
        {
            assert_eq!(about(Duration::from_secs(seconds)), text);
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_737_600);
        let back = |days: u64| short(now - Duration::from_secs(days * 86_400), now);
        assert_eq!(back(0).len(), 5);
        assert!(back(3).len() > 10 && back(3).contains(" Nov "), "{}", back(3));
        assert!(back(500).starts_with("2025-"), "{}", back(500));
    }
}
