//! What is told of mounted filesystems.

use std::time::Instant;

/// An answer about a filesystem.
#[derive(Debug, Clone, PartialEq)]
pub enum FilesystemAnswer {
    /// Here it is.
    Mounted(Box<FilesystemFacts>),
    /// Nothing of that name is mounted.
    NotMounted,
    /// It is mounted and could not be measured, with the reason.
    Failed(String),
    /// A child is asking; look again at that time.
    Pending(Instant),
}

/// A mounted filesystem.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilesystemFacts {
    /// Type, as in the mount table.
    pub kind: Box<str>,
    /// Mount options, as in the mount table.
    pub flags: Box<str>,
    /// Bytes in a block.
    pub block_size: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks.
    pub blocks_free: u64,
    /// Free blocks for other users than root.
    pub blocks_available: u64,
    /// Inodes in all; 0 where the filesystem has no fixed number.
    pub inodes: u64,
    /// Free inodes.
    pub inodes_free: u64,
    /// Permission bits of the mount point.
    pub mode: u16,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// What the device below has done; `None` where the kernel does not tell (tmpfs).
    pub activity: Option<MountActivity>,
}

/// Counters of the device below a filesystem, since boot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MountActivity {
    /// Bytes read.
    pub read_bytes: u64,
    /// Operations that read.
    pub reads: u64,
    /// Milliseconds spent reading; `None` where the kernel does not tell (NFS).
    pub read_time: Option<u64>,
    /// Bytes written.
    pub written_bytes: u64,
    /// Operations that wrote.
    pub writes: u64,
    /// Milliseconds spent writing.
    pub write_time: Option<u64>,
}
