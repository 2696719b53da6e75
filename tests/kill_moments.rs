//! A daemon that is killed at any moment while its state changes: the state file is never damaged, what was answered
//! is never lost, and an incident is never told twice. `MONIT_KILLS` says how often (20 unless given).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use support::receiver::{Receiver, TAKES};
use support::skip::skip;
use support::{Lab, free_port, is_installed};

fn micros(kill: u64) -> Duration {
    Duration::from_micros(kill * 7919 % 60_000)
}

#[test]
fn what_was_answered_survives_a_kill_at_any_moment() {
    let kills = std::env::var("MONIT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20u64);
    let mut lab = Lab::new();
    lab.program("alert", "echo told >> @D@/alerts");
    lab.file("big", "more than ten bytes");
    lab.control(&format!(
        "set daemon 300\nset httpd port {} address 127.0.0.1 allow 127.0.0.1\n\
         check file f path @D@/big\n\
         check file g path @D@/big\n\
         check file big path @D@/big\n if size > 10 B then exec \"@D@/alert\"",
        free_port()
    ));
    lab.start(&[] as &[&str]);
    lab.wait_status("big", "Size failed");
    support::eventually("the alert", || (lab.lines("alerts").len() == 1).then_some(()));
    for kill in 0..kills {
        let (action, shown) = if kill % 2 == 0 { ("unmonitor", "Not monitored") } else { ("monitor", "OK") };
        // Answered, so it must be known afterwards.
        assert_eq!(lab.cli([action, "f"]).code, 0);
        // Never waited for: the daemon dies in the middle of it.
        let other = if kill % 2 == 0 { "monitor" } else { "unmonitor" };
        let quiet = (std::process::Stdio::null(), std::process::Stdio::null());
        let mut changing = support::spawn(lab.command([other, "g"]).stdout(quiet.0).stderr(quiet.1));
        if kill % 3 == 0 {
            lab.signal(Signal::SIGHUP);
        }
        sleep(micros(kill));
        lab.stop(Signal::SIGKILL);
        let _ = changing.wait();
        lab.start(&[] as &[&str]);
        lab.wait_status("big", "Size failed");
        lab.wait_status("f", shown);
        let console = lab.console();
        assert!(!console.contains("Unable to read service state"), "{console}");
    }
    assert_eq!(lab.lines("alerts").len(), 1, "told again");
}

/// From now on the daemon is killed as soon as it has written to its state file and closes it: by strace, which is given; `None`: it may
/// not look at other processes here, or is not there.
fn kill_at_the_record(lab: &Lab) -> Option<std::process::Child> {
    if !is_installed("strace") {
        return None;
    }
    let mut command = Command::new("strace");
    command
        .args(["-o", "/dev/null", "-e", "trace=close", "-e", "inject=close:signal=KILL", "-P"])
        .arg(lab.path("monit.state"));
    command.args(["-p", &lab.daemon_pid().to_string()]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut tracer = support::spawn(&mut command);
    let said = BufReader::new(tracer.stderr.take().expect("a pipe"));
    let attached = said.lines().map_while(Result::ok).find(|line| line.contains("attach"));
    if attached.is_some_and(|line| line.ends_with(" attached")) {
        return Some(tracer);
    }
    let _ = tracer.wait();
    None
}

#[test]
fn an_event_that_the_state_file_knows_of_is_told_though_the_daemon_is_killed_right_behind_it() {
    let port = free_port();
    let mut lab = Lab::new();
    lab.control(&format!(
        "set daemon 300\nset httpd port {} address 127.0.0.1 allow 127.0.0.1\nset eventqueue basedir @D@/queue\n\
         set alert webhook hook url http://127.0.0.1:{port}/hook\nset alert @hook only on {{ action }}\n\
         check file f path @D@/monitrc",
        free_port()
    ));
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "OK");
    let Some(mut tracer) = kill_at_the_record(&lab) else {
        return skip("a kill right behind the record", "strace cannot be used");
    };
    let quiet = (Stdio::null(), Stdio::null());
    let mut client = support::spawn(lab.command(["unmonitor", "f"]).stdout(quiet.0).stderr(quiet.1));
    assert_eq!(lab.wait_exit(), None, "a signal ended it");
    let _ = (client.wait(), tracer.wait());
    let receiver = Receiver::at(port, |_, _| TAKES);
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "Not monitored");
    let told = receiver.wait("/hook", 1);
    assert!(told[0].body.contains("unmonitor"), "{}", told[0].body);
}
