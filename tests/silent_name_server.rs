//! A name server that swallows what it is asked: only the mail that needs it waits. Needs root; says so and passes without.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use support::hung::silent_name_server;
use support::{Lab, eventually};

/// Takes mail, and gives the subjects away.
fn mail_server() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let (subjects, inbox) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let mut say = |text: &str| stream.write_all(text.as_bytes()).is_ok();
            say("220 x\r\n");
            while let Some(line) = lines.next() {
                say(match line.split(' ').next().unwrap_or_default() {
                    "DATA" => "354 x\r\n",
                    "QUIT" => "221 x\r\n",
                    _ => "250 x\r\n",
                });
                if line == "DATA" {
                    for line in lines.by_ref().take_while(|line| line != ".") {
                        if let Some(subject) = line.strip_prefix("Subject: ") {
                            let _ = subjects.send(subject.to_owned());
                        }
                    }
                    say("250 x\r\n");
                }
            }
        }
    });
    (port, inbox)
}

#[test]
fn only_the_mail_waits() {
    let mut lab = Lab::new();
    let Some((server, world)) = silent_name_server(&lab) else {
        eprintln!("not done: no mount namespaces here, or not root");
        return;
    };
    let (port, inbox) = mail_server();
    lab.control(
        "set daemon 1\nset mailserver mail.example.test with timeout 25 seconds\nset alert a@example.test\n\
         set mail-format { subject: $EVENT $SERVICE }\n\
         check file gone with path @D@/gone\n  if not exist then alert\n\
         check file probe with path @D@/probe\n  if changed size then exec \"/bin/sh -c 'cat @D@/probe > @D@/seen'\"\n"
    );
    lab.file("probe", "");
    lab.start_under::<&str>(&world, []);
    let mut question = [0u8; 512];
    server.recv(&mut question).expect("it is asked for the address");
    // The value that changes are compared with must have been seen.
    lab.wait_status("probe", "OK");
    // While that question is open everything else goes on in its time.
    for round in 1..=3 {
        lab.file("probe", &"x".repeat(round));
        let seen = || std::fs::read_to_string(lab.path("seen")).ok().filter(|text| text.len() == round);
        eventually("the other service", seen);
        assert_eq!(lab.status_of("gone").as_deref(), Some("Does not exist"));
    }
    assert!(!lab.console().contains("undelivered"), "the question was open all the time: {}", lab.console());
    // The time limit of the mail server is that of its name, too; the next server needs none.
    lab.wait_line("events undelivered");
    let text = std::fs::read_to_string(lab.path("monitrc")).expect("the control file");
    let text = text.replace("set mailserver mail", &format!("set mailserver 127.0.0.1 port {port}, mail"));
    std::fs::write(lab.path("monitrc"), text).expect("write");
    lab.signal(Signal::SIGHUP);
    let mut arrived = Vec::new();
    while !arrived.iter().any(|subject| subject == "Does not exist gone") {
        arrived.push(inbox.recv_timeout(support::PATIENCE).expect("the alert"));
    }
    let begun = Instant::now();
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20), "the end took {:?}", begun.elapsed());
}
