//! How far the times of a file tell that its content has changed.
//!
//! Through write(2) nobody gets round them. A page that a process has mapped moves them when it is first written to;
//! further writes go unnoticed until the kernel has written the page back, which it does every half minute or as
//! the machine's settings say. In memory filesystems nothing is ever written back, and of filesystems in user space or
//! on other machines nothing is known.

use super::read;
use std::path::Path;
use std::time::{Duration, Instant};

/// Filesystems that note each write to a page that was clean.
const EXACT: [&str; 9] = ["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "jfs"];
/// The mount table is read up to here.
const TABLE: usize = 4 << 20;
/// How long what was read stays good.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// The least time that pages are given to be written back, in seconds.
const LEAST: u64 = 120;

/// What is known of the mounted filesystems.
#[derive(Debug, Default)]
pub(super) struct FileTimes {
    read_at: Option<Instant>,
    /// The exact ones, by device.
    devices: Vec<u64>,
    /// Seconds; `None` if the kernel does not write back by itself.
    settling: Option<u64>,
}

impl FileTimes {
    /// Seconds after which the times of a file of this device (`st_dev`) can be relied upon; `None` is never.
    pub(super) fn settle_after(&mut self, proc: &Path, device: u64, now: Instant) -> Option<u64> {
        if self.read_at.is_none_or(|at| now.saturating_duration_since(at) >= GOOD_FOR) {
            self.read_at = Some(now);
            let mut table = Vec::new();
            // A table that cannot be read knows no filesystem.
            let _ = read::into(&proc.join("self/mountinfo"), &mut table, TABLE);
            self.devices = exact_devices(&String::from_utf8_lossy(&table));
            let setting = |name: &str| {
                read::number::<u64>(&proc.join("sys/vm").join(name)).map(|part| part.div_ceil(100))
            };
            self.settling = match (setting("dirty_expire_centisecs"), setting("dirty_writeback_centisecs")) {
                (Some(expire), Some(pause)) if pause > 0 => {
                    Some(LEAST.max(expire.saturating_add(pause).saturating_mul(2)))
                }
                _ => None,
            };
        }
        self.settling.filter(|_| self.devices.contains(&device))
    }
}

/// The devices of exact filesystems in the text of `/proc/PID/mountinfo` (proc(5)).
fn exact_devices(table: &str) -> Vec<u64> {
    let mut devices: Vec<u64> = table
        .lines()
        .filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let (major, minor) = mount.split(' ').nth(2)?.split_once(':')?;
            let known = EXACT.contains(&filesystem.split(' ').next()?);
            known.then_some(device(major.parse().ok()?, minor.parse().ok()?))
        })
        .collect();
    devices.sort_unstable();
    devices.dedup();
    devices
}

/// As stat(2) gives it: 12 bits of the major number at bit 8, the rest of the minor above.
fn device(major: u64, minor: u64) -> u64 {
    (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & !0xff) << 12) | ((major & !0xfff) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filesystems_that_note_each_write_count() {
        let table = "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
                     26 25 0:22 / /dev/shm rw,nosuid - tmpfs tmpfs rw\n\
                     27 25 0:40 / /mnt/a\\040b rw - nfs4 host:/x rw\n\
                     nonsense\n28 25 x:y / /q rw - xfs q rw\n\
                     29 25 259:300 / /data rw - xfs /dev/nvme0n1p300 rw\n";
        assert_eq!(exact_devices(table), [0xfe00, 0x0011_032c]);
    }

    #[test]
    fn pages_are_given_the_time_that_the_machine_takes() {
        let root = std::env::temp_dir().join(format!("monit-file-times-{}", std::process::id()));
        let settings = root.join("sys/vm");
        std::fs::create_dir_all(&settings).unwrap();
        std::fs::create_dir_all(root.join("self")).unwrap();
        std::fs::write(root.join("self/mountinfo"), "25 1 254:0 / / rw - ext4 /dev/vda rw\n").unwrap();
        let now = Instant::now();
        let after = |expire: &str, pause: &str| {
            std::fs::write(settings.join("dirty_expire_centisecs"), expire).unwrap();
            std::fs::write(settings.join("dirty_writeback_centisecs"), pause).unwrap();
            FileTimes::default().settle_after(&root, 0xfe00, now)
        };
        assert_eq!(after("3000\n", "500\n"), Some(120));
        assert_eq!(after("60000\n", "6000\n"), Some(1320));
        assert_eq!(after("3000\n", "0\n"), None, "nothing is written back by itself");
        assert_eq!(FileTimes::default().settle_after(&root, 0x16, now), None, "another device");
        std::fs::remove_dir_all(&root).unwrap();
    }
}
