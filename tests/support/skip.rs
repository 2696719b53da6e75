//! A test that cannot take place here says so where it is seen: the harness hides what a passing test prints.

use std::io::Write;

/// Says that the running test, or a part of it, is left out, and why. With `MONIT_TEST_NO_SKIP` set that is a failure.
pub fn skip(what: &str, why: impl std::fmt::Display) {
    assert!(std::env::var_os("MONIT_TEST_NO_SKIP").is_none(), "{what} cannot be left out: {why}");
    // Not `eprintln!`, which the harness captures.
    let _ = std::io::stderr().write_all(format!("SKIPPED {what}: {why}\n").as_bytes());
}

/// Whether the clock of programs is not that of files, as when a library fakes one of them.
pub fn files_have_another_clock(probe: &std::path::Path) -> bool {
    std::fs::write(probe, "").expect("a file");
    let made = std::fs::metadata(probe).and_then(|facts| facts.modified()).expect("its time");
    std::fs::remove_file(probe).expect("the same file");
    let now = std::time::SystemTime::now();
    let apart = now.duration_since(made).unwrap_or_else(|before| before.duration());
    apart > std::time::Duration::from_secs(60)
}

/// Whether something is mounted on `/` as we see it; in a plain chroot nothing is.
pub fn root_is_a_mount_point() -> bool {
    let table = std::fs::read_to_string("/proc/self/mountinfo").expect("the mount table");
    table.lines().any(|line| line.split(' ').nth(4) == Some("/"))
}
