//! Resource limits of this process. Executed programs get back what we were started with.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// The soft limit of descriptors we were started with; `u64::MAX`: never changed.
static INHERITED: AtomicU64 = AtomicU64::new(u64::MAX);
/// The soft limit of core files we were started with (`u64::MAX`: none), or [`NEVER`].
static CORE: AtomicU64 = AtomicU64::new(NEVER);
/// No limit of core files was changed.
const NEVER: u64 = u64::MAX - 1;
/// Whoever wants core files of us sets this in the environment.
const CORE_WANTED: &str = "MONIT_CORE";

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

/// From now on a crash of this process leaves no core, which would have every password in it, unless `MONIT_CORE` is set in the
/// environment. The limit is one byte: that is too small for any file, and the one at which the kernel hands a core to no program
/// either (`core_pattern` with a pipe, where 0 means nothing).
pub fn forbid_cores() {
    if std::env::var_os(CORE_WANTED).is_some_and(|value| !value.is_empty() && value != "0") {
        return;
    }
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_CORE) else { return };
    if setrlimit(Resource::RLIMIT_CORE, hard.min(1), hard).is_ok() {
        let _ = CORE.compare_exchange(NEVER, soft, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// For the child between fork and exec: our limits undone, of cores and of descriptors (programs that use select(2) break on
/// large ones). Only async-signal-safe calls; a failure is no reason not to run.
pub(super) fn restore_for_program() {
    restore_descriptors();
    let inherited = CORE.load(Ordering::Relaxed);
    if let (true, Ok((_, hard))) = (inherited != NEVER, getrlimit(Resource::RLIMIT_CORE)) {
        let _ = setrlimit(Resource::RLIMIT_CORE, inherited.min(hard), hard);
    }
}

/// For a helper, which knows all that we know: our raised descriptor limit undone, and no more. Only async-signal-safe calls.
pub(super) fn restore_descriptors() {
    let inherited = INHERITED.load(Ordering::Relaxed);
    if let (true, Ok((_, hard))) = (inherited != u64::MAX, nofile()) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, inherited.min(hard), hard);
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
