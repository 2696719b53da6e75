//! Quoted strings, and what is done to the text of every quoted token: outer quotes and blanks off, escapes resolved.

use super::{Fault, Kind, Lexer, Severity, Token, Value};

/// White space as isspace(3) has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// Takes runs of quotes and white space off both ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let unwanted = |byte: &u8| is_space(*byte) || matches!(byte, b'"' | b'\'');
    let Some(first) = text.iter().position(|byte| !unwanted(byte)) else { return &[] };
    let last = text.iter().rposition(|byte| !unwanted(byte)).unwrap_or(first);
    text.get(first..=last).unwrap_or_default()
}

/// Resolves escapes. `None`: a `\0` near the end that does not say which byte.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let next = if *byte == b'\\' { text.get(at + 1) } else { None };
        let (replacement, length) = match next {
            Some(b'n') => (b'\n', 2),
            Some(b't') => (b'\t', 2),
            Some(b'r') => (b'\r', 2),
            Some(b' ') => (b' ', 2),
            Some(b'\\') => (b'\\', 2),
            Some(b'0') => {
                let code = text.get(at + 2..at + 5)?;
                match hex_byte(code) {
                    // A NUL stays as typed until `send` makes it one: it must not end a C string before.
                    Some(value) if value != 0 => (value, 5),
                    _ => (b'\\', 1),
                }
            }
            _ => (*byte, 1),
        };
        out.push(replacement);
        at += length;
    }
    Some(out)
}

/// `xHH`.
fn hex_byte(code: &[u8]) -> Option<u8> {
    let digits = code.strip_prefix(b"x").or_else(|| code.strip_prefix(b"X"))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Does quoted text run over a line that begins like a statement? Then its closing quote is probably missing.
pub(super) fn swallows_statement(text: &[u8]) -> bool {
    const STARTS: [&str; 12] = [
        "start", "stop", "restart", "if", "check", "set", "group", "depends", "every", "alert", "include",
        "onreboot",
    ];
    text.split(|byte| *byte == b'\n').skip(1).any(|line| {
        let line = line.trim_ascii_start();
        let word = super::run(line, |b| b.is_ascii_alphabetic());
        let (word, behind) = line.split_at(word);
        matches!(behind.first(), Some(b' ' | b'\t'))
            && STARTS.iter().any(|start| word.eq_ignore_ascii_case(start.as_bytes()))
    })
}

/// A single backslash before the quote that ends a text.
pub(super) fn ends_in_backslash(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// More follows directly: the text was meant to go on.
pub(super) fn is_word_behind(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| !is_space(*byte) && !matches!(byte, b',' | b';' | b')' | b'}'))
}

impl Lexer<'_> {
    /// A string in quotes of either kind; no escape ends or continues it.
    pub(super) fn quoted(&mut self, quote: u8) -> Option<Token> {
        let rest = self.rest();
        let inner = rest.get(1..).unwrap_or_default();
        let Some(length) = inner.iter().position(|byte| *byte == quote) else {
            return self.unbalanced();
        };
        let inner = inner.get(..length).unwrap_or_default();
        let one_line = !inner.contains(&b'\n');
        let kind = if inner.first() == Some(&b'/') && one_line { Kind::Path } else { Kind::String };
        if !one_line {
            let doubtful = swallows_statement(inner);
            let span = self.span(length + 2);
            if doubtful && self.doubtful_quote.is_none() {
                self.doubtful_quote = Some(span.clone());
            }
            self.crossing_quote.get_or_insert(span);
        }
        let inner = self.rest().get(1..=length).unwrap_or_default();
        if ends_in_backslash(inner) && is_word_behind(self.rest().get(length + 2..).unwrap_or_default()) {
            let span = self.span(length + 2);
            self.report(Severity::Advice, Fault::EscapedQuote, span);
        }
        let inner = self.rest().get(1..=length).unwrap_or_default();
        match unescape(trim(inner)) {
            Some(text) => self.token(length + 2, kind, Value::Text(text)),
            None => self.bad(length + 2, length + 2, Fault::UnbalancedEscape),
        }
    }

    /// A quote that nothing closes. The rest of its line is skipped: it would only raise errors that are none.
    pub(super) fn unbalanced(&mut self) -> Option<Token> {
        let line = super::run(self.rest(), |b| b != b'\n');
        self.bad(line.max(1), 1, Fault::UnbalancedQuotes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_trimmed() {
        assert_eq!(trim(b"  x  "), b"x");
        assert_eq!(trim(b"'x'"), b"x");
        assert_eq!(trim(b" ' \" "), b"");
        assert_eq!(trim(b"a 'b' c"), b"a 'b' c");
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(br"a\nb\t\r\ \\").unwrap(), b"a\nb\t\r \\");
        assert_eq!(unescape(br"\0x41\0x00\d").unwrap(), br"A\0x00\d");
        assert_eq!(unescape(br"\0abc").unwrap(), br"\0abc");
        assert_eq!(unescape(br"\0x4"), None);
        assert_eq!(unescape(b"\\").unwrap(), b"\\");
    }
}
