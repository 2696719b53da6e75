//! Comparing a value with a limit, and the words for it.

use crate::config::{Operator, digits, format};

/// Does the condition hold? `changed` with a number behind it means *differs from that number* to the reference.
pub(super) fn holds<T: PartialOrd>(operator: Operator, value: T, limit: T) -> bool {
    match operator {
        Operator::Greater => value > limit,
        Operator::GreaterOrEqual => value >= limit,
        Operator::Less => value < limit,
        Operator::LessOrEqual => value <= limit,
        Operator::Equal => value == limit,
        Operator::NotEqual | Operator::Changed => value != limit,
    }
}

/// Bytes per second, fractions of a byte kept: `45.4 B/s`, `9.6 MB/s`.
pub(super) fn byte_rate(rate: f64) -> String {
    let mut out = String::new();
    add_byte_rate(&mut out, rate);
    out
}

/// Appends [`byte_rate`].
pub(super) fn add_byte_rate(out: &mut String, rate: f64) {
    if (0.0..1024.0).contains(&rate) && rate.fract() > 1e-5 {
        digits::fixed(out, rate, 1);
        out.push_str(" B/s");
    } else {
        format::add_bytes(out, rate);
        out.push_str("/s");
    }
}

/// Percent, 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
