//! What a verbose run tells while it reads: who is allowed in. The words are the reference's, because tools look for them.

use std::fmt;
use std::net::IpAddr;

/// Somebody who may use the web interface from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A host or network as it was written.
    Host(Box<str>, Option<IpAddr>),
    /// Somebody with a password.
    User(Box<str>),
    /// A group of the system.
    PamGroup(Box<str>),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Host(text, None) => write!(f, "Adding 'allow {text}'"),
            Remark::Host(text, Some(address)) => {
                write!(f, "Adding 'allow {text}' -- host resolved to [{}]", Mapped(*address))
            }
            Remark::User(name) => write!(f, "Adding credentials for user '{name}'"),
            Remark::PamGroup(name) => write!(f, "Adding PAM group '{name}'"),
        }
    }
}

/// An address as IPv6 writes it: `::ffff:127.0.0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapped(pub(super) IpAddr);

impl fmt::Display for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "::ffff:{address}"),
            IpAddr::V6(address) => write!(f, "{address}"),
        }
    }
}
