//! Bytes to tokens. Longest match; the order of the rules decides ties. Some words switch to a mode of their own for
//! what follows them (`lexer/*.rs`), so the parser never tells the lexer what it expects.
//!
//! No token is longer than [`LONGEST_TOKEN`]; comments may be.

mod composed;
mod include;
mod lists;
mod modes;
mod quoted;
mod url;

pub(super) use url::of_text as url_of_text;

use super::diagnostic::{Diagnostic, Fault, Severity};
use super::keyword::{Keyword, Keywords};
use super::outside::Outside;
use super::source::Source;
use super::token::{Begun, Kind, Span, Token, Value};
use include::Waiting;
use std::path::Path;
use std::rc::Rc;
pub(crate) use url::encoded;

/// In bytes.
const LONGEST_TOKEN: usize = 64 * 1024;

/// How the next characters are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Normal,
    /// Behind `check TYPE`.
    Name,
    /// Behind `group`.
    Group,
    /// Behind `depends`.
    Depends,
    /// Inside the double quotes of a command.
    Arguments,
    /// Behind `every`.
    Every,
    /// Behind `include`.
    Include,
}

/// A file that is being read.
struct Frame {
    source: Rc<Source>,
    at: usize,
    line: u32,
}

pub(crate) struct Lexer<'a> {
    outside: Rc<dyn Outside + 'a>,
    frame: Frame,
    waiting: Vec<Waiting>,
    mode: Mode,
    keywords: Keywords,
    /// Between `check program` and its `path`, where a quoted path is a command.
    program_due: bool,
    /// Every file read so far, for [`crate::config::Config::files`].
    pub(crate) files: Vec<Box<Path>>,
    /// What the lexer itself found.
    pub(crate) found: Vec<Diagnostic>,
    /// The statement that the parser reads.
    pub(super) begun: Begun,
    /// The first quoted text that swallows what looks like statements: probably its closing quote is missing.
    pub(crate) doubtful_quote: Option<Span>,
    /// The first quoted text that crosses the end of a line, doubtful or not.
    pub(crate) crossing_quote: Option<Span>,
}

/// A word is a run of these.
fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES[usize::from(byte)]
}

const WORD_BYTES: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte <= b' ' {
        table[byte as usize] = false;
        byte += 1;
    }
    let others = b"!@:{}\"';(),%";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = false;
        at += 1;
    }
    table
};

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How many bytes at the start of `text` fulfil `wanted`.
fn run(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len())
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(source: Rc<Source>, outside: Rc<dyn Outside + 'a>) -> Lexer<'a> {
        Lexer {
            outside,
            files: vec![source.path.clone().into()],
            frame: Frame { source, at: 0, line: 1 },
            waiting: Vec::new(),
            mode: Mode::Normal,
            keywords: Keywords::new(),
            program_due: false,
            found: Vec::new(),
            begun: Begun::default(),
            doubtful_quote: None,
            crossing_quote: None,
        }
    }

    /// The next token; [`Kind::End`] for ever once everything is read.
    pub(crate) fn next(&mut self) -> Token {
        loop {
            let token = match self.mode {
                Mode::Normal => self.normal(),
                Mode::Name => self.service_name(),
                Mode::Group => self.group_name(),
                Mode::Depends => self.dependency(),
                Mode::Arguments => self.argument(),
                Mode::Every => self.schedule(),
                Mode::Include => self.include(),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    /// What is left of the current file.
    fn rest(&self) -> &[u8] {
        self.frame.source.bytes.get(self.frame.at..).unwrap_or_default()
    }

    fn skip(&mut self, length: usize) {
        let lines = self.rest().iter().take(length).filter(|byte| **byte == b'\n').count();
        self.frame.line += lines as u32;
        self.frame.at += length;
    }

    /// The span of the next `length` bytes.
    fn span(&self, length: usize) -> Span {
        Span {
            source: Rc::clone(&self.frame.source),
            start: self.frame.at as u32,
            end: (self.frame.at + length) as u32,
            line: self.frame.line,
        }
    }

    /// Takes the next `length` bytes as a token.
    fn token(&mut self, length: usize, kind: Kind, value: Value) -> Option<Token> {
        let bytes = &self.frame.source.bytes;
        let before = bytes.get(..self.frame.at).unwrap_or_default();
        let first_on_line = before
            .iter()
            .rev()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
            .is_none_or(|b| *b == b'\n');
        let token = Token { kind, span: self.span(length), value, first_on_line };
        if length > LONGEST_TOKEN {
            return self.bad(length, length, Fault::TokenTooLong { longest: LONGEST_TOKEN });
        }
        self.skip(length);
        Some(token)
    }

    /// Takes the next `length` bytes, of which `shown` are to blame.
    fn bad(&mut self, length: usize, shown: usize, fault: Fault) -> Option<Token> {
        let span = self.span(shown);
        let token = Token { kind: Kind::Bad, span: span.clone(), value: Value::None, first_on_line: false };
        self.report(Severity::Error, fault, span);
        self.skip(length);
        Some(token)
    }

    fn report(&mut self, severity: Severity, fault: Fault, span: Span) {
        self.found.push(Diagnostic::at(severity, fault, &span, &self.begun.ahead()));
    }

    fn normal(&mut self) -> Option<Token> {
        let rest = self.rest();
        let Some(first) = rest.first().copied() else { return self.end_of_file() };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'(' | b')' => {
                let length =
                    run(rest, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'(' | b')'));
                self.skip(length);
                None
            }
            b'#' => {
                let length = run(rest, |b| b != b'\n');
                self.skip(length);
                None
            }
            b'"' | b'\'' => self.quoted(first),
            b'%' => self.token(1, Kind::Keyword(Keyword::Percent), Value::None),
            b'!' if rest.starts_with(b"!=~") => self.token(3, Kind::Keyword(Keyword::NoMatch), Value::None),
            b'!' if rest.starts_with(b"!=") => self.token(2, Kind::Keyword(Keyword::NotEqual), Value::None),
            _ => self.word(),
        }
    }

    /// Everything that begins with a word character, and what begins like nothing else.
    fn word(&mut self) -> Option<Token> {
        let rest = self.rest();
        let length = run(rest, is_word_byte);
        let ipv6 = url::ipv6_length(rest, length);
        if ipv6 > length {
            let text = rest.get(..ipv6).unwrap_or_default().to_vec();
            return self.token(ipv6, Kind::String, Value::Text(text));
        }
        if length == 0 {
            let symbol = rest.first().copied().unwrap_or_default();
            return self.token(1, Kind::Symbol(symbol), Value::None);
        }
        if let Some((scheme, secure)) = url::scheme(rest) {
            return self.url(scheme, secure);
        }
        if let Some(found) = composed::find(rest, length, self.program_due) {
            return self.composed(found);
        }
        if rest.get(length) == Some(&b'@') {
            let host = run(rest.get(length + 1..).unwrap_or_default(), is_word_byte);
            if host > 0 {
                let all = length + 1 + host;
                let text = rest.get(..all).unwrap_or_default().to_vec();
                return self.token(all, Kind::Mail, Value::Text(text));
            }
        }
        if rest.get(length) == Some(&b':') {
            if let Some(token) = self.mail_part(length) {
                return token;
            }
        }
        let rest = self.rest();
        let word = rest.get(..length).unwrap_or_default();
        if word == b"\\" {
            self.skip(1);
            return None;
        }
        if let Some(keyword) = self.keywords.find(word) {
            if keyword == Keyword::Noise {
                self.skip(length);
                return None;
            }
            return self.keyword(length, keyword);
        }
        self.plain(length)
    }

    /// A number, a path, or a string without quotes.
    fn plain(&mut self, length: usize) -> Option<Token> {
        let word = self.rest().get(..length).unwrap_or_default();
        let digits = run(word, |b| b.is_ascii_digit());
        if digits == length {
            // What does not fit is told from what does by the parser, which knows the limit of each place.
            let number = std::str::from_utf8(word).ok().and_then(|t| t.parse().ok()).unwrap_or(u64::MAX);
            return self.token(length, Kind::Number, Value::Number(number));
        }
        let fraction = word.get(digits + 1..).unwrap_or_default();
        if digits > 0
            && word.get(digits) == Some(&b'.')
            && !fraction.is_empty()
            && fraction.iter().all(u8::is_ascii_digit)
        {
            let real = std::str::from_utf8(word).ok().and_then(|t| t.parse().ok()).unwrap_or(f64::MAX);
            return self.token(length, Kind::Real, Value::Real(real));
        }
        let kind = if word.first() == Some(&b'/') { Kind::Path } else { Kind::String };
        let text = word.to_vec();
        self.token(length, kind, Value::Text(text))
    }

    fn keyword(&mut self, length: usize, keyword: Keyword) -> Option<Token> {
        match keyword {
            Keyword::Include => {
                self.skip(length);
                self.mode = Mode::Include;
                return None;
            }
            Keyword::Every => self.mode = Mode::Every,
            _ => {}
        }
        self.token(length, Kind::Keyword(keyword), Value::None)
    }

    /// A keyword of several words, or one that changes what follows it.
    fn composed(&mut self, found: composed::Found) -> Option<Token> {
        use composed::What;
        let mode = match found.what {
            What::Noise => {
                self.skip(found.length);
                return None;
            }
            What::Keyword => Mode::Normal,
            What::Check => {
                self.program_due = found.keyword == Keyword::CheckProgram;
                Mode::Name
            }
            What::Command => {
                self.program_due &= found.keyword != Keyword::Path;
                self.note_doubtful_command(found.length);
                Mode::Arguments
            }
            What::Group => Mode::Group,
            What::Depends => Mode::Depends,
            What::Every => Mode::Every,
            What::Hostgroups => return self.hostgroups(found.length),
            What::HttpHeaders => return self.http_headers(found.length),
        };
        self.mode = mode;
        self.token(found.length, Kind::Keyword(found.keyword), Value::None)
    }
}
