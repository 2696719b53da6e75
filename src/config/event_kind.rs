//! The kinds of events: the bit of the status word, the key of an alert filter, and the words for each state.

/// One kind of event. The discriminant is the bit index in status words and alert filters (the values clients know).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum EventKind {
    Checksum = 0,
    Resource = 1,
    Timeout = 2,
    Timestamp = 3,
    Size = 4,
    Connection = 5,
    Permission = 6,
    Uid = 7,
    Gid = 8,
    NonExist = 9,
    Invalid = 10,
    Data = 11,
    Exec = 12,
    FsFlags = 13,
    Icmp = 14,
    Content = 15,
    Instance = 16,
    Action = 17,
    Pid = 18,
    PPid = 19,
    Heartbeat = 20,
    Status = 21,
    Uptime = 22,
    Link = 23,
    Speed = 24,
    Saturation = 25,
    ByteIn = 26,
    ByteOut = 27,
    PacketIn = 28,
    PacketOut = 29,
    Exist = 30,
}

impl EventKind {
    /// The bit in a status word.
    pub const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// A set of event kinds, as in `alert … on { … }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSet(pub u32);

impl EventSet {
    /// Every kind.
    pub const ALL: EventSet = EventSet(0x7fff_ffff);
    /// No kind.
    pub const NONE: EventSet = EventSet(0);

    /// Is `kind` in the set?
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & kind.bit() != 0
    }
}
