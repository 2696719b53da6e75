//! DNS (RFC 1035): asks for the name servers of the root, which every server knows or can refuse to tell, or for what `query`
//! says, which it must know.
//!
//! The answer must carry our number and our question. Refusing to tell the root's servers (code 5) is a sign of life, too:
//! many servers answer their own clients only.

mod records;

use super::buffer::Buffer;
use super::bytes::be16;
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, excerpt};
use crate::config::{DnsQuery, Transport};

/// `protocol dns`, over UDP and TCP.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["dns"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| {
        Box::new(Dns {
            id: [talk.random[0], talk.random[1]],
            datagrams: talk.test.transport == Transport::Udp,
            question: question(talk.test.protocol.query()),
            query: talk.test.protocol.query().cloned().map(Box::new),
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
    /// Name, type and class.
    question: Vec<u8>,
    query: Option<Box<DnsQuery>>,
    buffer: Buffer,
}

fn question(query: Option<&DnsQuery>) -> Vec<u8> {
    let Some(query) = query else { return QUESTION.to_vec() };
    let mut question = records::encoded(&query.name);
    question.extend_from_slice(&query.kind.number.to_be_bytes());
    question.extend_from_slice(&[0, 1]);
    question
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
        [&self.id[..], &FLAGS, &self.question].concat()
    }

    fn judge(&self, whole: &[u8]) -> Option<Verdict> {
        let mut message = whole;
        let message = &mut message;
        let id = be16(message)?;
        let flags = be16(message)?;
        let [questions, answers, authorities, _] =
            [be16(message)?, be16(message)?, be16(message)?, be16(message)?];
        let asked = message.get(..self.question.len());
        let is_ours = questions == 1 && asked.is_some_and(|asked| asked.eq_ignore_ascii_case(&self.question));
        // Servers that cannot read the question leave it out of their refusal.
        if id.to_be_bytes() != self.id || flags & 0x8000 == 0 || !(is_ours || questions == 0) {
            return Some(Verdict::Foreign);
        }
        let code = flags & 0xf;
        if let Some(query) = &self.query {
            let records = message.get(self.question.len()..).unwrap_or_default();
            let told = if is_ours { answers } else { 0 };
            let verdict = query_verdict(query, whole, records, told, flags);
            return Some(verdict.map_or_else(Verdict::Bad, |()| Verdict::Good));
        }
        Some(match code {
            0 if answers > 0 || authorities > 0 => Verdict::Good,
            0 => Verdict::Bad(Failure::Code("the answer is empty: records", 0)),
            5 => Verdict::Good,
            code => Verdict::Bad(Failure::Code(ERROR, u32::from(code))),
        })
    }
}

const ERROR: &str = "the server answers with error";
/// RFC 1035, 4.1.1: the answer did not fit.
const TRUNCATED: u16 = 0x0200;

/// Does the answer have what `query` asks for?
fn query_verdict(
    query: &DnsQuery,
    whole: &[u8],
    records: &[u8],
    count: u16,
    flags: u16,
) -> Result<(), Failure> {
    match flags & 0xf {
        0 => {}
        3 => return Err(Failure::Said("DNS: there is no such name", excerpt(query.name.as_bytes(), SHOWN))),
        5 => {
            return Err(Failure::Said(
                "DNS: the server refuses to answer for",
                excerpt(query.name.as_bytes(), SHOWN),
            ));
        }
        code => return Err(Failure::Code(ERROR, code.into())),
    }
    let cut = flags & TRUNCATED != 0;
    let found = match records::texts(whole, records, count, query.kind) {
        Some(found) => found,
        None if cut => Vec::new(),
        None => return Err(Failure::Refuses("DNS: the answer cannot be read")),
    };
    let good = match &query.value {
        Some(wanted) => found.iter().any(|text| records::is(text, wanted, query.kind)),
        None => !found.is_empty(),
    };
    if good {
        return Ok(());
    }
    if cut {
        return Err(Failure::Refuses("DNS: the answer is too long for a datagram: ask with 'type tcp'"));
    }
    if found.is_empty() {
        let asked = format!("{} {}", query.kind.name, query.name);
        return Err(Failure::Said("DNS: there is no such record", excerpt(asked.as_bytes(), SHOWN)));
    }
    Err(Failure::Said("DNS: the answer is", excerpt(found.join(", ").as_bytes(), SHOWN)))
}

/// Most of an answer that a message shows.
const SHOWN: usize = 256;

impl Protocol for Dns {
    fn start(&mut self) -> Next {
        let query = self.query();
        if self.datagrams {
            return Next::Send(query);
        }
        let length = u16::try_from(query.len()).unwrap_or_default().to_be_bytes();
        Next::Send([&length[..], &query].concat())
    }

    fn input(&mut self, bytes: &[u8], _eof: bool) -> Next {
        if self.datagrams {
            // Somebody else's datagram is not the server's fault: the answer may still come.
            return match self.judge(bytes) {
                Some(Verdict::Good) => Next::Done,
                Some(Verdict::Bad(failure)) => Next::Fail(failure),
                Some(Verdict::Foreign) | None => Next::Read,
            };
        }
        if self.buffer.push(bytes).is_err() {
            return Next::Fail(Failure::TooLong("answer"));
        }
        let mut rest = self.buffer.as_slice();
        let Some(length) = be16(&mut rest) else { return Next::Read };
        if usize::from(length) > MOST {
            return Next::Fail(Failure::TooLong("answer"));
        }
        let Some(message) = rest.get(..usize::from(length)) else { return Next::Read };
        match self.judge(message) {
            Some(Verdict::Good) => Next::Done,
            Some(Verdict::Bad(failure)) => Next::Fail(failure),
            Some(Verdict::Foreign) | None => Next::Fail(Failure::NotSpoken("DNS")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, hex, play, play_whole, test};
    use super::*;
    use crate::config::Connection;
    use crate::config::{OptionName, OptionValue};

    fn asked() -> Turn {
        Turn::Sends(hex("0011 0707 0100 0001 0000 0000 0000 00 0002 0001"))
    }

    fn udp() -> Connection {
        Connection { transport: Transport::Udp, ..test("dns", &[]) }
    }

    #[test]
    fn an_answer_with_records_over_tcp() {
        let answer = hex("0011 0707 8180 0001 0001 0000 0000 00 0002 0001");
        assert_eq!(play(&test("dns", &[]), &[asked(), Turn::Says(answer.clone())]), Next::Done);
        cut_off(&test("dns", &[]), &[asked(), Turn::Says(answer)]);
    }

    #[test]
    fn codes() {
        let answer = |flags: &str, counts: &str| {
            let query = Turn::Sends(hex("0707 0100 0001 0000 0000 0000 00 0002 0001"));
            let said = Turn::Says(hex(&format!("0707 {flags} 0001 {counts} 0000 00 0002 0001")));
            play_whole(&udp(), &[query, said])
        };
        assert_eq!(answer("8180", "0000 000d"), Next::Done, "a referral");
        assert_eq!(answer("8185", "0000 0000"), Next::Done, "refused");
        assert!(matches!(answer("8182", "0000 0000"), Next::Fail(_)), "server failure");
        assert!(matches!(answer("8183", "0000 0000"), Next::Fail(_)), "no such name");
        assert!(matches!(answer("8180", "0000 0000"), Next::Fail(_)), "nothing in it");
        assert_eq!(answer("0100", "0001 0000"), Next::Read, "our own question come back");
    }

    #[test]
    fn a_forged_datagram_is_passed_over() {
        let query = Turn::Sends(hex("0707 0100 0001 0000 0000 0000 00 0002 0001"));
        let forged = Turn::Says(hex("0708 8180 0001 0001 0000 0000 00 0002 0001"));
        let other = Turn::Says(hex("0707 8180 0001 0001 0000 0000 00 0006 0001"));
        let right = Turn::Says(hex("0707 8180 0001 0001 0000 0000 00 0002 0001"));
        assert_eq!(play_whole(&udp(), &[query.clone(), forged, other, right]), Next::Done);
        assert_eq!(play_whole(&udp(), &[query, Turn::Says(vec![1, 2, 3])]), Next::Read);
    }

    /// A test with `query www.box.test type KIND [= VALUE]`, its question, and an answer with these records.
    fn ask(kind: &str, value: Option<&str>, flags: &str, count: u8, records: &str) -> Next {
        let kind = crate::config::RECORD_TYPES.iter().find(|known| known.name == kind).unwrap();
        let query = DnsQuery { name: "www.box.test".into(), kind, value: value.map(Box::from) };
        let mut test = udp();
        test.protocol.options.push((OptionName::Query, OptionValue::Query(Box::new(query))));
        let question = format!("03 777777 03 626f78 04 74657374 00 {:04x} 0001", kind.number);
        let asked = Turn::Sends(hex(&format!("0707 0100 0001 0000 0000 0000 {question}")));
        let said = hex(&format!("0707 {flags} 0001 {count:04x} 0000 0000 {question} {records}"));
        // Cut off anywhere it is no answer, and nothing to be afraid of.
        for end in 0..said.len() {
            let step = play_whole(&test, &[asked.clone(), Turn::Says(said[..end].to_vec())]);
            assert_ne!(step, Next::Done, "cut off at {end}");
        }
        play_whole(&test, &[asked, Turn::Says(said)])
    }

    #[test]
    fn a_query_is_answered_by_a_record() {
        let alias = "c00c 0005 0001 00000e10 0006 03 617069 c010";
        let address = "c02a 0001 0001 00000e10 0004 c0000250";
        let both = format!("{alias} {address}");
        for value in [None, Some("192.0.2.80")] {
            assert_eq!(ask("A", value, "8580", 2, &both), Next::Done, "{value:?}");
        }
        assert_eq!(
            ask("A", Some("192.0.2.81"), "8580", 2, &both),
            Next::Fail(Failure::Said("DNS: the answer is", "192.0.2.80".into()))
        );
        assert_eq!(ask("CNAME", Some("API.box.test."), "8580", 2, &both), Next::Done);
        let six = "c00c 001c 0001 00000e10 0010 20010db8 00000000 00000000 00000080";
        assert_eq!(ask("AAAA", Some("2001:DB8:0::80"), "8580", 1, six), Next::Done);
        let mail = "c00c 000f 0001 00000e10 0009 000a 04 6d61696c c010";
        for value in ["mail.box.test", "10 mail.box.test"] {
            assert_eq!(ask("MX", Some(value), "8580", 1, mail), Next::Done, "{value}");
        }
        assert!(matches!(ask("MX", Some("20 mail.box.test"), "8580", 1, mail), Next::Fail(_)));
        let text = "c00c 0010 0001 00000e10 0006 02 6869 02 2021";
        assert_eq!(ask("TXT", Some("hi !"), "8580", 1, text), Next::Done);
        let soa = "c00c 0006 0001 00000e10 0018 c010 c00c 00000007 00000001 00000001 00000001 00000001";
        assert_eq!(ask("SOA", Some("box.test www.box.test 7"), "8580", 1, soa), Next::Done);
        let service = "c00c 0021 0001 00000e10 0008 0001 0002 0050 c010";
        assert_eq!(ask("SRV", Some("1 2 80 box.test"), "8580", 1, service), Next::Done);
    }

    #[test]
    fn a_query_that_is_not_answered_says_why() {
        let said = |step: Next| {
            if let Next::Fail(failure) = step { failure.to_string() } else { format!("{step:?}") }
        };
        assert_eq!(said(ask("A", None, "8583", 0, "")), "DNS: there is no such name: www.box.test");
        assert_eq!(
            said(ask("A", None, "8585", 0, "")),
            "DNS: the server refuses to answer for: www.box.test"
        );
        assert_eq!(said(ask("A", None, "8582", 0, "")), "the server answers with error 2");
        assert_eq!(said(ask("MX", None, "8580", 0, "")), "DNS: there is no such record: MX www.box.test");
        let cut = "DNS: the answer is too long for a datagram: ask with 'type tcp'";
        assert_eq!(said(ask("A", None, "8780", 0, "")), cut);
        // A name that points at itself.
        let circle = "c01e 0001 0001 00000e10 0004 c0000250";
        assert_eq!(said(ask("A", None, "8580", 1, circle)), "DNS: the answer cannot be read");
    }

    #[test]
    fn another_protocol_is_told_as_that() {
        let said = Turn::Says(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec());
        assert!(matches!(play(&test("dns", &[]), &[asked(), said]), Next::Fail(_)));
    }
}
