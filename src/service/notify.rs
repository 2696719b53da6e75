//! Telling: the log line and the event for what happened to a service, and for the monitor itself.

use super::unit::type_of;
use super::{Services, World};
use crate::config::{Alert, EventKind};
use crate::event::{ActionName, Event, INSTANCE_TYPE, Severity, State};
use crate::log::Level;
use crate::reactor::Now;

/// The version that clients, logs and alerts take us for.
const IDENTITY: &str = "Monit 6.1.0";

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
    pub(super) state: State,
    pub(super) action: ActionName,
    pub(super) description: &'a str,
    /// Cycles in this state; 1 for a change.
    pub(super) count: u32,
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

impl Services {
    /// Tells that the monitor started, was reloaded or ends: a log line and an event.
    pub fn instance_event(&mut self, what: Instance, now: Now, world: &mut dyn World) {
        let (description, action) = match what {
            Instance::Started => (format!("{IDENTITY} started"), ActionName::Start),
            Instance::Reloaded => ("Monit reloaded".to_string(), ActionName::Start),
            Instance::Stopped => (format!("{IDENTITY} stopped"), ActionName::Stop),
        };
        let service = self.host().to_string();
        world.log(Level::Info, format_args!("'{service}' {description}"));
        self.events += 1;
        world.deliver(Event {
            id: self.events,
            time: now.wall,
            kind: EventKind::Instance,
            state: State::Changed,
            service: service.into(),
            service_index: None,
            service_type: INSTANCE_TYPE,
            action,
            description: description.into(),
            count: 1,
        });
    }

    /// A line about a service in the log.
    pub(super) fn say(&self, index: u32, level: Level, text: &str, world: &mut dyn World) {
        if level != Level::Debug || world.verbose() {
            world.log(level, format_args!("'{}' {text}", self.name(index)));
        }
    }

    /// A line of the log about an action as a whole.
    pub(super) fn announce(&self, index: u32, level: Level, text: &str, world: &mut dyn World) {
        world.announce(level, format_args!("'{}' {text}", self.name(index)));
    }

    /// Hands an event to whoever tells people.
    pub(super) fn deliver(&mut self, index: u32, news: News<'_>, now: Now, world: &mut dyn World) {
        let service = &self.config.services[index as usize];
        self.events += 1;
        world.deliver(Event {
            id: self.events,
            time: now.wall,
            kind: news.kind,
            state: news.state,
            service: service.name.clone(),
            service_index: Some(index),
            service_type: type_of(&service.subject).1,
            action: news.action,
            description: news.description.into(),
            count: news.count,
        });
    }

    /// Could some recipient want to be reminded of this in its `count`th cycle?
    pub(super) fn reminder_due(&self, index: u32, kind: EventKind, count: u32) -> bool {
        let due =
            |alert: &Alert| alert.reminder > 0 && count % alert.reminder == 0 && alert.events.contains(kind);
        let service = &self.config.services[index as usize];
        service.alerts.iter().any(due) || self.config.settings.alerts.iter().any(due)
    }
}
