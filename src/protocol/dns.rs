//! DNS (RFC 1035): asks for the name servers of the root, which every server knows or can refuse to tell.
//!
//! The answer must carry our number and our question. Refusing it (code 5) is a sign of life, too: many servers answer
//! their own clients only.

use super::buffer::Buffer;
use super::bytes::be16;
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Protocol, Step};
use crate::config::Transport;

/// `protocol dns`, over UDP and TCP.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["dns"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| {
        Box::new(Dns {
            id: [talk.random[0], talk.random[1]],
            datagrams: talk.test.transport == Transport::Udp,
            buffer: Buffer::new(2 + MOST),
        })
    },
};

/// The longest message; more is truncated by servers (RFC 1035 section 4.2.1) or is no answer to this question.
const MOST: usize = 4096;
/// A standard query that wishes recursion: one question.
const FLAGS: [u8; 10] = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
/// The root, NS, IN.
const QUESTION: [u8; 5] = [0, 0, 2, 0, 1];

#[derive(Debug)]
struct Dns {
    id: [u8; 2],
    datagrams: bool,
    buffer: Buffer,
}

/// What an answer says.
enum Verdict {
    /// It is not the answer to our question.
    Foreign,
    Good,
    Bad(Failure),
}

impl Dns {
    fn query(&self) -> Vec<u8> {
        [&self.id[..], &FLAGS, &QUESTION].concat()
    }

    fn judge(&self, mut message: &[u8]) -> Option<Verdict> {
        let message = &mut message;
        let id = be16(message)?;
        let flags = be16(message)?;
        let [questions, answers, authorities, _] =
            [be16(message)?, be16(message)?, be16(message)?, be16(message)?];
        // Servers that cannot read the question leave it out of their refusal.
        let ours = questions == 0 || message.starts_with(&QUESTION);
        if id.to_be_bytes() != self.id || flags & 0x8000 == 0 || !ours {
            return Some(Verdict::Foreign);
        }
        Some(match flags & 0xf {
            0 if answers > 0 || authorities > 0 => Verdict::Good,
            0 => Verdict::Bad(Failure::Code("the answer is empty: records", 0)),
            5 => Verdict::Good,
            code => Verdict::Bad(Failure::Code("the server answers with error", u32::from(code))),
        })
    }
}

impl Protocol for Dns {
    fn start(&mut self) -> Step {
        let query = self.query();
        if self.datagrams {
            return Step::Send(query);
        }
        let length = u16::try_from(query.len()).unwrap_or_default().to_be_bytes();
        Step::Send([&length[..], &query].concat())
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Step {
        if self.datagrams {
            // Somebody else's datagram is not the server's fault: the answer may still come.
            return match self.judge(bytes) {
                Some(Verdict::Good) => Step::Done,
                Some(Verdict::Bad(failure)) => Step::Fail(failure),
                Some(Verdict::Foreign) | None => Step::Read,
            };
        }
        if self.buffer.push(bytes).is_err() {
            return Step::Fail(Failure::TooLong("answer"));
        }
        let mut rest = self.buffer.as_slice();
        let Some(length) = be16(&mut rest) else { return Step::Read };
        if usize::from(length) > MOST {
            return Step::Fail(Failure::TooLong("answer"));
        }
        let Some(message) = rest.get(..usize::from(length)) else { return Step::Read };
        match self.judge(message) {
            Some(Verdict::Good) => Step::Done,
            Some(Verdict::Bad(failure)) => Step::Fail(failure),
            Some(Verdict::Foreign) | None => Step::Fail(Failure::NotSpoken("DNS")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, hex, play, play_whole, test};
    use super::*;
    use crate::config::Connection;

    fn asked() -> Turn {
        Turn::Sends(hex("0011 0707 0100 0001 0000 0000 0000 00 0002 0001"))
    }

    fn udp() -> Connection {
        Connection { transport: Transport::Udp, ..test("dns", &[]) }
    }

    #[test]
    fn an_answer_with_records_over_tcp() {
        let answer = hex("0011 0707 8180 0001 0001 0000 0000 00 0002 0001");
        assert_eq!(play(&test("dns", &[]), &[asked(), Turn::Says(answer.clone())]), Step::Done);
        cut_off(&test("dns", &[]), &[asked(), Turn::Says(answer)]);
    }

    #[test]
    fn codes() {
        let answer = |flags: &str, counts: &str| {
            let query = Turn::Sends(hex("0707 0100 0001 0000 0000 0000 00 0002 0001"));
            let said = Turn::Says(hex(&format!("0707 {flags} 0001 {counts} 0000 00 0002 0001")));
            play_whole(&udp(), &[query, said])
        };
        assert_eq!(answer("8180", "0000 000d"), Step::Done, "a referral");
        assert_eq!(answer("8185", "0000 0000"), Step::Done, "refused");
        assert!(matches!(answer("8182", "0000 0000"), Step::Fail(_)), "server failure");
        assert!(matches!(answer("8183", "0000 0000"), Step::Fail(_)), "no such name");
        assert!(matches!(answer("8180", "0000 0000"), Step::Fail(_)), "nothing in it");
        assert_eq!(answer("0100", "0001 0000"), Step::Read, "our own question come back");
    }

    #[test]
    fn a_forged_datagram_is_passed_over() {
        let query = Turn::Sends(hex("0707 0100 0001 0000 0000 0000 00 0002 0001"));
        let forged = Turn::Says(hex("0708 8180 0001 0001 0000 0000 00 0002 0001"));
        let other = Turn::Says(hex("0707 8180 0001 0001 0000 0000 00 0006 0001"));
        let right = Turn::Says(hex("0707 8180 0001 0001 0000 0000 00 0002 0001"));
        assert_eq!(play_whole(&udp(), &[query.clone(), forged, other, right]), Step::Done);
        assert_eq!(play_whole(&udp(), &[query, Turn::Says(vec![1, 2, 3])]), Step::Read);
    }

    #[test]
    fn another_protocol_is_told_as_that() {
        let said = Turn::Says(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
        assert!(matches!(play(&test("dns", &[]), &[asked(), said]), Step::Fail(_)));
    }
}
