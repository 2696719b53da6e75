//! LDAP (RFC 4511; version 2 is RFC 1777): an anonymous bind, its result, an unbind. BER as X.690 has it, in any of its
//! legal lengths.

use super::buffer::Buffer;
use super::bytes::{byte, take};
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, excerpt};

/// `protocol ldap2`.
pub const LDAP2: Dialogue = Dialogue {
    keywords: &["ldap2"],
    starttls: tls_first,
    begin: |_: &Talk<'_>| Box::new(Ldap { version: 2, buffer: Buffer::new(MOST) }),
};

/// `protocol ldap3`.
pub const LDAP3: Dialogue = Dialogue {
    keywords: &["ldap3"],
    starttls: tls_first,
    begin: |_: &Talk<'_>| Box::new(Ldap { version: 3, buffer: Buffer::new(MOST) }),
};

/// The longest answer to a bind.
const MOST: usize = 8192;
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const OCTETS: u8 = 0x04;
const BIND_RESPONSE: u8 = 0x61;
const UNBIND: [u8; 7] = [SEQUENCE, 5, INTEGER, 1, 2, 0x42, 0];

#[derive(Debug)]
struct Ldap {
    version: u8,
    buffer: Buffer,
}

/// Why an element cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Unread {
    /// More bytes are needed.
    Short,
    /// It is not BER, or longer than any answer.
    Wrong,
}

/// The next element: its tag and its content.
fn element<'a>(bytes: &mut &'a [u8]) -> Result<(u8, &'a [u8]), Unread> {
    let tag = byte(bytes).ok_or(Unread::Short)?;
    let first = byte(bytes).ok_or(Unread::Short)?;
    let length = match first {
        0..=0x7f => usize::from(first),
        // The indefinite form is not allowed here (RFC 4511 section 5.1).
        0x81..=0x84 => {
            let digits = take(bytes, usize::from(first & 0x7f)).ok_or(Unread::Short)?;
            digits.iter().fold(0usize, |length, digit| length << 8 | usize::from(*digit))
        }
        _ => return Err(Unread::Wrong),
    };
    if length > MOST {
        return Err(Unread::Wrong);
    }
    take(bytes, length).map(|content| (tag, content)).ok_or(Unread::Short)
}

/// The result code of a bind and the server's words; elements within a whole message cannot be short.
fn result(message: &[u8]) -> Option<(u32, &[u8])> {
    let mut rest = message;
    let (tag, id) = element(&mut rest).ok()?;
    if tag != INTEGER || id.last() != Some(&1) {
        return None;
    }
    let (tag, mut response) = element(&mut rest).ok()?;
    if tag != BIND_RESPONSE {
        return None;
    }
    let (tag, code) = element(&mut response).ok()?;
    if tag != ENUMERATED || code.is_empty() || code.len() > 4 {
        return None;
    }
    let code = code.iter().fold(0, |code, digit| code << 8 | u32::from(*digit));
    let (matched, _) = element(&mut response).ok()?;
    let (tag, text) = element(&mut response).ok()?;
    (matched == OCTETS && tag == OCTETS).then_some((code, text))
}

impl Protocol for Ldap {
    fn start(&mut self) -> Next {
        Next::Send(vec![SEQUENCE, 12, INTEGER, 1, 1, 0x60, 7, INTEGER, 1, self.version, OCTETS, 0, 0x80, 0])
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        if self.buffer.is_empty() {
            return Next::Read;
        }
        let mut rest = self.buffer.as_slice();
        if rest.first() != Some(&SEQUENCE) {
            return Next::Fail(Failure::NotSpoken("LDAP"));
        }
        let message = match element(&mut rest) {
            Ok((_, message)) => message,
            Err(Unread::Short) => return Next::Read,
            Err(Unread::Wrong) => return Next::Fail(Failure::NotSpoken("LDAP")),
        };
        match result(message) {
            Some((0, _)) => Next::Finish(UNBIND.to_vec()),
            Some((code, [])) => Next::Fail(Failure::Code("bind refused with result", code)),
            Some((_, text)) => Next::Fail(Failure::Answer("bind refused", excerpt(text, 120))),
            None => Next::Fail(Failure::NotSpoken("LDAP")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, hex, play, test};
    use super::*;

    fn bind(version: u8) -> Turn {
        Turn::Sends([&hex("300c 0201 01 6007 0201")[..], &[version], &hex("0400 8000")].concat())
    }

    #[test]
    fn a_bind_in_short_and_long_lengths() {
        for said in [
            "300c 0201 01 6107 0a01 00 0400 0400",
            "3084 0000 0010 0201 01 6184 0000 0007 0a01 00 0400 0400",
            "3081 0e 0202 0001 6181 07 0a01 00 0400 0400",
        ] {
            let said = Turn::Says(hex(said));
            let unbind = Turn::Sends(hex("3005 0201 02 4200"));
            assert_eq!(play(&test("ldap3", &[]), &[bind(3), said.clone(), unbind.clone()]), Next::Done);
            assert_eq!(play(&test("ldap2", &[]), &[bind(2), said.clone(), unbind]), Next::Done);
            cut_off(&test("ldap3", &[]), &[bind(3), said]);
        }
    }

    #[test]
    fn a_refusal_has_the_servers_words() {
        let text = "300f 0201 01 610a 0a01 02 0400 0403 6f6c64";
        let refused = play(&test("ldap2", &[]), &[bind(2), Turn::Says(hex(text))]);
        assert_eq!(refused, Next::Fail(Failure::Answer("bind refused", "old".into())));
        let refused =
            play(&test("ldap3", &[]), &[bind(3), Turn::Says(hex("300c 0201 01 6107 0a01 30 0400 0400"))]);
        assert_eq!(refused, Next::Fail(Failure::Code("bind refused with result", 0x30)));
    }

    #[test]
    fn hostile_lengths() {
        for said in
            ["3084 ffff ffff", "3088 ffff ffff ffff ffff", "3080", "3000", "3003 0201 01", "5353 482d"]
        {
            let step = play(&test("ldap3", &[]), &[bind(3), Turn::Says(hex(said))]);
            assert_eq!(step, Next::Fail(Failure::NotSpoken("LDAP")), "{said}");
        }
    }
}
