//! Connection, URL, unix socket and ping tests.

use super::{ChecksumKind, Few, Operator, Protocol, Tls};
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// `if failed|succeeded port …`, `… unixsocket …`, `… url …`. There are thousands of them in large control files: what few of them have
/// stands in a box.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// `if succeeded`: the test fails when the connection succeeds.
    pub succeeded: bool,
    /// Where to.
    pub target: Target,
    /// What with.
    pub transport: Transport,
    /// Which addresses of a name.
    pub family: Family,
    /// The dialogue.
    pub protocol: Protocol,
    /// `send`/`expect` in order; not empty only with the generic protocol.
    pub steps: Few<Exchange>,
    /// `content = …` of an HTTP answer or of what the server says.
    pub content: Option<Box<Content>>,
    /// From the start of an attempt to its end.
    pub timeout: Duration,
    /// `responsetime …`.
    pub response_time: Option<Box<ResponseTime>>,
    /// `address A`: the local address to connect from.
    pub outgoing: Option<Box<IpAddr>>,
    /// Attempts within a cycle, at least 1.
    pub retry: u32,
    /// TLS, with its options.
    pub tls: Option<Box<Tls>>,
    /// Certificate tests.
    pub certificate: Option<Box<Certificate>>,
}

/// Where a connection goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// `[host H] port N`.
    Port(Address),
    /// `url U`.
    Url(Box<Url>),
    /// `unixsocket PATH`.
    Unix(Box<Path>),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    /// Name or address; that of the service, or `localhost`, is shared by all tests that name no other.
    pub host: Rc<str>,
    /// Port as written; not checked by the language.
    pub port: u32,
}

/// A URL, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Url {
    /// `https`.
    pub secure: bool,
    /// User before the `@`, percent-decoded.
    pub username: Option<Box<str>>,
    /// Password before the `@`, percent-decoded.
    pub password: Option<Box<str>>,
    /// Name or address, without brackets.
    pub host: Box<str>,
    /// Port, 80 or 443 unless given.
    pub port: u32,
    /// Path, at least `/`.
    pub path: Box<str>,
    /// Behind the `?`.
    pub query: Option<Box<str>>,
    /// As written.
    pub text: Box<str>,
}

impl Url {
    /// What may be shown of one that is a secret: neither user nor path nor query.
    pub fn shown(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }

    /// The server as a `Host` header names it (RFC 9110, 7.2): an IPv6 address in brackets, the port unless it is the usual
    /// one.
    pub fn authority(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { bracketed(&self.host) } else { self.host_port() }
    }

    /// The same with the port, whichever it is.
    pub fn host_port(&self) -> String {
        format!("{}:{}", bracketed(&self.host), self.port)
    }

    /// Path and query, as a request line has them.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_string(),
        }
    }
}

/// A host as a URL has it: an IPv6 address in brackets.
pub fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The kind of socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
}

/// Which address family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Family {
    #[default]
    Any,
    V4,
    V6,
}

/// One line of what the generic protocol says and hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Exchange {
    /// Bytes to send, escapes resolved.
    Send(Box<[u8]>),
    /// A pattern (POSIX ERE) that must be found in the answer.
    Expect(Box<str>),
}

/// `content = "pattern"`, `content != "pattern"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// `!=`.
    pub negated: bool,
    /// POSIX ERE.
    pub pattern: Box<str>,
}

/// `responsetime < N`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseTime {
    /// What is expected.
    pub operator: Operator,
    /// The limit.
    pub limit: Duration,
}

/// Tests of the server's certificate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Certificate {
    /// `certificate valid > N days`.
    pub valid_days: Option<u32>,
    /// `certificate checksum …`: hex digits in lower case.
    pub checksum: Option<(ChecksumKind, Box<str>)>,
}

/// `if failed|succeeded ping …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    /// `if succeeded`.
    pub succeeded: bool,
    /// `ping4`, `ping6`.
    pub family: Family,
    /// Echo requests, at least 1.
    pub count: u32,
    /// Bytes of data, 8 to 1492.
    pub size: u32,
    /// For each answer.
    pub timeout: Duration,
    /// `responsetime …`.
    pub response_time: Option<ResponseTime>,
    /// `address A`: the local address.
    pub outgoing: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_test_costs_little() {
        // There are thousands of them in large control files.
        assert!(size_of::<Connection>() <= 128, "{}", size_of::<Connection>());
        assert!(size_of::<super::super::Test>() <= 80, "{}", size_of::<super::super::Test>());
    }
}
