//! Network dialogues without a network: no socket, no clock, no file.
//!
//! A dialogue gets the bytes that came and says what is to happen next. Sockets, addresses, TLS, deadlines and
//! retries belong to [`crate::probe`]; which server to talk to, and what an answer means for a service or an alert,
//! to those who start the dialogue. One file per protocol.

mod apache;
pub mod buffer;
mod bytes;
pub mod dialogue;
mod dns;
mod dwp;
mod fail2ban;
mod generic;
mod gps;
mod greeting;
pub mod http;
mod json;
mod ldap;
mod line;
mod memcache;
mod mongodb;
mod mqtt;
mod mysql;
mod ntp;
mod pgsql;
mod plain;
mod radius;
mod rdate;
pub mod refusal;
pub mod registry;
mod script;
pub mod secret;
mod sip;
pub mod smtp;
mod tns;
mod websocket;

use crate::config::ChecksumKind;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// A dialogue with a server, from the first byte (after TLS where that comes first) to the last.
///
/// The driver calls [`start`](Protocol::start) once the connection stands, then does what the [`Next`] says:
/// after [`Next::Send`] is written in full it calls [`input`](Protocol::input) with no bytes, so that a dialogue may
/// look at what it had already received; after [`Next::StartTls`] and the handshake, [`secured`](Protocol::secured).
pub trait Protocol {
    /// Told before [`start`](Protocol::start): the address that the connection comes from, where it has one.
    fn comes_from(&mut self, local: SocketAddr) {
        let _ = local;
    }

    /// The connection stands. What comes first?
    fn start(&mut self) -> Next;

    /// `bytes` came (none: look again at what is there); with `eof` nothing more will come.
    ///
    /// A dialogue bounds what it keeps; it never asks for more than it can hold.
    fn input(&mut self, bytes: &[u8], eof: bool) -> Next;

    /// The TLS handshake asked for by [`Next::StartTls`] is done.
    fn secured(&mut self) -> Next {
        Next::Fail(Failure::Unsupported("TLS within the dialogue"))
    }

    /// The least time the server gets for the answer that is awaited now, whatever the time limit in force.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// The answer to [`Next::Match`].
    fn matched(&mut self, found: bool) -> Next {
        let _ = found;
        Next::Fail(Failure::Unsupported("a pattern within the dialogue"))
    }

    /// Nothing came for as long as the last [`Next::ReadQuiet`] said.
    fn quiet(&mut self) -> Next {
        Next::Read
    }

    /// Time is up while an answer is awaited: a better reason than that, if there is one.
    fn late(&self) -> Option<Failure> {
        None
    }
}

/// Only that it is one: what each holds would stand in every program, for nobody.
impl fmt::Debug for dyn Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protocol")
    }
}

/// A dialogue behind a pointer, as the registry makes it.
impl Protocol for Box<dyn Protocol> {
    fn comes_from(&mut self, local: SocketAddr) {
        (**self).comes_from(local);
    }

    fn start(&mut self) -> Next {
        (**self).start()
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        (**self).input(bytes, eof)
    }

    fn secured(&mut self) -> Next {
        (**self).secured()
    }

    fn patience(&self) -> Duration {
        (**self).patience()
    }

    fn matched(&mut self, found: bool) -> Next {
        (**self).matched(found)
    }

    fn quiet(&mut self) -> Next {
        (**self).quiet()
    }

    fn late(&self) -> Option<Failure> {
        (**self).late()
    }
}

/// What the driver is to do next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Wait for bytes.
    Read,
    /// Wait for bytes; if none come for this long, call [`Protocol::quiet`].
    ReadQuiet(Duration),
    /// Write these bytes, then call [`Protocol::input`] with none.
    Send(Vec<u8>),
    /// Write these bytes, close, and be content.
    Finish(Vec<u8>),
    /// Look for a pattern (POSIX ERE, as the control file has it) in a text, then call [`Protocol::matched`].
    Match(Box<str>, Vec<u8>),
    /// Negotiate TLS on this connection, then call [`Protocol::secured`].
    StartTls,
    /// Close, connect to the same server once more, and call [`Protocol::start`] again.
    Again,
    /// The same with another server, which the first one has named.
    Elsewhere(Box<Server>),
    /// All is well; close.
    Done,
    /// The server did not do what the protocol asks for; close.
    Fail(Failure),
}

/// Where a dialogue goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// With TLS from the first byte, its certificate verified.
    pub secure: bool,
    /// Name or address, without brackets.
    pub host: Box<str>,
    /// Its port.
    pub port: u16,
}

/// Why a dialogue failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server closed the connection in the middle.
    Closed,
    /// The server sent more than the dialogue takes of this (`reply`, `line` ...).
    TooLong(&'static str),
    /// What the dialogue was at, and what the server said to it (already bounded and printable, see [`excerpt`]).
    Answer(&'static str, Box<str>),
    /// The server cannot do what is needed.
    Unsupported(&'static str),
    /// It speaks something else than this.
    NotSpoken(&'static str),
    /// It says so itself, or its answer does.
    Refuses(&'static str),
    /// What it said with a number, and the number.
    Code(&'static str, u32),
    /// The pattern cannot be used.
    Pattern(Box<str>),
    /// The server closed the connection while this was awaited.
    ClosedAt(&'static str),
    /// The same, and how far it had come with what was awaited.
    ClosedAfter(&'static str, Box<str>),
    /// As [`Answer`](Failure::Answer), for sentences that end in a colon.
    Said(&'static str, Box<str>),
    /// The pattern of `content` was not found, or was found where it must not be (`!=`).
    Content {
        /// `!=`.
        negated: bool,
    },
    /// What a JSON answer has at a place is not what it must be, or is what it must not be.
    Json {
        /// The place.
        pointer: Box<str>,
        /// What is there; `None`: nothing.
        found: Option<Box<str>>,
        /// `!=`.
        negated: bool,
        /// As the control file has it.
        wanted: Box<str>,
    },
    /// The body has another checksum.
    Checksum {
        /// Of which kind.
        kind: ChecksumKind,
        /// As the control file has it.
        expected: Box<str>,
        /// As it is.
        got: Box<str>,
    },
    /// What came does not match `expect`.
    Unexpected(Box<str>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Closed => f.write_str("connection closed by the server"),
            Failure::TooLong(what) => write!(f, "the server's {what} is too long"),
            Failure::Answer(what, answer) => write!(f, "{what} -- {answer}"),
            Failure::NotSpoken(protocol) => write!(f, "the server does not speak {protocol} here"),
            Failure::Refuses(reason) => f.write_str(reason),
            Failure::Code(what, code) => write!(f, "{what} {code}"),
            Failure::Pattern(pattern) => write!(f, "the pattern '{pattern}' cannot be used"),
            Failure::Unsupported(what) => write!(f, "{what} is not supported by the server"),
            Failure::ClosedAt(what) => write!(f, "{what} -- connection closed by the server"),
            Failure::ClosedAfter(what, begun) => {
                write!(f, "{what} -- connection closed by the server after '{begun}'")
            }
            Failure::Said(what, answer) => write!(f, "{what}: {answer}"),
            Failure::Content { negated: false } => {
                f.write_str("HTTP error: Regular expression doesn't match: No match")
            }
            Failure::Content { negated: true } => f.write_str("HTTP error: Regular expression matches"),
            Failure::Json { pointer, found: None, .. } => {
                write!(f, "HTTP error: the answer has no '{pointer}'")
            }
            Failure::Json { pointer, found: Some(found), negated, wanted } => match negated {
                false => write!(f, "HTTP error: '{pointer}' of the answer is '{found}', not '{wanted}'"),
                true => write!(f, "HTTP error: '{pointer}' of the answer is '{found}'"),
            },
            Failure::Checksum { kind, expected, got } => {
                write!(f, "Checksum error: {} mismatch (expected {expected} got {got})", kind_name(*kind))
            }
            Failure::Unexpected(text) => {
                write!(f, "GENERIC: received unexpected data [{text}] -- No match")
            }
        }
    }
}

fn kind_name(kind: ChecksumKind) -> &'static str {
    match kind {
        ChecksumKind::Md5 => "MD5",
        ChecksumKind::Sha1 => "SHA1",
        ChecksumKind::Sha256 => "SHA256",
    }
}

/// The beginning of what a server said, at most `limit` bytes of it, fit for a log line: control characters become
/// blanks, bytes that are no UTF-8 become the replacement character.
pub fn excerpt(bytes: &[u8], limit: usize) -> Box<str> {
    let cut = bytes.get(..limit).unwrap_or(bytes);
    let text = String::from_utf8_lossy(cut);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.trim_end().into()
}

#[cfg(test)]
mod exchange;
#[cfg(test)]
pub mod transcript;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_bounded_and_printable() {
        assert_eq!(&*excerpt(b"421 busy\r\n", 80), "421 busy");
        assert_eq!(&*excerpt(b"a\x1b[2Jb\0c", 80), "a [2Jb c");
        assert_eq!(&*excerpt(&[b'x'; 300], 10), "xxxxxxxxxx");
        assert_eq!(&*excerpt(b"\xff\xfe", 10), "\u{fffd}\u{fffd}");
    }
}
