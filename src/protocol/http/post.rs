//! One request with a body, and the head of the answer. Of an answer's body nothing is read: its status says all.

use super::head::{Head, HeadReader};
pub use super::request::Request;
pub use super::retry_after::RetryAfter;
use crate::protocol::{Failure, Next, Protocol};
use std::mem;

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 999.
    pub status: u16,
    /// The status line, fit for a message.
    pub line: Box<str>,
    /// When to come back, says the server.
    pub retry_after: Option<RetryAfter>,
}

/// The dialogue. Well or badly it ends, what was answered is kept.
#[derive(Debug)]
pub struct Post {
    request: Vec<u8>,
    reader: HeadReader,
    answer: Option<Answer>,
}

impl Post {
    /// Nothing sent yet.
    pub fn new(request: Vec<u8>) -> Post {
        Post { request, reader: HeadReader::new("the answer is not HTTP"), answer: None }
    }

    /// The answer, when there was one.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }
}

impl Protocol for Post {
    fn start(&mut self) -> Next {
        Next::Send(mem::take(&mut self.request))
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        match self.reader.read(bytes) {
            Ok(Some((Head { status, line, retry_after, .. }, _))) => {
                self.answer = Some(Answer { status, line, retry_after });
                Next::Done
            }
            Ok(None) if eof => Next::Fail(Failure::Closed),
            Ok(None) => Next::Read,
            Err(failure) => Next::Fail(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_kept_and_when_to_come_back() {
        let mut post = Post::new(b"x".to_vec());
        assert_eq!(post.start(), Next::Send(b"x".to_vec()));
        assert_eq!(post.input(b"", false), Next::Read);
        assert_eq!(post.input(b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\n", false), Next::Read);
        assert_eq!(post.input(b"Content-Length: 5\r\n\r\nhe", false), Next::Done);
        let answer = post.answer().unwrap();
        assert_eq!((answer.status, &*answer.line), (429, "HTTP/1.1 429 Slow"));
        assert_eq!(answer.retry_after, Some(RetryAfter::Seconds(7)));
    }

    #[test]
    fn an_end_before_the_head_is_no_answer() {
        let mut post = Post::new(Vec::new());
        assert_eq!(post.input(b"HTTP/1.1 200 OK\r\n", true), Next::Fail(Failure::Closed));
        assert!(post.answer().is_none());
        let mut post = Post::new(Vec::new());
        assert!(matches!(post.input(b"SSH-2.0\r\n", false), Next::Fail(_)));
    }
}
