//! Oracle's TNS listener: what its own `tnsping` asks. The listener refuses (packet type 4) with its version, which is the sign of
//! life.

use super::buffer::Buffer;
use super::bytes::{be16, take};
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol};

/// `protocol tns`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["tns"],
    starttls: tls_first,
    begin: |_: &Talk<'_>| Box::new(Tns { buffer: Buffer::new(MOST) }),
};

/// The longest refusal.
const MOST: usize = 4096;
/// Packet of type 1, version 310 (300 at least), with 29 bytes of data from byte 58.
const CONNECT: [u8; 58] = [
    0x00, 0x57, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x36, 0x01, 0x2c, 0x00, 0x00, 0x08, 0x00, 0x7f,
    0xff, 0x7f, 0x08, 0x00, 0x00, 0x00, 0x01, 0x00, 0x1d, 0x00, 0x3a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
];
const PING: &[u8; 29] = b"(CONNECT_DATA=(COMMAND=ping))";
const REFUSE: u8 = 4;

#[derive(Debug)]
struct Tns {
    buffer: Buffer,
}

impl Protocol for Tns {
    fn start(&mut self) -> Next {
        Next::Send([&CONNECT[..], PING].concat())
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        let mut rest = self.buffer.as_slice();
        let Some(length) = be16(&mut rest) else { return Next::Read };
        let Some(head) = take(&mut rest, 6) else { return Next::Read };
        if !(8..=MOST).contains(&usize::from(length)) || head.get(2) != Some(&REFUSE) {
            return Next::Fail(Failure::NotSpoken("TNS"));
        }
        if self.buffer.len() < usize::from(length) { Next::Read } else { Next::Done }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, hex, play, test};
    use super::*;

    fn asked() -> Turn {
        Turn::Sends([&CONNECT[..], PING].concat())
    }

    #[test]
    fn a_refusal_is_a_sign_of_life() {
        assert_eq!(CONNECT.len() + PING.len(), 0x57);
        let said = Turn::Says(hex("000f 0000 0400 0000 0000 0003 286b 29"));
        assert_eq!(play(&test("tns", &[]), &[asked(), said.clone()]), Next::Done);
        cut_off(&test("tns", &[]), &[asked(), said]);
    }

    #[test]
    fn anything_else_is_not() {
        for said in ["000f 0000 0200 0000", "0003 0000 0400 0000", "5353 482d 322e 300a"] {
            let step = play(&test("tns", &[]), &[asked(), Turn::Says(hex(said))]);
            assert_eq!(step, Next::Fail(Failure::NotSpoken("TNS")), "{said}");
        }
    }
}
