//! A daemon that is killed at any moment while its state changes: the state file is never damaged, what was answered
//! is never lost, and an incident is never told twice. `MONIT_KILLS` says how often (20 unless given).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use std::thread::sleep;
use std::time::Duration;
use support::{Lab, free_port};

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
