//! Signs of life to a real receiver: regular, told of once when they fail, and never showing what is behind the server.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::receiver::{Receiver, Reply, TAKES};
use support::{Lab, eventually};

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
    ] {
        lab.control(&format!("{text}\n"));
        let reply = lab.cli(["-t"]);
        let said = format!("{}{}", reply.out, reply.err);
        assert!(reply.code != 0 && said.contains(why), "{text}: {said}");
        assert!(!said.contains("s3cret"), "{text}: {said}");
    }
}
