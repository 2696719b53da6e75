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
mod descriptors;
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
#[cfg(test)]
pub(crate) mod testing;
pub mod threads;
pub mod trusted;
pub mod user;

use std::ffi::CStr;
#[cfg(test)]
pub(crate) use testing::{Scratch, ran_alone, run_alone, skip, without_descriptors};

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
