//! Gotify: a message of an application; the secret is the application's token. <https://gotify.net/docs/pushmsg>

use super::Format;
use super::links::{broken, said};
use crate::config::WebhookFormat;
use crate::webhook::json::Object;

/// Longest text in bytes.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Gotify,
    write: |message, webhook, draft| {
        if let Some(secret) = &webhook.secret {
            draft.headers.push(("X-Gotify-Key", secret.to_string()));
        }
        let priority = if message.state() == "failed" { 8 } else { 4 };
        draft.body = Object::new()
            .text("title", &broken(&message.title()))
            .text("message", &said(message, TEXT))
            .value("priority", priority)
            .end();
    },
};
