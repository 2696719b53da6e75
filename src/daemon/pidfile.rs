//! The pid file: the number of the daemon where tools look for it.
//!
//! The number is told, never believed. That a daemon runs is proved by its [`Lock`]; which process it is, by the kernel
//! ([`super::find`]).

use super::lock::{Lock, Refusal};
use crate::sys;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The pid file of this daemon, and the lock beside it until this is dropped.
#[derive(Debug)]
pub struct Pidfile {
    path: PathBuf,
    lock: Lock,
    /// Device and inode of the file that we have written.
    written: Option<(u64, u64)>,
}

/// What became of a pid file since it was last looked at.
#[derive(Debug)]
pub enum Look {
    /// It is there.
    There,
    /// It had gone and is there again.
    Restored,
    /// It has gone and cannot be written.
    Failed(io::Error),
    /// Another daemon has taken our place.
    Taken(Option<i32>),
}

impl Pidfile {
    /// Takes the lock. The number is written by [`Pidfile::write`], when the daemon has its final one.
    pub fn take(path: &Path) -> Result<Pidfile, Refusal> {
        if let Some(folder) = path.parent() {
            sys::trusted::check(folder).map_err(Refusal::Failed)?;
        }
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => {
                return Err(Refusal::Failed(io::Error::from_raw_os_error(libc::ELOOP)));
            }
            Ok(found) if !found.is_file() => {
                return Err(Refusal::Failed(io::Error::other("not a regular file")));
            }
            _ => {}
        }
        let lock = Lock::take(path)?;
        Ok(Pidfile { path: path.to_owned(), lock, written: None })
    }

    /// Writes our process id, mode 0644: into the file that is there if it is ours alone, which needs no room on the
    /// disk, else into a new one that takes its place. From now on the lock is known to be this process's.
    pub fn write(&mut self) -> io::Result<()> {
        self.lock.settle();
        let text = text();
        let file = match sys::file::open_writable_nofollow(&self.path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
            Err(error) => return Err(error),
        };
        let ours = |file: &std::fs::File| {
            file.metadata().is_ok_and(|found| found.uid() == sys::process::own_uid() && found.nlink() == 1)
        };
        match file.filter(ours) {
            Some(file) => {
                file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
                // First the number, then the length: at no moment is the file empty, or in need of new room.
                file.write_all_at(text.as_bytes(), 0)?;
                file.set_len(text.len() as u64)?;
            }
            None => sys::file::replace(&self.path, text.as_bytes(), 0o644)?,
        }
        self.written = identity(&self.path);
        Ok(())
    }

    /// Puts the file and the lock back if somebody has removed or replaced them.
    pub fn look(&mut self) -> Look {
        match self.lock.renew(&self.path) {
            Err(Refusal::Running(pid)) => return Look::Taken(pid),
            // The file below has the same trouble, and tells it.
            Ok(()) | Err(Refusal::Failed(_)) => {}
        }
        if self.written.is_some() && identity(&self.path) == self.written {
            return Look::There;
        }
        match self.write() {
            Ok(()) => Look::Restored,
            Err(error) => Look::Failed(error),
        }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, if it is still ours, and lets go of the lock.
    pub fn remove(self) {
        let there = self.written.is_some() && identity(&self.path) == self.written;
        if there && std::fs::read(&self.path).is_ok_and(|content| content == text().as_bytes()) {
            // The daemon is ending; a file that cannot be removed is stale from now on and harmless.
            let _ = std::fs::remove_file(&self.path);
        }
        self.lock.release(&self.path);
    }
}

fn text() -> String {
    format!("{}\n", sys::process::own_pid())
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{read_to_string, write};

    #[test]
    fn garbage_and_old_numbers_are_overwritten() {
        let folder = sys::Scratch::new();
        let path = folder.join("m.pid");
        write(&path, "garbage, and much longer than a pid is\n").unwrap();
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        assert_eq!(read_to_string(&path).unwrap(), text());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
        own.remove();
        assert!(!path.exists());
    }

    #[test]
    fn links_are_never_written_through() {
        let folder = sys::Scratch::new();
        let (path, victim) = (folder.join("m.pid"), folder.join("victim"));
        write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(matches!(Pidfile::take(&path), Err(Refusal::Failed(_))));
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&victim, &path).unwrap();
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        assert_eq!(read_to_string(&path).unwrap(), text());
        assert_eq!(read_to_string(&victim).unwrap(), "precious");
        own.remove();
    }

    #[test]
    fn a_removed_file_comes_back_and_a_strangers_stays() {
        let folder = sys::Scratch::new();
        let path = folder.join("m.pid");
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(own.look(), Look::Restored));
        assert!(matches!(own.look(), Look::There));
        assert_eq!(read_to_string(&path).unwrap(), text());
        std::fs::remove_file(&path).unwrap();
        write(&path, "1\n").unwrap();
        own.remove();
        assert_eq!(read_to_string(&path).unwrap(), "1\n");
    }
}
