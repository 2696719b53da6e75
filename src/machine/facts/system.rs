//! What is told of the machine as a whole.

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
