//! What the parser says about a text: findings with their hints, what would have been right, and where reading goes on
//! behind an error.

use super::{Failed, MOST_ERRORS, MOST_FINDINGS, Parser};
use crate::config::Place;
use crate::control::diagnostic::{Diagnostic, Fault, Severity};
use crate::control::hint;
use crate::control::keyword::Keyword;
use crate::control::remark::Remark;
use crate::control::token::{Begun, Kind, Span};
use crate::control::tried::shown;
use std::cell::OnceCell;

impl Parser<'_> {
    /// With what to do about it, as far as the text alone shows that.
    pub(super) fn hinted(&self, diagnostic: Diagnostic) -> Diagnostic {
        // Something wrong with the text as such, or with a value that holds the mark.
        if diagnostic.hides_mark() && diagnostic.severity() > Severity::Advice {
            return diagnostic.with_hint(hint::NOT_FILLED_IN);
        }
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

    /// Notes a finding.
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity() == Severity::Error;
        self.errors += usize::from(is_error);
        // More advice than this helps nobody; an error is always told, and many of them end the run.
        if is_error || self.diagnostics.len() < MOST_FINDINGS {
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
        // What is not kept costs nothing.
        if severity != Severity::Error && self.diagnostics.len() >= MOST_FINDINGS {
            self.left_out += 1;
            return;
        }
        let diagnostic = self.hinted(Diagnostic::at(severity, fault, span, &self.lexer.begun));
        self.add(diagnostic);
    }

    /// A wrong value: the file will not load, parsing goes on.
    pub(crate) fn error(&mut self, fault: Fault, span: &Span) {
        self.note(Severity::Error, fault, span);
    }

    pub(crate) fn error_with_hint(&mut self, fault: Fault, span: &Span, hint: String) {
        self.add(Diagnostic::at(Severity::Error, fault, span, &self.lexer.begun).with_hint(hint));
    }

    /// A warning with what to do about it, if that is known.
    pub(crate) fn warning_with_hint(&mut self, fault: Fault, span: &Span, hint: Option<String>) {
        let found = Diagnostic::at(Severity::Warning, fault, span, &self.lexer.begun);
        self.add(match hint {
            Some(hint) => found.with_hint(hint),
            None => found,
        });
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
            tried_before: &self.tried_before,
            so_far: &self.so_far,
            language: self.language,
            begun: self.lexer.begun,
            texts: OnceCell::new(),
        };
        let found = hint::explain(&situation);
        let expected = shown(&tried);
        let span = found.span.unwrap_or_else(|| token.span.clone());
        let mut diagnostic =
            Diagnostic::at(Severity::Error, Fault::Syntax { expected }, &span, &self.lexer.begun);
        if let Some(text) = reason.or(found.hint) {
            diagnostic = diagnostic.with_hint(text);
        }
        self.add(diagnostic);
        Failed
    }

    /// Goes on where the next statement begins.
    pub(in crate::control) fn recover(&mut self) {
        if self.given_up {
            return;
        }
        let mut after_then = false;
        while self.errors < MOST_ERRORS {
            let (inside, language) = (self.so_far.service.is_some(), self.language);
            let token = self.peek();
            let begins = match token.kind {
                Kind::End => true,
                Kind::Keyword(keyword) => {
                    keyword.begins_block()
                        || (inside && token.first_on_line && !after_then && (language.in_service)(keyword))
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

fn missing_quote(quote: &Span) -> Diagnostic {
    let last = quote.behind().line;
    let opening = Span { end: quote.start + 1, ..quote.clone() };
    Diagnostic::at(Severity::Error, Fault::UnbalancedQuotes, &opening, &Begun::default())
        .with_hint(format!("the text that begins here goes on to line {last}: the closing quote is missing"))
}
