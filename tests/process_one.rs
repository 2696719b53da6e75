//! The monitor as process 1 of a process namespace, as in a container: it reaps what nobody else does, and stops the
//! services before it ends.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::skip::skip;
use support::{Lab, adopt_orphans, alive, eventually, monit, run, spawn};

/// Makes the program behind it process 1 of a namespace; `None`, said aloud: not allowed here.
fn namespace() -> Option<Vec<String>> {
    adopt_orphans();
    let words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"].map(str::to_owned);
    let [program, rest @ ..] = &words;
    let mut probe = Command::new(program);
    if support::works(probe.args(rest).arg("true")) {
        return Some(words.to_vec());
    }
    skip("the daemon as process 1", "no process namespace can be made here");
    None
}

/// The only child of `unshare`, as we see it: process 1 of the namespace.
fn inner(lab: &Lab) -> Pid {
    child_of(lab.daemon_pid())
}

fn child_of(pid: i32) -> Pid {
    let list = format!("/proc/{pid}/task/{pid}/children");
    let text = eventually("process 1", || fs::read_to_string(&list).ok().filter(|text| !text.is_empty()));
    Pid::from_raw(text.trim().parse().expect("one child"))
}

/// The number of a process in its own namespace.
fn pid_inside(pid: i32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    Some(line.split_whitespace().last()?.to_owned())
}

/// Zombies among the children of a process.
fn zombies(parent: Pid) -> usize {
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| support::stat_of(*pid) == Some(('Z', parent.as_raw() as u32))).count()
}

fn children(parent: Pid) -> usize {
    let list = format!("/proc/{parent}/task/{parent}/children");
    fs::read_to_string(list).unwrap_or_default().split_whitespace().count()
}

/// A service that becomes an orphan, notes how it is stopped, and takes `pause` seconds for it.
fn service(lab: &Lab, name: &str, pause: u32) {
    let body = format!(
        "case $1 in\nstart) (setsid sh -c 'echo $$ > @D@/{name}.pid; exec sleep 300' </dev/null >/dev/null 2>&1 &) ;;\n\
         stop) sleep {pause}; kill \"$(cat @D@/{name}.pid)\"; rm @D@/{name}.pid; echo {name} >> @D@/stopped ;;\nesac"
    );
    lab.program(name, &body);
}

fn check(name: &str, more: &str) -> String {
    format!(
        "check process {name} with pidfile @D@/{name}.pid\n  start program = \"@D@/{name} start\"\n  \
         stop program = \"@D@/{name} stop\"\n  {more}\n"
    )
}

#[test]
fn orphans_are_reaped_and_a_service_that_dies_comes_back() {
    let Some(namespace) = namespace() else { return };
    let mut lab = Lab::with(&format!(
        "set daemon 1\n{}check program storm with path @D@/storm timeout 20 seconds\n  if status != 7 then alert",
        check("sleeper", "")
    ));
    service(&lab, "sleeper", 0);
    // A thousand processes whose parents have gone, that end at about the same time; its own status is not stolen.
    lab.program(
        "storm",
        "[ -e @D@/stormed ] && exit 7\ntouch @D@/stormed\ni=0\n\
         while [ $i -lt 1000 ]; do (sleep 1 </dev/null >/dev/null 2>&1 &); i=$((i+1)); done\nexit 7",
    );
    lab.start_under(&namespace, ["-v"]);
    let daemon = inner(&lab);
    eventually("the storm", || lab.path("stormed").exists().then_some(()));
    lab.wait_line("'storm' status succeeded (7)");
    let first = eventually("the service", || fs::read_to_string(lab.path("sleeper.pid")).ok());
    // Only the service is left of them all.
    eventually("the end of the orphans", || (children(daemon) == 1).then_some(()));
    lab.wait_status("sleeper", "OK");
    let sleeper = child_of(daemon.as_raw());
    kill(sleeper, Signal::SIGKILL).expect("kill");
    lab.wait_line("'sleeper' process is not running");
    eventually("another one", || {
        fs::read_to_string(lab.path("sleeper.pid")).ok().filter(|text| *text != first && !text.is_empty())
    });
    lab.wait_line("'sleeper' process is running with pid");
    // The storm's check may run just now.
    eventually("no zombie", || (zombies(daemon) == 0 && children(daemon) == 1).then_some(()));
    kill(daemon, Signal::SIGTERM).expect("kill");
    assert_eq!(lab.wait_exit(), Some(0));
    assert!(!lab.console().contains("status failed"), "{}", lab.console());
}

#[test]
fn services_are_stopped_in_reverse_order_and_stay_monitored() {
    let Some(namespace) = namespace() else { return };
    let mut lab = Lab::with(&format!(
        "set daemon 300\n{}{}{}",
        check("base", ""),
        check("middle", "depends on base"),
        check("top", "depends on middle")
    ));
    for name in ["base", "middle", "top"] {
        service(&lab, name, 1);
    }
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        lab.start_under(&namespace, [] as [&str; 0]);
        for name in ["base", "middle", "top"] {
            lab.wait_status(name, "OK");
        }
        let daemon = inner(&lab);
        kill(daemon, Signal::SIGHUP).expect("kill");
        lab.wait_line("Reinitializing Monit");
        lab.wait_line("Monit reloaded");
        kill(daemon, Signal::SIGUSR1).expect("kill");
        lab.wait_line("Awakened by User defined signal 1");
        kill(daemon, signal).expect("kill");
        assert_eq!(lab.wait_exit(), Some(0), "{}", lab.console());
        assert_eq!(lab.lines("stopped"), ["top", "middle", "base"]);
        assert!(!lab.console().contains("action done"), "nobody asked for it:\n{}", lab.console());
        fs::remove_file(lab.path("stopped")).expect("remove");
    }
}

#[test]
fn a_stop_that_hangs_holds_up_the_end_for_as_long_as_was_set() {
    let Some(namespace) = namespace() else { return };
    let mut lab = Lab::with(&format!(
        "set daemon 300\nset limits {{ shutdownTimeout: 1500 milliseconds }}\n{}{}",
        check("slow", ""),
        check("quick", "")
    ));
    service(&lab, "slow", 60);
    service(&lab, "quick", 0);
    lab.start_under(&namespace, [] as [&str; 0]);
    lab.wait_status("slow", "OK");
    lab.wait_status("quick", "OK");
    let begin = Instant::now();
    kill(inner(&lab), Signal::SIGTERM).expect("kill");
    lab.wait_line("'slow' not stopped in time");
    assert_eq!(lab.wait_exit(), Some(0));
    assert!(begin.elapsed() >= Duration::from_millis(1500), "{:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!(lab.lines("stopped"), ["quick"]);
}

#[test]
fn elsewhere_the_end_leaves_the_services_alone() {
    let mut lab = Lab::with(&format!("set daemon 300\n{}", check("sleeper", "")));
    service(&lab, "sleeper", 0);
    lab.start([] as [&str; 0]);
    lab.wait_status("sleeper", "OK");
    let pid = lab.pid("sleeper");
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(alive(pid) && lab.lines("stopped").is_empty());
}

#[test]
fn process_one_stays_in_the_foreground() {
    let Some(namespace) = namespace() else { return };
    let lab = Lab::with("set daemon 300\nset log @D@/log\ncheck file f path @D@/monitrc");
    let [program, words @ ..] = namespace.as_slice() else { return };
    let mut command = Command::new(program);
    command.args(words).arg(monit()).arg("-c").arg(lab.path("monitrc"));
    let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    lab.wait_status("f", "OK");
    kill(child_of(child.id() as i32), Signal::SIGTERM).expect("kill");
    let status = eventually("the end", || child.try_wait().expect("wait"));
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_demo_works_as_process_one_and_leaves_nothing() {
    let Some(namespace) = namespace() else { return };
    let lab = Lab::new();
    let [program, words @ ..] = namespace.as_slice() else { return };
    let mut command = Command::new(program);
    command.args(words).arg(monit()).arg("--demo").env("TMPDIR", lab.dir());
    let out = fs::File::create(lab.path("out")).expect("create");
    let errors = out.try_clone().expect("dup");
    let mut child = spawn(command.stdin(Stdio::null()).stdout(out).stderr(errors));
    let said = |text: &str| lab.lines("out").iter().filter(|line| line.contains(text)).count();
    let demo = child_of(child.id() as i32);
    for times in 1..=3 {
        eventually("the heart", || (said("heart start'") >= times).then_some(()));
        let folder = eventually("the demo's folder", || {
            let entries = fs::read_dir(lab.dir()).expect("folder").flatten();
            entries.map(|entry| entry.path()).find(|path| path.is_dir())
        });
        let heart = eventually("its process", || {
            let noted = fs::read_to_string(folder.join("heart.pid")).ok()?;
            let list = fs::read_to_string(format!("/proc/{demo}/task/{demo}/children")).ok()?;
            let mut pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
            pids.find(|pid| alive(*pid) && pid_inside(*pid).as_deref() == Some(noted.trim()))
        });
        if times < 3 {
            kill(Pid::from_raw(heart), Signal::SIGKILL).expect("kill");
        }
    }
    // Its web server is killed, then frozen: it runs and does not answer.
    for (signal, reason) in [
        (Signal::SIGKILL, "'web' process is not running"),
        (Signal::SIGSTOP, "'web' failed protocol test [HTTP]"),
    ] {
        let starts = said("web start'");
        let folder = fs::read_dir(lab.dir()).expect("folder").flatten().map(|entry| entry.path());
        let folder = folder.into_iter().find(|path| path.is_dir()).expect("the demo's folder");
        let web = eventually("the web server", || {
            let noted = fs::read_to_string(folder.join("web.pid")).ok()?;
            let list = fs::read_to_string(format!("/proc/{demo}/task/{demo}/children")).ok()?;
            let mut pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
            pids.find(|pid| alive(*pid) && pid_inside(*pid).as_deref() == Some(noted.trim()))
        });
        kill(Pid::from_raw(web), signal).expect("kill");
        eventually(reason, || (said(reason) > 0).then_some(()));
        eventually("it is started again", || (said("web start'") > starts).then_some(()));
    }
    eventually("no zombie", || (zombies(demo) == 0).then_some(()));
    kill(demo, Signal::SIGINT).expect("kill");
    let status = eventually("the end", || child.try_wait().expect("wait"));
    assert_eq!(status.code(), Some(0));
    assert_eq!(said("Demo over"), 1);
    let left = run(Command::new("ls").arg(lab.dir()));
    assert_eq!(String::from_utf8_lossy(&left.stdout), "out\n");
}

#[test]
fn children_of_the_shell_that_became_the_monitor_are_reaped() {
    let mut lab = Lab::with("set daemon 300\ncheck file f path @D@/monitrc");
    let shell = ["sh", "-c", "sleep 1 & exec \"$@\"", "sh"].map(str::to_owned);
    lab.start_under(&shell, [] as [&str; 0]);
    lab.wait_line("Monit 6.1.0 started");
    let daemon = Pid::from_raw(lab.daemon_pid());
    eventually("the end of the shell's child", || (children(daemon) == 0).then_some(()));
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
}
