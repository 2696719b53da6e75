//! Dialogues of lines: say this, wait for that. Each is a table; [`Script`] plays them all.

use super::dialogue::{Dialogue, Talk, tls_first};
use super::line::Lines;
use super::{Failure, Next, Protocol, excerpt};
use std::time::Duration;

/// Most of an answer that a message shows.
const SHOWN: usize = 256;
/// How long the server's last words are waited for, so that the connection is not torn down under them.
const SETTLE: Duration = Duration::from_millis(300);
/// Most lines in front of the one that is waited for.
const LINES: u32 = 1000;

/// One move of a dialogue.
#[derive(Debug)]
pub enum Move {
    /// Send this.
    Say(&'static str),
    /// Send the line heard last, with this behind it.
    Echo(&'static str),
    /// Wait for an answer.
    Hear(Answer, Words),
    /// Negotiate TLS.
    Secure,
    /// All is well already; wait a moment for whatever the server says, or for its closing.
    Settle,
}

/// What does as an answer.
#[derive(Debug)]
pub enum Answer {
    /// A reply with one of these codes, in one line or several (RFC 959, 4.2). `120` in front of it is passed over.
    Reply(&'static [&'static str]),
    /// A line that begins with one of these.
    Line(&'static [&'static str]),
    /// The same, with this in it, too.
    LineWith(&'static str, &'static str),
    /// Lines of any kind, the last one beginning with one of the first list; one of the second means that the server
    /// refuses.
    Until(&'static [&'static str], &'static [&'static str]),
}

/// What is said when it does not.
#[derive(Debug, Clone, Copy)]
pub enum Words {
    /// `wrong: answer`, and what is said when the server closes.
    Colon(&'static str, &'static str),
    /// `wrong -- answer`.
    Dash(&'static str, &'static str),
}

/// A dialogue being played.
#[derive(Debug)]
pub struct Script {
    moves: std::slice::Iter<'static, Move>,
    now: Option<&'static Move>,
    lines: Lines,
    /// The line heard last.
    last: Box<[u8]>,
    /// Lines passed over for this answer, and the code of a reply that has begun.
    passed: u32,
    code: Option<[u8; 3]>,
}

/// The entry of a dialogue that never asks for TLS itself.
pub const fn entry(keywords: &'static [&'static str], begin: fn(&Talk<'_>) -> Box<dyn Protocol>) -> Dialogue {
    Dialogue { keywords, starttls: tls_first, begin }
}

impl Script {
    /// A dialogue that has not begun.
    pub fn new(moves: &'static [Move]) -> Script {
        Script {
            moves: moves.iter(),
            now: None,
            lines: Lines::new(),
            last: Box::default(),
            passed: 0,
            code: None,
        }
    }

    /// Makes the next move.
    fn proceed(&mut self) -> Next {
        self.now = self.moves.next();
        self.passed = 0;
        self.code = None;
        match self.now {
            None => Next::Done,
            Some(Move::Say(text)) => Next::Send(text.as_bytes().to_vec()),
            Some(Move::Echo(end)) => Next::Send([&self.last, end.as_bytes()].concat()),
            Some(Move::Secure) => Next::StartTls,
            Some(Move::Hear(..) | Move::Settle) => self.hear(false),
        }
    }

    fn hear(&mut self, eof: bool) -> Next {
        match self.now {
            Some(Move::Hear(answer, words)) => self.answered(answer, *words, eof),
            Some(Move::Settle) if eof || !self.lines.rest().is_empty() => self.proceed(),
            Some(Move::Settle) => Next::ReadQuiet(SETTLE),
            // What was said is on its way.
            _ => self.proceed(),
        }
    }

    fn answered(&mut self, answer: &Answer, words: Words, eof: bool) -> Next {
        while let Some(line) = self.lines.next() {
            let verdict = answer.takes(line, &mut self.code);
            if verdict != Some(false) {
                self.last = line.into();
            }
            self.passed += 1;
            match verdict {
                Some(true) => return self.proceed(),
                Some(false) => return Next::Fail(words.wrong(line)),
                None if self.passed > LINES => return Next::Fail(Failure::TooLong("answer")),
                None => {}
            }
        }
        if !eof {
            return Next::Read;
        }
        // A last line without its end says what it says; the first half of an answer does not.
        match self.lines.rest() {
            [] => Next::Fail(words.closed()),
            line if answer.takes(line, &mut self.code) == Some(true) => {
                self.last = line.into();
                self.lines.take_rest();
                self.proceed()
            }
            line if answer.may_begin(line, self.code.is_some()) => Next::Fail(words.closed_after(line)),
            line => Next::Fail(words.wrong(line)),
        }
    }
}

impl Protocol for Script {
    fn start(&mut self) -> Next {
        self.proceed()
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if let Err(failure) = self.lines.push(bytes) {
            return Next::Fail(failure);
        }
        self.hear(eof)
    }

    fn secured(&mut self) -> Next {
        // What was said before the handshake was said by anybody (RFC 2595, 7).
        self.lines = Lines::new();
        self.proceed()
    }

    fn quiet(&mut self) -> Next {
        if matches!(self.now, Some(Move::Settle)) { self.proceed() } else { Next::Read }
    }

    fn late(&self) -> Option<Failure> {
        let Some(Move::Hear(_, words)) = self.now else { return None };
        let rest = self.lines.rest();
        match (rest.is_empty(), self.passed) {
            (false, _) => Some(words.wrong(rest)),
            (true, 0) => None,
            (true, _) => Some(words.wrong(&self.last)),
        }
    }
}

impl Answer {
    /// Is the line the answer? `None`: it comes later.
    fn takes(&self, line: &[u8], code: &mut Option<[u8; 3]>) -> Option<bool> {
        match self {
            Answer::Line(beginnings) => Some(begins(line, beginnings)),
            Answer::LineWith(beginning, within) => {
                let found = line.windows(within.len()).any(|window| window == within.as_bytes());
                Some(begins(line, &[beginning]) && found)
            }
            Answer::Until(good, bad) => match (begins(line, good), begins(line, bad)) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
            Answer::Reply(codes) => Answer::reply(codes, line, code),
        }
    }

    /// Could a line that was cut off here have become the answer, or one in front of it? `within`: of a reply of several lines.
    fn may_begin(&self, line: &[u8], within: bool) -> bool {
        match self {
            Answer::Line(beginnings) => is_begun(line, beginnings),
            Answer::LineWith(beginning, _) => is_begun(line, &[beginning]) || begins(line, &[beginning]),
            Answer::Until(_, bad) => !begins(line, bad),
            Answer::Reply(codes) => within || is_begun(line, codes),
        }
    }

    /// `NNN-…` begins a reply of several lines, `NNN …` with the same code ends it; between them is any text.
    fn reply(codes: &[&str], line: &[u8], code: &mut Option<[u8; 3]>) -> Option<bool> {
        let found: Option<[u8; 3]> = line.get(..3).and_then(|digits| digits.try_into().ok());
        let separator = line.get(3).copied().unwrap_or(b' ');
        if let Some(begun) = *code {
            return (found == Some(begun) && separator == b' ').then_some(true);
        }
        let found = found?;
        if codes.iter().any(|wanted| wanted.as_bytes() == found) && matches!(separator, b' ' | b'-') {
            *code = Some(found);
            return (separator == b' ').then_some(true);
        }
        (found != *b"120").then_some(false)
    }
}

fn begins(line: &[u8], beginnings: &[&str]) -> bool {
    let is = |text: &&str| line.get(..text.len()).is_some_and(|l| l.eq_ignore_ascii_case(text.as_bytes()));
    beginnings.iter().any(is)
}

/// Is the line the front of one of these?
fn is_begun(line: &[u8], beginnings: &[&str]) -> bool {
    beginnings
        .iter()
        .any(|text| text.as_bytes().get(..line.len()).is_some_and(|front| front.eq_ignore_ascii_case(line)))
}

impl Words {
    fn wrong(self, answer: &[u8]) -> Failure {
        match self {
            Words::Colon(wrong, _) => Failure::Said(wrong, excerpt(answer, SHOWN)),
            Words::Dash(wrong, _) => Failure::Answer(wrong, excerpt(answer, SHOWN)),
        }
    }

    fn closed(self) -> Failure {
        Failure::ClosedAt(self.at_close())
    }

    fn closed_after(self, begun: &[u8]) -> Failure {
        Failure::ClosedAfter(self.at_close(), excerpt(begun, SHOWN))
    }

    fn at_close(self) -> &'static str {
        let (Words::Colon(_, closed) | Words::Dash(_, closed)) = self;
        closed
    }
}
