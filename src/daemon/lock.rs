//! That only one daemon runs for a pid file: a lock no other user can take, and a name nobody can delete.
//!
//! Two things are held as long as the daemon lives, because each of them can be missing. The lock is on `PIDFILE.lock`,
//! which only our user can open, so that nobody else's lock is ever taken for a daemon's; but a file can be deleted, and
//! a full disk has no room for it. The name is an abstract unix socket (unix(7)) made of our user, the folder and the
//! name of the pid file; it needs no disk and cannot be deleted, but another user can hold it before us. Then it does
//! not count: the kernel says whose it is.

use crate::sys;
use crate::sys::socket::{PeerCredentials, abstract_peer, hold_abstract, listen_on};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a file that was removed under our hands is made again. Some filesystems never say twice the same about a
/// file; without a bound the loop would stop there.
const ATTEMPTS: u32 = 16;

/// How long a daemon that is being started may take to say which process it is.
const STARTING: Duration = Duration::from_secs(1);

/// What a daemon holds for its pid file.
#[derive(Debug)]
pub struct Lock {
    file: Option<File>,
    name: Option<(Vec<u8>, UnixListener)>,
}

/// Why it could not be taken.
#[derive(Debug)]
pub enum Refusal {
    /// Another daemon holds it; its process where it is known.
    Running(Option<i32>),
    /// It cannot be made.
    Failed(io::Error),
}

impl Lock {
    /// Takes the lock of this pid file.
    ///
    /// A disk without room for the file is no reason not to run, least of all for a monitor: then the name alone holds
    /// others off.
    pub fn take(pidfile: &Path) -> Result<Lock, Refusal> {
        let name = take_name(pidfile)?;
        let file = match take_file(&path(pidfile)) {
            Ok(file) => Some(file),
            Err(Refusal::Running(_)) => return Err(Refusal::Running(holder_of_name(pidfile))),
            Err(Refusal::Failed(error)) if is_missing(&error) => return Err(Refusal::Failed(error)),
            Err(Refusal::Failed(error)) if name.is_none() && !is_of_the_disk(&error) => {
                return Err(Refusal::Failed(error));
            }
            Err(Refusal::Failed(_)) => None,
        };
        if name.is_none() && file.is_none() {
            let patience = Instant::now() + STARTING;
            while Instant::now() < patience {
                if let Some(pid) = holder_of_name(pidfile) {
                    return Err(Refusal::Running(Some(pid)));
                }
                std::thread::sleep(STARTING / 20);
            }
        }
        Ok(Lock { file, name })
    }

    /// Has the kernel name this process as the holder. Not before it is the daemon: whoever is named gets its signals.
    pub fn settle(&self) {
        if let Some((_, socket)) = &self.name {
            // Without it the control socket still tells.
            let _ = listen_on(socket);
        }
    }

    /// Takes again what has been lost of the lock of this pid file: the file was removed or could not be made, its folder is another one now.
    ///
    /// # Errors
    /// Another daemon has it; or the file cannot be made.
    pub fn renew(&mut self, pidfile: &Path) -> Result<(), Refusal> {
        if let Some((_, socket)) = &self.name {
            // Whoever has asked who we are waits there.
            while socket.accept().is_ok() {}
        }
        let current = name(pidfile);
        if current.is_some() && current.as_ref() != self.name.as_ref().map(|(name, _)| name) {
            self.name = take_name(pidfile)?;
            self.settle();
        }
        let path = path(pidfile);
        if self.file.as_ref().is_some_and(|file| same_file(file, &path)) {
            return Ok(());
        }
        self.file = Some(take_file(&path)?);
        Ok(())
    }

    /// Removes the file, if it is still ours, and lets go.
    pub fn release(self, pidfile: &Path) {
        let path = path(pidfile);
        if self.file.as_ref().is_some_and(|file| same_file(file, &path)) {
            // One that stays is found unlocked, and taken over by the next daemon.
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Whether a daemon of our user holds the lock of this pid file.
pub fn is_held(pidfile: &Path) -> bool {
    let file = sys::file::open_existing_nofollow(&path(pidfile));
    file.is_ok_and(|file| is_private(&file) && sys::file::is_locked(&file).unwrap_or(false))
}

/// The process of our user that holds the name, by the kernel's word.
pub fn holder_of_name(pidfile: &Path) -> Option<i32> {
    holder(&name(pidfile)?).map(|peer| peer.pid)
}

/// Whether the disk is to blame, which may be what the monitor is there to mend.
pub fn is_of_the_disk(error: &io::Error) -> bool {
    let trouble = [libc::ENOSPC, libc::EDQUOT, libc::EROFS, libc::EIO, libc::ESTALE];
    error.raw_os_error().is_some_and(|number| trouble.contains(&number))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// `monit.pid.lock`
fn path(pidfile: &Path) -> PathBuf {
    let mut name = pidfile.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn take_file(path: &Path) -> Result<File, Refusal> {
    for _ in 0..ATTEMPTS {
        let file = sys::file::open_nofollow(path, 0o600).map_err(Refusal::Failed)?;
        if !is_private(&file) {
            if !is_ours(&file) {
                return Err(Refusal::Failed(io::Error::other("its lock file belongs to somebody else")));
            }
            // Ours, but others could open it, and may hold a lock on it: it proves nothing.
            std::fs::remove_file(path).map_err(Refusal::Failed)?;
            continue;
        }
        if !sys::file::lock_exclusive(&file).map_err(Refusal::Failed)? {
            return Err(Refusal::Running(None));
        }
        // Between open and lock a daemon that ended may have removed the file: then the lock is on a file that nobody
        // else will ever find.
        if same_file(&file, path) {
            return Ok(file);
        }
    }
    Err(Refusal::Failed(io::Error::other("somebody keeps replacing it")))
}

fn is_ours(file: &File) -> bool {
    file.metadata().is_ok_and(|found| found.uid() == sys::process::own_uid())
}

/// Nobody but our user can have opened it.
fn is_private(file: &File) -> bool {
    is_ours(file) && file.metadata().is_ok_and(|found| found.mode() & 0o077 == 0 && found.nlink() <= 1)
}

fn take_name(pidfile: &Path) -> Result<Option<(Vec<u8>, UnixListener)>, Refusal> {
    let Some(name) = name(pidfile) else { return Ok(None) };
    match hold_abstract(&name) {
        Ok(socket) => Ok(Some((name, socket))),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => match holder(&name) {
            Some(peer) => Err(Refusal::Running(Some(peer.pid))),
            None => Ok(None),
        },
        // Some containers know no such sockets.
        Err(_) => Ok(None),
    }
}

/// Who holds the name, if it is our user.
fn holder(name: &[u8]) -> Option<PeerCredentials> {
    abstract_peer(name).ok().filter(|peer| peer.uid == sys::process::own_uid())
}

/// Of our user, the folder as the kernel knows it (containers share names, not folders) and the name in it.
fn name(pidfile: &Path) -> Option<Vec<u8>> {
    /// A name has at most 107 bytes.
    const MOST: usize = 50;
    let folder = std::fs::metadata(pidfile.parent()?).ok()?;
    let file = pidfile.file_name()?.as_bytes();
    let uid = sys::process::own_uid();
    let mut name = format!("monit-rs/{uid}/{:x}:{:x}/", folder.dev(), folder.ino()).into_bytes();
    name.extend_from_slice(file.get(..MOST).unwrap_or(file));
    Some(name)
}

fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => ours.dev() == there.dev() && ours.ino() == there.ino(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn running(taken: Result<Lock, Refusal>) -> bool {
        matches!(taken, Err(Refusal::Running(_)))
    }

    #[test]
    fn one_daemon_holds_it_whatever_is_deleted() {
        let folder = sys::Scratch::new();
        let pidfile = folder.join("m.pid");
        let mut first = Lock::take(&pidfile).unwrap();
        assert!(is_held(&pidfile));
        assert_eq!(holder_of_name(&pidfile), None, "not yet");
        first.settle();
        assert_eq!(holder_of_name(&pidfile), Some(std::process::id() as i32));
        assert!(running(Lock::take(&pidfile)));
        std::fs::remove_file(path(&pidfile)).unwrap();
        assert!(!is_held(&pidfile));
        assert!(running(Lock::take(&pidfile)), "the name holds");
        first.renew(&pidfile).unwrap();
        assert!(is_held(&pidfile));
        first.release(&pidfile);
        assert!(!path(&pidfile).exists());
        Lock::take(&pidfile).unwrap().release(&pidfile);
    }

    #[test]
    fn the_file_alone_holds_where_there_is_no_name() {
        let folder = sys::Scratch::new();
        let pidfile = folder.join("m.pid");
        let mut first = Lock::take(&pidfile).unwrap();
        first.name = None;
        assert!(running(Lock::take(&pidfile)));
        first.release(&pidfile);
    }

    #[test]
    fn a_file_that_others_could_open_is_made_anew() {
        let folder = sys::Scratch::new();
        let pidfile = folder.join("m.pid");
        std::fs::write(path(&pidfile), "").unwrap();
        std::fs::set_permissions(path(&pidfile), std::fs::Permissions::from_mode(0o644)).unwrap();
        let stranger = File::open(path(&pidfile)).unwrap();
        let lock = Lock::take(&pidfile).unwrap();
        assert!(!same_file(&stranger, &path(&pidfile)));
        assert_eq!(std::fs::metadata(path(&pidfile)).unwrap().mode() & 0o777, 0o600);
        lock.release(&pidfile);
    }

    #[test]
    fn another_folder_of_the_same_name_is_another_place() {
        let folder = sys::Scratch::new();
        let run = folder.join("run");
        std::fs::create_dir(&run).unwrap();
        let pidfile = run.join("m.pid");
        let mut first = Lock::take(&pidfile).unwrap();
        std::fs::rename(&run, folder.join("old")).unwrap();
        assert!(matches!(first.renew(&pidfile), Err(Refusal::Failed(_))), "no folder");
        std::fs::create_dir(&run).unwrap();
        let second = Lock::take(&pidfile).unwrap();
        second.settle();
        assert!(matches!(first.renew(&pidfile), Err(Refusal::Running(_))));
        first.release(&pidfile);
        assert!(path(&pidfile).exists(), "the second one's");
        second.release(&pidfile);
    }
}
