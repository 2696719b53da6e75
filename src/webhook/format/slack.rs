//! Slack and those who take the same (Mattermost, Rocket.Chat): an incoming webhook.
//! <https://api.slack.com/messaging/webhooks>

use super::Format;
use super::links::broken;
use crate::config::WebhookFormat;
use crate::webhook::json::Object;

/// Longest text, in bytes; Slack cuts messages at 40 000 characters.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Slack,
    write: |message, _, draft| {
        let (title, description) = (escape(&message.title()), escape(&message.story(TEXT)));
        let text = format!("*{title}*\n{description}\n{}", escape(&message.details()));
        draft.body = Object::new().text("text", &text).end();
    },
};

/// The three characters that mean something there, and what would be a link, also to those whose texts are Markdown.
fn escape(text: &str) -> String {
    broken(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
