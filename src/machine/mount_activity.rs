//! What a mounted filesystem has read and written: of a local one its device's counters, of NFS those of its client.

use super::facts::MountActivity;
use super::read;
use std::path::Path;

/// Tables of the kernel are read up to here.
const MOST: usize = 4 << 20;

/// What the device below a mount has done.
pub(super) fn activity(
    proc: &Path,
    kind: &str,
    source: &Path,
    point: &Path,
    device: u64,
) -> Option<MountActivity> {
    if kind.starts_with("nfs") {
        return nfs_activity(&read::text(&proc.join("self/mountstats"), MOST).ok()?, point);
    }
    if !source.starts_with("/dev") {
        return None;
    }
    let text = read::text(&proc.join("diskstats"), MOST).ok()?;
    // glibc's numbering: 12 bits of the major number at bit 8, the rest of the minor above.
    let major = ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff);
    let minor = (device & 0xff) | ((device >> 12) & !0xff);
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned());
    let by_number = || text.lines().find_map(|line| disk_line(line, |a, b, _| (a, b) == (major, minor)));
    let by_name = || text.lines().find_map(|line| disk_line(line, |_, _, of| Some(of) == name.as_deref()));
    by_number().or_else(by_name)
}

/// One line of /proc/diskstats (the kernel's iostats.rst).
fn disk_line(line: &str, is_wanted: impl Fn(u64, u64, &str) -> bool) -> Option<MountActivity> {
    let mut words = line.split_ascii_whitespace();
    let (major, minor, name) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    if !is_wanted(major, minor, name) {
        return None;
    }
    let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
    let at = |index: usize| numbers.get(index).copied();
    Some(MountActivity {
        reads: at(0)?,
        read_bytes: at(2)?.saturating_mul(512),
        read_time: at(3),
        writes: at(4)?,
        written_bytes: at(6)?.saturating_mul(512),
        write_time: at(7),
    })
}

/// The block of one NFS mount in /proc/self/mountstats.
fn nfs_activity(text: &str, point: &Path) -> Option<MountActivity> {
    let mounted = format!(" mounted on {} with fstype nfs", point.display());
    let mut lines = text.lines().skip_while(|line| !line.contains(&mounted)).skip(1);
    let mut activity = MountActivity::default();
    let mut seen = false;
    for line in lines.by_ref().take_while(|line| !line.starts_with("device ")) {
        let mut words = line.split_ascii_whitespace();
        let name = words.next();
        let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
        let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
        match name {
            // Bytes as the server saw them.
            Some("bytes:") => {
                (activity.read_bytes, activity.written_bytes) = (at(4), at(5));
                seen = true;
            }
            // Operations, …, milliseconds from queueing to completion.
            Some("READ:") => (activity.reads, activity.read_time) = (at(0), Some(at(7))),
            Some("WRITE:") => (activity.writes, activity.write_time) = (at(0), Some(at(7))),
            _ => {}
        }
    }
    seen.then_some(activity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_nfs() {
        let text = "device a mounted on /b with fstype ext4\n\
            device s:/x mounted on /srv with fstype nfs4 statvers=1.1\n\
            \tbytes:\t1 2 3 4 500 600 7 8\n\
            \tREAD: 10 10 0 1 2 3 4 55 0\n\tWRITE: 20 20 0 1 2 3 4 66 0\ndevice z mounted on /z with fstype nfs4\n";
        let activity = nfs_activity(text, Path::new("/srv")).unwrap();
        assert_eq!((activity.read_bytes, activity.written_bytes), (500, 600));
        assert_eq!((activity.reads, activity.writes, activity.write_time), (10, 20, Some(66)));
        assert_eq!(nfs_activity(text, Path::new("/b")), None);
    }
}
