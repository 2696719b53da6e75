//! Files of ours that others could tamper with: opened without following links, locked, replaced in one step.
//!
//! Errors are bare `io::Error`s; the caller, who knows what the file is for, adds the path.

use super::trusted::{self, Place};
#[cfg(not(target_env = "gnu"))]
use libc::{stat as RawStat, stat as raw_stat};
// Files beyond 2 GB where a number has 32 bits.
#[cfg(target_env = "gnu")]
use libc::{stat64 as RawStat, stat64 as raw_stat};
use nix::NixPath;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, PosixFadviseAdvice, fcntl, openat, renameat};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::ffi::{CStr, OsStr, OsString};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Opens (or creates with `mode`, less the umask) a regular file to read and write, never through a symbolic link
/// and never waiting for the other end of a fifo. Its content is left alone. For
/// the lock.
pub fn open_nofollow(path: &Path, mode: u32) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(mode)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    regular(file)
}

/// Opens an existing regular file to write, not through a symbolic link. Its content is left alone.
pub fn open_writable_nofollow(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    regular(file)
}

/// Opens an existing regular file to read, not through a symbolic link.
pub fn open_existing_nofollow(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    regular(file)
}

/// Opens a regular file to read, through links, and never waiting for the other end of a fifo. For watched files.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    regular(file)
}

/// A file that only we have, in memory that is not counted as ours, gone when it is closed. `name` is for people who look at
/// the descriptors of this process.
pub fn in_memory(name: &CStr) -> io::Result<File> {
    /// `MFD_NOEXEC_SEAL` of Linux 6.3: a host may insist on it, an older kernel does not know it.
    const NO_PROGRAM: MFdFlags = MFdFlags::from_bits_retain(8);
    let fd = memfd_create(name, MFdFlags::MFD_CLOEXEC | NO_PROGRAM);
    Ok(fd.or_else(|_| memfd_create(name, MFdFlags::MFD_CLOEXEC))?.into())
}

/// stat(2), links followed. What the standard library asks for beside it (the time of birth) costs another look into the
/// memory of the kernel for each file, and nobody wants it.
pub fn stat(path: &Path) -> io::Result<RawStat> {
    let mut found = MaybeUninit::<RawStat>::uninit();
    let result = path.with_nix_path(|path| {
        // SAFETY: `path` is a string that ends with a zero, and the other pointer is to room for what is asked for.
        unsafe { raw_stat(path.as_ptr(), found.as_mut_ptr()) }
    })?;
    super::check(result)?;
    // SAFETY: the call has succeeded, so all of it is filled in.
    Ok(unsafe { found.assume_init() })
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// Whether `path` is a character device such as `/dev/null`, itself or through links: files of ours that somebody
/// points there are not to be kept.
pub fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_char_device())
}

fn write_lock() -> libc::flock {
    // SAFETY: flock is integers only; zero means the whole file, and pid must be zero for these locks.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock
}

/// Takes the exclusive lock on the file, or returns `false` at once when somebody holds it.
///
/// The lock belongs to the open file (open file description lock, Linux 3.15): a daemon keeps it over fork, and it
/// ends when the last copy of the descriptor is closed, however the process ends. The file must be open for writing.
pub fn lock_exclusive(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&write_lock())) {
        Ok(_) => Ok(true),
        Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody holds the lock of [`lock_exclusive`] on this file, without disturbing it. Asking through the very
/// descriptor that holds the lock says `false`.
pub fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = write_lock();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(lock.l_type != libc::F_UNLCK as libc::c_short)
}

/// One write(2) of as much of `bytes` as fits; the count written is returned. `EINTR` is retried.
pub fn write_once(fd: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match nix::unistd::write(fd.as_fd(), bytes) {
            Err(nix::errno::Errno::EINTR) => continue,
            result => return Ok(result?),
        }
    }
}

/// Fills `buffer` from `offset` as far as the file goes, if that does not wait for a disk; else [`io::ErrorKind::WouldBlock`],
/// and the kernel is asked to fetch it. Where the kernel or the filesystem cannot tell, it is read in any case. Returns the
/// bytes read; fewer than asked for at the end of the file, or where the rest is not there yet.
pub fn read_cached(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // The kernel takes the offset in two halves, each as wide as a register; a 64 bit kernel ignores the second.
    let (low, high) = (offset as libc::c_ulong, (offset >> 32) as libc::c_ulong);
    // SAFETY: the one part describes `buffer`, which nobody else uses meanwhile; the kernel writes at most its length.
    let read = unsafe {
        let flags = libc::c_long::from(libc::RWF_NOWAIT);
        libc::syscall(
            libc::SYS_preadv2,
            file.as_raw_fd(),
            &raw const part,
            1 as libc::c_long,
            low,
            high,
            flags,
        )
    };
    if let Ok(read) = usize::try_from(read) {
        return Ok(read);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN) => {
            let (from, length) = (offset as libc::off_t, buffer.len() as libc::off_t);
            let _ = nix::fcntl::posix_fadvise(file, from, length, PosixFadviseAdvice::POSIX_FADV_WILLNEED);
            Err(io::ErrorKind::WouldBlock.into())
        }
        Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::EPERM) => file.read_at(buffer, offset),
        _ => Err(error),
    }
}

/// Replaces the content of `path` in one step: after a crash at any moment there is the old file or the new one,
/// whole. The new file has exactly the permission bits `mode`; a link at `path` is replaced, not followed. What is neither
/// a regular file nor a link stays: a file in the place of `/dev/null` would ruin the whole machine.
///
/// Written to `.NAME.new` beside it, synced, renamed, and the folder synced.
pub fn write_atomic(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    put_in_place(path, content, mode, true)?;
    sync_folder(path)
}

/// As [`write_atomic`], but waits for no disk: whole after a crash of this process at any moment, and after a crash of
/// the machine once [`sync`] has ended.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    put_in_place(path, content, mode, false)
}

/// Brings a file and its name to the disk. May take as long as the disk likes: for a helper.
pub fn sync(path: &Path) -> io::Result<()> {
    open_regular(path)?.sync_all()?;
    sync_folder(path)
}

/// Removes the file at `path`, and what a [`Replacement`] for it has left that was ended on its way. What is neither a regular
/// file nor a link stays; what is not there is fine.
pub fn discard(path: &Path) -> io::Result<()> {
    let place = trusted::find(path, false)?;
    let replaceable = [SFlag::S_IFREG, SFlag::S_IFLNK];
    if place.stat().is_ok_and(|found| !replaceable.contains(&trusted::kind(&found))) {
        return Err(not_regular());
    }
    for name in [beside(&place.name), place.name] {
        match unlinkat(&place.folder, name.as_os_str(), UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn put_in_place(path: &Path, content: &[u8], mode: u32, sync: bool) -> io::Result<()> {
    let mut new = Replacement::begin(path, mode)?;
    new.write(content)?;
    if sync {
        new.file.sync_all()?;
    }
    new.finish().map(drop)
}

/// A file that is to take the place of another in one step, on its way: written beside it, piece by piece. Dropped
/// before its end it leaves nothing behind. No link that others could have made leads it into another folder.
#[derive(Debug)]
pub struct Replacement {
    file: File,
    place: Place,
    temporary: OsString,
    in_place: bool,
}

impl Replacement {
    /// Begins an empty file for the place of `path`, as [`write_atomic`] does.
    pub fn begin(path: &Path, mode: u32) -> io::Result<Replacement> {
        if path.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
        }
        let place = trusted::find(path, false)?;
        let temporary = beside(&place.name);
        let replaceable = [SFlag::S_IFREG, SFlag::S_IFLNK];
        if place.stat().is_ok_and(|found| !replaceable.contains(&trusted::kind(&found))) {
            return Err(not_regular());
        }
        match unlinkat(&place.folder, temporary.as_os_str(), UnlinkatFlags::NoRemoveDir) {
            Err(error) if error != Errno::ENOENT => return Err(error.into()),
            _ => {}
        }
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = openat(&place.folder, temporary.as_os_str(), flags, Mode::from_bits_truncate(0o600))?;
        let new = Replacement { file: File::from(file), place, temporary, in_place: false };
        new.file.set_permissions(Permissions::from_mode(mode))?;
        Ok(new)
    }

    /// Adds to it.
    pub fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)
    }

    /// Puts it in its place, and says what it is known by: device and inode.
    pub fn finish(mut self) -> io::Result<(u64, u64)> {
        let found = self.file.metadata()?;
        let folder = &self.place.folder;
        renameat(folder, self.temporary.as_os_str(), folder, self.place.name.as_os_str())?;
        self.in_place = true;
        Ok((found.dev(), found.ino()))
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.in_place {
            let _ = unlinkat(&self.place.folder, self.temporary.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// Adds `content` to the end of the regular file at `path`, if that is still the file known by `identity` (device and
/// inode), is `length` bytes long and ends with `tail`; `false`: it is another one now, and nothing was written. What can
/// be written in part only is taken back.
pub fn append(
    path: &Path,
    content: &[u8],
    identity: (u64, u64),
    length: u64,
    tail: &[u8],
) -> io::Result<bool> {
    let place = trusted::find(path, false)?;
    let mut file = match place.open(OFlag::O_RDWR | OFlag::O_APPEND, 0) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let found = file.metadata()?;
    if !found.is_file() || (found.dev(), found.ino()) != identity || found.len() != length {
        return Ok(false);
    }
    let mut end = vec![0; tail.len()];
    let begin = length.saturating_sub(tail.len() as u64);
    if file.read_exact_at(&mut end, begin).is_err() || end != tail {
        return Ok(false);
    }
    let written = file.write_all(content);
    if written.is_err() {
        let _ = file.set_len(length);
    }
    written.map(|()| true)
}

/// `.NAME.new`
fn beside(name: &OsStr) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".new");
    hidden
}

/// Makes a rename or removal of `path` durable. Some filesystems cannot sync a folder; there the content is safe and
/// only the name may be the old one after a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(folder)?.sync_all() {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
