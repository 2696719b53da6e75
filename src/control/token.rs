//! Tokens: what the lexer hands to the parser, each with the place it came from.

use super::keyword::Keyword;
use super::source::Source;
use crate::config::{OptionKind, OptionSpec, Place, Url};
use std::rc::Rc;

/// A stretch of source text.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) source: Rc<Source>,
    /// Byte offsets into the source, `start <= end`.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The line of `start`, from 1.
    pub(crate) line: u32,
}

impl Span {
    /// The text, exactly as written.
    pub(crate) fn raw(&self) -> &[u8] {
        self.source.bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Where it stands, small enough to keep.
    pub(crate) fn place(&self) -> Place {
        Place { file: self.source.index, line: self.line }
    }

    /// An empty span right behind this one.
    pub(crate) fn behind(&self) -> Span {
        let text = self.raw();
        let line = self.line + text.iter().filter(|byte| **byte == b'\n').count() as u32;
        Span { source: Rc::clone(&self.source), start: self.end, end: self.end, line }
    }
}

/// Where the statement that is being read begins, in bytes, and the one that its line begins with: what a line may show
/// depends on the statements that it belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Begun {
    /// Of the source.
    pub(crate) file: u16,
    pub(crate) on_line: u32,
    pub(crate) own: u32,
    line: u32,
    /// What is found may stand behind the statement, which the lexer cannot know.
    pub(crate) is_ahead: bool,
}

impl Begun {
    /// A statement begins with this token.
    pub(crate) fn begin(&mut self, token: &Token) {
        let Span { source, start, line, .. } = &token.span;
        let other = self.file != source.index;
        if token.first_on_line || other {
            self.on_line = *start;
        } else if self.line < *line {
            self.on_line = self.own;
        }
        (self.file, self.own, self.line) = (source.index, *start, *line);
    }

    /// The same where the lexer speaks.
    pub(crate) fn ahead(self) -> Begun {
        Begun { is_ahead: true, ..self }
    }
}

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Keyword(Keyword),
    /// `digits`; [`Value::Number`].
    Number,
    /// `digits.digits`; [`Value::Real`].
    Real,
    String,
    /// A word or quoted string that begins with `/`.
    Path,
    /// `a@b`.
    Mail,
    /// One argument of a command in double quotes.
    Argument,
    /// A service or group name; only where one is due.
    Name,
    /// [`Value::Url`].
    Url,
    /// The five fields behind `every`, without quotes.
    Cron,
    /// `from:`; [`Value::Address`].
    From,
    /// `reply-to:`; [`Value::Address`].
    ReplyTo,
    Subject,
    Message,
    /// `hostgroups [ … ]`; [`Value::Words`].
    Hostgroups,
    /// `http headers [ … ]`; [`Value::Headers`].
    HttpHeaders,
    /// A character that starts nothing else.
    Symbol(u8),
    /// Already reported.
    Bad,
    End,
}

/// What a token means.
#[derive(Debug, Clone, Default)]
pub(crate) enum Value {
    #[default]
    None,
    /// With quotes and escapes resolved. Any bytes: paths and arguments need not be UTF-8.
    Text(Vec<u8>),
    Number(u64),
    Real(f64),
    Address {
        name: Box<str>,
        address: Box<str>,
    },
    Words(Vec<Box<str>>),
    Headers(Vec<(Box<str>, Box<str>)>),
    Url(Box<Url>),
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    pub(crate) value: Value,
    /// Nothing but white space stands before it on its line.
    pub(crate) first_on_line: bool,
}

impl Token {
    pub(crate) fn is(&self, keyword: Keyword) -> bool {
        self.kind == Kind::Keyword(keyword)
    }

    /// Is it the keyword of this option of a protocol?
    pub(crate) fn names(&self, option: &OptionSpec) -> bool {
        match self.kind {
            Kind::Keyword(keyword) => keyword.name() == option.name.keyword(),
            Kind::HttpHeaders => option.kind == OptionKind::Headers,
            _ => option.kind.is_ours() && self.is_word(option.name.keyword()),
        }
    }

    pub(crate) fn keyword(&self) -> Option<Keyword> {
        match self.kind {
            Kind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// The meaning as bytes; empty for tokens without text.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.value {
            Value::Text(text) => text,
            _ => &[],
        }
    }

    /// The meaning as text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> Box<str> {
        String::from_utf8_lossy(self.bytes()).into()
    }

    /// Written without quotes and equal to `word`, whatever the case: how words of ours are recognised, which are
    /// no keywords so that no existing file breaks.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::String && self.span.raw().eq_ignore_ascii_case(word.as_bytes())
    }

    /// Written in quotes.
    pub(crate) fn is_quoted(&self) -> bool {
        matches!(self.span.raw().first(), Some(b'"' | b'\''))
    }
}
