//! What reading a control file asks of the world outside its text: files, names, users, programs. One trait, so that the
//! parser itself waits for nothing and touches nothing.
//!
//! * [`Live`] asks the world. At a start and for a command that stands in for the daemon.
//! * [`Brief`] leaves out what only the daemon needs. For a command that talks to one.
//! * [`Recorder`] asks the world and writes down each answer. In the helper that reads the control file for a reload: a
//!   name server or a mount that never answers stops it, and nobody else.
//! * [`Replay`] repeats what a recorder wrote down, in the same order. In the daemon, which then parses exactly what the
//!   helper has found good, and asks nobody.
//!
//! [`Incoming`] is how the answers travel from the helper to the daemon.

mod brief;
mod live;
mod record;
mod replay;
mod report;
mod text;
mod wire;

pub use super::glob::Matches;
pub use brief::Brief;
pub use live::Live;
pub use record::Recorder;
pub use replay::Replay;
pub use report::{Incoming, Report, Unusable};
pub use text::Text;

use crate::config::ChecksumKind;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Bytes of answers that travel from the helper to the daemon, at most: the largest control file, and room for what it
/// asks.
pub const MOST: usize = super::source::LARGEST as usize + 16 * 1024 * 1024;

/// The world as a control file sees it. Reasons are without the name of what was asked for.
pub trait Outside {
    /// The name of this machine, as set by its administrator.
    fn host_name(&self) -> String;

    /// The user whose rights we have.
    fn own_user(&self) -> u32;

    /// What is at `path`; links are followed.
    ///
    /// # Errors
    /// It is missing or cannot be looked at.
    fn status(&self, path: &Path) -> Result<Status, Trouble>;

    /// The content of a regular file, up to the size of the largest control file.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, path: &Path) -> Result<FileText, Trouble>;

    /// The files that the pattern of an `include` stands for, `most` of them at most, without folders and backups.
    fn files(&self, pattern: &[u8], most: usize) -> Matches;

    /// May we do this to what is at `path`? access(2).
    ///
    /// # Errors
    /// Why not.
    fn may(&self, access: Access, path: &Path) -> Result<(), Trouble>;

    /// The interpreter that the first line of a script names; `None` if it is no script.
    ///
    /// # Errors
    /// Why the file cannot be read.
    fn interpreter(&self, program: &Path) -> Result<Option<PathBuf>, Trouble>;

    /// Opens a regular file for reading and closes it again.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open(&self, path: &Path) -> Result<(), Trouble>;

    /// Opens a log file for appending, makes it if it is missing, and closes it again.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open_log(&self, path: &Path) -> Result<(), Trouble>;

    /// The checksum of a regular file in lower-case hex digits.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn digest(&self, path: &Path, kind: ChecksumKind) -> Result<String, Trouble>;

    /// What is wrong with a POSIX extended regular expression, if anything. That asks nobody; but it takes its time, and
    /// one of us has done it already.
    fn bad_pattern(&self, pattern: &[u8]) -> Option<String>;

    /// What is wrong with the first bad pattern of a file of patterns, one in each line; `None` if all can be used.
    ///
    /// # Errors
    /// Why the file cannot be read.
    fn bad_pattern_in(&self, path: &Path) -> Result<Option<String>, Trouble>;

    /// The addresses of a host, with port 0.
    ///
    /// # Errors
    /// The words of the resolver.
    fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble>;

    /// The number of a user; `None` if there is no such user.
    fn user(&self, who: Who<'_>) -> Option<u32>;

    /// The number of a group; `None` if there is no such group.
    fn group(&self, who: Who<'_>) -> Option<u32>;

    /// The home folder of a user.
    fn home(&self, user: u32) -> Option<PathBuf>;
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// A file, a folder, or neither.
    pub kind: Kind,
    /// The user it belongs to.
    pub owner: u32,
    /// Permission bits, with setuid, setgid and sticky: 0 to 07777.
    pub mode: u32,
}

/// The kinds of things at a path that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A device, a fifo, a socket.
    Other,
}

/// Why the world gave no answer, without the name of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The system says so: errno.
    System(i32),
    /// It should be a regular file.
    NotAFile,
    /// It should be a folder.
    NotAFolder,
    /// It is larger than a control file may be.
    TooLarge,
    /// The words of the resolver, or why a file of ours is not opened.
    Refused(Box<str>),
    /// Somebody in a hurry did not ask, see [`Brief`].
    LeftOut,
    /// It was not asked before, see [`Replay`].
    NotRecorded,
}

impl Trouble {
    /// There is nothing of that name.
    pub fn is_missing(&self) -> bool {
        matches!(self, Trouble::System(libc::ENOENT | libc::ENOTDIR))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::System(number) => f.write_str(nix::errno::Errno::from_raw(*number).desc()),
            Trouble::NotAFile => f.write_str("Not a regular file"),
            Trouble::NotAFolder => f.write_str("Not a directory"),
            Trouble::TooLarge => {
                write!(f, "The file is larger than {} MB", super::source::LARGEST / 1024 / 1024)
            }
            Trouble::Refused(text) => f.write_str(text),
            Trouble::LeftOut => f.write_str("not looked at"),
            Trouble::NotRecorded => f.write_str("not asked before"),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        match (error.raw_os_error(), error.get_ref()) {
            (Some(number), _) => Trouble::System(number),
            // A file of ours that was refused, with the reason.
            (None, Some(reason)) => Trouble::Refused(reason.to_string().into()),
            // What has no number is a name that no file can have.
            (None, None) => Trouble::System(libc::EINVAL),
        }
    }
}

/// The content of a file and what the open file said of itself: a name may stand for another one a moment later.
#[derive(Debug, Clone)]
pub struct FileText {
    /// The content.
    pub text: Text,
    /// Device and inode.
    pub identity: (u64, u64),
    /// The user it belongs to.
    pub owner: u32,
    /// Its mode, as in stat(2).
    pub mode: u32,
}

/// What is to be done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Read,
    /// Run it.
    Execute,
}

/// A user or a group as a control file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// By name.
    Name(&'a str),
    /// By number, which somebody must have.
    Number(u32),
}

#[cfg(test)]
mod tests;
