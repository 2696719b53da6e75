//! What a message says, whatever the format: the facts of an event, and the numbers by which a receiver knows it again.

use crate::event::{Event, State, words};
use crate::noise::{Parcel, identity};
pub use crate::outbox::cut;
use crate::sys::localtime::{display_local, unix_secs, utc};
use std::borrow::Cow;

/// An event on its way to a receiver.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What happened.
    pub event: &'a Event,
    /// This machine.
    pub host: &'a str,
    /// The event's name in the outbox, which a repeated delivery has again.
    pub key: u64,
    /// It tells of several events; `event` is the first of them.
    pub group: Option<&'a Group>,
}

/// Several events on their way to a receiver.
#[derive(Debug)]
pub struct Group {
    /// The events.
    pub parcel: Parcel,
    /// The title of the message.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// `failed`, `recovered` or `changed`.
pub fn word(state: State) -> &'static str {
    match state {
        State::Failed => "failed",
        State::Succeeded => "recovered",
        State::Changed | State::NotChanged => "changed",
    }
}

impl Message<'_> {
    /// `failed`, `recovered` or `changed`.
    pub fn state(&self) -> &'static str {
        word(self.group.map_or(self.event.state, |group| group.parcel.state()))
    }

    /// The word of an event list for what happened.
    pub fn kind(&self) -> &'static str {
        words::of(self.event.kind).key
    }

    /// Of this message: another event has another one, a repeated delivery the same.
    pub fn id(&self) -> String {
        match self.group {
            None => identity::delivery(self.host, self.key),
            Some(group) => {
                let (first, last) = group.parcel.name;
                identity::identifier(&[self.host.as_bytes(), &first.to_be_bytes(), &last.to_be_bytes()])
            }
        }
    }

    /// The same for failure, reminders and recovery of one test. What has no recovery is an incident of its own, and so is a
    /// message about several events.
    pub fn incident(&self) -> String {
        match self.group {
            None => identity::incident(self.host, self.key, self.event),
            Some(_) => self.id(),
        }
    }

    /// `web on box: Connection failed`.
    pub fn title(&self) -> String {
        if let Some(group) = self.group {
            return group.title.clone();
        }
        format!("{} on {}: {}", self.event.service, self.host, self.event.title())
    }

    /// What was found, at most so many bytes.
    pub fn description(&self, most: usize) -> &str {
        cut(self.group.map_or(&self.event.description, |group| &group.text), most)
    }

    /// What was found, at most so many bytes, and behind it what there was to see, for people. `Evidence` is short.
    pub fn story(&self, most: usize) -> Cow<'_, str> {
        let description = self.description(most);
        match &*self.event.evidence {
            "" => description.into(),
            evidence => format!("{description}\n{}", evidence.trim_end()).into(),
        }
    }

    /// Date and action, as a mail has them.
    pub fn details(&self) -> String {
        if self.group.is_some() {
            return format!("Host: {}", self.host);
        }
        let date = display_local(unix_secs(self.event.time));
        format!("Date: {date}\nAction: {}\nHost: {}", self.event.action, self.host)
    }

    /// The time of day in UTC, RFC 3339.
    pub fn time(&self) -> String {
        rfc3339(unix_secs(self.event.time))
    }
}

/// `2026-11-21T00:45:43Z`.
pub fn rfc3339(unix: i64) -> String {
    let t = utc(unix);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.year, t.month, t.day, t.hour, t.minute, t.second)
}

#[cfg(test)]
#[path = "message_tests.rs"]
pub mod tests;
