use super::message::tests::event;
use super::*;
use crate::config::{Alert, EventSet, Noise, Place, Settings, Url, Webhook, WebhookFormat};
use crate::event::State;
use crate::log::Log;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, SystemTime};

/// One webhook, and who is told.
fn config(alerts: Vec<Alert>) -> Config {
    let webhook = Webhook {
        place: Place::default(),
        name: "x".into(),
        url: Url { host: "127.0.0.1".into(), port: 9, path: "/".into(), ..Url::default() },
        format: WebhookFormat::Json,
        timeout: Webhook::TIMEOUT,
        headers: Default::default(),
        secret: None,
        template: None,
    };
    Config {
        settings: Box::new(Settings { webhooks: vec![Box::new(webhook)], alerts, ..Settings::default() }),
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
        format: None,
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

/// A receiver that likes nothing. Its thread ends with the test process.
fn dislikes_everything() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            let (mut length, mut line) = (0, String::new());
            while stream.read_line(&mut line).is_ok() && !line.trim().is_empty() {
                length =
                    line.strip_prefix("Content-Length: ").map_or(length, |text| text.trim().parse().unwrap());
                line.clear();
            }
            let _ = stream.read_exact(&mut vec![0; length]);
            let _ = write!(stream.get_mut(), "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    port
}

#[test]
fn a_group_that_is_refused_goes_in_parts_and_what_is_lost_is_one_line() {
    let alert = Alert {
        place: Place::default(),
        address: "@x".into(),
        events: EventSet::ALL,
        reminder: 0,
        format: None,
    };
    let mut config = config(vec![alert]);
    config.settings.webhooks[0].url.port = dislikes_everything().into();
    let group = Some(Duration::from_millis(1));
    config.settings.noise = vec![Noise { group, ..Noise::default() }].into();
    let (mut outbox, mut log) = (Outbox::new(true), Log::capture());
    let mut webhooks = Webhooks::new(&config, "box", &mut outbox);
    for name in ["a", "b", "c"] {
        let event = event(name, State::Failed);
        outbox.push(&event, webhooks.wanted(&event, &config), Instant::now(), &mut log);
    }
    // The first turn is that in which they were raised.
    let mut set = PollSet::new();
    let mut turns = 0;
    while !outbox.is_empty() {
        turns += 1;
        // Whoever wakes the loop for nothing would do it for ever.
        assert!(turns < 10_000, "{:?}", log.captured());
        let now = Instant::now();
        set.ready().for_each(|(token, ready)| webhooks.on_ready(token, ready, now));
        let (config, wall) = (&config, SystemTime::now());
        webhooks.on_tick(&mut Desk { config, outbox: &mut outbox, log: &mut log, now, wall });
        outbox.end_turn();
        set.clear();
        webhooks.register(&outbox, &mut set);
        if !outbox.is_empty() {
            set.wait_for_something();
        }
    }
    let said = |what: &str| log.captured().iter().filter(|(_, text)| text.contains(what)).count();
    assert_eq!(
        (said("it is sent in parts -- HTTP/1.1 400"), log.captured().len()),
        (1, 2),
        "{:?}",
        log.captured()
    );
    let names = "'a' Connection failed, 'b' Connection failed, 'c' Connection failed";
    let line = format!("refuses 3 alerts, which are dropped ({names}) -- HTTP/1.1 400");
    assert_eq!(said(&line), 1, "{:?}", log.captured());
}
