//! The scale of a graph: where it ends, and how its numbers are written.

use crate::config::format;
use crate::history::tracked::TrackedUnit;

/// Where the scale of a unit ends that has an end of its own: the whole of a share. Others end behind what was measured.
pub(super) fn whole(unit: TrackedUnit) -> f32 {
    if unit == TrackedUnit::Percent { 100.0 } else { 0.0 }
}

/// The end of a scale: the next 1, 2 or 5.
pub(super) fn nice(highest: f32, unit: TrackedUnit) -> f32 {
    if highest <= 0.0 {
        return 1.0;
    }
    let base: f32 = match unit {
        TrackedUnit::Bytes | TrackedUnit::BytesPerSecond => power_up_to(1024.0, highest.max(1.0)),
        TrackedUnit::Count | TrackedUnit::Seconds | TrackedUnit::Percent => 1.0,
    };
    let ten = power_up_to(10.0, highest / base);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * ten * base);
    steps.into_iter().find(|step| *step >= highest * 0.9999).unwrap_or(highest)
}

/// The largest whole power of a base that is not above a value. Counted, not by logarithm: libm alone costs two pages.
fn power_up_to(base: f32, value: f32) -> f32 {
    /// No number has more of ten.
    const MOST: usize = 45;
    let mut power = 1.0;
    for _ in 0..MOST {
        if power * base <= value {
            power *= base;
        } else if power > value {
            power /= base;
        }
    }
    power
}

/// Without zeros that say nothing.
pub(super) fn round(text: String) -> String {
    ["000", "00", "0"].iter().fold(text, |text, zeros| {
        text.replace(&format!(".{zeros} "), " ").replace(&format!(".{zeros}%"), "%")
    })
}

/// A value with its unit.
pub(super) fn shown(value: f32, unit: TrackedUnit) -> String {
    let value = f64::from(value);
    match unit {
        TrackedUnit::Count => format!("{}", (value * 100.0).round() / 100.0),
        TrackedUnit::Bytes => format::bytes(value),
        TrackedUnit::BytesPerSecond => format!("{}/s", format::bytes(value)),
        TrackedUnit::Seconds if value < 0.01 => format!("{:.1} ms", value * 1000.0),
        TrackedUnit::Seconds if value < 1.0 => format!("{:.0} ms", value * 1000.0),
        TrackedUnit::Seconds => format!("{value:.2} s"),
        TrackedUnit::Percent => format::percent(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_with_a_round_number() {
        for (highest, unit, end) in [
            (0.0, TrackedUnit::Percent, 1.0),
            (0.3, TrackedUnit::Percent, 0.5),
            (100.0, TrackedUnit::Percent, 100.0),
            (3.98, TrackedUnit::Seconds, 5.0),
            (1500.0, TrackedUnit::Bytes, 2048.0),
            (900.0 * 1024.0, TrackedUnit::Bytes, 1000.0 * 1024.0),
        ] {
            let nice = nice(highest, unit);
            assert!((nice - end).abs() < 0.001 * end, "{highest}: {nice}");
        }
        assert_eq!(round("500.000 ms".to_owned()), "500 ms");
        assert_eq!(round("50.0%".to_owned()), "50%");
    }

    #[test]
    fn every_unit_is_shown_with_its_own() {
        let all = [
            (TrackedUnit::Count, "1.5"),
            (TrackedUnit::Bytes, "1 B"),
            (TrackedUnit::BytesPerSecond, "1 B/s"),
            (TrackedUnit::Seconds, "1.50 s"),
            (TrackedUnit::Percent, "1.5%"),
        ];
        for (unit, text) in all {
            assert_eq!(shown(1.5, unit), text);
        }
    }
}
