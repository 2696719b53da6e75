//! One value of a status: a number with its unit, and the text people see.

use super::super::compare::{add_byte_rate, share};
use super::super::memory::{CpuShares, Rate};
use crate::config::{ChecksumKind, digits, format};
use crate::machine::add_local;
use std::fmt;

/// A value with its unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known: `-`.
    Missing,
    /// As it is.
    Text(Box<str>),
    /// A count or an id.
    Integer(i64),
    /// Permission bits.
    Permission(u16),
    /// Bytes.
    Bytes(u64),
    /// Percent.
    Percent(f64),
    /// Seconds of being up.
    Uptime(u64),
    /// A moment in seconds since 1970.
    Time(i64),
    /// Load averages over 1, 5 and 15 minutes.
    Load([f64; 3]),
    /// Where processor time went. Boxed: there is one of it, and it is twice as large as all others.
    Cpu(Box<CpuShares>),
    /// Bytes and their share of the whole in percent; the share stands first for processes.
    Share {
        /// Bytes.
        bytes: u64,
        /// Percent of the whole.
        percent: f64,
        /// The share is the main thing.
        share_first: bool,
        /// The whole is the limit of a control group, in bytes.
        limit: Option<u64>,
    },
    /// A count and the limit it may reach.
    OfLimit(u64, u64),
    /// A count and its share in percent.
    CountShare(u64, f64),
    /// Bytes of a whole, and the percent of it kept for root.
    Reserved(u64, f64),
    /// Bytes per second and since the start.
    ByteRate(Rate),
    /// Whole bytes per second of a link and since it is there, and the rate's share of its speed in percent where that is known.
    Traffic(Rate, Option<f64>),
    /// Bits per second a link can carry; both ways at once or not, where the driver tells.
    Capacity(u64, Option<bool>),
    /// Operations per second and since the start, `reads` or `writes`.
    OperationRate(Rate, &'static str),
    /// Events per second and since the start.
    PerSecond(Rate),
    /// Errors counted.
    Errors(u64),
    /// Milliseconds per operation: reading, writing.
    ServiceTime(f64, f64),
    /// A checksum.
    Checksum(Box<str>, ChecksumKind),
    /// Yes or no.
    Bool(bool),
    /// Seconds an answer took, and from where. `None`: it failed.
    Response(Option<f64>, Box<str>),
    /// Percent of time over 10, 60 and 300 seconds.
    Pressure([f64; 3]),
}

impl Value {
    /// The main number of the value in its base unit (bytes, seconds, percent, counts), for metrics.
    pub fn number(&self) -> Option<f64> {
        Some(match self {
            Value::Missing | Value::Text(_) | Value::Checksum(..) => return None,
            Value::Integer(number) | Value::Time(number) => *number as f64,
            Value::Permission(bits) => f64::from(*bits),
            Value::Bytes(bytes) | Value::Reserved(bytes, _) => *bytes as f64,
            Value::Percent(percent) => *percent,
            Value::Uptime(seconds) => *seconds as f64,
            Value::Load(load) | Value::Pressure(load) => load[0],
            Value::Cpu(cpu) => cpu.busy,
            Value::Share { bytes, .. } => *bytes as f64,
            Value::OfLimit(count, _) | Value::CountShare(count, _) | Value::Errors(count) => *count as f64,
            Value::ByteRate(rate)
            | Value::OperationRate(rate, _)
            | Value::Traffic(rate, _)
            | Value::PerSecond(rate) => rate.per_second,
            Value::Capacity(bits, _) => *bits as f64,
            Value::ServiceTime(read, write) => (read + write) / 1000.0,
            Value::Bool(yes) => f64::from(u8::from(*yes)),
            Value::Response(seconds, _) => return *seconds,
        })
    }
}

impl Value {
    /// Appends what its `Display` shows. Documents of a thousand services have ten thousand of these.
    pub fn append(&self, out: &mut String) {
        match self {
            Value::Missing => out.push('-'),
            Value::Text(text) => out.push_str(text),
            Value::Integer(number) => digits::signed(out, *number),
            Value::Permission(bits) => digits::octal(out, *bits),
            Value::Bytes(bytes) => format::add_bytes(out, *bytes as f64),
            Value::Percent(percent) => format::add_percent(out, *percent),
            Value::Uptime(seconds) => uptime(out, *seconds),
            Value::Time(moment) => add_local(out, *moment),
            Value::Load(load) => {
                for (before, load) in ["[", "] [", "] ["].into_iter().zip(load) {
                    out.push_str(before);
                    digits::fixed(out, *load, 2);
                }
                out.push(']');
            }
            Value::Cpu(cpu) => shares(out, cpu),
            Value::Share { bytes, percent, share_first: true, .. } => {
                format::add_percent(out, *percent);
                in_brackets(out, |out| format::add_bytes(out, *bytes as f64));
            }
            Value::Share { bytes, percent, limit, .. } => {
                format::add_bytes(out, *bytes as f64);
                in_brackets(out, |out| {
                    format::add_percent(out, *percent);
                    if let Some(limit) = limit {
                        out.push_str(" of ");
                        format::add_bytes(out, *limit as f64);
                        out.push_str(" limit");
                    }
                });
            }
            Value::OfLimit(count, limit) => {
                digits::decimal(out, *count);
                in_brackets(out, |out| {
                    format::add_percent(out, share(*count, *limit));
                    out.push_str(" of ");
                    digits::decimal(out, *limit);
                    out.push_str(" limit");
                });
            }
            Value::CountShare(count, percent) => {
                digits::decimal(out, *count);
                in_brackets(out, |out| format::add_percent(out, *percent));
            }
            Value::Reserved(bytes, percent) => {
                format::add_bytes(out, *bytes as f64);
                out.push_str(" (of which ");
                format::add_percent(out, *percent);
                out.push_str(" is reserved for root user)");
            }
            Value::ByteRate(rate) => {
                add_byte_rate(out, rate.per_second);
                in_brackets(out, |out| {
                    format::add_bytes(out, rate.total as f64);
                    out.push_str(" total");
                });
            }
            Value::Traffic(rate, saturation) => {
                format::add_bytes(out, rate.per_second);
                out.push_str("/s");
                if let Some(share) = saturation {
                    out.push_str(" (");
                    format::add_percent(out, *share);
                    out.push_str(" link saturation)");
                }
            }
            Value::Capacity(bits, full) => {
                digits::fixed(out, *bits as f64 / 1e6, 0);
                out.push_str(match full {
                    None => " Mb/s",
                    Some(true) => " Mb/s full-duplex",
                    Some(false) => " Mb/s half-duplex",
                });
            }
            Value::OperationRate(rate, what) => {
                digits::fixed(out, rate.per_second, 1);
                out.extend([" ", what, "/s ["]);
                digits::decimal(out, rate.total);
                out.extend([" ", what, " total]"]);
            }
            Value::PerSecond(rate) => {
                digits::fixed(out, rate.per_second.trunc(), 0);
                out.push_str(" per second");
            }
            Value::Errors(count) => {
                digits::decimal(out, *count);
                out.push_str(" errors");
            }
            Value::ServiceTime(read, write) => {
                digits::fixed(out, read + write, 3);
                out.push_str(" ms/operation (of which read ");
                digits::fixed(out, *read, 3);
                out.push_str(" ms, write ");
                digits::fixed(out, *write, 3);
                out.push_str(" ms)");
            }
            Value::Checksum(hex, kind) => {
                out.push_str(hex);
                out.extend([" (", super::super::checksum_known::name(*kind), ")"]);
            }
            Value::Bool(yes) => out.push_str(if *yes { "yes" } else { "no" }),
            Value::Response(seconds, from) => response(out, *seconds, from),
            Value::Pressure(shares) => {
                for share in shares {
                    digits::fixed(out, *share, 1);
                    out.push_str("% ");
                }
                out.push_str("(10s, 60s, 300s)");
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.append(&mut out);
        f.write_str(&out)
    }
}

/// Appends ` […]`.
fn in_brackets(out: &mut String, inner: impl FnOnce(&mut String)) {
    out.push_str(" [");
    inner(out);
    out.push(']');
}

fn shares(out: &mut String, cpu: &CpuShares) {
    for (share, name) in [
        (cpu.user, "usr "),
        (cpu.system, "sys "),
        (cpu.nice, "nice "),
        (cpu.wait, "iowait "),
        (cpu.hard_irq, "hardirq "),
        (cpu.soft_irq, "softirq "),
        (cpu.steal, "steal "),
        (cpu.guest, "guest "),
        (cpu.guest_nice, "guestnice "),
    ] {
        format::add_percent(out, share);
        out.push_str(name);
    }
}

fn response(out: &mut String, seconds: Option<f64>, from: &str) {
    match seconds {
        Some(seconds) => format::add_milliseconds(out, seconds * 1000.0),
        None => out.push_str(if from.is_empty() { "-" } else { "FAILED" }),
    }
    if !from.is_empty() {
        out.extend([" to ", from]);
    }
}

/// `12m`, `3h 4m`, `1d 0h 0m`.
fn uptime(out: &mut String, seconds: u64) {
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        digits::decimal(out, days);
        out.push_str("d ");
    }
    if days > 0 || hours > 0 {
        digits::decimal(out, hours);
        out.push_str("h ");
    }
    digits::decimal(out, minutes);
    out.push('m');
}
