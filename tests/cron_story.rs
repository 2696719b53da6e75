//! The story the README tells: an operator's drop-in for cron, a cron that dies, and monit bringing it back.
//!
//! With a toy init script everywhere; with Debian's cron where the run may touch it (`CI` is set, root, cron installed).
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Lab, alive, eventually};

const TEMPLATE: &str = "  if failed checksum then unmonitor
  if failed permission 755 then unmonitor
  if failed uid @UID@ then unmonitor
  if failed gid @GID@ then unmonitor
";

const DROP_IN: &str = "check process crond with pidfile @PIDFILE@
  group system
  start program = \"@RC@ start\"
  stop program = \"@RC@ stop\"
  if 5 restarts with 5 cycles then timeout
  depend cron_bin
  depend cron_rc
  depend cron_spool

check file cron_bin with path @BIN@
  group system
  include @D@/templates/rootbin

check file cron_rc with path @RC@
  group system
  include @D@/templates/rootbin

check directory cron_spool with path @SPOOL@
  group system
  if failed permission 1730 then unmonitor
  if failed uid @UID@ then unmonitor
  if failed gid @SPOOLGID@ then unmonitor
";

/// Where this machine's (or the toy's) cron lives.
struct Cron {
    pidfile: String,
    rc: String,
    bin: String,
    spool: String,
    uid: String,
    gid: String,
    spool_gid: String,
}

fn tell(cron: &Cron) -> (Lab, String) {
    let fill = |text: &str| {
        text.replace("@PIDFILE@", &cron.pidfile)
            .replace("@RC@", &cron.rc)
            .replace("@BIN@", &cron.bin)
            .replace("@SPOOLGID@", &cron.spool_gid)
            .replace("@SPOOL@", &cron.spool)
            .replace("@UID@", &cron.uid)
            .replace("@GID@", &cron.gid)
    };
    let lab = Lab::with("include @D@/conf.d/*");
    fs::create_dir(lab.path("templates")).expect("templates");
    fs::create_dir(lab.path("conf.d")).expect("conf.d");
    lab.file("templates/rootbin", &fill(TEMPLATE));
    lab.file("conf.d/cron", &fill(DROP_IN));
    (lab, fill("@RC@"))
}

fn story(mut lab: Lab, rc: &str, pidfile: &Path) {
    assert_eq!(lab.cli(["-t"]).clean(), "Control file syntax OK\n");

    // Stopped: found, said, started, found running.
    lab.start(["-d", "1", "-vv"]);
    lab.wait_line("'crond' process is not running");
    lab.wait_line("'crond' trying to restart");
    lab.wait_line(&format!("'crond' start: '{rc} start'"));
    let line = lab.wait_line("'crond' process is running with pid ");
    let pid: i32 = line.rsplit(' ').next().and_then(|w| w.parse().ok()).expect("a pid in the line");
    assert!(alive(pid));
    let console = lab.console();
    for line in [
        "'cron_bin' file exists",
        "'cron_bin' is a regular file",
        "'cron_bin' checksum is valid",
        "'cron_bin' permission test succeeded [current permission 0755]",
        "'cron_bin' uid test succeeded [current uid = ",
        "'cron_bin' gid test succeeded [current gid = ",
        "'cron_spool' directory exists",
        "'cron_spool' is directory",
        "'cron_spool' permission test succeeded [current permission 1730]",
    ] {
        assert!(console.contains(line), "no {line:?} in\n{console}");
    }

    // Killed: the same once more.
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("kill");
    lab.wait_line("'crond' process is not running");
    lab.wait_line(&format!("'crond' start: '{rc} start'"));
    let line = lab.wait_line("'crond' process is running with pid ");
    assert!(!line.ends_with(&format!(" {pid}")), "a new process, not {line}");
    lab.wait_status("crond", "OK");

    // A file of it changes hands: the service and what depends on it are no longer monitored.
    fs::set_permissions(rc, fs::Permissions::from_mode(0o700)).expect("chmod");
    lab.wait_line(&format!("'cron_rc' permission test failed for {rc} [current permission 0700]"));
    lab.wait_line("'crond' monitoring disabled");
    lab.wait_status("cron_rc", "Not monitored");
    lab.wait_status("crond", "Not monitored");
    assert_eq!(lab.status_of("cron_bin").as_deref(), Some("OK"), "only the dependants go");
    fs::set_permissions(rc, fs::Permissions::from_mode(0o755)).expect("chmod");

    // The process itself is left alone, also when monit ends.
    let running = fs::read_to_string(pidfile).expect("pidfile").trim().parse().expect("a pid");
    assert!(alive(running));
    assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
    assert!(alive(running), "monit's end must not end what it watches");
    kill(Pid::from_raw(running), Signal::SIGKILL).expect("kill");
    eventually("the end of cron", || (!alive(running)).then_some(()));
}

#[test]
fn a_toy_cron_comes_back() {
    let seed = Lab::new();
    seed.init_script("crond");
    seed.file("bin", "cron\n");
    seed.chmod("bin", 0o755);
    fs::create_dir(seed.path("crontabs")).expect("spool");
    seed.chmod("crontabs", 0o1730);
    let at = |name: &str| seed.path(name).display().to_string();
    let cron = Cron {
        pidfile: at("crond.pid"),
        rc: at("crond"),
        bin: at("bin"),
        spool: at("crontabs"),
        uid: nix::unistd::Uid::current().to_string(),
        gid: nix::unistd::Gid::current().to_string(),
        spool_gid: nix::unistd::Gid::current().to_string(),
    };
    let (lab, rc) = tell(&cron);
    story(lab, &rc, &seed.path("crond.pid"));
}

#[test]
fn debians_cron_comes_back() {
    let there = ["/etc/init.d/cron", "/usr/sbin/cron", "/var/spool/cron/crontabs"]
        .iter()
        .all(|p| Path::new(p).exists());
    if std::env::var_os("CI").is_none() || !nix::unistd::Uid::effective().is_root() || !there {
        println!("left out: needs CI=true, root and Debian's cron");
        return;
    }
    let pidfile = Path::new("/var/run/crond.pid");
    if let Some(pid) = fs::read_to_string(pidfile).ok().and_then(|t| t.trim().parse().ok()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        eventually("the end of an earlier cron", || (!alive(pid)).then_some(()));
    }
    let cron = Cron {
        pidfile: pidfile.display().to_string(),
        rc: "/etc/init.d/cron".into(),
        bin: "/usr/sbin/cron".into(),
        spool: "/var/spool/cron/crontabs".into(),
        uid: "root".into(),
        gid: "root".into(),
        spool_gid: "crontab".into(),
    };
    let (lab, rc) = tell(&cron);
    story(lab, &rc, pidfile);
}
