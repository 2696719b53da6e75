//! PagerDuty: the Events API v2; the secret is the integration's routing key. What has no recovery triggers an incident of
//! its own, which somebody has to resolve. <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>

use super::Format;
use crate::config::WebhookFormat;
use crate::webhook::json::Object;
use crate::webhook::message::cut;

/// Longest summary and details, in bytes.
const SUMMARY: usize = 1024;
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Pagerduty,
    write: |message, webhook, draft| {
        let action = if message.state() == "recovered" { "resolve" } else { "trigger" };
        let severity = if message.state() == "failed" { "error" } else { "info" };
        let details = Object::new()
            .text("description", message.description(TEXT))
            .text("action", message.event.action.word())
            .text_if_any("evidence", &message.event.evidence)
            .end();
        let payload = Object::new()
            .text("summary", cut(&message.title(), SUMMARY))
            .text("source", message.host)
            .text("severity", severity)
            .text("timestamp", &message.time())
            .text("component", &message.event.service)
            .text("class", message.kind())
            .value("custom_details", details)
            .end();
        draft.body = Object::new()
            .text("routing_key", webhook.secret.as_deref().unwrap_or_default())
            .text("event_action", action)
            .text("dedup_key", &message.incident())
            .value("payload", payload)
            .end();
    },
};
