//! Replies of a mail server (RFC 5321, section 4.2): `NNN-text` lines, the last one `NNN text`.

use crate::protocol::buffer::Buffer;
use crate::protocol::{Failure, excerpt};

/// Longest line taken. RFC 5321 allows 512 bytes; real servers put more into EHLO and error texts.
pub const LINE_LIMIT: usize = 4096;
/// Most lines in one reply.
pub const LINES_LIMIT: u32 = 128;
/// Most of a reply's text that is kept for messages.
const TEXT_LIMIT: usize = 512;

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The code of the last line, 200 to 599.
    pub code: u16,
    /// Code and text of the first line, bounded and printable.
    pub text: Box<str>,
}

impl Reply {
    /// 2xx.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 5xx: the same attempt will fail again.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Of an enhanced code (RFC 3463) `5.1.10`, say, the numbers behind the first.
    pub fn detail(&self) -> Option<(u16, u16)> {
        let mut numbers = self.text.get(4..)?.split_whitespace().next()?.split('.');
        let class = numbers.next()?.parse::<u16>().ok()?;
        let (subject, detail) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        (class == self.code / 100 && numbers.next().is_none()).then_some((subject, detail))
    }
}

/// Collects lines into replies.
#[derive(Debug)]
pub struct ReplyReader {
    buffer: Buffer,
    lines: u32,
    first: Option<Box<str>>,
}

impl ReplyReader {
    /// Nothing received yet.
    pub const fn new() -> ReplyReader {
        ReplyReader { buffer: Buffer::new(LINE_LIMIT), lines: 0, first: None }
    }

    /// Has something come that no reply was made of yet?
    pub fn is_pending(&self) -> bool {
        self.lines > 0 || !self.buffer.is_empty()
    }

    /// Takes from `bytes` up to the end of the next reply; the text of each line behind the first goes to `line`
    /// (the capabilities in an answer to EHLO). What belongs to the next reply stays in `bytes` or in the reader.
    pub fn read(&mut self, bytes: &mut &[u8], mut line: impl FnMut(&[u8])) -> Result<Option<Reply>, Failure> {
        loop {
            while let Some(text) = self.buffer.line() {
                let (code, last) = parse(text)?;
                if self.first.is_none() {
                    self.first = Some(excerpt(text, TEXT_LIMIT));
                } else {
                    line(text.get(4..).unwrap_or_default());
                }
                self.lines += 1;
                if last {
                    self.lines = 0;
                    let text = self.first.take().unwrap_or_default();
                    return Ok(Some(Reply { code, text }));
                }
                if self.lines >= LINES_LIMIT {
                    return Err(Failure::TooLong("reply"));
                }
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.buffer.room()));
            if now.is_empty() || self.buffer.push(now).is_err() {
                return Err(Failure::TooLong("reply line"));
            }
            *bytes = later;
        }
    }
}

impl Default for ReplyReader {
    fn default() -> Self {
        ReplyReader::new()
    }
}

/// The code of a line, and whether it is the last of its reply.
fn parse(line: &[u8]) -> Result<(u16, bool), Failure> {
    let malformed = || Failure::Answer("Mailserver response error", excerpt(line, TEXT_LIMIT));
    let (digits, rest) = line.split_at_checked(3).ok_or_else(malformed)?;
    let code = digits.iter().try_fold(0u16, |code, digit| {
        digit.is_ascii_digit().then(|| code * 10 + u16::from(digit - b'0')).ok_or_else(malformed)
    })?;
    if !(200..=599).contains(&code) {
        return Err(malformed());
    }
    match rest.first() {
        None | Some(b' ') => Ok((code, true)),
        Some(b'-') => Ok((code, false)),
        Some(_) => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &[u8], chunk: usize) -> Result<Vec<(Reply, Vec<String>)>, Failure> {
        let mut reader = ReplyReader::new();
        let (mut replies, mut lines) = (Vec::new(), Vec::new());
        for part in text.chunks(chunk) {
            let mut part = part;
            while let Some(reply) =
                reader.read(&mut part, |l| lines.push(String::from_utf8_lossy(l).into_owned()))?
            {
                replies.push((reply, std::mem::take(&mut lines)));
            }
        }
        Ok(replies)
    }

    #[test]
    fn replies_are_found_however_they_are_cut() {
        let text = b"250-mx greets you\r\n250-SIZE 100\r\n250 8BITMIME\r\n354\r\n550 no\n";
        for chunk in 1..=text.len() {
            let replies = read_all(text, chunk).unwrap();
            assert_eq!(replies.len(), 3, "chunk {chunk}");
            assert_eq!(replies[0].0, Reply { code: 250, text: "250-mx greets you".into() });
            assert_eq!(replies[0].1, ["SIZE 100", "8BITMIME"]);
            assert_eq!(replies[1].0.code, 354);
            assert_eq!(replies[2].0, Reply { code: 550, text: "550 no".into() });
        }
    }

    #[test]
    fn an_enhanced_code_stands_behind_the_code() {
        let detail = |code, text: &str| Reply { code, text: text.into() }.detail();
        assert_eq!(detail(550, "550 5.1.10 nobody"), Some((1, 10)));
        assert_eq!(detail(554, "554-5.7.1"), Some((7, 1)));
        for text in
            ["550", "550 no", "550 4.1.1 x", "550 5.1 x", "550 5.1.1.1 x", "550 5.1.99999 x", "550 5..1 x"]
        {
            assert_eq!(detail(550, text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for text in ["SSH-2.0-x\r\n", "25\r\n", "2x0 ok\r\n", "250_ok\r\n", "199 x\r\n", "600 x\r\n", "\r\n"]
        {
            let error = read_all(text.as_bytes(), 3).unwrap_err();
            assert!(error.to_string().starts_with("Mailserver response error -- "), "{text:?} {error}");
        }
    }

    #[test]
    fn lines_and_replies_are_bounded() {
        let long = vec![b'2'; LINE_LIMIT + 1];
        assert_eq!(read_all(&long, 100).unwrap_err(), Failure::TooLong("reply line"));
        let endless = b"220-hello\r\n".repeat(LINES_LIMIT as usize);
        assert_eq!(read_all(&endless, 4096).unwrap_err(), Failure::TooLong("reply"));
    }
}
