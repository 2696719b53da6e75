//! The page of one service: its state, what can be done, its readings.

use super::super::moment::{moment, zone};
use super::frame::{
    Renewal, Top, Viewer, answer, begin_with, button, element, encode, end, foreign, link, row,
};
use super::graph::Graphs;
use super::icon::Icon;
use super::overview::status;
use super::past::Search;
use super::range::Range;
use super::silences;
use super::strip::Strip;
use super::tested::tests;
use crate::config::{NetworkBy, ProcessBy, Service, Subject, format};
use crate::document::text::{Class, class, mode, on_reboot};
use crate::document::why::{glance, sentences};
use crate::document::{Entry, Piece, Source};
use crate::history::tracked::{count_tracked, tracked};
use crate::service::MonitorState;
use std::fmt::Write;

/// The page of one service, on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePage {
    index: u32,
    token: Option<Box<str>>,
    range: Range,
    /// What is to be confirmed.
    asked: Option<Asked>,
    renewal: Renewal,
    section: Section,
}

/// An action that is asked for once more. Its question is a page of its own, which stays until it is answered: one that is
/// refreshed would close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To restart the service.
    Restart,
    /// To stop it.
    Stop,
    /// To hold its alerts back.
    Silence,
}

impl Asked {
    const ALL: [Asked; 3] = [Asked::Restart, Asked::Stop, Asked::Silence];

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Asked> {
        Asked::ALL.into_iter().find(|asked| asked.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Asked::Restart => "restart",
            Asked::Stop => "stop",
            Asked::Silence => "silence",
        }
    }

    /// Can it be done?
    fn is_there(self, service: &Service) -> bool {
        match self {
            Asked::Restart => {
                service.restart.is_some() || (service.start.is_some() && service.stop.is_some())
            }
            Asked::Stop => service.stop.is_some(),
            Asked::Silence => true,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Head,
    Graphs(Graphs),
    /// Whether it has failed now.
    Strip(Strip, bool),
    /// The tests from there on, and what was measured.
    Measured(usize),
    Events(Search),
}

/// As many dependants are named.
const DEPENDANTS: usize = 30;

/// What the head costs, and a look for events, roughly in microseconds.
const HEAD: u32 = 1500;
const LOOK: u32 = 200;

impl ServicePage {
    /// That of the service of this index, with graphs of that span.
    pub fn new(
        index: u32,
        viewer: Viewer<'_>,
        range: Range,
        asked: Option<Asked>,
        renewal: Renewal,
    ) -> ServicePage {
        let token = viewer.token.map(Into::into);
        ServicePage { index, token, range, asked, renewal, section: Section::Head }
    }

    /// Goes on. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            // A reload between two pieces begins the page anew.
            let Some(service) = source.service(self.index) else { return true };
            let cost = match &mut self.section {
                Section::Head => {
                    self.head(piece.out, source);
                    begin_graphs(piece.out, source, service, self.range, self.renewal);
                    self.section = Section::Graphs(Graphs::new(self.range));
                    HEAD
                }
                Section::Graphs(graphs) => {
                    if !graphs.step(source, (self.index, service), &tracked(service), piece) {
                        return false;
                    }
                    let down =
                        source.entry(self.index, false).is_some_and(|entry| class(&entry) == Class::Down);
                    let since = if down { glance(source, self.index).and_then(|it| it.since) } else { None };
                    self.section = match graphs.strip(since) {
                        Some(strip) => Section::Strip(strip, down),
                        None => Section::Measured(0),
                    };
                    LOOK
                }
                Section::Strip(strip, down) => {
                    if strip.step(source, &service.name, *down) {
                        strip.show(piece.out);
                        piece.out.push_str("</div>");
                        self.section = Section::Measured(0);
                    }
                    LOOK
                }
                Section::Measured(from) => {
                    self.section = match measured(piece.out, source, self.index, *from) {
                        Some(next) => Section::Measured(next),
                        None => Section::Events(Search::default()),
                    };
                    HEAD
                }
                Section::Events(search) => {
                    if search.step(source, &service.name) {
                        search.show(piece.out, source);
                        settings(piece.out, source, service, self.index);
                        end(piece.out);
                        return true;
                    }
                    LOOK
                }
            };
            if piece.spend(cost) {
                return false;
            }
        }
    }
}

/// Is there something to draw?
fn has_graphs(source: &dyn Source, service: &Service) -> bool {
    source.history().is_some() && count_tracked(service) > 0
}

/// The choice of a span, where there is something to draw.
fn begin_graphs(out: &mut String, source: &dyn Source, service: &Service, range: Range, renewal: Renewal) {
    if !has_graphs(source, service) {
        return;
    }
    out.push_str("<h2 id=\"history\">History</h2><p class=\"spans\">");
    let paused = if renewal == Renewal::Paused { "&amp;refresh=off" } else { "" };
    for other in Range::ALL {
        let word = other.word();
        if other == range {
            let _ = write!(out, "<strong aria-current=\"true\">{word}</strong> ");
        } else {
            let _ = write!(out, "<a href=\"?history={word}{paused}\">{word}</a> ");
        }
    }
    let zone = zone(source.now());
    let _ = write!(out, "<small>Times in {zone}</small></p><div class=\"graphs\">");
}

impl ServicePage {
    fn head(&self, out: &mut String, source: &dyn Source) {
        let Some(entry) = &source.entry(self.index, false) else { return };
        let name = &*entry.config.name;
        let (title, icon) = match class(entry) {
            Class::Down => (format!("Failed: {name}"), Icon::Failed),
            _ => (name.to_owned(), Icon::Plain),
        };
        let query = match self.range {
            Range::Hour => String::new(),
            range => format!("history={}&amp;", range.word()),
        };
        begin_with(out, &Top { title: &title, here: "", renewal: self.renewal, query: &query }, icon);
        element(out, "h1", name);
        out.push_str("<p class=\"lead\">");
        status(out, entry);
        element(out, "span", entry.type_name);
        out.push_str("</p>");
        let viewer = Viewer { token: self.token.as_deref() };
        let asked = self.asked.filter(|asked| asked.is_there(entry.config));
        let of_forms = if asked.is_none() { viewer } else { Viewer { token: None } };
        silences::of_service(out, source, self.index, of_forms, name);
        // What a silence does is said already.
        let skipped = 1 + usize::from(entry.silence.is_some());
        let reasons = sentences(source, self.index);
        if let Some(reasons) = reasons.get(skipped..).filter(|reasons| !reasons.is_empty()) {
            out.push_str("<ul class=\"why\">");
            for reason in reasons {
                element(out, "li", reason);
            }
            out.push_str("</ul>");
        }
        match (viewer.token, asked) {
            (None, _) => {}
            (Some(token), Some(Asked::Silence)) => silences::question(out, name, token),
            (Some(token), Some(asked)) => question(out, source, self.index, asked, token),
            (Some(token), None) => buttons(out, entry, token),
        }
    }
}

/// The tests from there on, and behind the last one what was measured. `Some`: that is still to come.
fn measured(out: &mut String, source: &dyn Source, index: u32, from: usize) -> Option<usize> {
    let entry = source.entry_judged(index)?;
    let next = tests(out, &entry, &source.why(index), from, source.now());
    if next.is_some() {
        return next;
    }
    out.push_str("<h2>Readings</h2><dl class=\"facts\">");
    for (reading, failed) in &entry.readings {
        row(out, reading.label, reading.value.to_string().trim_end(), *failed);
    }
    let collected = entry.collected.map_or_else(|| "not yet".to_owned(), moment);
    row(out, "data collected", &collected, false);
    out.push_str("</dl>");
    None
}

/// What the control file says.
fn settings(out: &mut String, source: &dyn Source, service: &Service, index: u32) {
    out.push_str("<details><summary><h2>Settings</h2></summary><dl class=\"facts\">");
    if let Some((label, what)) = subject(&service.subject) {
        row(out, label, &what, false);
    }
    if let Some(entry) = source.entry(index, false) {
        row(out, "monitoring status", entry.monitor.words(), false);
    }
    row(out, "monitoring mode", mode(service.mode), false);
    row(out, "on reboot", on_reboot(service.onreboot), false);
    if let Some(monitor) = source.monitor() {
        let config = monitor.config;
        let groups = service.groups.iter().filter_map(|group| config.groups.get(*group as usize));
        for group in groups {
            out.push_str("<div><dt>group</dt><dd><a href=\"./?group=");
            encode(out, &group.name);
            out.push_str("\">");
            foreign(out, &group.name);
            out.push_str("</a></dd></div>");
        }
        for base in service.depends.iter().filter_map(|base| config.services.get(*base as usize)) {
            out.push_str("<div><dt>depends on</dt><dd>");
            link(out, &base.name);
            out.push_str("</dd></div>");
        }
        row(out, "defined at", &config.cite(service.place), false);
    }
    out.push_str("</dl></details>");
}

fn subject(subject: &Subject) -> Option<(&'static str, String)> {
    Some(match subject {
        Subject::Process(ProcessBy::Pidfile(path)) => ("pid file", path.display().to_string()),
        Subject::Process(ProcessBy::Matching(pattern)) => ("matching", pattern.to_string()),
        Subject::File(path) | Subject::Directory(path) | Subject::Fifo(path) => {
            ("path", path.display().to_string())
        }
        Subject::Filesystem(path) => ("path", path.to_string_lossy().into_owned()),
        Subject::Host(address) => ("address", address.to_string()),
        Subject::Network(NetworkBy::Address(address)) => ("address", address.to_string()),
        Subject::Network(NetworkBy::Interface(name)) => ("interface", name.to_string()),
        Subject::Heartbeat(beat) => ("within", format::duration(beat.within)),
        Subject::System | Subject::Program(_) => return None,
    })
}

/// Is it really meant? In the place of the buttons.
fn question(out: &mut String, source: &dyn Source, index: u32, asked: Asked, token: &str) {
    let Some(service) = source.service(index) else { return };
    let (name, word) = (&*service.name, asked.word());
    let _ =
        write!(out, "<div class=\"question\" role=\"group\" aria-label=\"Confirmation\"><p>Really {word} ");
    element(out, "strong", name);
    out.push_str("?</p>");
    let (mut them, more) = dependants(source, index);
    let more = (more > 0).then(|| format!("{more} more"));
    them.extend(more.as_deref());
    if let Some((last, others)) = them.split_last() {
        let them =
            if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
        let done = if asked == Asked::Stop { "stopped" } else { "restarted" };
        element(out, "p", &format!("What depends on it is {done}, too: {them}."));
    }
    out.push_str("<div class=\"buttons\">");
    answer(out, word, &format!("Yes, {word} it"), token, name);
    out.push_str("<a class=\"button\" href=\"?\">No, leave it as it is</a></div></div>");
}

/// The names of the first services that depend on one, directly or not, in file order, and how many more there are.
fn dependants(source: &dyn Source, index: u32) -> (Vec<&str>, usize) {
    let Some(config) = source.monitor().map(|monitor| monitor.config) else { return (Vec::new(), 0) };
    let mut depends = vec![false; config.services.len()];
    let does = |depends: &[bool], base: u32| base == index || depends.get(base as usize) == Some(&true);
    // Bases come first in this order.
    for at in &config.check_order {
        let Some(service) = config.services.get(*at as usize) else { continue };
        let found = service.depends.iter().any(|base| does(&depends, *base));
        depends.get_mut(*at as usize).into_iter().for_each(|it| *it = found);
    }
    let found = config.services.iter().zip(&depends).filter(|(_, depends)| **depends);
    let names: Vec<&str> = found.map(|(service, _)| &*service.name).collect();
    let more = names.len().saturating_sub(DEPENDANTS);
    (names.into_iter().take(DEPENDANTS).collect(), more)
}

/// What stops a service asks once more: see [`Asked`].
fn buttons(out: &mut String, entry: &Entry<'_>, token: &str) {
    let config = entry.config;
    let name = &*config.name;
    out.push_str("<div class=\"buttons\">");
    if config.start.is_some() {
        button(out, "start", "Start", token, name);
    }
    for (asked, words) in [(Asked::Restart, "Restart"), (Asked::Stop, "Stop")] {
        if asked.is_there(config) {
            let _ = write!(out, "<a class=\"button\" href=\"?confirm={}\">{words} …</a>", asked.word());
        }
    }
    if entry.monitor == MonitorState::Not {
        button(out, "monitor", "Enable monitoring", token, name);
    } else {
        button(out, "unmonitor", "Disable monitoring", token, name);
    }
    out.push_str("<a class=\"button\" href=\"?confirm=silence\">Silence …</a>");
    out.push_str("</div>");
}
