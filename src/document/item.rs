//! The readings of a service for programs: every number with its unit, under a name that is its alone.
//!
//! A reading for people is one line; here it is as many samples as it has numbers: three of a load, nine of a processor's
//! time, two of a size and its share.

use crate::config::{Condition, Connection, Service, Target, digits};
use crate::service_test::{Reading, Value};
use std::borrow::Cow;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Seconds since 1970.
    Timestamp,
    /// Hundredths of a whole.
    Percent,
    /// Bytes in a second.
    BytesPerSecond,
    /// Bits in a second.
    BitsPerSecond,
    /// Things in a second.
    PerSecond,
}

/// One number of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Which of several; empty if there is one of this unit.
    pub part: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// It only grows, but for a new beginning.
    pub counter: bool,
    /// The number.
    pub value: f64,
}

/// One reading.
#[derive(Debug)]
pub struct Item<'a> {
    /// `memory`, `port_127_0_0_1_80_http`: no other reading of the service has it.
    pub key: Cow<'static, str>,
    /// Where to, if it is a connection test.
    pub aim: Option<Aim>,
    /// The line for people.
    pub reading: &'a Reading,
    /// A test of it failed.
    pub failed: bool,
}

/// What a connection test is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Aim {
    /// `127.0.0.1:80`
    pub target: String,
    /// Its protocol.
    pub protocol: &'static str,
}

impl Aim {
    /// That of a reading of a service, if it is one of a connection test.
    pub fn of(service: &Service, reading: &Reading) -> Option<Aim> {
        let connection = connection(service, reading)?;
        Some(Aim { target: target(connection), protocol: connection.protocol.spec.name })
    }
}

/// The names that readings of a service have so far. Only those of connections can have that of another one: it is made of
/// what they are about.
#[derive(Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// A reading of the service with a name that is its alone.
    pub fn item<'a>(&mut self, service: &Service, reading: &'a Reading, failed: bool) -> Item<'a> {
        if !matches!(reading.value, Value::Response(..)) {
            return Item { key: Cow::Borrowed(reading.key), aim: None, reading, failed };
        }
        let aim = Aim::of(service, reading);
        let mut name = String::with_capacity(64);
        name.push_str(reading.key);
        if let Some(Aim { target, protocol }) = &aim {
            [target, *protocol].into_iter().for_each(|part| add_plain(&mut name, part));
        }
        let (length, mut number) = (name.len(), 1);
        while self.0.contains(&name) {
            number += 1;
            name.truncate(length);
            name.push('_');
            digits::decimal(&mut name, number);
        }
        self.0.push(name.clone());
        Item { key: name.into(), aim, reading, failed }
    }
}

/// The connection test behind a reading.
fn connection<'a>(service: &'a Service, reading: &Reading) -> Option<&'a Connection> {
    if !matches!(reading.value, Value::Response(..)) {
        return None;
    }
    match &service.tests.get(usize::from(*reading.tests.first()?))?.condition {
        Condition::Connection(connection) => Some(connection),
        _ => None,
    }
}

fn target(connection: &Connection) -> String {
    match &connection.target {
        Target::Port(address) => at_port(&address.host, address.port, ""),
        Target::Url(url) => at_port(&url.host, url.port, &url.path),
        Target::Unix(path) => path.to_string_lossy().into_owned(),
    }
}

fn at_port(host: &str, port: u32, path: &str) -> String {
    let mut out = String::with_capacity(host.len() + ":65535".len() + path.len());
    out.extend([host, ":"]);
    digits::decimal(&mut out, port.into());
    out.push_str(path);
    out
}

/// Appends a further part of a name: lower case letters, digits and `_`.
fn add_plain(out: &mut String, part: &str) {
    out.push('_');
    for character in part.chars() {
        match character.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    out.truncate(out.trim_end_matches('_').len());
}

/// Shows the numbers of a value; none of a text, or where nothing is known.
pub fn samples(value: &Value, see: &mut dyn FnMut(Sample)) {
    use Unit as U;
    let mut one = |part, unit, value| see(Sample { part, unit, counter: false, value });
    match value {
        Value::Missing | Value::Text(_) | Value::Checksum(..) | Value::Response(None, _) => {}
        Value::Integer(number) => one("", U::Count, *number as f64),
        Value::Permission(bits) => one("", U::Count, f64::from(*bits)),
        Value::Bytes(bytes) => one("", U::Bytes, *bytes as f64),
        Value::Percent(percent) => one("", U::Percent, *percent),
        Value::Uptime(seconds) => one("", U::Seconds, *seconds as f64),
        Value::Time(moment) => one("", U::Timestamp, *moment as f64),
        Value::Load(load) => parts(["1m", "5m", "15m"], *load, U::Count, see),
        Value::Pressure(shares) => parts(["10s", "60s", "300s"], *shares, U::Percent, see),
        Value::Cpu(cpu) => parts(
            ["user", "system", "nice", "iowait", "hardirq", "softirq", "steal", "guest", "guest_nice"],
            [
                cpu.user,
                cpu.system,
                cpu.nice,
                cpu.wait,
                cpu.hard_irq,
                cpu.soft_irq,
                cpu.steal,
                cpu.guest,
                cpu.guest_nice,
            ],
            U::Percent,
            see,
        ),
        Value::Share { bytes, percent, limit, .. } => {
            one("", U::Bytes, *bytes as f64);
            one("", U::Percent, *percent);
            if let Some(limit) = limit {
                one("limit", U::Bytes, *limit as f64);
            }
        }
        Value::OfLimit(count, limit) => {
            one("", U::Count, *count as f64);
            one("limit", U::Count, *limit as f64);
        }
        Value::CountShare(count, percent) => {
            one("", U::Count, *count as f64);
            one("", U::Percent, *percent);
        }
        Value::Reserved(bytes, percent) => {
            one("", U::Bytes, *bytes as f64);
            one("reserved", U::Percent, *percent);
        }
        Value::ByteRate(rate) => {
            one("", U::BytesPerSecond, rate.per_second);
            see(total(U::Bytes, rate.total));
        }
        Value::OperationRate(rate, _) => {
            one("", U::PerSecond, rate.per_second);
            see(total(U::Count, rate.total));
        }
        Value::Traffic(rate, saturation) => {
            one("", U::BytesPerSecond, rate.per_second);
            if let Some(share) = saturation {
                one("saturation", U::Percent, *share);
            }
            see(total(U::Bytes, rate.total));
        }
        Value::Capacity(bits, _) => one("", U::BitsPerSecond, *bits as f64),
        Value::PerSecond(rate) => {
            one("", U::PerSecond, rate.per_second);
            see(total(U::Count, rate.total));
        }
        Value::Errors(count) => see(total(U::Count, *count)),
        Value::ServiceTime(read, write) => {
            parts(["read", "write"], [read / 1e3, write / 1e3], U::Seconds, see);
        }
        Value::Bool(yes) => one("", U::Count, f64::from(u8::from(*yes))),
        Value::Response(Some(seconds), _) => one("", U::Seconds, *seconds),
    }
}

fn total(unit: Unit, value: u64) -> Sample {
    Sample { part: "", unit, counter: true, value: value as f64 }
}

fn parts<const N: usize>(
    names: [&'static str; N],
    values: [f64; N],
    unit: Unit,
    see: &mut dyn FnMut(Sample),
) {
    let each = names.into_iter().zip(values);
    each.for_each(|(part, value)| see(Sample { part, unit, counter: false, value }));
}

/// Appends a number as JSON and metrics write it: no exponent, nothing behind the sixth decimal. `false`: it is none.
pub fn number(out: &mut String, value: f64) -> bool {
    /// Every whole number below has a form of its own.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() {
        return false;
    }
    let whole = value as i64;
    if whole as f64 == value && value.abs() < WHOLE {
        digits::signed(out, whole);
        return true;
    }
    let from = out.len();
    digits::fixed(out, value, 6);
    let text = out.get(from..).unwrap_or_default();
    let short = text.trim_end_matches('0').trim_end_matches('.');
    let (short, zero) = (short.len(), short == "-0");
    out.truncate(from + short);
    if zero {
        out.truncate(from);
        out.push('0');
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Subject;

    #[test]
    fn every_number_of_a_value_is_a_sample() {
        let names = |value: Value| {
            let mut all = Vec::new();
            samples(&value, &mut |sample| all.push(sample));
            all.iter().map(|sample| (sample.part, sample.unit, sample.value)).collect::<Vec<_>>()
        };
        assert_eq!(
            names(Value::Load([1.0, 2.0, 3.0])),
            [("1m", Unit::Count, 1.0), ("5m", Unit::Count, 2.0), ("15m", Unit::Count, 3.0)]
        );
        let share = Value::Share { bytes: 5, percent: 7.5, share_first: true, limit: None };
        assert_eq!(names(share), [("", Unit::Bytes, 5.0), ("", Unit::Percent, 7.5)]);
        assert_eq!(names(Value::Cpu(Default::default())).len(), 9);
        assert_eq!(names(Value::Response(None, "x".into())), []);
        assert_eq!(
            names(Value::ServiceTime(3.0, 5.0)),
            [("read", Unit::Seconds, 0.003), ("write", Unit::Seconds, 0.005)]
        );
    }

    #[test]
    fn no_two_readings_of_a_service_have_the_same_name() {
        let service = Service::new("a", Subject::Host("b".into()));
        let reading = |key| Reading {
            key,
            label: "",
            value: Value::Response(None, "".into()),
            tests: Default::default(),
        };
        let mut names = Names::default();
        let keys = ["port", "ping", "port", "port"].map(reading);
        let made = keys.each_ref().map(|one| names.item(&service, one, false).key.into_owned());
        assert_eq!(made, ["port", "ping", "port_2", "port_3"]);
    }

    #[test]
    fn numbers_are_short_and_plain() {
        let written = |value| {
            let mut out = "x".to_owned();
            number(&mut out, value).then_some(out)
        };
        let cases = [
            (0.0, "0"),
            (-1e-9, "0"),
            (1e-9, "0"),
            (-2.5, "-2.5"),
            (1e18, "1000000000000000000"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (1e15, "1000000000000000"),
            (0.000_848_4, "0.000848"),
        ];
        for (value, text) in cases {
            assert_eq!(written(value), Some(format!("x{text}")));
        }
        assert_eq!((written(f64::NAN), written(f64::INFINITY)), (None, None));
        let mut name = "port".to_owned();
        ["[::1]:80/A-b", "HTTP"].into_iter().for_each(|part| add_plain(&mut name, part));
        assert_eq!(name, "port_1_80_a_b_http");
    }
}
