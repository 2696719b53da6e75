//! Numbers as people read them: sizes, times, shares. One place, so that dumps, status texts and pages agree.
//!
//! A number without a fraction is written without one: `1 MB`, `5 m`; otherwise sizes have one decimal and times three.

use super::digits;
use std::time::Duration;

/// A size in bytes with the largest unit that keeps it at 1 or above, factor 1024: `0 B`, `1000 B`, `1.5 kB`, `1 MB`.
/// A fraction of a byte is dropped.
pub fn bytes(size: f64) -> String {
    made(|out| add_bytes(out, size))
}

/// Appends [`bytes`].
pub fn add_bytes(out: &mut String, size: f64) {
    const UNITS: [&str; 9] = [" B", " kB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB"];
    let mut value = size.trunc();
    let mut unit = 0;
    while value.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    number(out, value, 1);
    out.push_str(UNITS.get(unit).unwrap_or(&" B"));
}

/// A time in milliseconds with the largest unit that keeps it at 1 or above, up to days: `0 ms`, `0.033 ms`, `1.500 s`, `5 m`.
pub fn milliseconds(time: f64) -> String {
    made(|out| add_milliseconds(out, time))
}

/// Appends [`milliseconds`].
pub fn add_milliseconds(out: &mut String, time: f64) {
    const UNITS: [(&str, f64); 5] =
        [(" ms", 1000.0), (" s", 60.0), (" m", 60.0), (" h", 24.0), (" d", f64::INFINITY)];
    let mut value = time;
    for (unit, next) in UNITS {
        if value.abs() < next {
            number(out, value, 3);
            return out.push_str(unit);
        }
        value /= next;
    }
    number(out, value, 3);
    out.push_str(" d");
}

/// [`milliseconds`] of a [`Duration`].
pub fn duration(time: Duration) -> String {
    milliseconds(time.as_secs_f64() * 1000.0)
}

/// A share in percent with one decimal: `12.0%`.
///
/// Rounded in single precision, as clients have always seen it (99.95 is `99.9%`).
pub fn percent(share: f64) -> String {
    made(|out| add_percent(out, share))
}

/// Appends [`percent`].
pub fn add_percent(out: &mut String, share: f64) {
    digits::fixed(out, f64::from(share as f32), 1);
    out.push('%');
}

fn made(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}

/// `decimals` digits behind the point, none if the value is whole but for a hair.
fn number(out: &mut String, value: f64, decimals: usize) {
    const HAIR: f64 = 1e-5;
    if (value - value.round()).abs() < HAIR {
        // Adding zero turns -0 into 0.
        digits::fixed(out, value.round() + 0.0, 0);
    } else {
        digits::fixed(out, value, decimals);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_the_reference_writes_them() {
        for (size, text) in [
            (0.0, "0 B"),
            (51.2, "51 B"),
            (1000.0, "1000 B"),
            (1024.0, "1 kB"),
            (1025.0, "1.0 kB"),
            (1500.0, "1.5 kB"),
            (1_048_575.0, "1024.0 kB"),
            (1_048_577.0, "1 MB"),
            (1_073_741_823.0, "1024 MB"),
            (2_146_435_072.0, "2.0 GB"),
            (2_147_483_647.0, "2 GB"),
            (1_099_511_627_776_000.0, "1000 TB"),
            (2_251_799_813_685_248.0, "2 PB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn times_as_the_reference_writes_them() {
        for (time, text) in [
            (0.0, "0 ms"),
            (0.033, "0.033 ms"),
            (999.0, "999 ms"),
            (1001.0, "1.001 s"),
            (1500.0, "1.500 s"),
            (60_000.0, "1 m"),
            (60_001.0, "1.000 m"),
            (3_599_999.0, "60.000 m"),
            (3_661_000.0, "1.017 h"),
            (86_399_999.0, "24 h"),
            (86_400_000.0, "1 d"),
            (100_000_000.0, "1.157 d"),
            (26_784_000_000.0, "310 d"),
        ] {
            assert_eq!(milliseconds(time), text);
        }
        assert_eq!(duration(Duration::from_secs(300)), "5 m");
    }

    #[test]
    fn shares_as_the_reference_writes_them() {
        for (share, text) in [(0.0, "0.0%"), (0.05, "0.1%"), (1.25, "1.2%"), (1.35, "1.4%"), (99.95, "99.9%")]
        {
            assert_eq!(percent(share), text);
        }
    }
}
