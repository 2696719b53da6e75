//! Mounted filesystems: the mount table, sizes, and what the device below does.
//!
//! A local filesystem is asked directly. A remote one, one in user space, and one that was slow before may not
//! answer for ever: it is asked by a child with a deadline, and while that child hangs no other is sent.

use super::facts::{FilesystemAnswer, FilesystemFacts};
use super::mount_activity::activity;
use super::read;
use crate::sys::fork::{ChildTask, run_in_child};
use crate::sys::statvfs::statvfs;
use std::ffi::{OsStr, OsString};
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
/// As many symbolic links as the kernel follows in one path (path_resolution(7)).
const MOST_LINKS: u32 = 40;
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
        // A device by another name (/dev/disk/by-uuid/…), a mount point by a link to it.
        self.exactly(name).or_else(|| self.exactly(&self.resolve(name)?))
    }

    /// By the names in the table. A source that is mounted more than once is its first mount: bind mounts made
    /// later must not change what is said of a device.
    fn exactly(&self, name: &Path) -> Option<&Mount> {
        let by_point = self.table.iter().rev().find(|mount| mount.point == name);
        by_point.or_else(|| self.table.iter().find(|mount| mount.source == name))
    }

    /// The path without links, `.` and `..`. What lies in a filesystem that may hang is not looked at.
    fn resolve(&self, name: &Path) -> Option<PathBuf> {
        if !name.is_absolute() {
            return None;
        }
        let mut links = 0;
        let mut left: Vec<OsString> = steps(name);
        let mut real = PathBuf::from("/");
        while let Some(step) = left.pop() {
            if step == ".." {
                real.pop();
                continue;
            }
            let inside = self.table.iter().rev().filter(|mount| real.starts_with(&mount.point));
            let inside = inside.max_by_key(|mount| mount.point.components().count());
            if inside.is_some_and(|mount| self.may_hang(mount)) {
                return None;
            }
            real.push(&step);
            if self.table.iter().any(|mount| mount.point == real) {
                continue;
            }
            let Ok(target) = fs::read_link(&real) else { continue };
            links += 1;
            if links > MOST_LINKS {
                return None;
            }
            real.pop();
            if target.is_absolute() {
                real = PathBuf::from("/");
            }
            left.append(&mut steps(&target));
        }
        Some(real)
    }

    fn may_hang(&self, mount: &Mount) -> bool {
        is_remote(&mount.kind) || self.slow.contains(&mount.point)
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
        let sizes = if self.may_hang(&mount) {
            self.ask_by_child(&mount.point, now)
        } else {
            self.ask_at_once(&mount.point)
        };
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

/// The names in a path and `..`, the last one first.
fn steps(path: &Path) -> Vec<OsString> {
    use std::path::Component;
    let names = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    names.collect()
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
        activity: activity(proc, &mount.kind, &mount.source, &mount.point, sizes.device),
    }
}

#[cfg(test)]
#[path = "filesystem_tests.rs"]
mod tests;
