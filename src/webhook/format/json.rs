//! Our own format: all facts, by name. With a secret the body is signed, so that a receiver knows who sent it.

use super::{Draft, Format};
use crate::config::WebhookFormat;
use crate::digest::{hex, hmac_sha256};
use crate::sys::localtime::unix_secs;
use crate::webhook::json::Object;

/// The version of the layout; raised by what breaks readers.
const VERSION: u32 = 1;
/// Types of services by their number.
const TYPES: [&str; 9] =
    ["filesystem", "directory", "file", "process", "host", "system", "fifo", "program", "network"];

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Json,
    write: |message, _, draft| {
        let event = message.event;
        draft.body = Object::new()
            .value("version", VERSION)
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
            .end();
    },
};

/// `X-Monit-Signature`: HMAC-SHA256 of the body.
pub(super) fn sign(secret: &str, draft: &mut Draft) {
    let sum = hmac_sha256(secret.as_bytes(), draft.body.as_bytes());
    draft.headers.push(("X-Monit-Signature", format!("sha256={}", hex(&sum))));
}
