//! Discord: one embed. <https://discord.com/developers/docs/resources/webhook#execute-webhook>

use super::Format;
use super::markdown::plain;
use crate::config::WebhookFormat;
use crate::webhook::json::{Object, list};

/// Longest title and description, in bytes.
const TITLE: usize = 256;
const TEXT: usize = 3000;
/// Longest list of what else there is to say; together they may have 4096 characters.
const DETAILS: usize = 1000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Discord,
    write: |message, _, draft| {
        let colour = match message.state() {
            "failed" => 0xd0_2020,
            "recovered" => 0x20_a040,
            _ => 0x30_70c0,
        };
        let footer = Object::new().text("text", &format!("incident {}", message.incident())).end();
        let embed = Object::new()
            .text("title", &plain(&message.title(), TITLE))
            .text(
                "description",
                &format!("{}\n{}", plain(&message.story(TEXT), TEXT), plain(&message.details(), DETAILS)),
            )
            .value("color", colour)
            .text("timestamp", &message.time())
            .value("footer", footer)
            .end();
        // Nobody is called by what a log line says.
        let mentions = Object::new().value("parse", "[]").end();
        draft.body = Object::new().value("embeds", list(&[embed])).value("allowed_mentions", mentions).end();
    },
};
