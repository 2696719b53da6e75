//! The limits that a container or control group sets to memory and processor time (cgroups(7)).
//!
//! The group asked about is that of process 1: inside a container that is the container, on a plain host it is
//! the host itself, even if the monitor's own unit has a limit. Numbers that cannot be (a limit above the
//! machine's memory, usage above everything) are no limits.

use super::no_fact::{Fact, NoFact};
use super::read;
use std::path::{Path, PathBuf};

/// A limit of memory and what is used of it, in bytes; file caches that can go are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit {
    /// The limit.
    pub limit: u64,
    /// Used.
    pub used: u64,
}

/// A limit of processor time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuLimit {
    /// Processors' worth of time.
    pub processors: f64,
    /// Used in user mode, microseconds.
    pub user: u64,
    /// Used in system mode, microseconds.
    pub system: u64,
}

/// A small file of a group. Of what is not there, or hidden from us, there is no limit.
fn text(path: &Path, limit: usize) -> Fact<Option<String>> {
    match read::text(path, limit) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(None),
        Err(error) => match NoFact::from(error) {
            NoFact::Absent => Ok(None),
            unreadable => Err(unreadable),
        },
    }
}

fn number<T: std::str::FromStr>(path: &Path) -> Fact<Option<T>> {
    Ok(text(path, 256)?.and_then(|text| text.trim().parse().ok()))
}

/// The folders of a group and all above it, the group itself first.
fn folders(mount: &Path, group: &str) -> Vec<PathBuf> {
    let inside = mount.join(group.trim_start_matches('/'));
    let mut folders: Vec<PathBuf> = inside
        .ancestors()
        .take_while(|folder| folder.starts_with(mount))
        .filter(|folder| folder.is_dir())
        .map(Path::to_path_buf)
        .collect();
    if folders.is_empty() && mount.is_dir() {
        // The path is that of the host, the mount shows the container alone.
        folders.push(mount.to_path_buf());
    }
    folders
}

/// The group of process 1 under a controller of version 1, or under version 2.
fn group<'a>(text: &'a str, controller: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        controllers.split(',').any(|name| name == controller).then_some(path)
    })
}

/// The tightest memory limit below `machine` bytes.
pub(super) fn memory(proc: &Path, sys: &Path, machine: u64) -> Fact<Option<MemoryLimit>> {
    let Some(groups) = text(&proc.join("1/cgroup"), 16 * 1024)? else { return Ok(None) };
    let root = sys.join("fs/cgroup");
    let (folders, limit_file, usage_file, cache) =
        if let Some(path) = group(&groups, "memory").filter(|_| root.join("memory").is_dir()) {
            let folders = folders(&root.join("memory"), path);
            (folders, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        } else {
            let Some(path) = group(&groups, "") else { return Ok(None) };
            (folders(&root, path), "memory.max", "memory.current", "inactive_file")
        };
    let mut tightest: Option<MemoryLimit> = None;
    for folder in folders {
        // "max" is no number, and no limit.
        let Some(limit) = number::<u64>(&folder.join(limit_file))? else { continue };
        let Some(usage) = number::<u64>(&folder.join(usage_file))? else { continue };
        if limit == 0 || limit >= machine || tightest.is_some_and(|known| known.limit <= limit) {
            continue;
        }
        let cached = text(&folder.join("memory.stat"), 16 * 1024)?
            .and_then(|text| read::number_of::<u64>(&text, cache))
            .filter(|cached| *cached <= usage)
            .unwrap_or(0);
        // A group may be over its limit for a moment, not by far.
        if usage <= limit.saturating_add(limit / 8) {
            tightest = Some(MemoryLimit { limit, used: (usage - cached).min(limit) });
        }
    }
    Ok(tightest)
}

/// The tightest limit of processor time below `machine` processors.
pub(super) fn cpu(proc: &Path, sys: &Path, machine: u32) -> Fact<Option<CpuLimit>> {
    let Some(groups) = text(&proc.join("1/cgroup"), 16 * 1024)? else { return Ok(None) };
    let root = sys.join("fs/cgroup");
    let mut tightest: Option<CpuLimit> = None;
    let mut consider = |processors: f64, user: u64, system: u64| {
        let is_limit = processors > 0.0 && processors < f64::from(machine);
        if is_limit && tightest.is_none_or(|known| known.processors > processors) {
            tightest = Some(CpuLimit { processors, user, system });
        }
    };
    if let Some(path) = group(&groups, "cpu").filter(|_| root.join("cpu").is_dir()) {
        for folder in folders(&root.join("cpu"), path) {
            let quota = number::<i64>(&folder.join("cpu.cfs_quota_us"))?.filter(|quota| *quota > 0);
            let period = number::<i64>(&folder.join("cpu.cfs_period_us"))?.filter(|period| *period > 0);
            let (Some(quota), Some(period)) = (quota, period) else { continue };
            let inside = folder.strip_prefix(root.join("cpu")).unwrap_or(Path::new(""));
            let used = root.join("cpuacct").join(inside);
            let nanoseconds = |name: &str| number::<u64>(&used.join(name));
            let user = match nanoseconds("cpuacct.usage_user")? {
                Some(user) => Some(user),
                None => nanoseconds("cpuacct.usage")?,
            };
            let system = nanoseconds("cpuacct.usage_sys")?.unwrap_or(0);
            if let Some(user) = user {
                consider(quota as f64 / period as f64, user / 1000, system / 1000);
            }
        }
    } else if let Some(path) = group(&groups, "") {
        for folder in folders(&root, path) {
            let Some(limit) = text(&folder.join("cpu.max"), 256)? else { continue };
            let mut words = limit.split_ascii_whitespace().map(str::parse::<f64>);
            let (Some(Ok(quota)), Some(Ok(period))) = (words.next(), words.next()) else { continue };
            let Some(stat) = text(&folder.join("cpu.stat"), 4096)? else { continue };
            let used = |name: &str| read::number_of::<u64>(&stat, name);
            if let (Some(user), Some(system)) = (used("user_usec"), used("system_usec")) {
                consider(quota / period.max(1.0), user, system);
            }
        }
    }
    Ok(tightest)
}
