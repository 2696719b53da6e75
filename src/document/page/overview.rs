//! The overview: is it fine? What is not comes first, then everything by type.

use super::super::moment::{moment, short, zone};
use super::attention::sick;
use super::frame::{Renewal, Top, Viewer, begin, element, end, escape, link};
use super::verdict::Verdict;
use super::{past, silences};
use crate::config::{Subject, format};
use crate::document::json::word;
use crate::document::text::report::Counts;
use crate::document::text::{Class, class};
use crate::document::why::COST;
use crate::document::{Entry, Piece, Source};
use crate::service_test::Value;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What one service costs with some readings and without, roughly in microseconds.
const FULL: u32 = 3;
const BRIEF: u32 = 1;
/// Of so many that are not fine it says why; of more only what.
const EXPLAINED: u32 = 25;
/// Characters of a reading.
const MOST: usize = 120;

/// A type of services.
struct Kind {
    number: u8,
    heading: &'static str,
    /// The readings shown.
    keys: &'static [&'static str],
    /// What stands above them.
    labels: &'static [&'static str],
}

const fn kind(
    number: u8,
    heading: &'static str,
    keys: &'static [&'static str],
    labels: &'static [&'static str],
) -> Kind {
    Kind { number, heading, keys, labels }
}

/// The number of heartbeat services here; documents of Monit have none.
const HEARTBEAT: u8 = 9;

/// The types in their order.
const KINDS: [Kind; 10] = [
    kind(5, "System", &["load", "cpu", "memory", "swap"], &["Load", "CPU", "Memory", "Swap"]),
    kind(3, "Processes", &["uptime", "cpu_total", "memory_total"], &["Uptime", "CPU", "Memory"]),
    kind(7, "Programs", &["status", "output"], &["Exit", "Output"]),
    kind(HEARTBEAT, "Heartbeats", &["last_beat"], &["Last heartbeat"]),
    kind(0, "Filesystems", &["space_free", "inodes_free"], &["Space free", "Inodes free"]),
    kind(2, "Files", &["size", "permission", "modify_time"], &["Size", "Mode", "Modified"]),
    kind(6, "Fifos", &["permission", "modify_time"], &["Mode", "Modified"]),
    kind(1, "Directories", &["permission", "modify_time"], &["Mode", "Modified"]),
    kind(8, "Networks", &["download_bytes", "upload_bytes"], &["Download", "Upload"]),
    kind(4, "Hosts", &["ping", "port"], &["Ping", "Response"]),
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
    /// The token of its forms.
    token: Option<Box<str>>,
    renewal: Renewal,
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
    /// That for this viewer.
    pub fn new(viewer: Viewer<'_>, renewal: Renewal) -> Overview {
        Overview { token: viewer.token.map(Into::into), renewal, ..Overview::default() }
    }

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
                    self.silences(source, piece.out);
                    first_steps(source, piece.out);
                    Section::Type(0, false)
                }
                Section::Type(at, met) => {
                    piece.out.push_str(if met { "</tbody></table>" } else { "" });
                    if at + 1 < KINDS.len() { Section::Type(at + 1, false) } else { Section::Done }
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
                self.seen.push(entry.map_or(!SICK, |entry| number(&entry)) | sick);
                BRIEF
            }
            Section::Sick => {
                if seen.is_none_or(|seen| seen & SICK == 0) {
                    return 0;
                }
                let Some(entry) = source.entry(index, true) else { return BRIEF };
                let explained = self.explained < EXPLAINED;
                self.explained += u32::from(explained);
                sick(out, source, &entry, explained.then_some(index));
                if explained { COST } else { FULL }
            }
            Section::Type(at, met) => {
                let Some(kind) = KINDS.get(at) else { return 0 };
                if seen.is_none_or(|seen| seen & !SICK != kind.number) {
                    return 0;
                }
                let Some(entry) = source.entry_of(index, kind.keys) else { return 0 };
                if !met {
                    self.section = Section::Type(at, true);
                    self.heading(out, kind);
                }
                line(out, &entry, kind, source.now());
                FULL
            }
            Section::Done => 0,
        }
    }

    fn heading(&self, out: &mut String, kind: &Kind) {
        let count = self.seen.iter().filter(|seen| **seen & !SICK == kind.number).count();
        let down = self.seen.iter().filter(|seen| **seen == kind.number | SICK).count();
        let failed = if down > 0 { format!(", {down} failed") } else { String::new() };
        let _ = write!(
            out,
            "<h2>{} <small>{count}{failed}</small></h2><table><thead><tr><th scope=\"col\">Name</th>\
             <th scope=\"col\">Status</th>",
            kind.heading
        );
        for label in kind.labels {
            let _ = write!(out, "<th scope=\"col\">{label}</th>");
        }
        out.push_str("</tr></thead><tbody>");
    }

    /// Those that last.
    fn silences(&self, source: &dyn Source, out: &mut String) {
        if !source.silences().is_empty() {
            out.push_str("<h2>Silences</h2>");
            silences::of_all(out, source, Viewer { token: self.token.as_deref() }, "");
        }
    }

    fn head(&self, source: &dyn Source, out: &mut String) {
        let host = source.monitor().map_or("", |monitor| monitor.host());
        let verdict = Verdict::of(&self.counts);
        let title = format!("{} - {host}", verdict.brief);
        begin(out, &Top { title: &title, here: "./", renewal: self.renewal, query: "" });
        element(out, "h1", host);
        verdict.show(out);
        let poll = source.monitor().and_then(|monitor| monitor.config.settings.poll);
        let every = poll.map_or(String::new(), |poll| format!(", checked every {}", format::duration(poll)));
        let now = source.now();
        let _ = write!(out, "<p class=\"meta\">As of <time>{}</time> {}{every}</p>", moment(now), zone(now));
        if self.down() > 0 {
            out.push_str("<h2>Needs attention</h2><ul class=\"sick\">");
        }
    }
}

/// For whoever sees this for the first time.
fn first_steps(source: &dyn Source, out: &mut String) {
    let Some(monitor) = source.monitor().filter(|_| source.count() == 1) else { return };
    out.push_str("<p>Nothing but this machine is watched. Say in ");
    escape(out, &monitor.control.display().to_string());
    out.push_str(" what else is to be, and reload:</p><pre>check process nginx with pidfile /run/nginx.pid\n    \
         start program = \"/usr/bin/systemctl start nginx\"\n    stop program = \"/usr/bin/systemctl stop nginx\"</pre>");
}

/// Its type, as [`KINDS`] count.
fn number(entry: &Entry<'_>) -> u8 {
    match entry.config.subject {
        Subject::Heartbeat(_) => HEARTBEAT,
        _ => entry.type_number,
    }
}

/// The sign of a state and its class in the style sheet: it is never told by colour alone.
pub(super) const fn sign(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Up => ("up", "✓ "),
        Class::Down => ("down", "! "),
        Class::Initialising => ("initialising", "… "),
        Class::Unmonitored => ("unmonitored", "– "),
    }
}

/// The state in words, with a sign beside the colour.
pub(super) fn status(out: &mut String, entry: &Entry<'_>) {
    let (class, sign) = sign(class(entry));
    out.extend(["<span class=\"state ", class, "\">", sign]);
    for (at, (_, words)) in entry.status.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { " | " });
        escape(out, words);
    }
    if let Some(action) = entry.pending {
        out.extend([" - ", action.word(), " pending"]);
    }
    out.push_str("</span>");
}

/// That its alerts are held back.
pub(super) fn held(out: &mut String, entry: &Entry<'_>, now: SystemTime) {
    if let Some(silence) = entry.silence {
        let _ = write!(out, " <span class=\"silenced\">silenced until {}</span>", short(silence.until, now));
    }
}

fn line(out: &mut String, entry: &Entry<'_>, kind: &Kind, now: SystemTime) {
    out.extend(["<tr class=\"", word(entry.type_number), "\"><td>"]);
    link(out, &entry.config.name);
    out.push_str("</td><td>");
    status(out, entry);
    held(out, entry, now);
    out.push_str("</td>");
    for (key, label) in kind.keys.iter().zip(kind.labels) {
        let mut shown = entry.readings.iter().filter(|(reading, _)| reading.key == *key).peekable();
        if shown.peek().is_none() {
            out.push_str("<td></td>");
            continue;
        }
        out.extend(["<td data-l=\"", label, "\">"]);
        for (at, (reading, failed)) in shown.enumerate() {
            out.push_str(if at == 0 { "" } else { "<br>" });
            out.push_str(if *failed { "<strong class=\"down\">" } else { "" });
            brief(out, &reading.value, now);
            out.push_str(if *failed { "</strong>" } else { "" });
        }
        out.push_str("</td>");
    }
    out.push_str("</tr>");
}

/// A value in a table: what is said at length stands on the page of its service.
fn brief(out: &mut String, value: &Value, now: SystemTime) {
    match value {
        Value::Load([one, five, fifteen]) => {
            let _ = write!(out, "{one:.2} {five:.2} {fifteen:.2}");
        }
        Value::Cpu(shares) => format::add_percent(out, shares.busy),
        Value::Time(seconds) => match UNIX_EPOCH.checked_add(Duration::from_secs(seconds.unsigned_abs())) {
            Some(time) if *seconds >= 0 => out.push_str(&short(time, now)),
            _ => value.append(out),
        },
        Value::Text(_) | Value::Response(..) | Value::Checksum(..) => {
            let text = value.to_string();
            let first = text.lines().next().unwrap_or_default();
            let end = first.char_indices().nth(MOST).map_or(first.len(), |(at, _)| at);
            escape(out, first.get(..end).unwrap_or_default());
        }
        // All others are numbers and words of ours.
        value => value.append(out),
    }
}
