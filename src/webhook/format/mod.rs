//! The formats that receivers understand: one file each, one line in [`FORMATS`]. `doc/webhooks.md` shows what each sends.

mod alertmanager;
mod discord;
mod gotify;
mod json;
mod links;
mod markdown;
mod ntfy;
mod pagerduty;
mod slack;
mod teams;
mod telegram;

use super::message::Message;
use crate::config::{Webhook, WebhookFormat};

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Which one.
    pub format: WebhookFormat,
    /// Fills in a request.
    pub write: fn(&Message<'_>, &Webhook, &mut Draft),
}

/// The parts of a request that a format decides.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Path and query.
    pub target: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body: JSON.
    pub body: String,
}

/// All of them.
pub const FORMATS: &[Format] = &[
    json::FORMAT,
    slack::FORMAT,
    discord::FORMAT,
    telegram::FORMAT,
    ntfy::FORMAT,
    gotify::FORMAT,
    pagerduty::FORMAT,
    teams::FORMAT,
    alertmanager::FORMAT,
];

/// The request for a message, before the webhook's own headers.
pub fn draft(message: &Message<'_>, webhook: &Webhook) -> Draft {
    let url = &webhook.url;
    let mut draft = Draft { target: url.target(), ..Draft::default() };
    if let Some(format) = FORMATS.iter().find(|format| format.format == webhook.format) {
        (format.write)(message, webhook, &mut draft);
    }
    if let Some(template) = &webhook.template {
        draft.body = super::template::fill(template, message);
    }
    if let (WebhookFormat::Json, Some(secret)) = (webhook.format, &webhook.secret) {
        json::sign(secret, &mut draft);
    }
    draft
}

/// Path and query as a request has them.
fn target(path: &str, query: Option<&str>) -> String {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
