//! The command line and a daemon that runs, when the control file cannot be read any more or the daemon cannot answer.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::time::{Duration, Instant};
use support::{Lab, alive, free_port};

/// What is done to a control file, given its text.
type Break = (&'static str, fn(&Lab, &str));

/// A daemon, whose control file is whole.
fn daemon() -> (Lab, String) {
    let text = format!(
        "set pidfile @D@/monit.pid\nset daemon 300\nset idfile @D@/monit.id\nset statefile @D@/monit.state\n\
         set httpd port {} address 127.0.0.1 allow localhost\n\
         check file f path @D@/monitrc group web\ncheck file g path @D@/monitrc\n",
        free_port()
    );
    let mut lab = Lab::new();
    lab.file("monitrc", &text);
    lab.chmod("monitrc", 0o600);
    lab.start(&[] as &[&str]);
    lab.wait_line("Monit 6.1.0 started");
    lab.wait_status("g", "OK");
    (lab, text)
}

/// All that a healthy daemon is asked, whatever the control file looks like by now.
fn answers(lab: &Lab, more: &[&str]) {
    let ask = |words: &[&str]| lab.cli(more.iter().chain(words));
    let said = ask(&["-B", "summary"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(" g ") && said.err.contains("WARNING: The control file is broken"), "{said:?}");
    assert!(!said.err.contains("exiting") && !said.err.contains("resolved"), "{said:?}");
    for words in [&["status", "f"][..], &["report"], &["unmonitor", "all"], &["-g", "web", "monitor"]] {
        assert_eq!(ask(words).code, 0, "{words:?}");
    }
    let said = ask(&["-B", "summary"]).out;
    let states: Vec<bool> = said.lines().skip(2).map(|line| line.contains("Not monitored")).collect();
    assert_eq!(states.iter().filter(|state| !**state).count(), 1, "{said}");
    assert_eq!(ask(&["monitor", "all"]).code, 0);
    assert_eq!(ask(&["-g", "nowhere", "monitor"]).code, 1);
    let reload = ask(&["reload"]);
    assert_eq!(reload.code, 1);
    assert!(
        !reload.err.contains("exiting") && reload.err.contains("running configuration stays"),
        "{reload:?}"
    );
    assert!(alive(lab.daemon_pid()));
}

#[test]
fn a_broken_control_file_locks_nobody_out() {
    let breaks: &[Break] = &[
        ("an error in a service", |lab, text| {
            drop(lab.file("monitrc", &format!("{text}  if bogus then alert\n")))
        }),
        ("an error in a setting", |lab, text| {
            drop(lab.file("monitrc", &text.replace("set daemon", "set deamon")))
        }),
        ("an open quote", |lab, text| drop(lab.file("monitrc", &format!("{text}check file \"x path /x\n")))),
        ("a circle", |lab, text| {
            let text = text.replace("group web", "group web depends on g");
            drop(lab.file("monitrc", &format!("{text}  depends on f\n")));
        }),
        ("no httpd any more", |lab, text| {
            let kept: Vec<&str> = text.lines().filter(|line| !line.contains("httpd")).collect();
            drop(lab.file("monitrc", &format!("{}\nbogus\n", kept.join("\n"))));
        }),
        ("readable by others", |lab, _| lab.chmod("monitrc", 0o644)),
    ];
    for (what, damage) in breaks {
        println!("{what}");
        let (mut lab, text) = daemon();
        damage(&lab, &text);
        answers(&lab, &[]);
        assert_eq!(lab.cli(["quit"]).code, 0, "{what}");
        assert_eq!(lab.wait_exit(), Some(0));
        let said = lab.cli(["quit"]);
        assert_eq!(said.code, 1, "{said:?}");
        let said = lab.cli(["summary"]);
        assert!(said.code == 1 && !said.err.contains("WARNING"), "{said:?}");
    }
}

#[test]
fn what_cannot_be_understood_at_all_leaves_the_command_line_and_the_defaults() {
    let breaks: &[fn(&Lab)] = &[
        |lab| fs::remove_file(lab.path("monitrc")).unwrap(),
        |lab| lab.chmod("monitrc", 0o666),
        |lab| drop(lab.file("monitrc", "\"")),
        |lab| drop(lab.file("monitrc", "set pidfile\n")),
    ];
    for damage in breaks {
        let (mut lab, _) = daemon();
        damage(&lab);
        let pidfile = lab.path("monit.pid").display().to_string();
        answers(&lab, &["-p", &pidfile]);
        assert_eq!(lab.cli(["-p", &pidfile, "quit"]).code, 0);
        assert_eq!(lab.wait_exit(), Some(0));
    }
}

#[test]
fn a_reload_of_a_broken_file_logs_deprecations_as_warnings() {
    let (mut lab, text) = daemon();
    lab.file("monitrc", &format!("set log @D@/log\n{text}"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    lab.file("monitrc", &format!("set logfile @D@/log\n{text}bogus\n"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("The control file was not loaded, the running configuration stays in force");
    let log = lab.lines("log");
    let level = |what: &str| {
        let line =
            log.iter().rev().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {log:?}"));
        line.split(']').nth(1).unwrap().split(':').next().unwrap().trim().to_owned()
    };
    assert_eq!(level("deprecated"), "warning");
    assert_eq!(level("'bogus'"), "error");
    assert!(!log.iter().any(|line| line.contains("exiting")), "{log:?}");
}

#[test]
fn without_a_daemon_reload_and_quit_say_that_nothing_was_done() {
    let lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    for word in ["reload", "quit"] {
        let said = lab.cli([word]);
        assert_eq!((said.code, said.out.as_str()), (1, "Monit daemon is not running\n"), "{said:?}");
    }
    lab.control("set daemon 300\nset logfile @D@/log\nset httpd port 1 allow localhost\nbogus");
    let said = lab.cli(["reload"]);
    assert!(said.code == 1 && said.err.contains("'bogus'") && !said.err.contains("exiting"), "{said:?}");
    let said = lab.cli(["summary"]);
    assert!(said.code == 1 && !said.err.contains("resolved"), "{said:?}");
}

#[test]
fn a_stopped_daemon_is_called_so_at_once() {
    let (mut lab, _) = daemon();
    let pid = lab.daemon_pid();
    lab.signal(Signal::SIGSTOP);
    for words in [&["summary"][..], &["status"], &["unmonitor", "f"], &["validate"], &["reload"], &["quit"]] {
        let begin = Instant::now();
        let said = lab.cli(words);
        assert_eq!(said.code, 1, "{words:?} {said:?}");
        assert!(said.err.contains(&format!("pid {pid} is stopped")), "{words:?} {said:?}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{words:?} {:?}", begin.elapsed());
    }
    lab.signal(Signal::SIGCONT);
    assert_eq!(lab.wait_exit(), Some(0), "the signal of quit has waited");
}
