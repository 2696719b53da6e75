//! Why a conversation failed, with all the wording.

use super::resolve::NoAddress;
use crate::protocol;
use crate::sys::error_text;
use crate::tls;
use std::fmt;
use std::io;

/// Why a conversation failed. The text does not name the other side: the owner knows how it calls it.
#[derive(Debug)]
pub enum Failure {
    /// The name has no address (of the family asked for), or the lookup failed.
    Resolve(NoAddress),
    /// No lookup could be begun.
    Helper(io::Error),
    /// Nobody lets us send echo requests.
    PingForbidden(io::Error),
    /// The connection could not be made; the error of the last address tried.
    Connect(io::Error),
    /// The other side took too long at this.
    Timeout(During),
    /// Nothing came back.
    NoReply,
    /// The connection broke.
    Broken(io::Error),
    /// No secure connection.
    Tls(tls::Failure),
    /// The dialogue failed.
    Protocol(protocol::Failure),
}

/// What was going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// The name was being looked up.
    Resolve,
    /// The connection was being made.
    Connect,
    /// TLS was being negotiated.
    Handshake,
    /// An answer was awaited, or the other side did not take what was sent.
    Dialogue,
}

impl Failure {
    /// What was going on; `None`: the other side has answered, and its answer is the reason.
    pub fn during(&self) -> Option<During> {
        use protocol::Failure as Spoken;
        match self {
            Failure::Resolve(_) | Failure::Helper(_) => Some(During::Resolve),
            Failure::Connect(_) | Failure::PingForbidden(_) => Some(During::Connect),
            Failure::Timeout(during) => Some(*during),
            Failure::Tls(_) => Some(During::Handshake),
            Failure::Broken(_) | Failure::NoReply => Some(During::Dialogue),
            Failure::Protocol(Spoken::Closed | Spoken::ClosedAt(_) | Spoken::ClosedAfter(..)) => {
                Some(During::Dialogue)
            }
            Failure::Protocol(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Resolve(none) => write!(f, "Cannot resolve the name -- {none}"),
            Failure::Helper(error) => write!(f, "Cannot start a name lookup -- {}", error_text(error)),
            Failure::Connect(error) | Failure::Broken(error) => f.write_str(&error_text(error)),
            Failure::PingForbidden(error) => write!(
                f,
                "{}: run monit as root or with the capability CAP_NET_RAW, or let its group send echo requests with sysctl \
                 net.ipv4.ping_group_range",
                error_text(error)
            ),
            Failure::NoReply => f.write_str("no response"),
            Failure::Timeout(During::Resolve) => f.write_str("Cannot resolve the name -- timed out"),
            Failure::Timeout(During::Connect) => f.write_str("Connection timed out"),
            Failure::Timeout(During::Handshake) => f.write_str("TLS handshake timed out"),
            Failure::Timeout(During::Dialogue) => f.write_str("Timed out waiting for an answer"),
            Failure::Tls(failure) => failure.fmt(f),
            Failure::Protocol(failure) => failure.fmt(f),
        }
    }
}

impl From<protocol::Failure> for Failure {
    fn from(failure: protocol::Failure) -> Failure {
        Failure::Protocol(failure)
    }
}

impl From<tls::Failure> for Failure {
    fn from(failure: tls::Failure) -> Failure {
        Failure::Tls(failure)
    }
}
