//! `set metrics file`: written whole after each cycle, told once where that cannot be, and gone with the daemon.
#![allow(clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use support::http::ask;
use support::{Lab, eventually, free_port};

const CHECKS: &str = "set daemon 60\nset httpd port @P@ address 127.0.0.1\n  allow localhost\n\
    check file good path @D@/monitrc\ncheck file gone path @D@/gone\n";

fn control(port: u16, file: &str) -> String {
    format!("{}set metrics file @D@/{file}\n", CHECKS.replace("@P@", &port.to_string()))
}

/// The file, once it is there.
fn written(lab: &Lab, name: &str) -> String {
    eventually(name, || fs::read_to_string(lab.path(name)).ok())
}

/// Names without values, which change.
fn names(text: &str) -> Vec<&str> {
    text.lines()
        .map(
            |line| {
                if line.starts_with('#') {
                    line
                } else {
                    line.rsplit_once(' ').map_or(line, |(name, _)| name)
                }
            },
        )
        .collect()
}

#[test]
fn it_says_what_the_interface_says_after_each_cycle() {
    let port = free_port();
    let mut lab = Lab::with(&control(port, "m.prom"));
    lab.start(["-v"]);
    let text = written(&lab, "m.prom");
    assert!(text.contains("\nmonit_service_up{service=\"good\",type=\"file\"} 1\n"), "{text}");
    assert!(text.contains("\nmonit_service_up{service=\"gone\",type=\"file\"} 0\n"), "{text}");
    let (_, asked) = ask(port, "GET /metrics HTTP/1.0\r\n\r\n");
    assert_eq!(names(&text), names(&asked));
    let before = fs::metadata(lab.path("m.prom")).expect("the file");
    assert_eq!(before.permissions().mode() & 0o7777, 0o644);
    lab.file("gone", "");
    lab.signal(Signal::SIGUSR1);
    eventually("the next one", || {
        let there = written(&lab, "m.prom").contains("monit_service_up{service=\"gone\",type=\"file\"} 1");
        there.then_some(())
    });
    let after = fs::metadata(lab.path("m.prom")).expect("the file");
    assert_ne!(before.ino(), after.ino(), "it was put in its place, not written over");
    assert!(!lab.path(".m.prom.new").exists());
    lab.stop(Signal::SIGTERM);
    eventually("it goes with the daemon", || (!lab.path("m.prom").exists()).then_some(()));
}

#[test]
fn a_place_that_cannot_be_written_is_told_once_and_so_is_its_end() {
    let mut lab = Lab::with(&control(free_port(), "folder/m.prom"));
    lab.start(["-v"]);
    let line = lab.wait_line("Metrics file '");
    let path = lab.path("folder/m.prom");
    assert!(
        line.ends_with(&format!(
            "Metrics file '{}' cannot be written -- No such file or directory",
            path.display()
        )),
        "{line}"
    );
    // Two more cycles say nothing of it.
    for _ in 0..2 {
        let validated = lab.cli(["validate"]);
        assert!(!validated.out.is_empty());
    }
    fs::create_dir(lab.path("folder")).expect("a folder");
    lab.cli(["validate"]);
    lab.wait_line("written again");
    assert!(path.exists());
    assert_eq!(lab.console().matches("cannot be written").count(), 1, "{}", lab.console());
}

#[test]
fn at_a_reload_it_moves_and_leaves_nothing_behind() {
    let port = free_port();
    let mut lab = Lab::with(&control(port, "a.prom"));
    lab.start(["-v"]);
    written(&lab, "a.prom");
    lab.control(&control(port, "b.prom"));
    lab.signal(Signal::SIGHUP);
    written(&lab, "b.prom");
    eventually("the old one goes", || (!lab.path("a.prom").exists()).then_some(()));
    lab.control(&CHECKS.replace("@P@", &port.to_string()));
    lab.signal(Signal::SIGHUP);
    eventually("nobody wants it", || (!lab.path("b.prom").exists()).then_some(()));
}

#[test]
fn it_takes_the_place_of_no_other_file_of_ours() {
    let lab = Lab::with(
        "set daemon 60\nset statefile @D@/one\nset metrics file @D@/one\ncheck file f path @D@/f\n",
    );
    let reply = lab.cli(["-t"]);
    assert!(reply.err.contains("is the state file too, in whose place it would be put"), "{}", reply.err);
    lab.control("set daemon 60\nset metrics file @D@/monitrc\ncheck file f path @D@/f\n");
    assert!(lab.cli(["-t"]).err.contains("is a control file too"));
    lab.control(&control(1, "m.txt"));
    assert!(lab.cli(["-t"]).err.is_empty());
    assert!(lab.cli(["-tv"]).out.contains("Metrics file"), "{}", lab.cli(["-tv"]).out);
    assert!(lab.cli(["lint"]).err.contains("will not be collected by node_exporter"));
}
