//! Signs of life to a real receiver: regular, told of once when they fail, and never showing what is behind the server.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::receiver::{Receiver, Reply, TAKES};
use support::{Lab, eventually, free_port, http::connect};

const NONE: [&str; 0] = [];

#[test]
fn they_come_at_regular_times_and_what_fails_is_told_once() {
    let mut lab = Lab::new();
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = broken.clone();
    let receiver = Receiver::start(move |_, _| match is_broken.load(Ordering::SeqCst) {
        true => Reply::Says("503 Not Now"),
        false => TAKES,
    });
    let url = format!("http://u:p%40ss@127.0.0.1:{}/ping/s3cret?token=s3cret", receiver.port);
    lab.file("url", &url);
    lab.chmod("url", 0o600);
    lab.control("set daemon 1\nset heartbeat url file @D@/url every 1 second\n");
    lab.start(NONE);
    let path = "/ping/s3cret?token=s3cret";
    let first = receiver.wait(path, 3);
    assert!(first[0].head.starts_with("GET "), "{}", first[0].head);
    assert!(first[0].head.contains(&format!("\r\nHost: 127.0.0.1:{}\r\n", receiver.port)));
    assert!(first[0].head.contains("\r\nAuthorization: Basic dTpwQHNz\r\n"), "{}", first[0].head);
    let pause = first[2].at.duration_since(first[0].at).as_secs_f64();
    assert!(pause > 1.5, "three in {pause} s");
    broken.store(true, Ordering::SeqCst);
    let server = format!("http://127.0.0.1:{}", receiver.port);
    lab.wait_line(&format!("Heartbeat to {server} -- HTTP/1.1 503 Not Now; it is tried again"));
    let count = receiver.count();
    eventually("two more attempts", || (receiver.count() > count + 1).then_some(()));
    broken.store(false, Ordering::SeqCst);
    lab.wait_line(&format!("Heartbeat to {server} is taken again"));
    let said = lab.console();
    assert_eq!(said.matches("is tried again").count(), 1, "{said}");
    let shown = lab.cli(["-tv"]).out;
    assert!(shown.contains(&format!("{server} every 1 s")), "{shown}");
    for text in [said, shown] {
        assert!(!text.contains("s3cret") && !text.contains("p@ss"), "{text}");
    }
}

#[test]
fn one_that_nobody_takes_delays_no_check_and_a_reload_keeps_the_times() {
    let mut lab = Lab::new();
    let stalled = Receiver::start(|_, _| Reply::Stalls);
    let receiver = Receiver::start(|_, _| TAKES);
    let text = format!(
        "set daemon 1\nset heartbeat url \"http://127.0.0.1:{}/slow\" every 1 second timeout 20 seconds\n\
         set heartbeat url \"http://127.0.0.1:{}/fast\" every 60 seconds\n\
         check file watched with path @D@/watched\n  if does not exist then alert\n",
        stalled.port, receiver.port
    );
    lab.control(&text);
    lab.start(NONE);
    stalled.wait("/slow", 1);
    receiver.wait("/fast", 1);
    lab.wait_line("'watched' file doesn't exist");
    lab.file("watched", "x");
    lab.wait_line("'watched' file exists");
    lab.cli(["reload"]);
    lab.wait_line("Monit reloaded");
    std::fs::remove_file(lab.path("watched")).unwrap();
    lab.wait_line("'watched' file doesn't exist");
    assert_eq!(receiver.count(), 1, "a reload is no reason for another one");
}

#[test]
fn what_cannot_be_one_is_refused_without_showing_the_address() {
    let lab = Lab::new();
    for (text, why) in [
        ("set heartbeat url http://127.0.0.1/s3cret every 0 minutes", "a period"),
        ("set heartbeat url ftp://127.0.0.1/s3cret every 1 minutes", ""),
        ("set heartbeat url \"127.0.0.1/s3cret\" every 1 minutes", "no http or https URL"),
        ("set heartbeat url http://127.0.0.1/s3cret", "syntax error"),
        ("check heartbeat x within 1 hour token \"s3cret\"", "a token has at least"),
        ("check heartbeat x within 1 hour token \"s3cret-0123456789\" nonsense", "syntax error"),
    ] {
        lab.control(&format!("{text}\n"));
        let reply = lab.cli(["-t"]);
        let said = format!("{}{}", reply.out, reply.err);
        assert!(reply.code != 0 && said.contains(why), "{text}: {said}");
        assert!(!said.contains("s3cret"), "{text}: {said}");
    }
}

/// Asks for a path as curl does; the status of the answer.
fn get(port: u16, path: &str) -> String {
    let mut stream = connect(port);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")
        .expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answer");
    answer.lines().next().unwrap_or_default().split_once(' ').unwrap_or_default().1.to_owned()
}

#[test]
fn a_job_that_does_not_report_is_told_of_and_its_token_opens_nothing_else() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset httpd port {port} and use address 127.0.0.1\n  allow u:p\n\
         check heartbeat backup within 2 seconds token \"0123456789abcdef\"\n\
         check heartbeat private within 1 hour\n\
         check file other with path @D@/monitrc\n"
    ));
    lab.start(NONE);
    lab.wait_line("'backup' heartbeat missed -- none came for");
    assert_eq!(get(port, "/beat/backup?token=0123456789abcdef"), "200 OK");
    lab.wait_line("'backup' heartbeat received [within 2 s]");
    lab.wait_line("'backup' heartbeat missed -- the last one was");
    let reply = lab.cli(["beat", "backup"]);
    assert_eq!(reply.code, 0, "{}", reply.err);
    lab.wait_line("'backup' heartbeat received [within 2 s]");
    // To look is none, and the next one is missed.
    let mut stream = connect(port);
    write!(stream, "HEAD /beat/backup?token=0123456789abcdef HTTP/1.0\r\n\r\n").expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answer");
    assert!(answer.starts_with("HTTP/1.0 401"), "{answer}");
    lab.wait_line("'backup' heartbeat missed -- the last one was");
    // Another period is no other job: what it did not report is still told, and so is that it does.
    let text =
        std::fs::read_to_string(lab.path("monitrc")).unwrap().replace("within 2 seconds", "within 1 second");
    lab.file("monitrc", &text);
    lab.cli(["reload"]);
    lab.wait_line("reloaded");
    assert_eq!(get(port, "/beat/backup?token=0123456789abcdef"), "200 OK");
    lab.wait_line("'backup' heartbeat received [within 1 s]");
    for path in [
        "/beat/backup?token=0123456789abcdeX",
        "/beat/backup",
        "/beat/private?token=",
        "/beat/private",
        "/beat/other?token=0123456789abcdef",
        "/beat/nobody?token=0123456789abcdef",
    ] {
        assert_eq!(get(port, path), "403 Forbidden", "{path}");
    }
    assert!(get(port, "/backup?token=0123456789abcdef").starts_with("401"), "no page");
    let reply = lab.cli(["beat", "other"]);
    assert!(reply.code != 0 && reply.err.contains("'other' is no heartbeat service"), "{}", reply.err);
    let status = lab.cli(["-B", "status", "private"]).out;
    assert!(status.contains("Heartbeat 'private'") && status.contains("last heartbeat"), "{status}");
    assert!(!lab.cli(["-tv"]).out.contains("0123456789abcdef"), "the token is a secret");
    assert!(!lab.console().contains("0123456789abcdef"), "the token is a secret");
}

#[test]
fn a_beat_that_was_answered_survives_a_crash() {
    let port = free_port();
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset httpd port {port} and use address 127.0.0.1\n  allow u:p\n\
         check heartbeat backup within 1 hour token \"0123456789abcdef\"\n"
    ));
    lab.start(NONE);
    assert_eq!(get(port, "/beat/backup?token=0123456789abcdef"), "200 OK");
    lab.stop(Signal::SIGKILL);
    let reply = lab.cli(["beat", "backup"]);
    assert!(reply.code != 0 && reply.err.contains("not recorded"), "without a daemon: {}", reply.err);
    lab.start(NONE);
    eventually("the beat of before", || {
        let status = lab.cli(["-B", "status", "backup"]).out;
        let line = status.lines().find(|line| line.contains("last heartbeat"))?;
        (!line.trim_end().ends_with('-')).then_some(())
    });
}
