//! The head of an HTTP answer (RFC 9112): status line and headers, of which only those are kept that say how long the body
//! is, where the answer is to be had instead, and a few that somebody asks for.

use super::retry_after::RetryAfter;
use crate::protocol::line::Lines;
use crate::protocol::{Failure, excerpt};

/// Most bytes in front of the body, interim answers included.
const LIMIT: usize = 256 * 1024;

/// Bytes kept of a server's name.
const SERVER: usize = 64;

/// How the end of the body is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Length {
    /// When the server closes.
    #[default]
    Close,
    /// After so many bytes.
    Bytes(u64),
    /// In chunks.
    Chunked,
    /// The server says something about it that cannot be.
    Illegal,
}

/// A whole head.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// 100 to 999.
    pub status: u16,
    /// The body's end.
    pub length: Length,
    /// `Location` of a redirect.
    pub location: Option<Box<[u8]>>,
    /// `Sec-WebSocket-Accept`.
    pub accept: Option<Box<[u8]>>,
    /// `Retry-After`, if it can be read.
    pub retry_after: Option<RetryAfter>,
    /// `Server`, as much of it as anybody looks at.
    pub server: Option<Box<str>>,
    /// The status line, fit for a message.
    pub line: Box<str>,
}

/// Reads it.
#[derive(Debug)]
pub struct HeadReader {
    lines: Lines,
    head: Option<Head>,
    /// For messages: what a first line that is not HTTP is.
    wrong: &'static str,
}

impl HeadReader {
    /// Nothing read yet. `wrong` is said about a first line that is not HTTP.
    pub const fn new(wrong: &'static str) -> HeadReader {
        HeadReader { lines: Lines::within(LIMIT), head: None, wrong }
    }

    /// Takes `bytes` in. Interim answers (1xx, but not 101) are passed over. With the head comes what followed it already.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Option<(Head, Vec<u8>)>, Failure> {
        self.lines.push(bytes).map_err(|_| Failure::TooLong("header"))?;
        while let Some(line) = self.lines.next() {
            let Some(head) = &mut self.head else {
                let status = status(line).ok_or_else(|| Failure::Answer(self.wrong, excerpt(line, 256)))?;
                self.head = Some(Head { status, line: excerpt(line, 256), ..Head::default() });
                continue;
            };
            if !line.is_empty() {
                head.add(line);
                continue;
            }
            let head = self.head.take().unwrap_or_default();
            if head.status == 101 || !(100..200).contains(&head.status) {
                return Ok(Some((head, self.lines.take_rest())));
            }
        }
        Ok(None)
    }
}

impl Head {
    /// Takes note of one header line.
    fn add(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"Content-Length") {
            self.length = match (self.length, bytes(value)) {
                (Length::Chunked, _) => Length::Chunked,
                (Length::Close, Some(count)) => Length::Bytes(count),
                (Length::Bytes(before), Some(count)) if before == count => Length::Bytes(count),
                _ => Length::Illegal,
            };
        } else if name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            // RFC 9112, 6.3: it overrides Content-Length.
            if value
                .split(|byte| *byte == b',')
                .any(|word| word.trim_ascii().eq_ignore_ascii_case(b"chunked"))
            {
                self.length = Length::Chunked;
            }
        } else if name.eq_ignore_ascii_case(b"Location") && (300..400).contains(&self.status) {
            self.location = Some(value.into());
        } else if name.eq_ignore_ascii_case(b"Sec-WebSocket-Accept") {
            self.accept = Some(value.into());
        } else if name.eq_ignore_ascii_case(b"Retry-After") {
            self.retry_after = RetryAfter::parse(value);
        } else if name.eq_ignore_ascii_case(b"Server") {
            self.server = Some(excerpt(value, SERVER));
        }
    }
}

/// A number of bytes, digits only.
fn bytes(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The status of `HTTP/1.1 200 OK`; `ICY 200 OK` is how SHOUTcast says it.
pub fn status(line: &[u8]) -> Option<u16> {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let version = words.next()?;
    let is_version = |text: &[u8]| {
        text.first().is_some_and(u8::is_ascii_digit) && text.iter().all(|b| b.is_ascii_digit() || *b == b'.')
    };
    if !(version == b"ICY" || version.strip_prefix(b"HTTP/").is_some_and(is_version)) {
        return None;
    }
    code(words.next()?)
}

/// Three digits, 100 to 999.
pub fn code(word: &[u8]) -> Option<u16> {
    if word.len() != 3 || word.first() == Some(&b'0') {
        return None;
    }
    word.iter().try_fold(0, |code: u16, b| b.is_ascii_digit().then(|| code * 10 + u16::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], chunk: usize) -> Result<Option<(Head, Vec<u8>)>, Failure> {
        let mut reader = HeadReader::new("not HTTP");
        for part in text.chunks(chunk) {
            if let Some((head, mut rest)) = reader.read(part)? {
                let at = part.as_ptr() as usize - text.as_ptr() as usize + part.len();
                rest.extend_from_slice(&text[at..]);
                return Ok(Some((head, rest)));
            }
        }
        Ok(None)
    }

    #[test]
    fn a_head_is_the_same_however_it_is_cut() {
        let text = b"HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.0 404 No Such\n\
            content-length:5\nX: y\n\nhello";
        for chunk in 1..text.len() {
            let (head, body) = read(text, chunk).unwrap().unwrap();
            assert_eq!(
                (head.status, head.length, &*head.line),
                (404, Length::Bytes(5), "HTTP/1.0 404 No Such")
            );
            assert_eq!(body, b"hello");
        }
        for end in 0..text.len() - 6 {
            assert_eq!(read(&text[..end], 7).unwrap(), None);
        }
    }

    #[test]
    fn lengths() {
        for (headers, length) in [
            ("", Length::Close),
            ("Content-Length: 0\r\n", Length::Bytes(0)),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", Length::Bytes(5)),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", Length::Illegal),
            ("Content-Length: -1\r\n", Length::Illegal),
            ("Content-Length: +1\r\n", Length::Illegal),
            ("Content-Length: 99999999999999999999\r\n", Length::Illegal),
            ("Content-Length:\r\n", Length::Illegal),
            ("Transfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n", Length::Chunked),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Length::Chunked),
            ("Transfer-Encoding: identity\r\n", Length::Close),
            ("no colon\r\n", Length::Close),
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
            assert_eq!(read(text.as_bytes(), 9).unwrap().unwrap().0.length, length, "{headers:?}");
        }
    }

    #[test]
    fn what_is_no_status_line_is_refused() {
        for line in [
            "SSH-2.0-foo",
            "",
            "HTTP/1.1",
            "HTTP/1.1 foo",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/x 200",
            "HTTP/ 200",
        ] {
            let error = read(format!("{line}\r\n").as_bytes(), 99).unwrap_err();
            assert_eq!(error, Failure::Answer("not HTTP", line.into()), "{line:?}");
        }
        for line in ["HTTP/1.1 200", "HTTP/2 200 OK", "ICY 200 OK", "HTTP/1.1 200 "] {
            assert_eq!(status(line.as_bytes()), Some(200), "{line:?}");
        }
    }

    #[test]
    fn a_head_without_an_end_ends() {
        let mut text = b"HTTP/1.1 200 OK\r\n".to_vec();
        text.extend(b"X: y\r\n".repeat(100_000));
        assert_eq!(read(&text, 4096).unwrap_err(), Failure::TooLong("header"));
        let one_line = vec![b'x'; LIMIT + 1];
        assert_eq!(read(&one_line, 4096).unwrap_err(), Failure::TooLong("header"));
    }
}
