use super::message::tests::event;
use super::*;
use crate::config::{Alert, EventSet, MailFormat, Place, Settings, Url, Webhook, WebhookFormat};
use crate::event::State;
use crate::log::Log;
use std::time::SystemTime;

/// One webhook, and who is told.
fn config(alerts: Vec<Alert>) -> Config {
    let webhook = Webhook {
        place: Place::default(),
        name: "x".into(),
        url: Url { host: "127.0.0.1".into(), port: 9, path: "/".into(), ..Url::default() },
        format: WebhookFormat::Json,
        timeout: Webhook::TIMEOUT,
        headers: Vec::new(),
        secret: None,
        template: None,
    };
    Config {
        settings: Box::new(Settings { webhooks: vec![webhook], alerts, ..Settings::default() }),
        ..Config::default()
    }
}

#[test]
fn what_nobody_wants_any_more_is_sifted_without_waiting_for_anything_else() {
    let alert = Alert {
        place: Place::default(),
        address: "@x".into(),
        events: EventSet::ALL,
        reminder: 0,
        format: MailFormat::default(),
    };
    let (before, after) = (config(vec![alert]), config(Vec::new()));
    let (mut outbox, mut log, now) = (Outbox::new(true), Log::capture(), Instant::now());
    let mut webhooks = Webhooks::new(&before, "box", &mut outbox);
    for number in 0..50 {
        let event = event(&format!("s{number}"), State::Failed);
        outbox.push(&event, webhooks.wanted(&event, &before), now, &mut log);
    }
    assert_eq!(outbox.len(), 50);
    let mut set = PollSet::new();
    while !outbox.is_empty() {
        let mut desk =
            Desk { config: &after, outbox: &mut outbox, log: &mut log, now, wall: SystemTime::now() };
        webhooks.on_tick(&mut desk);
        set.clear();
        webhooks.register(&outbox, &mut set);
        let asleep = set.deadline().is_none_or(|at| at > now);
        assert!(outbox.is_empty() || !asleep, "{} events wait for another event", outbox.len());
    }
    set.clear();
    webhooks.register(&outbox, &mut set);
    assert_eq!(set.deadline(), None);
}
