//! A test: what one `if … then …` says.

use super::{Action, Connection, EventKind, Ping, Place, Rate};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// One `if … then … else …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Where it stands; line 0 for an implicit test.
    pub place: Place,
    /// What is tested. A test *fails* when its condition holds (`if failed …`, `if size > …`).
    pub condition: Condition,
    /// How often it must fail before it counts.
    pub rate: Rate,
    /// What is done when it fails.
    pub then: Action,
    /// How often it must succeed before it counts as recovered.
    pub recovery_rate: Rate,
    /// What is done when it recovers (`else`).
    pub recovery: Action,
}

/// What a test looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `if not exist`.
    NotExist,
    /// `if exist`.
    Exist,
    /// `if missed`: a heartbeat.
    Missed,
    /// `if changed pid`.
    PidChanged,
    /// `if changed ppid`.
    PpidChanged,
    /// `if failed uid U`.
    Uid(Identity),
    /// `if failed euid U`.
    Euid(Identity),
    /// `if failed gid G`.
    Gid(Identity),
    /// `if failed security attribute A` (operator not equal), `if security attribute = A`.
    SecurityAttribute(StringOperator, Box<str>),
    /// `if uptime > N` in seconds.
    Uptime(Operator, u64),
    /// `if filedescriptors > N|N%`.
    FileDescriptors(Operator, Amount),
    /// `if total filedescriptors > N`.
    TotalFileDescriptors(Operator, u64),
    /// cpu, memory, load, rates …
    Resource(Resource, Operator, Amount),
    /// `if timestamp > N`: the age in seconds.
    Timestamp(TimestampKind, Operator, u64),
    /// `if changed timestamp`.
    TimestampChanged(TimestampKind),
    /// `if failed permission NNNN`.
    Permission(u16),
    /// `if changed permission`.
    PermissionChanged,
    /// `if hardlink > N`.
    Hardlink(Operator, u64),
    /// `if changed hardlink`.
    HardlinkChanged,
    /// `if size > N`, bytes.
    Size(Operator, u64),
    /// `if changed size`.
    SizeChanged,
    /// `if failed checksum [expect …]`. Without an expected sum: the sum at load time, or none if the file could not be read then.
    Checksum(ChecksumKind, Option<Box<Digest>>),
    /// `if changed checksum`.
    ChecksumChanged(ChecksumKind),
    /// `if content = …` of a file.
    FileContent(StringOperator, PatternSource),
    /// `if status != N` of a program.
    ProgramStatus(Operator, i64),
    /// `if changed status`.
    ProgramStatusChanged,
    /// `if content = …` of a program's output.
    ProgramContent(StringOperator, Box<str>),
    /// `if content changed`.
    ProgramOutputChanged,
    /// `if content not changed`.
    ProgramOutputNotChanged,
    /// `if space > …`; `free`: the free part is compared.
    Space {
        /// `space free`.
        free: bool,
        /// How.
        operator: Operator,
        /// Bytes or percent.
        limit: Amount,
    },
    /// `if inode > …`; `free`: the free part is compared.
    Inode {
        /// `inode free`.
        free: bool,
        /// How.
        operator: Operator,
        /// Count or percent.
        limit: Amount,
    },
    /// `if read|write > …` of a filesystem: bytes per second.
    FsBytes(Direction, Operator, Amount),
    /// `if read|write > N operations` of a filesystem, per second.
    FsOperations(Direction, Operator, u64),
    /// `if service time > …`.
    FsServiceTime(Operator, Duration),
    /// `if changed fsflags`.
    FsFlagsChanged,
    /// `if link down`; `deprecated`: written `failed link`.
    LinkDown,
    /// `if link up`.
    LinkUp,
    /// `if changed link`: speed or duplex.
    LinkChanged,
    /// `if saturation > N%`.
    Saturation(Operator, u32),
    /// `if [total] upload|download > …`; upload is [`Direction::Write`].
    Traffic {
        /// Upload is `Write`, download is `Read`.
        direction: Direction,
        /// How.
        operator: Operator,
        /// Bytes or packets.
        limit: u64,
        /// What is counted.
        unit: TrafficUnit,
        /// Over which time.
        span: Span,
    },
    /// `if pressure cpu|memory|io …`: the share of time in which somebody waited for it.
    Pressure {
        /// What was waited for.
        of: Stalled,
        /// All at once waited; otherwise at least one.
        full: bool,
        /// The average over so many seconds: 10, 60 or 300.
        over: u16,
        /// How.
        operator: Operator,
        /// Percent.
        limit: f64,
    },
    /// `if oom kills > N`: processes killed for want of memory since the check before.
    OomKills(Operator, u64),
    /// `if entries > N` of a directory: what is directly in it.
    Entries(Operator, u64),
    /// `if total size > N` of a directory: bytes of all regular files in it and below.
    TotalSize(Operator, u64),
    /// `if failed|succeeded port|unixsocket|url …`.
    Connection(Rc<Connection>),
    /// `if failed|succeeded ping …`.
    Ping(Box<Ping>),
}

/// A user or group.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The number.
    pub id: u32,
    /// As written.
    pub text: Box<str>,
}

/// A numeric comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    #[default]
    Equal,
    NotEqual,
    Changed,
}

/// A comparison of strings; the last two by POSIX ERE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StringOperator {
    Equal,
    NotEqual,
    Match,
    NotMatch,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// A number, or bytes.
    Number(f64),
    /// A share of the whole, in percent (may be above 100).
    Percent(f64),
}

/// A resource that can be tested in a row of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Resource {
    Cpu,
    TotalCpu,
    CpuUser,
    CpuSystem,
    CpuWait,
    CpuNice,
    CpuHardIrq,
    CpuSoftIrq,
    CpuSteal,
    CpuGuest,
    CpuGuestNice,
    Memory,
    TotalMemory,
    Swap,
    PageIn,
    PageOut,
    Threads,
    Children,
    Load1,
    Load5,
    Load15,
    Load1PerCore,
    Load5PerCore,
    Load15PerCore,
    ReadBytes,
    WriteBytes,
    DiskReadBytes,
    DiskWriteBytes,
    DiskReadOperations,
    DiskWriteOperations,
}

/// What processes wait for (pressure stall information).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Stalled {
    Cpu,
    Memory,
    Io,
}

impl Stalled {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Stalled::Cpu => "cpu",
            Stalled::Memory => "memory",
            Stalled::Io => "io",
        }
    }
}

/// Which timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TimestampKind {
    /// The later of modification and change.
    Default,
    Access,
    Change,
    Modification,
}

/// A hash function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ChecksumKind {
    Md5,
    Sha1,
    #[default]
    Sha256,
}

/// A checksum.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    /// Lower-case hex digits.
    pub hex: Box<str>,
    /// Written in the control file, not computed when it was read.
    pub given: bool,
}

/// A pattern (POSIX ERE) or a file of patterns, one a line.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternSource {
    /// The pattern.
    Pattern(Box<str>),
    /// A file of patterns, read again when it changes.
    File(Box<Path>),
}

/// Which way data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Direction {
    Read,
    Write,
}

/// What traffic is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TrafficUnit {
    Bytes,
    Packets,
}

/// Over which time traffic is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Per second since the last cycle.
    Second,
    /// Over the last N minutes, 1 to 60.
    Minutes(u32),
    /// Over the last N hours, 1 to 24 (a day is 24).
    Hours(u32),
}

impl Condition {
    /// Does it ask somebody and wait for the answer?
    pub fn is_probe(&self) -> bool {
        matches!(self, Condition::Connection(_) | Condition::Ping(_))
    }

    /// The kind of event that this condition raises.
    pub fn event_kind(&self) -> EventKind {
        use Condition as C;
        match self {
            C::NotExist => EventKind::NonExist,
            C::Exist => EventKind::Exist,
            C::PidChanged => EventKind::Pid,
            C::PpidChanged => EventKind::PPid,
            C::Uid(_) | C::Euid(_) => EventKind::Uid,
            C::Gid(_) => EventKind::Gid,
            C::SecurityAttribute(..) => EventKind::Invalid,
            C::Uptime(..) => EventKind::Uptime,
            C::FileDescriptors(..) | C::TotalFileDescriptors(..) | C::Resource(..) => EventKind::Resource,
            C::Timestamp(..) | C::TimestampChanged(_) => EventKind::Timestamp,
            C::Permission(_) | C::PermissionChanged => EventKind::Permission,
            C::Hardlink(..) | C::HardlinkChanged => EventKind::Resource,
            C::Size(..) | C::SizeChanged => EventKind::Size,
            C::Checksum(..) | C::ChecksumChanged(_) => EventKind::Checksum,
            C::FileContent(..) | C::ProgramContent(..) => EventKind::Content,
            C::ProgramStatus(..) | C::ProgramStatusChanged | C::Missed => EventKind::Status,
            C::ProgramOutputChanged | C::ProgramOutputNotChanged => EventKind::Content,
            C::Space { .. }
            | C::Inode { .. }
            | C::FsBytes(..)
            | C::FsOperations(..)
            | C::FsServiceTime(..) => EventKind::Resource,
            C::FsFlagsChanged => EventKind::FsFlags,
            C::LinkDown | C::LinkUp => EventKind::Link,
            C::LinkChanged => EventKind::Speed,
            C::Saturation(..) => EventKind::Saturation,
            C::Traffic { direction, unit, .. } => match (direction, unit) {
                (Direction::Read, TrafficUnit::Bytes) => EventKind::ByteIn,
                (Direction::Write, TrafficUnit::Bytes) => EventKind::ByteOut,
                (Direction::Read, TrafficUnit::Packets) => EventKind::PacketIn,
                (Direction::Write, TrafficUnit::Packets) => EventKind::PacketOut,
            },
            C::Pressure { .. } | C::OomKills(..) | C::Entries(..) => EventKind::Resource,
            C::TotalSize(..) => EventKind::Size,
            C::Connection(_) => EventKind::Connection,
            C::Ping(_) => EventKind::Icmp,
        }
    }
}
