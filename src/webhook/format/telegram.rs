//! Telegram: `sendMessage` of a bot. The chat is named in the query of the URL (`?chat_id=…`); the bot's token stands in the path
//! as `/botTOKEN/sendMessage`, or is the secret, with `/sendMessage` as the path.
//! <https://core.telegram.org/bots/api#sendmessage>

use super::links::broken;
use super::{Format, target};
use crate::config::WebhookFormat;
use crate::webhook::json::Object;

/// Longest text in bytes; Telegram takes 4096 characters.
const TEXT: usize = 3000;

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
        let text = format!("{}\n{}\n{}", message.title(), message.story(TEXT), message.details());
        draft.body = Object::new()
            .text("chat_id", chat)
            .text("text", &broken(&text))
            .value("disable_web_page_preview", true)
            .end();
    },
};
