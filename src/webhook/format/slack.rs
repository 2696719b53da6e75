//! Slack and those who take the same (Mattermost, Rocket.Chat): an incoming webhook.
//! <https://api.slack.com/messaging/webhooks>

use super::Format;
use super::links::{broken, said};
use crate::config::WebhookFormat;
use crate::webhook::json::Object;

/// Longest text, in bytes; Slack cuts messages at 40 000 characters.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Slack,
    write: |message, _, draft| {
        let text = format!("*{}*\n{}", escape(&broken(&message.title())), escape(&said(message, TEXT)));
        draft.body = Object::new().text("text", &text).end();
    },
};

/// The three characters that mean something there.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
