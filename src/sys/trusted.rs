//! Opening files of ours without going where a stranger's link leads.
//!
//! Whoever may write a folder can put a link into it, and have root append to, read or replace a file elsewhere. So a
//! path is walked name by name, each folder held open, and a link is followed only where it lies in a folder that nobody
//! but root and our user can write. That holds for the last name and for those before it; what is walked cannot be
//! exchanged meanwhile.

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// As many links as the kernel follows.
const LINKS: usize = 40;

/// Where a path leads.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder, open for looking only.
    pub(super) folder: OwnedFd,
    /// The name in it.
    pub(super) name: OsString,
    /// The name is a link of the kernel's own making, which only it can follow (`/proc/self/fd/1`).
    magic: bool,
    /// Others can write the folder.
    shared: bool,
}

/// Opens a file to append to, making it with mode 0644 less the umask if it is not there, without ever waiting: a fifo
/// nobody reads is an error, a full one refuses bytes.
///
/// # Errors
/// The usual ones, and [`io::ErrorKind::PermissionDenied`] for a link that others could have made.
pub fn open_append(path: &Path) -> io::Result<File> {
    let place = find(path, true)?;
    let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT;
    let file = place.open(flags, 0o644)?;
    place.refuse_second_name(&fstat(&file)?, path)?;
    Ok(file)
}

/// Opens a regular file that we have written to read it. In a folder that others can write it must belong to us or root.
///
/// # Errors
/// As for [`open_append`].
pub fn open_own(path: &Path) -> io::Result<File> {
    let place = find(path, true)?;
    let file = place.open(OFlag::O_RDONLY, 0)?;
    place.refuse_unless_own(&fstat(&file)?, path)?;
    Ok(file)
}

/// Opens a regular file of ours to read and write at any place, making it with mode 0600 if it is not there. Its content is
/// left alone.
///
/// # Errors
/// As for [`open_append`]; in a folder that others can write it must belong to us or root.
pub fn open_kept(path: &Path) -> io::Result<File> {
    let place = find(path, false)?;
    let file = place.open(OFlag::O_RDWR | OFlag::O_CREAT, 0o600)?;
    place.refuse_unless_own(&fstat(&file)?, path)?;
    Ok(file)
}

/// Whether no link on the way to `path`, itself included, could have been made by others. What does not exist is none.
///
/// # Errors
/// The link, in words for people. Other troubles are left to whoever opens it.
pub fn check(path: &Path) -> io::Result<()> {
    match find(path, true) {
        Err(error) if error.get_ref().is_some() => Err(error),
        _ => Ok(()),
    }
}

/// The place of `path`. `follow`: where it is a link itself, the place that it leads to.
pub(super) fn find(path: &Path, follow: bool) -> io::Result<Place> {
    let looking = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let begin = |name: &Path| {
        let start = if name.is_absolute() { "/" } else { "." };
        openat(AT_FDCWD, start, looking, Mode::empty())
    };
    let names = |path: &Path| -> Vec<OsString> {
        let names = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
        names
            .filter(|name| !name.is_empty() && *name != b".")
            .map(|name| OsStr::from_bytes(name).into())
            .collect()
    };
    let mut folder = begin(path)?;
    let mut walked = PathBuf::from(if path.is_absolute() { "/" } else { "" });
    let mut ahead: VecDeque<OsString> = names(path).into();
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        let last = ahead.is_empty();
        let found = match fstatat(&folder, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(found) => Some(found),
            Err(Errno::ENOENT) if last => None,
            Err(error) => return Err(error.into()),
        };
        let is_link = found.as_ref().is_some_and(|found| kind(found) == SFlag::S_IFLNK);
        if last && (!is_link || !follow) && name != ".." {
            let shared = is_shared(&folder)?;
            return Ok(Place { folder, name, magic: false, shared });
        }
        if !is_link {
            folder = openat(&folder, name.as_os_str(), looking | OFlag::O_NOFOLLOW, Mode::empty())?;
            walked.push(name);
            continue;
        }
        links += 1;
        if links > LINKS {
            return Err(Errno::ELOOP.into());
        }
        if is_shared(&folder)? {
            let link = walked.join(&name);
            return Err(refusal(format!("'{}' is a link in a folder that others can write", link.display())));
        }
        if is_proc(&folder) {
            if last {
                return Ok(Place { folder, name, magic: true, shared: false });
            }
            folder = openat(&folder, name.as_os_str(), looking, Mode::empty())?;
            walked.push(name);
            continue;
        }
        let target = PathBuf::from(readlinkat(&folder, name.as_os_str())?);
        if target.is_absolute() {
            folder = begin(&target)?;
            walked = PathBuf::from("/");
        }
        for name in names(&target).into_iter().rev() {
            ahead.push_front(name);
        }
    }
    Err(Errno::EISDIR.into())
}

impl Place {
    /// Opens what is there, never through a link that was put there meanwhile, and never waiting.
    pub(super) fn open(&self, flags: OFlag, mode: u32) -> io::Result<File> {
        let no_link = if self.magic { OFlag::empty() } else { OFlag::O_NOFOLLOW };
        let flags = flags | no_link | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let mode = Mode::from_bits_truncate(mode as libc::mode_t);
        Ok(File::from(openat(&self.folder, self.name.as_os_str(), flags, mode)?))
    }

    /// What is there; a link is not followed.
    pub(super) fn stat(&self) -> io::Result<FileStat> {
        Ok(fstatat(&self.folder, self.name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// Only a regular file that no stranger has put there.
    fn refuse_unless_own(&self, found: &FileStat, path: &Path) -> io::Result<()> {
        if kind(found) != SFlag::S_IFREG {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        self.refuse_second_name(found, path)?;
        if self.shared && !is_trusted(found.st_uid) {
            return Err(refusal(format!(
                "'{}' belongs to somebody else, in a folder that others can write",
                path.display()
            )));
        }
        Ok(())
    }

    /// A hard link is as good as a symbolic one to whoever wants us to write elsewhere.
    fn refuse_second_name(&self, found: &FileStat, path: &Path) -> io::Result<()> {
        if self.shared && kind(found) == SFlag::S_IFREG && found.st_nlink > 1 {
            return Err(refusal(format!(
                "'{}' has a second name (hard link), and others can write its folder",
                path.display()
            )));
        }
        Ok(())
    }
}

fn refusal(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

pub(super) fn kind(found: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT
}

fn is_trusted(user: u32) -> bool {
    user == 0 || user == super::process::own_uid()
}

/// Whether anybody but root and our user can put something into the folder. An access list shows in the group's bits.
fn is_shared(folder: impl AsFd) -> io::Result<bool> {
    let found = fstat(folder)?;
    Ok(!is_trusted(found.st_uid) || found.st_mode & 0o022 != 0)
}

fn is_proc(folder: impl AsFd) -> bool {
    nix::sys::statfs::fstatfs(folder)
        .is_ok_and(|found| found.filesystem_type() == nix::sys::statfs::PROC_SUPER_MAGIC)
}

#[cfg(test)]
#[path = "trusted_tests.rs"]
mod tests;
