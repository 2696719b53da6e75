//! What an error does not show of those who log in: passwords and secrets of tests and mail servers, of users of the interface,
//! values of HTTP headers, what a test sends. The word that names one may be the mistake, so words like it count too. Of what
//! nothing names nobody knows that it is a secret.

use super::Concern;
use crate::control::hint::closest;
use crate::control::keyword::Keywords;

/// Letters that a misspelt word may have more or less.
const MISSPELT: usize = 2;

/// A word or a text in quotes, by its place in the line.
struct Piece<'a> {
    start: usize,
    text: &'a [u8],
    quoted: bool,
}

impl Piece<'_> {
    /// Is it this word, or one misspelt?
    fn is(&self, word: &str) -> bool {
        if self.quoted || self.text.len().abs_diff(word.len()) > MISSPELT {
            return false;
        }
        let own = String::from_utf8_lossy(self.text);
        own.eq_ignore_ascii_case(word) || closest(&own, std::iter::once(word)).is_some()
    }

    fn position(&self, byte: u8) -> Option<usize> {
        self.text.iter().position(|other| *other == byte)
    }
}

/// Hides them in a line of a statement. `before` is the text before it.
pub(super) fn hide(out: &mut [u8], before: &[u8], concern: Option<Concern>) {
    let line = out.to_vec();
    let earlier = pieces(before);
    let in_list = concern != Some(Concern::Webhook);
    let mut in_headers =
        in_list && earlier.iter().rev().take_while(|piece| piece.position(b']').is_none()).any(is_headers);
    let mut last = earlier.last();
    let mut one_before = earlier.iter().rev().nth(1);
    let pieces = pieces(&line);
    // A quote is missing: what is text and what is not nobody knows.
    let torn = line.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count() % 2 == 1;
    if let (true, Some(from)) = (torn, behind_name(&line)) {
        out.iter_mut().skip(from).for_each(|byte| *byte = b'*');
        return;
    }
    let words = Keywords::new();
    let mut went_on = false;
    for piece in &pieces {
        let names = |word: &str| last.is_some_and(|last| last.is(word));
        let is_file = piece.text == b"file" || piece.text.starts_with(b"/");
        // Something without quotes may have come between; a comma ends what is said of one server.
        let between = last.map_or(piece.start, |last| last.start + last.text.len());
        let next = line.get(between..piece.start).is_some_and(|between| between.contains(&b','));
        went_on &= !next && (piece.quoted || words.find(piece.text).is_none());
        let joined = joined_value(piece);
        let from = if joined.is_some() {
            joined
        } else if went_on || names("password") || (names("secret") || names("token")) && !is_file {
            went_on = !piece.quoted;
            Some(0)
        } else if names("request") {
            piece.position(b'?').map(|mark| mark + 1)
        } else if in_headers {
            of_header(piece)
        } else if is_behind_colon(piece, last) || torn && names("allow") {
            Some(0)
        } else if names("allow") || concern == Some(Concern::Httpd) {
            of_user(piece)
        } else {
            // A word that does not belong there may stand between.
            let sent = names("send") || one_before.is_some_and(|piece| piece.is("send"));
            let header = !in_list && names("header");
            (sent && piece.quoted)
                .then_some(0)
                .or_else(|| of_header(piece).filter(|_| header && piece.quoted))
        };
        if let Some(from) = from {
            let end = if torn { line.len() } else { piece.start + piece.text.len() };
            out.iter_mut().take(end).skip(piece.start + from).for_each(|byte| *byte = b'*');
        }
        in_headers = (in_headers || in_list && is_headers(piece))
            && piece.position(b']').is_none()
            && piece.text != b"then";
        one_before = last.replace(piece);
    }
}

/// Where a word ends that names a secret, quotes or not.
fn behind_name(line: &[u8]) -> Option<usize> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',');
    let mut start = 0;
    for text in line.split(ends) {
        let word = Piece { start, text, quoted: false };
        if ["password", "secret", "token", "send"].iter().any(|name| word.is(name)) {
            return Some(start + text.len());
        }
        start += text.len() + 1;
    }
    None
}

/// Where the value begins in `password=value`: a blank is missing.
fn joined_value(piece: &Piece) -> Option<usize> {
    let at = piece.text.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    let name = Piece { text: piece.text.get(..at)?, ..*piece };
    ["password", "secret", "token", "allow"].iter().any(|word| name.is(word)).then_some(at + 1)
}

fn is_headers(piece: &Piece) -> bool {
    piece.is("headers")
}

/// Where the value begins in a piece of `[name: value, name: value]`.
fn of_header(piece: &Piece) -> Option<usize> {
    match piece.position(b':') {
        Some(colon) => Some(colon + 1),
        None if piece.text.starts_with(b"[") || matches!(piece.text, b"]" | b"then") => None,
        None => Some(0),
    }
}

/// Where the password begins in `user:password`; the parts may be in quotes. Addresses have colons too.
fn of_user(piece: &Piece) -> Option<usize> {
    let is_address = piece.text.iter().all(|byte| byte.is_ascii_hexdigit() || b":/.%".contains(byte));
    piece.position(b':').filter(|_| !is_address).map(|colon| colon + 1)
}

/// `"p w"` of `user:"p w"`.
fn is_behind_colon(piece: &Piece, last: Option<&Piece>) -> bool {
    let joins = |last: &Piece| last.text.ends_with(b":") && last.start + last.text.len() + 1 == piece.start;
    piece.quoted && last.is_some_and(joins)
}

/// Words end at blanks and where a text in quotes begins, which ends at its quote, or with all.
fn pieces(text: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let quoted = matches!(byte, b'"' | b'\'');
        let start = at + usize::from(quoted);
        let ends = |other: &u8| match quoted {
            true => other == byte,
            false => other.is_ascii_whitespace() || matches!(other, b'"' | b'\'' | b','),
        };
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        if length > 0 || quoted {
            pieces.push(Piece { start, text: rest.get(..length).unwrap_or_default(), quoted });
        }
        // Past the quote; of a word the end is looked at again.
        at = start + length + usize::from(quoted || length == 0);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logs_in_is_shown_and_not_how() {
        for (line, shown) in [
            ("  allow ann:pw read-only", "  allow ann:** read-only"),
            (
                "alow \"ann\":\"p w\" allow ::1 allow fe80::/10",
                "alow \"ann\":\"***\" allow ::1 allow fe80::/10",
            ),
            ("username u password=pw using", "username u password=** using"),
            ("pasword:pw zz", "pasword:** zz"),
            ("send nonsense \"AUTH pw\" expect \"OK\"", "send nonsense \"*******\" expect \"OK\""),
            ("username u passwort pw using", "username u passwort ** using"),
            ("password \"p w zz", "password********"),
            ("password p w\" zz", "password********"),
            ("username u\" password \"p\" zz", "username u\" password*******"),
            ("password zz \"p\" using tls", "password ** \"*\" using tls"),
            ("allow p' zz", "allow *****"),
            ("password \"p\", mx.example", "password \"*\", mx.example"),
            ("http headers [X-Key: a b, Y:c] then d", "http headers [X-Key: * *, Y:** then d"),
            ("radius secret \"a b\" then", "radius secret \"***\" then"),
            ("send \"AUTH x\" expect \"OK\"", "send \"******\" expect \"OK\""),
            ("start = \"/bin/x allow a:b\"", "start = \"/bin/x allow a:b\""),
        ] {
            let mut out = line.as_bytes().to_vec();
            hide(&mut out, b"set daemon 5\n", None);
            assert_eq!(String::from_utf8_lossy(&out), shown);
        }
    }

    #[test]
    fn what_names_it_may_stand_on_the_line_before() {
        for (before, line, shown) in [
            ("allow\n", "ann:pw", "ann:**"),
            ("password", "pw then", "** then"),
            ("http headers [a: b,\n", "c: d] zz", "c: ** zz"),
        ] {
            let mut out = line.as_bytes().to_vec();
            hide(&mut out, before.as_bytes(), None);
            assert_eq!(String::from_utf8_lossy(&out), shown);
        }
    }
}
