//! What cannot be known is not told as if it were: shortages, files of the kernel that say nothing, pidfiles that are gone.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::Command;
use support::skip::skip;
use support::{Lab, alive, eventually, run, works};

/// Sets how many descriptors the daemon may have; `false` if this machine has no such tool, which is said.
fn descriptors(lab: &Lab, most: &str) -> bool {
    let pid = lab.daemon_pid().to_string();
    let there = support::is_installed("prlimit");
    if there {
        let set = run(Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={most}:")]));
        assert!(set.status.success(), "{set:?}");
    } else {
        skip("a daemon without descriptors", "no prlimit");
    }
    there
}

/// The machine as seen by the daemon alone, with an empty file over `path`; `None` where that is not allowed, which is said.
fn with_empty(path: &str) -> Option<Vec<String>> {
    let script = "mount --bind /dev/null \"$0\" 2>/dev/null && : > /dev/null && exec \"$@\"";
    let words: Vec<String> =
        ["unshare", "-m", "sh", "-c", script, path].into_iter().map(str::to_owned).collect();
    let mut probe = Command::new(&words[0]);
    probe.args(&words[1..]).arg("true");
    if works(&mut probe) {
        return Some(words);
    }
    skip(&format!("an empty {path}"), "no mount namespace of our own");
    None
}

#[test]
fn without_descriptors_nothing_is_missing_and_nothing_is_restarted() {
    let mut lab = Lab::with(
        "set daemon 1\nset httpd unixsocket @D@/socket allow localhost\n\
         check process a with pidfile @D@/a.pid\n start program = \"@D@/a start\"\n if does not exist then restart\n\
         check process b matching \"^@D@/sleeper\"\n start program = \"/bin/touch @D@/started\"\n\
         check file f with path @D@/file\n if does not exist then exec \"/bin/touch @D@/gone\"\n\
         check program p with path \"/bin/true\"\n if status != 0 then exec \"/bin/touch @D@/judged\"\n\
         check system s\n if memory usage > 99.9% then alert\n if loadavg (1min) per core > 0.0001 then alert\n\
         check network n interface lo\n if link down then alert\n\
         check filesystem r with path /proc\n if does not exist then alert",
    );
    lab.init_script("a");
    lab.file("file", "x");
    fs::copy("/bin/sleep", lab.path("sleeper")).expect("copy");
    let mut sleeper = Command::new(lab.path("sleeper"));
    let mut sleeper = support::spawn(sleeper.arg("300"));
    lab.start(&[] as &[&str]);
    let pid = lab.pid("a");
    for service in ["a", "b", "f", "p", "n", "r"] {
        lab.wait_status(service, "OK");
    }
    let before = lab.console().lines().count();
    // Not one more can be had than are open anyway.
    let open = fs::read_dir(format!("/proc/{}/fd", lab.daemon_pid())).expect("fd");
    let open: Vec<u32> =
        open.map(|entry| entry.expect("fd").file_name().to_string_lossy().parse().unwrap()).collect();
    let first_free = (0..).find(|number| !open.contains(number)).unwrap();
    if !descriptors(&lab, &first_free.to_string()) {
        sleeper.kill().expect("kill");
        sleeper.wait().expect("wait");
        return;
    }
    lab.wait_lines(&["Too many open files"; 12]);
    assert!(descriptors(&lab, "1024"));
    for service in ["a", "b", "f", "p", "n", "r"] {
        lab.wait_status(service, "OK");
    }
    let console = lab.console().lines().skip(before).collect::<Vec<_>>().join("\n");
    for lie in
        ["not running", "doesn't exist", "not mounted", "unable to read", "failed to", "restart", "link down"]
    {
        let said = console.lines().find(|line| line.contains(lie));
        assert_eq!(said, None, "{console}");
    }
    for made in ["started", "gone", "judged"] {
        assert!(!lab.path(made).exists(), "{made}: {console}");
    }
    assert_eq!(lab.lines("calls"), ["a start"]);
    assert_eq!(lab.pid("a"), pid);
    sleeper.kill().expect("kill");
    sleeper.wait().expect("wait");
}

#[test]
fn with_fewer_descriptors_than_are_open_the_daemon_obeys_and_does_not_spin() {
    let mut lab =
        Lab::with("set daemon 300\nset httpd unixsocket @D@/socket allow localhost\ncheck system s");
    lab.start(&[] as &[&str]);
    lab.wait_status("s", "OK");
    if !descriptors(&lab, "2") {
        return;
    }
    let worked = |path: String| -> Option<u64> {
        let text = fs::read_to_string(path).ok()?;
        Some(text.split(' ').next().and_then(|number| number.parse().ok()).expect("nanoseconds"))
    };
    let daemon = || worked(format!("/proc/{}/schedstat", lab.daemon_pid()));
    let this = || worked("/proc/thread-self/schedstat".to_owned());
    // This thread spins. One more that does gets as much of the processor, however busy the machine is.
    if let (Some(before), Some(begun)) = (daemon(), this()) {
        while this().expect("it was there") - begun < 1_000_000_000 {
            std::hint::spin_loop();
        }
        let spent = daemon().expect("it was there") - before;
        assert!(spent < 250_000_000, "{spent} ns while another had a second");
    } else {
        skip("how much the daemon works with few descriptors", "this kernel has no schedstat");
    }
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(lab.console().lines().count() < 20, "{}", lab.console());
}

#[test]
fn files_of_the_kernel_that_say_nothing_are_no_good_news() {
    for (path, test, what) in [
        ("/proc/meminfo", "memory usage > 5%", "memory usage"),
        ("/proc/loadavg", "loadavg (5min) > 1000", "load average"),
        ("/proc/stat", "cpu usage > 101%", "cpu usage"),
        ("/proc/vmstat", "oom kills > 1000", "oom kills"),
    ] {
        let Some(wrapper) = with_empty(path) else { return };
        let mut lab = Lab::with(&format!(
            "set daemon 1\nset httpd unixsocket @D@/socket allow localhost\ncheck system s\n if {test} then alert"
        ));
        lab.start_under(&wrapper, &[] as &[&str]);
        lab.wait_lines(&[&format!("'s' {what} cannot be read -- unexpected content")]);
        lab.wait_status("s", "Data access error");
    }
}

#[test]
fn a_process_that_lost_its_pidfile_is_not_started_a_second_time() {
    let mut lab = Lab::with(
        "set daemon 1\nset httpd unixsocket @D@/socket allow localhost\n\
         check process a with pidfile @D@/a.pid\n start program = \"@D@/a start\"\n stop program = \"@D@/a stop\"",
    );
    lab.init_script("a");
    lab.start(&[] as &[&str]);
    let pid = lab.pid("a");
    lab.wait_status("a", "OK");
    fs::remove_file(lab.path("a.pid")).expect("remove");
    let path = lab.path("a.pid").display().to_string();
    let told = format!("'a' pidfile '{path}' does not exist, process {pid} still runs");
    lab.wait_lines(&[&told, &told]);
    lab.wait_status("a", "Data access error");
    // Nor by another monitor, nor by a user.
    lab.stop(Signal::SIGTERM);
    lab.start(&[] as &[&str]);
    lab.wait_line(&told);
    lab.cli(["start", "a"]);
    lab.wait_line("'a' start action done");
    assert_eq!(lab.lines("calls"), ["a start"]);
    fs::write(&path, pid.to_string()).expect("write");
    lab.wait_line("names the process again");
    lab.wait_status("a", "OK");
    // When it is really gone it is started as ever.
    fs::remove_file(&path).expect("remove");
    lab.wait_line(&told);
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kill");
    lab.wait_line("'a' process is not running");
    assert_ne!(lab.pid("a"), pid);
    assert!(eventually("its end", || (!alive(pid)).then_some(true)));
}

#[test]
fn a_pidfile_that_says_nothing_has_its_reason_in_the_message() {
    let mut lab = Lab::with(
        "set daemon 1\ncheck process a with pidfile @D@/a.pid\ncheck process b with pidfile @D@/b.pid",
    );
    let (empty, junk) = (lab.file("a.pid", ""), lab.file("b.pid", "x"));
    lab.start(&[] as &[&str]);
    lab.wait_line(&format!("'a' process is not running -- pidfile '{}' is empty", empty.display()));
    let junk = junk.display();
    lab.wait_line(&format!("'b' process is not running -- pidfile '{junk}' has no process number in it"));
}

#[test]
fn of_a_filesystem_without_blocks_nothing_is_free_or_used() {
    let mut lab = Lab::with(
        "set daemon 1\nset httpd unixsocket @D@/socket allow localhost\n\
         check filesystem sys with path /proc\n if space free < 5% then alert\n if space usage > 80% then alert\n\
         check file marker with path @D@/monitrc",
    );
    lab.start(["-v"]);
    lab.wait_lines(&["'sys'", "filesystem has no blocks", "'marker'", "filesystem has no blocks"]);
    lab.wait_status("sys", "OK");
    assert!(!lab.console().contains("resource limit"), "{}", lab.console());
}

#[test]
fn what_is_not_mounted_has_its_reason() {
    let mut lab =
        Lab::with("set daemon 1\ncheck filesystem data with path @D@/data\n if space usage > 80% then alert");
    fs::create_dir(lab.path("data")).expect("mkdir");
    let path = lab.path("data").display().to_string();
    lab.start(&[] as &[&str]);
    lab.wait_line(&format!(
        "'data' unable to read filesystem '{path}' state -- Filesystem '{path}' not mounted"
    ));
}
