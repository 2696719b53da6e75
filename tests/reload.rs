//! A reload waits for the outside world without the daemon doing so: silent name servers, hung mounts, large files, files
//! that change, files that are wrong, and the end of the daemon in the middle of it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::process::Command;

use nix::sys::signal::Signal;
use support::hung::{Hung, silent_name_server};
use support::{Lab, Reply, eventually, run};

/// A service whose changes another file shows, in a cycle of a second.
const WATCHED: &str = "set daemon 1
check file probe with path @D@/probe
  if changed size then exec \"/bin/sh -c 'cat @D@/probe > @D@/seen'\"";

/// A lab whose daemon runs [`WATCHED`], and a control file of their own for clients: theirs never waits.
fn lab(wrapper: &[String]) -> Lab {
    let mut lab = Lab::new();
    prepare(&mut lab, wrapper);
    lab
}

fn prepare(lab: &mut Lab, wrapper: &[String]) {
    lab.control(WATCHED);
    fs::copy(lab.path("monitrc"), lab.path("client.rc")).expect("copy");
    lab.file("probe", "");
    lab.start_under::<&str>(wrapper, []);
    lab.wait_line("started");
    eventually("the first look", || client(lab, &["-B", "summary"]).out.contains("OK").then_some(()));
}

fn client(lab: &Lab, arguments: &[&str]) -> Reply {
    let mut command = lab.command(arguments);
    command.env("TERM", "dumb");
    let mut own = Command::new(command.get_program());
    own.arg("-c").arg(lab.path("client.rc")).args(arguments).current_dir("/");
    drop(command);
    Reply::from(run(&mut own))
}

/// The services of a daemon, by the names in its summary.
fn knows(lab: &Lab, service: &str) -> bool {
    let out = client(lab, &["-B", "summary"]).out;
    out.lines().any(|line| line.split_whitespace().next() == Some(service))
}

/// Others are checked and clients answered. Neither waits: what does not answer here does not for minutes, and the
/// patience of the tests is shorter.
fn goes_on(lab: &Lab) {
    for round in 1..=2 {
        let before = fs::read_to_string(lab.path("probe")).expect("read");
        let text = format!("{before}{round}");
        fs::write(lab.path("probe"), &text).expect("write");
        assert!(knows(lab, "probe"));
        eventually("the other service", || {
            (fs::read_to_string(lab.path("seen")).is_ok_and(|seen| seen == text)).then_some(())
        });
    }
}

/// Puts another control file in the place of the one there is, in one step: [`WATCHED`] and `text`.
fn replace(lab: &Lab, text: &str) {
    let settings = fs::read_to_string(lab.path("client.rc")).expect("read");
    lab.file("next.rc", &format!("{settings}{text}\n"));
    lab.chmod("next.rc", 0o600);
    fs::rename(lab.path("next.rc"), lab.path("monitrc")).expect("rename");
}

fn children(lab: &Lab) -> usize {
    let pid = lab.daemon_pid();
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("children");
    list.split_whitespace().count()
}

fn ends_at_once(lab: &mut Lab) {
    let helpers: Vec<i32> = fs::read_to_string(format!("/proc/{0}/task/{0}/children", lab.daemon_pid()))
        .expect("children")
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect();
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    for pid in helpers {
        eventually("the end of the helper", || (!support::alive(pid)).then_some(()));
    }
}

#[test]
fn a_name_server_that_never_answers_delays_nothing_else() {
    let mut lab = Lab::new();
    let Some((server, words)) = silent_name_server(&lab) else {
        eprintln!("not done: not root");
        return;
    };
    prepare(&mut lab, &words);
    lab.control(&format!(
        "{WATCHED}\ncheck file late path @D@/late\nset httpd unixsocket @D@/sock allow slow.example.org"
    ));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing Monit -- control file '");
    eventually("the question to the name server", || {
        server.set_nonblocking(true).expect("non-blocking");
        server.recv(&mut [0; 512]).is_ok().then_some(())
    });
    goes_on(&lab);
    assert!(!knows(&lab, "late"), "not before it is known who may connect");
    // Put right, it is read at once.
    lab.control(&format!("{WATCHED}\ncheck file prompt path @D@/prompt"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing Monit -- control file '");
    lab.wait_line("Monit reloaded");
    assert!(knows(&lab, "prompt"));
    // The end of the daemon does not wait either.
    lab.control(&format!("{WATCHED}\nset httpd port 1 address slow.example.org allow 127.0.0.1"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing");
    eventually("the question to the name server", || server.recv(&mut [0; 512]).is_ok().then_some(()));
    ends_at_once(&mut lab);
}

#[test]
fn an_include_on_a_mount_that_never_answers_delays_nothing_else() {
    let mut lab = Lab::new();
    let Some(hung) = Hung::mount(&lab.path("mnt")) else {
        eprintln!("not done: no FUSE here, or not root");
        return;
    };
    prepare(&mut lab, &[]);
    for include in ["include @D@/mnt/*.conf", "include @D@/mnt/one.conf", "set idfile @D@/mnt/id"] {
        lab.control(&format!("{WATCHED}\n{include}\ncheck file never path @D@/never"));
        lab.signal(Signal::SIGHUP);
        lab.wait_line("Reinitializing Monit -- control file '");
        eventually("a helper", || (children(&lab) > 0).then_some(()));
        goes_on(&lab);
        assert!(!knows(&lab, "never"));
    }
    lab.control(&format!("{WATCHED}\ncheck file prompt path @D@/prompt"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    assert!(knows(&lab, "prompt"));
    lab.control(&format!("{WATCHED}\ninclude @D@/mnt/*.conf"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing");
    ends_at_once(&mut lab);
    drop(hung);
}

#[test]
fn a_large_file_to_hash_delays_nothing_else() {
    let mut lab = lab(&[]);
    let large = fs::File::create(lab.path("large")).expect("create");
    large.set_len(200 << 30).expect("a sparse file");
    lab.control(&format!("{WATCHED}\ncheck file large path @D@/large\n  if failed checksum then alert"));
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Reinitializing");
    goes_on(&lab);
    assert!(!knows(&lab, "large"));
    large.set_len(5 << 20).expect("a smaller file");
    lab.wait_line("Monit reloaded");
    assert!(knows(&lab, "large"));
    // It changed while it was read; read once more, what it was then is what it has to be.
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    eventually("the check of the large file", || {
        client(&lab, &["-B", "status", "large"]).out.contains("OK").then_some(())
    });
}

#[test]
fn a_broken_file_changes_nothing_and_says_why() {
    let mut lab = lab(&[]);
    lab.control("set daemon 1\ncheck file f path @D@/monitrc\n  bogus here");
    for attempt in 1..=2 {
        lab.signal(Signal::SIGHUP);
        lab.wait_line("Reinitializing Monit -- control file '");
        let line = lab.wait_line("monitrc:6:");
        assert!(line.contains("'bogus'"), "{attempt}: {line}");
        lab.wait_line("The control file was not loaded, the running configuration stays in force");
        goes_on(&lab);
    }
    let reply = lab.cli(["reload"]);
    assert_eq!((reply.code, reply.out.as_str()), (1, ""), "{reply:?}");
    assert!(reply.err.contains("monitrc:6:"), "{reply:?}");

    lab.control(WATCHED);
    lab.chmod("monitrc", 0o644);
    lab.signal(Signal::SIGHUP);
    lab.wait_line("permission 0644 is wrong, maximum 0700 allowed");
    fs::remove_file(lab.path("monitrc")).expect("remove");
    lab.signal(Signal::SIGHUP);
    lab.wait_line("is not a file");
    goes_on(&lab);
    assert!(!lab.console().contains("Monit reloaded"));

    lab.control(&format!(
        "{WATCHED}\ncheck file missing path @D@/missing\n  start program = \"/no/such/program\""
    ));
    assert_eq!(lab.cli(["reload"]).out, "Reinitializing monit daemon\n");
    lab.wait_lines(&["Reinitializing Monit -- control file '", "/no/such/program", "Monit reloaded"]);
    assert!(knows(&lab, "missing"));
}

#[test]
fn the_last_of_many_reloads_counts() {
    let mut lab = lab(&[]);
    for round in 0..40 {
        for step in 0..3 {
            replace(&lab, &format!("check file f{round}-{step} path @D@/f"));
            lab.signal(Signal::SIGHUP);
        }
        let last = format!("f{round}-2");
        eventually("the last control file in force", || knows(&lab, &last).then_some(()));
    }
    assert_eq!(lab.console().matches("was not loaded").count(), 0, "{}", lab.console());
    lab.wait_line("Monit reloaded");
}

#[test]
fn a_file_that_changes_meanwhile_is_one_or_the_other() {
    let mut lab = lab(&[]);
    let version = |name: &str| {
        replace(&lab, &format!("check file {name} path /{name}\ncheck file {name}-too path /{name}"))
    };
    for round in 0..150 {
        version(if round % 2 == 0 { "even" } else { "odd" });
        if round % 3 == 0 {
            lab.signal(Signal::SIGHUP);
        }
        if round % 10 == 0 {
            let out = client(&lab, &["-B", "summary"]).out;
            for name in ["even", "odd"] {
                let lines = out.lines().filter(|line| line.trim_start().starts_with(name)).count();
                assert!(matches!(lines, 0 | 2), "{out}");
            }
        }
    }
    version("last");
    lab.signal(Signal::SIGHUP);
    eventually("the last version", || knows(&lab, "last-too").then_some(()));
    assert!(!knows(&lab, "odd") && !knows(&lab, "even"));
    assert!(!lab.console().contains("was not loaded"), "{}", lab.console());
    assert!(lab.stop(Signal::SIGTERM) == Some(0));
}

#[test]
fn nothing_is_left_of_two_hundred_reloads() {
    let mut lab = Lab::with(
        "set daemon 300\nset httpd unixsocket @D@/sock allow localhost\ncheck file f path @D@/monitrc\n  if failed checksum then alert",
    );
    lab.start::<&str>([]);
    lab.wait_status("f", "OK");
    let descriptors =
        |lab: &Lab| fs::read_dir(format!("/proc/{}/fd", lab.daemon_pid())).expect("descriptors").count();
    let reload = |lab: &mut Lab| {
        lab.signal(Signal::SIGHUP);
        lab.wait_line("Monit reloaded");
    };
    reload(&mut lab);
    eventually("the end of the helpers", || (children(&lab) == 0).then_some(()));
    let before = descriptors(&lab);
    for round in 0..200 {
        if round % 4 == 0 {
            // One that is overtaken.
            lab.signal(Signal::SIGHUP);
        }
        reload(&mut lab);
    }
    lab.wait_status("f", "OK");
    eventually("the end of the helpers", || (children(&lab) == 0).then_some(()));
    eventually("no more descriptors than before", || (descriptors(&lab) <= before).then_some(()));
}
