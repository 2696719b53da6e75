//! The tests of a service: what is measured, and the verdict on each.
//!
//! A [`Check`] is one look at one service. It takes what can be measured at once when it begins, does long work
//! (a checksum, the new lines of a log, a tree of processes) in slices so that the loop never waits for it, and
//! ends with a [`Report`]: one [`Verdict`] per test, in the order in which they are to be applied. What a verdict
//! leads to (events, alerts, actions) is decided elsewhere; programs and network probes are started by the
//! service, which hands their results in.
//!
//! One file per kind of test says how it is measured, when it fails and in which words.

mod answers;
mod check;
mod checksum;
mod checksum_known;
mod compare;
mod content;
mod content_match;
mod content_place;
mod content_rotated;
mod context;
mod cycle_facts;
mod descriptors;
pub mod evidence;
mod existence;
mod file;
mod filesystem;
mod folder;
mod heartbeat;
mod keep;
mod memory;
mod network;
mod own_log;
mod ownership;
mod pid;
mod pressure;
mod previous;
mod probe_result;
mod process;
mod process_tree;
mod processes;
mod program;
mod progress;
mod reading;
mod resource;
mod security;
mod size;
mod space;
mod system;
mod timestamp;
mod traffic;
mod traffic_history;
mod uptime;
mod verdict;

#[cfg(test)]
mod tests;

pub use crate::machine::{Facts, Now};
pub use answers::Answer;
pub use check::Check;
pub use context::Want;
pub use cycle_facts::CycleFacts;
pub use existence::{Existence, existence};
pub use heartbeat::HeartbeatReading;
pub use keep::Keep;
pub use memory::{
    Counted, CpuShares, FileReading, FilesystemReading, IoReading, Measured, Memory, NetworkReading,
    ProcessReading, ProgramReading, Rate, SystemReading,
};
pub use probe_result::ProbeResult;
pub use program::{NotRun, ProgramResult};
pub use progress::Progress;
pub use reading::{Extent, Reading, Value, readings};
pub use verdict::{Identity, Outcome, Presence, Report, TestRef, Verdict};
