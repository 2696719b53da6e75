//! Tests of what is written to logs: across rotation and truncation, and in the log that we write ourselves.
#![allow(clippy::expect_used)]

mod support;

use std::fs::{self, OpenOptions};
use std::io::Write;
use support::{Lab, eventually};

fn append(lab: &Lab, name: &str, text: &str) {
    let file = OpenOptions::new().append(true).create(true).open(lab.path(name));
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a line");
}

fn watching(text: &str) -> Lab {
    let mut lab = Lab::new();
    lab.file("app.log", "start\n");
    lab.control(&format!("set daemon 300\nset log @D@/log\ncheck file app with path @D@/app.log\n{text}"));
    lab.start::<&str>([]);
    lab.wait_status("app", "OK");
    lab
}

#[test]
fn a_line_written_before_the_rotation_is_told() {
    let lab = watching("  if content = \"ERROR\" then alert");
    append(&lab, "app.log", "ERROR just before\n");
    fs::rename(lab.path("app.log"), lab.path("app.log.1")).expect("a rename");
    lab.file("app.log", "");
    lab.cli(["validate"]);
    let said = || lab.console().matches("ERROR just before").count();
    eventually("the line", || (said() == 1).then_some(()));
    lab.cli(["validate"]);
    lab.cli(["validate"]);
    assert_eq!(said(), 1, "{}", lab.console());
    let open = format!("/proc/{}/fd", lab.daemon_pid());
    let held =
        fs::read_dir(open).expect("descriptors").flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    assert_eq!(held.filter(|path| path.to_string_lossy().contains("app.log")).count(), 0);
}

#[test]
fn the_first_lines_after_a_truncation_are_told_whole() {
    let lab = watching("  if content = \"^ERROR\" then alert\n  if content = \"^[a-z]\" then alert");
    lab.file("app.log", "ERROR first after the truncation\n");
    lab.cli(["validate"]);
    eventually("the line", || lab.console().contains("ERROR first after").then_some(()));
    assert!(!lab.console().contains("irst after the truncation\n    "), "{}", lab.console());
    assert_eq!(lab.console().matches("content match").count(), 1, "half a line counts: {}", lab.console());
}

#[test]
fn our_own_lines_are_not_matched() {
    let lab = watching("check file own with path @D@/log\n  if content = \"error\" then alert");
    append(&lab, "log", "[x] error : of somebody else\n");
    for _ in 0..4 {
        lab.cli(["validate"]);
    }
    eventually("the line of somebody else", || {
        lab.console().contains("error : of somebody else").then_some(())
    });
    lab.cli(["validate"]);
    let quoted = lab.console().matches("of somebody else").count();
    assert_eq!(quoted, 1, "{}", lab.console());
}

#[test]
fn a_failure_that_lasts_is_repeated_in_the_log_as_often_as_wanted() {
    let told = |repeat: &str| {
        let mut lab = Lab::with(&format!(
            "set daemon 300\nset log @D@/log {repeat}\ncheck file gone with path @D@/gone\n\
             check file tick with path @D@/monitrc\n  if exist then alert"
        ));
        lab.start::<&str>([]);
        lab.wait_line("'gone' file doesn't exist");
        for _ in 0..3 {
            lab.cli(["validate"]);
        }
        lab.console().matches("'gone' file doesn't exist").count()
    };
    assert_eq!(told(""), 4);
    assert_eq!(told("repeat every 2 cycles"), 3, "the first, the second and the fourth");
    assert_eq!(told("repeat never"), 1);
}

#[test]
fn a_process_that_is_stopped_is_shown_as_such() {
    let mut lab = Lab::new();
    let mut process = support::spawn(std::process::Command::new("sleep").arg("300"));
    let pid = process.id() as i32;
    lab.file("pid", &format!("{pid}\n"));
    lab.control("set daemon 300\ncheck process p with pidfile @D@/pid");
    lab.start::<&str>([]);
    lab.wait_status("p", "OK");
    assert!(!lab.cli(["-B", "status", "p"]).out.contains("process state"));
    let signal = |signal| {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).expect("a signal");
        lab.cli(["validate"]);
    };
    signal(nix::sys::signal::Signal::SIGSTOP);
    let shown = lab.cli(["-B", "status", "p"]).out;
    signal(nix::sys::signal::Signal::SIGKILL);
    process.wait().expect("its end");
    let line = shown.lines().find(|line| line.contains("process state"));
    assert!(line.is_some_and(|line| line.contains("stopped by a signal")), "{shown}");
}
