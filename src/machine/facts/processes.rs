//! What is told of processes.

/// Which memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryKind {
    /// Its proportional share (PSS), or what is resident where the kernel does not tell the share.
    Share,
    /// What is swapped out (`VmSwap`); shared memory is not counted.
    Swapped,
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
    /// What it is called.
    pub name: ProcessName,
}

/// The name the kernel has for a process, as it may set it itself; no arguments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessName([u8; ProcessName::LONGEST]);

impl ProcessName {
    /// Longer ones, which only threads of the kernel have, are cut.
    const LONGEST: usize = 16;

    /// From what stands between the parentheses of `stat`. Any bytes.
    pub fn new(name: &[u8]) -> ProcessName {
        let mut bytes = [0; ProcessName::LONGEST];
        bytes.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        ProcessName(bytes)
    }

    /// Its bytes, whatever they are.
    pub fn as_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..end).unwrap_or_default()
    }
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
    /// Effective group.
    pub egid: u32,
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
