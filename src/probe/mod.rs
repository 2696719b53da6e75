//! Network conversations in flight: names, sockets, TLS, deadlines. What is said comes from [`crate::protocol`], why
//! and to whom from the owner of the [`Probe`] (a connection test, mail delivery, M/Monit).
//!
//! Nothing in here waits. A probe is told `now`, and what the poll loop found on its descriptor; it says what it wants
//! to wait for and until when. Names are looked up by a forked helper ([`Resolver`]), because a resolver library can
//! block for minutes.

mod connect;
mod conversation;
mod driver;
mod failure;
mod fleet;
mod icmp;
mod last_words;
mod looking;
mod order;
mod ping;
mod resolve;
mod stream;
mod trial;

#[cfg(test)]
mod leaving_tests;
#[cfg(test)]
#[cfg(feature = "tls")]
mod tls_tests;
#[cfg(test)]
#[cfg(feature = "tls")]
use driver::tests as driver_tests;
pub use driver::{Patience, Probe, Success, Target};
pub use failure::{During, Failure};
pub use fleet::{Finished, Fleet};
pub use last_words::LastWords;
pub use order::{Order, Unspoken};
pub use resolve::{Answer, Resolver};

use std::path::Path;

/// Where a probe goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Endpoint {
    /// A stream connection to a name or address.
    Tcp {
        /// Name or address, an IPv6 address with or without brackets.
        host: Box<str>,
        /// Port.
        port: u16,
    },
    /// Datagrams to a name or address.
    Udp {
        /// Name or address.
        host: Box<str>,
        /// Port.
        port: u16,
    },
    /// A socket in the file system.
    Unix {
        /// Its path.
        path: Box<Path>,
        /// It takes datagrams, no connection.
        datagrams: bool,
    },
}

impl Endpoint {
    /// The host to look up or to match a certificate with, if there is one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Endpoint::Tcp { host, .. } | Endpoint::Udp { host, .. } => {
                Some(host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host))
            }
            Endpoint::Unix { .. } => None,
        }
    }
}

impl std::fmt::Display for Endpoint {
    /// `[host]:port` or the path, as messages name it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Endpoint::Tcp { port, .. } | Endpoint::Udp { port, .. } => {
                write!(f, "[{}]:{port}", self.host().unwrap_or_default())
            }
            Endpoint::Unix { path, .. } => write!(f, "{}", path.display()),
        }
    }
}
