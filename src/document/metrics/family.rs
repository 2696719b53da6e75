//! A family: its name after the rules of its format, and its samples.

use super::Format;
use crate::document::Entry;
use crate::document::item::{Item, Sample, Unit, items, number};
use crate::document::json::word;
use std::fmt::Write;

/// One number of one kind of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    kind: &'static str,
    label: &'static str,
    part: &'static str,
    unit: Unit,
    counter: bool,
}

impl Family {
    /// The one a sample belongs to.
    pub(super) fn of(item: &Item<'_>, sample: &Sample) -> Family {
        Family {
            kind: item.kind,
            label: item.reading.label,
            part: sample.part,
            unit: sample.unit,
            counter: sample.counter,
        }
    }

    /// `bytes`, with nothing for what is only counted.
    fn unit(&self) -> &'static str {
        match self.unit {
            Unit::Count => "",
            Unit::Bytes => "bytes",
            Unit::Seconds | Unit::Timestamp => "seconds",
            Unit::Percent => "ratio",
            Unit::BytesPerSecond => "bytes_per_second",
            Unit::BitsPerSecond => "bits_per_second",
            Unit::PerSecond => "per_second",
        }
    }

    /// `monit_process_memory_bytes`, without the `_total` of a counter.
    fn name(&self, type_number: u8) -> String {
        let mut name = format!("monit_{}_{}", word(type_number), self.kind);
        // Some readings are called after their unit already.
        let stem = self.unit().split('_').next().unwrap_or_default();
        if let (true, Some(short)) = (!stem.is_empty(), name.strip_suffix(stem)) {
            name = short.trim_end_matches('_').to_owned();
        }
        if self.kind == "port" || self.kind == "unix_socket" || self.kind == "ping" {
            name.push_str("_response");
        }
        let timestamp =
            if self.unit == Unit::Timestamp && !name.ends_with("time") { "timestamp" } else { "" };
        for part in [self.part, timestamp, self.unit()] {
            if !part.is_empty() {
                name.push('_');
                name.push_str(part);
            }
        }
        name
    }

    /// What stands before its samples.
    pub(super) fn head(&self, out: &mut String, type_number: u8, format: Format) {
        let name = self.name(type_number);
        let kind = if self.counter { "counter" } else { "gauge" };
        let total = if self.counter && format == Format::Text { "_total" } else { "" };
        let mut help = format!("{} of a {}", self.label, word(type_number));
        if !self.part.is_empty() {
            let _ = write!(help, ", {}", self.part.replace('_', " "));
        }
        describe(out, &format!("{name}{total}"), kind, self.unit(), &help, format);
    }

    /// Those of one service.
    pub(super) fn samples(&self, out: &mut String, entry: &Entry<'_>) {
        let mut name = self.name(entry.type_number);
        if self.counter {
            name.push_str("_total");
        }
        let all = items(entry);
        for (at, item) in all.iter().enumerate() {
            for sample in item.samples.iter().filter(|sample| Family::of(item, sample) == *self) {
                let value = if self.unit == Unit::Percent { sample.value / 100.0 } else { sample.value };
                let Some(value) = number(value) else { continue };
                let _ = write!(out, "{name}{{");
                label(out, "service", &entry.config.name);
                if let (Some(target), Some(protocol)) = (&item.target, item.protocol) {
                    out.push(',');
                    label(out, "target", target);
                    out.push(',');
                    label(out, "protocol", protocol);
                }
                // Several of the same kind and target: no two samples may have the same labels.
                let alike = |other: &Item<'_>| {
                    other.kind == item.kind && other.target == item.target && other.protocol == item.protocol
                };
                let before = all.iter().take(at).filter(|other| alike(other)).count();
                if before > 0 {
                    let _ = write!(out, ",number=\"{}\"", before + 1);
                }
                let _ = writeln!(out, "}} {value}");
            }
        }
    }
}

/// TYPE, UNIT and HELP.
pub(super) fn describe(out: &mut String, name: &str, kind: &str, unit: &str, help: &str, format: Format) {
    let _ = writeln!(out, "# HELP {name} {help}");
    let _ = writeln!(out, "# TYPE {name} {kind}");
    if format == Format::OpenMetrics && !unit.is_empty() {
        let _ = writeln!(out, "# UNIT {name} {unit}");
    }
}

/// `name="value"`
pub(super) fn label(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "{name}=\"");
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            character => out.push(character),
        }
    }
    out.push('"');
}
