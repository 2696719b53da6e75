//! Who is told about an event: a service's own `alert` and `noalert` lines and the global ones, their filters, and
//! reminders. Decided when an alert is delivered, so that the control file in force then counts.

use crate::config::{Alert, Config};
use crate::event::{ActionName, Event, State};

/// The alerts that apply to `event`, those by mail and those to webhooks, at most one per address: those of the service first, then the global ones, each
/// in the reverse order of the file.
///
/// A service's line for an address (a `noalert` too) takes the place of the global lines for it, whether or not its
/// filter lets this event through.
pub fn recipients<'a>(config: &'a Config, event: &Event) -> Vec<&'a Alert> {
    if event.action == ActionName::Ignore {
        return Vec::new();
    }
    let service = config.service_near(event.service_index, &event.service);
    let own: &[Alert] = service.map(|service| &*service.alerts).unwrap_or_default();
    let reminder = |alert: &Alert| service.map_or(alert.reminder, |service| config.reminder(alert, service));
    let overridden = |address: &str| own.iter().any(|alert| alert.address.eq_ignore_ascii_case(address));
    let global = config.settings.alerts.iter().rev().filter(|alert| !overridden(&alert.address));
    let mut chosen: Vec<&Alert> = Vec::new();
    for alert in own.iter().rev().chain(global) {
        let known = chosen.iter().any(|other| other.address.eq_ignore_ascii_case(&alert.address));
        if !known && alert.events.contains(event.kind) && is_due(event, reminder(alert)) {
            chosen.push(alert);
        }
    }
    chosen
}

/// Every change is told; of a lasting failure, every `reminder`th cycle.
fn is_due(event: &Event, reminder: u32) -> bool {
    event.is_change() || (event.state == State::Failed && reminder > 0 && event.count % reminder == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{
        EventKind, EventSet, Every, Place, Service, Settings, Subject, Url, Webhook, WebhookFormat,
    };
    use crate::outbox::tests::event;
    use std::time::Duration;

    fn alert(address: &str, events: EventSet, reminder: u32) -> Alert {
        Alert { place: Place::default(), address: address.into(), events, reminder, format: None }
    }

    fn told(config: &Config, event: &Event) -> Vec<String> {
        recipients(config, event).iter().map(|alert| alert.address.to_string()).collect()
    }

    fn config(global: Vec<Alert>, own: Vec<Alert>) -> Config {
        let settings = Settings { alerts: global, ..Settings::default() };
        let mut service = Service::new("web", Subject::System);
        service.alerts = own.into();
        Config { settings: settings.into(), services: vec![service], ..Config::default() }
    }

    #[test]
    fn own_lines_first_then_global_ones_each_backwards() {
        let all = |address| alert(address, EventSet::ALL, 0);
        let config = config(vec![all("g1@x"), all("g2@x"), all("both@x")], vec![all("o1@x"), all("BOTH@x")]);
        assert_eq!(told(&config, &event("web", 1)), ["BOTH@x", "o1@x", "g2@x", "g1@x"]);
        assert_eq!(told(&config, &event("other", 1)), ["both@x", "g2@x", "g1@x"]);
    }

    #[test]
    fn an_own_line_takes_the_place_of_the_global_one() {
        let timeout = EventSet(EventKind::Timeout.bit());
        let global = vec![alert("a@x", EventSet::ALL, 0), alert("b@x", EventSet::ALL, 0)];
        let config = config(global, vec![alert("a@x", timeout, 0), alert("b@x", EventSet::NONE, 0)]);
        assert!(told(&config, &event("web", 1)).is_empty());
        assert_eq!(told(&config, &Event { kind: EventKind::Timeout, ..event("web", 1) }), ["a@x"]);
    }

    #[test]
    fn one_mail_per_address_even_with_several_lines() {
        let size = EventSet(EventKind::Size.bit());
        let config = config(vec![alert("a@x", EventSet::ALL, 0), alert("A@X", size, 0)], vec![]);
        assert_eq!(told(&config, &Event { kind: EventKind::Size, ..event("web", 1) }), ["A@X"]);
        assert_eq!(told(&config, &Event { kind: EventKind::Uid, ..event("web", 1) }), ["a@x"]);
    }

    #[test]
    fn reminders_go_to_those_who_want_them() {
        let config =
            config(vec![alert("never@x", EventSet::ALL, 0), alert("two@x", EventSet::ALL, 2)], vec![]);
        for (count, expected) in [(1, 2), (2, 1), (3, 0), (4, 1), (5, 0)] {
            assert_eq!(told(&config, &event("web", count)).len(), expected, "cycle {count}");
        }
        // A test on its way to recovery reminds nobody.
        let good = Event { state: State::Succeeded, ..event("web", 2) };
        assert!(told(&config, &good).is_empty());
    }

    #[test]
    fn what_is_to_be_ignored_is_told_to_nobody() {
        let config = config(vec![alert("a@x", EventSet::ALL, 0)], vec![]);
        assert!(told(&config, &Event { action: ActionName::Ignore, ..event("web", 1) }).is_empty());
    }

    #[test]
    fn an_alertmanager_is_told_again_before_it_forgets() {
        let webhook = Webhook {
            place: Place::default(),
            name: "fleet".into(),
            url: Url::default(),
            format: WebhookFormat::Alertmanager,
            timeout: Webhook::TIMEOUT,
            headers: Default::default(),
            secret: None,
            template: None,
        };
        let mut config =
            config(vec![alert("@Fleet", EventSet::ALL, 0), alert("a@x", EventSet::ALL, 0)], vec![]);
        config.settings.webhooks = vec![Box::new(webhook)];
        config.settings.poll = Some(Duration::from_secs(120));
        let lasting = |count| event("web", count);
        assert!(told(&config, &lasting(179)).is_empty());
        assert_eq!(told(&config, &lasting(180)), ["@Fleet"]);
        config.services[0].every = Every::Period(Duration::from_secs(3600));
        assert_eq!(told(&config, &lasting(6)), ["@Fleet"]);
        // Less often than it forgets: each time.
        config.services[0].every = Every::Cycles(1000);
        assert_eq!(told(&config, &lasting(2)), ["@Fleet"]);
        config.settings.alerts[0].reminder = 5;
        assert_eq!(
            (told(&config, &lasting(4)), told(&config, &lasting(5))),
            (vec![], vec!["@Fleet".to_owned()])
        );
    }
}
