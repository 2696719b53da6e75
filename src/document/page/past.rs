//! What has happened lately, on the overview and on the page of a service.

use super::super::moment::{moment, short};
use super::frame::{encode, foreign, link};
use crate::document::Source;
use crate::event::State;
use crate::history::Record;
use crate::history::event_file::PLACES;
use std::fmt::Write;
use std::time::SystemTime;

/// Events on the overview, and on the page of a service.
const SHOWN: usize = 8;

/// Events looked at in one piece. Each costs about three microseconds.
const LOOKED_AT: u16 = 64;

/// The last events of all services, or nothing where none are kept.
pub(super) fn of_all(out: &mut String, source: &dyn Source) {
    let Some(file) = source.history().and_then(|history| history.events()) else { return };
    let records: Vec<Record> = (0..SHOWN as u16).filter_map(|back| file.back(back)).collect();
    list(out, &records, source, WithName::Yes);
}

/// The search for the last events of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    next: u16,
    found: Vec<Record>,
}

impl Search {
    /// Goes on. `true`: that are all.
    pub(super) fn step(&mut self, source: &dyn Source, name: &str) -> bool {
        let Some(file) = source.history().and_then(|history| history.events()) else { return true };
        let end = (self.next + LOOKED_AT).min(PLACES);
        for record in (self.next..end).filter_map(|back| file.back(back)) {
            if record.service.eq_ignore_ascii_case(name) && self.found.len() < SHOWN {
                self.found.push(record);
            }
        }
        self.next = end;
        end >= file.count() || self.found.len() >= SHOWN
    }

    /// What was found.
    pub(super) fn show(&self, out: &mut String, source: &dyn Source) {
        list(out, &self.found, source, WithName::No);
    }
}

/// Whether it is said which service an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithName {
    /// With a link to it.
    Yes,
    /// Without: there is no page of a service that is gone.
    Gone,
    No,
}

impl WithName {
    /// What is left of it for the service of an event.
    pub(super) fn of(self, record: &Record, source: &dyn Source) -> WithName {
        let config = source.monitor().map(|monitor| monitor.config);
        match self {
            WithName::Yes if config.is_some_and(|config| config.service(&record.service).is_none()) => {
                WithName::Gone
            }
            other => other,
        }
    }
}

fn list(out: &mut String, records: &[Record], source: &dyn Source, named: WithName) {
    if records.is_empty() {
        return;
    }
    out.push_str("<h2>Last events</h2><ul class=\"events\">");
    for record in records {
        entry(out, record, source.now(), named.of(record, source), "");
    }
    out.push_str("</ul><p><a href=\"./_viewevents");
    if let (WithName::No, Some(record)) = (named, records.first()) {
        out.push_str("?service=");
        encode(out, &record.service);
    }
    out.push_str("\">All events</a></p>");
}

/// One event; `more` is what else is known of it.
pub(super) fn entry(out: &mut String, record: &Record, now: SystemTime, named: WithName, more: &str) {
    let (class, sign) = match record.state {
        State::Failed => ("down", "! "),
        State::Succeeded => ("up", "✓ "),
        State::Changed | State::NotChanged => ("initialising", "… "),
    };
    let (full, brief) = (moment(record.time), short(record.time, now));
    let _ = write!(out, "<li><time title=\"{full}\">{brief}</time> ");
    match named {
        WithName::Yes => link(out, &record.service),
        WithName::Gone => {
            out.push_str("<span class=\"gone\" title=\"no longer in the control file\">");
            foreign(out, &record.service);
            out.push_str("</span>");
        }
        WithName::No => {}
    }
    out.push_str(if named == WithName::No { "" } else { " " });
    let _ = write!(out, "<span class=\"state {class}\">{sign}{}", record.title());
    if !more.is_empty() {
        let _ = write!(out, " <small>{more}</small>");
    }
    out.push_str("</span> <span class=\"reason\">");
    foreign(out, record.message.lines().next().unwrap_or_default());
    if record.state == State::Failed {
        let _ = write!(out, " \u{2192} {}", record.action.word());
    }
    out.push_str("</span></li>");
}
