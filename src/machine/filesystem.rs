//! Mounted filesystems: the mount table, sizes, and what the device below does.
//!
//! A local filesystem is asked directly. A remote one, one in user space, and one that was slow before may not
//! answer for ever: it is asked by a child with a deadline, and while that child hangs no other is sent.

use super::facts::{FilesystemAnswer, FilesystemFacts, MountActivity};
use super::read;
use crate::sys::fork::{ChildTask, run_in_child};
use crate::sys::statvfs::statvfs;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a filesystem may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A local filesystem that took longer is asked by a child from then on.
const SLOW: Duration = Duration::from_millis(50);
/// How often a child is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The mount table is read up to here.
const TABLE: usize = 4 << 20;

/// One line of the mount table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    source: PathBuf,
    point: PathBuf,
    kind: Box<str>,
    flags: Box<str>,
}

/// The mounted filesystems, and the children that ask slow ones.
#[derive(Debug, Default)]
pub struct Filesystems {
    table: Vec<Mount>,
    read_at: Option<Instant>,
    asking: Vec<Asking>,
    /// Mount points that were slow.
    slow: Vec<PathBuf>,
}

/// A child that asks a filesystem.
#[derive(Debug)]
struct Asking {
    point: PathBuf,
    child: ChildTask,
    said: Vec<u8>,
    deadline: Instant,
    given_up: bool,
}

/// The sizes and the mount point itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sizes {
    /// block size, blocks, free, available, inodes, free inodes.
    space: [u64; 6],
    mode: u32,
    uid: u32,
    gid: u32,
    device: u64,
}

/// May asking this kind of filesystem wait for something outside of this machine's kernel?
fn is_remote(kind: &str) -> bool {
    const KINDS: [&str; 17] = [
        "nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "coda", "lustre", "gpfs", "gfs",
        "gfs2", "ocfs2", "beegfs", "virtiofs",
    ];
    KINDS.contains(&kind) || kind.starts_with("fuse") || kind.starts_with("glusterfs")
}

/// `\040` and the like stand for blanks in the mount table.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'\\')
            .then(|| after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// The mount table (fstab(5) format).
fn parse_table(text: &[u8]) -> Vec<Mount> {
    let path = |field: &[u8]| PathBuf::from(OsStr::from_bytes(&unescape(field)));
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let mut fields = line.split(|byte| *byte == b' ');
            let (source, point) = (path(fields.next()?), path(fields.next()?));
            let kind = String::from_utf8_lossy(fields.next()?).into();
            let flags = String::from_utf8_lossy(fields.next()?).into();
            Some(Mount { source, point, kind, flags })
        })
        .collect()
}

impl Filesystems {
    /// A filesystem by mount point, device or source; of several mounts on one point the top one.
    fn find(&self, name: &OsStr) -> Option<&Mount> {
        // Paths compare by component: a slash at the end does not matter.
        let name = Path::new(name);
        let by_point = self.table.iter().rev().find(|mount| mount.point == name);
        let by_source = || self.table.iter().find(|mount| mount.source == name);
        // A device by another name (/dev/disk/by-uuid/…), a mount point by a link to it.
        let resolved = || {
            let real = name.is_absolute().then(|| fs::read_link(name).ok())??;
            let real = if real.is_absolute() { real } else { normalise(&name.parent()?.join(real)) };
            let mut mounts = self.table.iter().rev();
            mounts.find(|mount| mount.point == real || mount.source == real)
        };
        by_point.or_else(by_source).or_else(resolved)
    }

    /// Answers, or sends a child to find out.
    pub(super) fn ask(&mut self, proc: &Path, name: &OsStr, now: Instant) -> FilesystemAnswer {
        if self.read_at != Some(now) {
            let mut text = Vec::new();
            if let Err(error) = read::into(&proc.join("self/mounts"), &mut text, TABLE) {
                return FilesystemAnswer::Failed(format!("mount table: {}", read::error_text(&error)));
            }
            self.table = parse_table(&text);
            self.read_at = Some(now);
            self.table.shrink_to_fit();
        }
        let Some(mount) = self.find(name).cloned() else {
            self.asking.retain(|asking| asking.given_up);
            return FilesystemAnswer::NotMounted;
        };
        let slow = is_remote(&mount.kind) || self.slow.contains(&mount.point);
        let sizes = if slow { self.ask_by_child(&mount.point, now) } else { self.ask_at_once(&mount.point) };
        match sizes {
            Ok(Some(sizes)) => FilesystemAnswer::Mounted(Box::new(facts(proc, &mount, &sizes))),
            Ok(None) => FilesystemAnswer::Pending(now + LOOK_AGAIN),
            Err(reason) => FilesystemAnswer::Failed(reason),
        }
    }

    fn ask_at_once(&mut self, point: &Path) -> Result<Option<Sizes>, String> {
        let before = Instant::now();
        let sizes = measure(point);
        if before.elapsed() > SLOW {
            self.slow.push(point.to_path_buf());
        }
        sizes.map(Some).map_err(|error| read::error_text(&error))
    }

    fn ask_by_child(&mut self, point: &Path, now: Instant) -> Result<Option<Sizes>, String> {
        let at = match self.asking.iter().position(|asking| asking.point == point) {
            Some(at) => at,
            None => {
                let target = point.to_path_buf();
                let child = run_in_child(move |out| answer(&target, out))
                    .map_err(|error| format!("cannot start a helper: {}", read::error_text(&error)))?;
                let deadline = now + PATIENCE;
                let point = point.to_path_buf();
                self.asking.push(Asking { point, child, said: Vec::new(), deadline, given_up: false });
                self.asking.len() - 1
            }
        };
        let Some(asking) = self.asking.get_mut(at) else { return Ok(None) };
        let mut buffer = [0u8; 512];
        let ended = loop {
            match asking.child.read(&mut buffer) {
                Ok(0) => break true,
                Ok(length) if asking.said.len() < 4096 => {
                    asking.said.extend_from_slice(buffer.get(..length).unwrap_or_default());
                }
                Ok(_) => break true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break error.kind() != io::ErrorKind::WouldBlock,
            }
        };
        if ended {
            let asking = self.asking.swap_remove(at);
            if asking.given_up {
                // It came back too late for that question: ask again next time.
                return Err("answered too late".into());
            }
            return parse_answer(&asking.said).map(Some);
        }
        if asking.given_up {
            return Err("still no answer".into());
        }
        if now >= asking.deadline {
            asking.given_up = true;
            asking.child.kill();
            return Err(format!("no answer within {} s", PATIENCE.as_secs()));
        }
        Ok(None)
    }
}

/// `a/./b/../c` without looking at the disk.
fn normalise(path: &Path) -> PathBuf {
    use std::path::Component;
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
        out
    })
}

fn measure(point: &Path) -> io::Result<Sizes> {
    let space = statvfs(point)?;
    let root = fs::metadata(point)?;
    Ok(Sizes {
        space: [space.block_size, space.blocks, space.free, space.available, space.inodes, space.inodes_free],
        mode: root.mode(),
        uid: root.uid(),
        gid: root.gid(),
        device: root.dev(),
    })
}

/// In the child: what [`parse_answer`] reads.
fn answer(point: &Path, out: &mut fs::File) {
    let text = match measure(point) {
        Ok(sizes) => {
            let mut text = String::from("ok");
            let rest = [u64::from(sizes.mode), u64::from(sizes.uid), u64::from(sizes.gid), sizes.device];
            for number in sizes.space.iter().chain(&rest) {
                text.push_str(&format!(" {number}"));
            }
            text
        }
        Err(error) => format!("error {}", read::error_text(&error)),
    };
    // Nobody is left to tell if the parent has gone.
    let _ = out.write_all(text.as_bytes());
}

fn parse_answer(said: &[u8]) -> Result<Sizes, String> {
    let text = String::from_utf8_lossy(said);
    let Some(numbers) = text.strip_prefix("ok ") else {
        return Err(text.strip_prefix("error ").unwrap_or("the helper ended without an answer").to_string());
    };
    let numbers: Vec<u64> = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
    let short = |at: usize| numbers.get(at).and_then(|number| u32::try_from(*number).ok());
    let space = numbers.get(..6).and_then(|space| <[u64; 6]>::try_from(space).ok());
    match (space, short(6), short(7), short(8), numbers.get(9)) {
        (Some(space), Some(mode), Some(uid), Some(gid), Some(device)) => {
            Ok(Sizes { space, mode, uid, gid, device: *device })
        }
        _ => Err("the helper's answer is incomplete".into()),
    }
}

fn facts(proc: &Path, mount: &Mount, sizes: &Sizes) -> FilesystemFacts {
    let [block_size, blocks, free, available, inodes, inodes_free] = sizes.space;
    FilesystemFacts {
        kind: mount.kind.clone(),
        flags: mount.flags.clone(),
        block_size,
        blocks,
        // Some remote filesystems report more free than there is.
        blocks_free: free.min(blocks),
        blocks_available: available.min(free).min(blocks),
        inodes,
        inodes_free: inodes_free.min(inodes),
        mode: (sizes.mode & 0o7777) as u16,
        uid: sizes.uid,
        gid: sizes.gid,
        activity: activity(proc, mount, sizes.device),
    }
}

/// What the device below a mount has done.
fn activity(proc: &Path, mount: &Mount, device: u64) -> Option<MountActivity> {
    if mount.kind.starts_with("nfs") {
        return nfs_activity(&read::text(&proc.join("self/mountstats"), TABLE).ok()?, &mount.point);
    }
    if !mount.source.starts_with("/dev") {
        return None;
    }
    let text = read::text(&proc.join("diskstats"), 1 << 20).ok()?;
    // glibc's numbering: 12 bits of the major number at bit 8, the rest of the minor above.
    let major = ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff);
    let minor = (device & 0xff) | ((device >> 12) & !0xff);
    let name = mount.source.file_name().map(|name| name.to_string_lossy().into_owned());
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

    fn table() -> Filesystems {
        let text = b"/dev/sda1 / ext4 rw,relatime 0 0\n\
            tmpfs /mnt/with\\040blank tmpfs rw 0 0\n\
            server:/export /srv nfs4 rw 0 0\n\
            /dev/sdb1 /data xfs rw 0 0\n\
            overlay /data overlay ro 0 0\nhfs /hfs hfs rw 0 0\n";
        Filesystems { table: parse_table(text), ..Filesystems::default() }
    }

    fn kind(name: &str) -> Option<String> {
        table().find(OsStr::new(name)).map(|mount| mount.kind.to_string())
    }

    #[test]
    fn found_by_point_device_and_source() {
        assert_eq!(kind("/").as_deref(), Some("ext4"));
        assert_eq!(kind("/dev/sdb1").as_deref(), Some("xfs"));
        assert_eq!(kind("/data/").as_deref(), Some("overlay"), "the top mount hides the lower one");
        assert_eq!(kind("/mnt/with blank").as_deref(), Some("tmpfs"));
        assert_eq!(kind("server:/export").as_deref(), Some("nfs4"));
        assert_eq!(kind("hfs").as_deref(), Some("hfs"));
        assert_eq!(kind("/usr"), None, "a folder inside a filesystem is none");
    }

    #[test]
    fn a_child_gives_the_same_answer() {
        let direct = measure(Path::new("/proc")).unwrap();
        let mut filesystems = Filesystems::default();
        let now = Instant::now();
        let answer = loop {
            if let Some(sizes) = filesystems.ask_by_child(Path::new("/proc"), now).unwrap() {
                break sizes;
            }
            std::thread::yield_now();
        };
        assert_eq!(
            (answer.space[0], answer.mode, answer.device),
            (direct.space[0], direct.mode, direct.device)
        );
    }

    #[test]
    fn a_filesystem_that_hangs_is_given_up_and_not_asked_twice() {
        let mut filesystems = Filesystems::default();
        let now = Instant::now();
        let child = run_in_child(|_| std::thread::sleep(Duration::from_secs(60))).unwrap();
        filesystems.asking.push(Asking {
            point: "/hung".into(),
            child,
            said: Vec::new(),
            deadline: now + PATIENCE,
            given_up: false,
        });
        assert_eq!(filesystems.ask_by_child(Path::new("/hung"), now), Ok(None));
        let late = filesystems.ask_by_child(Path::new("/hung"), now + PATIENCE);
        assert!(late.unwrap_err().contains("no answer within 5 s"));
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
