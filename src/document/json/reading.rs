//! One reading: an object with its numbers, whether a test of it failed, and where people read it its words.

use super::repeated::Repeated;
use super::text::{escape, escape_behind, quoted};
use crate::document::item::{Aim, Item, Sample, Unit, number, samples};
use crate::service_test::Value;
use std::borrow::Cow;

/// Appends it, behind a comma. `words`: with its label and the line of a status; without them what has no numbers still has its
/// text.
pub(super) fn write(out: &mut String, item: &Item<'_>, words: bool, repeated: &mut Repeated) {
    match item.key {
        // Nobody else is asked about the same.
        Cow::Owned(_) => {
            head(out, item, words);
            rest(out, item, words);
        }
        Cow::Borrowed(_) => repeated.reading(
            out,
            (item.reading, item.failed),
            |out| head(out, item, words),
            |out| rest(out, item, words),
        ),
    }
}

fn head(out: &mut String, item: &Item<'_>, words: bool) {
    out.extend([",\"", &item.key, "\":{"]);
    if words {
        out.extend(["\"label\":\"", item.reading.label, "\","]);
    }
}

fn rest(out: &mut String, item: &Item<'_>, words: bool) {
    let value = &item.reading.value;
    if words || matches!(value, Value::Text(_) | Value::Checksum(..)) {
        out.push_str("\"text\":\"");
        text(out, value);
        out.push_str("\",");
    }
    if let Some(Aim { target, protocol }) = &item.aim {
        out.push_str("\"target\":");
        quoted(out, target);
        out.extend([",\"protocol\":\"", protocol, "\","]);
    }
    let mut count = 0;
    samples(value, &mut |sample| {
        match count {
            0 => first(out, &sample),
            _ => further(out, &sample),
        }
        count += 1;
        if !number(out, sample.value) {
            out.push_str("null");
        }
    });
    if count == 0 {
        out.push_str("\"values\":{");
    }
    out.push_str(if item.failed { "},\"failed\":true}" } else { "},\"failed\":false}" });
}

/// All before the first number. One copy where there is no other of its unit, as with nearly all.
fn first(out: &mut String, sample: &Sample) {
    if !sample.part.is_empty() {
        return out.extend(["\"values\":{\"", sample.part, behind_part(sample)]);
    }
    out.push_str(match (sample.unit, sample.counter) {
        (Unit::Count, true) => "\"values\":{\"total\":",
        (Unit::Count, false) => "\"values\":{\"value\":",
        (Unit::Bytes, true) => "\"values\":{\"bytes_total\":",
        (Unit::Bytes, false) => "\"values\":{\"bytes\":",
        (Unit::Seconds, _) => "\"values\":{\"seconds\":",
        (Unit::Timestamp, _) => "\"values\":{\"timestamp\":",
        (Unit::Percent, _) => "\"values\":{\"percent\":",
        (Unit::BytesPerSecond, _) => "\"values\":{\"bytes_per_second\":",
        (Unit::BitsPerSecond, _) => "\"values\":{\"bits_per_second\":",
        (Unit::PerSecond, _) => "\"values\":{\"per_second\":",
    });
}

/// All between two numbers.
fn further(out: &mut String, sample: &Sample) {
    let unit = behind_part(sample);
    match sample.part {
        "" if sample.unit == Unit::Count && !sample.counter => out.push_str(",\"value\":"),
        "" => out.extend([",\"", unit.strip_prefix('_').unwrap_or(unit)]),
        part => out.extend([",\"", part, unit]),
    }
}

fn behind_part(sample: &Sample) -> &'static str {
    match (sample.unit, sample.counter) {
        (Unit::Count, true) => "_total\":",
        (Unit::Count, false) => "\":",
        (Unit::Bytes, true) => "_bytes_total\":",
        (Unit::Bytes, false) => "_bytes\":",
        (Unit::Seconds, _) => "_seconds\":",
        (Unit::Timestamp, _) => "_timestamp\":",
        (Unit::Percent, _) => "_percent\":",
        (Unit::BytesPerSecond, _) => "_bytes_per_second\":",
        (Unit::BitsPerSecond, _) => "_bits_per_second\":",
        (Unit::PerSecond, _) => "_per_second\":",
    }
}

/// What a value is for people, without the end of a line.
fn text(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => escape(out, text.trim_end()),
        Value::Response(..) => {
            let from = out.len();
            value.append(out);
            escape_behind(out, from);
        }
        // All others are numbers and words of ours.
        value => {
            value.append(out);
            // Those of a processor end so.
            if out.ends_with(' ') {
                out.pop();
            }
        }
    }
}
