//! What a server will never take is dropped and told; what only a human can mend waits for that.

use super::delivery::{Daemon, config, services};
use super::*;
use crate::mail::fake_server::{FakeServer, Habit};

fn said(daemon: &Daemon, what: &str) -> usize {
    daemon.errors().iter().filter(|text| text.contains(what)).count()
}

#[test]
fn one_that_is_refused_for_good_holds_up_nothing() {
    for (moment, reply) in
        [("RCPT", "550 5.1.1 nobody"), ("RCPT", "550 nobody"), ("DATA", "554 no"), ("dot", "554 5.7.1 spam")]
    {
        let server = FakeServer::with(Some((moment, Habit::Says(reply))));
        let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
        daemon.raise(event("web", 1));
        daemon.run_until("the first round", |daemon| daemon.waits() || daemon.pending() == 0);
        let lost = format!(
            "refuses the alert 'web' Does not exist (process is not running) for a@x, which is dropped -- {reply}"
        );
        assert_eq!((daemon.pending(), said(&daemon, &lost)), (0, 1), "{moment} {:?}", daemon.errors());
        server.mend();
        daemon.raise(event("web", 1));
        daemon.deliver_all();
        assert_eq!(services(&server), ["web"], "{moment} {reply}");
        assert_eq!(daemon.errors().len(), 1, "{:?}", daemon.errors());
    }
}

#[test]
fn what_a_human_can_mend_is_kept_in_order() {
    for (moment, reply) in [
        ("MAIL", "530 5.7.0 authenticate first"),
        ("RCPT", "554 5.7.1 relay denied"),
        ("RCPT", "552 5.2.2 full"),
    ] {
        let server = FakeServer::with(Some((moment, Habit::Says(reply))));
        let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
        daemon.raise(event("web", 1));
        daemon.raise(event("web", 1));
        daemon.run_until("the first round", |daemon| daemon.waits());
        // The second one to the same address did not try to overtake.
        assert_eq!((daemon.pending(), said(&daemon, reply)), (2, 1), "{moment} {reply}");
        server.mend();
        daemon.raise(event("other", 1));
        daemon.hurry();
        daemon.deliver_all();
        assert_eq!(services(&server), ["web", "web", "other"], "{moment} {reply}");
    }
}

#[test]
fn every_server_has_to_refuse_it() {
    let no = || FakeServer::with(Some(("RCPT", Habit::Says("550 5.1.1 nobody"))));
    let later = FakeServer::with(Some(("RCPT", Habit::Says("451 later"))));
    let (first, second) = (no(), no());
    let mut daemon = Daemon::start(config(&[first.port, later.port, second.port], &["a@x"]));
    daemon.raise(event("web", 1));
    daemon.run_until("the first round", |daemon| daemon.waits());
    assert_eq!((daemon.pending(), said(&daemon, "dropped")), (1, 0), "one of them may take it");
    later.mend();
    daemon.hurry();
    daemon.deliver_all();
    assert_eq!(services(&later), ["web"]);

    let mut daemon = Daemon::start(config(&[first.port, second.port], &["a@x"]));
    daemon.raise(event("web", 1));
    daemon.deliver_all();
    assert_eq!(said(&daemon, "dropped"), 1, "{:?}", daemon.errors());
}

/// One recipient who is told in groups, of three events that these servers refuse for what is in them.
fn grouped(servers: &[&FakeServer]) -> Daemon {
    let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
    let mut config = config(&ports, &["a@x"]);
    let group = Some(Duration::from_millis(1));
    config.settings.noise = vec![crate::config::Noise { group, ..Default::default() }].into();
    let mut daemon = Daemon::start(config);
    let grouped = daemon.mail.grouped.iter().next().unwrap().destination;
    let owed = crate::outbox::Destinations::NONE.with(grouped);
    for name in ["a", "b", "c"] {
        daemon.outbox.push(&event(name, 1), owed, Instant::now(), &mut daemon.log);
    }
    daemon.run_until("they are refused", |daemon| said(daemon, "in parts") + said(daemon, "attempt") > 0);
    daemon
}

#[test]
fn a_group_that_every_server_refuses_goes_in_parts() {
    let no = || FakeServer::with(Some(("dot", Habit::Says("554 5.7.1 spam"))));
    let (first, second) = (no(), no());
    let mut daemon = grouped(&[&first, &second]);
    assert_eq!((said(&daemon, "in parts"), said(&daemon, "dropped")), (1, 0), "{:?}", daemon.errors());
    daemon.run_until("nobody is owed anything", |daemon| daemon.outbox.is_empty());
    let names = "'a' Does not exist, 'b' Does not exist, 'c' Does not exist";
    let lost = format!("refuses 3 alerts for a@x, which are dropped ({names}) -- 554 5.7.1 spam");
    assert_eq!(said(&daemon, &lost), 1, "{:?}", daemon.errors());
    // And what the first server said of the whole.
    assert_eq!(daemon.errors().len(), 3, "{:?}", daemon.errors());
    let mut daemon = grouped(&[&first]);
    first.mend();
    daemon.run_until("nobody is owed anything", |daemon| daemon.outbox.is_empty());
    // The younger half is called `b Does not exist, and 1 more`.
    assert_eq!(services(&first), ["a", "more"], "{:?}", first.mails());
    let busy = FakeServer::with(Some(("dot", Habit::Says("451 later"))));
    let daemon = grouped(&[&second, &busy]);
    assert_eq!((said(&daemon, "attempt"), said(&daemon, "in parts")), (1, 0), "one of them may take it");
}
