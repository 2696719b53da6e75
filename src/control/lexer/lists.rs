//! Lists in brackets (`hostgroups`, `http headers`) and the parts of a mail format.

use super::quoted::trim;
use super::{Fault, Keyword, Kind, Lexer, Token, Value, is_blank, run};

/// More entries than anybody writes; keeps a hostile file small in memory.
const MOST_ENTRIES: usize = 1024;

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'(' | b')')
}

fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

impl Lexer<'_> {
    /// `hostgroups [ a, "b c" ]`; the opening bracket is optional.
    pub(super) fn hostgroups(&mut self, start: usize) -> Option<Token> {
        let rest = self.rest();
        let mut at = start;
        let mut words = Vec::new();
        loop {
            let here = rest.get(at..).unwrap_or_default();
            match here.first() {
                None => return self.unclosed_list(start, Keyword::Hostgroups),
                Some(b']') => break,
                Some(byte) if is_separator(*byte) || *byte == b'[' => at += 1,
                Some(quote @ (b'"' | b'\'')) => {
                    let inner = here.get(1..).unwrap_or_default();
                    let Some(length) = inner.iter().position(|byte| byte == quote) else {
                        return self.unclosed_list(start, Keyword::Hostgroups);
                    };
                    words.push(text(trim(inner.get(..length).unwrap_or_default())));
                    at += length + 2;
                }
                Some(_) => {
                    let length = run(here, |b| !is_separator(b) && !matches!(b, b'[' | b']'));
                    words.push(text(here.get(..length).unwrap_or_default()));
                    at += length;
                }
            }
            if words.len() > MOST_ENTRIES {
                return self.bad(at, start, Fault::ListTooLong { most: MOST_ENTRIES });
            }
        }
        self.token(at + 1, Kind::Hostgroups, Value::Words(words))
    }

    /// `http headers [ name: value, … ]`.
    pub(super) fn http_headers(&mut self, start: usize) -> Option<Token> {
        let rest = self.rest();
        let mut at = start;
        let mut headers = Vec::new();
        loop {
            let here = rest.get(at..).unwrap_or_default();
            match here.first() {
                None => return self.unclosed_list(start, Keyword::HttpHeaders),
                Some(b']') => break,
                Some(byte) if is_separator(*byte) || *byte == b'[' => at += 1,
                Some(_) => {
                    let Some((header, length)) = header(here) else {
                        return self.bad(at + 1, at + 1, Fault::InvalidHeaders);
                    };
                    headers.push(header);
                    at += length;
                }
            }
            if headers.len() > MOST_ENTRIES {
                return self.bad(at, start, Fault::ListTooLong { most: MOST_ENTRIES });
            }
        }
        self.token(at + 1, Kind::HttpHeaders, Value::Headers(headers))
    }

    fn unclosed_list(&mut self, start: usize, list: Keyword) -> Option<Token> {
        let all = self.rest().len();
        self.bad(all, start, Fault::UnclosedList { list: list.name() })
    }

    /// `from:`, `reply-to:`, `subject:`, `message:`; `word` is the length before the colon.
    /// `None`: another word, `Some(None)`: nothing to hand on.
    #[allow(clippy::option_option)]
    pub(super) fn mail_part(&mut self, word: usize) -> Option<Option<Token>> {
        let rest = self.rest();
        let kind = match rest.get(..word)?.to_ascii_lowercase().as_slice() {
            b"from" => Kind::From,
            b"reply-to" => Kind::ReplyTo,
            b"subject" => Kind::Subject,
            b"message" => Kind::Message,
            _ => return None,
        };
        let start = word + 1;
        let behind = rest.get(start..).unwrap_or_default();
        let length = run(behind, |b| b != b'}' && (b != b'\n' || kind == Kind::Message));
        let value = behind.get(..length).unwrap_or_default();
        let all = start + length;
        if matches!(kind, Kind::Subject | Kind::Message) {
            let value = value.trim_ascii().to_vec();
            return Some(self.token(all, kind, Value::Text(value)));
        }
        let lead = run(value, is_blank);
        let value = value.get(lead..).unwrap_or_default();
        if let Some(wrong) = value.iter().position(|byte| *byte == b'{' || *byte < b' ') {
            let shown = start + lead + wrong + 1;
            return Some(self.bad(all, shown, Fault::InvalidAddress));
        }
        let Some((name, address)) = address(value) else {
            return Some(self.bad(all, all, Fault::MissingAddress));
        };
        Some(self.token(all, kind, Value::Address { name, address }))
    }
}

/// Name and address of a sender. At each point the longer of two runs counts: one that may hold blanks but no `@` is a
/// display name, one without blanks the address, which wins a tie. The last of each wins.
fn address(line: &[u8]) -> Option<(Box<str>, Box<str>)> {
    let is_bracket = |b: u8| matches!(b, b'<' | b'>' | b'[' | b']');
    let (mut name, mut address) = (Box::default(), None);
    let mut rest = line;
    while !rest.is_empty() {
        let as_address = run(rest, |b| !is_bracket(b) && !is_blank(b));
        let as_name = run(rest, |b| !is_bracket(b) && b != b'@');
        let length = as_address.max(as_name).max(1);
        let piece = rest.get(..length).unwrap_or_default();
        if as_address > 0 && as_address >= as_name {
            address = Some(text(piece));
        } else if as_name > 0 {
            let piece = trim(piece);
            // Blanks between an address and a bracket are no name.
            if !piece.is_empty() {
                name = text(piece);
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    address.map(|address| (name, address))
}

/// One `name: value` and its length.
#[allow(clippy::type_complexity)]
fn header(line: &[u8]) -> Option<((Box<str>, Box<str>), usize)> {
    let name = run(line, |b| !matches!(b, b':' | b'\n' | b',' | b']' | b'['));
    if name == 0 || line.get(name) != Some(&b':') {
        return None;
    }
    let start = name + 1;
    let start = start + run(line.get(start..)?, is_blank);
    let behind = line.get(start..)?;
    let (value, length) = match behind.first() {
        Some(quote @ (b'"' | b'\'')) => {
            let inner = behind.get(1..)?;
            let length = inner.iter().position(|byte| byte == quote)?;
            (inner.get(..length)?, length + 2)
        }
        _ => {
            let length = run(behind, |b| !matches!(b, b',' | b']' | b'\n'));
            (behind.get(..length)?.trim_ascii(), length)
        }
    };
    if length == 0 {
        return None;
    }
    Some(((text(trim(line.get(..name)?)), text(value)), start + length))
}
