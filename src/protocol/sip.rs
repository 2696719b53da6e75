//! SIP (RFC 3261): OPTIONS, over TCP and UDP. Provisional answers are passed over, only 200 does.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::http::head::code;
use super::http::request::agent;
use super::line::Lines;
use super::{Failure, Protocol, Step, excerpt};
use crate::config::{OptionName, Transport};
use crate::digest::hex;

const CLOSED: &str = "SIP: error receiving data";

/// `protocol sip`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["sip"],
    starttls: tls_first,
    begin: |talk| Box::new(Sip { request: request(talk), lines: Lines::new(), answered: false }),
};

#[derive(Debug)]
struct Sip {
    request: Vec<u8>,
    lines: Lines,
    /// The first line was one of SIP.
    answered: bool,
}

/// Where the answer goes is where the question came from: `rport` says so over UDP (RFC 3581), a connection by itself.
fn request(talk: &Talk<'_>) -> Vec<u8> {
    let protocol = &talk.test.protocol;
    let target = protocol.text(OptionName::Target).unwrap_or("monit@foo.bar");
    let forwards = protocol.number(OptionName::MaxForward).unwrap_or(70);
    let (transport, rport) = match (talk.test.transport, talk.test.tls.is_some()) {
        (Transport::Udp, _) => ("UDP", ";rport"),
        (Transport::Tcp, true) => ("TLS", ""),
        (Transport::Tcp, false) => ("TCP", ""),
    };
    let random = hex(&talk.random);
    let part = |at: usize| random.get(at..at + 16).unwrap_or_default();
    let (branch, tag, call) = (part(0), part(16), part(32));
    let text = format!(
        "OPTIONS sip:{target} SIP/2.0\r\n\
         Via: SIP/2.0/{transport} localhost;branch=z9hG4bKh{branch}{rport}\r\n\
         Max-Forwards: {forwards}\r\n\
         To: <sip:{target}>\r\n\
         From: monit <sip:monit@localhost>;tag={tag}\r\n\
         Call-ID: {call}\r\n\
         CSeq: 63104 OPTIONS\r\n\
         Contact: <sip:localhost>\r\n\
         Accept: application/sdp\r\n\
         Content-Length: 0\r\n\
         User-Agent: {}\r\n\r\n",
        agent()
    );
    text.into_bytes()
}

impl Protocol for Sip {
    fn start(&mut self) -> Step {
        Step::Send(self.request.clone())
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Step {
        if let Err(failure) = self.lines.push(bytes) {
            return Step::Fail(failure);
        }
        while let Some(line) = self.lines.next() {
            let status = line.strip_prefix(b"SIP/2.0 ").and_then(|rest| code(rest.get(..3)?));
            match status {
                Some(200) => return Step::Done,
                Some(100..=199) => self.answered = true,
                Some(status @ 300..=399) => {
                    return Step::Fail(Failure::Code(
                        "SIP info: Server redirection. Returned status",
                        status.into(),
                    ));
                }
                Some(status) => {
                    return Step::Fail(Failure::Code("SIP error: Server returned status", status.into()));
                }
                None if !self.answered => {
                    return Step::Fail(Failure::Answer("SIP error", excerpt(line, 256)));
                }
                None => {}
            }
        }
        if eof { Step::Fail(Failure::ClosedAt(CLOSED)) } else { Step::Read }
    }
}
