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
