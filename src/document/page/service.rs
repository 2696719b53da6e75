//! The page of one service: its state, what can be done, its readings.

use super::graph::Graphs;
use super::overview::status;
use super::past::Search;
use super::{Viewer, answer, begin, button, element, end, link, refresh, row};
use crate::config::{NetworkBy, ProcessBy, Service, Subject, format};
use crate::document::text::{mode, on_reboot};
use crate::document::why::sentences;
use crate::document::{Entry, Piece, Source};
use crate::history::Ring;
use crate::history::tracked::{count_tracked, tracked};
use crate::service::MonitorState;
use std::fmt::Write;

/// The page of one service, on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePage {
    index: u32,
    token: Option<Box<str>>,
    ring: Ring,
    /// What is to be confirmed.
    asked: Option<Asked>,
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
}

impl Asked {
    const ALL: [Asked; 2] = [Asked::Restart, Asked::Stop];

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Asked> {
        Asked::ALL.into_iter().find(|asked| asked.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Asked::Restart => "restart",
            Asked::Stop => "stop",
        }
    }

    /// Can it be done?
    fn is_there(self, service: &Service) -> bool {
        match self {
            Asked::Restart => {
                service.restart.is_some() || (service.start.is_some() && service.stop.is_some())
            }
            Asked::Stop => service.stop.is_some(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Head,
    Events(Search),
    Graphs(Graphs),
}

/// What the head costs, and a look for events, roughly in microseconds.
const HEAD: u32 = 1500;
const LOOK: u32 = 200;

impl ServicePage {
    /// That of the service of this index, with graphs of that span.
    pub fn new(index: u32, viewer: Viewer<'_>, ring: Ring, asked: Option<Asked>) -> ServicePage {
        ServicePage { index, token: viewer.token.map(Into::into), ring, asked, section: Section::Head }
    }

    /// Goes on. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        let viewer = Viewer { token: self.token.as_deref() };
        loop {
            // A reload between two pieces begins the page anew.
            let Some(service) = source.entry(self.index, false).map(|entry| entry.config) else {
                return true;
            };
            let cost = match &mut self.section {
                Section::Head => {
                    head(piece.out, source, self.index, viewer, self.asked);
                    self.section = Section::Events(Search::default());
                    HEAD
                }
                Section::Events(search) => {
                    if search.step(source, &service.name) {
                        search.show(piece.out);
                        self.section = Section::Graphs(Graphs::new(self.ring));
                        begin_graphs(piece.out, source, service, self.ring);
                    }
                    LOOK
                }
                Section::Graphs(graphs) => {
                    let series = tracked(service);
                    if !graphs.step(source, (self.index, service), &series, piece) {
                        return false;
                    }
                    end(piece.out);
                    return true;
                }
            };
            if piece.spend(cost) {
                return false;
            }
        }
    }
}

/// The choice of a span, where there is something to draw.
fn begin_graphs(out: &mut String, source: &dyn Source, service: &Service, ring: Ring) {
    if source.history().is_none() || count_tracked(service) == 0 {
        return;
    }
    out.push_str("<h2 id=\"history\">History</h2><p class=\"spans\">");
    for other in Ring::ALL {
        let word = other.word();
        if other == ring {
            let _ = write!(out, "<strong aria-current=\"true\">{word}</strong> ");
        } else {
            let _ = write!(out, "<a href=\"?history={word}#history\">{word}</a> ");
        }
    }
    out.push_str("</p>");
}

fn head(out: &mut String, source: &dyn Source, index: u32, viewer: Viewer<'_>, asked: Option<Asked>) {
    let Some(entry) = source.entry(index, true) else { return };
    let name = &*entry.config.name;
    begin(out, name, refresh(source));
    element(out, "h1", name);
    out.push_str("<p>");
    element(out, "span", entry.type_name);
    out.push(' ');
    status(out, &entry);
    out.push_str("</p>");
    if let [_, reasons @ ..] = sentences(source, index).as_slice() {
        out.push_str("<ul class=\"why\">");
        for reason in reasons {
            element(out, "li", reason);
        }
        out.push_str("</ul>");
    }
    if let Some(token) = viewer.token {
        match asked.filter(|asked| asked.is_there(entry.config)) {
            Some(asked) => question(out, name, asked, token),
            None => buttons(out, &entry, token),
        }
    }
    out.push_str("<table class=\"facts\"><tbody>");
    if let Some((label, what)) = subject(&entry.config.subject) {
        row(out, label, &what, false);
    }
    row(out, "monitoring status", entry.monitor.words(), false);
    row(out, "monitoring mode", mode(entry.config.mode), false);
    row(out, "on reboot", on_reboot(entry.config.onreboot), false);
    if let Some(monitor) = source.monitor() {
        let config = monitor.config;
        let groups = entry.config.groups.iter().filter_map(|group| config.groups.get(*group as usize));
        let groups: Vec<&str> = groups.map(|group| &*group.name).collect();
        if !groups.is_empty() {
            row(out, "groups", &groups.join(", "), false);
        }
        for base in entry.config.depends.iter().filter_map(|base| config.services.get(*base as usize)) {
            out.push_str("<tr><th scope=\"row\">depends on</th><td>");
            link(out, &base.name);
            out.push_str("</td></tr>");
        }
        row(out, "defined at", &config.cite(entry.config.place), false);
    }
    for (reading, failed) in &entry.readings {
        row(out, reading.label, reading.value.to_string().trim_end(), *failed);
    }
    let collected = entry.collected.map_or_else(
        || "-".to_owned(),
        |time| crate::sys::localtime::display_local(crate::sys::localtime::unix_secs(time)),
    );
    row(out, "data collected", &collected, false);
    out.push_str("</tbody></table>");
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
fn question(out: &mut String, name: &str, asked: Asked, token: &str) {
    let word = asked.word();
    let _ =
        write!(out, "<div class=\"question\" role=\"group\" aria-label=\"Confirmation\"><p>Really {word} ");
    element(out, "strong", name);
    out.push_str("?</p><div class=\"buttons\">");
    answer(out, word, &format!("Yes, {word} it"), token, name);
    out.push_str("<a class=\"button\" href=\"?\">No, leave it as it is</a></div></div>");
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
    out.push_str("</div>");
}
