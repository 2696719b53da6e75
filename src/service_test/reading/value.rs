//! One value of a status: a number with its unit, and the text people see.

use super::super::compare::share;
use super::super::memory::{CpuShares, Rate};
use crate::config::{ChecksumKind, format};
use crate::machine::display_local;
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
    /// Where processor time went.
    Cpu(CpuShares),
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

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => f.write_str("-"),
            Value::Text(text) => f.write_str(text),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Permission(bits) => write!(f, "{bits:o}"),
            Value::Bytes(bytes) => f.write_str(&format::bytes(*bytes as f64)),
            Value::Percent(percent) => f.write_str(&format::percent(*percent)),
            Value::Uptime(seconds) => f.write_str(&uptime(*seconds)),
            Value::Time(moment) => f.write_str(&display_local(*moment)),
            Value::Load([one, five, fifteen]) => write!(f, "[{one:.2}] [{five:.2}] [{fifteen:.2}]"),
            Value::Cpu(cpu) => {
                for (share, name) in [
                    (cpu.user, "usr"),
                    (cpu.system, "sys"),
                    (cpu.nice, "nice"),
                    (cpu.wait, "iowait"),
                    (cpu.hard_irq, "hardirq"),
                    (cpu.soft_irq, "softirq"),
                    (cpu.steal, "steal"),
                    (cpu.guest, "guest"),
                    (cpu.guest_nice, "guestnice"),
                ] {
                    write!(f, "{}{name} ", format::percent(share))?;
                }
                Ok(())
            }
            Value::Share { bytes, percent, share_first, limit } => {
                let (bytes, percent) = (format::bytes(*bytes as f64), format::percent(*percent));
                match (share_first, limit) {
                    (true, _) => write!(f, "{percent} [{bytes}]"),
                    (false, None) => write!(f, "{bytes} [{percent}]"),
                    (false, Some(limit)) => {
                        write!(f, "{bytes} [{percent} of {} limit]", format::bytes(*limit as f64))
                    }
                }
            }
            Value::OfLimit(count, limit) => {
                write!(f, "{count} [{} of {limit} limit]", format::percent(share(*count, *limit)))
            }
            Value::CountShare(count, percent) => write!(f, "{count} [{}]", format::percent(*percent)),
            Value::Reserved(bytes, percent) => write!(
                f,
                "{} (of which {} is reserved for root user)",
                format::bytes(*bytes as f64),
                format::percent(*percent)
            ),
            Value::ByteRate(rate) => write!(
                f,
                "{} [{} total]",
                super::super::compare::byte_rate(rate.per_second),
                format::bytes(rate.total as f64)
            ),
            Value::Traffic(rate, saturation) => {
                write!(f, "{}/s", format::bytes(rate.per_second))?;
                saturation.map_or(Ok(()), |share| write!(f, " ({} link saturation)", format::percent(share)))
            }
            Value::Capacity(bits, full) => {
                write!(f, "{:.0} Mb/s", *bits as f64 / 1e6)?;
                full.map_or(Ok(()), |full| write!(f, " {}-duplex", if full { "full" } else { "half" }))
            }
            Value::OperationRate(rate, what) => {
                write!(f, "{:.1} {what}/s [{} {what} total]", rate.per_second, rate.total)
            }
            Value::PerSecond(rate) => write!(f, "{:.0} per second", rate.per_second.trunc()),
            Value::Errors(count) => write!(f, "{count} errors"),
            Value::ServiceTime(read, write) => {
                write!(
                    f,
                    "{:.3} ms/operation (of which read {read:.3} ms, write {write:.3} ms)",
                    read + write
                )
            }
            Value::Checksum(hex, kind) => write!(f, "{hex} ({})", super::super::checksum_known::name(*kind)),
            Value::Bool(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Value::Response(Some(seconds), from) if from.is_empty() => {
                write!(f, "{}", format::milliseconds(seconds * 1000.0))
            }
            Value::Response(Some(seconds), from) => {
                write!(f, "{} to {from}", format::milliseconds(seconds * 1000.0))
            }
            Value::Response(None, from) if from.is_empty() => f.write_str("-"),
            Value::Response(None, from) => write!(f, "FAILED to {from}"),
            Value::Pressure([ten, sixty, three_hundred]) => {
                write!(f, "{ten:.1}% {sixty:.1}% {three_hundred:.1}% (10s, 60s, 300s)")
            }
        }
    }
}

/// `12m`, `3h 4m`, `1d 0h 0m`.
fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days}d {hours}h {minutes}m")
    } else if hours > 0 {
        format!("{hours}h {minutes}m")
    } else {
        format!("{minutes}m")
    }
}
