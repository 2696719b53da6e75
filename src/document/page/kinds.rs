//! The types of services on the overview: which readings stand in their rows, and how.

use super::super::moment::short;
use super::frame::{foreign, link};
use super::overview::{held, status};
use super::spark::Sparks;
use crate::config::{Subject, digits, format};
use crate::document::json::word;
use crate::document::{Entry, Source};
use crate::service_test::Value;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Characters of a reading.
const MOST: usize = 120;

/// A type of services.
pub(super) struct Kind {
    /// As documents number it.
    pub(super) number: u8,
    /// In addresses.
    pub(super) word: &'static str,
    pub(super) heading: &'static str,
    /// The readings shown.
    pub(super) keys: &'static [&'static str],
    /// What stands above them.
    labels: &'static [&'static str],
    /// Those whose course is shown, too.
    drawn: &'static [&'static str],
}

const fn kind(
    number: u8,
    word: &'static str,
    heading: &'static str,
    keys: &'static [&'static str],
    labels: &'static [&'static str],
) -> Kind {
    Kind { number, word, heading, keys, labels, drawn: &[] }
}

impl Kind {
    const fn drawing(self, drawn: &'static [&'static str]) -> Kind {
        Kind { drawn, ..self }
    }
}

/// The number of heartbeat services here; documents of Monit have none.
const HEARTBEAT: u8 = 9;

/// The types in their order.
pub(super) const KINDS: [Kind; 10] = [
    kind(5, "system", "System", &["load", "cpu", "memory", "swap"], &["Load", "CPU", "Memory", "Swap"])
        .drawing(&["cpu", "memory"]),
    kind(3, "process", "Processes", &["uptime", "cpu_total", "memory_total"], &["Uptime", "CPU", "Memory"])
        .drawing(&["cpu_total", "memory_total"]),
    kind(7, "program", "Programs", &["status", "output"], &["Exit", "Output"]),
    kind(HEARTBEAT, "heartbeat", "Heartbeats", &["last_beat"], &["Last heartbeat"]),
    kind(0, "filesystem", "Filesystems", &["space_free", "inodes_free"], &["Space free", "Inodes free"]),
    kind(2, "file", "Files", &["size", "permission", "modify_time"], &["Size", "Mode", "Modified"]),
    kind(6, "fifo", "Fifos", &["permission", "modify_time"], &["Mode", "Modified"]),
    kind(1, "directory", "Directories", &["permission", "modify_time"], &["Mode", "Modified"]),
    kind(8, "network", "Networks", &["download_bytes", "upload_bytes"], &["Download", "Upload"])
        .drawing(&["download_bytes", "upload_bytes"]),
    kind(4, "host", "Hosts", &["ping", "port"], &["Ping", "Response"]),
];

/// The type of a service, as [`KINDS`] count.
pub(super) fn number(entry: &Entry<'_>) -> u8 {
    match entry.config.subject {
        Subject::Heartbeat(_) => HEARTBEAT,
        _ => entry.type_number,
    }
}

impl Kind {
    /// The top of its table. On a phone rows are laid out as cards, so the roles of a table are said in words.
    pub(super) fn head(&self, out: &mut String) {
        out.push_str("<table role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">");
        for label in ["Name", "Status"].iter().chain(self.labels) {
            let _ = write!(out, "<th scope=\"col\" role=\"columnheader\">{label}</th>");
        }
        out.push_str("</tr></thead><tbody role=\"rowgroup\">");
    }

    /// The row of a service, with the course of readings beside them if `sparks` are given. Gives what drawing has cost,
    /// roughly in microseconds.
    pub(super) fn row(
        &self,
        out: &mut String,
        source: &dyn Source,
        index: u32,
        entry: &Entry<'_>,
        mut sparks: Option<&mut Sparks>,
    ) -> u32 {
        let (now, mut cost) = (source.now(), 0);
        out.extend(["<tr role=\"row\" class=\"", word(entry.type_number), "\"><td role=\"cell\">"]);
        link(out, &entry.config.name);
        out.push_str("</td><td role=\"cell\">");
        status(out, entry);
        held(out, entry, now);
        out.push_str("</td>");
        for (key, label) in self.keys.iter().zip(self.labels) {
            let mut shown = entry.readings.iter().filter(|(reading, _)| reading.key == *key).peekable();
            if shown.peek().is_none() {
                out.push_str("<td role=\"cell\"></td>");
                continue;
            }
            out.extend(["<td role=\"cell\" data-l=\"", label, "\">"]);
            for (at, (reading, failed)) in shown.enumerate() {
                out.push_str(if at == 0 { "" } else { "<br>" });
                out.push_str(if *failed { "<strong class=\"down\">" } else { "" });
                brief(out, &reading.value, now);
                out.push_str(if *failed { "</strong>" } else { "" });
            }
            if let Some(sparks) = sparks.as_deref_mut().filter(|_| self.drawn.contains(key)) {
                cost += sparks.draw(out, source, (index, key), self.drawn);
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>");
        cost
    }
}

/// A share of a whole, which says more than what it is a share of.
fn share(out: &mut String, percent: f64, amount: impl FnOnce(&mut String)) {
    format::add_percent(out, percent);
    out.push_str(" <small>");
    amount(out);
    out.push_str("</small>");
}

/// A value in a table: what is said at length stands on the page of its service.
pub(super) fn brief(out: &mut String, value: &Value, now: SystemTime) {
    match value {
        Value::Load([one, five, fifteen]) => {
            let _ = write!(out, "{one:.2} {five:.2} {fifteen:.2}");
        }
        Value::Cpu(shares) => format::add_percent(out, shares.busy),
        Value::Share { bytes, percent, .. } => {
            share(out, *percent, |out| format::add_bytes(out, *bytes as f64));
        }
        Value::CountShare(count, percent) => share(out, *percent, |out| digits::decimal(out, *count)),
        Value::Time(seconds) => match UNIX_EPOCH.checked_add(Duration::from_secs(seconds.unsigned_abs())) {
            Some(time) if *seconds >= 0 => out.push_str(&short(time, now)),
            _ => value.append(out),
        },
        Value::Text(_) | Value::Response(..) | Value::Checksum(..) => {
            let text = value.to_string();
            let first = text.lines().next().unwrap_or_default();
            let end = first.char_indices().nth(MOST).map_or(first.len(), |(at, _)| at);
            foreign(out, first.get(..end).unwrap_or_default());
        }
        // All others are numbers and words of ours.
        value => value.append(out),
    }
}
