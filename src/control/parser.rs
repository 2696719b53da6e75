//! Recursive descent, one token ahead.
//!
//! * `expect_*`: what must stand here; anything else is the user's error.
//! * `presume_*`: what was looked at before.
//! * `accept_*`: what may stand here.
//! * `parse_*` (in `statement/`): a construct.
//!
//! Each test of the next token is remembered, so an error says what would have been right without anybody writing
//! that list. A syntax error ends its statement: [`Failed`] travels up to the statement loop, which goes on where the next
//! statement begins, so that one run shows all errors. A wrong value is only noted, and parsing goes on.

mod change;
mod complaint;

pub(crate) use change::{Change, HttpdChange};

use super::diagnostic::{Diagnostic, Fault, Severity};
use super::hint;
use super::keyword::Keyword;
use super::language::Language;
use super::lexer::Lexer;
use super::outside::Outside;
use super::overrides::Overrides;
use super::remark::Remark;
use super::so_far::SoFar;
use super::source::Source;
use super::token::{Kind, Span, Token, Value};
pub(crate) use super::tried::Tried;
use super::wanted::Wanted;
use crate::config::Config;
use std::collections::VecDeque;
use std::rc::Rc;

/// A statement could not be read; the reason was noted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

/// The result of reading a construct.
pub(crate) type Parsed<T> = Result<T, Failed>;

/// Errors shown in one run.
const MOST_ERRORS: usize = 100;
/// Findings of all kinds that are kept.
const MOST_FINDINGS: usize = 2000;

pub(crate) struct Parser<'a> {
    lexer: Lexer<'a>,
    ahead: VecDeque<Token>,
    /// The last token taken.
    previous: Option<Span>,
    tried: Vec<Tried>,
    /// What was looked for where the last token taken stands.
    tried_before: Vec<Tried>,
    errors: usize,
    /// What follows would raise errors that are none.
    given_up: bool,
    /// Findings that were too many to keep.
    left_out: usize,
    pub(crate) overrides: Overrides,
    pub(crate) outside: Rc<dyn Outside + 'a>,
    config: Config,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) remarks: Vec<Remark>,
    /// What the statements remember of each other.
    pub(crate) so_far: SoFar,
    /// What is known of the statements.
    language: &'static Language,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(
        source: Source,
        overrides: Overrides,
        outside: Rc<dyn Outside + 'a>,
        language: &'static Language,
    ) -> Parser<'a> {
        Parser {
            lexer: Lexer::new(Rc::new(source), Rc::clone(&outside)),
            ahead: VecDeque::new(),
            previous: None,
            tried: Vec::new(),
            tried_before: Vec::new(),
            errors: 0,
            given_up: false,
            left_out: 0,
            overrides,
            outside,
            config: Config { fragment: true, ..Config::default() },
            diagnostics: Vec::new(),
            remarks: Vec::new(),
            so_far: SoFar::default(),
            language,
        }
    }

    /// Does reading end here, before the text does? That there are too many errors is noted.
    pub(super) fn gives_up(&mut self) -> bool {
        if !self.given_up && self.errors >= MOST_ERRORS {
            self.diagnostics
                .push(Diagnostic::global(Severity::Error, Fault::TooManyErrors { most: MOST_ERRORS }));
            return true;
        }
        self.given_up
    }

    /// What was read, once everything is. The configuration is good only if no error was noted.
    pub(crate) fn finish(mut self) -> (Config, Vec<Diagnostic>) {
        if let Some(quote) = self.lexer.doubtful_quote.take().filter(|_| self.errors == 0) {
            self.note(Severity::Advice, Fault::QuoteSwallows, &quote);
        }
        if self.left_out > 0 {
            let severity = if self.errors > 0 { Severity::Error } else { Severity::Warning };
            let fault = Fault::LeftOut { count: self.left_out };
            self.diagnostics.push(Diagnostic::global(severity, fault));
        }
        self.name_periods();
        self.config.files = std::mem::take(&mut self.lexer.files);
        (self.config, self.diagnostics)
    }

    /// Says how long `every N cycles` is, now that the length of a cycle is known.
    fn name_periods(&mut self) {
        let Some(poll) = self.overrides.poll.or(self.config.settings.poll) else { return };
        for diagnostic in &mut self.diagnostics {
            if let Fault::EveryCycles { cycles, period } = &mut diagnostic.fault {
                *period = Some(poll.saturating_mul(*cycles));
                let text = hint::for_text(&diagnostic.fault).unwrap_or_default();
                *diagnostic = diagnostic.clone().with_hint(text);
            }
        }
    }

    /// The next token begins a statement.
    pub(super) fn begin_statement(&mut self) {
        let token = self.peek().clone();
        self.lexer.begun.begin(&token);
    }

    // Looking.

    /// The next token, which stays.
    pub(crate) fn peek(&mut self) -> &Token {
        self.look(0)
    }

    /// The token `distance` behind the next one.
    pub(crate) fn look(&mut self, distance: usize) -> &Token {
        while self.ahead.len() <= distance {
            let token = self.lexer.next();
            if !self.lexer.found.is_empty() {
                let found = std::mem::take(&mut self.lexer.found);
                for diagnostic in found {
                    let hinted = self.hinted(diagnostic);
                    self.add(hinted);
                }
            }
            self.ahead.push_back(token);
        }
        // The loop above has put it there.
        &self.ahead[distance]
    }

    /// Takes the next token.
    pub(crate) fn advance(&mut self) -> Token {
        self.peek();
        std::mem::swap(&mut self.tried, &mut self.tried_before);
        self.tried.clear();
        match self.ahead.pop_front() {
            Some(token) => {
                self.previous = Some(token.span.clone());
                token
            }
            // peek has put one there.
            None => self.lexer.next(),
        }
    }

    /// The last token taken.
    pub(crate) fn previous(&self) -> Option<&Span> {
        self.previous.as_ref()
    }

    /// Is the next token this keyword? Remembers the question.
    pub(crate) fn next_is(&mut self, keyword: Keyword) -> bool {
        // Asked again and again it stands there twice; whoever shows the list does so once.
        self.tried.push(Tried::Keyword(keyword));
        self.peek().is(keyword)
    }

    /// Is the next token of one of these kinds? `what` is how an error calls them.
    fn next_is_value(&mut self, kinds: &[Kind], what: Wanted) -> bool {
        self.tried.push(Tried::Value(what));
        let kind = self.peek().kind;
        kinds.contains(&kind)
    }

    /// Is the next token this word of ours? It is a plain string anywhere else.
    pub(crate) fn next_is_word(&mut self, word: &'static str) -> bool {
        self.tried.push(Tried::Word(word));
        self.peek().is_word(word)
    }

    /// Adds to what an error at the next token would list.
    pub(crate) fn would_accept(&mut self, tried: Tried) {
        self.tried.push(tried);
    }

    // Taking.

    pub(crate) fn accept(&mut self, keyword: Keyword) -> bool {
        let here = self.next_is(keyword);
        if here {
            self.advance();
        }
        here
    }

    /// The first of these keywords that stands here, taken.
    pub(crate) fn accept_any(&mut self, keywords: &[Keyword]) -> Option<Keyword> {
        let found = keywords.iter().copied().find(|keyword| self.next_is(*keyword));
        if found.is_some() {
            self.advance();
        }
        found
    }

    pub(crate) fn accept_word(&mut self, word: &'static str) -> bool {
        let here = self.next_is_word(word);
        if here {
            self.advance();
        }
        here
    }

    pub(crate) fn accept_kind(&mut self, kinds: &[Kind], what: Wanted) -> Option<Token> {
        self.next_is_value(kinds, what).then(|| self.advance())
    }

    pub(crate) fn accept_symbol(&mut self, symbol: u8) -> bool {
        self.accept_kind(&[Kind::Symbol(symbol)], Wanted::Symbol(symbol)).is_some()
    }

    /// A token that was looked at before.
    pub(crate) fn presume(&mut self) -> Token {
        self.advance()
    }

    pub(crate) fn expect(&mut self, keyword: Keyword) -> Parsed<Token> {
        if self.next_is(keyword) { Ok(self.advance()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn expect_any(&mut self, keywords: &[Keyword]) -> Parsed<Keyword> {
        self.accept_any(keywords).ok_or(()).map_err(|()| self.unexpected())
    }

    pub(crate) fn expect_kind(&mut self, kinds: &[Kind], what: Wanted) -> Parsed<Token> {
        if self.next_is_value(kinds, what) { Ok(self.advance()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: u8) -> Parsed<Token> {
        self.expect_kind(&[Kind::Symbol(symbol)], Wanted::Symbol(symbol))
    }

    /// A number from 0 to `u32::MAX`.
    pub(crate) fn expect_number(&mut self) -> Parsed<(u32, Span)> {
        let token = self.expect_kind(&[Kind::Number], Wanted::Number)?;
        let Value::Number(number) = token.value else { return Ok((0, token.span)) };
        let number = u32::try_from(number).unwrap_or_else(|_| {
            self.error(Fault::NumberTooLarge { largest: u32::MAX.into() }, &token.span);
            0
        });
        Ok((number, token.span))
    }

    /// A whole number up to 2^53, where a `double` still counts in ones.
    pub(crate) fn expect_large_number(&mut self) -> Parsed<u64> {
        const LARGEST: u64 = 1 << 53;
        let token = self.expect_kind(&[Kind::Number], Wanted::Number)?;
        let Value::Number(number) = token.value else { return Ok(0) };
        if number > LARGEST {
            self.error(Fault::NumberTooLarge { largest: LARGEST }, &token.span);
        }
        Ok(number.min(LARGEST))
    }

    /// `N` or `N.M`, and whether it was written without a point.
    pub(crate) fn expect_value(&mut self) -> Parsed<(f64, bool)> {
        if self.next_is_value(&[Kind::Real], Wanted::Number) {
            return match self.advance().value {
                Value::Real(real) => Ok((real, false)),
                _ => Ok((0.0, false)),
            };
        }
        Ok((self.expect_large_number()? as f64, true))
    }

    pub(crate) fn expect_word(&mut self, word: &'static str) -> Parsed<Token> {
        if self.next_is_word(word) { Ok(self.advance()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn expect_string(&mut self, what: Wanted) -> Parsed<Token> {
        self.expect_kind(&[Kind::String], what)
    }

    pub(crate) fn expect_path(&mut self, what: Wanted) -> Parsed<Token> {
        self.expect_kind(&[Kind::Path], what)
    }

    pub(crate) fn expect_string_or_path(&mut self, what: Wanted) -> Parsed<Token> {
        self.expect_kind(&[Kind::String, Kind::Path], what)
    }
}
