//! Microsoft Teams: an adaptive card, as a workflow for incoming webhooks takes it.
//! <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>

use super::Format;
use super::markdown::plain;
use crate::config::WebhookFormat;
use crate::webhook::json::{Object, list};

/// Longest text in bytes; a card may have 28 kB.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Teams,
    write: |message, _, draft| {
        let colour = match message.state() {
            "failed" => "Attention",
            "recovered" => "Good",
            _ => "Accent",
        };
        let block = |text: &str| {
            Object::new().text("type", "TextBlock").value("wrap", true).text("text", &plain(text, 2 * TEXT))
        };
        let title = block(&message.title()).text("weight", "Bolder").text("color", colour).end();
        let blocks = [title, block(&message.story(TEXT)).end(), block(&message.details()).end()];
        let card = Object::new()
            .text("type", "AdaptiveCard")
            .text("version", "1.4")
            .value("body", list(&blocks))
            .end();
        let attachment = Object::new()
            .text("contentType", "application/vnd.microsoft.card.adaptive")
            .value("content", card)
            .end();
        draft.body = Object::new().text("type", "message").value("attachments", list(&[attachment])).end();
    },
};
