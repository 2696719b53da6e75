//! Mounted filesystems by findmnt, stat and the kernel's other tables.

use super::super::facts::*;
use super::super::{Host, Now};
use super::{near, tool};
use std::collections::BTreeSet;
use std::ffi::OsStr;

/// Mount points whose filesystems cannot hang and that no other test takes away: point, type, options.
fn local() -> Vec<(String, String, String)> {
    let Some(text) = tool("findmnt", &["-rn", "-o", "TARGET,FSTYPE,OPTIONS"]) else { return Vec::new() };
    let mut mounts: Vec<(String, String, String)> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [point, kind, options] = words[..] else { continue };
        let quiet =
            ["ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "overlay", "tmpfs", "devtmpfs", "proc", "sysfs"];
        if point.contains('\\') || point.starts_with("/tmp") || !quiet.contains(&kind) {
            continue;
        }
        // What is mounted over another hides it.
        mounts.retain(|(known, ..)| known != point);
        mounts.push((point.into(), kind.into(), options.into()));
    }
    mounts
}

fn mounted(host: &mut Host, name: &str) -> Option<FilesystemFacts> {
    match host.filesystem(OsStr::new(name), Now::read().mono) {
        FilesystemAnswer::Mounted(facts) => Some(*facts),
        _ => None,
    }
}

#[test]
fn every_local_mount_as_findmnt_and_stat_see_it() {
    let mut host = Host::new();
    for (point, kind, options) in local() {
        let Some(facts) = mounted(&mut host, &point) else {
            panic!("findmnt knows {point} and we do not");
        };
        assert_eq!(*facts.kind, kind, "{point}");
        // findmnt reads mountinfo, where the options of mount and filesystem stand apart.
        let words = |text: &str| text.split(',').map(String::from).collect::<BTreeSet<_>>();
        assert_eq!(words(&facts.flags), words(&options), "{point}");
        let Some(text) = tool("stat", &["-f", "-c", "%S %b %f %a %c %d", &point]) else { return };
        let theirs: Vec<f64> = text.split(' ').map(|word| word.parse().unwrap()).collect();
        let bytes = |blocks: u64| blocks as f64 * facts.block_size as f64;
        assert_eq!(facts.block_size as f64, theirs[0], "{point}");
        assert_eq!((facts.blocks as f64, facts.inodes as f64), (theirs[1], theirs[4]), "{point}");
        assert!(near(bytes(facts.blocks_free), theirs[2] * theirs[0], 0.05), "{point}: {facts:?} and {text}");
        assert!(
            near(bytes(facts.blocks_available), theirs[3] * theirs[0], 0.05),
            "{point}: {facts:?} and {text}"
        );
        assert!(near(facts.inodes_free as f64, theirs[5], 0.05), "{point}: {facts:?} and {text}");
        let Some(text) = tool("stat", &["-c", "%a %u %g", &point]) else { return };
        assert_eq!(format!("{:o} {} {}", facts.mode, facts.uid, facts.gid), text, "{point}");
    }
}

#[test]
fn the_inodes_of_the_root_filesystem_as_df_counts_them() {
    let mut host = Host::new();
    let (Some(facts), Some(text)) =
        (mounted(&mut host, "/"), tool("df", &["-i", "--output=itotal,iused,iavail", "/"]))
    else {
        return;
    };
    let line = text.lines().last().unwrap();
    // A filesystem without a fixed number of them shows `-`.
    let theirs: Vec<f64> = line.split_ascii_whitespace().map(|word| word.parse().unwrap_or(0.0)).collect();
    assert_eq!(facts.inodes as f64, theirs[0]);
    assert!(near((facts.inodes - facts.inodes_free) as f64, theirs[1], 0.05), "{facts:?} and {line}");
    assert!(near(facts.inodes_free as f64, theirs[2], 0.05), "{facts:?} and {line}");
}

#[test]
fn the_activity_of_a_device_by_another_path() {
    let mut host = Host::new();
    // /sys/dev/block/…/stat has what /proc/diskstats has, without the three words in front (the kernel's stat.rst).
    let by_sys = |point: &str| -> Option<Vec<u64>> {
        let number = tool("findmnt", &["-rn", "-o", "MAJ:MIN", "--target", point])?;
        let text = std::fs::read_to_string(format!("/sys/dev/block/{number}/stat")).ok()?;
        Some(text.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect())
    };
    for (point, kind, _) in local() {
        let Some(before) = by_sys(&point) else { continue };
        let Some(activity) = mounted(&mut host, &point).and_then(|facts| facts.activity) else {
            assert!(!kind.starts_with("ext"), "{point} has a device and no activity");
            continue;
        };
        let after = by_sys(&point).unwrap();
        let between = |ours: u64, at: usize, unit: u64| {
            assert!(
                (before[at] * unit..=after[at] * unit).contains(&ours),
                "{point}: {ours} at {at} {before:?} {after:?}"
            );
        };
        between(activity.reads, 0, 1);
        between(activity.read_bytes, 2, 512);
        between(activity.writes, 4, 1);
        between(activity.written_bytes, 6, 512);
        between(activity.read_time.unwrap(), 3, 1);
        between(activity.write_time.unwrap(), 7, 1);
    }
}
