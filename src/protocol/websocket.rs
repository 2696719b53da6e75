//! WebSocket (RFC 6455): the upgrade of an HTTP connection, a ping, and leave.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::http::head::{Head, HeadReader};
use super::http::request::{Request, authority};
use super::{Failure, Next, Protocol};
use crate::config::OptionName;
use crate::digest::{Hasher, Kind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::mem;

const ERROR: &str = "WEBSOCKET: error";
/// The same in each connection: nothing between us and the server may keep an answer to it, and none is wanted.
const KEY: &str = "x3JJHMbDL1EzLkh9GBhXDw==";
/// RFC 6455, 1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const ORIGIN: &str = "https://mmonit.com";
/// The version of the RFC, the only one that servers speak.
const VERSION: u64 = 13;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const CLOSE: u8 = 0x8;
/// Bytes of frames that are passed over while one is awaited.
const LIMIT: u64 = 1024 * 1024;

/// `protocol websocket`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["websocket"],
    starttls: tls_first,
    begin: |talk| {
        let mut mask = [0; 4];
        mask.iter_mut().zip(talk.random).for_each(|(to, from)| *to = from);
        Box::new(Websocket {
            request: request(talk),
            mask,
            phase: Phase::Head(HeadReader::new(ERROR)),
            waiting: Vec::new(),
            skip: 0,
            taken: 0,
        })
    },
};

#[derive(Debug)]
struct Websocket {
    request: Vec<u8>,
    mask: [u8; 4],
    phase: Phase,
    /// The beginning of a frame, or frames that came before they were awaited.
    waiting: Vec<u8>,
    /// Bytes of a frame's payload that are still to come.
    skip: u64,
    taken: u64,
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    /// A frame of this kind is awaited.
    Frame(u8),
}

fn request(talk: &Talk<'_>) -> Vec<u8> {
    let protocol = &talk.test.protocol;
    let host = protocol.text(OptionName::Host).map_or_else(|| authority(talk), str::to_string);
    let mut request = Request::new("GET", protocol.text(OptionName::Request).unwrap_or("/"));
    request
        .header("Host", &host)
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Key", KEY)
        .header("Sec-WebSocket-Version", &protocol.number(OptionName::Version).unwrap_or(VERSION).to_string())
        .header("Origin", protocol.text(OptionName::Origin).unwrap_or(ORIGIN))
        .header("Pragma", "no-cache")
        .header("Cache-Control", "no-cache");
    request.finish()
}

/// What proves that the server has understood the request.
fn accept() -> String {
    let mut hasher = Hasher::new(Kind::Sha1);
    hasher.update(KEY.as_bytes());
    hasher.update(GUID.as_bytes());
    STANDARD.encode(hasher.finish_bytes())
}

/// Kind of a frame, length of its head and of its payload; `None`: more is needed to tell.
fn frame(bytes: &[u8]) -> Option<(u8, usize, u64)> {
    let (kind, short) = (bytes.first()? & 0xf, bytes.get(1)? & 0x7f);
    // Servers must not mask; who does it all the same puts four bytes more.
    let mask = if bytes.get(1)? & 0x80 == 0 { 0 } else { 4 };
    let (head, length) = match short {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    Some((kind, head + mask, length))
}

impl Websocket {
    fn upgraded(&mut self, head: Head, rest: Vec<u8>, eof: bool) -> Next {
        if head.status != 101 {
            return Next::Fail(Failure::Answer(ERROR, head.line));
        }
        if head.accept.is_some_and(|proof| *proof != *accept().as_bytes()) {
            return Next::Fail(Failure::Refuses(
                "WEBSOCKET: error -- the server accepts another key than ours",
            ));
        }
        self.waiting = rest;
        if eof {
            return self.closed(PONG);
        }
        self.phase = Phase::Frame(PONG);
        Next::Send(self.frame(PING))
    }

    /// A masked frame without a payload.
    fn frame(&self, kind: u8) -> Vec<u8> {
        let [a, b, c, d] = self.mask;
        vec![0x80 | kind, 0x80, a, b, c, d]
    }

    fn frames(&mut self, wanted: u8, bytes: &[u8], eof: bool) -> Next {
        self.taken += bytes.len() as u64;
        if self.taken > LIMIT {
            return Next::Fail(Failure::TooLong("answer"));
        }
        self.waiting.extend_from_slice(bytes);
        loop {
            let passed = usize::try_from(self.skip).unwrap_or(usize::MAX).min(self.waiting.len());
            self.waiting.drain(..passed);
            self.skip -= passed as u64;
            if self.skip > 0 {
                break;
            }
            let Some((kind, head, length)) = frame(&self.waiting) else { break };
            if self.waiting.len() < head {
                break;
            }
            self.waiting.drain(..head);
            self.skip = length;
            match kind {
                kind if kind == wanted && wanted == PONG => {
                    self.phase = Phase::Frame(CLOSE);
                    return Next::Send(self.frame(CLOSE));
                }
                kind if kind == wanted => return Next::Done,
                CLOSE => return self.closed(wanted),
                _ => {}
            }
        }
        if eof { self.closed(wanted) } else { Next::Read }
    }

    fn closed(&self, wanted: u8) -> Next {
        Next::Fail(Failure::ClosedAt(match wanted {
            PONG => "WEBSOCKET: response 0xa: header read error",
            _ => "WEBSOCKET: response 0x8: header read error",
        }))
    }
}

impl Protocol for Websocket {
    fn start(&mut self) -> Next {
        Next::Send(mem::take(&mut self.request))
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        match &mut self.phase {
            Phase::Frame(wanted) => {
                let wanted = *wanted;
                self.frames(wanted, bytes, eof)
            }
            Phase::Head(reader) => match reader.read(bytes) {
                Ok(Some((head, rest))) => self.upgraded(head, rest, eof),
                Ok(None) if eof => Next::Fail(Failure::ClosedAt("WEBSOCKET: error receiving data")),
                Ok(None) => Next::Read,
                Err(failure) => Next::Fail(failure),
            },
        }
    }
}
