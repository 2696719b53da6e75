//! Files of the daemon's own that are not what they should be: pipes nobody writes to, devices, links. Each start
//! ends within the patience of the laboratory, one way or the other.
#![allow(clippy::expect_used)]

mod support;

use nix::sys::stat::Mode;
use nix::unistd::{mkfifo, pipe};
use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, symlink};
use support::Lab;

const CHECKS: &str = "set daemon 60\ncheck file rc path @D@/monitrc\n";

fn fifo(lab: &Lab, name: &str) {
    mkfifo(&lab.path(name), Mode::S_IRUSR | Mode::S_IWUSR).expect("mkfifo");
}

#[test]
fn a_pipe_in_the_place_of_the_state_file_is_refused_at_once() {
    let lab = Lab::with(CHECKS);
    fifo(&lab, "monit.state");
    let reply = lab.cli::<&str>([]);
    assert_eq!(reply.code, 1, "{reply:?}");
    assert!(reply.err.contains("monit.state': cannot open for write -- not a regular file"), "{reply:?}");
    assert!(!lab.path("monit.pid").exists());
}

#[test]
fn a_pipe_in_the_place_of_the_id_file_keeps_nobody_from_starting_and_reloading() {
    let mut lab = Lab::with(CHECKS);
    fifo(&lab, "monit.id");
    lab.start(["-v"]);
    lab.wait_line("monit.id' -- not a regular file");
    lab.wait_line("Monit 6.1.0 started");
    lab.signal(nix::sys::signal::Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    lab.wait_status("rc", "OK");
}

#[test]
fn devices_are_not_replaced_by_files() {
    let mut lab = Lab::new();
    lab.file(
        "monitrc",
        &format!("set pidfile @D@/monit.pid\nset idfile /dev/null\nset statefile /dev/null\n{CHECKS}"),
    );
    lab.chmod("monitrc", 0o600);
    lab.start(["-v"]);
    lab.wait_status("rc", "OK");
    lab.cli(["unmonitor", "rc"]).clean();
    lab.wait_status("rc", "Not monitored");
    assert_eq!(lab.stop(nix::sys::signal::Signal::SIGTERM), Some(0));
    assert!(fs::metadata("/dev/null").expect("/dev/null").file_type().is_char_device());
    assert!(!lab.console().contains("error"), "{}", lab.console());
}

#[test]
fn a_link_to_nowhere_creates_nothing_there() {
    let lab = Lab::with(CHECKS);
    symlink(lab.path("victim"), lab.path("monit.state")).expect("link");
    lab.cli::<&str>([]);
    lab.cli(["quit"]).clean();
    assert!(!lab.path("victim").exists());
    assert!(fs::symlink_metadata(lab.path("monit.state")).expect("state").is_file());
}

#[test]
fn a_daemon_in_the_background_keeps_nothing_that_its_starter_had_open() {
    let lab = Lab::with(CHECKS);
    let (read, write) = pipe().expect("a pipe without close-on-exec");
    let mut command = lab.command::<&str>([]);
    let child = support::run(&mut command);
    assert!(child.status.success());
    drop(write);
    // The end of the pipe comes while the daemon lives.
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = done.send(fs::File::from(read).read_to_end(&mut Vec::new()));
    });
    let seen = ended.recv_timeout(support::PATIENCE);
    lab.cli(["quit"]).clean();
    assert!(matches!(seen, Ok(Ok(0))), "{seen:?}");
}
