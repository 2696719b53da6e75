//! What is told of files, folders and pidfiles.

use std::io;

/// What stands behind a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FileKind {
    #[default]
    File,
    Directory,
    Fifo,
    Socket,
    /// Devices.
    Other,
}

/// The result of stat(2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, 0 to 0o7777.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Hard links.
    pub links: u64,
    /// Inode number.
    pub inode: u64,
    /// Device it lies on.
    pub device: u64,
    /// Last read, seconds since 1970.
    pub accessed: i64,
    /// Last change of the content, seconds since 1970.
    pub modified: i64,
    /// Last change of content or attributes, seconds since 1970.
    pub changed: i64,
    /// The nanoseconds of `modified`.
    pub modified_nanos: u32,
    /// The nanoseconds of `changed`.
    pub changed_nanos: u32,
}

/// Something in a folder.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: std::ffi::OsString,
    /// What it is; links are something else than what they point at.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// The filesystem it is on.
    pub device: u64,
    /// Inode number, as the folder has it.
    pub inode: u64,
}

/// A folder being read.
pub struct Listing {
    /// What is in it, or the next part of that.
    pub entries: Box<dyn Iterator<Item = io::Result<Entry>>>,
    /// There is more behind these: ask for it with this number.
    pub more: Option<u64>,
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listing")
    }
}

/// What a pidfile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pidfile {
    /// The first number in it, above 0.
    Pid(i32),
    /// There is no such file.
    Missing,
    /// Not a regular file.
    NotAFile,
    /// Nothing is in it.
    Empty,
    /// No number in it, or none a process can have.
    Garbage,
    /// It cannot be read, with the reason.
    Unreadable(String),
    /// Its filesystem has not answered yet: ask again.
    Pending,
    /// Its filesystem is not answering, with the reason.
    Silent(String),
}
