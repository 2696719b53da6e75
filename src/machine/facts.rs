//! The narrow seam through which services learn about the machine: the [`Facts`] trait and the plain data it gives.
//!
//! The real one is [`super::Host`]; tests script their own. Every method but the first three has a default that
//! says "not available", so a scripted machine implements only what its story needs.

use super::no_fact::{Fact, NoFact};
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::time::Instant;

/// What services can ask about the machine. Nothing here blocks: where a path may not answer for ever, [`stat`],
/// [`read_at`] and [`list`] give `WouldBlock` and whoever asked asks the same again, later; when the answer is there, or
/// none is to be expected ([`super::is_silence`]), the loop wakes whoever it was ([`on_behalf_of`]).
///
/// [`stat`]: Facts::stat
/// [`read_at`]: Facts::read_at
/// [`list`]: Facts::list
/// [`on_behalf_of`]: Facts::on_behalf_of
pub trait Facts {
    /// Who asks from now on: the number of a service.
    fn on_behalf_of(&mut self, _service: u32) {}

    /// This service does not wait for an answer any more; what it asks next is asked anew.
    fn forget(&mut self, _service: u32) {}

    /// The object behind `path`, symbolic links followed.
    fn stat(&mut self, path: &Path) -> io::Result<FileFacts>;

    /// Reads bytes of a regular file from `offset` on; 0 at its end. Never waits for a writer.
    fn read_at(&mut self, path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Seconds after which the times of a file on this device tell for certain whether its content has changed
    /// since; `None` is never.
    fn settle_after(&mut self, _device: u64, _now: Instant) -> Option<u64> {
        Some(2)
    }

    /// What is in a folder, in the kernel's order and read as it is asked for. Links are not followed. Without
    /// `sizes` only the names are true. `from`: 0, or what [`Listing::more`] said.
    fn list(&mut self, _path: &Path, _sizes: bool, _from: u64) -> io::Result<Listing> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The process number in a pidfile.
    fn pidfile(&mut self, path: &Path) -> Pidfile;

    /// One process, zombies included.
    fn process(&mut self, pid: i32) -> Fact<Process>;

    /// All process numbers of the machine, in the kernel's order, without looking into any.
    fn pids(&mut self, _out: &mut Vec<i32>) -> Fact<()> {
        Ok(())
    }

    /// What `/proc/PID/stat` says of one process.
    fn process_stat(&mut self, pid: i32) -> Fact<ProcessStat> {
        self.process(pid).map(|process| process.stat)
    }

    /// The command line, its arguments separated by blanks, at most 256 kB; a zombie has none.
    fn command_line(&mut self, _pid: i32, _out: &mut Vec<u8>) -> Fact<()> {
        Err(NoFact::Absent)
    }

    /// Direct children of a process with so many threads, without a scan of the whole machine, where the kernel offers
    /// that.
    fn children_of(&mut self, _pid: i32, _threads: u32, _out: &mut Vec<i32>) -> Fact<()> {
        Err(NoFact::Absent)
    }

    /// Memory of a process in bytes: its proportional share (PSS), or what is resident where the kernel does not
    /// tell the share.
    fn process_memory(&mut self, _pid: i32) -> Fact<u64> {
        Err(NoFact::Absent)
    }

    /// Counters of reading and writing.
    fn process_io(&mut self, _pid: i32) -> Fact<ProcessIo> {
        Err(NoFact::Absent)
    }

    /// Number of open descriptors.
    fn process_descriptors(&mut self, _pid: i32) -> Fact<u64> {
        Err(NoFact::Absent)
    }

    /// Limit of open descriptors.
    fn process_descriptor_limit(&mut self, _pid: i32) -> Fact<DescriptorLimit> {
        Err(NoFact::Absent)
    }

    /// The label a security module gave the process.
    fn security_attribute(&mut self, _pid: i32) -> Fact<String> {
        Err(NoFact::Absent)
    }

    /// Processes and threads started since boot, and the highest number a process can have.
    fn forks(&mut self) -> Option<(u64, u64)> {
        None
    }

    /// Seconds since boot as process start times count them, in clock ticks, and ticks per second.
    fn ticks(&mut self) -> (u64, u64) {
        (0, 100)
    }

    /// Load averages over 1, 5 and 15 minutes.
    fn load(&mut self) -> Fact<[f64; 3]> {
        Err(NoFact::Absent)
    }

    /// Times the processors have spent, as seen by this machine or container.
    fn cpu_times(&mut self) -> Fact<CpuTimes> {
        Err(NoFact::Absent)
    }

    /// Processors that work, at least 1.
    fn processors(&mut self) -> Fact<u32> {
        Ok(1)
    }

    /// Main memory and swap.
    fn memory(&mut self) -> Fact<MemoryFacts> {
        Err(NoFact::Absent)
    }

    /// Pages swapped in and out since boot.
    fn paging(&mut self) -> Fact<(u64, u64)> {
        Err(NoFact::Absent)
    }

    /// Seconds since the machine or container started.
    fn uptime(&mut self) -> Fact<u64> {
        Err(NoFact::Absent)
    }

    /// Open files of the whole machine.
    fn open_files(&mut self) -> Fact<OpenFiles> {
        Err(NoFact::Absent)
    }

    /// Pressure stall information (PSI), kernel 4.20 and later.
    fn pressure(&mut self, _kind: PressureKind) -> Fact<Pressure> {
        Err(NoFact::Absent)
    }

    /// Processes killed for want of memory since boot.
    fn oom_kills(&mut self) -> Fact<u64> {
        Err(NoFact::Absent)
    }

    /// A mounted filesystem by mount point, device or source.
    fn filesystem(&mut self, _name: &OsStr, _now: Instant) -> FilesystemAnswer {
        FilesystemAnswer::NotMounted
    }

    /// A network interface by name.
    fn link(&mut self, _name: &str) -> Fact<LinkFacts> {
        Err(NoFact::Absent)
    }

    /// The interface that has this address.
    fn interface_of(&mut self, _address: &str) -> Fact<String> {
        Err(NoFact::Absent)
    }
}

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

/// What one line of `/proc/PID/stat` tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessStat {
    /// Its number.
    pub pid: i32,
    /// Its parent.
    pub ppid: i32,
    /// Start, in clock ticks since boot. With the pid it tells a process from a later one of the same number.
    pub start: u64,
    /// Time spent in user and system mode, in clock ticks, children not included.
    pub cpu: u64,
    /// Threads.
    pub threads: u32,
    /// Resident memory in pages, as far as the kernel counts it without effort.
    pub resident: u64,
    /// It has ended and its parent has not noticed yet.
    pub zombie: bool,
    /// A signal or a debugger has stopped it: it does nothing until it is continued.
    pub stopped: bool,
    /// Its process group.
    pub group: i32,
}

/// One process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Process {
    /// What `/proc/PID/stat` tells.
    pub stat: ProcessStat,
    /// Real user.
    pub uid: u32,
    /// Effective user.
    pub euid: u32,
    /// Real group.
    pub gid: u32,
}

/// Counters of `/proc/PID/io`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessIo {
    /// Bytes through read(2) and the like.
    pub read: u64,
    /// Bytes through write(2) and the like.
    pub written: u64,
    /// Bytes from storage.
    pub disk_read: u64,
    /// Bytes to storage.
    pub disk_written: u64,
    /// Calls that read.
    pub reads: u64,
    /// Calls that wrote.
    pub writes: u64,
}

/// Limit of open descriptors of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescriptorLimit {
    /// The limit in force.
    pub soft: u64,
    /// How far the process may raise it.
    pub hard: u64,
}

/// Times the processors have spent since boot, in one unit that the kernel chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CpuTimes {
    pub user: u64,
    pub nice: u64,
    pub system: u64,
    pub idle: u64,
    pub wait: u64,
    pub hard_irq: u64,
    pub soft_irq: u64,
    pub steal: u64,
    pub guest: u64,
    pub guest_nice: u64,
    /// Everything, idle included, guests counted once.
    pub total: u64,
}

/// Main memory and swap in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryFacts {
    /// All there is, or the limit of the control group.
    pub total: u64,
    /// Used, caches not counted.
    pub used: u64,
    /// Swap space, 0 if there is none.
    pub swap_total: u64,
    /// Swap in use.
    pub swap_used: u64,
    /// The numbers are those of a control group with a limit below the machine's memory.
    pub limited: bool,
}

/// Open files of the machine (`/proc/sys/fs/file-nr`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct OpenFiles {
    pub allocated: u64,
    pub unused: u64,
    pub maximum: u64,
}

/// What the pressure is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PressureKind {
    Cpu,
    Memory,
    Io,
}

/// Share of time in which tasks waited, in percent (`/proc/pressure`).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pressure {
    /// Some tasks waited: over 10, 60 and 300 seconds.
    pub some: [f64; 3],
    /// All tasks waited: over 10, 60 and 300 seconds.
    pub full: [f64; 3],
}

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

/// Counters of one direction of a network interface, since it came up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counter {
    pub bytes: u64,
    pub packets: u64,
    pub errors: u64,
}

/// A network interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkFacts {
    /// It is up and has a carrier.
    pub up: bool,
    /// Bits per second; `None` if the driver does not tell.
    pub speed: Option<u64>,
    /// Full duplex; `None` if the driver does not tell.
    pub full_duplex: Option<bool>,
    /// Received.
    pub download: Counter,
    /// Sent.
    pub upload: Counter,
}
