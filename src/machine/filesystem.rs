//! Mounted filesystems: the mount table, sizes, and what the device below does.
//!
//! Which of them may not answer for ever, and how those are asked, is known to whoever calls.

use super::facts::{FilesystemAnswer, FilesystemFacts};
use super::mount_activity::activity;
use super::mounts::{is_remote, unescape};
use super::no_fact::{Fact, NoFact, means_absent};
use super::question::Sizes;
use super::read;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// When a filesystem that was asked is looked at again, should nobody be woken by its answer.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
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

/// The mounted filesystems.
#[derive(Debug, Default)]
pub struct Filesystems {
    table: Vec<Mount>,
    read_at: Option<Instant>,
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
    fn find(&self, name: &OsStr) -> Fact<&Mount> {
        // Paths compare by component: a slash at the end does not matter.
        let name = Path::new(name);
        // A device by another name (/dev/disk/by-uuid/…), a mount point by a link to it.
        if let Some(mount) = self.exactly(name) {
            return Ok(mount);
        }
        self.exactly(&self.resolve(name)?).ok_or(NoFact::Absent)
    }

    /// By the names in the table. A source that is mounted more than once is its first mount: bind mounts made
    /// later must not change what is said of a device.
    fn exactly(&self, name: &Path) -> Option<&Mount> {
        let by_point = self.table.iter().rev().find(|mount| mount.point == name);
        by_point.or_else(|| self.table.iter().find(|mount| mount.source == name))
    }

    /// The path without links, `.` and `..`. What lies in a filesystem that may hang is not looked at.
    fn resolve(&self, name: &Path) -> Fact<PathBuf> {
        if !name.is_absolute() {
            return Err(NoFact::Absent);
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
            if inside.is_some_and(|mount| is_remote(&mount.kind)) {
                return Err(NoFact::Absent);
            }
            real.push(&step);
            if self.table.iter().any(|mount| mount.point == real) {
                continue;
            }
            let target = match fs::read_link(&real) {
                Ok(target) => target,
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) || means_absent(&error) => continue,
                Err(error) => return Err(error.into()),
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::from_raw_os_error(libc::ELOOP).into());
            }
            real.pop();
            if target.is_absolute() {
                real = PathBuf::from("/");
            }
            left.append(&mut steps(&target));
        }
        Ok(real)
    }

    /// Answers, or says when to look again. `sizes` measures what is mounted at a point; `WouldBlock` if the answer
    /// is still to come.
    pub(super) fn ask(
        &mut self,
        proc: &Path,
        name: &OsStr,
        now: Instant,
        sizes: impl FnOnce(&Path) -> io::Result<Sizes>,
    ) -> FilesystemAnswer {
        if self.read_at != Some(now) {
            let mut text = Vec::new();
            if let Err(error) = read::into(&proc.join("self/mounts"), &mut text, TABLE) {
                return FilesystemAnswer::Failed(format!("mount table: {}", read::error_text(&error)));
            }
            self.table = parse_table(&text);
            if self.table.is_empty() || text.len() == TABLE {
                return FilesystemAnswer::Failed("mount table: unexpected content".into());
            }
            self.read_at = Some(now);
            self.table.shrink_to_fit();
        }
        let mount = match self.find(name) {
            Ok(mount) => mount,
            Err(NoFact::Absent) => return FilesystemAnswer::NotMounted,
            Err(NoFact::Unreadable(reason)) => return FilesystemAnswer::Failed(reason.into()),
        };
        match sizes(&mount.point) {
            Ok(sizes) => FilesystemAnswer::Mounted(Box::new(facts(proc, mount, &sizes))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                FilesystemAnswer::Pending(now + LOOK_AGAIN)
            }
            Err(error) => FilesystemAnswer::Failed(read::error_text(&error)),
        }
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
