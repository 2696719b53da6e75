//! The time of a turn; which boot this is and how long it lasts. Local time is [`super::localtime`]'s.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// One reading of both clocks, taken once per turn and handed down as plain data; tests make their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Never goes back: for every deadline.
    pub mono: Instant,
    /// Time of day: for schedules, timestamps and file ages only; somebody may set it at any moment.
    pub wall: SystemTime,
}

impl Now {
    /// Reads the clocks.
    pub fn read() -> Now {
        Now { mono: Instant::now(), wall: SystemTime::now() }
    }

    /// The time of day in whole seconds since 1970.
    pub fn unix_secs(&self) -> i64 {
        super::localtime::unix_secs(self.wall)
    }
}

/// The kernel's id of this boot; changes with each boot and only then. `None` where /proc does not tell.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = text.trim();
    (!id.is_empty()).then(|| id.to_string())
}

/// Time since boot, sleep included (`CLOCK_BOOTTIME`).
pub fn uptime() -> Duration {
    read(libc::CLOCK_BOOTTIME)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours.
    if unsafe { libc::clock_gettime(clock, &mut time) } != 0 {
        return Duration::ZERO;
    }
    Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.clamp(0, 999_999_999) as u32)
}

/// The kernel's clock that only goes forward (`CLOCK_MONOTONIC`), as others on this machine read it; [`std::time::Instant`]
/// does not tell its number.
pub fn monotonic() -> Duration {
    read(libc::CLOCK_MONOTONIC)
}

/// A moment as [`monotonic`] tells it, so that another process understands it.
pub fn since_boot(at: Instant) -> Duration {
    let (now, number) = (Instant::now(), monotonic());
    match at.checked_duration_since(now) {
        Some(ahead) => number.saturating_add(ahead),
        None => number.saturating_sub(now.saturating_duration_since(at)),
    }
}

/// The moment that [`since_boot`] has told; `None`: one before this machine was started, or beyond all time.
pub fn at(since_boot: Duration) -> Option<Instant> {
    let (now, number) = (Instant::now(), monotonic());
    match since_boot.checked_sub(number) {
        Some(ahead) => now.checked_add(ahead),
        None => now.checked_sub(number.saturating_sub(since_boot)),
    }
}

/// A clock for what may be a few milliseconds off: `CLOCK_MONOTONIC` as of the kernel's last tick. Reading it costs a fifth.
pub fn coarse() -> Duration {
    read(libc::CLOCK_MONOTONIC_COARSE)
}

/// The kernel's clock ticks per second, the unit of process start times in /proc (100 nearly everywhere).
pub fn ticks_per_second() -> u64 {
    static TICKS: OnceLock<u64> = OnceLock::new();
    *TICKS.get_or_init(|| setting(libc::_SC_CLK_TCK).unwrap_or(100))
}

/// Bytes in a page of memory, the unit of resident sizes in /proc.
pub fn page_size() -> u64 {
    static SIZE: OnceLock<u64> = OnceLock::new();
    *SIZE.get_or_init(|| setting(libc::_SC_PAGESIZE).unwrap_or(4096))
}

/// A setting of the system that stays as it is; above 0. sysconf(3).
fn setting(name: libc::c_int) -> Option<u64> {
    // SAFETY: sysconf takes and returns integers.
    let value = unsafe { libc::sysconf(name) };
    u64::try_from(value).ok().filter(|value| *value > 0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_boot_is_known() {
        assert_eq!(super::boot_id(), super::boot_id());
        assert!(super::boot_id().is_none_or(|id| id.len() == 36));
        let first = super::uptime();
        assert!(first.as_secs() > 0 && super::uptime() >= first);
    }

    #[test]
    fn a_moment_is_the_same_for_others() {
        use std::time::{Duration, Instant};
        let now = Instant::now();
        for moment in [now + Duration::from_secs(3600), now, now - Duration::from_millis(50)] {
            let again = super::at(super::since_boot(moment)).unwrap();
            let apart = again.max(moment) - again.min(moment);
            assert!(apart < Duration::from_millis(20), "{apart:?}");
        }
    }
}
