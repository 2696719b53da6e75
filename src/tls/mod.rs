//! Secure connections: what is asked for, what can go wrong, and (with the feature `tls`) the sessions themselves, with
//! servers we ask and with clients that ask us. Sockets and deadlines belong to those who have them.
//!
//! Certificates and host names are verified unless the control file says otherwise. No root certificate stays in
//! memory: the host's bundle is read during the handshake, and only the anchors that could have signed the presented
//! chain are kept until it is verified. Versions before 1.2 are not spoken.

#[cfg(feature = "tls")]
mod acceptor;
#[cfg(feature = "tls")]
mod anchors;
#[cfg(feature = "tls")]
mod certificate;
#[cfg(feature = "tls")]
mod ciphers;
pub mod pem;
#[cfg(feature = "tls")]
mod session;
#[cfg(feature = "tls")]
mod verify;

#[cfg(feature = "tls")]
pub use acceptor::Acceptor;
#[cfg(feature = "tls")]
pub use session::{Session, checksum_of, has_key};

use crate::config::{Certificate, ChecksumKind, Tls, TlsVersions};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// From when to when a certificate is valid, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Not before this moment.
    pub from: i64,
    /// Not after this moment.
    pub to: i64,
}

impl Validity {
    /// Whole days left at `now` (seconds since 1970), negative when it has expired.
    pub fn days_left(&self, now: i64) -> i64 {
        self.to.saturating_sub(now).div_euclid(86_400)
    }
}

/// What one connection asks of TLS.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Verify the chain and the host name.
    pub verify: bool,
    /// Take a certificate that is signed by itself (and by nobody else), whatever name it carries.
    pub selfsigned: bool,
    /// Versions allowed.
    pub versions: TlsVersions,
    /// Trust these instead of the host's bundle.
    pub ca_file: Option<Box<Path>>,
    /// Trust the files in this folder instead of the host's bundle.
    pub ca_path: Option<Box<Path>>,
    /// Our own certificate and key, for servers that ask for one.
    pub client_pem: Option<Box<Path>>,
    /// The server's certificate must have this checksum.
    pub checksum: Option<(ChecksumKind, Box<str>)>,
}

impl Options {
    /// `own` with what it leaves open filled in from `set ssl`, and a certificate's checksum.
    pub fn new(own: &Tls, global: &Tls, certificate: Option<&Certificate>) -> Options {
        let path =
            |own: &Option<Box<Path>>, global: &Option<Box<Path>>| own.clone().or_else(|| global.clone());
        let own_anchors = own.ca_file.is_some() || own.ca_path.is_some();
        let global_anchors = if own_anchors { &Tls::default() } else { global };
        let modern = TlsVersions { tlsv12: true, tlsv13: true, ..TlsVersions::default() };
        Options {
            verify: own.verify.or(global.verify).unwrap_or(true),
            selfsigned: own.selfsigned.or(global.selfsigned).unwrap_or(false),
            versions: own.versions.or(global.versions).unwrap_or(modern),
            ca_file: path(&own.ca_file, &global_anchors.ca_file),
            ca_path: path(&own.ca_path, &global_anchors.ca_path),
            client_pem: path(&own.clientpemfile, &global.clientpemfile),
            checksum: certificate.and_then(|c| c.checksum.clone()),
        }
    }
}

/// What TLS options ask for and this build does not do, in plain words.
pub fn unsupported(options: &Tls) -> Option<&'static str> {
    let versions = options.versions.unwrap_or_default();
    let old = versions.sslv2 || versions.sslv3 || versions.tlsv1 || versions.tlsv11;
    if !cfg!(feature = "tls") {
        Some("this program was built without TLS")
    } else if old && !(versions.tlsv12 || versions.tlsv13) {
        Some("TLS versions before 1.2 are not supported")
    } else if options.ciphers.is_some() {
        Some("the list of ciphers is ignored: only modern authenticated ciphers are offered anyway")
    } else {
        None
    }
}

/// Why there is no secure connection.
#[derive(Debug)]
pub enum Failure {
    /// The feature `tls` was left out of this program.
    NotBuilt,
    /// Only versions before 1.2 are allowed.
    OldVersions,
    /// No certificate of our own is named.
    NoCertificate,
    /// None of these ciphers can be offered in the versions that are.
    Ciphers(Box<str>),
    /// The host is neither a DNS name nor an address.
    HostName,
    /// A file of the options: what is wrong with it.
    File(PathBuf, Box<str>),
    /// The server does not accept our client certificate, or we have none to show; or another alert of its.
    Refused(Box<str>),
    /// The server's certificate is not acceptable.
    Certificate(Box<str>),
    /// The server does not speak the protocol.
    Protocol(Box<str>),
    /// The connection broke.
    Broken(io::Error),
    /// The server closed the connection during the handshake.
    Closed,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotBuilt => f.write_str("TLS is not available: this program was built without it"),
            Failure::OldVersions => f.write_str("TLS: versions before 1.2 are not supported"),
            Failure::NoCertificate => {
                f.write_str("TLS: neither a 'pemfile' nor a 'pemchain' with a 'pemkey' is given")
            }
            Failure::Ciphers(list) => write!(
                f,
                "TLS: no cipher of '{list}' can be offered; leave 'ciphers' out: only modern ones are"
            ),
            Failure::HostName => f.write_str("TLS: not a valid host name"),
            Failure::File(path, text) => write!(f, "TLS: '{}': {text}", path.display()),
            Failure::Refused(text) => write!(f, "TLS: refused by the server -- {text}"),
            Failure::Certificate(text) => write!(f, "TLS: certificate verification failed -- {text}"),
            Failure::Protocol(text) => write!(f, "TLS: handshake failed -- {text}"),
            Failure::Broken(error) => write!(f, "TLS: {}", crate::sys::error_text(error)),
            Failure::Closed => f.write_str("TLS: connection closed during the handshake"),
        }
    }
}

/// The checksum of the first certificate of a file.
///
/// # Errors
/// Always, without the feature.
#[cfg(not(feature = "tls"))]
pub fn checksum_of(_: &Path) -> Result<(ChecksumKind, Box<str>), Failure> {
    Err(Failure::NotBuilt)
}

/// Has this file a private key that we may read? Without the feature nobody asks for one.
#[cfg(not(feature = "tls"))]
pub fn has_key(_: &Path) -> bool {
    false
}

/// Without the feature there is no session: making one fails, so nothing else is ever called.
#[cfg(not(feature = "tls"))]
#[derive(Debug)]
pub enum Session {}

#[cfg(not(feature = "tls"))]
#[allow(missing_docs, clippy::unused_self)]
impl Session {
    pub fn new(_: &Options, _: Option<&str>) -> Result<Session, Failure> {
        Err(Failure::NotBuilt)
    }

    pub fn handshake(&mut self, _: &mut (impl io::Read + io::Write)) -> Result<bool, Failure> {
        match *self {}
    }

    pub fn wants_write(&self) -> bool {
        match *self {}
    }

    pub fn write(&mut self, _: &mut impl io::Write, _: &[u8]) -> Result<io::Result<usize>, Failure> {
        match *self {}
    }

    pub fn flush(&mut self, _: &mut impl io::Write) -> Result<bool, Failure> {
        match *self {}
    }

    pub fn read(
        &mut self,
        _: &mut (impl io::Read + io::Write),
        _: &mut [u8],
    ) -> Result<io::Result<usize>, Failure> {
        match *self {}
    }

    pub fn validity(&self) -> Option<Validity> {
        match *self {}
    }

    pub fn holds_text(&mut self) -> bool {
        match *self {}
    }

    pub fn farewell(&mut self) {
        match *self {}
    }
}

/// The same towards clients.
#[cfg(not(feature = "tls"))]
#[derive(Debug, Clone)]
pub enum Acceptor {}

#[cfg(not(feature = "tls"))]
#[allow(missing_docs, clippy::unused_self)]
impl Acceptor {
    pub fn of(_: &Tls, _: &pem::PemFiles) -> Result<Acceptor, Failure> {
        Err(Failure::NotBuilt)
    }

    pub fn accept(&self) -> Result<Session, Failure> {
        match *self {}
    }
}

#[cfg(test)]
#[cfg(feature = "tls")]
mod acceptor_tests;
