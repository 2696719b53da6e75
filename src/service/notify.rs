//! Telling: the log line and the event for what happened to a service, and for the monitor itself.

use super::index::ServiceIndex;
use super::one::{One, host};
use super::roster::Roster;
use super::test_key;
use super::turn::Turn;
use super::unit::type_of;
use super::withheld::{About, Key};
use crate::config::{Alert, EventKind};
use crate::event::{ActionName, Event, INSTANCE_TYPE, Severity, State};
use crate::log::Level;
use std::fmt;

/// The version that clients, logs and alerts take us for.
const IDENTITY: &str = "Monit 6.1.0";

/// Microseconds that an event costs on its way to the log, the state file and the outbox, on a slow machine. What it has
/// left there is in memory twice until the turn is over: a thousand failures at once are taken in a few turns.
const EVENT: u32 = 25;

/// What happened to the monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    /// It has started.
    Started,
    /// It has taken up a new control file.
    Reloaded,
    /// It ends.
    Stopped,
}

/// What an event says, beside the service it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct News<'a> {
    pub(super) kind: EventKind,
    /// The number of the test, if it is one of the control file.
    pub(super) test: Option<u16>,
    /// That of the restart limit, if it is about one.
    pub(super) limit: Option<u16>,
    pub(super) state: State,
    pub(super) action: ActionName,
    pub(super) description: &'a str,
    /// What there was to see; empty: nothing.
    pub(super) evidence: &'a str,
    /// Cycles in this state; 1 for a change.
    pub(super) count: u32,
}

impl News<'_> {
    /// What it is about.
    pub(super) fn key(&self) -> Key {
        (self.kind, About::of(self.test, self.limit))
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Level {
        match severity {
            Severity::Debug => Level::Debug,
            Severity::Info => Level::Info,
            Severity::Warning => Level::Warning,
            Severity::Error => Level::Error,
        }
    }
}

impl Roster {
    /// Tells that the monitor started, was reloaded or ends: a log line and an event.
    pub(super) fn instance_event(&mut self, what: Instance, turn: &mut Turn<'_>) {
        let (description, action) = match what {
            Instance::Started => (format!("{IDENTITY} started"), ActionName::Start),
            Instance::Reloaded => ("Monit reloaded".to_string(), ActionName::Start),
            Instance::Stopped => (format!("{IDENTITY} stopped"), ActionName::Stop),
        };
        let service = host(&self.config);
        turn.world.log(Level::Info, format_args!("'{service}' {description}"));
        self.common.events += 1;
        let event = Event {
            id: self.common.events,
            time: turn.now.wall,
            kind: EventKind::Instance,
            state: State::Changed,
            service: service.into(),
            service_index: None,
            service_type: INSTANCE_TYPE,
            test: 0,
            action,
            description: description.into(),
            evidence: Box::default(),
            count: 1,
        };
        if let Some(listener) = turn.world.listener() {
            listener.told(&event);
        }
        turn.world.deliver(event);
    }

    /// A line about a service in the log.
    pub(super) fn say(
        &self,
        index: ServiceIndex,
        level: Level,
        text: impl fmt::Display,
        turn: &mut Turn<'_>,
    ) {
        say(self.name(index), level, text, turn);
    }
}

impl One<'_> {
    /// A line about it in the log.
    pub(super) fn say(&self, level: Level, text: impl fmt::Display, turn: &mut Turn<'_>) {
        say(&self.service.name, level, text, turn);
    }

    /// Hands an event to whoever listens, and to those who tell people unless the service is silenced.
    pub(super) fn deliver(&mut self, news: News<'_>, turn: &mut Turn<'_>) {
        let event = self.event(&news, turn);
        if let Some(listener) = turn.world.listener() {
            listener.told(&event);
        }
        if !self.holds_back(&news, turn) {
            turn.world.deliver(event);
        }
    }

    /// The event that says this.
    pub(super) fn event(&mut self, news: &News<'_>, turn: &Turn<'_>) -> Event {
        let key = |at: u16| test_key::keys(self.service).get(usize::from(at)).copied();
        let limit = |at: u16| self.service.restart_limits.get(usize::from(at)).map(test_key::of_limit);
        let test = news.test.and_then(key).or_else(|| news.limit.and_then(limit)).unwrap_or_default();
        self.common.facts.spend(EVENT);
        self.common.events += 1;
        Event {
            id: self.common.events,
            time: turn.now.wall,
            kind: news.kind,
            state: news.state,
            service: self.service.name.clone(),
            service_index: Some(self.index.0),
            service_type: type_of(&self.service.subject).1,
            test,
            action: news.action,
            description: news.description.into(),
            evidence: news.evidence.into(),
            count: news.count,
        }
    }

    /// A line of the log about an action as a whole.
    pub(super) fn announce(&self, level: Level, text: &str, turn: &mut Turn<'_>) {
        turn.world.announce(level, format_args!("'{}' {text}", self.service.name));
    }

    /// Could some recipient want to be reminded of this in its `count`th cycle?
    pub(super) fn reminder_due(&self, kind: EventKind, count: u32) -> bool {
        let due = |alert: &Alert| {
            let reminder = self.config.reminder(alert, self.service);
            reminder > 0 && count % reminder == 0 && alert.events.contains(kind)
        };
        self.service.alerts.iter().any(due) || self.config.settings.alerts.iter().any(due)
    }
}

fn say(name: &str, level: Level, text: impl fmt::Display, turn: &mut Turn<'_>) {
    if level != Level::Debug || turn.world.verbose() {
        turn.world.log(level, format_args!("'{name}' {text}"));
    }
}
