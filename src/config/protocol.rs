//! The protocols a connection test can speak: keyword, name, options. The dialogues are in [`crate::protocol`].

use super::{Operator, Transport};

/// A protocol as the control file may name it. One line in the registry adds one.
#[derive(Debug)]
pub struct ProtocolSpec {
    /// The keyword in the control file, lower case.
    pub keyword: &'static str,
    /// The name in messages, status and dumps: `HTTP`.
    pub name: &'static str,
    /// The transport it needs, if it must be one.
    pub transport: Option<Transport>,
    /// It switches TLS on (`https`, `smtps`).
    pub tls: bool,
    /// It starts in plain text and switches to TLS (`mysqls`).
    pub starttls: bool,
    /// The options that may follow the keyword.
    pub options: &'static [OptionSpec],
    /// At least one option must follow.
    pub needs_option: bool,
}

/// An option of a protocol.
#[derive(Debug)]
pub struct OptionSpec {
    /// The keyword.
    pub keyword: &'static str,
    /// What follows it.
    pub kind: OptionKind,
}

/// What follows a protocol option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OptionKind {
    String,
    StringOrMail,
    Path,
    PathOrString,
    Number,
    /// `[op] NUMBER`.
    Compare,
    /// `[op] NUMBER %`.
    Percent,
    /// An MD5, SHA1 or SHA256 sum.
    Checksum,
    /// `rsakey checksum [md5|sha1|sha256] [=] STRING`.
    KeyChecksum,
    /// `method get|head`.
    Method,
    /// `[ name: value, … ]`.
    Headers,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum OptionValue {
    Text(Box<str>),
    Number(u64),
    Compare(Operator, u64),
    Checksum(super::ChecksumKind, Box<str>),
    Head(bool),
    Headers(Vec<(Box<str>, Box<str>)>),
}

/// A protocol with its options, as written in a test.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Which one.
    pub spec: &'static ProtocolSpec,
    /// The options given, in file order; a later one of the same keyword wins.
    pub options: Vec<(&'static str, OptionValue)>,
}

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        self.spec.keyword == other.spec.keyword && self.options == other.options
    }
}

impl Protocol {
    /// The last value given for an option.
    pub fn option(&self, keyword: &str) -> Option<&OptionValue> {
        self.options.iter().rev().find(|(k, _)| *k == keyword).map(|(_, v)| v)
    }
}

/// Connects and looks whether the socket is usable.
pub const DEFAULT: ProtocolSpec = ProtocolSpec {
    keyword: "default",
    name: "DEFAULT",
    transport: None,
    tls: false,
    starttls: false,
    options: &[],
    needs_option: false,
};
