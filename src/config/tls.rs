//! TLS options, of a test, a mail server, M/Monit, the httpd, or of `set ssl { … }`.

use std::path::Path;

/// `ssl { … }`. `None` where nothing was said, so that defaults can be filled in later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// `verify: enable|disable`.
    pub verify: Option<bool>,
    /// `selfsigned: allow|reject`.
    pub selfsigned: Option<bool>,
    /// `version: …`.
    pub versions: Option<TlsVersions>,
    /// `ciphers: "…"`.
    pub ciphers: Option<Box<str>>,
    /// `pemfile:`.
    pub pemfile: Option<Box<Path>>,
    /// `pemchain:`.
    pub pemchain: Option<Box<Path>>,
    /// `pemkey:`.
    pub pemkey: Option<Box<Path>>,
    /// `clientpemfile:`.
    pub clientpemfile: Option<Box<Path>>,
    /// `cacertificatefile:`.
    pub ca_file: Option<Box<Path>>,
    /// `cacertificatepath:`.
    pub ca_path: Option<Box<Path>>,
}

/// A set of protocol versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TlsVersions {
    pub sslv2: bool,
    pub sslv3: bool,
    pub tlsv1: bool,
    pub tlsv11: bool,
    pub tlsv12: bool,
    pub tlsv13: bool,
}
