//! The lines of a network interface.

use super::super::memory::NetworkReading;
use super::super::network::saturation;
use super::{Lines, Value};
use crate::config::{Condition, Direction};

pub(super) fn network_lines(network: &NetworkReading, lines: &mut Lines<'_>) {
    use Condition as C;
    let Some(facts) = network.facts.filter(|facts| facts.up) else { return };
    let errors = network.download_errors.total.saturating_add(network.upload_errors.total);
    lines.add("errors", "link", Value::Errors(errors), |c| matches!(c, C::LinkDown | C::LinkUp));
    if let Some(speed) = facts.speed {
        lines.add("capacity", "capacity", Value::Capacity(speed, facts.full_duplex), |c| {
            matches!(c, C::LinkChanged)
        });
    }
    use crate::config::TrafficUnit as U;
    for (key, label, rate, way, unit) in [
        ("download_bytes", "download bytes", network.download_bytes, Direction::Read, U::Bytes),
        ("upload_bytes", "upload bytes", network.upload_bytes, Direction::Write, U::Bytes),
        ("download_packets", "download packets", network.download_packets, Direction::Read, U::Packets),
        ("upload_packets", "upload packets", network.upload_packets, Direction::Write, U::Packets),
    ] {
        let value = match unit {
            U::Bytes => Value::Traffic(rate, facts.speed.map(|speed| saturation(rate.per_second, speed))),
            U::Packets => Value::PerSecond(rate),
        };
        lines.add(key, label, value, |c| match c {
            C::Traffic { direction, unit: of, .. } => *direction == way && *of == unit,
            C::Saturation(..) => unit == U::Bytes,
            _ => false,
        });
    }
}
