//! A mount that never answers: a FUSE filesystem whose server reads no request. Needs root and /dev/fuse; says so and
//! passes without.
#![allow(clippy::expect_used)]

mod support;

use support::hung::Hung;
use support::skip::skip;
use support::{Lab, eventually};

/// Children of a process, and its open descriptors.
fn holdings(pid: i32) -> (usize, usize) {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
    (children.split_whitespace().count(), open)
}

#[test]
fn files_and_pidfiles_on_a_mount_that_never_answers_delay_nothing_else() {
    let mut lab = Lab::new();
    let Some(hung) = Hung::mount(&lab.path("mnt")) else {
        skip("files on a mount that never answers", "no FUSE here, or not root");
        return;
    };
    std::os::unix::fs::symlink("mnt/deep", lab.path("link")).expect("a link");
    let mut text = String::from(
        "set daemon 1\ncheck file probe with path @D@/probe\n \
           if changed size then exec \"/usr/bin/touch @D@/seen\"\n\
         check directory folder with path @D@/mnt/folder\n if entries > 5 then alert\n \
           if total size > 1 MB then alert\n\
         check fifo fifo with path @D@/mnt/fifo\n\
         check file sum with path @D@/mnt/sum\n if failed md5 checksum expect d41d8cd98f00b204e9800998ecf8427e then alert\n\
         check file content with path @D@/mnt/content\n if content = \"x\" then alert\n\
         check file linked with path @D@/link/file\n if not exist then exec \"/usr/bin/touch @D@/wrong\"\n\
         check process daemon with pidfile @D@/mnt/daemon.pid\n \
           start program = \"/usr/bin/touch @D@/started\"\n if not exist then restart\n",
    );
    for number in 0..100 {
        text.push_str(&format!("check file many{number} with path @D@/mnt/many{number}\n"));
    }
    lab.control(&text);
    lab.file("probe", "x");
    lab.start::<&str>([]);
    lab.wait_status("probe", "OK");
    let pid = lab.daemon_pid();
    // Who waits for the mount waits for ever.
    assert!(lab.status_of("linked").is_some());
    let (children, open) = holdings(pid);
    assert!(children <= 2, "{children} children for one mount");
    lab.file("probe", "more than before");
    eventually("the other service", || lab.path("seen").exists().then_some(()));
    let silent = ["folder", "fifo", "sum", "content", "linked", "daemon", "many99"];
    for service in silent {
        lab.wait_status(service, "Data access error");
    }
    // One patience is enough for all: each is told before anybody is asked again.
    let console = lab.console();
    let silent: Vec<&str> = console.lines().filter(|line| line.contains("is not answering")).collect();
    let names: std::collections::BTreeSet<&str> =
        silent.iter().take(106).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names.len(), 106, "{console}");
    let reply = lab.cli(["start", "daemon"]);
    assert_eq!(reply.code, 0, "{}", reply.err);
    lab.wait_line("'daemon' failed to start (exit status -1) -- pidfile");
    // Nothing was started for want of an answer.
    assert!(!lab.path("wrong").exists() && !lab.path("started").exists());
    let now = holdings(pid);
    assert!(now.0 <= 2 && now.1 <= open + 3, "from {open} descriptors to {now:?}");
    // Taken off, the folder below comes to light: what is there now counts at once.
    drop(hung);
    std::fs::create_dir_all(lab.path("mnt/deep")).expect("a folder");
    std::fs::create_dir_all(lab.path("mnt/folder")).expect("a folder");
    for name in ["mnt/sum", "mnt/content", "mnt/deep/file", "mnt/many99"] {
        lab.file(name, "here");
    }
    lab.file("mnt/sum", "");
    for service in ["folder", "sum", "content", "linked", "many99"] {
        lab.wait_status(service, "OK");
    }
    lab.wait_status("fifo", "Does not exist");
    let recovered = |line: &str| line.starts_with("'sum' ") && line.contains(" is answering");
    assert!(lab.console().lines().any(recovered), "its recovery is told: {}", lab.console());
    eventually("the last child's end", || (holdings(pid).0 == 0).then_some(()));
    assert_eq!(lab.stop(nix::sys::signal::Signal::SIGTERM), Some(0));
}

#[test]
fn a_mount_that_never_answers_delays_nothing_else() {
    let mut lab = Lab::new();
    let Some(hung) = Hung::mount(&lab.path("mnt")) else {
        skip("files on a mount that never answers", "no FUSE here, or not root");
        return;
    };
    lab.control(
        "set daemon 1\ncheck filesystem hung with path @D@/mnt\ncheck file probe with path @D@/probe\n \
         if changed size then exec \"/usr/bin/touch @D@/seen\"\n",
    );
    lab.file("probe", "x");
    lab.start::<&str>([]);
    lab.wait_status("probe", "OK");
    assert!(lab.status_of("hung").is_some());
    // Other services go on being looked at while the question is open.
    lab.file("probe", "more than before");
    eventually("the other service", || lab.path("seen").exists().then_some(()));
    lab.wait_status("hung", "Data access error");
    assert_eq!(lab.stop(nix::sys::signal::Signal::SIGTERM), Some(0));
    drop(hung);
}
