//! A daemon that is killed again and again while it raises and delivers alerts: each of them arrives, and twice only
//! where the acknowledgement was lost with the daemon. `MONIT_KILLS` says how often (20 unless given).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use monit_rs::config::{
    Alert, Config, EventKind, EventQueue, EventSet, MailFormat, MailServer, Place, Settings,
};
use monit_rs::event::{ActionName, Event, State};
use monit_rs::log::Log;
use monit_rs::mail::Mail;
use monit_rs::outbox::{Desk, Destinations, Outbox};
use monit_rs::reactor::{PollSet, Source};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// From one alert to the next: a few helpers are always at work.
const PACE: Duration = Duration::from_millis(5);
const ROLE: &str = "MONIT_MAIL_KILL_ROLE";

/// Takes mail and remembers the number each is about.
fn serve(mut stream: TcpStream, seen: &Mutex<Vec<u64>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 x\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if !line.starts_with("DATA") {
            stream.write_all(if line.starts_with("QUIT") { b"221 x\r\n" } else { b"250 x\r\n" })?;
            continue;
        }
        stream.write_all(b"354 x\r\n")?;
        let mut text = String::new();
        while !text.ends_with("\r\n.\r\n") {
            if reader.read_line(&mut text)? == 0 {
                return Ok(());
            }
        }
        let number = text.lines().find_map(|l| l.strip_prefix("Subject: ")).unwrap().parse().unwrap();
        seen.lock().unwrap().push(number);
        stream.write_all(b"250 x\r\n")?;
    }
}

fn config(port: u16, folder: &Path) -> Config {
    let place = Place::default();
    let settings = Settings {
        mailservers: vec![MailServer {
            place,
            host: "127.0.0.1".into(),
            port: port.into(),
            username: None,
            password: None,
            tls: None,
            certificate: None,
            doubtful: false,
        }],
        alerts: vec![Alert {
            place,
            address: "a@x".into(),
            events: EventSet::ALL,
            reminder: 0,
            format: None,
        }],
        mail_format: MailFormat { subject: Some("$SERVICE".into()), ..MailFormat::default() },
        eventqueue: Some(EventQueue { basedir: folder.into(), slots: None }),
        ..Settings::default()
    };
    Config { settings: settings.into(), ..Config::default() }
}

/// The daemon: raises events with rising numbers, says each number when it has it, delivers.
fn daemon_role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let mut role = role.split(' ');
    let port = role.next().unwrap().parse().unwrap();
    let mut number: u64 = role.next().unwrap().parse().unwrap();
    let last: u64 = role.next().unwrap().parse().unwrap();
    let config = config(port, Path::new(role.next().unwrap()));
    let mut log = Log::new();
    let mut outbox = Outbox::new(true);
    let mut mail = Mail::new(&config, "vm", &mut outbox, &mut log);
    outbox.configure(config.settings.eventqueue.as_ref(), &mut log);
    let mut set = PollSet::new();
    let began = Instant::now();
    let mut due = began;
    // The last run waits for files that a helper of its predecessor may still be writing.
    while number < last || !outbox.is_empty() || began.elapsed() < Duration::from_secs(7) {
        let (now, wall) = (Instant::now(), SystemTime::now());
        let raised = (number < last && due <= now).then_some(number);
        let mut desk = Desk { config: &config, outbox: &mut outbox, log: &mut log, now, wall };
        if raised.is_some() {
            let event = Event {
                id: number,
                time: wall,
                kind: EventKind::NonExist,
                state: State::Failed,
                service: number.to_string().into(),
                service_index: None,
                service_type: 3,
                test: 0,
                action: ActionName::Alert,
                description: "x".into(),
                evidence: Box::default(),
                count: 1,
            };
            let owed = Destinations::NONE.with(mail.destination());
            desk.outbox.push(&event, owed, now, desk.log);
            number += 1;
            due = now + PACE;
        }
        desk.outbox.on_tick(now, desk.log);
        mail.on_tick(&mut desk);
        desk.outbox.end_turn();
        if let Some(raised) = raised {
            println!("\nraised {raised}");
        }
        set.clear();
        outbox.register(&mut set);
        mail.register(&outbox, &mut set);
        set.wake_at(due.max(now + Duration::from_millis(1)));
        set.wait(now).unwrap();
        let (now, wall) = (Instant::now(), SystemTime::now());
        let mut desk = Desk { config: &config, outbox: &mut outbox, log: &mut log, now, wall };
        for (token, ready) in set.ready() {
            if token.source == Source::Mail {
                mail.on_ready(token, ready, &mut desk);
            }
        }
    }
}

fn daemon(port: u16, folder: &Path, first: u64, last: u64) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .env(ROLE, format!("{port} {first} {last} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Without a harness: the daemon forks, and only a process with one thread may.
fn main() {
    if std::env::var_os(ROLE).is_some() {
        return daemon_role();
    }
    const NAME: &str = "killed_at_any_moment";
    let mut filters = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    let listing = std::env::args().any(|word| word == "--list");
    if listing || filters.peek().is_some() && !filters.any(|filter| NAME.contains(&filter)) {
        return;
    }
    killed_at_any_moment();
    println!("test {NAME} ... ok");
}

fn killed_at_any_moment() {
    let kills = std::env::var("MONIT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20u64);
    let folder: PathBuf = std::env::temp_dir().join(format!("monit-rs-kill-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let inbox = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let inbox = inbox.clone();
            // A client that was killed is what this test is about.
            std::thread::spawn(move || drop(serve(stream, &inbox)));
        }
    });

    let mut raised = Vec::new();
    let mut next = 0;
    for kill in 0..kills {
        let mut child = daemon(port, &folder, next, u64::MAX);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number = |line: &str| line.strip_prefix("raised ").and_then(|number| number.parse::<u64>().ok());
        raised.push(lines.by_ref().map_while(Result::ok).find_map(|line| number(&line)).unwrap());
        // Spread over one tenth of a second, in steps no shorter than what is to be hit.
        std::thread::sleep(Duration::from_micros(kill * 7919 % 100_000));
        child.kill().unwrap();
        raised.extend(lines.map_while(Result::ok).filter_map(|line| number(&line)));
        child.wait().unwrap();
        // What was raised and not said any more may have arrived or not.
        next = raised.iter().max().unwrap() + 10;
    }
    let status = daemon(port, &folder, next, next + 1).wait().unwrap();
    assert!(status.success());

    let mut count: HashMap<u64, u64> = HashMap::new();
    seen.lock().unwrap().iter().for_each(|number| *count.entry(*number).or_default() += 1);
    let lost: Vec<&u64> = raised.iter().filter(|number| !count.contains_key(number)).collect();
    assert!(lost.is_empty(), "of {} alerts lost: {lost:?}", raised.len());
    let copies: u64 = count.values().map(|times| times - 1).sum();
    // One message is in flight when the daemon dies, no more.
    assert!(copies <= kills, "{copies} copies after {kills} kills");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with(".new-")), "left: {left:?}");
    std::fs::remove_dir_all(&folder).unwrap();
    println!("{} alerts, {kills} kills, {copies} copies", raised.len());
}
