//! A mount that never answers: a FUSE filesystem whose server reads no request. Needs root and /dev/fuse; says so and
//! passes without.
#![allow(clippy::expect_used)]

mod support;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Lab, eventually, run};

/// Mounted as long as it lives; whoever waits for it is let go at its end.
struct Hung {
    path: PathBuf,
    server: Option<File>,
}

impl Hung {
    fn mount(path: &Path) -> Option<Hung> {
        let server = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
        std::fs::create_dir(path).expect("a folder to mount on");
        let mut mount = Command::new("mount");
        mount.args(["-i", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0", "hung"]).arg(path);
        let done = mount.stdin(server.try_clone().ok()?).status().ok()?.success();
        done.then(|| Hung { path: path.into(), server: Some(server) })
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.server = None;
        run(Command::new("umount").arg("-l").arg(&self.path));
    }
}

#[test]
fn a_mount_that_never_answers_delays_nothing_else() {
    let mut lab = Lab::new();
    let Some(hung) = Hung::mount(&lab.path("mnt")) else {
        eprintln!("not done: no FUSE here, or not root");
        return;
    };
    lab.control(
        "set daemon 1\ncheck filesystem hung with path @D@/mnt\ncheck file probe with path @D@/probe\n \
         if changed size then exec \"/usr/bin/touch @D@/seen\"\n",
    );
    lab.file("probe", "x");
    lab.start::<&str>([]);
    lab.wait_status("probe", "OK");
    let begun = Instant::now();
    assert!(lab.status_of("hung").is_some());
    assert!(begun.elapsed() < Duration::from_secs(2), "a status waits for the mount");
    // Other services go on being looked at while the question is open.
    lab.file("probe", "more than before");
    eventually("the other service", || lab.path("seen").exists().then_some(()));
    lab.wait_status("hung", "Data access error");
    assert_eq!(lab.stop(nix::sys::signal::Signal::SIGTERM), Some(0));
    drop(hung);
}
