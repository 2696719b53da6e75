//! Tests of a process after a start of ours: they count anew, and what it shows too early proves nothing.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use support::{Lab, eventually};

/// How many lines of the console contain this.
fn count(lab: &Lab, text: &str) -> usize {
    lab.console().lines().filter(|line| line.contains(text)).count()
}

#[test]
fn every_process_gets_its_cycles_before_it_is_restarted_again() {
    for rate in ["for 3 cycles", "3 times within 5 cycles"] {
        let mut lab = Lab::with(&format!(
            "set daemon 1\ncheck process d with pidfile @D@/d.pid\n start program = \"@D@/d start\"\n stop program = \
             \"@D@/d stop\"\n if memory > 1 kB {rate} then restart"
        ));
        lab.init_script("d");
        lab.start(&[] as &[&str]);
        eventually("three restarts", || (count(&lab, "stop: ") >= 3).then_some(()));
        let console = lab.console();
        let told = |line: &str| match () {
            () if line.contains("stop: ") => Some('S'),
            () if line.contains("matches resource limit") => Some('m'),
            () => None,
        };
        let story: String = console.lines().filter_map(told).collect();
        assert!(story.starts_with("mmmSmmmSmmmS"), "{rate}: {story}\n{console}");
        lab.stop(Signal::SIGTERM);
    }
}

#[test]
fn what_is_seen_right_after_a_start_is_no_recovery() {
    // The children come half a second after the process, and are too many in each cycle.
    let mut lab = Lab::with(
        "set daemon 1\ncheck process d with pidfile @D@/d.pid\n start program = \"@D@/ctl start\"\n stop program = \
         \"@D@/ctl stop\"\n if children > 0 for 2 cycles then restart",
    );
    lab.program(
        "ctl",
        "if [ $1 = stop ]; then kill $(cat @D@/d.pid); rm @D@/d.pid; exit; fi\n\
         setsid sh -c 'echo $$ > @D@/d.pid; trap \"kill \\$c; exit\" TERM; sleep 0.5 & wait; sleep 500 & c=$!; wait' \
         </dev/null >/dev/null 2>&1 &",
    );
    lab.start(&[] as &[&str]);
    eventually("three restarts", || (count(&lab, "stop: ") >= 3).then_some(()));
    assert_eq!(count(&lab, "children check succeeded"), 0, "{}", lab.console());
    lab.cli(["stop", "d"]);
    lab.wait_line("stop action done");
}
