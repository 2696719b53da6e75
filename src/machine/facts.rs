//! The narrow seam through which services learn about the machine: the [`Facts`] trait and the plain data it gives.
//!
//! The real one is [`super::Host`]; tests script their own. Every method but the first three has a default that
//! says "not available", so a scripted machine implements only what its story needs.

mod files;
mod links;
mod mounts;
mod processes;
mod system;

pub use files::{Entry, FileFacts, FileKind, Listing, Pidfile};
pub use links::{Counter, LinkFacts};
pub use mounts::{FilesystemAnswer, FilesystemFacts, MountActivity};
pub use processes::{DescriptorLimit, MemoryKind, Process, ProcessIo, ProcessName, ProcessStat};
pub use system::{CpuTimes, MemoryFacts, OpenFiles, Pressure, PressureKind};

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

    /// The process that was known so. While it is the same, with the same effective owners, its real ones are taken to be
    /// the same too: the kernel writes a long text for each look at those.
    fn same_process(&mut self, known: &Process) -> Fact<Process> {
        self.process(known.stat.pid)
    }

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

    /// Memory of a process in bytes.
    fn process_memory(&mut self, _pid: i32, _kind: MemoryKind) -> Fact<u64> {
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
