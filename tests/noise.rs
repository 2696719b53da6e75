//! How much recipients are told: one message for what fails in one moment, so many in an hour, none at night but of what is
//! critical, and nothing lost meanwhile. A real daemon, a mail server and a receiver of webhooks.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::sync::{Arc, Mutex};
use support::mail::mail_server;
use support::receiver::{Receiver, TAKES};
use support::{Lab, eventually};

const NONE: [&str; 0] = [];

/// What a mail says in this header; nothing if it has none.
fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

/// The mails that a server has taken.
struct Letters {
    port: u16,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Letters {
    fn start() -> Letters {
        let taken = Arc::default();
        Letters { port: mail_server(&taken), taken }
    }

    fn to(&self, to: &str) -> Vec<String> {
        let recipient = format!("RCPT TO: <{to}>\r\n");
        let taken = self.taken.lock().unwrap();
        taken.iter().filter(|mail| mail.contains(&recipient)).cloned().collect()
    }

    fn wait(&self, to: &str, count: usize) -> Vec<String> {
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
        "{}set daemon 600\nset alert b@example.com not on {{ instance, action }} group within 6 seconds\n\
         set alert webhook hook url \"http://127.0.0.1:{}/hook\"\n\
         set alert @hook not on {{ instance, action }}\n\
         set alert group within 8 seconds limit 3 per hour\n{services}",
        settings(&letters),
        receiver.port
    ));
    lab.start(NONE);
    lab.wait_status("s499", "OK");
    // One cycle finds all of them, and no other begins: however busy the machine is, they come within one group.
    swap(&lab, "here", "gone");
    lab.signal(Signal::SIGUSR1);
    let first = letters.wait("a@example.com", 1);
    let other = letters.wait("b@example.com", 1);
    let hook = receiver.wait("/hook", 1);
    assert!(header(&first[0], "Subject").contains("500 events on "), "{}", first[0]);
    assert!(first[0].contains("500 failed") && first[0].contains("s499"), "{}", first[0]);
    assert!(header(&other[0], "Subject").contains("500 events on "), "{}", other[0]);
    assert_ne!(header(&first[0], "Message-Id"), header(&other[0], "Message-Id"));
    assert!(hook[0].body.contains("\"message\":\"group\"") && hook[0].body.contains("\"failed\":500"));
    swap(&lab, "gone", "here");
    lab.signal(Signal::SIGUSR1);
    assert!(letters.wait("a@example.com", 2)[1].contains("500 recovered"));
    lab.wait_status("s499", "OK");
    // One of its own is what it always was.
    fs::remove_file(lab.path("here/7")).unwrap();
    lab.signal(Signal::SIGUSR1);
    let third = &letters.wait("a@example.com", 3)[2];
    assert_eq!(header(third, "Subject"), "monit alert --  Does not exist s7", "{}", third);
    assert!(third.contains("more is held back until "), "{}", third);
    let held = receiver.wait("/hook", 3);
    assert!(held[2].body.contains("\"service\":\"s7\"") && held[2].body.contains("more is held back until "));
    // Now the hour is used up, and that outlives the daemon.
    swap(&lab, "here", "gone");
    lab.signal(Signal::SIGUSR1);
    lab.wait_status("s499", "Does not exist");
    lab.stop(Signal::SIGTERM);
    assert!(
        lab.console().contains("Undelivered alerts that stay in the event queue: 499"),
        "{}",
        lab.console()
    );
    lab.start(NONE);
    lab.wait_status("s499", "Does not exist");
    assert_eq!((letters.to("a@example.com").len(), receiver.count()), (3, 3));
    // A larger limit lets the summary go.
    let text = fs::read_to_string(lab.path("monitrc")).unwrap().replace("limit 3", "limit 30");
    fs::write(lab.path("monitrc"), text).unwrap();
    lab.signal(Signal::SIGHUP);
    let summary = &letters.wait("a@example.com", 4)[3];
    assert!(header(summary, "Subject").contains("499 tests still fail"), "{}", summary);
    assert!(summary.contains("held back") && summary.contains("Still failing:"), "{}", summary);
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
    assert_eq!(header(&told[0], "Subject"), "monit alert --  Does not exist s2", "{}", told[0]);
    assert!(told[0].contains("needs depends on it"), "{}", told[0]);
    lab.wait_status("s1", "Does not exist");
    let text = fs::read_to_string(lab.path("monitrc")).unwrap().replace("set alert quiet", "#");
    fs::write(lab.path("monitrc"), text).unwrap();
    lab.signal(Signal::SIGHUP);
    let told = letters.wait("a@example.com", 2);
    lab.stop(Signal::SIGTERM);
    assert_eq!(letters.to("a@example.com").len(), 2);
    assert!(told[1].contains("Summary of 2 events"), "{}", told[1]);
    for service in ["s0: Does not exist", "s1: Does not exist"] {
        assert!(told[1].contains(service), "{}", told[1]);
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
        assert_eq!(told.iter().filter(|one| one.contains(&line)).count(), 1, "{line}: {}", told[0]);
    }
}
