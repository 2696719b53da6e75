//! The overview: is it fine? What is not comes first, then everything by type.

use super::super::moment::{moment, short, zone};
use super::attention::sick;
use super::filter::{Filter, Types};
use super::frame::{Renewal, Top, Viewer, begin_with, element, end, escape};
use super::icon::Icon;
use super::kinds::{KINDS, Kind, number};
use super::spark::Sparks;
use super::verdict::Verdict;
use super::{past, silences};
use crate::config::format;
use crate::document::text::report::Counts;
use crate::document::text::{Class, class};
use crate::document::why::COST;
use crate::document::{Entry, Piece, Source};
use std::fmt::Write;
use std::time::SystemTime;

/// What one service costs with some readings and without, roughly in microseconds.
const FULL: u32 = 3;
const BRIEF: u32 = 1;
/// Of so many that are not fine it says why; of more only what.
const EXPLAINED: u32 = 25;
/// From so many services on the types are only counted, and the course of readings is left out where nothing failed.
const MANY: usize = 200;
/// From so many on the types have links although there is no group.
const SOME: u32 = 12;

/// The page on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    next: u32,
    counts: Counts,
    /// What each service is, once it was seen: its type, [`SICK`] and [`LEFT_OUT`].
    seen: Vec<u8>,
    /// Of how many it has said why they are not fine.
    explained: u32,
    section: Section,
    filter: Filter,
    /// The place of its group.
    group: Option<u32>,
    /// The token of its forms.
    token: Option<Box<str>>,
    renewal: Renewal,
    sparks: Sparks,
}

/// It is not fine.
const SICK: u8 = 0x80;
/// It is not shown.
const LEFT_OUT: u8 = 0x40;

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
    pub fn new(viewer: Viewer<'_>, renewal: Renewal, filter: Filter) -> Overview {
        Overview { token: viewer.token.map(Into::into), renewal, filter, ..Overview::default() }
    }

    /// Bytes of memory that it holds for its next pieces.
    pub fn held(&self) -> usize {
        self.seen.capacity() + self.sparks.held()
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
                    self.between(source, piece.out);
                    if self.is_brief() { Section::Done } else { Section::Type(0, false) }
                }
                Section::Type(at, met) => {
                    piece.out.push_str(if met { "</tbody></table>" } else { "" });
                    // Other types have other readings.
                    self.sparks = Sparks::default();
                    if at + 1 < KINDS.len() { Section::Type(at + 1, false) } else { Section::Done }
                }
                Section::Done => {
                    if !self.filter.is_something() {
                        past::of_all(piece.out, source);
                    }
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
                if index == 0 {
                    self.group = source.monitor().and_then(|monitor| self.filter.group_place(monitor.config));
                }
                let entry = source.entry(index, false);
                // There is no type of that number.
                let seen = entry.map_or(!SICK, |entry| self.note(&entry));
                self.seen.push(seen);
                BRIEF
            }
            Section::Sick => {
                if seen.is_none_or(|seen| seen & (SICK | LEFT_OUT) != SICK) {
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
                let failed = seen.is_some_and(|seen| seen & SICK != 0);
                let drawn = failed || self.total() <= MANY;
                FULL + kind.row(out, source, index, &entry, drawn.then_some(&mut self.sparks))
            }
            Section::Done => 0,
        }
    }

    /// Counts a service, and gives what is to be known of it later.
    fn note(&mut self, entry: &Entry<'_>) -> u8 {
        let (number, class) = (number(entry), class(entry));
        let sick = if class == Class::Down { SICK } else { 0 };
        if !self.filter.admits(self.group, &entry.config.groups, number) {
            return number | sick | LEFT_OUT;
        }
        self.counts.add(class);
        number | sick
    }

    fn total(&self) -> usize {
        let [.., (_, total)] = self.counts.named();
        total
    }

    /// Are there so many that their types are only counted?
    fn is_brief(&self) -> bool {
        self.filter.types == Types::Brief && self.total() > MANY
    }

    /// How many of a type are shown, and how many of them failed.
    fn counted(&self, kind: &Kind) -> (usize, String) {
        let count = self.seen.iter().filter(|seen| **seen & !SICK == kind.number).count();
        let down = self.seen.iter().filter(|seen| **seen == kind.number | SICK).count();
        (count, if down > 0 { format!(", {down} failed") } else { String::new() })
    }

    fn heading(&self, out: &mut String, kind: &Kind) {
        let (count, failed) = self.counted(kind);
        let _ = write!(out, "<h2>{} <small>{count}{failed}</small></h2>", kind.heading);
        kind.head(out);
    }

    /// What stands between those that are not fine and the types.
    fn between(&self, source: &dyn Source, out: &mut String) {
        if !source.silences().is_empty() && !self.filter.is_something() {
            out.push_str("<h2>Silences</h2>");
            silences::of_all(out, source, Viewer { token: self.token.as_deref() }, "");
        }
        let config = source.monitor().map(|monitor| monitor.config);
        let grouped = config.is_some_and(|config| !config.groups.is_empty());
        if grouped || self.filter.is_something() || source.count() > SOME {
            let types: Vec<u8> = self.seen.iter().map(|seen| seen & !(SICK | LEFT_OUT)).collect();
            self.filter.choice(out, config, &types, self.renewal);
        }
        if self.is_brief() {
            self.brief(out);
        }
        first_steps(source, out);
    }

    /// The types alone: so many rows are slow to look through, and each is a link away.
    fn brief(&self, out: &mut String) {
        out.push_str("<ul class=\"types\">");
        for kind in &KINDS {
            let (count, failed) = self.counted(kind);
            if count > 0 {
                let filter = Filter { types: Types::One(kind.number), ..self.filter.clone() };
                out.push_str("<li>");
                filter.link(out, kind.heading, self.renewal);
                let class = if failed.is_empty() { "" } else { " class=\"down\"" };
                let _ = write!(out, "<span{class}>{count}{failed}</span></li>");
            }
        }
        out.push_str("</ul><p>");
        Filter { types: Types::All, ..self.filter.clone() }.link(out, "All on one page", self.renewal);
        out.push_str("</p>");
    }

    fn head(&self, source: &dyn Source, out: &mut String) {
        let host = source.monitor().map_or("", |monitor| monitor.host());
        let verdict = Verdict::of(&self.counts);
        let of = self.filter.words();
        let here = if of.is_empty() { host.to_owned() } else { format!("{of} - {host}") };
        let title = format!("{} - {here}", verdict.brief);
        let query = self.filter.query();
        let icon = if self.down() > 0 { Icon::Failed } else { Icon::Plain };
        begin_with(out, &Top { title: &title, here: "./", renewal: self.renewal, query: &query }, icon);
        element(out, "h1", &here);
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
