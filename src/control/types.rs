//! The types of services, and sets of them.

/// A set of service types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Types(u16);

#[allow(missing_docs)]
impl Types {
    pub const PROCESS: Types = Types(1);
    pub const FILE: Types = Types(2);
    pub const FILESYSTEM: Types = Types(4);
    pub const DIRECTORY: Types = Types(8);
    pub const FIFO: Types = Types(16);
    pub const HOST: Types = Types(32);
    pub const NETWORK: Types = Types(64);
    pub const SYSTEM: Types = Types(128);
    pub const PROGRAM: Types = Types(256);
    pub const HEARTBEAT: Types = Types(512);
    /// Each single type with the words of its `check`.
    pub const NAMES: &'static [(Types, &'static str)] = &[
        (Types::PROCESS, "check process"),
        (Types::FILE, "check file"),
        (Types::FILESYSTEM, "check filesystem"),
        (Types::DIRECTORY, "check directory"),
        (Types::FIFO, "check fifo"),
        (Types::HOST, "check host"),
        (Types::NETWORK, "check network"),
        (Types::SYSTEM, "check system"),
        (Types::PROGRAM, "check program"),
        (Types::HEARTBEAT, "check heartbeat"),
    ];

    pub const fn and(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub const fn contains(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    /// `'check file'`, … of every type in the set.
    pub fn names(self) -> Vec<String> {
        let mine = Types::NAMES.iter().filter(|(kind, _)| self.contains(*kind));
        mine.map(|(_, name)| format!("'{name}'")).collect()
    }
}
