//! What is told of network interfaces.

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
