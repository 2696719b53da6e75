//! What tests of all rooms share: private folders, a process of their own, and a visible way to be left out.

use super::random;

/// Says that the running test, or a part of it, is left out, and why, where it is seen: the harness hides what a passing
/// test prints. With `MONIT_TEST_NO_SKIP` set that is a failure.
pub(crate) fn skip(what: &str, why: impl std::fmt::Display) {
    assert!(std::env::var_os("MONIT_TEST_NO_SKIP").is_none(), "{what} cannot be left out: {why}");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("SKIPPED {what}: {why}\n").as_bytes());
}

/// For the first line of a test that forks, which has to be alone: true if it has just run in a process of its own.
pub(crate) fn ran_alone() -> bool {
    let alone = std::env::var_os(ALONE).is_some();
    if !alone {
        run_alone("", "");
    }
    !alone
}

/// Set in a process that was started for one test.
const ALONE: &str = "MONIT_TEST_ALONE";

/// This program once more, told to run the test of this thread only, with a variable more in its environment. What the
/// other one found wrong is our failure.
pub(crate) fn run_alone(variable: &str, value: &str) {
    let thread = std::thread::current();
    let name = thread.name().expect("the harness calls the thread of a test like the test");
    let mut again = std::process::Command::new(std::env::current_exe().expect("the test program"));
    again.args(["--exact", name, "--nocapture"]).env(ALONE, "1");
    if !variable.is_empty() {
        again.env(variable, value);
    }
    let output = again.output().expect("the test program");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for skipped in said.lines().filter(|line| line.starts_with("SKIPPED")) {
        // Not `eprintln!`, which the harness captures.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{skipped}\n").as_bytes());
    }
    assert!(output.status.success() && said.contains(" 1 passed"), "{name}: {}\n{said}", output.status);
}

/// A private folder for a test, removed with everything in it when dropped.
pub(crate) struct Scratch(std::path::PathBuf);

impl Scratch {
    pub(crate) fn new() -> Scratch {
        let mut random = [0u8; 8];
        random::fill(&mut random).unwrap();
        let name = format!("monit-rs-{}-{:016x}", std::process::id(), u64::from_ne_bytes(random));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn make_executable(path: &std::path::Path) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl std::ops::Deref for Scratch {
    type Target = std::path::Path;

    fn deref(&self) -> &std::path::Path {
        &self.0
    }
}

impl AsRef<std::path::Path> for Scratch {
    fn as_ref(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// While this runs no file can be opened. For tests in a process of their own.
pub fn without_descriptors<T>(work: impl FnOnce() -> T) -> T {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    setrlimit(Resource::RLIMIT_NOFILE, 0, hard).expect("no descriptors");
    let done = work();
    setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("descriptors");
    done
}
