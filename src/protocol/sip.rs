//! SIP (RFC 3261): OPTIONS, over TCP and UDP. Provisional answers are passed over, only 200 does.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::http::head::code;
use super::http::request::agent;
use super::line::Lines;
use super::{Failure, Next, Protocol, excerpt};
use crate::config::{OptionName, Transport};
use crate::digest::hex;
use std::net::SocketAddr;

const CLOSED: &str = "SIP: error receiving data";

/// `protocol sip`.
pub const DIALOGUE: Dialogue =
    Dialogue { keywords: &["sip"], starttls: tls_first, begin: |talk| Box::new(Sip::new(talk)) };

#[derive(Debug)]
struct Sip {
    target: Box<str>,
    forwards: u64,
    /// In `Via`: the transport, and what it needs.
    transport: (&'static str, &'static str),
    random: [u8; 32],
    /// Where answers go to.
    local: Option<SocketAddr>,
    lines: Lines,
    /// The first line was one of SIP.
    answered: bool,
}

impl Sip {
    /// Where the answer goes is where the question came from: `rport` says so over UDP (RFC 3581), a connection by itself.
    fn new(talk: &Talk<'_>) -> Sip {
        let protocol = &talk.test.protocol;
        Sip {
            target: protocol.text(OptionName::Target).unwrap_or("monit@foo.bar").into(),
            forwards: protocol.number(OptionName::MaxForward).unwrap_or(70),
            transport: match (talk.test.transport, talk.test.tls.is_some()) {
                (Transport::Udp, _) => ("UDP", ";rport"),
                (Transport::Tcp, true) => ("TLS", ""),
                (Transport::Tcp, false) => ("TCP", ""),
            },
            random: talk.random,
            local: None,
            lines: Lines::new(),
            answered: false,
        }
    }

    fn request(&self) -> Vec<u8> {
        let Sip { target, forwards, transport: (transport, rport), .. } = self;
        let (host, local) = match self.local {
            Some(SocketAddr::V4(local)) => (local.ip().to_string(), local.to_string()),
            // Without the number of an interface, which means nothing elsewhere.
            Some(SocketAddr::V6(local)) => {
                (format!("[{}]", local.ip()), format!("[{}]:{}", local.ip(), local.port()))
            }
            None => ("localhost".into(), "localhost".into()),
        };
        let random = hex(&self.random);
        let part = |at: usize| random.get(at..at + 16).unwrap_or_default();
        let (branch, tag, call) = (part(0), part(16), part(32));
        let text = format!(
            "OPTIONS sip:{target} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {local};branch=z9hG4bKh{branch}{rport}\r\n\
             Max-Forwards: {forwards}\r\n\
             To: <sip:{target}>\r\n\
             From: monit <sip:monit@{host}>;tag={tag}\r\n\
             Call-ID: {call}\r\n\
             CSeq: 63104 OPTIONS\r\n\
             Contact: <sip:{local}>\r\n\
             Accept: application/sdp\r\n\
             Content-Length: 0\r\n\
             User-Agent: {}\r\n\r\n",
            agent()
        );
        text.into_bytes()
    }
}

impl Protocol for Sip {
    fn comes_from(&mut self, local: SocketAddr) {
        self.local = Some(local);
    }

    fn start(&mut self) -> Next {
        Next::Send(self.request())
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if let Err(failure) = self.lines.push(bytes) {
            return Next::Fail(failure);
        }
        while let Some(line) = self.lines.next() {
            let status = line.strip_prefix(b"SIP/2.0 ").and_then(|rest| code(rest.get(..3)?));
            match status {
                Some(200) => return Next::Done,
                Some(100..=199) => self.answered = true,
                Some(status @ 300..=399) => {
                    return Next::Fail(Failure::Code(
                        "SIP info: Server redirection. Returned status",
                        status.into(),
                    ));
                }
                Some(status) => {
                    return Next::Fail(Failure::Code("SIP error: Server returned status", status.into()));
                }
                None if !self.answered => {
                    return Next::Fail(Failure::Answer("SIP error", excerpt(line, 256)));
                }
                None => {}
            }
        }
        if eof { Next::Fail(Failure::ClosedAt(CLOSED)) } else { Next::Read }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{begin, test};
    use super::*;

    #[test]
    fn answers_are_to_go_where_the_question_comes_from() {
        for (local, host) in [("192.0.2.7:5062", "192.0.2.7"), ("[2001:db8::7]:5062", "[2001:db8::7]")] {
            let mut sip = begin(&test("sip", &[]));
            sip.comes_from(local.parse().unwrap());
            let Next::Send(request) = sip.start() else { panic!("it asks first") };
            let request = String::from_utf8(request).unwrap();
            for wanted in [
                format!("\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bKh"),
                format!("\r\nFrom: monit <sip:monit@{host}>;tag="),
                format!("\r\nContact: <sip:{local}>\r\n"),
            ] {
                assert!(request.contains(&wanted), "{request} without {wanted}");
            }
        }
    }
}
