//! What a supervisor hears that started the daemon: the protocol of sd_notify(3), against a datagram socket of ours.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use nix::sys::signal::Signal;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};
use support::{Lab, PATIENCE};

/// Runs the daemon under `env`, with what a supervisor sets.
fn under(variables: &[&str]) -> Vec<String> {
    ["env"].iter().chain(variables).map(|word| (*word).to_owned()).collect()
}

fn next(socket: &UnixDatagram) -> String {
    socket.set_read_timeout(Some(PATIENCE)).expect("timeout");
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).expect("a message from the daemon");
    String::from_utf8(buffer[..length].to_vec()).expect("text")
}

/// The next message that is no sign of life.
fn next_state(socket: &UnixDatagram) -> Vec<String> {
    loop {
        let text = next(socket);
        if text != "WATCHDOG=1" {
            return text.lines().map(str::to_owned).collect();
        }
    }
}

#[test]
fn start_reload_and_end_are_told() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    let socket = UnixDatagram::bind(lab.path("notify")).expect("bind");
    lab.start_under(&under(&[&format!("NOTIFY_SOCKET={}", lab.path("notify").display())]), [] as [&str; 0]);
    assert_eq!(next_state(&socket), ["READY=1", "STATUS=Running with 2 services"]);
    // Whoever is told so can be asked at once.
    assert!(lab.cli(["summary"]).code == 0);

    let before = now_usec();
    lab.signal(Signal::SIGHUP);
    let told = next_state(&socket);
    assert_eq!(told[0], "RELOADING=1");
    let usec: u128 = told[1].strip_prefix("MONOTONIC_USEC=").expect("a time").parse().expect("a number");
    assert!((before..=now_usec()).contains(&usec), "{before} {usec}");
    assert_eq!(next_state(&socket), ["READY=1", "STATUS=Running with 2 services"]);

    lab.control("set daemon 300\ncheck file f path @D@/monitrc\n  bogus");
    lab.signal(Signal::SIGHUP);
    assert_eq!(next_state(&socket)[0], "RELOADING=1");
    let failed = "STATUS=Running with 2 services; the last reload failed, see the log";
    assert_eq!(next_state(&socket), ["READY=1", failed]);

    lab.signal(Signal::SIGTERM);
    assert_eq!(next_state(&socket)[0], "STOPPING=1");
    assert_eq!(lab.wait_exit(), Some(0));
}

fn now_usec() -> u128 {
    monit_rs::sys::clock::monotonic().as_micros()
}

#[test]
fn the_watchdog_of_an_abstract_socket_is_fed_and_programs_hear_of_none() {
    let mut lab = Lab::with(
        "set daemon 1\ncheck program p with path @D@/show\n  if status != 0 then alert\n\
         check file f path @D@/missing\n  if not exist then exec \"@D@/show\"",
    );
    lab.program("show", "env > @D@/env.$$\nmv @D@/env.$$ @D@/env");
    let name = format!("monit-rs-test-{}", lab.dir().display());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let socket = UnixDatagram::bind_addr(&address).expect("bind");
    // `sh` has the number that the daemon will have.
    let words = format!(
        "export NOTIFY_SOCKET=@{name} WATCHDOG_USEC=400000 WATCHDOG_PID=$$ LISTEN_PID=$$ LISTEN_FDS=0 \
         LISTEN_FDNAMES=x LISTEN_PIDFDID=7 OTHER=kept; exec \"$@\""
    );
    lab.start_under(&["sh".to_owned(), "-c".to_owned(), words, "sh".to_owned()], [] as [&str; 0]);
    assert_eq!(next_state(&socket)[0], "READY=1");
    let begin = Instant::now();
    for _ in 0..6 {
        assert_eq!(next(&socket), "WATCHDOG=1");
    }
    assert!(begin.elapsed() >= Duration::from_millis(800), "no flood: {:?}", begin.elapsed());
    let environment = support::eventually("the environment of a program", || {
        Some(lab.lines("env")).filter(|lines| !lines.is_empty())
    });
    assert!(environment.iter().any(|line| line == "OTHER=kept"), "{environment:?}");
    let private =
        |line: &&String| ["NOTIFY_", "WATCHDOG_", "LISTEN_"].iter().any(|word| line.starts_with(word));
    assert_eq!(environment.iter().find(private), None);
    lab.stop(Signal::SIGTERM);
}

#[test]
fn a_supervisor_that_reads_nothing_holds_nobody_up() {
    let mut lab = Lab::with("set daemon 1\ncheck file f path @D@/missing");
    let socket = UnixDatagram::bind(lab.path("notify")).expect("bind");
    // Full before the daemon starts.
    let filler = UnixDatagram::unbound().expect("socket");
    filler.set_nonblocking(true).expect("fcntl");
    while filler.send_to(b"x", lab.path("notify")).is_ok() {}
    let variable = format!("NOTIFY_SOCKET={}", lab.path("notify").display());
    lab.start_under(&under(&[&variable, "WATCHDOG_USEC=2000"]), [] as [&str; 0]);
    lab.wait_line("'f' file doesn't exist");
    // What it missed it hears once it reads.
    loop {
        let text = next(&socket);
        if text.starts_with("READY=1") {
            break;
        }
        assert!(text == "x" || text == "WATCHDOG=1", "{text}");
    }
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
}
