//! URLs (`http`, `https`) and IPv6 addresses.

use super::{Fault, Kind, Lexer, Severity, Token, Value, run};
use crate::config::Url;
use std::net::Ipv6Addr;

/// The text of an IPv6 address is no longer.
const LONGEST_IPV6: usize = 45;

/// Length of the IPv6 address (with an optional `/` and up to three digits) at the start of `text`, or 0.
/// `word` is the length of the word there: an address always has a colon right behind it.
pub(super) fn ipv6_length(text: &[u8], word: usize) -> usize {
    if word > 4 || text.get(word) != Some(&b':') {
        return 0;
    }
    let candidate = run(text, |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')).min(LONGEST_IPV6);
    let valid = |length: &usize| {
        let text = text.get(..*length).and_then(|text| std::str::from_utf8(text).ok());
        text.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
    };
    let Some(mut length) = (2..=candidate).rev().find(valid) else { return 0 };
    length += usize::from(text.get(length) == Some(&b'/'));
    length + run(text.get(length..).unwrap_or_default(), |b| b.is_ascii_digit()).min(3)
}

/// The length of `scheme://` at the start of `text`; `Some(true)` for https, `None` for one that is not supported.
pub(super) fn scheme(text: &[u8]) -> Option<(usize, Option<bool>)> {
    let length = run(text, |b| b.is_ascii_alphanumeric());
    if length == 0 || !text.get(length..)?.starts_with(b"://") {
        return None;
    }
    let secure = match text.get(..length)?.to_ascii_lowercase().as_slice() {
        b"http" => Some(false),
        b"https" => Some(true),
        _ => None,
    };
    Some((length + 3, secure))
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A whole text that is a URL.
pub(in crate::control) fn of_text(text: &[u8]) -> Option<Url> {
    let (start, secure) = scheme(text)?;
    let whole = !text.iter().any(|byte| is_end(*byte));
    whole.then(|| parse(text, start, secure?).ok())?
}

impl Lexer<'_> {
    /// A URL; `start` is the length of its scheme with the slashes.
    pub(super) fn url(&mut self, start: usize, secure: Option<bool>) -> Option<Token> {
        let rest = self.rest();
        let all = run(rest, |b| !is_end(b));
        let Some(secure) = secure else {
            return self.bad(all, start, Fault::UnsupportedScheme);
        };
        let at_end = all == rest.len();
        let text = rest.get(..all).unwrap_or_default();
        match parse(text, start, secure) {
            Ok(_) if at_end => {
                // Only white space ends a URL, so this one is never finished: to the parser the file ends before it.
                let span = self.span(all);
                self.report(Severity::Advice, Fault::UrlAtEnd, span);
                self.skip(all);
                None
            }
            Ok(url) => self.token(all, Kind::Url, Value::Url(Box::new(url))),
            Err(at) => {
                let shown = (at + 1).min(all);
                self.bad(all, shown, Fault::InvalidUrl)
            }
        }
    }
}

/// `user:password@` and its length. The password may hold anything but `@`, slashes included: many do.
fn login(text: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let colon = run(text, |b| !matches!(b, b':' | b'@' | b'/' | b'?' | b'#'));
    let secret = text.get(colon..)?.strip_prefix(b":")?;
    // `[::1]:80/a@b` and `host:80/a@b` have a port there, and the sign is in the path.
    let digits = run(secret, |b| b.is_ascii_digit());
    let port = digits > 0 && matches!(secret.get(digits), Some(b'/' | b'?' | b'#'));
    if port || text.starts_with(b"[") {
        return None;
    }
    let length = run(secret, |b| b != b'@');
    let secret = (secret.get(length) == Some(&b'@')).then(|| secret.get(..length))??;
    let user = text.get(..colon)?;
    (!user.is_empty() && !secret.is_empty()).then_some((user, secret, colon + length + 2))
}

/// Takes a URL apart; the error is the offset of the first byte that cannot be part of one.
fn parse(text: &[u8], start: usize, secure: bool) -> Result<Url, usize> {
    let mut at = start;
    let (mut username, mut password) = (None, None);
    if let Some((user, secret, length)) = login(text.get(at..).unwrap_or_default()) {
        // With a second colon the login is passed over, as it always was.
        if !secret.contains(&b':') {
            username = Some(decode(user));
            password = Some(decode(secret));
        }
        at += length;
    }
    let here = text.get(at..).unwrap_or_default();
    let host = if here.first() == Some(&b'[') {
        let length = here.iter().position(|byte| *byte == b']').ok_or(at)?;
        let host = here.get(1..length).unwrap_or_default();
        if host.is_empty()
            || !host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'-' | b'%'))
        {
            return Err(at + 1);
        }
        at += length + 1;
        host
    } else {
        let length = run(here, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        if length == 0 {
            return Err(at);
        }
        at += length;
        here.get(..length).unwrap_or_default()
    };
    let mut port = if secure { 443 } else { 80 };
    if text.get(at) == Some(&b':') {
        let digits = run(text.get(at + 1..).unwrap_or_default(), |b| b.is_ascii_digit());
        let number = text.get(at + 1..at + 1 + digits).unwrap_or_default();
        port = std::str::from_utf8(number).ok().and_then(|t| t.parse().ok()).ok_or(at)?;
        at += 1 + digits;
    }
    let mut path: &[u8] = b"/";
    if text.get(at) == Some(&b'/') {
        let length = run(text.get(at..).unwrap_or_default(), |b| !matches!(b, b'?' | b'#'));
        path = text.get(at..at + length).unwrap_or_default();
        at += length;
    }
    let mut query = None;
    if text.get(at) == Some(&b'?') {
        let length = run(text.get(at + 1..).unwrap_or_default(), |b| b != b'#');
        query = Some(encoded(text.get(at + 1..at + 1 + length).unwrap_or_default()));
        at += 1 + length;
    }
    if !matches!(text.get(at), None | Some(b'#')) {
        return Err(at);
    }
    Ok(Url {
        secure,
        username,
        password,
        host: lossy(host),
        port,
        path: encoded(path),
        query,
        text: lossy(text),
    })
}

fn lossy(text: &[u8]) -> Box<str> {
    String::from_utf8_lossy(text).into()
}

/// Resolves `%HH` (RFC 3986, 2.1); what is no such escape stays.
fn decode(text: &[u8]) -> Box<str> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(value) if *byte == b'%' => {
                out.push(value);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    lossy(&out)
}

/// The target of an HTTP request with everything encoded that must not stand in one (RFC 3986, 2.1). What is encoded
/// already stays as it is; a `%` that encodes nothing is encoded itself.
pub(crate) fn encoded(text: &[u8]) -> Box<str> {
    let mut out = String::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'%' if text.get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)) => {
                out.push('%');
            }
            b'#' | b'%' | b'<' | b'>' | b'"' | b'[' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' | b'\\' => {
                out += &format!("%{byte:02X}");
            }
            b'!'..=b'~' => out.push(char::from(*byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out.into()
}
