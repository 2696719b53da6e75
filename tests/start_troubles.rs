//! What stands in the way of a daemon at its start: what need not keep it from monitoring does not, and what does is in
//! the log.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use support::{Lab, eventually};

const NONE: &[&str] = &[];

#[test]
fn a_taken_port_delays_the_interface_and_nothing_else() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = taken.local_addr().expect("address");
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset log @D@/log\nset httpd port {} address 127.0.0.1 allow 127.0.0.1\n\
         check file f path @D@/missing",
        address.port()
    ));
    lab.start(NONE);
    let door = format!("[127.0.0.1]:{}", address.port());
    lab.wait_line(&format!("HTTP server -- Cannot bind: Address already in use ({door})"));
    lab.wait_line("'f' file doesn't exist");
    // The command line has a socket of its own.
    lab.wait_status("f", "Does not exist");
    drop(taken);
    lab.wait_line(&format!("HTTP server started at {door}"));
    TcpStream::connect(address).expect("an open interface");
    let told = lab.lines("log").iter().filter(|line| line.contains("Cannot bind")).count();
    assert_eq!(told, 1, "told once, however often it was tried:\n{}", lab.console());
}

#[test]
fn a_unix_socket_is_opened_once_its_folder_is_there() {
    let mut lab = Lab::with(
        "set daemon 1\nset httpd unixsocket @D@/run/monit.sock allow localhost\ncheck file f path @D@/missing",
    );
    lab.start(NONE);
    let path = lab.path("run/monit.sock");
    lab.wait_line(&format!("Cannot bind to unix socket {}: No such file or directory", path.display()));
    lab.wait_line("'f' file doesn't exist");
    lab.file("run", "in the way");
    // Another reason is told, too.
    lab.wait_line(&format!("Cannot bind to unix socket {}: Not a directory", path.display()));
    std::fs::remove_file(lab.path("run")).expect("remove");
    std::fs::create_dir(lab.path("run")).expect("mkdir");
    lab.wait_line(&format!("HTTP server started at {}", path.display()));
    UnixStream::connect(path).expect("an open interface");
}

#[test]
fn an_address_that_does_not_exist_yet_keeps_nobody_from_monitoring() {
    for (address, reason) in [
        ("203.0.113.7", "HTTP server -- Cannot bind: Cannot assign requested address ([203.0.113.7]:2812)"),
        ("no-such-host.invalid", "HTTP server -- Cannot bind: address no-such-host.invalid: "),
    ] {
        let mut lab = Lab::with(&format!(
            "set daemon 1\nset httpd port 2812 address {address} allow localhost\ncheck file f path @D@/missing"
        ));
        lab.start(NONE);
        lab.wait_line(reason);
        lab.wait_line("'f' file doesn't exist");
    }
}

#[test]
fn whatever_ends_a_start_is_in_the_log() {
    let broken = "set log @D@/log\ncheck file f path @D@/monitrc\n  if bogus then alert";
    let state = "set log @D@/log\nset statefile @D@/missing/state\ncheck file f path @D@/monitrc";
    let pidfile = "set log @D@/log\nset pidfile @D@/missing/pid\ncheck file f path @D@/monitrc";
    let no_poll = "set log @D@/log\ncheck file f path @D@/monitrc";
    for (text, poll, arguments, reason) in [
        (broken, true, NONE, "monitrc:7: "),
        (broken, true, &["-I"], "monitrc:7: "),
        (state, true, NONE, "missing/state': cannot open for write -- No such file or directory"),
        (state, true, &["-I"], "missing/state': cannot open for write -- No such file or directory"),
        (pidfile, true, NONE, "missing/pid' for writing -- No such file or directory"),
        (pidfile, true, &["-I"], "missing/pid' for writing -- No such file or directory"),
        (no_poll, false, &["-I"], "Poll time is invalid or not defined"),
    ] {
        let lab = Lab::with(&format!("{}{text}", if poll { "set daemon 5\n" } else { "" }));
        let reply = lab.cli(arguments);
        assert_eq!(reply.code, 1, "{reply:?}");
        assert!(reply.err.contains(reason), "{reply:?}");
        let log = lab.lines("log").join("\n");
        assert!(log.contains(" error    : ") && log.contains(reason), "{text}: {reply:?}\nlog: {log}");
    }
}

#[test]
fn the_command_line_says_where_the_reason_goes() {
    let lab = Lab::with("set daemon 5\ncheck file f path @D@/monitrc");
    lab.chmod("monitrc", 0o666);
    let log = lab.path("own.log");
    let reply = lab.cli(["-l", log.to_str().expect("text")]);
    assert_eq!(reply.code, 1, "{reply:?}");
    let line = eventually("the reason in the log", || lab.lines("own.log").pop());
    assert!(line.contains("monitrc"), "{line}");
    // What may be somebody else's file says nothing about where we write.
    lab.control("set daemon 5\nset log @D@/theirs.log\ncheck file f path @D@/monitrc");
    lab.chmod("monitrc", 0o666);
    assert_eq!(lab.cli(NONE).code, 1);
    assert!(lab.lines("theirs.log").is_empty(), "{:?}", lab.lines("theirs.log"));
}
