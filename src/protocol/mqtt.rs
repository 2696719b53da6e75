//! MQTT 3.1.1: CONNECT, CONNACK, DISCONNECT.

use super::buffer::Buffer;
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol};

const CLEAN_SESSION: u8 = 0x02;
const PASSWORD: u8 = 0x40;
const USERNAME: u8 = 0x80;
const KEEP_ALIVE: u8 = 1;
const CODE: &str = "Unexpected connection response code";
/// Longest user and password that fit two bytes of length in a packet whose length fits three.
const LONGEST: usize = 65_535;

/// `protocol mqtt`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["mqtt"],
    starttls: tls_first,
    begin: |talk| Box::new(Mqtt { connect: connect(talk), received: Buffer::new(4) }),
};

#[derive(Debug)]
struct Mqtt {
    connect: Vec<u8>,
    received: Buffer,
}

/// A clean session under a name of its own, so that nobody's session is taken over.
fn connect(talk: &Talk<'_>) -> Vec<u8> {
    let (username, password) = talk.test.protocol.credentials();
    let password = password.filter(|_| username.is_some());
    let mut flags = CLEAN_SESSION;
    flags |= if username.is_some() { USERNAME } else { 0 };
    flags |= if password.is_some() { PASSWORD } else { 0 };
    let mut body = b"\0\x04MQTT\x04".to_vec();
    body.extend_from_slice(&[flags, 0, KEEP_ALIVE]);
    let id = format!("monit-{}", talk.wall);
    for text in [Some(id.as_str()), username, password].into_iter().flatten() {
        let bytes = text.as_bytes().get(..LONGEST).unwrap_or(text.as_bytes());
        body.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
        body.extend_from_slice(bytes);
    }
    let mut packet = vec![0x10];
    let mut length = body.len();
    loop {
        let more = if length > 127 { 0x80 } else { 0 };
        packet.push(u8::try_from(length & 0x7f).unwrap_or_default() | more);
        length >>= 7;
        if length == 0 {
            break;
        }
    }
    packet.extend_from_slice(&body);
    packet
}

fn refusal(code: u8) -> Failure {
    let reason = match code {
        1 => "unacceptable protocol version",
        2 => "client identifier rejected",
        3 => "server unavailable",
        4 => "bad user name or password",
        5 => "not authorized",
        _ => return Failure::Answer(CODE, format!("unknown ({code})").into()),
    };
    Failure::Answer(CODE, format!("Connection Refused: {reason} ({code})").into())
}

impl Protocol for Mqtt {
    fn start(&mut self) -> Next {
        Next::Send(std::mem::take(&mut self.connect))
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        // The answer has four bytes; what does not begin like it needs no more of them.
        let bytes = bytes.get(..self.received.room()).unwrap_or(bytes);
        if self.received.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        match *self.received.as_slice() {
            [kind, ..] if kind >> 4 != 2 => {
                Next::Fail(Failure::Code("Unexpected connection response type --", u32::from(kind >> 4)))
            }
            [_, length, ..] if length != 2 => {
                Next::Fail(Failure::Code("Unexpected connection response length --", length.into()))
            }
            [_, _, _, 0] => Next::Finish(vec![0xe0, 0]),
            [_, _, _, code] => Next::Fail(refusal(code)),
            _ if eof => Next::Fail(Failure::ClosedAt("Error receiving connection response")),
            _ => Next::Read,
        }
    }
}
