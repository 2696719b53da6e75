//! The events that are kept, the newest first: day by day, a page at a time, of all services or of one.
//!
//! Two passes over the file, both in pieces: backwards over all of it, to find which are meant and when what has ended began,
//! and over those that are shown.

use super::super::moment::{about, moment, short, zone};
use super::frame::{Renewal, Top, begin, element, encode, end, escape};
use super::past::{WithName, entry};
use crate::config::EventKind;
use crate::document::{Piece, Source};
use crate::event::State;
use crate::history::Record;
use crate::history::event_file::{EventFile, PLACES};
use std::fmt::Write;
use std::time::{Duration, SystemTime};

/// Events on a page.
const SHOWN: usize = 50;

/// Reading a record costs so much, roughly in microseconds, and so does showing one.
const COST: u32 = 4;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Those of the service of this name, which may be gone; `None`: of all.
    pub service: Option<Box<str>>,
    /// Failures alone.
    pub failed: bool,
    /// Those before the one of this number; `None`: the last ones.
    pub before: Option<u64>,
    /// With the form to choose by.
    pub form: bool,
}

/// The page on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    choice: Choice,
    renewal: Renewal,
    section: Section,
    /// Those of the chosen services, the newest first.
    seen: Vec<Seen>,
    /// The names of all services that have events.
    names: Vec<Box<str>>,
}

/// What the second pass wants to know of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    place: u16,
    seq: u64,
    /// Which of the names.
    name: usize,
    kind: EventKind,
    test: u64,
    state: State,
    /// Of a recovery: when that began which has ended. Of all else: when it happened.
    began: SystemTime,
    /// Of a failure: which recovery has ended it.
    ended_by: Option<usize>,
}

impl Seen {
    fn is_about(&self, other: &Seen) -> bool {
        (self.name, self.kind, self.test) == (other.name, other.kind, other.test)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Begin,
    /// Backwards.
    Find {
        place: u16,
        left: u16,
        /// The number of the one behind it.
        newer: u64,
    },
    /// The names to choose from, from there on.
    Form(usize),
    /// From there, so many yet; the day that was said last.
    Show {
        at: usize,
        left: usize,
        day: String,
    },
}

impl EventsPage {
    /// That of this choice.
    pub fn new(choice: Choice, renewal: Renewal) -> EventsPage {
        EventsPage { choice, renewal, section: Section::Begin, seen: Vec::new(), names: Vec::new() }
    }

    /// Goes on, by one event at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        let file = source.history().and_then(|history| history.events());
        loop {
            match &self.section {
                Section::Begin => {
                    let (place, left) =
                        file.map_or((0, 0), |file| (file.place_of(0).unwrap_or(0), file.count()));
                    self.section = Section::Find { place, left, newer: u64::MAX };
                }
                Section::Find { place, left, newer } => {
                    let (place, left, newer) = (*place, *left, *newer);
                    if !self.find(file, place, left, newer) {
                        self.head(source, piece.out);
                        self.section = Section::Form(0);
                    }
                }
                Section::Form(at) => match self.names.get(*at).filter(|_| self.has_form(source)) {
                    Some(name) => {
                        self.option(name, piece.out);
                        self.section = Section::Form(at + 1);
                    }
                    None => {
                        if self.has_form(source) {
                            self.end_form(piece.out);
                        }
                        let at = self.next(0);
                        self.section = Section::Show { at, left: SHOWN, day: String::new() };
                    }
                },
                Section::Show { at, left, day } => {
                    let (at, left) = (*at, *left);
                    if at >= self.seen.len() || left == 0 {
                        self.end(at, !day.is_empty(), source, piece.out);
                        return true;
                    }
                    let day = day.clone();
                    self.show(source, (at, left), day, piece.out);
                }
            }
            if piece.spend(COST) {
                return false;
            }
        }
    }

    /// Looks at the event in one place. `false`: that was all.
    fn find(&mut self, file: Option<&EventFile>, place: u16, left: u16, newer: u64) -> bool {
        let Some(file) = file.filter(|_| left > 0) else { return false };
        let record = file.read(place);
        // Already that of a newer event.
        if record.as_ref().is_some_and(|record| record.seq >= newer) {
            return false;
        }
        let newer = record.as_ref().map_or(newer, |record| record.seq);
        if let Some(record) = record {
            self.note(place, &record);
        }
        let place = place.checked_sub(1).unwrap_or(PLACES - 1);
        self.section = Section::Find { place, left: left - 1, newer };
        true
    }

    fn note(&mut self, place: u16, record: &Record) {
        let known = self.names.iter().position(|name| name.eq_ignore_ascii_case(&record.service));
        let name = known.unwrap_or_else(|| {
            self.names.push(record.service.clone());
            self.names.len() - 1
        });
        if self.choice.service.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&record.service)) {
            return;
        }
        let (kind, test, state) = (record.kind, record.test, record.state);
        let mut seen =
            Seen { place, seq: record.seq, name, kind, test, state, began: record.time, ended_by: None };
        let newer = self.seen.iter().enumerate().rev().find(|(_, newer)| newer.is_about(&seen));
        if let (State::Failed, Some((at, newer))) = (state, newer) {
            seen.ended_by = match newer.state {
                State::Succeeded => Some(at),
                State::Failed => newer.ended_by,
                State::Changed | State::NotChanged => None,
            };
        }
        if let Some(end) = seen.ended_by.and_then(|at| self.seen.get_mut(at)) {
            end.began = record.time;
        }
        self.seen.push(seen);
    }

    /// The first one from there that is shown.
    fn next(&self, from: usize) -> usize {
        let shown = |seen: &Seen| {
            self.choice.before.is_none_or(|before| seen.seq < before)
                && (!self.choice.failed || seen.state == State::Failed)
        };
        let rest = self.seen.get(from..).unwrap_or_default();
        from + rest.iter().position(shown).unwrap_or(rest.len())
    }

    /// Shows one, with those before it that say the same.
    fn show(&mut self, source: &dyn Source, (at, left): (usize, usize), mut day: String, out: &mut String) {
        let file = source.history().and_then(|history| history.events());
        let Some(seen) = self.seen.get(at) else { return };
        let (mut next, mut count, mut first) = (self.next(at + 1), 1, seen);
        // Of changes each is another one, and so is what failed again after it was well.
        let same = |one: &&Seen| {
            let failed = one.state == State::Failed && seen.state == State::Failed;
            failed && one.is_about(seen) && one.ended_by == seen.ended_by
        };
        while let Some(one) = self.seen.get(next).filter(same) {
            (next, count, first) = (self.next(next + 1), count + 1, one);
        }
        let record = file.and_then(|file| file.read(seen.place)).filter(|record| record.seq == seen.seq);
        if let Some(record) = record {
            let today = moment(record.time).chars().take(10).collect();
            if day != today {
                out.push_str(if day.is_empty() { "" } else { "</ul>" });
                let _ = write!(out, "<h2>{today}</h2><ul class=\"events\">");
                day = today;
            }
            let more = if count > 1 {
                format!("\u{d7}{count}, since {}", short(first.began, record.time))
            } else if seen.state == State::Succeeded && seen.began < record.time {
                format!("after {}", about(record.time.duration_since(seen.began).unwrap_or(Duration::ZERO)))
            } else {
                String::new()
            };
            entry(out, &record, record.time, WithName::Yes.of(&record, source), &more);
        }
        self.section = Section::Show { at: next, left: left - 1, day };
    }

    fn head(&mut self, source: &dyn Source, out: &mut String) {
        let query = self.query();
        begin(out, &Top { title: "Events", here: "./_viewevents", renewal: self.renewal, query: &query });
        out.push_str("<h1>Events</h1>");
        let now = source.now();
        let _ = write!(out, "<p class=\"meta\">As of <time>{}</time> {}.", moment(now), zone(now));
        if source.history().is_none() {
            return out.push_str("</p>");
        }
        let _ = write!(out, " The last {PLACES} are kept.</p>");
        if self.choice.form {
            let chosen = self.choice.service.clone();
            self.names
                .extend(chosen.filter(|one| !self.names.iter().any(|name| name.eq_ignore_ascii_case(one))));
            self.names.sort_by_cached_key(|name| name.to_lowercase());
            return begin_form(out);
        }
        out.push_str("<p class=\"filter\">");
        out.push_str(if self.choice.failed { "Failures of " } else { "Events of " });
        match &self.choice.service {
            Some(name) => element(out, "strong", name),
            None => out.push_str("all services"),
        }
        let paused = self.paused();
        let _ = write!(out, " <a href=\"./_viewevents?{query}{paused}filter=on\">Filter \u{2026}</a>");
        if !query.is_empty() {
            let _ = write!(out, " <a href=\"./_viewevents?{paused}\">Show all</a>");
        }
        out.push_str("</p>");
    }

    /// What its address says of the choice; empty or ended by `&amp;`.
    fn query(&self) -> String {
        let mut query = String::new();
        if let Some(name) = &self.choice.service {
            query.push_str("service=");
            encode(&mut query, name);
            query.push_str("&amp;");
        }
        query.push_str(if self.choice.failed { "state=failed&amp;" } else { "" });
        query
    }

    /// What a link says where the page is not refreshed because its user wants that.
    fn paused(&self) -> &'static str {
        if self.renewal == Renewal::Paused { "refresh=off&amp;" } else { "" }
    }

    /// Is there a form to choose by? It is on a page that is not refreshed.
    fn has_form(&self, source: &dyn Source) -> bool {
        self.choice.form && source.history().is_some()
    }

    fn option(&self, name: &str, out: &mut String) {
        let is_chosen = self.choice.service.as_ref().is_some_and(|chosen| chosen.eq_ignore_ascii_case(name));
        out.push_str("<option value=\"");
        escape(out, name);
        out.push_str(if is_chosen { "\" selected>" } else { "\">" });
        escape(out, name);
        out.push_str("</option>");
    }

    fn end_form(&self, out: &mut String) {
        let checked = if self.choice.failed { " checked" } else { "" };
        let _ = write!(
            out,
            "</select></p><p><label class=\"check\"><input type=\"checkbox\" name=\"state\" value=\"failed\"{checked}> \
             Failures only</label></p><div class=\"buttons\"><button>Show</button>\
             <a class=\"button\" href=\"./_viewevents\">Cancel</a></div></form>"
        );
    }

    fn end(&self, at: usize, shown: bool, source: &dyn Source, out: &mut String) {
        out.push_str(if shown {
            "</ul>"
        } else if source.history().is_none() {
            "<p>No events are kept: see set history.</p>"
        } else {
            "<p>There is no such event.</p>"
        });
        let query = self.query();
        out.push_str("<p class=\"spans\">");
        if self.choice.before.is_some() {
            let _ = write!(out, "<a href=\"./_viewevents?{query}{}\">Newest</a>", self.paused());
        }
        // Those before it that say the same are shown with it.
        let last = at.checked_sub(1).and_then(|last| self.seen.get(last));
        if let Some(last) = last.filter(|_| at < self.seen.len()) {
            let _ = write!(
                out,
                "<a href=\"./_viewevents?{query}{}before={}\">Older</a>",
                self.paused(),
                last.seq
            );
        }
        out.push_str("</p>");
        end(out);
    }
}

fn begin_form(out: &mut String) {
    out.push_str(
        "<form class=\"question\" method=\"get\" action=\"./_viewevents\" aria-label=\"Filter\"><p><label for=\"service\">\
         Service</label><select id=\"service\" name=\"service\"><option value=\"\">all services</option>",
    );
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
