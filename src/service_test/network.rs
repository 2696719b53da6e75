//! A network interface: link, errors, capacity, saturation and traffic.

use super::context::Context;
use super::memory::{Measured, NetworkReading};
use super::previous::{Key, Seen};
use super::progress::Progress;
use super::traffic;
use super::traffic_history::History;
use super::verdict::Presence;
use crate::config::{Condition, EventKind, NetworkBy, Subject, format};
use crate::machine::{LinkFacts, NoFact};

pub(super) fn step(context: &mut Context<'_>) -> Progress<Presence> {
    let Subject::Network(by) = &context.service.subject else { return Progress::Done(Presence::Unknown) };
    context.cycle.spend(100);
    let facts = match by {
        NetworkBy::Interface(name) => context.facts.link(name),
        NetworkBy::Address(address) => {
            context.facts.interface_of(address).and_then(|name| context.facts.link(&name))
        }
    };
    let mut network = match std::mem::take(&mut context.memory.measured) {
        Measured::Network(network) => network,
        _ => Box::default(),
    };
    let up = match facts {
        Ok(facts) => {
            measure(&mut network, &facts, context);
            link(context, facts.up, if facts.up { "link up" } else { "link down" });
            facts.up
        }
        Err(NoFact::Absent) => {
            network.facts = None;
            let reason = match by {
                NetworkBy::Interface(name) => {
                    format!("Cannot read /sys/class/net/{name}/flags -- No such file or directory")
                }
                NetworkBy::Address(address) => format!("Address {address} not found"),
            };
            link(context, false, &format!("link data collection failed -- {reason}"));
            false
        }
        Err(NoFact::Unreadable(reason)) => {
            network.facts = None;
            context.memory.measured = Measured::Network(network);
            return context.unreadable("link data", &reason);
        }
    };
    if up {
        errors(context, &network);
        capacity(context, &network);
        saturation_tests(context, &network);
        traffic::tests(context, &mut network);
    }
    context.memory.measured = Measured::Network(network);
    Progress::Done(Presence::Present)
}

fn measure(network: &mut NetworkReading, facts: &LinkFacts, context: &Context<'_>) {
    let now = context.now.mono;
    let seconds = network.last.map(|last| now.saturating_duration_since(last).as_secs_f64());
    network.download_bytes.update(facts.download.bytes, seconds);
    network.download_packets.update(facts.download.packets, seconds);
    network.download_errors.update(facts.download.errors, seconds);
    network.upload_bytes.update(facts.upload.bytes, seconds);
    network.upload_packets.update(facts.upload.packets, seconds);
    network.upload_errors.update(facts.upload.errors, seconds);
    network.last = Some(now);
    network.facts = Some(*facts);
    if network.history.is_none()
        && context.service.tests.iter().any(|test| traffic::is_total(&test.condition))
    {
        network.history = Some(Box::<History>::default());
    }
    if let Some(history) = &mut network.history {
        history.update(facts, now);
    }
}

/// `if link down`, `if link up`.
fn link(context: &mut Context<'_>, up: bool, message: &str) {
    for (at, test) in context.service.tests.iter().enumerate() {
        match test.condition {
            Condition::LinkDown => context.judge(at, !up, message),
            Condition::LinkUp => context.judge(at, up, message),
            _ => {}
        }
    }
}

/// Errors are tested without being asked for: any since the last check is one too many.
fn errors(context: &mut Context<'_>, network: &NetworkReading) {
    let mut failing = Vec::new();
    for (name, rate) in [("upload", network.upload_errors), ("download", network.download_errors)] {
        if rate.per_second > 0.0 {
            failing.push(format!("{} {name} errors detected", rate.total));
        }
    }
    if failing.is_empty() {
        context.note(EventKind::Link, "upload errors check succeeded");
        context.builtin(EventKind::Link, false, "download errors check succeeded");
    } else {
        context.builtin(EventKind::Link, true, failing.join(", "));
    }
}

/// `if changed link`: speed and duplex. What the driver does not tell cannot change.
fn capacity(context: &mut Context<'_>, network: &NetworkReading) {
    let Some(facts) = &network.facts else { return };
    for (at, test) in context.service.tests.iter().enumerate() {
        if !matches!(test.condition, Condition::LinkChanged) {
            continue;
        }
        let mut changes = Vec::new();
        let speed = |speed: i64| format!("{:.0} Mb/s", speed as f64 / 1e6);
        if let Some(now) = facts.speed.and_then(|speed| i64::try_from(speed).ok()) {
            if let Some(Seen::Whole(before)) = context.memory.previous.observe(Key::Speed, Seen::Whole(now)) {
                if before != now {
                    changes.push(format!("link speed changed to {}", speed(now)));
                }
            }
        }
        if let Some(full) = facts.full_duplex {
            let seen = Seen::Whole(i64::from(full));
            if let Some(Seen::Whole(before)) = context.memory.previous.observe(Key::Duplex, seen) {
                if (before != 0) != full {
                    let now = if full { "full" } else { "half" };
                    changes.push(format!("link mode is now {now}-duplex"));
                }
            }
        }
        let changed = !changes.is_empty();
        context.changed(at, changed, || match changed {
            true => changes.join(", "),
            false => "link capacity has not changed".to_owned(),
        });
    }
}

/// The share in percent of a link of `speed` bits per second that `rate` bytes per second take.
pub(super) fn saturation(rate: f64, speed: u64) -> f64 {
    rate * 8.0 * 100.0 / speed as f64
}

/// `if saturation > N%`: of the direction that is fuller. Without a known speed there is nothing to compare.
fn saturation_tests(context: &mut Context<'_>, network: &NetworkReading) {
    let Some(facts) = &network.facts else { return };
    for (at, test) in context.service.tests.iter().enumerate().rev() {
        let Condition::Saturation(operator, limit) = test.condition else { continue };
        let Some(speed) = facts.speed.filter(|speed| *speed > 0) else {
            context.no_data(at, "warning -- no data are available for saturation test (unknown link speed)");
            continue;
        };
        let parts = [
            ("upload", saturation(network.upload_bytes.per_second, speed)),
            ("download", saturation(network.download_bytes.per_second, speed)),
        ];
        let limit = f64::from(limit);
        let bad: Vec<String> = parts
            .iter()
            .filter(|(_, now)| super::compare::holds(operator, *now, limit))
            .map(|(name, now)| {
                let (now, most, sign) = (format::percent(*now), format::percent(limit), operator.sign());
                format!("link {name} saturation of {now} matches limit [saturation {sign} {most}]")
            })
            .collect();
        let [(_, up), (_, down)] = parts;
        if bad.is_empty() {
            let message = format!(
                "link saturation check succeeded [current upload saturation {}, download saturation {}]",
                format::percent(up),
                format::percent(down)
            );
            context.judge(at, false, message);
        } else {
            context.judge(at, true, bad.join(", "));
        }
    }
}
