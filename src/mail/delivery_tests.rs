use super::*;
use crate::config::{Alert, EventQueue, EventSet, MailServer, Place, Settings};
use crate::log::Level;
use crate::mail::fake_server::{FakeServer, Habit, MOMENTS};
use crate::outbox::{Destinations, SHORTEST};
use crate::sys::Scratch;

const FAREWELL: Duration = Duration::from_secs(2);

/// A daemon's loop with nothing in it but mail.
pub struct Daemon {
    pub config: Config,
    pub mail: Mail,
    pub outbox: Outbox,
    pub log: Log,
    slowest: Duration,
}

fn server(port: u16) -> MailServer {
    MailServer {
        place: Place::default(),
        host: "127.0.0.1".into(),
        port: port.into(),
        username: None,
        password: None,
        tls: None,
        certificate: None,
        doubtful: false,
    }
}

fn alert(address: &str) -> Alert {
    Alert {
        place: Place::default(),
        address: address.into(),
        events: EventSet::ALL,
        reminder: 0,
        format: None,
    }
}

pub fn config(ports: &[u16], addresses: &[&str]) -> Config {
    let settings = Settings {
        mailservers: ports.iter().map(|port| server(*port)).collect(),
        mail_timeout: Some(Duration::from_millis(300)),
        alerts: addresses.iter().map(|address| alert(address)).collect(),
        ..Settings::default()
    };
    Config { settings: settings.into(), ..Config::default() }
}

impl Daemon {
    pub fn start(config: Config) -> Daemon {
        let mut log = Log::capture();
        let mut outbox = Outbox::new(true);
        let mail = Mail::new(&config, "vm", &mut outbox, &mut log);
        outbox.configure(config.settings.eventqueue.as_ref(), &mut log);
        Daemon { config, mail, outbox, log, slowest: Duration::ZERO }
    }

    pub fn raise(&mut self, event: Event) {
        let (mail, mut desk) = self.lend();
        if mail.wants(&event, &mut desk) {
            let owed = Destinations::NONE.with(mail.destination());
            desk.outbox.push(&event, owed, desk.now, desk.log);
        }
    }

    fn lend(&mut self) -> (&mut Mail, Desk<'_>) {
        let (now, wall) = (Instant::now(), super::then());
        let Daemon { config, mail, outbox, log, .. } = self;
        (mail, Desk { config, outbox, log, now, wall })
    }

    /// Alerts not yet delivered.
    pub fn pending(&self) -> usize {
        self.outbox.waiting(self.mail.destination())
    }

    /// Is the next round put off?
    pub fn waits(&self) -> bool {
        self.outbox.clock(self.mail.destination()).unwrap().at().is_some()
    }

    /// One turn of the loop, waiting for something that was asked for.
    fn turn(&mut self) {
        let mut set = PollSet::new();
        self.outbox.register(&mut set);
        self.mail.register(&self.outbox, &mut set);
        set.wait_for_something();
        self.go_on(&set);
    }

    /// The turn in which something has happened elsewhere: an event was raised, say.
    pub fn turn_at_once(&mut self) {
        self.go_on(&PollSet::new());
    }

    fn go_on(&mut self, set: &PollSet) {
        let (mail, mut desk) = self.lend();
        let now = desk.now;
        for (token, ready) in set.ready() {
            match token.source {
                Source::Mail => mail.on_ready(token, ready, &mut desk),
                source => assert_eq!(source, Source::Outbox),
            }
        }
        desk.outbox.on_tick(now, desk.log);
        mail.on_tick(&mut desk);
        desk.outbox.end_turn();
        self.slowest = self.slowest.max(now.elapsed());
    }

    pub fn run_until(&mut self, what: &str, mut done: impl FnMut(&Daemon) -> bool) {
        let limit = Instant::now() + Duration::from_secs(40);
        self.turn_at_once();
        while !done(self) {
            assert!(Instant::now() < limit, "{what}: {:?} {:#?}", self.mail, self.log.captured());
            self.turn();
        }
    }

    pub fn deliver_all(&mut self) {
        self.run_until("delivery", |daemon| daemon.pending() == 0);
    }

    pub fn errors(&self) -> Vec<String> {
        let errors = self.log.captured().iter().filter(|(level, _)| *level == Level::Error);
        errors.map(|(_, text)| text.clone()).collect()
    }

    /// No pause until the next round, as if the time had passed.
    pub fn hurry(&mut self) {
        self.outbox.clock_mut(self.mail.destination()).unwrap().at_once();
    }
}

pub fn services(server: &FakeServer) -> Vec<String> {
    let subject = |text: &str| text.lines().find_map(|l| l.strip_prefix("Subject: ").map(str::to_owned));
    let name = |(_, text): &(String, String)| subject(text).unwrap().rsplit(' ').next().unwrap().to_owned();
    server.mails().iter().map(name).collect()
}

#[test]
fn many_alerts_over_one_connection_in_order() {
    let server = FakeServer::start();
    let mut daemon = Daemon::start(config(&[server.port], &["b@x", "a@x"]));
    // However slow this machine is today.
    daemon.mail.most = 1;
    let names: Vec<String> = (0..100).map(|n| format!("s{n}")).collect();
    for name in &names {
        daemon.raise(event(name, 1));
    }
    daemon.deliver_all();
    let twice: Vec<String> = names.iter().flat_map(|name| [name.clone(), name.clone()]).collect();
    assert_eq!(services(&server), twice);
    assert_eq!(server.mails()[0].0, "a@x");
    assert_eq!(server.connections(), 1);
    assert!(daemon.errors().is_empty(), "{:?}", daemon.errors());
}

#[test]
fn a_later_alert_gets_a_new_connection() {
    let server = FakeServer::start();
    let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
    for name in ["one", "two"] {
        daemon.raise(event(name, 1));
        daemon.deliver_all();
        daemon.run_until("farewell", |daemon| daemon.mail.lanes.is_empty());
    }
    assert_eq!((services(&server), server.connections()), (vec!["one".to_owned(), "two".to_owned()], 2));
}

#[test]
fn the_second_server_takes_what_the_first_does_not() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let good = FakeServer::start();
    let mut daemon = Daemon::start(config(&[closed, good.port], &["a@x"]));
    daemon.raise(event("web", 1));
    daemon.deliver_all();
    assert_eq!(services(&good), ["web"]);
    assert_eq!(daemon.errors(), [format!("Mail server [127.0.0.1]:{closed} -- Connection refused")]);
}

#[test]
#[cfg(feature = "tls")]
fn a_server_with_a_bad_certificate_gets_no_word() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    for (pem, trusted) in
        [("good.pem", true), ("other.pem", false), ("expired.pem", false), ("selfsigned.pem", false)]
    {
        let (first, second) = (FakeServer::tls(&data.join(pem)), FakeServer::tls(&data.join("good.pem")));
        let mut config = config(&[first.port, second.port], &["a@x"]);
        for server in &mut config.settings.mailservers {
            let ca_file = Some(data.join("ca.pem").into());
            server.tls = Some(Box::new(crate::config::Tls { ca_file, ..Default::default() }));
        }
        config.settings.mail_timeout = Some(Duration::from_secs(10));
        let mut daemon = Daemon::start(config);
        daemon.raise(event("web", 1));
        daemon.deliver_all();
        let expected: [&[&str]; 2] = if trusted { [&["web"], &[]] } else { [&[], &["web"]] };
        assert_eq!([services(&first), services(&second)], expected, "{pem}");
        let errors = daemon.errors();
        assert_eq!(errors.iter().any(|text| text.contains("certificate")), !trusted, "{pem}: {errors:?}");
    }
}

#[test]
fn whatever_a_server_does_the_alert_goes_to_the_next_one() {
    let habits = [
        Habit::Silent,
        Habit::Says("451 later"),
        Habit::Says("550 no"),
        Habit::Hangs,
        Habit::Trickles,
        Habit::Endless,
        Habit::LongLine,
        Habit::Garbage,
    ];
    std::thread::scope(|scope| {
        for habit in habits {
            scope.spawn(move || {
                for moment in MOMENTS {
                    let (bad, good) = (FakeServer::with(Some((moment, habit))), FakeServer::start());
                    let mut daemon = Daemon::start(config(&[bad.port, good.port], &["a@x"]));
                    daemon.mail.content_patience = Some(Duration::from_millis(300));
                    daemon.raise(event("one", 1));
                    daemon.raise(event("two", 1));
                    daemon.deliver_all();
                    let mut arrived = services(&good);
                    if moment == "EHLO" && matches!(habit, Habit::Says("550 no")) {
                        // HELO then serves.
                        arrived = services(&bad);
                    }
                    assert_eq!(arrived, ["one", "two"], "{habit:?} at {moment}");
                    let slowest = daemon.slowest;
                    assert!(
                        slowest < Duration::from_millis(500),
                        "{habit:?} at {moment}: a turn of {slowest:?}"
                    );
                }
            });
        }
    });
}

#[test]
fn a_server_that_comes_back_gets_everything_once() {
    for habit in [Habit::Says("451 later"), Habit::Hangs] {
        for moment in MOMENTS {
            let server = FakeServer::with(Some((moment, habit)));
            let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
            for name in ["one", "two", "three"] {
                daemon.raise(event(name, 1));
            }
            daemon.run_until("the first round", |daemon| daemon.waits());
            assert_eq!(daemon.pending(), 3);
            server.mend();
            daemon.hurry();
            daemon.deliver_all();
            let mut arrived = services(&server);
            if habit == Habit::Hangs && moment == "dot" {
                // Its acknowledgement was lost: the one case in which a copy is right.
                assert_eq!(arrived.remove(0), "one");
            }
            assert_eq!(arrived, ["one", "two", "three"], "{habit:?} at {moment}");
        }
    }
}

#[test]
fn who_has_it_does_not_get_it_again() {
    // The first recipient is served, then the server hangs up at the second message.
    let server = FakeServer::start();
    let mut daemon = Daemon::start(config(&[server.port], &["second@x", "first@x"]));
    daemon.raise(event("web", 1));
    daemon.run_until("the first mail", |_| server.mails().len() == 1);
    daemon.mail.lanes.clear();
    daemon.mail.round = None;
    daemon.deliver_all();
    let to: Vec<String> = server.mails().into_iter().map(|(to, _)| to).collect();
    // The acknowledgement may have been on its way when the connection was cut.
    assert!(to == ["first@x", "second@x"] || to == ["first@x", "first@x", "second@x"], "{to:?}");
}

#[test]
fn pauses_grow_and_a_new_alert_shortens_them() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut daemon = Daemon::start(config(&[closed], &["a@x"]));
    daemon.raise(event("web", 1));
    let mut pauses = Vec::new();
    for _ in 0..8 {
        daemon.hurry();
        daemon.run_until("a round", |daemon| daemon.waits());
        let said = daemon.log.captured().last().unwrap().1.clone();
        pauses.push(said.rsplit(' ').nth(1).unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    daemon.raise(event("other", 1));
    let clock = daemon.outbox.clock(daemon.mail.destination()).unwrap();
    assert!(clock.at().unwrap() <= Instant::now() + SHORTEST);
    assert_eq!(daemon.pending(), 2);
}

#[test]
fn shutdown_sends_what_is_new_and_gives_up_in_time() {
    let server = FakeServer::start();
    let mut daemon = Daemon::start(config(&[server.port], &["a@x"]));
    daemon.raise(event("stop", 1));
    daemon.mail.shutdown(&mut daemon.outbox, Instant::now(), FAREWELL);
    daemon.run_until("the end", |daemon| daemon.mail.is_finished(&daemon.outbox));
    assert_eq!(services(&server), ["stop"]);
    daemon.outbox.close(&mut daemon.log);
    assert!(daemon.log.captured().iter().all(|(level, _)| *level != Level::Error));

    let silent = FakeServer::with(Some(("greeting", Habit::Silent)));
    let mut config = config(&[silent.port], &["a@x"]);
    config.settings.mail_timeout = Some(Duration::from_secs(600));
    let mut daemon = Daemon::start(config);
    daemon.raise(event("stop", 1));
    let begin = Instant::now();
    daemon.mail.shutdown(&mut daemon.outbox, begin, FAREWELL);
    daemon.run_until("the end", |daemon| daemon.mail.is_finished(&daemon.outbox));
    assert!(begin.elapsed() < Duration::from_secs(60), "it waits for the server");
    daemon.outbox.close(&mut daemon.log);
    let (_, last) = daemon.log.captured().last().unwrap();
    assert_eq!(last, "Undelivered alerts that are dropped: 1");
}

#[test]
fn what_a_dead_daemon_left_is_delivered_by_the_next() {
    // The server has threads, the daemon forks: each has its process.
    const PORT: &str = "MONIT_TEST_PORT";
    let Some(port) = std::env::var(PORT).ok().and_then(|port| port.parse().ok()) else {
        let server = FakeServer::start();
        crate::sys::run_alone(PORT, &server.port.to_string());
        return assert_eq!(services(&server), ["one", "two", "three", "four"]);
    };
    let scratch = Scratch::new();
    let queued = |ports: &[u16]| {
        let mut config = config(ports, &["a@x"]);
        config.settings.eventqueue = Some(EventQueue { basedir: (&*scratch).into(), slots: Some(100) });
        config
    };
    let mut daemon = Daemon::start(queued(&[1]));
    for name in ["one", "two", "three"] {
        daemon.raise(event(name, 1));
    }
    daemon.run_until("the disk", |daemon| daemon.outbox.unsaved() == 0);
    drop(daemon);
    let mut daemon = Daemon::start(queued(&[port]));
    daemon.raise(event("four", 1));
    daemon.deliver_all();
    daemon.run_until("the disk", |daemon| !daemon.outbox.wants_disk());
    assert_eq!(std::fs::read_dir(&*scratch).unwrap().count(), 0);
}

#[test]
fn without_recipients_or_servers_nothing_is_kept() {
    let mut daemon = Daemon::start(config(&[1], &[]));
    daemon.raise(event("web", 1));
    assert_eq!(daemon.pending(), 0);
    let mut daemon = Daemon::start(config(&[], &["a@x"]));
    daemon.raise(event("web", 1));
    daemon.raise(event("web", 1));
    daemon.turn_at_once();
    assert_eq!((daemon.pending(), daemon.errors().len()), (0, 1));
}

#[test]
fn alerts_nobody_wants_any_more_are_forgotten_over_some_turns() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut daemon = Daemon::start(config(&[closed], &["a@x"]));
    (0..60).for_each(|number| daemon.raise(event(&format!("s{number}"), 1)));
    daemon.run_until("the first round", |daemon| daemon.waits());
    daemon.config.settings.alerts.clear();
    let (mail, mut desk) = daemon.lend();
    mail.reload("vm", &mut desk);
    daemon.deliver_all();
    assert_eq!(daemon.pending(), 0);
}

#[test]
fn what_nobody_wants_by_mail_is_let_go_without_a_server_too() {
    if crate::sys::ran_alone() {
        return;
    }
    let scratch = Scratch::new();
    let mut config = config(&[1], &["a@x"]);
    config.settings.eventqueue = Some(EventQueue { basedir: (&*scratch).into(), slots: None });
    let mut daemon = Daemon::start(config.clone());
    for number in 0..50 {
        daemon.raise(event(&format!("s{number}"), 1));
    }
    daemon.run_until("the disk", |daemon| daemon.outbox.unsaved() == 0 && !daemon.outbox.wants_disk());
    drop(daemon);
    config.settings.mailservers.clear();
    let mut daemon = Daemon::start(config.clone());
    for _ in 0..5 {
        daemon.turn_at_once();
    }
    assert_eq!(daemon.pending(), 50, "somebody wants it");
    drop(daemon);
    config.settings.alerts.clear();
    let mut daemon = Daemon::start(config);
    daemon.run_until("nothing left", |daemon| daemon.pending() == 0);
    assert_eq!(std::fs::read_dir(&*scratch).unwrap().count(), 0);
}
