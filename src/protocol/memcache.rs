//! memcached: its binary form (a NOOP, as `doc/protocol-binary.txt` of memcached has it) or its text form (`version`),
//! whichever the server speaks.
//!
//! A server that was told to speak text only waits for the end of a line that never comes; after a moment without an
//! answer it gets one.

use super::buffer::Buffer;
use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, excerpt};
use std::time::Duration;

/// `protocol memcache`.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["memcache"],
    starttls: tls_first,
    begin: |_: &Talk<'_>| Box::new(Memcache { buffer: Buffer::new(1024), heard: 0, text: false }),
};

const REQUEST: u8 = 0x80;
const RESPONSE: u8 = 0x81;
const NOOP: u8 = 0x0a;
const HEADER: usize = 24;
const VERSION: &[u8] = b"version\r\n";
/// What is left of the binary header, to a server of text a line without an end, is ended first.
const TEXT: &[u8] = b"\r\nversion\r\n";
/// Empty lines and errors of a text server are passed over, but not for ever.
const HEARD: usize = 16 * 1024;
/// How long a binary answer is waited for before text is tried.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Memcache {
    buffer: Buffer,
    /// Bytes of the whole dialogue.
    heard: usize,
    /// The text form is asked for, behind the binary one or on a connection of its own.
    text: bool,
}

impl Protocol for Memcache {
    fn start(&mut self) -> Next {
        if self.text {
            return Next::Send(VERSION.to_vec());
        }
        let mut packet = vec![0; HEADER];
        (packet[0], packet[1]) = (REQUEST, NOOP);
        Next::Send(packet)
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        self.heard += bytes.len();
        if self.buffer.push(bytes).is_err() || self.heard > HEARD {
            return Next::Fail(Failure::TooLong("answer"));
        }
        match self.buffer.as_slice() {
            [] if eof && !self.text => {
                // It hung up on the binary form: the text form gets a connection of its own.
                self.text = true;
                return Next::Again;
            }
            [] => {}
            [RESPONSE, ..] if self.buffer.len() >= HEADER => return Next::Done,
            [RESPONSE, ..] => {}
            _ => {
                while let Some(line) = self.buffer.line() {
                    if line.starts_with(b"VERSION ") {
                        return Next::Finish(b"quit\r\n".to_vec());
                    }
                    // What the binary header was to a server of text.
                    if line == b"ERROR" && !self.text {
                        self.text = true;
                        return Next::Send(TEXT.to_vec());
                    }
                    if line != b"ERROR" && !line.is_empty() {
                        return Next::Fail(Failure::Answer("unexpected answer", excerpt(line, 80)));
                    }
                }
            }
        }
        if self.text { Next::Read } else { Next::ReadQuiet(PAUSE) }
    }

    fn quiet(&mut self) -> Next {
        if std::mem::replace(&mut self.text, true) {
            return Next::Read;
        }
        Next::Send(TEXT.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Turn, cut_off, hex, play, test};
    use super::*;

    const NOOP_SENT: &str = "800a0000 00000000 00000000 00000000 00000000 00000000";

    #[test]
    fn binary() {
        let noop = Turn::Sends(hex(NOOP_SENT));
        let said = Turn::Says(hex("810a0000 00000000 00000000 00000000 00000000 00000000"));
        assert_eq!(play(&test("memcache", &[]), &[noop.clone(), said.clone()]), Next::Done);
        cut_off(&test("memcache", &[]), &[noop, said]);
    }

    #[test]
    fn text_only() {
        let turns = [
            Turn::Sends(hex(NOOP_SENT)),
            Turn::Quiet,
            Turn::Sends(b"\r\nversion\r\n".to_vec()),
            Turn::Says(b"ERROR\r\nVERSION 1.6.18\r\n".to_vec()),
            Turn::Sends(b"quit\r\n".to_vec()),
        ];
        assert_eq!(play(&test("memcache", &[]), &turns), Next::Done);
    }

    #[test]
    fn memcached_that_was_told_to_speak_text_only() {
        // Its second byte ends a line: memcached 1.6 answers that at once and keeps the zeros for the next line.
        let turns = [
            Turn::Sends(hex(NOOP_SENT)),
            Turn::Says(b"ERROR\r\n".to_vec()),
            Turn::Sends(b"\r\nversion\r\n".to_vec()),
            Turn::Says(b"ERROR\r\nVERSION 1.6.18\r\n".to_vec()),
            Turn::Sends(b"quit\r\n".to_vec()),
        ];
        assert_eq!(play(&test("memcache", &[]), &turns), Next::Done);
    }

    #[test]
    fn who_hangs_up_on_the_binary_form_is_asked_in_text() {
        let turns = [
            Turn::Sends(hex(NOOP_SENT)),
            Turn::Closes,
            Turn::Again,
            Turn::Sends(b"version\r\n".to_vec()),
            Turn::Says(b"VERSION 1.4\r\n".to_vec()),
            Turn::Sends(b"quit\r\n".to_vec()),
        ];
        assert_eq!(play(&test("memcache", &[]), &turns), Next::Done);
    }

    #[test]
    fn another_protocol() {
        let turns = [Turn::Sends(hex(NOOP_SENT)), Turn::Says(b"220 mail ready\r\n".to_vec())];
        assert!(matches!(play(&test("memcache", &[]), &turns), Next::Fail(Failure::Answer(..))));
        let endless = [Turn::Sends(hex(NOOP_SENT)), Turn::Says(vec![0x82; 2000])];
        let mut dialogue = super::super::exchange::begin(&test("memcache", &[]));
        dialogue.start();
        let Turn::Says(said) = &endless[1] else { return };
        assert_eq!(dialogue.input(said, false), Next::Fail(Failure::TooLong("answer")));
    }
}
