//! The request of an HTTP test: its lines in the order that servers and their logs have always seen.

use crate::config::{OptionName, OptionValue, Target, bracketed};
use crate::protocol::dialogue::Talk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A request being written.
#[derive(Debug)]
pub struct Request(Vec<u8>);

impl Request {
    /// `GET /path HTTP/1.1`.
    pub fn new(method: &str, target: &str) -> Request {
        let mut request = Request(Vec::with_capacity(256));
        request.line(&[method, " ", target, " HTTP/1.1"]);
        request
    }

    /// A header as we write it: `Name: value`.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Request {
        self.line(&[name, ": ", value])
    }

    /// A header of the control file: `Name:value`, without a blank.
    fn own(&mut self, name: &str, value: &str) -> &mut Request {
        self.line(&[name, ":", value])
    }

    /// A user and a password, where there is a user.
    pub fn authorization(&mut self, username: Option<&str>, password: Option<&str>) -> &mut Request {
        if let Some(username) = username {
            let both = format!("{username}:{}", password.unwrap_or_default());
            self.line(&["Authorization: Basic ", &STANDARD.encode(both)]);
        }
        self
    }

    /// The bytes, with the empty line.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"\r\n");
        self.0
    }

    /// The bytes, with a body behind the empty line.
    pub fn body(mut self, body: &[u8]) -> Vec<u8> {
        self.header("Content-Length", &body.len().to_string());
        let mut bytes = self.finish();
        bytes.extend_from_slice(body);
        bytes
    }

    /// No value may bring a line of its own onto the wire.
    fn line(&mut self, parts: &[&str]) -> &mut Request {
        let bytes = parts.iter().flat_map(|part| part.bytes());
        self.0.extend(bytes.filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)));
        self.0.extend_from_slice(b"\r\n");
        self
    }
}

/// Who we are.
pub fn agent() -> String {
    format!("Monit/{}", crate::MONIT_VERSION)
}

/// The server as a `Host` header names it (RFC 9110, 7.2): as the control file does, an IPv6 address in brackets, the port
/// unless it is the usual one.
pub fn authority(talk: &Talk<'_>) -> String {
    match &talk.test.target {
        Target::Unix(_) => "localhost".into(),
        _ => host_port(talk.host, talk.port, is_secure(talk)),
    }
}

/// A server as a `Host` header names it.
pub fn host_port(host: &str, port: u16, secure: bool) -> String {
    let host = bracketed(host);
    let usual = if secure { 443 } else { 80 };
    if port == usual { host } else { format!("{host}:{port}") }
}

/// TLS from the first byte?
pub fn is_secure(talk: &Talk<'_>) -> bool {
    let url = matches!(&talk.test.target, Target::Url(url) if url.secure);
    url || talk.test.tls.is_some() || talk.test.protocol.spec.tls
}

/// The request of `protocol http`, or of a `url`.
pub fn request(talk: &Talk<'_>) -> Vec<u8> {
    let protocol = &talk.test.protocol;
    let (mut username, mut password) = protocol.credentials();
    let mut target = protocol.text(OptionName::Request).unwrap_or("/").to_string();
    if let Target::Url(url) = &talk.test.target {
        username = username.or(url.username.as_deref());
        password = password.or(url.password.as_deref());
        target = url.path.to_string();
        if let Some(query) = &url.query {
            target.push('?');
            target.push_str(query);
        }
    }
    let own: &[(Box<str>, Box<str>)] = match protocol.option(OptionName::Headers) {
        Some(OptionValue::Headers(headers)) => headers,
        _ => &[],
    };
    let hostheader = protocol.text(OptionName::HostHeader);
    let is = |header: &str, name: &str| header.trim().eq_ignore_ascii_case(name);
    let is_ours = |name: &str| !own.iter().any(|(header, _)| is(header, name));

    let mut request = Request::new(if is_head(talk) { "HEAD" } else { "GET" }, &target);
    if is_ours("Authorization") {
        request.authorization(username, password);
    }
    if hostheader.is_none() && is_ours("Host") {
        request.header("Host", &authority(talk));
    }
    let agent = agent();
    let usual = [
        ("User-Agent", agent.as_str()),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ];
    for (name, value) in usual.into_iter().filter(|(name, _)| is_ours(name)) {
        request.header(name, value);
    }
    if let Some(host) = hostheader {
        request.own("Host", host);
    }
    for (name, value) in own {
        if hostheader.is_none() || !is(name, "Host") {
            request.own(name.trim(), value.trim());
        }
    }
    request.finish()
}

/// `method head`: the answer has no body.
pub fn is_head(talk: &Talk<'_>) -> bool {
    matches!(talk.test.protocol.option(OptionName::Method), Some(OptionValue::Head(true)))
}
