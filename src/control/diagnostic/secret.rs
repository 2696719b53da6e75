//! What an error does not show of a webhook or a heartbeat: of its URL all behind the server, which often is the secret, the values of its
//! headers, and what stands where the file of a secret is due. Of every other URL: password and query. And what somebody logs in
//! with (`logins.rs`).

#[path = "logins.rs"]
mod logins;

use crate::control::token::Span;
use std::borrow::Cow;
use std::iter::once;

/// Bytes before a line in which the beginning of its statement is looked for.
const FARTHEST: usize = 8192;
/// Bytes of a long line before and behind the place of the error that are looked at, and may be shown.
const AROUND: usize = 400;

/// Whose secrets there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concern {
    Webhook,
    Httpd,
}

/// A line of source with each letter of a secret replaced by a star, so that all else keeps its place. `before` is the text
/// before it, where the statement may begin; the error is `offset` bytes behind its beginning.
pub(super) fn hidden<'a>(before: &[u8], line: &'a [u8], offset: usize) -> Cow<'a, [u8]> {
    if line.len() <= 2 * AROUND {
        return hidden_all(before, line);
    }
    let start = offset.saturating_sub(AROUND).min(line.len());
    let end = line.len().min(offset.saturating_add(AROUND));
    let mut out = vec![b'*'; line.len()];
    let (near, around) = (line.get(..start).unwrap_or_default(), line.get(start..end).unwrap_or_default());
    let before = if near.is_empty() { before } else { near };
    if let Some(place) = out.get_mut(start..end) {
        place.copy_from_slice(&hidden_all(before, around));
    }
    Cow::Owned(out)
}

/// The same of a line that is short.
fn hidden_all<'a>(before: &[u8], line: &'a [u8]) -> Cow<'a, [u8]> {
    let concern = concern(before, line);
    let mut out = line.to_vec();
    hide_urls(&mut out, concern);
    if concern == Some(Concern::Webhook) {
        hide_values(&mut out, b"url", Some(b'/'));
        hide_values(&mut out, b"header", Some(b':'));
        hide_values(&mut out, b"secret", None);
        hide_values(&mut out, b"token", None);
    }
    logins::hide(&mut out, before.get(before.len().saturating_sub(AROUND)..).unwrap_or_default(), concern);
    if out == line { Cow::Borrowed(line) } else { Cow::Owned(out) }
}

/// The text of a token as it may be shown: of one that concerns a secret no more than its first line.
pub(in crate::control) fn shown(span: &Span) -> Cow<'_, [u8]> {
    let (line, offset) = span.source.line_at(span.start);
    let first = hidden(before(span, offset), line, offset);
    let has_more = span.raw().contains(&b'\n');
    let concerned =
        matches!(first, Cow::Owned(_)) || has_more && concern(before(span, offset), line).is_some();
    if !concerned {
        return Cow::Borrowed(span.raw());
    }
    let end = first.len().min(offset + span.raw().len());
    Cow::Owned(first.get(offset..end).unwrap_or_default().to_vec())
}

/// The text before the line of a token, which stands `offset` bytes behind its beginning.
pub(super) fn before(span: &Span, offset: usize) -> &[u8] {
    let start = (span.start as usize).saturating_sub(offset);
    span.source.bytes.get(..start).unwrap_or_default()
}

/// So much of the text before a line as is looked at.
fn near(before: &[u8]) -> &[u8] {
    before.get(before.len().saturating_sub(FARTHEST)..).unwrap_or_default()
}

/// What it names, or the statement that it goes on with.
fn concern(before: &[u8], line: &[u8]) -> Option<Concern> {
    if let Some(concern) = named(line) {
        return Some(concern);
    }
    for text in once(line).chain(near(before).rsplit(|byte| *byte == b'\n')) {
        let text = text.trim_ascii_start();
        let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if begins(b"check") {
            return None;
        }
        if let Some(concern) = named(text) {
            return Some(concern);
        }
        if begins(b"set") {
            return None;
        }
    }
    None
}

fn named(text: &[u8]) -> Option<Concern> {
    let text = text.to_ascii_lowercase();
    let webhook = find(&text, b"webhook").or_else(|| find(&text, b"heartbeat"));
    let httpd = || find(&text, b"httpd").map(|_| Concern::Httpd);
    webhook.map(|_| Concern::Webhook).or_else(httpd)
}

/// Hides of each URL of a webhook user, password and all behind its server; of others password and query.
fn hide_urls(out: &mut [u8], concern: Option<Concern>) {
    let mut at = 0;
    while let Some(found) = find(out.get(at..).unwrap_or_default(), b"://") {
        let start = at + found + 3;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
        let rest = out.get(start..).unwrap_or_default();
        let end = start + rest.iter().position(is_end).unwrap_or(rest.len());
        let url = out.get(start..end).unwrap_or_default();
        // User and password, then the server, then the rest.
        let login = url.iter().rposition(|byte| *byte == b'@').map_or(0, |sign| sign + 1);
        let server = url.iter().skip(login).position(|byte| match concern {
            Some(Concern::Webhook) => matches!(byte, b'/' | b'?' | b'#'),
            Some(Concern::Httpd) | None => *byte == b'?',
        });
        let server = server.map_or(url.len(), |length| login + length);
        let user = url.iter().take(login).position(|byte| *byte == b':').map_or(login, |colon| colon + 1);
        let kept = if concern == Some(Concern::Webhook) { 0 } else { user };
        for (place, byte) in out.iter_mut().skip(start).take(end - start).enumerate() {
            if place >= kept && !(login..server).contains(&place) {
                *byte = b'*';
            }
        }
        at = end;
    }
}

/// Hides what stands behind each `word` from the first `letter` on: to the quote that ends the value, and where none begins it
/// to a blank, or for a header, which has blanks, to the end of the line: the forgotten quote may be why it is shown. A path
/// is no secret.
fn hide_values(out: &mut [u8], word: &[u8], letter: Option<u8>) {
    let text = out.to_ascii_lowercase();
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    let mut at = 0;
    while let Some(found) = find(text.get(at..).unwrap_or_default(), word) {
        let before = text.get(..at + found).unwrap_or_default();
        at += found + word.len();
        let rest = text.get(at..).unwrap_or_default();
        if before.last().is_some_and(joins) || rest.first().is_some_and(joins) {
            continue;
        }
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let quote = rest.get(blanks).filter(|byte| matches!(byte, b'"' | b'\''));
        let start = blanks + usize::from(quote.is_some());
        let value = rest.get(start..).unwrap_or_default();
        let length = match quote {
            Some(quote) => value.iter().position(|byte| byte == quote),
            None if word == b"header" => None,
            None => value.iter().position(u8::is_ascii_whitespace),
        };
        let length = length.unwrap_or(value.len());
        let value = value.get(..length).unwrap_or_default();
        let torn = value.iter().position(|byte| matches!(byte, b'"' | b'\''));
        let whole = value.get(..torn.unwrap_or(length)).unwrap_or_default();
        let mark = letter.and_then(|letter| whole.iter().position(|byte| *byte == letter));
        let kept = match (mark, quote) {
            // Its beginning is missing.
            (None, None) if torn.is_some() => 0,
            // Without quotes it may as well be the next word of the statement.
            (None, None) => length,
            _ if value.starts_with(b"/") || find(value, b"://").is_some() => length,
            (mark, _) => mark.map_or(0, |mark| mark + 1),
        };
        out.iter_mut().skip(at + start + kept).take(length - kept).for_each(|byte| *byte = b'*');
        at += start + length;
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_server_is_hidden() {
        for (line, shown) in [
            (
                "set alert webhook x url https://h.x:1/a/b?c fromat json",
                "set alert webhook x url https://h.x:1****** fromat json",
            ),
            ("set alert webhook x url https://h", "set alert webhook x url https://h"),
            ("set alert webhook x url \"h/a b\" foo", "set alert webhook x url \"h/***\" foo"),
            ("set alert webhook x url h/a b foo", "set alert webhook x url h/* b foo"),
            ("set alert webhook x url file \"/a/b\" foo", "set alert webhook x url file \"/a/b\" foo"),
            ("if failed url http://u:p@h/x", "if failed url http://u:**h/x"),
            ("if failed url \"http://h/x?token=y\" zz", "if failed url \"http://h/x********\" zz"),
            ("request \"/x?token=y\" zz", "request \"/x?*******\" zz"),
        ] {
            assert_eq!(String::from_utf8_lossy(&hidden(b"", line.as_bytes(), 0)), shown);
        }
    }

    #[test]
    fn of_mmonit_password_and_query_are_hidden() {
        let line = b"set mmonit http://u:p#a/?@h:1/collector?t=x timeuot 3 https://u@h/c";
        let shown = b"set mmonit http://u:******h:1/collector**** timeuot 3 https://u@h/c";
        assert_eq!(String::from_utf8_lossy(&hidden(b"", line, 0)), String::from_utf8_lossy(shown));
        let later = hidden(b"set mmonit http://u:p@h/c\n", b"  http://u:p@g/c zz", 0);
        assert_eq!(String::from_utf8_lossy(&later), "  http://u:**g/c zz");
    }

    #[test]
    fn so_are_headers_and_what_stands_for_a_secret_also_on_later_lines() {
        let before = b"set alert webhook x\n";
        for (line, shown) in [
            ("  URL \"http://u:p@h/x\" zz", "  URL \"http://****h**\" zz"),
            ("  http://u:p@h/x zz", "  http://****h** zz"),
            (" header \"X-Key: a b\" zz", " header \"X-Key:****\" zz"),
            (" header 'a b' zz", " header '***' zz"),
            (" header X-Key: a b", " header X-Key:****"),
            (" secret \"a b\" zz", " secret \"***\" zz"),
            (" secret file \"/a/b\" zz", " secret file \"/a/b\" zz"),
            (" format json header", " format json header"),
        ] {
            assert_eq!(String::from_utf8_lossy(&hidden(before, line.as_bytes(), 0)), shown);
        }
        let others: [&[u8]; 2] = [b"set alert webhook x\nset daemon 5\n", b"check host webhook address h\n"];
        for before in others {
            assert!(matches!(hidden(before, b"  if failed url http://h/x", 0), Cow::Borrowed(_)));
        }
    }
}
