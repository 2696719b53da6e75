//! One service: an object with its state, and with its readings and what is behind its state where they are asked for.

use super::repeated::Repeated;
use super::text::{list, quoted};
use super::{Content, reading, word};
use crate::config::digits;
use crate::document::item::Names;
use crate::document::text::{class, mode, on_reboot};
use crate::document::{Entry, Source, why};
use crate::service::{MonitorState, Silence};
use crate::sys::localtime::unix_secs;
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// Appends it. Names and words of ours stand in it as they are; a document of a thousand services has tens of thousands of
/// them.
pub(super) fn write(
    out: &mut String,
    entry: &Entry<'_>,
    (source, index): (&dyn Source, u32),
    content: Content,
    repeated: &mut Repeated,
) {
    out.push_str("{\"name\":");
    quoted(out, &entry.config.name);
    repeated.begin(entry.type_number);
    repeated.standing(out, entry, |out| standing(out, entry, content));
    if content.has_readings() {
        relations(out, entry, source);
        out.push_str("\"readings\":{");
        let (mut names, from) = (Names::default(), out.len());
        source.readings(index, None, &mut |one, failed| {
            reading::write(out, &names.item(entry.config, one, failed), content.has_words(), repeated);
        });
        if out.len() > from {
            // The comma before the first.
            out.remove(from);
        }
        out.push_str("},");
    }
    if content.has_reasons() {
        why::json(out, source, index);
    }
    match entry.collected.and_then(|time| time.duration_since(UNIX_EPOCH).ok()) {
        Some(since) => {
            out.push_str("\"collected\":");
            digits::decimal(out, since.as_secs());
            out.push('.');
            digits::six(out, since.subsec_micros());
            out.push('}');
        }
        None => out.push_str("\"collected\":null}"),
    }
}

/// How it stands, from its type on.
fn standing(out: &mut String, entry: &Entry<'_>, content: Content) {
    let (kind, class) = (word(entry.type_number), class(entry).word());
    out.extend([",\"type\":\"", kind, "\",\"state\":\"", class, "\",\"status\":["]);
    for (at, (_, words)) in entry.status.iter().enumerate() {
        out.extend([if at == 0 { "\"" } else { ",\"" }, words, "\""]);
    }
    out.extend(["],\"monitoring\":\"", monitoring(entry.monitor)]);
    match entry.pending {
        Some(action) => out.extend(["\",\"pending\":\"", action.word(), "\","]),
        None => out.push_str("\",\"pending\":null,"),
    }
    silenced(out, entry.silence);
    if content.has_readings() {
        let (mode, on_reboot) = (mode(entry.config.mode), on_reboot(entry.config.onreboot));
        out.extend(["\"mode\":\"", mode, "\",\"on_reboot\":\"", on_reboot, "\","]);
    }
}

/// Its groups, and what it depends on.
fn relations(out: &mut String, entry: &Entry<'_>, source: &dyn Source) {
    let Some(monitor) = source.monitor() else { return };
    let (config, service) = (monitor.config, entry.config);
    if service.groups.is_empty() && service.depends.is_empty() {
        return out.push_str("\"groups\":[],\"depends_on\":[],");
    }
    let groups = service.groups.iter().filter_map(|group| config.groups.get(*group as usize));
    list(out, "groups", groups.map(|group| &*group.name));
    let bases = service.depends.iter().filter_map(|base| config.services.get(*base as usize));
    list(out, "depends_on", bases.map(|service| &*service.name));
}

/// Why its alerts are held back, and until when.
fn silenced(out: &mut String, silence: Option<&Silence>) {
    let Some(silence) = silence else { return out.push_str("\"silence\":null,") };
    let (id, until, hold) = (silence.id, unix_secs(silence.until), silence.hold_actions);
    let _ = write!(out, "\"silence\":{{\"id\":{id},\"until\":{until},\"hold_actions\":{hold},\"reason\":");
    quoted(out, &silence.reason);
    out.push_str("},");
}

/// Whether it is monitored, in the words of a status, small.
fn monitoring(state: MonitorState) -> &'static str {
    match state {
        MonitorState::Not => "not monitored",
        MonitorState::Yes => "monitored",
        MonitorState::Init => "initializing",
        MonitorState::Waiting => "waiting",
    }
}
