//! The machine as a whole: /proc/stat, meminfo, loadavg, vmstat, file-nr, pressure (proc(5)).

use super::cgroup;
use super::facts::{CpuTimes, MemoryFacts, OpenFiles, Pressure, PressureKind};
use super::no_fact::{Fact, NoFact};
use super::read;
use std::path::Path;

/// No machine has this much memory; containers without a limit of their own report such numbers.
const ABSURD: u64 = 1 << 60;

/// A file that every kernel has.
fn needed(path: &Path, limit: usize) -> Fact<String> {
    read::text(path, limit).map_err(|error| NoFact::from(error).needed())
}

/// Load averages.
pub(super) fn load(proc: &Path) -> Fact<[f64; 3]> {
    let text = needed(&proc.join("loadavg"), 256)?;
    let mut numbers = text.split_ascii_whitespace().map_while(|word| word.parse::<f64>().ok());
    let load: Vec<f64> = numbers.by_ref().take(3).collect();
    let load = <[f64; 3]>::try_from(load).ok();
    load.filter(|load| load.iter().all(|average| average.is_finite() && *average >= 0.0))
        .ok_or_else(NoFact::nonsense)
}

/// The first line of /proc/stat. Guest time is part of user time, as the kernel counts it.
pub(super) fn cpu_times(proc: &Path) -> Fact<CpuTimes> {
    parse_cpu_times(&needed(&proc.join("stat"), 4096)?).ok_or_else(NoFact::nonsense)
}

fn parse_cpu_times(text: &str) -> Option<CpuTimes> {
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let numbers: Vec<u64> = line.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    if numbers.len() < 4 {
        return None;
    }
    let total = (0..8).fold(0u64, |sum, index| sum.saturating_add(at(index)));
    Some(CpuTimes {
        user: at(0).saturating_sub(at(8)),
        nice: at(1).saturating_sub(at(9)),
        system: at(2),
        idle: at(3),
        wait: at(4),
        hard_irq: at(5),
        soft_irq: at(6),
        steal: at(7),
        guest: at(8),
        guest_nice: at(9),
        total,
    })
}

/// The times of a control group with a limit, as parts of what it may use; `uptime` is the clock.
pub(super) fn limited_cpu_times(limit: &cgroup::CpuLimit, uptime: std::time::Duration) -> CpuTimes {
    let total = (uptime.as_micros() as f64 * limit.processors) as u64;
    let used = limit.user.saturating_add(limit.system);
    let idle = total.saturating_sub(used);
    CpuTimes { user: limit.user, system: limit.system, idle, total, ..CpuTimes::default() }
}

/// Processors in operation, as sysconf(3) counts them; read here, since the C library takes many pages for it.
pub(super) fn online_processors(sys: &Path) -> Fact<u32> {
    let text = read::text(&sys.join("devices/system/cpu/online"), 4096)?;
    listed(text.trim()).filter(|count| *count > 0).ok_or(NoFact::Absent)
}

/// How many numbers a list of the kernel like `0-3,8` names. cpuset(7), "List format".
fn listed(list: &str) -> Option<u32> {
    list.split(',').try_fold(0u32, |count, range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        count.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

/// Processors that /proc/stat lists.
pub(super) fn listed_processors(proc: &Path) -> Fact<u32> {
    let text = needed(&proc.join("stat"), 1 << 20)?;
    let count = text
        .lines()
        .filter(|line| {
            line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .count();
    u32::try_from(count).ok().filter(|count| *count > 0).ok_or_else(NoFact::nonsense)
}

/// Processes and threads started since boot.
pub(super) fn forks(proc: &Path, buffer: &mut Vec<u8>) -> Option<(u64, u64)> {
    // The line stands behind that of the interrupts, which may be long.
    read::into(&proc.join("stat"), buffer, 4 << 20).ok()?;
    let line = buffer.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"processes "));
    let forks = std::str::from_utf8(line?).ok()?.trim().parse().ok()?;
    buffer.clear();
    buffer.shrink_to(64 * 1024);
    Some((forks, read::number(&proc.join("sys/kernel/pid_max"))?))
}

/// Memory and swap; impossible numbers are refused.
pub(super) fn memory(proc: &Path) -> Fact<MemoryFacts> {
    let text = needed(&proc.join("meminfo"), 16 * 1024)?;
    parse_memory(&text, || zfs_cache(proc)).ok_or_else(NoFact::nonsense)
}

fn parse_memory(text: &str, zfs_cache: impl FnOnce() -> u64) -> Option<MemoryFacts> {
    let bytes = |name: &str| read::number_of::<u64>(text, name).and_then(|kb| kb.checked_mul(1024));
    let total = bytes("MemTotal").filter(|total| *total > 0 && *total < ABSURD)?;
    let caches = bytes("Buffers")
        .unwrap_or(0)
        .saturating_add(bytes("Cached").unwrap_or(0))
        .saturating_add(bytes("SReclaimable").unwrap_or(0))
        .saturating_sub(bytes("Shmem").unwrap_or(0));
    let free = match bytes("MemAvailable") {
        Some(available) if available <= total => available,
        _ => bytes("MemFree")?.saturating_add(caches),
    };
    let free = free.saturating_add(zfs_cache());
    let mut facts = MemoryFacts { total, used: total.saturating_sub(free), ..MemoryFacts::default() };
    let swap = bytes("SwapTotal").filter(|total| *total < ABSURD).unwrap_or(0);
    let swap_free = bytes("SwapFree").unwrap_or(0);
    if swap_free <= swap {
        facts.swap_total = swap;
        facts.swap_used = swap - swap_free;
    }
    Some(facts)
}

/// What ZFS caches and gives back on demand; the kernel counts it as used.
fn zfs_cache(proc: &Path) -> u64 {
    let Ok(text) = read::text(&proc.join("spl/kstat/zfs/arcstats"), 64 * 1024) else { return 0 };
    let number = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            (words.next() == Some(name)).then(|| words.nth(1)?.parse::<u64>().ok()).flatten()
        })
    };
    number("size").unwrap_or(0).saturating_sub(number("c_min").unwrap_or(0))
}

/// Pages swapped in and out.
pub(super) fn paging(proc: &Path) -> Fact<(u64, u64)> {
    let text = needed(&proc.join("vmstat"), 64 * 1024)?;
    let pages = read::number_of(&text, "pswpin").zip(read::number_of(&text, "pswpout"));
    // A kernel without swap has no such lines.
    pages.ok_or(if text.is_empty() { NoFact::nonsense() } else { NoFact::Absent })
}

/// Kills for want of memory, since Linux 4.13.
pub(super) fn oom_kills(proc: &Path) -> Fact<u64> {
    let text = needed(&proc.join("vmstat"), 64 * 1024)?;
    let kills = read::number_of(&text, "oom_kill");
    kills.ok_or(if text.is_empty() { NoFact::nonsense() } else { NoFact::Absent })
}

/// Seconds since boot, of the container where the file is the container's.
pub(super) fn uptime(proc: &Path) -> Fact<f64> {
    let text = needed(&proc.join("uptime"), 256)?;
    let seconds = text.split_ascii_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    seconds.filter(|seconds| *seconds >= 0.0).ok_or_else(NoFact::nonsense)
}

/// Open files of the machine.
pub(super) fn open_files(proc: &Path) -> Fact<OpenFiles> {
    let text = needed(&proc.join("sys/fs/file-nr"), 256)?;
    let numbers: Vec<u64> = text.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    match numbers[..] {
        [allocated, unused, maximum, ..] => Ok(OpenFiles { allocated, unused, maximum }),
        _ => Err(NoFact::nonsense()),
    }
}

/// Pressure stall information; absent before Linux 4.20 or where it is switched off.
pub(super) fn pressure(proc: &Path, kind: PressureKind) -> Fact<Pressure> {
    let name = match kind {
        PressureKind::Cpu => "pressure/cpu",
        PressureKind::Memory => "pressure/memory",
        PressureKind::Io => "pressure/io",
    };
    let text = read::text(&proc.join(name), 1024)?;
    let averages = |who: &str| -> Option<[f64; 3]> {
        let mut shares = read::value(&text, who)?
            .split_ascii_whitespace()
            .filter_map(|word| word.strip_prefix("avg")?.split_once('=')?.1.parse::<f64>().ok());
        Some([shares.next()?, shares.next()?, shares.next()?])
    };
    let some = averages("some").ok_or_else(NoFact::nonsense)?;
    Ok(Pressure { some, full: averages("full").unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_kernel() {
        let known = [("0", 1), ("0-3", 4), ("0-3,8", 5), ("1,3,5-6", 4)];
        assert!(known.iter().all(|(list, count)| listed(list) == Some(*count)));
        let broken = ["", "a", "3-1", "0-", "0-4294967295", "0-3,"];
        assert!(broken.iter().all(|list| listed(list).is_none()));
    }

    #[test]
    fn this_machine_has_as_many_processors_as_its_c_library_counts() {
        if let Ok(count) = online_processors(Path::new("/sys")) {
            // Asked through the affinity, which may be narrower.
            assert!(std::thread::available_parallelism().is_ok_and(|few| few.get() <= count as usize));
        }
    }
}
