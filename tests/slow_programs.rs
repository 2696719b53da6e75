//! Start and stop programs that take longer than their time limit: they go on, nothing is started beside them, and what
//! comes late is a recovery.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Lab, alive, eventually};

/// Long enough for what a test does between one limit and three.
const LIMIT: &str = "with timeout 4 seconds";
const LATE: &str = "process is running after previous exec error (slow starting or manually recovered?)";
const NONE: [&str; 0] = [];

/// A daemon in the group of the program that launches it, which writes its pid file when somebody makes `ready`; the
/// program waits for that.
const WAITING: &str = "echo $$ > @D@/program\n\
    sh -c 'while [ ! -f @D@/ready ]; do sleep 0.1; done; echo $$ > @D@/p.pid; exec sleep 300' \
    </dev/null >/dev/null 2>&1 & echo $! > @D@/launched\n\
    while [ ! -f @D@/p.pid ]; do sleep 0.1; done";
const AT_ONCE: &str = "setsid sh -c 'echo $$ > @D@/p.pid; exec sleep 300' </dev/null >/dev/null 2>&1 &";
const END: &str = "[ -f @D@/p.pid ] && kill $(cat @D@/p.pid); rm -f @D@/p.pid";

fn lab(start: &str, stop: &str) -> Lab {
    let lab = Lab::with(&format!(
        "set daemon 1\nset httpd unixsocket @D@/socket allow localhost\n\
         check process p with pidfile @D@/p.pid\n\
         start program = \"@D@/ctl start\" {LIMIT}\n stop program = \"@D@/ctl stop\" {LIMIT}"
    ));
    lab.program(
        "ctl",
        &format!("echo $1 >> @D@/calls\ncase $1 in\nstart)\n{start}\n;;\nstop)\n{stop}\n;;\nesac\nexit 0"),
    );
    lab
}

/// The number in a file that is no pid file.
fn number(lab: &Lab, name: &str) -> i32 {
    eventually(name, || lab.lines(name).first()?.parse().ok())
}

/// A few cycles have begun and ended.
fn cycles_pass(lab: &mut Lab) {
    for _ in 0..2 {
        lab.signal(Signal::SIGUSR1);
        lab.wait_line("Awakened by");
    }
}

#[test]
fn a_slow_start_comes_up_late_and_only_once() {
    let mut lab = lab(WAITING, END);
    lab.start(NONE);
    lab.wait_line("failed to start (exit status -1) -- Program");
    cycles_pass(&mut lab);
    lab.file("ready", "");
    lab.wait_line(LATE);
    lab.wait_status("p", "OK");
    assert_eq!(lab.lines("calls"), ["start"], "{}", lab.console());
    assert!(alive(lab.pid("p")));
}

#[test]
fn a_restart_whose_stop_is_slow_goes_on_to_its_start() {
    let mut lab = lab(AT_ONCE, &format!("while [ ! -f @D@/drained ]; do sleep 0.1; done; {END}"));
    lab.start(NONE);
    lab.wait_status("p", "OK");
    let old = lab.pid("p");
    assert_eq!(lab.cli(["restart", "p"]).code, 0);
    lab.wait_line("failed to stop (exit status -1) -- Program");
    cycles_pass(&mut lab);
    assert!(alive(old), "it drains");
    lab.file("drained", "");
    lab.wait_line("start: '");
    let new = lab.pid("p");
    assert!(new != old && !alive(old));
    lab.wait_status("p", "OK");
    assert_eq!(lab.lines("calls"), ["start", "stop", "start"], "{}", lab.console());
    assert!(!lab.console().contains("after previous exec error"), "{}", lab.console());
}

#[test]
fn a_program_that_hangs_is_ended_after_three_limits_and_its_service_is_kept() {
    // The service is in a session of its own, and nobody's child.
    let start = "echo $$ > @D@/program\n\
        (setsid sh -c 'while [ ! -f @D@/ready ]; do sleep 0.1; done; echo $$ > @D@/p.pid; exec sleep 300' \
        </dev/null >/dev/null 2>&1 &)\nsleep 600";
    let mut lab = lab(start, END);
    lab.start(NONE);
    lab.wait_line("failed to start (exit status -1) -- Program");
    let program = number(&lab, "program");
    assert!(alive(program), "it goes on");
    lab.file("ready", "");
    lab.wait_line(LATE);
    let pid = lab.pid("p");
    lab.wait_line("start program still runs after 3 times its limit of 4 s");
    eventually("the end of the program", || (!alive(program)).then_some(()));
    cycles_pass(&mut lab);
    assert!(alive(pid));
    assert_eq!(lab.lines("calls"), ["start"], "{}", lab.console());
}

#[test]
fn a_stop_by_the_user_ends_a_start_that_goes_on() {
    let mut lab = lab(WAITING, END);
    lab.start(NONE);
    lab.wait_line("failed to start (exit status -1) -- Program");
    let (program, launched) = (number(&lab, "program"), number(&lab, "launched"));
    assert!(alive(program) && alive(launched));
    assert_eq!(lab.cli(["stop", "p"]).code, 0);
    lab.wait_status("p", "Not monitored");
    assert!(!alive(program));
    eventually("the end of what it had launched", || (!alive(launched)).then_some(()));
    assert_eq!(lab.lines("calls"), ["start", "stop"], "{}", lab.console());
}

#[test]
fn a_monitor_that_was_killed_starts_no_second_copy() {
    let mut lab = lab(WAITING, END);
    lab.start(NONE);
    lab.wait_line("failed to start (exit status -1) -- Program");
    // What is shown is in the state file.
    eventually("the failure", || lab.status_of("p").filter(|status| status.contains("Execution failed")));
    lab.stop(Signal::SIGKILL);
    lab.start(NONE);
    lab.wait_line("started");
    cycles_pass(&mut lab);
    lab.file("ready", "");
    lab.wait_line(LATE);
    lab.wait_status("p", "OK");
    assert_eq!(lab.lines("calls"), ["start"], "{}", lab.console());
}

#[test]
fn a_process_that_a_signal_has_stopped_is_stopped_all_the_same() {
    let mut lab = lab(AT_ONCE, END);
    lab.start(NONE);
    lab.wait_status("p", "OK");
    let pid = lab.pid("p");
    kill(Pid::from_raw(pid), Signal::SIGSTOP).expect("stop");
    eventually("its standstill", || support::stat_of(pid).filter(|(state, _)| *state == 'T'));
    assert_eq!(lab.cli(["stop", "p"]).code, 0);
    lab.wait_line("stop action done");
    assert!(!alive(pid));
}
