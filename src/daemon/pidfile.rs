//! The pid file and its lock: whether a daemon runs, and that only one does.
//!
//! The number in the file is never believed by itself. The daemon holds a lock on the file as long as it lives, and
//! listens on the control socket beside it, so that a stale file, a recycled number or a deleted file cannot make
//! anybody signal a stranger or start a second daemon.

use crate::sys;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// How often a file that was removed under our hands is made again. Some filesystems never say twice the same about a
/// file; without a bound the loop would stop there.
const ATTEMPTS: u32 = 16;

/// The pid file of this daemon, locked until dropped.
#[derive(Debug)]
pub struct Pidfile {
    path: PathBuf,
    file: File,
}

/// Why the pid file could not be taken.
#[derive(Debug)]
pub enum Refusal {
    /// Another daemon holds it; its pid where it is known.
    Running(Option<i32>),
    /// It cannot be written.
    Failed(io::Error),
}

impl Pidfile {
    /// Creates and locks the file. The number is written by [`Pidfile::write`], when the daemon has its final one.
    pub fn take(path: &Path) -> Result<Pidfile, Refusal> {
        for _ in 0..ATTEMPTS {
            let file = sys::file::open_nofollow(path, 0o644).map_err(Refusal::Failed)?;
            if !sys::file::lock_exclusive(&file).map_err(Refusal::Failed)? {
                return Err(Refusal::Running(read_pid(file)));
            }
            // Between open and lock a daemon that ended may have removed the file: then the lock is on a file that
            // nobody else will ever find.
            if same_file(&file, path) {
                return Ok(Pidfile { path: path.to_owned(), file });
            }
        }
        Err(Refusal::Failed(io::Error::other("somebody keeps replacing it")))
    }

    /// Writes our process id.
    pub fn write(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(format!("{}\n", sys::process::own_pid()).as_bytes())
    }

    /// Puts the file back if somebody removed or replaced it. True: it had gone. A file that another daemon locks is
    /// left to it.
    pub fn restore(&mut self) -> io::Result<bool> {
        if same_file(&self.file, &self.path) {
            return Ok(false);
        }
        match Pidfile::take(&self.path) {
            Ok(mut fresh) => {
                fresh.write()?;
                *self = fresh;
                Ok(true)
            }
            Err(Refusal::Running(_)) => Err(io::Error::from(io::ErrorKind::AddrInUse)),
            Err(Refusal::Failed(error)) => Err(error),
        }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, if it is still ours, and lets go of the lock.
    pub fn remove(self) {
        if same_file(&self.file, &self.path) {
            // The daemon is ending; a file that cannot be removed is stale from now on and harmless.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => ours.dev() == there.dev() && ours.ino() == there.ino(),
        _ => false,
    }
}

/// The pid of the running daemon, if one runs for this pid file.
///
/// The lock decides; where the file has gone, the daemon behind the control socket, whose pid the kernel tells.
pub fn running(pidfile: &Path, socket: &Path) -> Option<i32> {
    let locked = sys::file::open_existing_nofollow(pidfile)
        .ok()
        .filter(|file| sys::file::is_locked(file).unwrap_or(false))
        .and_then(read_pid);
    if locked.is_some() {
        return locked;
    }
    let peer = nix::sys::socket::getsockopt(
        &UnixStream::connect(socket).ok()?,
        nix::sys::socket::sockopt::PeerCredentials,
    )
    .ok()?;
    // A stranger's socket under this name is not our daemon.
    (peer.uid() == 0 || peer.uid() == sys::process::own_uid()).then_some(peer.pid())
}

/// The pid in the file, if it is that of another make of monit, which knows no lock. Two monits on the same services
/// would fight over them, so ours must not start beside it.
pub fn other_monit(pidfile: &Path) -> Option<i32> {
    let pid = read_pid(sys::file::open_existing_nofollow(pidfile).ok()?)?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    if name.trim() != "monit" {
        return None;
    }
    // One of our own make would hold the lock; without it the number is a recycled one.
    let theirs = std::fs::metadata(format!("/proc/{pid}/exe")).ok()?;
    let ours = std::fs::metadata("/proc/self/exe").ok()?;
    ((theirs.dev(), theirs.ino()) != (ours.dev(), ours.ino())).then_some(pid)
}

fn read_pid(mut file: File) -> Option<i32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok().filter(|pid| *pid > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("monit-rs-pidfile-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_pid_counts_only_while_the_lock_is_held() {
        let dir = folder("lock");
        let (path, socket) = (dir.join("m.pid"), dir.join("m.ctl"));
        // A live process, but no daemon of ours.
        std::fs::write(&path, format!("{}\n", std::process::id())).unwrap();
        assert_eq!(running(&path, &socket), None);
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        assert_eq!(running(&path, &socket), Some(std::process::id() as i32));
        assert!(
            matches!(Pidfile::take(&path), Err(Refusal::Running(Some(pid))) if pid == std::process::id() as i32)
        );
        own.remove();
        assert!(!path.exists());
        assert_eq!(running(&path, &socket), None);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_link_is_never_written_through() {
        let dir = folder("link");
        std::fs::write(dir.join("victim"), "precious").unwrap();
        std::os::unix::fs::symlink(dir.join("victim"), dir.join("m.pid")).unwrap();
        assert!(matches!(Pidfile::take(&dir.join("m.pid")), Err(Refusal::Failed(_))));
        assert_eq!(std::fs::read_to_string(dir.join("victim")).unwrap(), "precious");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn garbage_and_old_numbers_are_overwritten() {
        let dir = folder("garbage");
        let path = dir.join("m.pid");
        std::fs::write(&path, "garbage, and much longer than a pid is\n").unwrap();
        assert_eq!(running(&path, &dir.join("m.ctl")), None);
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_removed_file_comes_back_and_the_socket_bridges_the_gap() {
        let dir = folder("gone");
        let (path, socket) = (dir.join("m.pid"), dir.join("m.ctl"));
        let mut own = Pidfile::take(&path).unwrap();
        own.write().unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(running(&path, &socket), Some(std::process::id() as i32));
        assert!(own.restore().unwrap());
        assert!(!own.restore().unwrap());
        std::fs::remove_file(&socket).unwrap();
        assert_eq!(running(&path, &socket), Some(std::process::id() as i32));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
