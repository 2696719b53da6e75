//! Names, groups, dependencies, the arguments of a command, and schedules.

use super::quoted::{ends_in_backslash, is_word_behind, swallows_statement, trim, unescape};
use super::{Fault, Keyword, Kind, Lexer, Mode, Severity, Token, Value, is_blank, is_word_byte, run};

impl Lexer<'_> {
    /// The name behind `check TYPE`; any word will do, keywords included.
    pub(super) fn service_name(&mut self) -> Option<Token> {
        let blanks = run(self.rest(), |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        self.skip(blanks);
        self.mode = Mode::Normal;
        self.name()
    }

    /// The name behind `group` and its blanks: one word, with or without quotes, here or where a later line begins.
    pub(super) fn group_name(&mut self) -> Option<Token> {
        self.mode = Mode::Normal;
        let ends = run(self.rest(), |b| b == b'\n');
        self.skip(ends);
        let rest = self.rest();
        let quotes = usize::from(matches!(rest.first(), Some(b'"' | b'\'')));
        let inner = rest.get(quotes..).unwrap_or_default();
        let length = run(inner, is_word_byte);
        let closed = quotes == 0 || matches!(inner.get(length), Some(b'"' | b'\''));
        if length == 0 || !closed {
            return None;
        }
        let text = inner.get(..length).unwrap_or_default().to_vec();
        self.token(length + 2 * quotes, Kind::Name, Value::Text(text))
    }

    /// A word, or a quoted text without control characters. In single quotes it goes on to the last one of the line.
    fn name(&mut self) -> Option<Token> {
        let rest = self.rest();
        let word = run(rest, is_word_byte);
        if word > 0 {
            let text = rest.get(..word).unwrap_or_default().to_vec();
            return self.token(word, Kind::Name, Value::Text(text));
        }
        let quote = match rest.first() {
            None => return None,
            Some(quote @ (b'"' | b'\'')) => *quote,
            Some(symbol) => {
                let symbol = *symbol;
                return self.token(1, Kind::Symbol(symbol), Value::None);
            }
        };
        let inner = rest.get(1..).unwrap_or_default();
        let allowed = run(inner, |b| b >= b' ' && b != b'"');
        let length = if quote == b'"' {
            (inner.get(allowed) == Some(&b'"')).then_some(allowed)
        } else {
            inner.get(..allowed).and_then(|text| text.iter().rposition(|byte| *byte == b'\''))
        };
        let Some(length) = length.filter(|length| *length > 0) else { return self.unbalanced() };
        let inner = inner.get(..length).unwrap_or_default();
        match unescape(trim(inner)) {
            Some(text) => self.token(length + 2, Kind::Name, Value::Text(text)),
            None => self.bad(length + 2, length + 2, Fault::UnbalancedEscape),
        }
    }

    /// One name of a `depends` list, or its end.
    ///
    /// The list ends at white space that is followed by anything but a comma; a separator takes one newline with it.
    /// Both rules compete by length, the separator winning a tie.
    pub(super) fn dependency(&mut self) -> Option<Token> {
        let rest = self.rest();
        if rest.is_empty() {
            self.mode = Mode::Normal;
            return None;
        }
        let is_separator = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b',' | b';' | b'(' | b')');
        let mut separator = run(rest, is_separator);
        if rest.get(separator) == Some(&b'\n') {
            separator += 1;
            separator += run(rest.get(separator..).unwrap_or_default(), is_separator);
        }
        let white = run(rest, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        let end = match rest.get(white) {
            Some(b',') | None if white > 1 => white,
            Some(b',') | None => 0,
            Some(_) if white > 0 => white + 1,
            Some(_) => 0,
        };
        if end > separator {
            self.mode = Mode::Normal;
            return None;
        }
        if separator > 0 {
            self.skip(separator);
            return None;
        }
        let token = self.name();
        if token.as_ref().is_none_or(|token| token.kind != Kind::Name) {
            self.mode = Mode::Normal;
        }
        token
    }

    /// One argument of a command in double quotes, or its end.
    pub(super) fn argument(&mut self) -> Option<Token> {
        let blanks = run(self.rest(), |b| matches!(b, b' ' | b'\t' | b'\n'));
        self.skip(blanks);
        let rest = self.rest();
        match rest.first() {
            None => {
                // The end of the file closes a command as well as a quote does.
                self.mode = Mode::Normal;
                return None;
            }
            Some(b'"') => {
                self.mode = Mode::Normal;
                self.skip(1);
                return None;
            }
            Some(_) => {}
        }
        let bare = run(rest, |b| !matches!(b, b' ' | b'\t' | b'\n' | b'"'));
        if rest.first() == Some(&b'\'') {
            let inner = rest.get(1..).unwrap_or_default();
            let length = inner.iter().position(|byte| *byte == b'\'');
            if let Some(length) = length.filter(|length| length + 2 >= bare) {
                let inner = inner.get(..length).unwrap_or_default();
                return match unescape(trim(inner)) {
                    Some(text) => self.token(length + 2, Kind::Argument, Value::Text(text)),
                    None => self.bad(length + 2, length + 2, Fault::UnbalancedEscape),
                };
            }
            if bare == 1 {
                return self.unbalanced_argument();
            }
        }
        let text = rest.get(..bare).unwrap_or_default().to_vec();
        let behind = rest.get(bare..).unwrap_or_default();
        if behind.first() == Some(&b'"')
            && ends_in_backslash(&text)
            && is_word_behind(behind.get(1..).unwrap_or_default())
        {
            let span = self.span(bare + 1);
            self.report(Severity::Advice, Fault::EscapedQuote, span);
        }
        self.token(bare, Kind::Argument, Value::Text(text))
    }

    fn unbalanced_argument(&mut self) -> Option<Token> {
        self.mode = Mode::Normal;
        self.unbalanced()
    }

    /// Remembers a command whose closing quote is probably missing. `start` is the length up to its opening quote.
    pub(super) fn note_doubtful_command(&mut self, start: usize) {
        let inner = self.rest().get(start..).unwrap_or_default();
        let length = inner.iter().position(|byte| *byte == b'"').unwrap_or(inner.len());
        let closed = length < inner.len();
        let doubtful = inner.get(..length).is_some_and(swallows_statement) || !closed;
        if doubtful && self.doubtful_quote.is_none() {
            let mut span = self.span(start + length + usize::from(closed));
            span.start += start.saturating_sub(1) as u32;
            self.doubtful_quote = Some(span);
        }
    }

    /// What follows `every`: a number, `cycle` or a cron schedule in quotes of either kind, even mixed.
    pub(super) fn schedule(&mut self) -> Option<Token> {
        let blanks = run(self.rest(), |b| is_blank(b) || matches!(b, b'\r' | b'\n'));
        self.skip(blanks);
        self.mode = Mode::Normal;
        let rest = self.rest();
        let digits = run(rest, |b| b.is_ascii_digit());
        if digits > 0 {
            let text = rest.get(..digits).unwrap_or_default();
            let number = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).unwrap_or(u64::MAX);
            return self.token(digits, Kind::Number, Value::Number(number));
        }
        for word in ["cycles", "cycle"] {
            if rest.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes())) {
                return self.token(word.len(), Kind::Keyword(Keyword::Cycle), Value::None);
            }
        }
        let quote = rest.first()?;
        if matches!(quote, b'"' | b'\'') {
            let inner = rest.get(1..).unwrap_or_default();
            let length = run(inner, |b| is_blank(b) || is_cron(b));
            let fields = inner.get(..length).unwrap_or_default();
            let count = fields.split(|b| is_blank(*b)).filter(|field| !field.is_empty()).count();
            if count == 5 && matches!(inner.get(length), Some(b'"' | b'\'')) {
                let text = fields.trim_ascii().to_vec();
                return self.token(length + 2, Kind::Cron, Value::Text(text));
            }
        }
        let line = run(self.rest(), |b| b != b'\n');
        let word = run(self.rest(), is_word_byte).max(1);
        self.bad(line.max(1), word, Fault::InvalidEvery)
    }
}

fn is_cron(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b',' | b'*' | b'/' | b'-')
}
