//! Several connections to one server: quicker, in order, and nothing lost whatever the server thinks of it.

use super::delivery::{Daemon, config};
use super::*;
use crate::mail::fake_server::{FakeServer, Habit, Rules};
use crate::mail::lane::LANES;

/// Numbered alerts of these services in turn.
fn raise(daemon: &mut Daemon, services: usize, alerts: usize) {
    for number in 0..alerts {
        let name = format!("s{}", number % services);
        let description = format!("number {number}").into();
        daemon.raise(Event { description, ..event(&name, 1) });
    }
}

/// The numbers that arrived for a service, in the order of their arrival.
fn arrived(server: &FakeServer, service: usize) -> Vec<usize> {
    let field = |text: &str, key: &str| {
        text.lines().find_map(|line| line.trim_start().strip_prefix(key).map(str::to_owned))
    };
    let subject = format!("monit alert --  Does not exist s{service}");
    let mails = server.mails();
    let mine = mails.iter().filter(|(_, text)| field(text, "Subject: ").as_deref() == Some(&*subject));
    let number = |text: &str| field(text, "Description: number ").and_then(|number| number.parse().ok());
    mine.filter_map(|(_, text)| number(text)).collect()
}

/// Each alert arrived once, those of each service in order.
fn all_in_order(server: &FakeServer, services: usize, alerts: usize) {
    for service in 0..services {
        let expected: Vec<usize> = (service..alerts).step_by(services).collect();
        assert_eq!(arrived(server, service), expected, "s{service}");
    }
}

fn patient(server: &FakeServer) -> Config {
    let mut config = config(&[server.port], &["a@x"]);
    config.settings.mail_timeout = Some(Duration::from_secs(20));
    config
}

fn slow(most: u32, unreliable: u32) -> FakeServer {
    FakeServer::ruled(Rules { pause: Duration::from_millis(20), most, unreliable })
}

#[test]
fn a_slow_server_gets_several_connections_and_each_service_its_order() {
    let server = slow(0, 0);
    let mut daemon = Daemon::start(patient(&server));
    raise(&mut daemon, 40, 400);
    daemon.deliver_all();
    all_in_order(&server, 40, 400);
    let widest = server.widest() as usize;
    assert!((4..=LANES).contains(&widest), "{widest} connections");
    daemon.run_until("the end", |daemon| daemon.mail.lanes.is_empty());
    assert_eq!(daemon.mail.lanes.capacity(), 0, "nothing is kept of it");
    assert!(daemon.errors().is_empty(), "{:?}", daemon.errors());
}

#[test]
fn few_alerts_are_no_reason_for_more_connections() {
    let server = slow(0, 0);
    let mut daemon = Daemon::start(patient(&server));
    raise(&mut daemon, 3, 5);
    daemon.deliver_all();
    all_in_order(&server, 3, 5);
    assert_eq!(server.connections(), 1);
}

#[test]
fn one_service_with_many_alerts_keeps_to_one_connection() {
    let server = slow(0, 0);
    let mut daemon = Daemon::start(patient(&server));
    raise(&mut daemon, 1, 150);
    daemon.deliver_all();
    all_in_order(&server, 1, 150);
    assert!(server.connections() <= 2, "{} connections", server.connections());
}

#[test]
fn a_server_that_allows_two_connections_gets_two() {
    let server = slow(2, 0);
    let mut daemon = Daemon::start(patient(&server));
    raise(&mut daemon, 30, 200);
    daemon.deliver_all();
    all_in_order(&server, 30, 200);
    assert_eq!((server.widest(), server.connections()), (2, 3));
    assert!(daemon.errors().is_empty(), "no trouble: {:?}", daemon.errors());
    let log = daemon.log.captured();
    let said = log
        .iter()
        .filter(|(_, text)| text.ends_with("too many connections from you; going on over 2 connections"));
    assert_eq!(said.count(), 1, "{log:?}");
    // It is remembered.
    raise(&mut daemon, 30, 200);
    daemon.deliver_all();
    assert_eq!(server.widest(), 2);
    // The server may still count one that has taken its leave.
    assert!(server.connections() <= 7, "{}", server.connections());
}

#[test]
fn connections_that_break_lose_nothing_and_keep_the_order() {
    let server = slow(0, 23);
    let mut daemon = Daemon::start(patient(&server));
    raise(&mut daemon, 12, 240);
    daemon.run_until("delivery", |daemon| daemon.pending() == 0 || daemon.waits());
    while daemon.pending() > 0 {
        daemon.hurry();
        daemon.run_until("delivery", |daemon| daemon.pending() == 0 || daemon.waits());
    }
    all_in_order(&server, 12, 240);
}

#[test]
fn silence_after_the_last_dot_means_a_copy_and_says_so() {
    let server = FakeServer::with(Some(("dot", Habit::Silent)));
    let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
    daemon.mail.content_patience = Some(Duration::from_millis(300));
    raise(&mut daemon, 1, 2);
    daemon.run_until("the first round", |daemon| daemon.waits());
    assert_eq!(daemon.pending(), 2, "who said nothing has taken nothing");
    let said = |daemon: &Daemon, what: &str| {
        daemon.log.captured().iter().filter(|(_, text)| text.contains(what)).count()
    };
    assert_eq!(said(&daemon, "did not say whether it took the alert"), 1, "{:?}", daemon.log.captured());
    assert_eq!(said(&daemon, "2 events undelivered"), 1);
    server.mend();
    daemon.hurry();
    daemon.deliver_all();
    assert_eq!(arrived(&server, 0), [0, 1]);

    // The same where the message had been taken: then the copy is the second, and no more than one.
    let server = FakeServer::with(Some(("dot", Habit::Hangs)));
    let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
    raise(&mut daemon, 1, 1);
    daemon.run_until("the first round", |daemon| daemon.waits());
    server.mend();
    daemon.hurry();
    daemon.deliver_all();
    assert_eq!(arrived(&server, 0), [0, 0]);
    let ids: Vec<String> = server
        .mails()
        .iter()
        .filter_map(|(_, text)| text.lines().find(|line| line.starts_with("Message-Id:")).map(str::to_owned))
        .collect();
    assert_eq!(ids.first(), ids.last(), "by which it can be recognised");
}
