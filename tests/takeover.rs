//! The daemon takes the place of Monit itself: what its state file says holds on, and the file is kept. The files in
//! `tests/data/monit_state` were written by Monit 5.33.0 and 6.0.0.
#![allow(clippy::expect_used)]

mod support;

use nix::sys::signal::Signal;
use std::fs;
use std::time::SystemTime;
use support::{Lab, eventually};

const FIVE: &[u8] = include_bytes!("data/monit_state/5.33.0");
const SIX: &[u8] = include_bytes!("data/monit_state/6.0.0");

/// `alpha`, `d` and `lo` were unmonitored, `e` was not; `h` was, as a host; `other` is unknown there. Further names of
/// the file are those of no service here.
const CHECKS: &str = "set daemon 300
check file Alpha path @D@/monitrc
check directory d path @D@
check directory e path @D@
check file h path @D@/monitrc
check file other path @D@/monitrc
check file late path @D@/monitrc onreboot laststate
check file man path @D@/monitrc
check network lo interface lo
";

/// When this machine was started, so many seconds off.
fn boot(off: u64) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    (now - monit_rs::sys::clock::uptime()).as_secs() - off
}

fn of_boot(bytes: &[u8], boot: u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[8..16].copy_from_slice(&boot.to_le_bytes());
    bytes
}

/// Our own file is there.
fn ours(lab: &Lab) {
    eventually("a state file of ours", || {
        fs::read(lab.path("monit.state")).ok()?.starts_with(b"monit-rs state").then_some(())
    });
}

#[test]
fn what_was_unmonitored_stays_so_and_the_file_is_kept() {
    for bytes in [FIVE, SIX] {
        let mut lab = Lab::with(CHECKS);
        let bytes = of_boot(bytes, boot(0));
        fs::write(lab.path("monit.state"), &bytes).expect("a state file");
        fs::write(lab.path("monit.state.monit"), "an older one").expect("a file");
        lab.start(&[] as &[&str]);
        let line = lab.wait_line("The state of another Monit was taken over from");
        let (path, kept) = (lab.path("monit.state"), lab.path("monit.state.monit.1"));
        let said =
            format!("'{}' (3 services not monitored); it is kept as '{}'", path.display(), kept.display());
        assert!(line.contains(&said), "{line}");
        for name in ["e", "h", "other", "late", "man"] {
            lab.wait_status(name, "OK");
        }
        for name in ["Alpha", "d", "lo"] {
            assert_eq!(lab.status_of(name).as_deref(), Some("Not monitored"), "{name}");
        }
        ours(&lab);
        assert_eq!(fs::read(&kept).ok(), Some(bytes));
        assert_eq!(fs::read(lab.path("monit.state.monit")).ok().as_deref(), Some(&b"an older one"[..]));
        // From now on our own file says so, and nothing is taken over again.
        lab.cli(["monitor", "d"]).clean();
        lab.wait_status("d", "OK");
        assert_eq!(lab.stop(Signal::SIGTERM), Some(0));
        lab.start(&[] as &[&str]);
        lab.wait_status("d", "OK");
        assert_eq!(lab.status_of("Alpha").as_deref(), Some("Not monitored"));
        assert!(!lab.console().contains("another Monit"), "{}", lab.console());
        assert!(!lab.path("monit.state.monit.2").exists());
    }
}

#[test]
fn after_a_reboot_onreboot_decides() {
    let mut lab =
        Lab::with(&CHECKS.replace("directory d path @D@", "directory d path @D@ onreboot laststate"));
    fs::write(lab.path("monit.state"), of_boot(SIX, boot(86_400))).expect("a state file");
    lab.start(&[] as &[&str]);
    lab.wait_line(
        "(1 service not monitored, as 'onreboot' has it: the machine was started since); it is kept as",
    );
    lab.wait_status("Alpha", "OK");
    assert_eq!(lab.status_of("d").as_deref(), Some("Not monitored"));
}

#[test]
fn what_is_not_understood_is_kept_and_everything_is_monitored() {
    let mut version = of_boot(SIX, boot(0));
    version[4] = 17;
    let mut nonsense = of_boot(SIX, boot(0));
    nonsense[16 + 256] = 99;
    let torn = of_boot(SIX, boot(0))[..1000].to_vec();
    for (bytes, reason) in [
        (version, "its format has version 17, only 4 is understood"),
        (nonsense, "its service number 1 makes no sense"),
        (torn, "it ends before the end of service number 3"),
        (vec![0, 0, 0, 0, 4], "it ends within its first 16 bytes"),
    ] {
        let mut lab = Lab::with(CHECKS);
        fs::write(lab.path("monit.state"), &bytes).expect("a state file");
        lab.start(&[] as &[&str]);
        let line = lab.wait_line("The state of another Monit cannot be taken over");
        assert!(line.contains(reason) && line.contains("it is kept as"), "{line}");
        lab.wait_status("Alpha", "OK");
        lab.wait_status("lo", "OK");
        ours(&lab);
        assert_eq!(fs::read(lab.path("monit.state.monit")).ok(), Some(bytes));
    }
}

#[test]
fn what_is_of_nobody_is_damaged_and_set_aside() {
    for bytes in [vec![0xff; 5504], vec![0; 5504], vec![7, 0, 0, 0, 4, 0, 0, 0]] {
        let mut lab = Lab::with(CHECKS);
        fs::write(lab.path("monit.state"), &bytes).expect("a state file");
        lab.start(&[] as &[&str]);
        let line = lab.wait_line("monit.state': Unable to read service state -- it is damaged, set aside as");
        let aside = line.split('\'').rev().nth(1).expect("a name in quotes");
        lab.wait_status("Alpha", "OK");
        ours(&lab);
        assert_eq!(fs::read(aside).ok(), Some(bytes));
    }
}
