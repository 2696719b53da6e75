//! The silences that last: for terminals a line each, and for programs. They are few, so they are made at once.

use super::json::{SCHEMA, field, quoted};
use super::moment::moment;
use crate::config::Covered;
use crate::service::Silence;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// A line for each.
pub fn text(silences: &[Silence]) -> String {
    let mut out = String::new();
    for silence in silences {
        let services = silence.count();
        let plural = if services == 1 { "" } else { "s" };
        let _ = write!(
            out,
            "{:>4}  until {}  {} ({services} service{plural})  {}  {} held back",
            silence.id,
            moment(silence.until),
            silence.on,
            if silence.hold_actions { "alerts and actions" } else { "alerts" },
            silence.held,
        );
        match (silence.is_maintenance(), &*silence.reason) {
            (true, _) => out.push_str("  -- maintenance"),
            (false, "") => {}
            (false, reason) => out.extend(["  -- ", reason]),
        }
        out.push('\n');
    }
    if silences.is_empty() {
        out.push_str("No service is silenced\n");
    }
    out
}

/// The same for programs.
pub fn json(silences: &[Silence]) -> String {
    let mut out = format!("{{\"schema\":{SCHEMA},\"silences\":[");
    for (at, silence) in silences.iter().enumerate() {
        out.push_str(if at == 0 { "{" } else { ",{" });
        let _ = write!(out, "\"id\":{},", silence.id);
        let (pattern, group) = match &silence.on {
            Covered::Name(pattern) | Covered::Pattern(pattern) => (Some(pattern), None),
            Covered::Group(name) => (None, Some(name)),
        };
        for (name, text) in [("pattern", pattern), ("group", group)] {
            match text {
                Some(text) => field(&mut out, name, text),
                None => out.extend(["\"", name, "\":null,"]),
            }
        }
        let _ = write!(
            out,
            "\"services\":{},\"begun\":{},\"until\":{},\"hold_actions\":{},\"maintenance\":{},\"held\":{},\"reason\":",
            silence.count(),
            seconds(silence.begun),
            seconds(silence.until),
            silence.hold_actions,
            silence.is_maintenance(),
            silence.held,
        );
        quoted(&mut out, &silence.reason);
        out.push_str(",\"by\":");
        quoted(&mut out, &silence.by);
        out.push('}');
    }
    out.push_str("]}\n");
    out
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
