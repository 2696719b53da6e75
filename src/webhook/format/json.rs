//! Our own format: all facts, by name. With a secret the body is signed, so that a receiver knows who sent it.

use super::{Draft, Format};
use crate::config::WebhookFormat;
use crate::digest::{hex, hmac_sha256};
use crate::event::words;
use crate::noise::{Course, Parcel, What};
use crate::sys::localtime::unix_secs;
use crate::webhook::json::{Object, list};
use crate::webhook::message::{Group, Message, rfc3339, word};

/// The version of the layout; raised by what breaks readers.
const VERSION: u32 = 1;
/// Types of services by their number.
const TYPES: [&str; 9] =
    ["filesystem", "directory", "file", "process", "host", "system", "fifo", "program", "network"];

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Json,
    write: |message, _, draft| {
        let object = Object::new().value("version", VERSION);
        draft.body = match message.group {
            None => event(object, message).end(),
            Some(group) => several(object, message, group).end(),
        };
    },
};

/// The facts of one event.
fn event(object: Object, message: &Message<'_>) -> Object {
    let event = message.event;
    object
        .text("id", &message.id())
        .text("incident", &message.incident())
        .text("state", message.state())
        .text("event", event.title())
        .text("kind", message.kind())
        .text("service", &event.service)
        .text("type", TYPES.get(usize::from(event.service_type)).unwrap_or(&"other"))
        .text("host", message.host)
        .text("action", event.action.word())
        .text("description", &event.description)
        .text_if_any("evidence", &event.evidence)
        .text("time", &message.time())
        .value("timestamp", unix_secs(event.time))
        .value("cycles", event.count)
        .value("reminder", !event.is_change())
}

/// A message about several events: `events` has them, or `services` what happened to each test in a summary.
fn several(object: Object, message: &Message<'_>, group: &Group) -> Object {
    let Parcel { what, tally, unlisted, span, held_until, events, lines, .. } = &group.parcel;
    let events = events.iter().map(|(key, one)| {
        let message = Message { event: one, key: *key, group: None, ..*message };
        event(Object::new(), &message).end()
    });
    let events: Vec<String> = events.collect();
    let lines: Vec<String> = lines.iter().map(line).collect();
    let mut object = object
        .text("id", &message.id())
        .text("state", message.state())
        .text("message", if *what == What::Summary { "summary" } else { "group" })
        .text("title", &group.title)
        .text("host", message.host);
    if let Some((first, last)) = span {
        let time = |time| rfc3339(unix_secs(time));
        object = object.text("first", &time(*first)).text("last", &time(*last));
    }
    if let Some(until) = held_until {
        object = object.text("held_until", &rfc3339(unix_secs(*until)));
    }
    object
        .value("failed", tally.failed)
        .value("recovered", tally.recovered)
        .value("changed", tally.changed)
        .value("events", list(&events))
        .value("services", list(&lines))
        .value("unlisted", unlisted.total())
}

/// What happened to a test.
fn line(line: &Course) -> String {
    let words = words::of(line.kind);
    Object::new()
        .text("service", &line.service)
        .text("event", words.title(line.last))
        .text("kind", words.key)
        .text("state", word(line.last))
        .value("failed", line.tally.failed)
        .value("recovered", line.tally.recovered)
        .value("changed", line.tally.changed)
        .text("description", &line.description)
        .end()
}

/// `X-Monit-Signature`: HMAC-SHA256 of the body.
pub(super) fn sign(secret: &str, draft: &mut Draft) {
    let sum = hmac_sha256(secret.as_bytes(), draft.body.as_bytes());
    draft.headers.push(("X-Monit-Signature", format!("sha256={}", hex(&sum))));
}
