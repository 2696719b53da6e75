//! Which paths stand on a mount that may never answer: remote ones, those in user space, automatic ones, and those
//! that were slow a short time ago. Such paths are asked by a child ([`super::asking`]).
//!
//! The table of mounts is read again when the kernel says that it has changed, which costs nothing as long as it has
//! not. On a machine without doubtful mounts nothing is kept of it, and no path is looked into.

use super::no_fact::means_absent;
use super::read;
use crate::sys::statvfs;
use nix::sys::stat::{major, minor};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

/// The mount table is read up to here.
const TABLE: usize = 4 << 20;
/// How long a mount is doubtful after it was slow.
const SLOW_FOR: Duration = Duration::from_secs(600);
/// A number that the kernel gives to no mount.
const NO_MOUNT: u32 = 0;
/// Symbolic links followed in one path, as the kernel does.
const LINKS: u32 = 40;

/// One mount and no other, as long as it is mounted. The number alone is given to another when it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MountId {
    number: u32,
    device: (u32, u32),
}

/// A mount of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    id: MountId,
    /// The mount it is mounted on.
    parent: u32,
    point: Box<Path>,
    doubtful: bool,
}

/// The mounts that matter for the question.
#[derive(Debug, Default)]
pub struct Mounts {
    /// `/proc/self/mountinfo`, open: the kernel reports a change on it.
    watch: Option<File>,
    known: bool,
    /// In the table's order: doubtful mounts, what they stand on and what stands on them; empty without doubtful ones.
    list: Vec<Mount>,
    /// Mounts that were slow, and until when that counts.
    slow: Vec<(MountId, Instant)>,
}

/// May asking this kind of filesystem wait for something outside of this machine's kernel?
pub(super) fn is_remote(kind: &str) -> bool {
    const KINDS: [&str; 19] = [
        "nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "coda", "lustre", "gpfs", "gfs",
        "gfs2", "ocfs2", "beegfs", "virtiofs", "fuse", "fuseblk",
    ];
    KINDS.contains(&kind) || kind.starts_with("fuse.") || kind.starts_with("glusterfs")
}

/// `\040` and the like stand for blanks in the mount table.
pub(super) fn unescape(field: &[u8]) -> Vec<u8> {
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

/// One line of `/proc/PID/mountinfo` (proc(5)).
fn parse_line(line: &[u8]) -> Option<Mount> {
    let text = |field: &[u8]| std::str::from_utf8(field).ok().map(str::to_owned);
    let mut fields = line.split(|byte| *byte == b' ');
    let number = text(fields.next()?)?.parse().ok()?;
    let parent = text(fields.next()?)?.parse().ok()?;
    let device = text(fields.next()?)?;
    let (major, minor) = device.split_once(':')?;
    let device = (major.parse().ok()?, minor.parse().ok()?);
    let _root = fields.next()?;
    let point = PathBuf::from(OsString::from_vec(unescape(fields.next()?)));
    let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
    let kind = String::from_utf8_lossy(kind);
    // An automatic mount waits for whoever mounts it. Those of the kernel's own trees are nobody's data.
    let automatic = kind == "autofs" && !["/proc", "/sys", "/dev"].iter().any(|own| point.starts_with(own));
    let doubtful = is_remote(&kind) || automatic;
    Some(Mount { id: MountId { number, device }, parent, point: point.into(), doubtful })
}

/// Which of the mounts are worth keeping: where a path ends up on none of these, it is not in doubt.
fn keep_relevant(mounts: &mut Vec<Mount>) {
    let mut parents: Vec<(u32, u32, bool)> =
        mounts.iter().map(|mount| (mount.id.number, mount.parent, mount.doubtful)).collect();
    parents.sort_unstable();
    let find = |number: u32| {
        let at = parents.binary_search_by_key(&number, |(number, ..)| *number).ok()?;
        parents.get(at).copied()
    };
    // A table that was changed while it was read may have loops.
    let chain = |from: u32| {
        std::iter::successors(find(from), |(number, parent, _)| {
            find(*parent).filter(|next| next.0 != *number)
        })
        .take(64)
    };
    let below: Vec<u32> = mounts
        .iter()
        .filter(|mount| mount.doubtful)
        .flat_map(|mount| chain(mount.id.number).map(|(number, ..)| number))
        .collect();
    mounts.retain(|mount| {
        below.contains(&mount.id.number) || chain(mount.id.number).any(|(.., doubtful)| doubtful)
    });
    mounts.shrink_to_fit();
}

/// In a plain chroot the root is no mount point, so the table does not name what it stands on: something must.
fn stand_on_root(list: &mut Vec<Mount>) {
    let root = Path::new("/");
    if list.iter().any(|mount| &*mount.point == root) {
        return;
    }
    let device = fs::metadata(root).map_or(0, |facts| facts.dev());
    let device = (major(device) as u32, minor(device) as u32);
    let numbers: Vec<u32> = list.iter().map(|mount| mount.id.number).collect();
    for mount in list.iter_mut().filter(|mount| !numbers.contains(&mount.parent)) {
        mount.parent = NO_MOUNT;
    }
    let id = MountId { number: NO_MOUNT, device };
    list.push(Mount { id, parent: NO_MOUNT, point: root.into(), doubtful: statvfs::is_remote(root) });
}

impl Mounts {
    /// Where the kernel reports that the table has changed, as an error condition of poll(2).
    pub fn descriptor(&self) -> Option<RawFd> {
        self.watch.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// The table has changed.
    pub fn changed(&mut self) {
        self.known = false;
    }

    /// Is it known that no mount is in doubt, and that this stays so until the table changes?
    pub fn all_answer(&self) -> bool {
        self.known && self.list.is_empty() && self.slow.is_empty()
    }

    /// The doubtful mount on which `path` stands, or through which a symbolic link on the way leads. No doubtful
    /// mount is touched to find out.
    pub fn doubt(&mut self, proc: &Path, path: &Path, now: Instant) -> Option<MountId> {
        if self.slow.iter().any(|(_, until)| now >= *until) {
            self.slow.retain(|(_, until)| now < *until);
            self.known = false;
        }
        if !self.known {
            // A table that cannot be read now says nothing: what was known still holds, and the next path asks again.
            if let Some(list) = self.read(proc) {
                self.list = list;
                keep_relevant(&mut self.list);
                // Without somebody to tell of changes it is never known for long.
                self.known = self.watch.is_some();
            }
        }
        if self.list.is_empty() {
            return None;
        }
        follow(&self.list, path).filter(|mount| mount.doubtful).map(|mount| mount.id)
    }

    /// An operation on `path` took long.
    pub fn was_slow(&mut self, proc: &Path, path: &Path, now: Instant) {
        let all = self.read(proc).unwrap_or_default();
        if let Some(mount) = follow(&all, path) {
            self.still_slow(mount.id, now);
        }
    }

    /// This mount was slow.
    pub fn still_slow(&mut self, id: MountId, now: Instant) {
        match self.slow.iter_mut().find(|(known, _)| *known == id) {
            Some((_, until)) => *until = now + SLOW_FOR,
            None => {
                self.slow.push((id, now + SLOW_FOR));
                self.known = false;
            }
        }
    }

    fn read(&mut self, proc: &Path) -> Option<Vec<Mount>> {
        let path = proc.join("self/mountinfo");
        // Opened first: a change from now on is reported.
        if self.watch.is_none() {
            self.watch = File::open(&path).ok();
        }
        let mut text = Vec::new();
        match read::into(&path, &mut text, TABLE) {
            Ok(()) => {}
            // A machine that has no such table, as recorded ones.
            Err(error) if means_absent(&error) => return Some(Vec::new()),
            Err(_) => return None,
        }
        let mut list: Vec<Mount> = text.split(|byte| *byte == b'\n').filter_map(parse_line).collect();
        stand_on_root(&mut list);
        for mount in &mut list {
            mount.doubtful |= self.slow.iter().any(|(id, _)| *id == mount.id);
        }
        Some(list)
    }
}

/// The mount a path without links leads to, from the root down: of what is mounted in one place the mount that
/// stands on the one found so far.
fn visible<'a>(list: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let is_root = |mount: &&Mount| &*mount.point == Path::new("/");
    let on_nothing = |mount: &&Mount| {
        !list.iter().any(|other| other.id.number == mount.parent && other.id.number != mount.id.number)
    };
    let first = list.iter().rfind(|mount| is_root(mount) && on_nothing(mount));
    let mut at = first.or_else(|| list.iter().rfind(is_root))?;
    let mut depth = 0;
    // What stands on it, deeper in the path or in the same place.
    let next = |at: &Mount| {
        list.iter()
            .filter(|mount| mount.parent == at.id.number && mount.id != at.id)
            .filter(|mount| path.starts_with(&mount.point) && mount.point.starts_with(&at.point))
            .min_by_key(|mount| mount.point.as_os_str().len())
    };
    while let Some(mount) = next(at) {
        at = mount;
        depth += 1;
        if depth > list.len() {
            break;
        }
    }
    Some(at)
}

/// The first doubtful mount on the way to `path`, or the one where it ends. Links are read as long as they stand on
/// mounts that are not in doubt.
fn follow<'a>(list: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let mut links = 0;
    let mut at = PathBuf::from("/");
    let mut mount = visible(list, &at)?;
    let mut rest: VecDeque<OsString> = parts(path).collect();
    while let Some(part) = rest.pop_front() {
        if mount.doubtful {
            break;
        }
        if part == ".." {
            at.pop();
            mount = visible(list, &at)?;
            continue;
        }
        at.push(&part);
        mount = visible(list, &at)?;
        // A mount point is no link.
        if mount.doubtful || *mount.point == *at {
            continue;
        }
        let target = match fs::read_link(&at) {
            Ok(target) if links < LINKS => target,
            // Neither a link, or nothing: there is no way further through links.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => continue,
            _ => break,
        };
        links += 1;
        at.pop();
        if target.is_absolute() {
            at = PathBuf::from("/");
        }
        mount = visible(list, &at)?;
        for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
            rest.push_front(part);
        }
    }
    Some(mount)
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsStr::from_bytes(b"..").to_owned()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

#[cfg(test)]
#[path = "mounts_tests.rs"]
mod tests;
