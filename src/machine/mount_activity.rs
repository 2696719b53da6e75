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
    by_device(proc, source, device)
}

/// The counters of the device with that number or that name.
fn by_device(proc: &Path, source: &Path, device: u64) -> Option<MountActivity> {
    let text = read::text(&proc.join("diskstats"), MOST).ok()?;
    // glibc's numbering: 12 bits of the major number at bit 8, the rest of the minor above.
    let major = ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff);
    let minor = (device & 0xff) | ((device >> 12) & !0xff);
    let by_number = || text.lines().find_map(|line| disk_line(line, |a, b, _| (a, b) == (major, minor)));
    // btrfs numbers its filesystems with devices that do not exist, and a name of the device mapper is a link.
    let real = source.read_link().unwrap_or_default();
    let name = real.file_name().or(source.file_name()).map(|name| name.to_string_lossy().into_owned());
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
    // Blanks are written as in the mount table.
    let point = point.to_string_lossy().replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011");
    let mounted = format!(" mounted on {point} with fstype nfs");
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

    fn of(kind: &str, source: &str, point: &str, device: u64) -> Option<[u64; 6]> {
        let proc = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proc/storage/proc");
        let seen = activity(&proc, kind, Path::new(source), Path::new(point), device)?;
        let (read, written) = (seen.read_bytes, seen.written_bytes);
        Some([seen.reads, read, seen.read_time?, seen.writes, written, seen.write_time?])
    }

    #[test]
    fn devices_by_number_and_by_name() {
        let root = [11, 88 * 512, 12, 21, 168 * 512, 22];
        assert_eq!(of("ext4", "/dev/mapper/vg-root", "/", 253 << 8), Some(root));
        assert_eq!(of("ext4", "/dev/root", "/", 253 << 8), Some(root), "whatever it was called at boot");
        let btrfs = [1000, 20_000 * 512, 300, 400, 8000 * 512, 700];
        assert_eq!(of("btrfs", "/dev/sdb2", "/data", 0x2a), Some(btrfs), "its device number is made up");
        assert_eq!(of("vfat", "/dev/nvme0n1p1", "/boot", 259 << 8 | 1).map(|seen| seen[0]), Some(51));
        assert_eq!(of("ext4", "/dev/broken", "/", 252 << 8), None, "a line that ends early");
        assert_eq!(of("ext4", "/dev/sdz9", "/", 8 << 8 | 200), None);
        assert_eq!(of("zfs", "tank/media", "/tank/media", 0x30), None, "no device");
        assert_eq!(of("overlay", "overlay", "/var/lib/docker/overlay2/ab12/merged", 0x31), None);
    }

    #[test]
    fn a_name_of_the_device_mapper_leads_to_its_device() {
        let folder = std::env::temp_dir().join(format!("monit-mapper-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join("luks-5f0c");
        std::os::unix::fs::symlink("../dm-1", &link).unwrap();
        let proc = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proc/storage/proc");
        let seen = by_device(&proc, &link, 0x2b);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(seen.map(|seen| seen.reads), Some(31));
    }

    #[test]
    fn mounts_of_a_file_server_each_with_its_own() {
        assert_eq!(
            of("nfs4", "nas.example.com:/volume1/all things", "/mnt/nas", 0x2c),
            Some([500, 4_096_000, 1600, 700, 8_192_000, 2800])
        );
        assert_eq!(of("nfs", "x", "/mnt/nas/old", 0x2d), Some([5, 512, 50, 6, 1024, 60]));
        assert_eq!(of("nfs", "x", "/mnt", 0x2d), None);
        assert_eq!(of("nfs", "x", "/mnt/with blank", 0x2e), Some([1, 5, 11, 2, 6, 22]));
    }

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
