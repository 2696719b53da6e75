//! The overview: is it fine? What is not comes first, then everything by type.

use super::{begin, end, escape, link, past, refresh};
use crate::document::json::word;
use crate::document::text::report::Counts;
use crate::document::text::{Class, class};
use crate::document::why::{COST, sentences};
use crate::document::{Entry, Piece, Source, silence};
use crate::service_test::Value;
use std::fmt::Write;

/// What one service costs with some readings and without, roughly in microseconds.
const FULL: u32 = 3;
const BRIEF: u32 = 1;
/// Of so many that are not fine it says why; of more only what.
const EXPLAINED: u32 = 25;
/// Characters of a reading.
const MOST: usize = 120;

/// The types in their order: number, heading, the readings shown.
const TYPES: [(u8, &str, &[&str]); 9] = [
    (5, "System", &["load", "memory", "swap"]),
    (3, "Processes", &["uptime", "cpu_total", "memory_total"]),
    (7, "Programs", &["status", "output"]),
    (0, "Filesystems", &["space_free", "inodes_free"]),
    (2, "Files", &["size", "permission", "modify_time"]),
    (6, "Fifos", &["permission", "modify_time"]),
    (1, "Directories", &["permission", "modify_time"]),
    (8, "Networks", &["download_bytes", "upload_bytes"]),
    (4, "Hosts", &["ping", "port"]),
];

/// The page on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    next: u32,
    counts: Counts,
    /// What each service is, once it was seen: its type, and [`SICK`].
    seen: Vec<u8>,
    /// Of how many it has said why they are not fine.
    explained: u32,
    section: Section,
}

/// It is not fine.
const SICK: u8 = 0x80;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    /// How many are how, and which are not fine.
    #[default]
    Look,
    /// Those that are not fine.
    Sick,
    /// The type at this place, and whether one of it was met.
    Type(usize, bool),
    Done,
}

impl Overview {
    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            while self.next < source.count() && self.section != Section::Done {
                let cost = self.look_at(self.next, source, piece.out);
                self.next += 1;
                if cost > 0 && piece.spend(cost) {
                    return false;
                }
            }
            self.next = 0;
            self.section = match self.section {
                Section::Look => {
                    self.head(source, piece.out);
                    Section::Sick
                }
                Section::Sick => {
                    piece.out.push_str(if self.down() > 0 { "</ul>" } else { "" });
                    Section::Type(0, false)
                }
                Section::Type(at, met) => {
                    piece.out.push_str(if met { "</tbody></table>" } else { "" });
                    if at + 1 < TYPES.len() { Section::Type(at + 1, false) } else { Section::Done }
                }
                Section::Done => {
                    past::of_all(piece.out, source);
                    end(piece.out);
                    return true;
                }
            };
        }
    }

    fn down(&self) -> usize {
        let [_, (_, down), ..] = self.counts.named();
        down
    }

    /// Gives what it has cost; 0 for a service that is not meant.
    fn look_at(&mut self, index: u32, source: &dyn Source, out: &mut String) -> u32 {
        let seen = self.seen.get(index as usize).copied();
        match self.section {
            Section::Look => {
                let entry = source.entry(index, false);
                let class = entry.as_ref().map(class);
                if let Some(class) = class {
                    self.counts.add(class);
                }
                let sick = if class == Some(Class::Down) { SICK } else { 0 };
                self.seen.push(entry.map_or(!SICK, |entry| entry.type_number) | sick);
                BRIEF
            }
            Section::Sick => {
                if seen.is_none_or(|seen| seen & SICK == 0) {
                    return 0;
                }
                let Some(entry) = source.entry(index, true) else { return BRIEF };
                let explained = self.explained < EXPLAINED;
                self.explained += u32::from(explained);
                let reasons = if explained { sentences(source, index) } else { Vec::new() };
                sick(out, &entry, &reasons);
                if explained { COST } else { FULL }
            }
            Section::Type(at, met) => {
                let Some((number, heading, readings)) = TYPES.get(at) else { return 0 };
                if seen.is_none_or(|seen| seen & !SICK != *number) {
                    return 0;
                }
                let Some(entry) = source.entry_of(index, readings) else { return 0 };
                if !met {
                    self.section = Section::Type(at, true);
                    out.extend([
                        "<h2>",
                        heading,
                        "</h2><table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Status</th>\
                         <th scope=\"col\">Readings</th></tr></thead><tbody>",
                    ]);
                }
                line(out, &entry, readings);
                FULL
            }
            Section::Done => 0,
        }
    }

    fn head(&self, source: &dyn Source, out: &mut String) {
        let host = source.monitor().map_or("", |monitor| monitor.host());
        let [(_, up), (_, down), (_, starting), (_, unmonitored), (_, total)] = self.counts.named();
        let title = match down {
            0 => format!("OK - {host}"),
            _ => format!("{down} failed - {host}"),
        };
        begin(out, &title, refresh(source));
        element_of(out, host);
        let verdict = if down > 0 {
            format!("{down} of {total} services failed")
        } else if starting > 0 {
            format!("{starting} of {total} services are not checked yet")
        } else if unmonitored > 0 {
            format!("{up} monitored services are OK, {unmonitored} not monitored")
        } else {
            format!("All {total} services are OK")
        };
        let class = if down > 0 {
            "down"
        } else if starting > 0 {
            "initialising"
        } else {
            "up"
        };
        let sign = if down > 0 { "! " } else { "" };
        let _ = write!(out, "<p class=\"verdict {class}\" role=\"status\">{sign}{verdict}</p>");
        if down > 0 {
            out.push_str("<h2>Needs attention</h2><ul class=\"sick\">");
        }
    }
}

fn element_of(out: &mut String, host: &str) {
    out.push_str("<h1>");
    escape(out, host);
    out.push_str("</h1>");
}

/// What is wrong with one: since when, by which rule and what is done about it, as `monit why` says.
fn sick(out: &mut String, entry: &Entry<'_>, reasons: &[String]) {
    out.push_str("<li>");
    link(out, &entry.config.name);
    out.push(' ');
    status(out, entry);
    // What a program says is the best there is to know.
    let shown = |failed: bool, key: &str| reasons.is_empty() && (failed || key == "output");
    for (reading, _) in entry.readings.iter().filter(|(reading, failed)| shown(*failed, reading.key)) {
        out.push_str("<span class=\"reason\">");
        escape(out, reading.label);
        out.push_str(": ");
        escape(out, reading.value.to_string().lines().next().unwrap_or_default());
        out.push_str("</span>");
    }
    // The first one says what the state says.
    for reason in reasons.iter().skip(1) {
        out.push_str("<span class=\"reason\">");
        escape(out, reason);
        out.push_str("</span>");
    }
    out.push_str("</li>");
}

/// The state in words, with a sign beside the colour.
pub(super) fn status(out: &mut String, entry: &Entry<'_>) {
    let (class, sign) = match class(entry) {
        Class::Up => ("up", "✓ "),
        Class::Down => ("down", "! "),
        Class::Initialising => ("initialising", "… "),
        Class::Unmonitored => ("unmonitored", "– "),
    };
    out.extend(["<span class=\"state ", class, "\">", sign]);
    for (at, (_, words)) in entry.status.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { " | " });
        escape(out, words);
    }
    if let Some(action) = entry.pending {
        out.extend([" - ", action.word(), " pending"]);
    }
    out.push_str("</span>");
    if let Some(held) = entry.silence {
        out.push_str(" <span class=\"silenced\">silenced ");
        escape(out, &silence::words(held));
        out.push_str("</span>");
    }
}

fn line(out: &mut String, entry: &Entry<'_>, readings: &[&str]) {
    out.extend(["<tr class=\"", word(entry.type_number), "\"><td>"]);
    link(out, &entry.config.name);
    out.push_str("</td><td>");
    status(out, entry);
    out.push_str("</td><td>");
    for (reading, _) in entry.readings.iter().filter(|(reading, _)| readings.contains(&reading.key)) {
        out.push_str("<span class=\"reading\"><small>");
        escape(out, reading.label);
        out.push_str("</small> ");
        match &reading.value {
            value @ (Value::Text(_) | Value::Response(..) | Value::Checksum(..)) => {
                let text = value.to_string();
                let first = text.lines().next().unwrap_or_default();
                let end = first.char_indices().nth(MOST).map_or(first.len(), |(at, _)| at);
                escape(out, first.get(..end).unwrap_or_default());
            }
            // All others are numbers and words of ours.
            value => value.append(out),
        }
        out.push_str("</span> ");
    }
    out.push_str("</td></tr>");
}
