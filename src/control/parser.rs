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

use super::Overrides;
use super::diagnostic::{Diagnostic, Fault, Severity};
use super::hint;
use super::keyword::Keyword;
use super::lexer::Lexer;
use super::outside::Outside;
use super::remark::Remark;
use super::source::Source;
use super::statement::{self, Context, Scope};
use super::token::{Kind, Span, Token, Value};
use super::wanted::Wanted;
use crate::config::{Config, Place};
use std::collections::VecDeque;
use std::rc::Rc;

/// A statement could not be read; the reason was noted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

/// The result of reading a construct.
pub(crate) type Parsed<T> = Result<T, Failed>;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried {
    Keyword(Keyword),
    /// A kind of value.
    Value(Wanted),
    /// A word that is special only here.
    Word(&'static str),
}

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
    errors: usize,
    /// What follows would raise errors that are none.
    given_up: bool,
    /// Findings that were too many to keep.
    left_out: usize,
    pub(crate) overrides: Overrides,
    pub(crate) outside: Rc<dyn Outside + 'a>,
    pub(crate) config: Config,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) remarks: Vec<Remark>,
    /// What the statements remember of each other.
    pub(crate) context: Context,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: Source, overrides: Overrides, outside: Rc<dyn Outside + 'a>) -> Parser<'a> {
        Parser {
            lexer: Lexer::new(Rc::new(source), Rc::clone(&outside)),
            ahead: VecDeque::new(),
            previous: None,
            tried: Vec::new(),
            errors: 0,
            given_up: false,
            left_out: 0,
            overrides,
            outside,
            config: Config { fragment: true, ..Config::default() },
            diagnostics: Vec::new(),
            remarks: Vec::new(),
            context: Context::default(),
        }
    }

    /// Reads this many statements. `true`: there are no more.
    pub(crate) fn parse_some(&mut self, statements: usize) -> bool {
        for _ in 0..statements {
            let result = match self.peek().kind {
                Kind::End => return true,
                _ => statement::parse(self),
            };
            if result.is_err() {
                self.recover();
            }
            if self.given_up {
                return true;
            }
            if self.errors >= MOST_ERRORS {
                self.diagnostics
                    .push(Diagnostic::global(Severity::Error, Fault::TooManyErrors { most: MOST_ERRORS }));
                return true;
            }
        }
        false
    }

    /// What was read, once everything is. The configuration is good only if no error was noted.
    pub(crate) fn finish(mut self) -> (Config, Vec<Diagnostic>) {
        statement::finish_service(&mut self);
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

    /// With what to do about it, as far as the text alone shows that.
    fn hinted(&self, diagnostic: Diagnostic) -> Diagnostic {
        // Something wrong with the text as such, or with a value that holds the mark.
        let about = if diagnostic.fault.is_about_text() { diagnostic.line() } else { diagnostic.token() };
        if let Some(mark) =
            about.filter(|_| diagnostic.severity() > Severity::Advice).and_then(hint::unfilled)
        {
            return diagnostic.with_hint(hint::not_filled_in(&mark));
        }
        if matches!(diagnostic.fault, Fault::InvalidPattern { .. }) {
            if let Some(text) = diagnostic.token().and_then(hint::escaped_quote_in) {
                return diagnostic.with_hint(text);
            }
        }
        if matches!(diagnostic.fault, Fault::UnbalancedQuotes) {
            if let Some(text) = diagnostic.line().and_then(hint::escaped_quote_in) {
                return diagnostic.with_hint(text);
            }
            // Of texts that cross the end of a line the first is most likely the one that was not meant to.
            if let Some(quote) = self.lexer.doubtful_quote.as_ref().or(self.lexer.crossing_quote.as_ref()) {
                return missing_quote(quote);
            }
        }
        match hint::for_text(&diagnostic.fault) {
            Some(text) => diagnostic.with_hint(text),
            None => diagnostic,
        }
    }

    /// Takes the next token.
    pub(crate) fn advance(&mut self) -> Token {
        self.peek();
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

    // Complaining.

    /// Notes a finding.
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity() == Severity::Error {
            self.errors += 1;
        }
        // More warnings than this help nobody; errors end the run before.
        if self.diagnostics.len() < MOST_FINDINGS {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Something for a verbose run to tell.
    pub(crate) fn remark(&mut self, remark: Remark) {
        if self.remarks.len() < MOST_FINDINGS {
            self.remarks.push(remark);
        }
    }

    pub(crate) fn note(&mut self, severity: Severity, fault: Fault, span: &Span) {
        let diagnostic = self.hinted(Diagnostic::at(severity, fault, span));
        self.add(diagnostic);
    }

    /// A wrong value: the file will not load, parsing goes on.
    pub(crate) fn error(&mut self, fault: Fault, span: &Span) {
        self.note(Severity::Error, fault, span);
    }

    pub(crate) fn error_with_hint(&mut self, fault: Fault, span: &Span, hint: String) {
        self.add(Diagnostic::at(Severity::Error, fault, span).with_hint(hint));
    }

    /// `FILE:LINE` of something read before.
    pub(crate) fn cite(&self, place: Place) -> String {
        match self.lexer.files.get(usize::from(place.file)) {
            Some(file) => format!("{}:{}", file.display(), place.line),
            None => format!("line {}", place.line),
        }
    }

    pub(crate) fn warning(&mut self, fault: Fault, span: &Span) {
        self.note(Severity::Warning, fault, span);
    }

    pub(crate) fn advice(&mut self, fault: Fault, span: &Span) {
        self.note(Severity::Advice, fault, span);
    }

    /// The next token cannot stand here.
    pub(crate) fn unexpected(&mut self) -> Failed {
        self.unexpected_because(None)
    }

    /// The same, with a hint that the caller knows better.
    pub(crate) fn unexpected_because(&mut self, reason: Option<String>) -> Failed {
        let token = self.peek().clone();
        if token.kind == Kind::Bad {
            return Failed;
        }
        // A text that crossed the end of a line and ends right before the trouble.
        let crossing = self.lexer.crossing_quote.as_ref().filter(|quote| {
            let here = |span: &Span| span.source.index == quote.source.index && span.start >= quote.start;
            here(&token.span) && token.span.line == quote.behind().line
        });
        if let Some(quote) = self.lexer.doubtful_quote.as_ref().or(crossing) {
            // Everything behind a missing quote is read inside out: one error says it all.
            let diagnostic = missing_quote(quote);
            self.add(diagnostic);
            self.given_up = true;
            return Failed;
        }
        let tried = std::mem::take(&mut self.tried);
        let situation = hint::Situation {
            token: &token,
            previous: self.previous.as_ref(),
            tried: &tried,
            context: &self.context,
        };
        let found = hint::explain(&situation);
        let expected = shown(&tried);
        let span = found.span.unwrap_or_else(|| token.span.clone());
        let mut diagnostic = Diagnostic::at(Severity::Error, Fault::Syntax { expected }, &span);
        if let Some(text) = reason.or(found.hint) {
            diagnostic = diagnostic.with_hint(text);
        }
        self.add(diagnostic);
        Failed
    }

    /// Goes on where the next statement begins.
    fn recover(&mut self) {
        if self.given_up {
            return;
        }
        let mut after_then = false;
        while self.errors < MOST_ERRORS {
            let inside = self.context.service.is_some();
            let token = self.peek();
            let begins = match token.kind {
                Kind::End => true,
                Kind::Keyword(keyword) => {
                    statement::begins_block(keyword)
                        || (inside
                            && token.first_on_line
                            && !after_then
                            && statement::begins(keyword, Scope::Service))
                }
                _ => false,
            };
            if begins {
                return;
            }
            after_then = self.advance().is(Keyword::Then);
        }
    }
}

/// What was looked for, as an error lists it: each once, the types of `check` together.
pub(super) fn shown(tried: &[Tried]) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for item in tried {
        let item = match item {
            Tried::Keyword(keyword) if statement::is_check(*keyword) => "'check …'".to_string(),
            Tried::Keyword(keyword) => format!("'{}'", keyword.name()),
            Tried::Word(word) => format!("'{word}'"),
            Tried::Value(what) => what.to_string(),
        };
        if !list.contains(&item) {
            list.push(item);
        }
    }
    list
}

fn missing_quote(quote: &Span) -> Diagnostic {
    let last = quote.behind().line;
    let opening = Span { end: quote.start + 1, ..quote.clone() };
    Diagnostic::at(Severity::Error, Fault::UnbalancedQuotes, &opening)
        .with_hint(format!("the text that begins here goes on to line {last}: the closing quote is missing"))
}
