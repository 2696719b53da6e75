//! `send` and `expect`: a dialogue that the control file itself writes.
//!
//! An `expect` is fulfilled as soon as its pattern is found in what came since the step before, or in what came behind a
//! whole line of it: servers greet in several pieces, and a `^250` must not fail because the end of the greeting came late.
//! Nothing but the time limit, the end of the connection or a full buffer ends the waiting. What is there when the next step
//! begins is forgotten. A NUL byte is searched, and shown, as `\0`.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::{Failure, Next, Protocol, excerpt};
use crate::config::{self, Transport};
use std::collections::VecDeque;
use std::time::Duration;

const NOTHING: &str = "GENERIC: error receiving data";
/// So much is searched at each arrival. With more the pattern is looked for when it has grown by a quarter, or after a
/// pause: a server that talks fast must not make us search a megabyte again and again.
const EACH: usize = 4096;
const PAUSE: Duration = Duration::from_millis(50);
/// Most that a message shows.
const SHOWN: usize = 256;

/// The dialogue of `send` and `expect`; no keyword of the control file names it.
pub const DIALOGUE: Dialogue = Dialogue {
    keywords: &["generic"],
    starttls: tls_first,
    begin: |talk: &Talk<'_>| Box::new(Generic::new(talk)),
};

#[derive(Debug)]
struct Generic {
    steps: VecDeque<config::Exchange>,
    datagrams: bool,
    limit: usize,
    /// What came since the step before.
    text: Vec<u8>,
    /// Where in it the last arrival begins that is not the middle of a line.
    mark: usize,
    /// How much of it was searched, and whether that search is of what stands behind the mark.
    searched: usize,
    behind_mark: bool,
    eof: bool,
}

impl Generic {
    fn new(talk: &Talk<'_>) -> Generic {
        Generic {
            steps: talk.test.steps.iter().cloned().collect(),
            datagrams: talk.test.transport == Transport::Udp,
            // One byte less than the limit says, as ever: patterns were written against that.
            limit: usize::try_from(talk.limits.send_expect_buffer)
                .unwrap_or(usize::MAX)
                .saturating_sub(1)
                .max(1),
            text: Vec::new(),
            mark: 0,
            searched: 0,
            behind_mark: false,
            eof: false,
        }
    }

    /// The next step of the control file.
    fn proceed(&mut self) -> Next {
        self.text = Vec::new();
        self.mark = 0;
        self.searched = 0;
        self.behind_mark = false;
        let mut bytes = Vec::new();
        while let Some(config::Exchange::Send(more)) = self.steps.front() {
            bytes.extend_from_slice(more);
            self.steps.pop_front();
        }
        match (self.steps.is_empty(), bytes.is_empty()) {
            (true, true) => Next::Done,
            (true, false) => Next::Finish(bytes),
            (false, true) => self.search(true),
            (false, false) => Next::Send(bytes),
        }
    }

    /// Is it time to look for the pattern? `now`: whatever is there.
    fn search(&mut self, now: bool) -> Next {
        let Some(config::Exchange::Expect(pattern)) = self.steps.front() else { return self.proceed() };
        let is_full = self.text.len() >= self.limit;
        let grown = self.text.len() - self.searched;
        let due = now || self.eof || is_full || self.text.len() <= EACH || grown >= self.text.len() / 4;
        if self.text.is_empty() || grown == 0 {
            return if self.eof || is_full { self.fail() } else { Next::Read };
        }
        if !due {
            return Next::ReadQuiet(PAUSE);
        }
        self.searched = self.text.len();
        self.behind_mark = false;
        Next::Match(pattern.clone(), shown(&self.text))
    }

    fn fail(&self) -> Next {
        Next::Fail(self.unexpected().unwrap_or(Failure::ClosedAt(NOTHING)))
    }

    fn unexpected(&self) -> Option<Failure> {
        let is_waiting = matches!(self.steps.front(), Some(config::Exchange::Expect(_)));
        (is_waiting && !self.text.is_empty()).then(|| Failure::Unexpected(excerpt(&shown(&self.text), SHOWN)))
    }
}

impl Protocol for Generic {
    fn start(&mut self) -> Next {
        self.proceed()
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        self.eof |= eof;
        if !bytes.is_empty() {
            if self.datagrams || self.text.last().is_none_or(|byte| *byte == b'\n') {
                self.mark = self.text.len();
            }
            let room = self.limit.saturating_sub(self.text.len());
            self.text.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
        self.search(false)
    }

    fn matched(&mut self, found: bool) -> Next {
        if found {
            self.steps.pop_front();
            return self.proceed();
        }
        let behind = self.text.get(self.mark..).unwrap_or_default();
        if let (false, false, Some(config::Exchange::Expect(pattern))) =
            (self.behind_mark || self.mark == 0, behind.is_empty(), self.steps.front())
        {
            self.behind_mark = true;
            return Next::Match(pattern.clone(), shown(behind));
        }
        if self.eof || self.text.len() >= self.limit { self.fail() } else { Next::Read }
    }

    fn quiet(&mut self) -> Next {
        self.search(true)
    }

    fn late(&self) -> Option<Failure> {
        self.unexpected()
    }
}

/// A text with its NUL bytes made visible.
fn shown(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice(b"\\0"),
            _ => out.push(*byte),
        }
    }
    out
}
