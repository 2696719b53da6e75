//! A message about several events in words, the same by mail and by webhook.

use super::identity::incident;
use super::pace::What;
use super::parcel::{Course, Parcel, Tally};
use crate::config::Config;
use crate::event::{Event, State, words};
use crate::outbox::one_line;
use crate::sys::localtime::{display_local, local, unix_secs};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::time::SystemTime;

/// Dependants that are named behind a failure; the others are counted.
const NAMED: usize = 10;
/// Dependants that are looked for in one message; behind failures that come later in it none are named.
const LOOKED_FOR: usize = 10_000;

impl Parcel {
    /// One line: `500 events on box: web Does not exist, and 499 more`.
    pub fn title(&self, host: &str) -> String {
        let total = self.tally.total();
        let events = if total == 1 { "event" } else { "events" };
        match (self.what, self.events.first()) {
            (What::Summary, None) => {
                let failing = self.lines.iter().filter(|line| line.last == State::Failed).count();
                let fail = if failing == 1 { "test still fails" } else { "tests still fail" };
                format!("Summary of {total} {events} on {host}: {failing} {fail}")
            }
            (_, Some((_, first))) if total > 1 => {
                format!(
                    "{total} {events} on {host}: {} {}, and {} more",
                    first.service,
                    first.title(),
                    total - 1
                )
            }
            (_, Some((_, first))) => format!("{} {} on {host}", first.service, first.title()),
            (_, None) => format!("{total} {events} on {host}"),
        }
    }

    /// The lines of a message.
    pub fn text(&self, host: &str, config: &Config) -> String {
        let mut out = String::with_capacity(1024);
        self.introduce(host, &mut out);
        // What comes behind a long list may be cut off.
        if let Some(note) = self.note() {
            let _ = writeln!(out, "{note}\n");
        }
        let mut dependants = Dependants::new(config);
        for (key, event) in &self.events {
            list(*key, event, host, &mut out);
            if let Some(name) = dependants.of(event) {
                let _ = writeln!(out, "             also: {name}");
            }
        }
        for (last, heading) in
            [(State::Failed, "Still failing:"), (State::Succeeded, "Over:"), (State::Changed, "Changed:")]
        {
            let is_here = |line: &&Course| match line.last {
                State::NotChanged => last == State::Changed,
                state => state == last,
            };
            let mut lines = self.lines.iter().filter(is_here).peekable();
            if lines.peek().is_some() {
                let _ = writeln!(out, "{heading}");
            }
            lines.for_each(|line| summarise(line, &mut out));
        }
        if self.unlisted != Tally::default() {
            let _ = writeln!(out, "and {} more: {}", self.unlisted.total(), self.unlisted.words());
        }
        out
    }

    fn introduce(&self, host: &str, out: &mut String) {
        let total = self.tally.total();
        let events = if total == 1 { "event" } else { "events" };
        let held = if self.what == What::Summary { " held back" } else { "" };
        let _ = write!(out, "{total} {events} on {host}{held}");
        if let Some((first, last)) = self.span {
            let _ = write!(out, ", {}", display_local(unix_secs(first)));
            if unix_secs(first) != unix_secs(last) {
                let _ = write!(out, " to {}", display_local(unix_secs(last)));
            }
        }
        let _ = writeln!(out, ": {}\n", self.tally.words());
    }

    /// What the last message of an hour says.
    pub fn note(&self) -> Option<String> {
        let until = self.held_until?;
        Some(format!("This is the last message of this hour: more is held back until {}.", clock(until)))
    }

    /// The only event of the message, with the dependants of its service and with the [`note`](Self::note) in its
    /// description.
    pub fn single_news(&self, config: &Config) -> Option<(u64, Event)> {
        let (key, event) = self.single()?;
        let mut event = event.clone();
        let dependants = Dependants::new(config).of(&event);
        for name in dependants.into_iter().chain(self.note()) {
            event.description = format!("{} -- {name}", event.description).into();
        }
        Some((key, event))
    }
}

/// `14:05`.
fn clock(time: SystemTime) -> String {
    let time = local(unix_secs(time));
    format!("{:02}:{:02}", time.hour, time.minute)
}

fn list(key: u64, event: &Event, host: &str, out: &mut String) {
    let state = match event.state {
        State::Failed if event.is_change() => "failed",
        State::Failed => "still failed",
        State::Succeeded => "recovered",
        State::Changed | State::NotChanged => "changed",
    };
    let _ = write!(out, "{state:<12} {}: {}", event.service, event.title());
    if !event.description.is_empty() {
        let _ = write!(out, " -- {}", one_line(&event.description));
    }
    let _ = writeln!(out, " [{}]", incident(host, key, event));
}

fn summarise(line: &Course, out: &mut String) {
    let title = words::of(line.kind).title(line.last);
    let _ = write!(out, "  {}: {title} ({})", line.service, line.tally.words());
    if !line.description.is_empty() {
        let _ = write!(out, " -- {}", one_line(&line.description));
    }
    out.push('\n');
}

/// What depends on each service, directly or not.
struct Dependants<'a> {
    config: &'a Config,
    direct: HashMap<usize, Vec<usize>>,
    /// The services of which there are some, by name.
    bases: HashMap<&'a str, usize>,
    left: usize,
}

impl<'a> Dependants<'a> {
    fn new(config: &'a Config) -> Dependants<'a> {
        let mut direct: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, service) in config.services.iter().enumerate() {
            for base in &service.depends {
                direct.entry(usize::try_from(*base).unwrap_or(usize::MAX)).or_default().push(at);
            }
        }
        let name = |at: &usize| Some((&*config.services.get(*at)?.name, *at));
        let bases = direct.keys().filter_map(name).collect();
        Dependants { config, direct, bases, left: LOOKED_FOR }
    }

    /// `a, b depend on it`, if the event is a failure of a service that others need.
    fn of(&mut self, event: &Event) -> Option<String> {
        let services = &self.config.services;
        if event.state != State::Failed || event.service_index.is_none() || self.left == 0 {
            return None;
        }
        let mut found: Vec<usize> = self.direct.get(self.bases.get(&*event.service)?)?.clone();
        let mut at = 0;
        let mut known: HashSet<usize> = found.iter().copied().collect();
        while let Some(service) = found.get(at) {
            let next = self.direct.get(service).map(Vec::as_slice).unwrap_or_default();
            found.extend(next.iter().filter(|service| known.insert(**service)));
            at += 1;
        }
        self.left = self.left.saturating_sub(found.len());
        let names: Vec<&str> =
            found.iter().take(NAMED).filter_map(|at| Some(&*services.get(*at)?.name)).collect();
        let more = found.len() - names.len();
        let list = match names.split_last() {
            _ if more > 0 => format!("{} and {more} more", names.join(", ")),
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => return None,
        };
        Some(format!("{list} {} on it", if found.len() == 1 { "depends" } else { "depend" }))
    }
}
