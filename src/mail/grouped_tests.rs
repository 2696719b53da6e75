//! Mail beside recipients who are told in messages of several events.

use super::delivery::{Daemon, config, services};
use super::*;
use crate::config::Noise;
use crate::mail::fake_server::{FakeServer, Habit};
use crate::outbox::Destinations;

/// `a@x` is told in groups, `b@x` of each event, and an event is owed to whoever delivers, as is what an earlier run left.
fn daemon(server: &FakeServer, events: usize) -> Daemon {
    let mut config = config(&[server.port], &["a@x", "b@x"]);
    let group = Some(Duration::from_millis(1));
    config.settings.noise = vec![Noise { address: Some("a@x".into()), group, ..Noise::default() }].into();
    let mut daemon = Daemon::start(config);
    let grouped = daemon.mail.grouped.iter().next().unwrap().destination;
    let owed = Destinations::NONE.with(daemon.mail.destination()).with(grouped);
    for number in 0..events {
        daemon.outbox.push(&event(&format!("s{number}"), 1), owed, Instant::now(), &mut daemon.log);
        if number > 0 && number + 1 < events {
            daemon.outbox.mark(daemon.outbox.newest(), "b@x", &mut daemon.log);
        }
    }
    daemon
}

#[test]
fn what_others_are_owed_is_passed_over_a_few_events_in_each_turn() {
    let server = FakeServer::start();
    let mut daemon = daemon(&server, 300);
    let mut before = daemon.pending();
    daemon.run_until("all is passed over", |daemon| {
        let passed = before - daemon.pending();
        before = daemon.pending();
        assert!(passed <= 25, "{passed} events in one turn");
        before == 0
    });
    daemon.run_until("nobody is owed anything", |daemon| daemon.outbox.is_empty());
    let mut told: Vec<String> = server.mails().iter().map(|(to, _)| to.clone()).collect();
    told.sort();
    assert_eq!((told, server.connections()), (vec!["a@x".into(), "b@x".into(), "b@x".into()], 2));
    assert!(services(&server).contains(&"s299".to_owned()), "{:?}", server.mails());
    assert!(daemon.errors().is_empty(), "{:?}", daemon.errors());
}

#[test]
fn a_message_to_a_recipient_who_is_refused_for_good_is_lost_in_one_line() {
    let server = FakeServer::with(Some(("RCPT", Habit::Says("550 5.1.1 nobody here"))));
    let mut daemon = daemon(&server, 40);
    daemon.run_until("nobody is owed anything", |daemon| daemon.outbox.is_empty());
    let lines: Vec<String> = daemon.errors().into_iter().filter(|text| text.contains("for a@x")).collect();
    let named = (0..10).map(|number| format!("'s{number}' Does not exist")).collect::<Vec<_>>().join(", ");
    let line = format!(
        "refuses 40 alerts for a@x, which are dropped ({named}, and 30 more) -- 550 5.1.1 nobody here"
    );
    assert!(lines.len() == 1 && lines[0].ends_with(&line), "{lines:?}");
}
