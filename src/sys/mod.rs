//! The only place with `unsafe`: system calls that neither std nor nix offers safely, and the few that want an
//! owner (locks, sockets, forks).
//!
//! Every function here is safe to call, returns `io::Result` where it can fail, and owns its resources. What a
//! result means for the monitor is decided elsewhere.
#![allow(unsafe_code)]

pub mod allocator;
pub mod board;
pub mod clock;
pub mod code_pages;
pub mod crypt;
pub mod daemonise;
pub mod file;
pub mod fork;
pub mod host;
mod library;
pub mod limits;
pub mod localtime;
pub mod orphans;
pub mod pam;
pub mod pidfd;
pub mod poll;
pub mod process;
pub mod random;
pub mod regcomp;
pub mod socket;
pub mod spawn;
pub mod statvfs;
pub mod terminal;
pub mod threads;
pub mod trusted;
pub mod user;

use std::ffi::CStr;
use std::io;

/// Turns the C convention (-1 and `errno`) into a result.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The text of an error as C programs print it, strerror(3). Log lines and alerts that scripts compare with Monit's use
/// this.
pub fn error_text(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), errno_text)
}

fn errno_text(errno: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is writable and as long as said; what is written into it is terminated.
    unsafe { libc::strerror_r(errno, buffer.as_mut_ptr().cast(), buffer.len()) };
    CStr::from_bytes_until_nul(&buffer).unwrap_or_default().to_string_lossy().into_owned()
}

/// The resolver's words about a name that leads nowhere, without those that std puts in front of them.
pub fn resolver_text(error: &io::Error) -> String {
    let text = error_text(error);
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

/// A private folder for a test, removed with everything in it when dropped.
#[cfg(test)]
pub(crate) struct Scratch(std::path::PathBuf);

#[cfg(test)]
impl Scratch {
    pub(crate) fn new() -> Scratch {
        let mut random = [0u8; 8];
        random::fill(&mut random).unwrap();
        let name = format!("monit-rs-{}-{:016x}", std::process::id(), u64::from_ne_bytes(random));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn make_executable(path: &std::path::Path) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[cfg(test)]
impl std::ops::Deref for Scratch {
    type Target = std::path::Path;

    fn deref(&self) -> &std::path::Path {
        &self.0
    }
}

#[cfg(test)]
impl AsRef<std::path::Path> for Scratch {
    fn as_ref(&self) -> &std::path::Path {
        &self.0
    }
}

#[cfg(test)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
