//! DWP, a database web protocol that nobody remembers: the head of an answer as HTTP has it.

use super::dialogue::{Dialogue, tls_first};
use super::http::head;
use super::line::Lines;
use super::{Failure, Next, Protocol, excerpt};

/// `protocol dwp`.
pub const DIALOGUE: Dialogue =
    Dialogue { keywords: &["dwp"], starttls: tls_first, begin: |_| Box::new(Dwp(Lines::new())) };

#[derive(Debug)]
struct Dwp(Lines);

/// The status of `DWP/1.1 200 OK` or `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Option<u16> {
    match line.strip_prefix(b"DWP/") {
        Some(rest) => head::status(&[b"HTTP/", rest].concat()),
        None => head::status(line),
    }
}

impl Protocol for Dwp {
    fn start(&mut self) -> Next {
        Next::Send(b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec())
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if let Err(failure) = self.0.push(bytes) {
            return Next::Fail(failure);
        }
        match self.0.next() {
            Some(line) if status(line).is_some_and(|status| status < 400) => Next::Done,
            Some(line) => Next::Fail(Failure::Said("DWP error", excerpt(line, 256))),
            None if eof => Next::Fail(Failure::ClosedAt("DWP: error receiving data")),
            None => Next::Read,
        }
    }
}
