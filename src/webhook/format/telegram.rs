//! Telegram: `sendMessage` of a bot. The chat is named in the query of the URL (`?chat_id=…`); the bot's token stands in the path
//! as `/botTOKEN/sendMessage`, or is the secret, with `/sendMessage` as the path.
//! <https://core.telegram.org/bots/api#sendmessage>

use super::links::{broken, said};
use super::{Format, target};
use crate::config::WebhookFormat;
use crate::webhook::json::Object;
use crate::webhook::message::cut;

/// Longest text in bytes, and all of a message; Telegram takes 4096 characters.
const TEXT: usize = 3000;
const MESSAGE: usize = 4096;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Telegram,
    write: |message, webhook, draft| {
        let query = webhook.url.query.as_deref().unwrap_or_default();
        let chat = query.split('&').find_map(|part| part.strip_prefix("chat_id=")).unwrap_or_default();
        let others: Vec<&str> = query.split('&').filter(|part| !part.starts_with("chat_id=")).collect();
        let others = Some(others.join("&")).filter(|others| !others.is_empty());
        let path = match &webhook.secret {
            Some(secret) => format!("/bot{secret}{}", webhook.url.path),
            None => webhook.url.path.to_string(),
        };
        draft.target = target(&path, others.as_deref());
        let text = format!("{}\n{}", broken(&message.title()), said(message, TEXT));
        draft.body = Object::new()
            .text("chat_id", chat)
            .text("text", cut(&text, MESSAGE))
            .value("disable_web_page_preview", true)
            .end();
    },
};
