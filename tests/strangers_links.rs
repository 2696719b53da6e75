//! Links that others have put where the daemon writes, reads or changes modes: nothing happens where they lead.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{Lab, eventually};

const NO_ARGUMENTS: &[&str] = &[];
const WHY: &str = "is a link in a folder that others can write";

/// A folder `shared` of that mode, with a victim outside.
fn lab(mode: u32) -> Lab {
    let lab = Lab::new();
    fs::create_dir(lab.path("shared")).unwrap();
    lab.chmod("shared", mode);
    lab.file("victim", "precious:$6$secret\n");
    lab.chmod("victim", 0o600);
    lab
}

/// A control file with these files; `what` is in the shared folder.
fn control(lab: &Lab, what: &str, path: &str) {
    let mut text = String::from("set daemon 300\ncheck file f path @D@/monitrc\n");
    for (name, default) in [("pidfile", "pid"), ("statefile", "state"), ("idfile", "id"), ("log", "log")] {
        let path = if name == what { path } else { default };
        text.push_str(&format!("set {name} @D@/{path}\n"));
    }
    lab.file("monitrc", &text);
    lab.chmod("monitrc", 0o600);
}

fn untouched(lab: &Lab) {
    let found = fs::metadata(lab.path("victim")).unwrap();
    assert_eq!((found.mode() & 0o7777, found.len()), (0o600, 19));
    assert_eq!(lab.lines("victim"), ["precious:$6$secret"]);
}

#[test]
fn log_state_and_pidfile_are_refused_with_the_reason() {
    for mode in [0o777, 0o1777, 0o775] {
        for what in ["log", "statefile", "pidfile"] {
            let mut lab = lab(mode);
            symlink(lab.path("victim"), lab.path("shared/file")).unwrap();
            symlink(lab.dir(), lab.path("shared/way")).unwrap();
            for path in ["shared/file", "shared/way/new"] {
                control(&lab, what, path);
                if what == "log" {
                    let reply = lab.cli(["-t"]);
                    assert!(reply.code == 1 && reply.err.contains(WHY), "{path} {reply:?}");
                }
                lab.start(NO_ARGUMENTS);
                assert_eq!(lab.wait_exit(), Some(1), "{what} {path} {mode:o}");
                let said = lab.console();
                let link = what == "pidfile" && path == "shared/file";
                assert!(link || said.contains(WHY), "{what} {path} {mode:o}: {said}");
                untouched(&lab);
                assert!(!lab.path("new").exists(), "{what} {path} {mode:o}");
            }
        }
    }
}

#[test]
fn an_id_is_not_read_where_a_stranger_points() {
    let mut lab = lab(0o1777);
    symlink(lab.path("victim"), lab.path("shared/file")).unwrap();
    control(&lab, "idfile", "shared/file");
    let reply = lab.cli(["-i"]);
    assert!(!reply.out.contains("precious"), "{reply:?}");
    lab.start(NO_ARGUMENTS);
    lab.wait_line(WHY);
    lab.wait_line("Monit 6.1.0 started");
    untouched(&lab);
    assert!(!lab.console().contains("precious"), "{}", lab.console());
}

#[test]
fn the_administrators_links_are_followed() {
    let mut lab = lab(0o755);
    fs::create_dir(lab.path("elsewhere")).unwrap();
    symlink("../elsewhere/monit.log", lab.path("shared/log")).unwrap();
    control(&lab, "log", "shared/log");
    lab.start(NO_ARGUMENTS);
    lab.wait_line("Monit 6.1.0 started");
    assert!(lab.lines("elsewhere/monit.log").iter().any(|line| line.ends_with("Monit 6.1.0 started")));
    // A file of ours in a folder that all can write is no link.
    lab.chmod("shared", 0o1777);
    control(&lab, "log", "shared/plain");
    lab.signal(Signal::SIGHUP);
    lab.wait_line("Monit reloaded");
    assert!(lab.lines("shared/plain").iter().any(|line| line.contains("reloaded")));
}

#[test]
fn a_link_that_takes_the_place_of_the_log_is_not_followed_either() {
    let mut lab = lab(0o1777);
    control(&lab, "log", "shared/log");
    lab.start(NO_ARGUMENTS);
    lab.wait_line("Monit 6.1.0 started");
    fs::remove_file(lab.path("shared/log")).unwrap();
    symlink(lab.path("victim"), lab.path("shared/log")).unwrap();
    lab.signal(Signal::SIGUSR1);
    lab.wait_line("Awakened");
    lab.signal(Signal::SIGHUP);
    lab.wait_line(WHY);
    untouched(&lab);
    fs::remove_file(lab.path("shared/log")).unwrap();
    lab.signal(Signal::SIGUSR1);
    lab.wait_line("Awakened");
    eventually("what was lost", || {
        lab.lines("shared/log")
            .iter()
            .any(|line| line.contains("log message(s) lost") && line.contains(WHY))
            .then_some(())
    });
    untouched(&lab);
}

#[test]
fn only_our_socket_gets_the_mode() {
    let mut lab = lab(0o777);
    // As others do it: as soon as the socket is there, something else is in its place.
    lab.file(
        "monitrc",
        "set daemon 300\nset pidfile @D@/pid\nset idfile @D@/id\nset statefile @D@/state\n\
         set httpd unixsocket @D@/shared/s permission 0666 allow localhost\ncheck file f path @D@/monitrc\n",
    );
    lab.chmod("monitrc", 0o600);
    let (folder, over) = (lab.path("shared"), AtomicBool::new(false));
    let (victim, swapped) = (lab.path("victim"), std::sync::atomic::AtomicU32::new(0));
    let socket = lab.path("other");
    let _other = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    lab.chmod("other", 0o600);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut symbolic = false;
            while !over.load(Ordering::Relaxed) {
                let bait = folder.join("bait");
                if !bait.exists() && fs::symlink_metadata(&bait).is_err() {
                    symbolic = !symbolic;
                    let _ = if symbolic { symlink(&victim, &bait) } else { fs::hard_link(&socket, &bait) };
                }
                if fs::symlink_metadata(folder.join("s")).is_ok()
                    && fs::rename(&bait, folder.join("s")).is_ok()
                {
                    swapped.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        for _ in 0..25 {
            let _ = fs::remove_file(folder.join("s"));
            lab.start(NO_ARGUMENTS);
            eventually("a start or an end", || {
                let said = lab.console();
                (said.contains("Monit 6.1.0 started") || said.contains("Cannot bind")).then_some(())
            });
            lab.stop(Signal::SIGTERM);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(swapped.load(Ordering::Relaxed) > 0);
    untouched(&lab);
    assert_eq!(fs::metadata(lab.path("other")).unwrap().permissions().mode() & 0o777, 0o600);
}
