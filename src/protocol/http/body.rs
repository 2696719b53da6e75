//! The body of an HTTP answer (RFC 9112, 6 and 7): where it ends, and its bytes without the frame of chunks. What is done with
//! them is the caller's business; nothing is kept here.

use super::head::Length;
use crate::protocol::{Failure, excerpt};

/// Most bytes of a chunk's first line, and of all trailers.
const LINE: u32 = 4096;
const TRAILERS: u32 = 64 * 1024;
const RECEIVING: &str = "HTTP error: Receiving data";

/// Takes a body apart.
#[derive(Debug)]
pub struct Body(State);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Close,
    /// Bytes left.
    Bytes(u64),
    /// In the first line of a chunk: the size so far, how many digits and bytes it has.
    Size {
        size: u64,
        digits: u32,
        bytes: u32,
    },
    /// In a chunk.
    Chunk(u64),
    /// Behind a chunk, up to its LF.
    ChunkEnd,
    /// Behind the last chunk: bytes of trailers, and of the line that is being read.
    Trailer {
        bytes: u32,
        line: u32,
    },
    End,
}

const SIZE: State = State::Size { size: 0, digits: 0, bytes: 0 };

impl Body {
    /// A body that has not begun.
    pub fn new(length: Length) -> Result<Body, Failure> {
        Ok(Body(match length {
            Length::Close => State::Close,
            Length::Bytes(0) => State::End,
            Length::Bytes(count) => State::Bytes(count),
            Length::Chunked => SIZE,
            Length::Illegal => {
                return Err(Failure::Refuses("HTTP error: Illegal Content-Length response header"));
            }
        }))
    }

    /// Was that all?
    pub fn is_complete(&self) -> bool {
        self.0 == State::End
    }

    /// Hands the bytes of the body in `bytes` to `sink`. What follows the end is not looked at.
    pub fn read(&mut self, mut bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), Failure> {
        while let Some((&byte, behind)) = bytes.split_first() {
            match &mut self.0 {
                State::Close => {
                    sink(bytes);
                    return Ok(());
                }
                State::Bytes(left) | State::Chunk(left) => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let (now, later) = bytes.split_at(count);
                    sink(now);
                    *left -= count as u64;
                    if *left == 0 {
                        let is_chunk = matches!(self.0, State::Chunk(_));
                        self.0 = if is_chunk { State::ChunkEnd } else { State::End };
                    }
                    bytes = later;
                    continue;
                }
                State::Size { .. } => self.size(byte)?,
                State::ChunkEnd => match byte {
                    b'\n' => self.0 = SIZE,
                    b'\r' => {}
                    _ => return Err(Failure::Refuses("HTTP error: a chunk is longer than its size")),
                },
                State::Trailer { bytes, line } => {
                    *bytes += 1;
                    match byte {
                        b'\n' if *line == 0 => self.0 = State::End,
                        b'\n' => *line = 0,
                        b'\r' => {}
                        _ if *bytes > TRAILERS => return Err(Failure::TooLong("trailer")),
                        _ => *line += 1,
                    }
                }
                State::End => return Ok(()),
            }
            bytes = behind;
        }
        Ok(())
    }

    /// One byte of the line in front of a chunk: hex digits, then perhaps blanks and extensions.
    fn size(&mut self, byte: u8) -> Result<(), Failure> {
        let State::Size { size, digits, bytes } = &mut self.0 else { return Ok(()) };
        let invalid = || Failure::Said("HTTP error: invalid chunk size", excerpt(&[byte], 1));
        *bytes += 1;
        if *bytes > LINE {
            return Err(Failure::TooLong("chunk size"));
        }
        let in_digits = *digits + 1 == *bytes;
        match (char::from(byte).to_digit(16), byte) {
            (Some(digit), _) if in_digits => {
                *digits += 1;
                *size = size
                    .checked_mul(16)
                    .and_then(|size| size.checked_add(digit.into()))
                    .ok_or_else(invalid)?;
            }
            (_, b'\n') if *digits > 0 => {
                self.0 = match *size {
                    0 => State::Trailer { bytes: 0, line: 0 },
                    size => State::Chunk(size),
                };
            }
            (_, b'\r' | b';' | b' ' | b'\t') if *digits > 0 => {}
            _ if in_digits || *digits == 0 => return Err(invalid()),
            _ => {}
        }
        Ok(())
    }

    /// The server closed the connection: is that the end of the body?
    pub fn close(&mut self) -> Result<(), Failure> {
        match self.0 {
            State::Close | State::End => Ok(()),
            // The last chunk says that this was all; who closes before the empty line behind it has said everything.
            State::Trailer { line: 0, .. } => Ok(()),
            _ => Err(Failure::ClosedAt(RECEIVING)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(length: Length, text: &[u8], chunk: usize) -> Result<(Vec<u8>, bool), Failure> {
        let mut body = Body::new(length)?;
        let mut found = Vec::new();
        for part in text.chunks(chunk) {
            body.read(part, |bytes| found.extend_from_slice(bytes))?;
        }
        let complete = body.is_complete();
        body.close()?;
        Ok((found, complete))
    }

    #[test]
    fn bodies_come_out_whole_however_they_are_cut() {
        let chunked =
            b"5\r\nhello\r\n0000B;x=\"y\" z\r\n, my world!\r\n0\r\nTrailer: x\r\nY: z\r\n\r\nbehind";
        for chunk in 1..chunked.len() {
            let (text, complete) = read(Length::Chunked, chunked, chunk).unwrap();
            assert_eq!((text.as_slice(), complete), (&b"hello, my world!"[..], true));
            assert_eq!(read(Length::Bytes(5), b"hello world", chunk).unwrap(), (b"hello".to_vec(), true));
            assert_eq!(read(Length::Close, b"hello", chunk).unwrap(), (b"hello".to_vec(), false));
        }
        assert_eq!(read(Length::Bytes(0), b"", 1).unwrap(), (Vec::new(), true));
        assert_eq!(read(Length::Chunked, b"3\nabc\n0\n\n", 2).unwrap(), (b"abc".to_vec(), true));
        assert_eq!(read(Length::Chunked, b"3\r\nabc\r\n0\r\n", 2).unwrap(), (b"abc".to_vec(), false));
    }

    #[test]
    fn a_body_that_ends_too_early_is_told() {
        let chunked = b"5\r\nhello\r\n0\r\n";
        for end in 0..chunked.len() - 1 {
            assert_eq!(read(Length::Chunked, &chunked[..end], 3), Err(Failure::ClosedAt(RECEIVING)), "{end}");
        }
        assert_eq!(read(Length::Bytes(5), b"hell", 3), Err(Failure::ClosedAt(RECEIVING)));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for text in
            ["zz\r\n", "\r\n", "-5\r\n", "5g\r\n", "11111111111111111\r\nx", "5\r\nhello world", ";x\r\n"]
        {
            assert!(read(Length::Chunked, text.as_bytes(), 1).is_err(), "{text:?}");
        }
        let endless = [b"5;".to_vec(), vec![b'x'; 5000]].concat();
        assert_eq!(read(Length::Chunked, &endless, 99), Err(Failure::TooLong("chunk size")));
        let endless = [b"0\r\n".to_vec(), b"x: y\r\n".repeat(20_000)].concat();
        assert_eq!(read(Length::Chunked, &endless, 99), Err(Failure::TooLong("trailer")));
        assert!(Body::new(Length::Illegal).is_err());
    }
}
