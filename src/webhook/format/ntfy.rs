//! ntfy: the last part of the path is the topic; it is published as JSON to what stands before it. The secret is an access
//! token. <https://docs.ntfy.sh/publish/#publish-as-json>

use super::links::{broken, said};
use super::{Format, target};
use crate::config::WebhookFormat;
use crate::webhook::json::{Object, list};
use crate::webhook::message::cut;

/// Longest text in bytes, and all of a message; ntfy makes an attachment of more.
const TEXT: usize = 3000;
const MESSAGE: usize = 4096;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Ntfy,
    write: |message, webhook, draft| {
        let path = webhook.url.path.trim_end_matches('/');
        let (before, topic) = path.rsplit_once('/').unwrap_or(("", path));
        draft.target = target(&format!("{before}/"), webhook.url.query.as_deref());
        if let Some(secret) = &webhook.secret {
            draft.headers.push(("Authorization", format!("Bearer {secret}")));
        }
        let (tag, priority) = match message.state() {
            "failed" => ("\"rotating_light\"", 4),
            "recovered" => ("\"white_check_mark\"", 3),
            _ => ("\"information_source\"", 3),
        };
        draft.body = Object::new()
            .text("topic", topic)
            .text("title", &broken(&message.title()))
            .text("message", cut(&said(message, TEXT), MESSAGE))
            .value("priority", priority)
            .value("tags", list(&[tag.to_owned()]))
            .end();
    },
};
