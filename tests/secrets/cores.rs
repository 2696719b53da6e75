//! A core has every secret in it: none is left by monit, and what programs may leave is their own affair.

use super::support::skip::skip;
use super::support::{Lab, eventually, run};
use nix::sys::signal::Signal;
use std::fs;
use std::process::Command;

/// The limit of cores in such a file of /proc.
fn limit(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("Max core file size")).expect("a limit of cores");
    line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ")
}

/// Limits of cores: of whoever starts monit, of monit, of a program that it runs.
fn limits(environment: &str) -> [String; 3] {
    let mut lab =
        Lab::with("set daemon 1\ncheck program tells with path @D@/tell\n  if status != 0 then alert");
    lab.program("tell", "cat /proc/self/limits > @D@/program.new; mv @D@/program.new @D@/program");
    let before = lab.path("before");
    let script = format!(
        "ulimit -S -c \"$(ulimit -H -c)\"; cat /proc/self/limits > {}; exec \"$@\"",
        before.display()
    );
    lab.start_under(&["env", environment, "sh", "-c", &script, "sh"].map(str::to_owned), ["-v"]);
    let program = eventually("a program", || fs::read_to_string(lab.path("program")).ok());
    let daemon =
        fs::read_to_string(format!("/proc/{}/limits", lab.daemon_pid())).expect("limits of the daemon");
    lab.stop(Signal::SIGTERM);
    [fs::read_to_string(before).expect("limits before"), daemon, program].map(|text| limit(&text))
}

#[test]
fn monit_leaves_no_core_unless_asked_and_programs_as_they_would() {
    let hard = run(Command::new("sh").args(["-c", "ulimit -H -c"])).stdout;
    if hard.trim_ascii() == b"0" {
        return skip("the test of cores", "its hard limit is 0: nobody here may leave one");
    }
    let [before, daemon, program] = limits("X=1");
    assert!(daemon.starts_with("0 ") || daemon.starts_with("1 "), "{daemon}");
    assert_eq!(program, before);
    let [before, daemon, program] = limits("MONIT_CORE=1");
    assert_eq!((&daemon, &program), (&before, &before));
}
