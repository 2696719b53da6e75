//! What a message says, whatever the format: the facts of an event, and the numbers by which a receiver knows it again.

use crate::digest::{Hasher, Kind, hex};
use crate::event::{Event, State, words};
use crate::sys::localtime::{display_local, unix_secs, utc};
use std::borrow::Cow;

/// Letters of an identifier: 64 bits.
const IDENTIFIER: usize = 16;

/// An event on its way to a receiver.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What happened.
    pub event: &'a Event,
    /// This machine.
    pub host: &'a str,
    /// The event's name in the outbox, which a repeated delivery has again.
    pub key: u64,
}

impl Message<'_> {
    /// `failed`, `recovered` or `changed`.
    pub fn state(&self) -> &'static str {
        match self.event.state {
            State::Failed => "failed",
            State::Succeeded => "recovered",
            State::Changed | State::NotChanged => "changed",
        }
    }

    /// Has it a beginning and an end?
    pub fn is_incident(&self) -> bool {
        matches!(self.event.state, State::Failed | State::Succeeded)
    }

    /// The word of an event list for what happened.
    pub fn kind(&self) -> &'static str {
        words::of(self.event.kind).key
    }

    /// Of this message: another event has another one, a repeated delivery the same.
    pub fn id(&self) -> String {
        identifier(&[self.host.as_bytes(), &self.key.to_be_bytes()])
    }

    /// The same for failure, reminders and recovery of one test. What has no recovery is an incident of its own.
    pub fn incident(&self) -> String {
        if !self.is_incident() {
            return self.id();
        }
        let Event { service, test, .. } = self.event;
        identifier(&[self.host.as_bytes(), service.as_bytes(), self.kind().as_bytes(), &test.to_be_bytes()])
    }

    /// `web on box: Connection failed`.
    pub fn title(&self) -> String {
        format!("{} on {}: {}", self.event.service, self.host, self.event.title())
    }

    /// What was found, at most so many bytes.
    pub fn description(&self, most: usize) -> &str {
        cut(&self.event.description, most)
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

/// The beginning of a text, cut between characters.
pub fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn identifier(parts: &[&[u8]]) -> String {
    let mut hasher = Hasher::new(Kind::Sha256);
    for part in parts {
        hasher.update(part);
        // No two lists of parts are the same bytes: names have no zero.
        hasher.update(&[0]);
    }
    let mut text = hex(&hasher.finish_bytes());
    text.truncate(IDENTIFIER);
    text
}

#[cfg(test)]
#[path = "message_tests.rs"]
pub mod tests;
