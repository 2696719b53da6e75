//! JSON: the interface for programs of today. `doc/api.md` describes it for its users; what changes there in a way that
//! breaks readers raises [`SCHEMA`].

use super::item::{Aim, Item, Names, Unit, number, samples};
use super::text::report::Counts;
use super::text::{class, mode, on_reboot};
use super::{Entry, Piece, Source, why};
use crate::MONIT_VERSION;
use crate::config::digits;
use crate::service::{MonitorState, Silence};
use crate::service_test::Value;
use crate::sys::localtime::unix_secs;
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// The version of the layout.
pub const SCHEMA: u32 = 1;

/// What one service costs with its readings and without, roughly in microseconds.
const FULL: u32 = 3;
const BRIEF: u32 = 1;
const COUNT: u32 = 1;

/// What the document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The monitor and how many services are how.
    Status,
    /// How many services are how.
    Counts,
    /// Services with their readings.
    Services,
    /// Services with their states only.
    Summary,
    /// Services with their states and what is behind them.
    Why,
    /// One service, as an object of its own.
    One,
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json {
    content: Content,
    services: Box<[u32]>,
    next: usize,
    counts: Counts,
    begun: bool,
}

impl Json {
    /// One about these services.
    pub fn new(services: Vec<u32>, content: Content) -> Json {
        Json { content, services: services.into(), next: 0, counts: Counts::default(), begun: false }
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        let counting = matches!(self.content, Content::Status | Content::Counts);
        if !self.begun {
            self.begun = true;
            if self.content != Content::One {
                let _ = write!(piece.out, "{{\"schema\":{SCHEMA},");
            }
            match self.content {
                Content::Status => monitor(piece.out, source),
                Content::Services | Content::Summary | Content::Why => piece.out.push_str("\"services\":["),
                Content::Counts | Content::One => {}
            }
        }
        while let Some(index) = self.services.get(self.next) {
            let full = matches!(self.content, Content::Services | Content::One);
            let reasons = matches!(self.content, Content::Why | Content::One);
            if let Some(entry) = source.entry(*index, false) {
                if counting {
                    self.counts.add(class(&entry));
                } else {
                    if self.next > 0 {
                        piece.out.push(',');
                    }
                    service(piece.out, &entry, source, *index, full, reasons);
                }
            }
            self.next += 1;
            let cost = match (counting, full) {
                _ if reasons => why::COST,
                (true, _) => COUNT,
                (_, true) => FULL,
                (_, false) => BRIEF,
            };
            if piece.spend(cost) && self.next < self.services.len() {
                return false;
            }
        }
        match self.content {
            Content::Status | Content::Counts => {
                piece.out.push_str("\"counts\":{");
                for (at, (name, count)) in self.counts.named().into_iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    let _ = write!(piece.out, "{comma}\"{name}\":{count}");
                }
                piece.out.push_str("}}\n");
            }
            Content::Services | Content::Summary | Content::Why => piece.out.push_str("]}\n"),
            Content::One => piece.out.push('\n'),
        }
        true
    }
}

/// Appends a text in quotes.
pub fn quoted(out: &mut String, text: &str) {
    out.push('"');
    escape(out, text);
    out.push('"');
}

/// Appends what stands between the quotes.
fn escape(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\' | b'<');
    // Nearly every text can be taken over as it is.
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find(must_be_escaped) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Also what a page in a script would stumble over.
fn must_be_escaped(character: char) -> bool {
    match character {
        '"' | '\\' | '<' => true,
        ' '..='~' => false,
        c => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
    }
}

pub(super) fn field(out: &mut String, name: &str, text: &str) {
    label(out, name);
    quoted(out, text);
    out.push(',');
}

/// The name of a field, one of ours.
fn label(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

pub(super) fn list<'a>(out: &mut String, name: &str, texts: impl Iterator<Item = &'a str>) {
    label(out, name);
    out.push('[');
    for (at, text) in texts.enumerate() {
        if at > 0 {
            out.push(',');
        }
        quoted(out, text);
    }
    out.push_str("],");
}

fn monitor(out: &mut String, source: &dyn Source) {
    let Some(monitor) = source.monitor() else { return };
    let settings = &monitor.config.settings;
    out.push_str("\"monit\":{");
    field(out, "version", MONIT_VERSION);
    field(out, "program", concat!("monit-rs ", env!("CARGO_PKG_VERSION")));
    field(out, "id", monitor.id);
    field(out, "host", monitor.host());
    field(out, "control_file", &monitor.control.to_string_lossy());
    let _ = write!(
        out,
        "\"incarnation\":{},\"uptime_seconds\":{},\"poll_seconds\":{}}},",
        monitor.incarnation,
        monitor.uptime.as_secs(),
        settings.poll.unwrap_or_default().as_secs()
    );
    let platform = monitor.platform;
    out.push_str("\"platform\":{");
    field(out, "name", &platform.name);
    field(out, "release", &platform.release);
    field(out, "version", &platform.version);
    field(out, "machine", &platform.machine);
    let _ = write!(
        out,
        "\"processors\":{},\"memory_bytes\":{},\"swap_bytes\":{}}},",
        platform.processors, platform.memory, platform.swap
    );
}

/// Names and words of ours stand in it as they are; a document of a thousand services has tens of thousands of them.
/// `reasons`: with what is behind its state.
fn service(out: &mut String, entry: &Entry<'_>, source: &dyn Source, index: u32, full: bool, reasons: bool) {
    out.push_str("{\"name\":");
    quoted(out, &entry.config.name);
    out.extend([
        ",\"type\":\"",
        word(entry.type_number),
        "\",\"state\":\"",
        class(entry).word(),
        "\",\"status\":[",
    ]);
    for (at, (_, words)) in entry.status.iter().enumerate() {
        out.extend([if at == 0 { "\"" } else { ",\"" }, words, "\""]);
    }
    out.extend(["],\"monitoring\":\"", monitoring(entry.monitor)]);
    match entry.pending {
        Some(action) => out.extend(["\",\"pending\":\"", action.word(), "\","]),
        None => out.push_str("\",\"pending\":null,"),
    }
    silenced(out, entry.silence);
    if full {
        let (mode, on_reboot) = (mode(entry.config.mode), on_reboot(entry.config.onreboot));
        out.extend(["\"mode\":\"", mode, "\",\"on_reboot\":\"", on_reboot, "\","]);
        if let Some(monitor) = source.monitor() {
            let config = monitor.config;
            let groups = entry.config.groups.iter().filter_map(|group| config.groups.get(*group as usize));
            list(out, "groups", groups.map(|group| &*group.name));
            let bases = entry.config.depends.iter().filter_map(|base| config.services.get(*base as usize));
            list(out, "depends_on", bases.map(|service| &*service.name));
        }
        out.push_str("\"readings\":{");
        let (mut names, mut before) = (Names::default(), "\"");
        source.readings(index, None, &mut |one, failed| {
            out.push_str(std::mem::replace(&mut before, ",\""));
            reading(out, &names.item(entry.config, one, failed));
        });
        out.push_str("},");
    }
    if reasons {
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

/// Why its alerts are held back, and until when.
fn silenced(out: &mut String, silence: Option<&Silence>) {
    let Some(silence) = silence else { return out.push_str("\"silence\":null,") };
    let (id, until, hold) = (silence.id, unix_secs(silence.until), silence.hold_actions);
    let _ = write!(out, "\"silence\":{{\"id\":{id},\"until\":{until},\"hold_actions\":{hold},\"reason\":");
    quoted(out, &silence.reason);
    out.push_str("},");
}

/// From behind the first quote.
fn reading(out: &mut String, item: &Item<'_>) {
    out.extend([&item.key, "\":{\"label\":\"", item.reading.label, "\",\"text\":\""]);
    text(out, &item.reading.value);
    if let Some(Aim { target, protocol }) = &item.aim {
        out.push_str(",\"target\":");
        quoted(out, target);
        out.extend([",\"protocol\":\"", protocol, "\""]);
    }
    out.push_str(",\"values\":{");
    let mut before = "\"";
    samples(&item.reading.value, &mut |sample| {
        out.push_str(std::mem::replace(&mut before, ",\""));
        let part = sample.part;
        let unit = match (sample.unit, sample.counter) {
            (Unit::Count, true) => "total\":",
            (Unit::Count, false) if part.is_empty() => "value\":",
            (Unit::Count, false) => "\":",
            (Unit::Bytes, true) => "bytes_total\":",
            (Unit::Bytes, false) => "bytes\":",
            (Unit::Seconds, _) => "seconds\":",
            (Unit::Timestamp, _) => "timestamp\":",
            (Unit::Percent, _) => "percent\":",
            (Unit::BytesPerSecond, _) => "bytes_per_second\":",
            (Unit::BitsPerSecond, _) => "bits_per_second\":",
            (Unit::PerSecond, _) => "per_second\":",
        };
        if !part.is_empty() {
            out.extend([part, if unit.len() > 2 { "_" } else { "" }]);
        }
        out.push_str(unit);
        if !number(out, sample.value) {
            out.push_str("null");
        }
    });
    out.push_str(if item.failed { "},\"failed\":true}" } else { "},\"failed\":false}" });
}

/// What a value is for people, from behind the first quote to the last. The end of a line is none of it.
fn text(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => escape(out, text.trim_end()),
        Value::Response(..) => escape(out, value.to_string().trim_end()),
        // All others are numbers and words of ours.
        value => {
            value.append(out);
            // Those of a processor end so.
            if out.ends_with(' ') {
                out.pop();
            }
        }
    }
    out.push('"');
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

/// The type in one word.
pub fn word(type_number: u8) -> &'static str {
    ["filesystem", "directory", "file", "process", "host", "system", "fifo", "program", "network"]
        .get(usize::from(type_number))
        .unwrap_or(&"unknown")
}
