//! RADIUS (RFC 2865): a Status-Server question (RFC 5997), signed with the shared secret; the answer must be signed with
//! it, too.

use super::bytes::{be16, byte, take};
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol};
use crate::config::OptionName;
use crate::digest::{self, Hasher, hmac_md5};

/// `protocol radius`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["radius"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| {
        let secret = talk.test.protocol.text(OptionName::Secret).unwrap_or("testing123");
        let mut authenticator = [0; 16];
        authenticator.iter_mut().zip(&talk.random).for_each(|(to, from)| *to = *from);
        Box::new(Radius { secret: secret.as_bytes().into(), id: talk.random[16], authenticator })
    },
};

const STATUS_SERVER: u8 = 12;
const ACCESS_ACCEPT: u8 = 2;
const ACCOUNTING_RESPONSE: u8 = 5;
const MESSAGE_AUTHENTICATOR: u8 = 80;
const HEADER: usize = 20;
const SUM: usize = 16;

struct Radius {
    secret: Box<[u8]>,
    id: u8,
    authenticator: [u8; 16],
}

impl std::fmt::Debug for Radius {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Radius").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The attribute with its sum all zero, as it is while the sum is taken.
const EMPTY: [u8; 2 + SUM] = {
    let mut attribute = [0; 2 + SUM];
    (attribute[0], attribute[1]) = (MESSAGE_AUTHENTICATOR, 2 + SUM as u8);
    attribute
};

impl Radius {
    /// Is the answer from somebody who knows the secret? RFC 2865 section 3, RFC 2869 section 5.14.
    fn is_genuine(&self, packet: &[u8]) -> bool {
        let (Some(head), Some(sum), Some(attributes)) =
            (packet.get(..4), packet.get(4..HEADER), packet.get(HEADER..))
        else {
            return false;
        };
        let mut hasher = Hasher::new(digest::Kind::Md5);
        [head, &self.authenticator, attributes, &self.secret].iter().for_each(|part| hasher.update(part));
        if *hasher.finish_bytes() != *sum {
            return false;
        }
        let mut rest = attributes;
        while !rest.is_empty() {
            let at = attributes.len() - rest.len();
            let (Some(kind), Some(length)) = (byte(&mut rest), byte(&mut rest)) else { return false };
            let Some(value) = take(&mut rest, usize::from(length).wrapping_sub(2)) else { return false };
            if kind == MESSAGE_AUTHENTICATOR {
                let mut blank = [head, &self.authenticator, attributes].concat();
                let Some(place) = blank.get_mut(HEADER + at + 2..HEADER + at + 2 + SUM) else { return false };
                place.fill(0);
                return hmac_md5(&self.secret, &blank)[..] == *value;
            }
        }
        true
    }
}

impl Protocol for Radius {
    fn start(&mut self) -> Next {
        let length = (HEADER + EMPTY.len()) as u16;
        let mut packet = vec![STATUS_SERVER, self.id];
        packet.extend_from_slice(&length.to_be_bytes());
        packet.extend_from_slice(&self.authenticator);
        packet.extend_from_slice(&EMPTY);
        let sum = hmac_md5(&self.secret, &packet);
        packet.truncate(HEADER + 2);
        packet.extend_from_slice(&sum);
        Next::Send(packet)
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        let mut rest = bytes;
        let (Some(code), Some(id), Some(length)) = (byte(&mut rest), byte(&mut rest), be16(&mut rest)) else {
            return Next::Read;
        };
        // Bytes beyond the length are padding (section 3).
        let Some(packet) = bytes.get(..usize::from(length)).filter(|packet| packet.len() >= HEADER) else {
            return Next::Read;
        };
        if id != self.id {
            return Next::Read;
        }
        if !self.is_genuine(packet) {
            return Next::Fail(Failure::Refuses("the answer is not signed with the secret"));
        }
        match code {
            ACCESS_ACCEPT | ACCOUNTING_RESPONSE => Next::Done,
            code => Next::Fail(Failure::Code("the server answers with code", u32::from(code))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{begin, test};
    use super::*;
    use crate::config::Connection;

    fn radius(secret: &str) -> Connection {
        test("radius", &[(OptionName::Secret, secret)])
    }

    /// What a server with that secret says to what it was sent.
    fn server(query: &[u8], secret: &[u8], code: u8, signed: bool) -> Vec<u8> {
        let attributes: &[u8] = if signed { &EMPTY } else { &[18, 4, b'o', b'k'] };
        let length = (HEADER + attributes.len()) as u16;
        let mut packet = vec![code, query[1]];
        packet.extend_from_slice(&length.to_be_bytes());
        packet.extend_from_slice(&query[4..HEADER]);
        packet.extend_from_slice(attributes);
        if signed {
            let sum = hmac_md5(secret, &packet);
            packet[HEADER + 2..].copy_from_slice(&sum);
        }
        let mut hasher = Hasher::new(digest::Kind::Md5);
        hasher.update(&packet);
        hasher.update(secret);
        let sum = hasher.finish_bytes();
        packet[4..HEADER].copy_from_slice(&sum);
        packet
    }

    fn ask(ours: &str, theirs: &str, code: u8, signed: bool) -> Next {
        let mut dialogue = begin(&radius(ours));
        let Next::Send(query) = dialogue.start() else { panic!("it asks first") };
        assert_eq!((query[0], query.len()), (12, 38));
        dialogue.input(&server(&query, theirs.as_bytes(), code, signed), false)
    }

    #[test]
    fn only_who_knows_the_secret_is_believed() {
        assert_eq!(ask("s3cret", "s3cret", 2, true), Next::Done);
        assert_eq!(ask("s3cret", "s3cret", 5, false), Next::Done);
        assert!(matches!(ask("s3cret", "other", 2, true), Next::Fail(Failure::Refuses(_))));
        assert!(matches!(ask("s3cret", "other", 2, false), Next::Fail(Failure::Refuses(_))));
        assert!(matches!(ask("s3cret", "s3cret", 3, false), Next::Fail(Failure::Code(_, 3))));
    }

    #[test]
    fn what_is_cut_off_or_not_ours_is_passed_over_or_refused() {
        let mut dialogue = begin(&radius("x"));
        let Next::Send(query) = dialogue.start() else { panic!("it asks first") };
        let answer = server(&query, b"x", 2, true);
        for length in 0..answer.len() {
            assert_eq!(dialogue.input(&answer[..length], false), Next::Read, "{length}");
        }
        let mut lying = answer.clone();
        lying[HEADER + 1] = 1;
        assert!(matches!(dialogue.input(&lying, false), Next::Fail(_)));
        let mut other = answer;
        other[1] ^= 1;
        assert_eq!(dialogue.input(&other, false), Next::Read);
    }
}
