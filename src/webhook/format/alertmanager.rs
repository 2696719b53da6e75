//! Prometheus Alertmanager: its v2 API, `/api/v2/alerts`. The labels are the same for failure and recovery; the secret is a bearer
//! token. An alert ends with the recovery, or a day after it was last told.
//! <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>

use super::Format;
use crate::config::WebhookFormat;
use crate::event::Event;
use crate::sys::localtime::unix_secs;
use crate::webhook::json::{Object, list};
use crate::webhook::message::{Message, rfc3339};

/// Seconds that an alert stands without being told again, and one that has no recovery.
const STANDS: i64 = 86_400;
const NEWS: i64 = 300;
/// Longest text in bytes.
const TEXT: usize = 3000;

pub(super) const FORMAT: Format = Format {
    format: WebhookFormat::Alertmanager,
    write: |message, webhook, draft| {
        if let Some(secret) = &webhook.secret {
            draft.headers.push(("Authorization", format!("Bearer {secret}")));
        }
        draft.body = match message.group {
            None => list(&[alert(message)]),
            Some(group) => {
                let events = group.parcel.events.iter();
                let one = |(key, event): &(u64, Event)| {
                    alert(&Message { event, key: *key, group: None, ..*message })
                };
                list(&events.map(one).collect::<Vec<_>>())
            }
        };
    },
};

/// One event.
fn alert(message: &Message<'_>) -> String {
    let time = unix_secs(message.event.time);
    let ends = match message.state() {
        "failed" => time.saturating_add(STANDS),
        "recovered" => time,
        _ => time.saturating_add(NEWS),
    };
    let labels = Object::new()
        .text("alertname", &format!("monit_{}", message.kind()))
        .text("service", &message.event.service)
        .text("instance", message.host)
        .text("incident", &message.incident())
        .text("job", "monit")
        .end();
    let annotations = Object::new()
        .text("summary", &message.title())
        .text("description", message.description(TEXT))
        .text("action", message.event.action.word())
        .text_if_any("evidence", &message.event.evidence)
        .end();
    let mut alert = Object::new().value("labels", labels).value("annotations", annotations);
    // Alertmanager knows since when: what recovers does not begin anew.
    if message.state() != "recovered" {
        alert = alert.text("startsAt", &rfc3339(time));
    }
    alert.text("endsAt", &rfc3339(ends)).end()
}
