//! The time protocol (RFC 868): four bytes, seconds since 1900, which must agree with this machine's clock.

use super::buffer::Buffer;
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol};
use crate::config::Transport;

/// From 1900 to 1970.
const EPOCH: u64 = 2_208_988_800;
/// How far the clocks may be apart, in seconds.
const APART: u64 = 3;

/// `protocol rdate`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["rdate"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| {
        Box::new(Rdate {
            received: Buffer::new(4),
            datagrams: talk.test.transport == Transport::Udp,
            earliest: talk.wall.saturating_sub(APART),
            // The answer may come as late as the test allows.
            latest: talk.wall + APART + talk.test.timeout.as_secs(),
        })
    },
};

#[derive(Debug)]
struct Rdate {
    received: Buffer,
    datagrams: bool,
    earliest: u64,
    latest: u64,
}

impl Protocol for Rdate {
    fn start(&mut self) -> Next {
        // Any datagram asks.
        if self.datagrams { Next::Send(vec![0]) } else { Next::Read }
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        // What follows the four bytes is no time.
        let bytes = bytes.get(..self.received.room()).unwrap_or(bytes);
        if self.received.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        let Ok(seconds) = self.received.as_slice().try_into().map(u32::from_be_bytes) else {
            return if eof {
                Next::Fail(Failure::ClosedAt("RDATE: error receiving data"))
            } else {
                Next::Read
            };
        };
        // In 2036 the count begins again.
        let around = u64::from(seconds) + if seconds < 1 << 31 { 1 << 32 } else { 0 };
        if (self.earliest..=self.latest).contains(&around.saturating_sub(EPOCH)) {
            Next::Done
        } else {
            Next::Fail(Failure::Refuses("RDATE error: time does not match system time"))
        }
    }
}
