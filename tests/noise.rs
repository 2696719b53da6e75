//! How much recipients are told: one message for what fails in one moment, so many in an hour, none at night but of what is
//! critical, and nothing lost meanwhile. A real daemon, a mail server and a receiver of webhooks.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::receiver::{Receiver, TAKES};
use support::{Lab, eventually};

const NONE: [&str; 0] = [];

/// A mail that was taken.
#[derive(Clone)]
struct Letter {
    to: String,
    text: String,
    at: Instant,
}

impl Letter {
    fn header(&self, name: &str) -> &str {
        self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }
}

/// A mail server that takes everything.
struct Letters {
    port: u16,
    taken: Arc<Mutex<Vec<Letter>>>,
}

impl Letters {
    fn start() -> Letters {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let list = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let list = list.clone();
                std::thread::spawn(move || -> Option<()> {
                    let mut out = stream.try_clone().ok()?;
                    out.write_all(b"220 mx\r\n").ok()?;
                    let (mut to, mut text, mut data) = (String::new(), String::new(), false);
                    for line in BufReader::new(stream).lines().map_while(Result::ok) {
                        let answer = match (data, line.as_str()) {
                            (true, ".") => {
                                data = false;
                                let text = std::mem::take(&mut text);
                                list.lock().unwrap().push(Letter {
                                    to: to.clone(),
                                    text,
                                    at: Instant::now(),
                                });
                                "250 ok"
                            }
                            (true, line) => {
                                text += line;
                                text.push('\n');
                                continue;
                            }
                            (false, line) if line.starts_with("DATA") => {
                                data = true;
                                "354 go on"
                            }
                            (false, line) => {
                                if let Some(address) = line.strip_prefix("RCPT TO:") {
                                    to = address.trim().trim_matches(['<', '>']).to_owned();
                                }
                                "250 ok"
                            }
                        };
                        out.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
                    }
                    Some(())
                });
            }
        });
        Letters { port, taken }
    }

    fn to(&self, to: &str) -> Vec<Letter> {
        self.taken.lock().unwrap().iter().filter(|letter| letter.to == to).cloned().collect()
    }

    fn wait(&self, to: &str, count: usize) -> Vec<Letter> {
        eventually(&format!("{count} mails to {to}"), || {
            let found = self.to(to);
            (found.len() >= count).then_some(found)
        })
    }
}

/// `count` services, each a file in one folder, which are there.
fn files(lab: &Lab, count: usize) -> String {
    fs::create_dir(lab.path("here")).unwrap();
    let mut text = String::new();
    for number in 0..count {
        lab.file(&format!("here/{number}"), "");
        text += &format!("check file s{number} with path @D@/here/{number}\n if does not exist then alert\n");
    }
    text
}

/// All of them are gone at once, or there again.
fn swap(lab: &Lab, from: &str, to: &str) {
    fs::rename(lab.path(from), lab.path(to)).unwrap();
}

fn settings(letters: &Letters) -> String {
    format!(
        "set daemon 1\nset eventqueue basedir @D@/queue\nset mailserver 127.0.0.1 port {}\n\
         set alert a@example.com not on {{ instance, action }}\n",
        letters.port
    )
}

#[test]
fn five_hundred_failures_of_one_moment_are_one_message_to_each_recipient() {
    let (letters, receiver) = (Letters::start(), Receiver::start(|_, _| TAKES));
    let mut lab = Lab::new();
    let services = files(&lab, 500);
    lab.control(&format!(
        "{}set alert b@example.com not on {{ instance, action }} group within 4 seconds\n\
         set alert webhook hook url \"http://127.0.0.1:{}/hook\"\n\
         set alert @hook not on {{ instance, action }}\n\
         set alert group within 5 seconds limit 3 per hour\n{services}",
        settings(&letters),
        receiver.port
    ));
    lab.start(NONE);
    lab.wait_status("s499", "OK");
    let began = Instant::now();
    swap(&lab, "here", "gone");
    let first = letters.wait("a@example.com", 1);
    let other = letters.wait("b@example.com", 1);
    let hook = receiver.wait("/hook", 1);
    assert!(first[0].header("Subject").contains("500 events on "), "{}", first[0].text);
    assert!(first[0].text.contains("500 failed") && first[0].text.contains("s499"), "{}", first[0].text);
    assert!(other[0].header("Subject").contains("500 events on "), "{}", other[0].text);
    assert_ne!(first[0].header("Message-Id"), other[0].header("Message-Id"));
    assert!(hook[0].body.contains("\"message\":\"group\"") && hook[0].body.contains("\"failed\":500"));
    println!("one message after {:?} and {:?}", first[0].at - began, other[0].at - began);
    // One of its own is what it always was.
    swap(&lab, "gone", "here");
    assert!(letters.wait("a@example.com", 2)[1].text.contains("500 recovered"));
    lab.wait_status("s499", "OK");
    fs::remove_file(lab.path("here/7")).unwrap();
    let third = &letters.wait("a@example.com", 3)[2];
    assert_eq!(third.header("Subject"), "monit alert --  Does not exist s7", "{}", third.text);
    assert!(third.text.contains("more is held back until "), "{}", third.text);
    let held = receiver.wait("/hook", 3);
    assert!(held[2].body.contains("\"service\":\"s7\"") && held[2].body.contains("more is held back until "));
    // Now the hour is used up, and that outlives the daemon.
    swap(&lab, "here", "gone");
    lab.wait_status("s499", "Does not exist");
    lab.stop(Signal::SIGTERM);
    // 499, or one more if the recoveries came in two parts for somebody.
    assert!(lab.console().contains("that stay in the event queue: "), "{}", lab.console());
    lab.start(NONE);
    lab.wait_status("s499", "Does not exist");
    assert_eq!((letters.to("a@example.com").len(), receiver.count()), (3, 3));
    // A larger limit lets the summary go.
    let text = fs::read_to_string(lab.path("monitrc")).unwrap().replace("limit 3", "limit 30");
    fs::write(lab.path("monitrc"), text).unwrap();
    lab.signal(Signal::SIGHUP);
    let summary = &letters.wait("a@example.com", 4)[3];
    assert!(summary.header("Subject").contains("499 tests still fail"), "{}", summary.text);
    assert!(
        summary.text.contains("held back") && summary.text.contains("Still failing:"),
        "{}",
        summary.text
    );
    let summary = &receiver.wait("/hook", 4)[3];
    assert!(summary.body.contains("\"message\":\"summary\"") && summary.body.contains("\"failed\":499"));
    eventually("an empty queue", || (fs::read_dir(lab.path("queue")).unwrap().count() == 0).then_some(()));
    lab.stop(Signal::SIGTERM);
}

#[test]
fn at_night_only_what_is_critical_is_told_and_the_rest_in_the_morning() {
    let letters = Letters::start();
    let mut lab = Lab::new();
    let services = files(&lab, 3);
    // Every hour but one that is not now.
    let hour = eventually("the hour", || {
        let now = support::run(std::process::Command::new("date").arg("+%H"));
        String::from_utf8_lossy(&now.stdout).trim().parse::<u32>().ok()
    });
    let others = (0..24).filter(|other| *other != (hour + 12) % 24).map(|other| other.to_string());
    let night = others.collect::<Vec<_>>().join(",");
    lab.control(&format!(
        "{}set alert quiet \"* {night} * * *\"\n{services}severity critical\ncheck file needs with path /etc/passwd depends on s2\n",
        settings(&letters)
    ));
    lab.start(NONE);
    lab.wait_status("s2", "OK");
    swap(&lab, "here", "gone");
    let told = letters.wait("a@example.com", 1);
    assert_eq!(told[0].header("Subject"), "monit alert --  Does not exist s2", "{}", told[0].text);
    assert!(told[0].text.contains("needs depends on it"), "{}", told[0].text);
    lab.wait_status("s1", "Does not exist");
    let text = fs::read_to_string(lab.path("monitrc")).unwrap().replace("set alert quiet", "#");
    fs::write(lab.path("monitrc"), text).unwrap();
    lab.signal(Signal::SIGHUP);
    let told = letters.wait("a@example.com", 2);
    lab.stop(Signal::SIGTERM);
    assert_eq!(letters.to("a@example.com").len(), 2);
    assert!(told[1].text.contains("Summary of 2 events"), "{}", told[1].text);
    for service in ["s0: Does not exist", "s1: Does not exist"] {
        assert!(told[1].text.contains(service), "{}", told[1].text);
    }
}

#[test]
fn a_daemon_that_is_killed_while_events_wait_for_others_loses_none() {
    let letters = Letters::start();
    let mut lab = Lab::new();
    let services = files(&lab, 60);
    lab.control(&format!("{}set alert group within 20 seconds\n{services}", settings(&letters)));
    lab.start(NONE);
    lab.wait_status("s59", "OK");
    swap(&lab, "here", "gone");
    eventually("the events on the disk", || {
        let names = fs::read_dir(lab.path("queue")).ok()?.flatten();
        let there = names.filter(|name| !name.file_name().to_string_lossy().starts_with('.')).count();
        (there >= 60).then_some(())
    });
    lab.stop(Signal::SIGKILL);
    assert!(letters.to("a@example.com").is_empty());
    lab.start(NONE);
    let told = letters.wait("a@example.com", 1);
    lab.stop(Signal::SIGTERM);
    for number in 0..60 {
        let line = format!("failed       s{number}: Does not exist");
        assert_eq!(told.iter().filter(|one| one.text.contains(&line)).count(), 1, "{line}: {}", told[0].text);
    }
    assert!(told[0].at.elapsed() < Duration::from_secs(600));
}
