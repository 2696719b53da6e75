//! Facts of this machine, read from /proc and /sys: processes, memory, processors, filesystems, network links.
//!
//! Every reader takes its root folder from [`Host`], so that a recorded tree serves as a machine in tests. What a
//! number means for a service (too much, changed, wrong) is decided in `service_test`; nothing here compares
//! with limits. Everything read is bounded, and nothing here blocks: what may hang (a remote filesystem, see
//! [`mounts`]) is asked by a child with a deadline ([`asking`]).

mod asking;
pub mod cgroup;
mod direct;
pub mod facts;
mod file_times;
pub mod filesystem;
pub mod host;
pub mod link;
pub mod matching;
mod mount_activity;
pub mod mounts;
mod no_fact;
pub mod process;
pub mod question;
pub mod read;
pub mod system;

#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod recorded_tests;

pub use crate::sys::clock::Now;
pub use crate::sys::localtime::{add_local, display_local, unix_secs};
pub use facts::{
    Counter, CpuTimes, DescriptorLimit, Entry, Facts, FileFacts, FileKind, FilesystemAnswer, FilesystemFacts,
    LinkFacts, Listing, MemoryFacts, MemoryKind, MountActivity, OpenFiles, Pidfile, Pressure, PressureKind,
    Process, ProcessIo, ProcessName, ProcessStat,
};
pub use host::Host;
pub use no_fact::{Fact, NoFact, is_shortage, is_silence, means_absent};
