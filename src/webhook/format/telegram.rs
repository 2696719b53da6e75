//! Telegram: `sendMessage` of a bot. The chat is named in the query of the URL (`?chat_id=…`); the bot's token stands in the path
//! as `/botTOKEN/sendMessage`, or is the secret, with `/sendMessage` as the path.
//! <https://core.telegram.org/bots/api#sendmessage>

use super::Format;
use crate::config::WebhookFormat;
use crate::webhook::json::Object;

/// Longest text in bytes; Telegram takes 4096 characters.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Telegram,
    write: |message, webhook, draft| {
        let query = webhook.url.query.as_deref().unwrap_or_default();
        let chat = query.split('&').find_map(|part| part.strip_prefix("chat_id=")).unwrap_or_default();
        if let Some(secret) = &webhook.secret {
            draft.target = format!("/bot{secret}{}", webhook.url.path);
        } else {
            draft.target = webhook.url.path.to_string();
        }
        let text = format!("{}\n{}\n{}", message.title(), message.description(TEXT), message.details());
        draft.body = Object::new()
            .text("chat_id", chat)
            .text("text", &text)
            .value("disable_web_page_preview", true)
            .end();
    },
};
