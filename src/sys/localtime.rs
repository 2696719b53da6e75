//! Calendar time: local by the C library's time zone, UTC by arithmetic, and the few formats used all over.
//!
//! Everything works on seconds since 1970; the clock is read elsewhere.

use std::cell::RefCell;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment in calendar fields, in local time or UTC according to who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Year, 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 60.
    pub second: u32,
    /// Day of the week, Sunday is 0.
    pub weekday: u32,
    /// Day of the year, 1 January is 0.
    pub yearday: u32,
    /// Seconds east of Greenwich.
    pub utc_offset_secs: i32,
}

/// Seconds since 1970 of a wall clock reading; negative before.
pub fn unix_secs(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let back = before.duration();
            let whole = i64::try_from(back.as_secs()).unwrap_or(i64::MAX);
            -whole - i64::from(back.subsec_nanos() > 0)
        }
    }
}

/// Reads the host's time zone again; after a reload, since the administrator may have changed it.
pub fn reload_zone() {
    // SAFETY: tzset reads TZ and the zone file into the C library's own variables; this process is single-threaded
    // wherever the environment is changed.
    unsafe { tzset() };
}

unsafe extern "C" {
    fn tzset();
}

/// The local time at `unix_secs`. Moments the C library cannot express (years beyond 2^31) are given in UTC.
pub fn local(unix_secs: i64) -> LocalTime {
    // On hosts whose time_t has 32 bits this can fail.
    #[allow(irrefutable_let_patterns)]
    let Ok(time) = libc::time_t::try_from(unix_secs) else {
        return utc(unix_secs);
    };
    // SAFETY: tm is integers and a pointer, for which zero is valid.
    let mut fields: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to objects of ours.
    if unsafe { libc::localtime_r(&time, &mut fields) }.is_null() {
        return utc(unix_secs);
    }
    LocalTime {
        year: fields.tm_year.saturating_add(1900),
        month: fields.tm_mon as u32 + 1,
        day: fields.tm_mday as u32,
        hour: fields.tm_hour as u32,
        minute: fields.tm_min as u32,
        second: fields.tm_sec as u32,
        weekday: fields.tm_wday as u32,
        yearday: fields.tm_yday as u32,
        utc_offset_secs: fields.tm_gmtoff as i32,
    }
}

/// The moment at which local clocks show these fields; weekday, yearday and offset are ignored, and fields out of
/// range are carried over (day 32 is the first of the next month, hour 24 midnight). mktime(3).
///
/// A time of day that occurs twice or not at all in a change of summer time gives one of the two neighbours.
pub fn to_unix(time: &LocalTime) -> i64 {
    let carried = |value: u32| libc::c_int::try_from(value).unwrap_or(libc::c_int::MAX);
    // SAFETY: tm is integers and a pointer, for which zero is valid.
    let mut fields: libc::tm = unsafe { std::mem::zeroed() };
    fields.tm_year = time.year.saturating_sub(1900);
    fields.tm_mon = carried(time.month).saturating_sub(1);
    fields.tm_mday = carried(time.day);
    fields.tm_hour = carried(time.hour);
    fields.tm_min = carried(time.minute);
    fields.tm_sec = carried(time.second);
    fields.tm_isdst = -1;
    // SAFETY: the pointer is to a tm of ours, which mktime normalises in place.
    unsafe { libc::mktime(&mut fields) as i64 }
}

/// The time in UTC at `unix_secs`, by the proleptic Gregorian calendar.
pub fn utc(unix_secs: i64) -> LocalTime {
    let days = unix_secs.div_euclid(86_400);
    let of_day = unix_secs.rem_euclid(86_400) as u32;
    // Years counted from 1 March, in eras of 400 years of 146097 days.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = (if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 }) as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let january = days_from_civil(year, 1, 1);
    LocalTime {
        year: i32::try_from(year).unwrap_or(if year > 0 { i32::MAX } else { i32::MIN }),
        month,
        day,
        hour: of_day / 3600,
        minute: of_day / 60 % 60,
        second: of_day % 60,
        weekday: (days + 4).rem_euclid(7) as u32,
        yearday: (days - january) as u32,
        utc_offset_secs: 0,
    }
}

/// The moment of these fields taken as UTC; weekday, yearday and offset are ignored. Dates of certificates and of
/// HTTP headers.
pub fn utc_to_unix(time: &LocalTime) -> i64 {
    let days = days_from_civil(i64::from(time.year), i64::from(time.month), i64::from(time.day));
    days * 86_400 + i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted_month = (month + 9).rem_euclid(12);
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl LocalTime {
    fn weekday_name(&self) -> &'static str {
        WEEKDAYS.get(self.weekday as usize).copied().unwrap_or("???")
    }

    /// The month's English abbreviation, `Nov`.
    pub fn month_name(&self) -> &'static str {
        MONTHS.get((self.month as usize).wrapping_sub(1)).copied().unwrap_or("???")
    }

    /// The offset from UTC as `+0100`.
    fn zone(&self) -> impl fmt::Display {
        let minutes = self.utc_offset_secs.unsigned_abs() / 60;
        let sign = if self.utc_offset_secs < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}

/// `2026-11-21T00:45:43+0000`, as in log lines. The zone has no colon.
pub fn iso8601_local(unix_secs: i64) -> String {
    let t = local(unix_secs);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
        t.year,
        t.month,
        t.day,
        t.hour,
        t.minute,
        t.second,
        t.zone()
    )
}

/// `Sat, 21 Nov 2026 00:45:59` in local time, as in status output, alerts and `MONIT_DATE`.
pub fn display_local(unix_secs: i64) -> String {
    display(&local(unix_secs))
}

/// Appends [`display_local`]. The last moment is remembered: the three times of a file are often the same, as are those of
/// files that came together, and the C library takes longer for one than all else does that is shown of it.
pub fn add_local(out: &mut String, unix_secs: i64) {
    thread_local!(static LAST: RefCell<(i64, String)> = const { RefCell::new((0, String::new())) });
    LAST.with_borrow_mut(|(moment, text)| {
        if *moment != unix_secs || text.is_empty() {
            text.clear();
            add(text, &local(unix_secs));
            *moment = unix_secs;
        }
        out.push_str(text);
    });
}

/// `Sat, 21 Nov 2026 00:45:59 +0100` in local time: the `Date` of a mail, RFC 5322 section 3.3.
pub fn rfc5322_local(unix_secs: i64) -> String {
    let t = local(unix_secs);
    format!("{} {}", display(&t), t.zone())
}

/// `Sat, 21 Nov 2026 00:45:59 GMT`: dates in HTTP, RFC 9110 section 5.6.7.
pub fn http_date(unix_secs: i64) -> String {
    format!("{} GMT", display(&utc(unix_secs)))
}

fn display(t: &LocalTime) -> String {
    let mut out = String::with_capacity("Sat, 21 Nov 2026 00:45:59 +0100".len());
    add(&mut out, t);
    out
}

/// Documents of a thousand services have thousands of these: `format!` takes many times as long.
fn add(out: &mut String, t: &LocalTime) {
    let two = |number: u32| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
    let three = |name: &str| <[u8; 3]>::try_from(name.as_bytes()).unwrap_or_default();
    let year = u32::try_from(t.year).unwrap_or(0);
    let ([w, w1, w2], [m, m1, m2]) = (three(t.weekday_name()), three(t.month_name()));
    let ([d, d1], [h, h1], [n, n1], [s, s1]) = (two(t.day), two(t.hour), two(t.minute), two(t.second));
    let ([y, y1], [y2, y3]) = (two(year / 100), two(year));
    let text = [
        w, w1, w2, b',', b' ', d, d1, b' ', m, m1, m2, b' ', y, y1, y2, y3, b' ', h, h1, b':', n, n1, b':',
        s, s1,
    ];
    match std::str::from_utf8(&text) {
        Ok(text) if (0..=9999).contains(&t.year) => out.push_str(text),
        Ok(text) => {
            let (before, behind) = (text.get(..12).unwrap_or_default(), text.get(16..).unwrap_or_default());
            out.push_str(&format!("{before}{:04}{behind}", t.year));
        }
        // All of it is ASCII.
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SATURDAY: i64 = 1_795_221_943; // 2026-11-21T00:45:43Z

    #[test]
    fn utc_fields() {
        let t = utc(SATURDAY);
        assert_eq!((t.year, t.month, t.day, t.hour, t.minute, t.second), (2026, 11, 21, 0, 45, 43));
        assert_eq!((t.weekday, t.yearday), (6, 324));
        assert_eq!(http_date(SATURDAY), "Sat, 21 Nov 2026 00:45:43 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
    }

    #[test]
    fn utc_is_reversible_before_and_after_1970() {
        for secs in [-62_135_596_800, -1, 0, 951_782_399, 1_709_208_000, SATURDAY, 253_402_300_799] {
            assert_eq!(utc_to_unix(&utc(secs)), secs);
        }
        assert_eq!(utc(-1).second, 59);
        // Extremes stay within bounds instead of overflowing.
        assert_eq!(utc(i64::MAX).year, i32::MAX);
        assert_eq!(utc(i64::MIN).year, i32::MIN);
    }

    #[test]
    fn local_is_utc_plus_its_offset() {
        for secs in [0, SATURDAY, 1_782_000_000] {
            let t = local(secs);
            assert_eq!(utc_to_unix(&t) - i64::from(t.utc_offset_secs), secs);
            assert_eq!(to_unix(&t), secs);
        }
    }

    #[test]
    fn fields_out_of_range_are_carried() {
        let t = local(SATURDAY);
        let next = LocalTime { day: t.day + 1, ..t };
        let day = to_unix(&next) - SATURDAY;
        assert!((82_800..=90_000).contains(&day), "{day}");
        let month = LocalTime { month: 13, day: 1, hour: 12, ..t };
        assert_eq!(local(to_unix(&month)).year, 2027);
    }

    #[test]
    fn formats() {
        let iso = iso8601_local(SATURDAY);
        assert_eq!(iso.len(), "2026-11-21T00:45:43+0000".len());
        assert!(matches!(iso.as_bytes()[19], b'+' | b'-'), "{iso}");
        assert_eq!(rfc5322_local(SATURDAY), format!("{} {}", display_local(SATURDAY), &iso[19..]));
        let west = LocalTime { utc_offset_secs: -12_600, ..utc(0) };
        assert_eq!(west.zone().to_string(), "-0330");
    }

    #[test]
    fn seconds_of_a_wall_clock_round_down() {
        assert_eq!(unix_secs(UNIX_EPOCH), 0);
        assert_eq!(unix_secs(UNIX_EPOCH + std::time::Duration::from_millis(1500)), 1);
        assert_eq!(unix_secs(UNIX_EPOCH - std::time::Duration::from_millis(500)), -1);
    }
}
