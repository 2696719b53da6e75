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

pub use crate::sys::localtime::{display_local, unix_secs};
pub use facts::{
    Counter, CpuTimes, DescriptorLimit, Entry, Facts, FileFacts, FileKind, FilesystemAnswer, FilesystemFacts,
    LinkFacts, Listing, MemoryFacts, MountActivity, OpenFiles, Pidfile, Pressure, PressureKind, Process,
    ProcessIo, ProcessStat,
};
pub use host::Host;
pub use no_fact::{Fact, NoFact, is_shortage, is_silence, means_absent};

use std::time::{Instant, SystemTime};

/// The clock as read once in this turn of the loop.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For every deadline and every rate.
    pub instant: Instant,
    /// For cron, timestamps and the ages of files only.
    pub wall: SystemTime,
}

impl Now {
    /// Reads both clocks. Called by the loop, and by tests.
    pub fn read() -> Now {
        Now { instant: Instant::now(), wall: SystemTime::now() }
    }
}
