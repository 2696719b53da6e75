//! Resource limits of this process. Executed programs get back what we were started with.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// The soft limit of descriptors we were started with; `u64::MAX`: never changed.
static INHERITED: AtomicU64 = AtomicU64::new(u64::MAX);

/// The limit of open descriptors: soft and hard.
pub fn nofile() -> io::Result<(u64, u64)> {
    Ok(getrlimit(Resource::RLIMIT_NOFILE)?)
}

/// Raises the soft limit of open descriptors towards `wanted`, as far as the hard limit allows, and returns what is
/// in force. Never lowers it.
pub fn raise_nofile(wanted: u64) -> io::Result<u64> {
    let (soft, hard) = nofile()?;
    let target = wanted.min(hard);
    if soft >= target {
        return Ok(soft);
    }
    setrlimit(Resource::RLIMIT_NOFILE, target, hard)?;
    let _ = INHERITED.compare_exchange(u64::MAX, soft, Ordering::Relaxed, Ordering::Relaxed);
    Ok(target)
}

/// For the child between fork and exec: no core files, and our raised descriptor limit undone (programs that use
/// select(2) break on large descriptors). Only async-signal-safe calls; a failure is no reason not to run.
pub(super) fn restore_for_program() {
    let inherited = INHERITED.load(Ordering::Relaxed);
    if let (true, Ok((_, hard))) = (inherited != u64::MAX, nofile()) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, inherited.min(hard), hard);
    }
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CORE) {
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, hard);
    }
}

/// The signal that ends a helper whose time is up.
pub const TIME_IS_UP: i32 = libc::SIGXCPU;

/// In a forked helper that runs what has no bounds of its own: so much memory, and so much time of the processor, rounded
/// up to seconds. A limit that cannot be set is not set.
pub fn bound_helper(memory: u64, time: std::time::Duration) {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    for (resource, most) in [(Resource::RLIMIT_AS, memory), (Resource::RLIMIT_CPU, seconds)] {
        if let Ok((_, hard)) = getrlimit(resource) {
            let _ = setrlimit(resource, most.min(hard), hard);
        }
    }
}
