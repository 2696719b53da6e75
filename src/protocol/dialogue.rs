//! What a dialogue is told before it begins, and what the registry has of it.

use super::Protocol;
use crate::config::{Connection, Limits};

/// What a dialogue is told before it begins. It brings everything from outside: a dialogue asks neither a clock nor the
/// kernel.
#[derive(Debug, Clone, Copy)]
pub struct Talk<'a> {
    /// The test: protocol options, `send` and `expect`, content, TLS.
    pub test: &'a Connection,
    /// The server as the control file names it, without brackets; the path of a socket file.
    pub host: &'a str,
    /// Its port; 0 with a socket file.
    pub port: u16,
    /// The limits in force for the service.
    pub limits: &'a Limits,
    /// Bytes nobody can foresee, new for each attempt.
    pub random: [u8; 32],
    /// Seconds since 1970.
    pub wall: u64,
}

/// A protocol's entry in the registry.
pub struct Dialogue {
    /// The keywords it answers to, as in [`crate::config::PROTOCOLS`].
    pub keywords: &'static [&'static str],
    /// With TLS options: does it begin in plain text and ask for TLS itself?
    pub starttls: fn(&Talk<'_>) -> bool,
    /// Makes the dialogue.
    pub begin: fn(&Talk<'_>) -> Box<dyn Protocol>,
}

/// TLS, where it is spoken, begins with the first byte.
pub fn tls_first(_: &Talk<'_>) -> bool {
    false
}
