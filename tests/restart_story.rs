//! What a restart or a reload of the monitor must not forget, tell twice, or go on calling by its old name.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::skip::skip;
use support::{Lab, PATIENCE, adopt_orphans, eventually, run};

const NONE: [&str; 0] = [];

/// A mail server; each mail comes as the greeting of the client and the message.
fn mail_server() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || serve(stream, &|mail| drop(sender.send(mail))));
        }
    });
    (port, receiver)
}

fn serve(mut stream: TcpStream, deliver: &dyn Fn(String)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut mail = String::new();
    stream.write_all(b"220 x\r\n").ok()?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.starts_with("EHLO") || line.starts_with("HELO") {
            mail = line;
        } else if line.starts_with("DATA") {
            stream.write_all(b"354 x\r\n").ok()?;
            while !mail.ends_with("\r\n.\r\n") {
                if reader.read_line(&mut mail).ok()? == 0 {
                    return None;
                }
            }
            let greeting = mail.lines().next().unwrap_or_default().to_owned();
            deliver(std::mem::replace(&mut mail, format!("{greeting}\r\n")));
        }
        stream.write_all(b"250 x\r\n").ok()?;
    }
}

#[test]
fn an_incident_is_told_once_also_with_a_start_delay() {
    let (port, mails) = mail_server();
    let mut lab = Lab::with(&format!(
        "set daemon 1 with start delay 1\nset mailserver 127.0.0.1 port {port}\nset alert x@example.com not on \
         {{ instance }}\ncheck file gone path @D@/gone\ncheck file later path @D@/later"
    ));
    lab.file("later", "");
    lab.start(NONE);
    let first = mails.recv_timeout(PATIENCE).expect("a mail");
    assert!(first.contains("Does not exist") && first.contains("gone"), "{first}");
    lab.wait_status("later", "OK");
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    fs::remove_file(lab.path("later")).expect("remove");
    lab.start(NONE);
    // The other one is new, and that is all there is to tell.
    let second = mails.recv_timeout(PATIENCE).expect("a mail");
    assert!(second.contains("later"), "told again: {second}");
    lab.wait_status("gone", "Does not exist");
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    let more = mails.recv_timeout(Duration::from_millis(200));
    assert!(more.is_err(), "{more:?}");
}

#[test]
fn a_state_file_that_was_deleted_is_made_again_though_nothing_changes() {
    let mut lab = Lab::with("set daemon 1\ncheck file f path @D@/monitrc\ncheck file g path @D@/monitrc");
    lab.start(NONE);
    lab.wait_status("g", "OK");
    lab.cli(["unmonitor", "f"]).clean();
    for _ in 0..2 {
        eventually("a state file", || lab.path("monit.state").exists().then_some(()));
        fs::remove_file(lab.path("monit.state")).expect("remove");
        let _ = fs::remove_file(lab.path("monit.state.previous"));
    }
    eventually("the state file again", || lab.path("monit.state").exists().then_some(()));
    lab.stop(Signal::SIGKILL);
    lab.start(NONE);
    lab.wait_status("g", "OK");
    assert_eq!(lab.status_of("f").as_deref(), Some("Not monitored"));
}

#[test]
fn after_a_reload_mails_come_from_the_host_of_the_new_name() {
    adopt_orphans();
    let sh = |text: &str| ["unshare", "--uts", "sh", "-c", text, "sh"].map(str::to_owned);
    let mut probe = Command::new("unshare");
    if !support::works(probe.args(["--uts", "hostname", "probe"])) {
        return skip("another host name", "no namespace for one can be made here");
    }
    let (port, mails) = mail_server();
    let mut lab = Lab::with(&format!(
        "set daemon 1\nset mailserver 127.0.0.1 port {port}\nset mail-format {{ message: host $HOST. }}\n\
         set alert x@example.com not on {{ instance }}\ncheck system $HOST\ncheck file f path @D@/none\n\
         check file g path @D@/new\n  if exist then alert"
    ));
    lab.start_under(&sh("hostname old-name && exec \"$@\""), NONE);
    let first = mails.recv_timeout(PATIENCE).expect("a mail");
    assert!(first.starts_with("EHLO old-name\r\n") && first.contains("host old-name."), "{first}");
    let pid = lab.daemon_pid().to_string();
    let renamed = run(Command::new("nsenter").args(["--target", &pid, "--uts", "hostname", "new-name"]));
    assert!(renamed.status.success(), "{renamed:?}");
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    lab.file("new", "");
    let second = mails.recv_timeout(PATIENCE).expect("a mail");
    assert!(second.starts_with("EHLO new-name\r\n") && second.contains("host new-name."), "{second}");
    assert!(second.contains("@new-name") && !second.contains("old-name"), "{second}");
}
