//! The last events: for terminals a line each, for programs as JSON.
//!
//! Two passes over the file of events, both in pieces: backwards, to find out which ones are meant, and forwards to show
//! them. What makes room for a newer event meanwhile is left out.

use super::json::{SCHEMA, quoted, word};
use super::moment::moment;
use super::{Piece, Source};
use crate::event::{State, words};
use crate::history::Record;
use crate::history::event_file::{EventFile, PLACES};
use std::fmt::Write;
use std::time::UNIX_EPOCH;

/// Reading a record costs so much, roughly in microseconds, and so does showing one.
const COST: u32 = 3;

/// The form of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For terminals.
    Text,
    /// For programs.
    Json,
}

/// Which events are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those behind this number, the oldest first; `None`: the last ones there are.
    pub since: Option<u64>,
    /// Of these services; `None`: of all.
    pub services: Option<Box<[Box<str>]>>,
    /// At most so many; `None`: all.
    pub limit: Option<u16>,
}

/// The document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    form: Form,
    wanted: Wanted,
    section: Section,
    /// Where the events are that were found, the newest first, with their numbers.
    found: Vec<(u16, u64)>,
    /// Some behind `since` are gone.
    missed: bool,
    /// What to ask for next.
    next: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Begin,
    /// Backwards.
    Find {
        place: u16,
        left: u16,
        /// The number of the one behind it.
        newer: u64,
    },
    /// Forwards; whether one was shown.
    Show(bool),
}

impl Events {
    /// One about these.
    pub fn new(form: Form, wanted: Wanted) -> Events {
        let next = wanted.since.unwrap_or(0);
        Events { form, wanted, section: Section::Begin, found: Vec::new(), missed: false, next }
    }

    /// Its form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Goes on, by one event at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        let file = source.history().and_then(|history| history.events());
        loop {
            match self.section {
                Section::Begin => self.begin(file),
                Section::Find { place, left, newer } => {
                    self.find(file, place, left, newer);
                    if matches!(self.section, Section::Show(_)) {
                        self.head(source.history().is_some(), piece.out);
                    }
                }
                Section::Show(shown) => {
                    let Some((place, seq)) = self.found.pop() else {
                        self.end(shown, source.history().is_some(), piece.out);
                        return true;
                    };
                    let record = file.and_then(|file| file.read(place)).filter(|record| record.seq == seq);
                    if let Some(record) = record {
                        match self.form {
                            Form::Json => json(piece.out, &record, if shown { "," } else { "" }),
                            Form::Text => line(piece.out, &record),
                        }
                        self.section = Section::Show(true);
                    }
                }
            }
            if piece.spend(COST) {
                return false;
            }
        }
    }

    fn begin(&mut self, file: Option<&EventFile>) {
        let (place, left) = file.map_or((0, 0), |file| (file.place_of(0).unwrap_or(0), file.count()));
        if let Some(last) = file.map(EventFile::last) {
            self.next = self.next.max(last);
        }
        self.missed = left == 0 && self.wanted.since.is_some_and(|since| since > 0);
        self.section = Section::Find { place, left, newer: u64::MAX };
    }

    /// Looks at the event in one place.
    fn find(&mut self, file: Option<&EventFile>, place: u16, left: u16, newer: u64) {
        let record = file.filter(|_| left > 0).and_then(|file| file.read(place));
        let since = self.wanted.since.unwrap_or(0);
        // With `since` the oldest are wanted, so all of them are looked at.
        let enough =
            self.wanted.since.is_none() && Some(self.found.len()) == self.wanted.limit.map(usize::from);
        match record {
            // Already that of a newer event.
            Some(record) if record.seq >= newer || record.seq <= since || enough => self.found_all(),
            _ if left == 0 => self.found_all(),
            record => {
                if let Some(record) = &record {
                    self.missed = self
                        .wanted
                        .since
                        .is_some_and(|since| since < record.before && !(since == 0 && record.first));
                    if self.wants(record) {
                        self.found.push((place, record.seq));
                    }
                }
                let newer = record.map_or(newer, |record| record.seq);
                let place = place.checked_sub(1).unwrap_or(PLACES - 1);
                self.section = Section::Find { place, left: left - 1, newer };
            }
        }
    }

    fn found_all(&mut self) {
        let limit = self.wanted.limit.map_or(usize::MAX, usize::from);
        if self.found.len() > limit {
            self.found.drain(..self.found.len() - limit);
            // The rest is asked for next.
            self.next = self.found.first().map_or(self.next, |(_, seq)| *seq);
        }
        self.section = Section::Show(false);
    }

    fn wants(&self, record: &Record) -> bool {
        let Some(services) = &self.wanted.services else { return true };
        services.iter().any(|name| name.eq_ignore_ascii_case(&record.service))
    }

    fn head(&self, kept: bool, out: &mut String) {
        if self.form == Form::Json {
            let _ =
                write!(out, "{{\"schema\":{SCHEMA},\"kept\":{kept},\"missed\":{},\"events\":[", self.missed);
        }
    }

    fn end(&self, shown: bool, kept: bool, out: &mut String) {
        match self.form {
            Form::Json => {
                let _ = writeln!(out, "],\"next\":{}}}", self.next);
            }
            Form::Text if shown => {}
            Form::Text if kept => out.push_str("No events\n"),
            Form::Text => out.push_str("No events are kept, see 'set history'\n"),
        }
    }
}

/// The state of an event as programs read it.
fn state(state: State) -> &'static str {
    match state {
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::Changed => "changed",
        State::NotChanged => "not_changed",
    }
}

fn json(out: &mut String, record: &Record, comma: &str) {
    let since = record.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let _ = write!(
        out,
        "{comma}{{\"seq\":{},\"time\":{}.{:06}",
        record.seq,
        since.as_secs(),
        since.subsec_micros()
    );
    for (name, text) in [
        ("service", &*record.service),
        ("type", word(record.service_type)),
        ("event", words::of(record.kind).key),
        ("state", state(record.state)),
        ("title", record.title()),
        ("action", record.action.word()),
        ("message", &*record.message),
    ] {
        let _ = write!(out, ",\"{name}\":");
        quoted(out, text);
    }
    out.push('}');
}

/// A line: when, which service, what, and what was found.
fn line(out: &mut String, record: &Record) {
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let message = plain(record.message.lines().next().unwrap_or_default());
    let _ = writeln!(
        out,
        "{}  {:<16}  {:<24}  {message}",
        moment(record.time),
        plain(&record.service),
        record.title()
    );
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
