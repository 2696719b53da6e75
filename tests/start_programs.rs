//! Start programs that could be taken for the service they start, and those that are it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Command, Stdio};
use support::{Lab, alive};

#[test]
fn a_start_program_that_the_pattern_finds_is_not_the_service() {
    let mut lab = Lab::with(
        "set daemon 300\ncheck process p matching \"@D@/svc\"\n start program = \"@D@/svc start\" with timeout 1 second",
    );
    lab.program("svc", "sleep 0.3; echo oops >&2; exit 3");
    lab.start(&[] as &[&str]);
    lab.wait_line("failed to start (exit status 3)");
    assert!(!lab.console().contains("process is running"), "{}", lab.console());
}

#[test]
fn a_start_program_that_its_pidfile_names_is_the_service_and_goes_on() {
    let mut lab = Lab::with(
        "set daemon 300\ncheck process p with pidfile @D@/p.pid\n start program = \"@D@/svc\" with timeout 9 seconds",
    );
    lab.program("svc", "echo $$ > @D@/p.pid; exec sleep 300");
    lab.start(&[] as &[&str]);
    lab.wait_line("process is running with pid");
    let pid = lab.pid("p");
    assert!(alive(pid));
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kill");
}

#[test]
fn a_kernel_thread_and_a_command_line_with_blanks_at_its_end_are_found() {
    let mut lab = Lab::with("set daemon 300\ncheck process p matching \"@D@ [a-z]+$\"");
    // It reads until its input ends; what it is called is our business.
    let name = format!("{} end \n", lab.dir().display());
    let mut reader = Command::new("sh");
    let mut reader = support::spawn(reader.args(["-c", "read line", &name]).stdin(Stdio::piped()));
    lab.start(&[] as &[&str]);
    lab.wait_status("p", "OK");
    let threads = std::fs::read_to_string("/proc/2/comm").unwrap_or_default();
    if threads.trim() == "kthreadd" {
        let reply = lab.cli(["procmatch", "^kthreadd$"]);
        assert!(reply.out.contains("Total matches: 1"), "{reply:?}");
    }
    drop(reader.stdin.take());
    reader.wait().expect("wait");
}
