//! Starting, waking, reloading and ending the daemon; what its files promise.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Lab, Reply, alive, eventually, run, spawn};

/// The pid of a daemon that detached itself.
fn detached_pid(lab: &Lab) -> i32 {
    lab.pid("monit")
}

fn quit(lab: &Lab) {
    let pid = detached_pid(lab);
    let reply = lab.cli(["quit"]);
    assert_eq!(reply.out, format!("Monit daemon with pid [{pid}] killed\n"), "{reply:?}");
    assert!(!alive(pid), "quit returns when the daemon is gone");
    assert!(!lab.path("monit.pid").exists());
}

#[test]
fn a_detached_daemon_starts_wakes_and_quits() {
    let lab = Lab::with("set daemon 300\nset log @D@/log\ncheck file f path @D@/monitrc");
    assert_eq!(lab.cli(["-d", "300"]).out.lines().last(), Some("Starting Monit 6.1.0 daemon"));
    let pid = detached_pid(&lab);
    assert_eq!(fs::metadata(lab.path("monit.pid")).expect("pidfile").mode() & 0o777, 0o644);
    eventually("the first cycle", || lab.cli(["-B", "summary"]).out.contains("OK").then_some(()));

    for arguments in [&[][..], &["-d", "10"], &["-I"]] {
        assert_eq!(lab.cli(arguments).clean(), format!("Monit daemon with PID {pid} awakened\n"));
    }
    eventually("the wake-up in the log", || {
        lab.lines("log").iter().any(|l| l.ends_with("Awakened by User defined signal 1")).then_some(())
    });
    quit(&lab);
    assert_eq!(lab.cli(["quit"]).code, 1);
    let log = lab.lines("log").join("\n");
    assert!(log.contains("Monit 6.1.0 started") && log.contains("Monit 6.1.0 stopped"), "{log}");
}

#[test]
fn a_pid_that_is_not_ours_is_never_signalled() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    let mut bystander = spawn(Command::new("sleep").arg("300").stdin(Stdio::null()));
    let pid = bystander.id() as i32;
    for content in
        [format!("{pid}\n"), "1\n".into(), "garbage".into(), String::new(), "-1".into(), "99999999999".into()]
    {
        lab.file("monit.pid", &content);
        let reply = lab.cli(["quit"]);
        assert_eq!((reply.code, reply.out.as_str()), (1, "Monit daemon is not running\n"), "{content:?}");
        let reply = lab.cli(["summary"]);
        assert_eq!(
            (reply.code, reply.err.as_str()),
            (1, "Monit: the monit daemon is not running\n"),
            "{content:?}"
        );
        assert!(alive(pid), "{content:?}");
    }
    lab.file("monit.pid", &format!("{pid}\n"));
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    assert_eq!(
        fs::read_to_string(lab.path("monit.pid")).expect("pidfile"),
        format!("{}\n", lab.daemon_pid())
    );
    assert!(alive(pid));
    bystander.kill().expect("kill");
    bystander.wait().expect("wait");
}

#[test]
fn the_pidfile_is_not_written_through_a_link() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    lab.file("precious", "do not touch\n");
    symlink(lab.path("precious"), lab.path("monit.pid")).expect("symlink");
    lab.start(&[] as &[&str]);
    let code = lab.wait_exit();
    assert_ne!(code, Some(0), "{}", lab.console());
    assert_eq!(lab.lines("precious"), ["do not touch"]);
    assert!(lab.console().contains("monit.pid"), "{}", lab.console());
}

#[test]
fn a_second_daemon_does_not_start_even_if_the_pidfile_is_gone() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    fs::remove_file(lab.path("monit.pid")).expect("remove");
    let reply = lab.cli(["-I"]);
    assert!(reply.code != 0 || reply.out.contains("awakened"), "a second daemon: {reply:?}");
    assert!(alive(lab.daemon_pid()));
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
}

#[test]
fn a_broken_control_file_leaves_the_running_one_in_force() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("f", "OK");
    let before = fs::read_to_string(lab.path("monitrc")).expect("read");

    lab.control("set daemon 300\ncheck file f path @D@/monitrc\n  bogus here");
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing Monit -- control file '");
    let line = lab.wait_line("monitrc:6:");
    assert!(line.contains("'bogus'"), "{line}");
    let reply = lab.cli(["reload"]);
    assert_eq!(reply.code, 1, "{reply:?}");
    assert!(reply.err.contains("monitrc:6:"), "{reply:?}");
    assert!(alive(lab.daemon_pid()));

    fs::write(
        lab.path("monitrc"),
        before
            .replace("check file f", "check file g path @D@/monitrc\ncheck file f")
            .replace("@D@", &lab.dir().display().to_string()),
    )
    .expect("write");
    lab.wait_status("f", "OK");
    assert_eq!(lab.cli(["reload"]).clean(), "Reinitializing monit daemon\n");
    lab.wait_line("Monit reloaded");
    lab.wait_status("g", "OK");
}

#[test]
fn flags_survive_sigkill() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc\ncheck file g path @D@/monitrc");
    lab.start(&[] as &[&str]);
    lab.wait_status("g", "OK");
    lab.cli(["unmonitor", "f"]).clean();
    lab.wait_status("f", "Not monitored");
    // The state is on disk soon after the change, not a cycle later.
    eventually("the flag in the state file", || {
        let mut copy = Lab::new();
        fs::copy(lab.path("monit.state"), copy.path("monit.state")).ok()?;
        copy.control(&format!(
            "set daemon 300\ncheck file f path {0}\ncheck file g path {0}",
            lab.path("monitrc").display()
        ));
        copy.start(&[] as &[&str]);
        copy.wait_status("g", "OK");
        let status = copy.status_of("f");
        copy.stop(Signal::SIGTERM);
        (status.as_deref() == Some("Not monitored")).then_some(())
    });
    lab.stop(Signal::SIGKILL);
    lab.start(&[] as &[&str]);
    lab.wait_status("g", "OK");
    assert_eq!(lab.status_of("f").as_deref(), Some("Not monitored"));
}

#[test]
fn a_damaged_state_file_is_set_aside_and_reported() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    lab.file("monit.state", "this is no state\u{0}\u{1}");
    lab.start(&[] as &[&str]);
    lab.wait_line("monit.state");
    lab.wait_status("f", "OK");
    let aside = fs::read_dir(lab.dir())
        .expect("folder")
        .flatten()
        .filter(|e| {
            e.file_name().to_string_lossy().starts_with("monit.state") && e.file_name() != "monit.state"
        })
        .filter_map(|e| fs::read(e.path()).ok())
        .any(|bytes| bytes.starts_with(b"this is no state"));
    assert!(aside, "the damaged file must not be lost");
}

#[test]
fn the_end_is_prompt_whatever_is_in_flight() {
    let mut lab = Lab::with(
        "set daemon 300
check process hangs with pidfile @D@/never.pid
  start program = \"/bin/sleep 600\" with timeout 500 seconds",
    );
    lab.start(&[] as &[&str]);
    lab.wait_line("'hangs' start: '/bin/sleep 600'");
    let begin = Instant::now();
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(60), "took {:?}", begin.elapsed());
    assert!(!lab.console().contains("failed to start"), "no false alarm at the end:\n{}", lab.console());
}

#[test]
fn validate_tells_by_its_exit_code() {
    let lab = Lab::with("check file f path @D@/monitrc\n  if failed permission 600 then alert");
    assert_eq!(lab.cli(["validate"]).code, 0);
    lab.control("check file f path @D@/missing");
    let reply = lab.cli(["validate"]);
    assert_eq!(reply.code, 1, "{reply:?}");
    assert!(reply.err.contains("'f' file doesn't exist"), "{reply:?}");
}

#[test]
fn without_a_poll_time_one_cycle_runs_in_the_foreground() {
    let lab = Lab::with("check file f path @D@/missing");
    let reply = Reply::from(run(&mut lab.command(&[] as &[&str])));
    assert_eq!(reply.code, 0, "{reply:?}");
    assert!(reply.err.contains("'f' file doesn't exist"), "{reply:?}");
    assert!(!lab.path("monit.pid").exists());
    let reply = lab.cli(["-I"]);
    assert_eq!(reply.code, 1);
    assert!(reply.err.contains("Poll time is invalid or not defined"), "{reply:?}");
}

#[test]
fn a_deleted_log_comes_back_on_reload() {
    let mut lab = Lab::with("set daemon 300\nset log @D@/log\ncheck file f path @D@/monitrc");
    lab.start(&[] as &[&str]);
    lab.wait_status("f", "OK");
    fs::rename(lab.path("log"), lab.path("log.1")).expect("rotate");
    lab.signal(Signal::SIGHUP);
    eventually("a line in the new log", || {
        lab.lines("log").iter().any(|l| l.contains("reloaded")).then_some(())
    });
    for line in lab.lines("log").iter().chain(&lab.lines("log.1")) {
        assert!(line.starts_with('[') && line.len() > 38 && &line[25..27] == "] ", "{line:?}");
    }
    kill(Pid::from_raw(lab.daemon_pid()), Signal::SIGINT).expect("kill");
    assert_eq!(lab.wait_exit(), Some(0));
}
