//! One request with a body, and the head of the answer. Of an answer's body nothing is read: its status says all.

use super::head::{Head, HeadReader};
pub use super::request::Request;
pub use super::retry_after::RetryAfter;
use crate::protocol::{Failure, Next, Protocol};
use std::fmt;
use std::mem;
use std::time::Duration;

/// Pieces of a body that are sent in a row; then the loop turns.
const IN_A_ROW: u8 = 4;

/// A body that is too large to be held: it is sent a piece at a time.
pub trait Body: fmt::Debug {
    /// The next bytes, few enough for one turn of the loop to send four times as many; `None`: that was all, or the rest
    /// cannot be had.
    fn piece(&mut self) -> Option<Vec<u8>>;
}

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 999.
    pub status: u16,
    /// The status line, fit for a message.
    pub line: Box<str>,
    /// When to come back, says the server.
    pub retry_after: Option<RetryAfter>,
    /// What the server calls itself.
    pub server: Option<Box<str>>,
}

impl Answer {
    /// What a message says of it that is not taken.
    pub fn explained(&self) -> String {
        let redirects = if self.status / 100 == 3 { " (redirects are not followed)" } else { "" };
        format!("{}{redirects}", self.line)
    }
}

/// The dialogue. Well or badly it ends, what was answered is kept.
#[derive(Debug)]
pub struct Post {
    request: Vec<u8>,
    body: Option<Box<dyn Body>>,
    /// Pieces sent since the loop has turned.
    in_a_row: u8,
    reader: HeadReader,
    answer: Option<Answer>,
}

impl Post {
    /// Nothing sent yet.
    pub fn new(request: Vec<u8>) -> Post {
        let reader = HeadReader::new("the answer is not HTTP");
        Post { request, body: None, in_a_row: 0, reader, answer: None }
    }

    /// The same with a request whose body follows in pieces: as many bytes as its head says.
    pub fn with_body(head: Vec<u8>, body: Box<dyn Body>) -> Post {
        Post { body: Some(body), ..Post::new(head) }
    }

    /// The answer, when there was one.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// Sends what is still to be sent, not all of it in one turn.
    fn go_on(&mut self) -> Next {
        let Some(body) = &mut self.body else { return Next::Read };
        if self.in_a_row == IN_A_ROW {
            self.in_a_row = 0;
            return Next::ReadQuiet(Duration::ZERO);
        }
        match body.piece() {
            Some(bytes) => {
                self.in_a_row += 1;
                Next::Send(bytes)
            }
            None => {
                self.body = None;
                Next::Read
            }
        }
    }
}

impl Protocol for Post {
    fn start(&mut self) -> Next {
        Next::Send(mem::take(&mut self.request))
    }

    fn quiet(&mut self) -> Next {
        self.go_on()
    }

    fn input(&mut self, bytes: &[u8], eof: bool) -> Next {
        if bytes.is_empty() && !eof {
            return self.go_on();
        }
        // A server may answer before it has heard all; then it does not want the rest.
        match self.reader.read(bytes) {
            Ok(Some((Head { status, line, retry_after, server, .. }, _))) => {
                self.answer = Some(Answer { status, line, retry_after, server });
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
        assert_eq!(post.input(b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\nServer: x/1 \r\n", false), Next::Read);
        assert_eq!(post.input(b"Content-Length: 5\r\n\r\nhe", false), Next::Done);
        let answer = post.answer().unwrap();
        assert_eq!((answer.status, &*answer.line), (429, "HTTP/1.1 429 Slow"));
        assert_eq!(answer.retry_after, Some(RetryAfter::Seconds(7)));
        assert_eq!(answer.server.as_deref(), Some("x/1"));
    }

    /// So many pieces of two bytes.
    #[derive(Debug)]
    struct Pieces(u8);

    impl Body for Pieces {
        fn piece(&mut self) -> Option<Vec<u8>> {
            self.0 = self.0.checked_sub(1)?;
            Some(vec![self.0; 2])
        }
    }

    #[test]
    fn a_body_goes_in_pieces_with_pauses_for_the_loop() {
        let mut post = Post::with_body(b"x".to_vec(), Box::new(Pieces(6)));
        assert_eq!(post.start(), Next::Send(b"x".to_vec()));
        for number in [5, 4, 3, 2] {
            assert_eq!(post.input(b"", false), Next::Send(vec![number; 2]));
        }
        assert_eq!(post.input(b"", false), Next::ReadQuiet(Duration::ZERO));
        assert_eq!(post.quiet(), Next::Send(vec![1; 2]));
        assert_eq!(post.input(b"", false), Next::Send(vec![0; 2]));
        assert_eq!(post.input(b"", false), Next::Read);
        assert_eq!(post.input(b"", false), Next::Read);
        assert_eq!(post.input(b"HTTP/1.1 200 OK\r\n\r\n", false), Next::Done);
    }

    #[test]
    fn who_answers_before_the_end_hears_no_more() {
        let mut post = Post::with_body(b"x".to_vec(), Box::new(Pieces(3)));
        post.start();
        assert_eq!(post.input(b"", false), Next::Send(vec![2; 2]));
        assert_eq!(post.input(b"HTTP/1.1 401 No\r\n", false), Next::Read);
        assert_eq!(post.input(b"\r\n", false), Next::Done);
        assert_eq!(post.answer().map(|answer| answer.status), Some(401));
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
