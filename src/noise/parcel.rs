//! What a message about several events holds: so many of them as find room, and how many there are of each. A summary holds
//! numbers for each service and event instead.

use super::pace::What;
use crate::config::EventKind;
use crate::event::{Event, State};
use crate::outbox::cut;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

/// Bytes of events that are listed in full, and of those listed in brief behind them; the rest is counted.
const FULL: usize = 32 * 1024;
const BRIEF: usize = 32 * 1024;
/// Longest description in a list.
const DESCRIPTION: usize = 1000;
/// Lines of a summary; what else there is, is counted.
const LINES: usize = 500;
/// Events of one message, so that what is kept of them is bounded.
const MOST: usize = 20_000;
/// The same where each has to be in it.
const EACH: usize = 300;

/// What the message has of each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// What a reader wants to see.
    Told,
    /// Each is in it with all that is known: for a receiver that keeps accounts itself.
    Each,
}

/// How many events there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Failures and reminders of them.
    pub failed: u32,
    /// Recoveries.
    pub recovered: u32,
    /// What has neither.
    pub changed: u32,
}

impl Tally {
    fn add(&mut self, state: State) {
        match state {
            State::Failed => self.failed += 1,
            State::Succeeded => self.recovered += 1,
            State::Changed | State::NotChanged => self.changed += 1,
        }
    }

    /// All of them.
    pub fn total(&self) -> u32 {
        self.failed + self.recovered + self.changed
    }

    /// `3 failed, 1 recovered`.
    pub fn words(&self) -> String {
        let parts = [(self.failed, "failed"), (self.recovered, "recovered"), (self.changed, "changed")];
        let some = parts.iter().filter(|(count, _)| *count > 0);
        some.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// What happened to one test of a service, in a summary.
#[derive(Debug)]
pub struct Course {
    /// The service.
    pub service: Box<str>,
    /// The kind of test.
    pub kind: EventKind,
    test: u64,
    /// How often what happened.
    pub tally: Tally,
    /// How it stands.
    pub last: State,
    /// What was found last.
    pub description: Box<str>,
}

/// The events of one message.
#[derive(Debug)]
pub struct Parcel {
    /// What it is about.
    pub what: What,
    /// The keys of the first and of the last event that it could hold: its name.
    pub name: (u64, u64),
    /// The keys of its events, in order of age.
    pub keys: Vec<u64>,
    /// What each of them is about: a number for each service.
    pub services: Vec<u64>,
    /// Those listed, with their keys; one listed in brief has neither description nor evidence.
    pub events: Vec<(u64, Event)>,
    /// Of a summary: each test of a service.
    pub lines: Vec<Course>,
    /// The first event of a summary.
    pub first: Option<Event>,
    /// How many events there are.
    pub tally: Tally,
    /// Those that are neither in `events` nor in `lines`.
    pub unlisted: Tally,
    /// When the first and the last of them happened.
    pub span: Option<(SystemTime, SystemTime)>,
    /// It is the last message before that time; what comes until then is held back.
    pub held_until: Option<SystemTime>,
    manner: Manner,
    bytes: usize,
}

impl Parcel {
    /// An empty one.
    pub fn new(what: What, manner: Manner, name: (u64, u64)) -> Parcel {
        Parcel {
            what,
            name,
            keys: Vec::new(),
            services: Vec::new(),
            events: Vec::new(),
            lines: Vec::new(),
            first: None,
            tally: Tally::default(),
            unlisted: Tally::default(),
            span: None,
            held_until: None,
            manner,
            bytes: 0,
        }
    }

    /// Is there no room for one more?
    pub fn is_full(&self) -> bool {
        self.keys.len() >= if self.manner == Manner::Each { EACH } else { MOST }
    }

    /// One more event.
    pub fn add(&mut self, key: u64, event: Event) {
        self.keys.push(key);
        self.services.push(service_number(&event.service));
        self.tally.add(event.state);
        let (first, last) = self.span.unwrap_or((event.time, event.time));
        self.span = Some((first.min(event.time), last.max(event.time)));
        match (self.what, self.manner) {
            (What::Summary, Manner::Told) => self.count(event),
            _ => self.list(key, event),
        }
    }

    fn list(&mut self, key: u64, mut event: Event) {
        let brief = event.service.len() + 40;
        if self.keys.len() > 1 && event.description.len() > DESCRIPTION {
            event.description = cut(&event.description, DESCRIPTION).into();
        }
        let full = brief + event.description.len() + event.evidence.len();
        if self.manner == Manner::Each || self.bytes + full <= FULL || self.events.is_empty() {
            self.bytes += full;
        } else if self.bytes + brief <= FULL + BRIEF {
            self.bytes = (self.bytes + brief).max(FULL);
            (event.description, event.evidence) = Default::default();
        } else {
            return self.unlisted.add(event.state);
        }
        self.events.push((key, event));
    }

    fn count(&mut self, event: Event) {
        self.first.get_or_insert_with(|| event.clone());
        let same = |line: &Course| {
            line.kind == event.kind && line.test == event.test && line.service == event.service
        };
        let line = match self.lines.iter().position(same) {
            Some(at) => self.lines.get_mut(at),
            None if self.lines.len() < LINES => {
                let Event { service, kind, test, .. } = &event;
                self.lines.push(Course {
                    service: service.clone(),
                    kind: *kind,
                    test: *test,
                    tally: Tally::default(),
                    last: event.state,
                    description: Box::default(),
                });
                self.lines.last_mut()
            }
            None => return self.unlisted.add(event.state),
        };
        if let Some(line) = line {
            line.tally.add(event.state);
            line.last = event.state;
            line.description = cut(&event.description, DESCRIPTION / 4).into();
        }
    }

    /// The event, if the message is about that one alone, and is what it would be without a group.
    pub fn single(&self) -> Option<(u64, &Event)> {
        let alone = self.name.0 == self.name.1 && self.what == What::News;
        self.events.first().filter(|_| alone).map(|(key, event)| (*key, event))
    }

    /// The oldest event.
    pub fn oldest(&self) -> Option<&Event> {
        self.first.as_ref().or_else(|| self.events.first().map(|(_, event)| event))
    }

    /// The worst that is in it; in a summary, of what is so now.
    pub fn state(&self) -> State {
        let tally = &self.tally;
        let failing = match self.lines.is_empty() {
            true => tally.failed > 0,
            false => self.lines.iter().any(|line| line.last == State::Failed),
        };
        match failing {
            true => State::Failed,
            false if tally.recovered > 0 => State::Succeeded,
            false => State::Changed,
        }
    }
}

/// A number that is the same for each event of a service. That another service may have it does no harm.
pub(super) fn service_number(service: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    service.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "parcel_tests.rs"]
mod tests;
