//! A family: its name after the rules of its format, and its samples.

use super::Format;
use crate::config::{Service, digits};
use crate::document::item::{Aim, Sample, Unit, number, samples};
use crate::document::json::word;
use crate::service_test::{Reading, Value};
use std::fmt::Write;

/// One number of one kind of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    unit: Unit,
    counter: bool,
    part: &'static str,
    kind: &'static str,
    label: &'static str,
    /// A service has one number of it at most.
    single: bool,
}

impl Family {
    /// The one a sample belongs to.
    pub(super) fn of(reading: &Reading, sample: &Sample) -> Family {
        Family {
            unit: sample.unit,
            counter: sample.counter,
            part: sample.part,
            kind: reading.key,
            label: reading.label,
            single: !matches!(reading.value, Value::Response(..)),
        }
    }

    /// The [`Reading::key`] of its readings.
    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Has no service more than one number of it?
    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    /// Does this sample belong to it?
    pub(super) fn is_of(&self, reading: &Reading, sample: &Sample) -> bool {
        let same = self.unit == sample.unit && self.counter == sample.counter && self.part == sample.part;
        same && is_same(self.kind, reading.key) && is_same(self.label, reading.label)
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

    /// Does its name end with what its readings are called?
    fn is_bare_gauge(&self) -> bool {
        !self.counter && self.unit().is_empty() && self.part.is_empty()
    }

    /// `monit_process_memory_bytes`, without the `_total` of a counter.
    fn name(&self, type_number: u8) -> String {
        let mut name = match self.kind.strip_suffix("_total").filter(|_| self.is_bare_gauge()) {
            // `_total` is for counters alone.
            Some(what) => format!("monit_{}_total_{what}", word(type_number)),
            None => format!("monit_{}_{}", word(type_number), self.kind),
        };
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

    /// Writes what stands before its samples, and gives how each of them begins.
    pub(super) fn head(&self, out: &mut String, type_number: u8, format: Format) -> String {
        let mut name = self.name(type_number);
        let kind = if self.counter { "counter" } else { "gauge" };
        let total = if self.counter && format == Format::Text { "_total" } else { "" };
        let mut help = format!("{} of a {}", self.label, word(type_number));
        if !self.part.is_empty() {
            let _ = write!(help, ", {}", self.part.replace('_', " "));
        }
        describe(out, &format!("{name}{total}"), kind, self.unit(), &help, format);
        if self.counter {
            name.push_str("_total");
        }
        begin(name)
    }

    /// Those of a reading of a service. `begin`: of each; `earlier`: what those of connections and of this kind that came
    /// before it are about.
    pub(super) fn samples(
        &self,
        out: &mut String,
        begin: &str,
        service: &Service,
        reading: &Reading,
        earlier: &mut Vec<Option<Aim>>,
    ) {
        if reading.key != self.kind {
            return;
        }
        let aim = Aim::of(service, reading);
        // Several of the same kind and target: no two samples may have the same labels.
        let before = earlier.iter().filter(|other| **other == aim).count();
        samples(&reading.value, &mut |sample| {
            if self.is_of(reading, &sample) && sample.value.is_finite() {
                self.sample(out, begin, service, (aim.as_ref(), before), sample.value);
            }
        });
        if !self.single {
            earlier.push(aim);
        }
    }

    fn sample(
        &self,
        out: &mut String,
        begin: &str,
        service: &Service,
        (aim, before): (Option<&Aim>, usize),
        value: f64,
    ) {
        out.push_str(begin);
        escape(out, &service.name);
        if let Some(Aim { target, protocol }) = aim {
            for (name, value) in [("\",target=\"", &**target), ("\",protocol=\"", protocol)] {
                out.push_str(name);
                escape(out, value);
            }
        }
        if before > 0 {
            out.push_str("\",number=\"");
            digits::decimal(out, before as u64 + 1);
        }
        self.value(out, value);
    }

    /// From the end of the last label on.
    pub(super) fn value(&self, out: &mut String, value: f64) {
        out.push_str("\"} ");
        number(out, if self.unit == Unit::Percent { value / 100.0 } else { value });
        out.push('\n');
    }
}

/// Words of ours: the same text is mostly in the same place.
fn is_same(a: &'static str, b: &'static str) -> bool {
    std::ptr::eq(a, b) || a == b
}

/// How the samples of that name begin: up to the name of the service, which is the first label of all.
pub(super) fn begin(name: String) -> String {
    let mut begin = name;
    begin.push_str("{service=\"");
    begin
}

/// TYPE, UNIT and HELP.
pub(super) fn describe(out: &mut String, name: &str, kind: &str, unit: &str, help: &str, format: Format) {
    let _ = writeln!(out, "# HELP {name} {help}");
    let _ = writeln!(out, "# TYPE {name} {kind}");
    if format == Format::OpenMetrics && !unit.is_empty() {
        let _ = writeln!(out, "# UNIT {name} {unit}");
    }
}

/// Does a label not take it as it is?
pub(super) fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\n')
}

/// Appends the value of a label, without the quotes.
pub(super) fn escape(out: &mut String, value: &str) {
    let mut rest = value;
    // Nearly every one can be taken over as it is.
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        out.push_str(match characters.next() {
            Some('\\') => "\\\\",
            Some('"') => "\\\"",
            _ => "\\n",
        });
        rest = characters.as_str();
    }
    out.push_str(rest);
}
