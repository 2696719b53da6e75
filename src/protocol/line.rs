//! Lines out of a stream, however long they are: only the beginning of each is kept, and all of them together are bounded.
//!
//! Whoever asks decides what a line means. What was pushed and is not yet asked for waits here, so that a dialogue goes the
//! same way however its bytes are cut.

use super::Failure;

/// Most that is kept of one line.
const KEPT: usize = 1024;
/// Bytes a whole dialogue may bring unless its maker says otherwise.
const BUDGET: usize = 64 * 1024;

/// The lines of a dialogue.
#[derive(Debug)]
pub struct Lines {
    waiting: Vec<u8>,
    /// Start of what is not yet taken.
    start: usize,
    budget: usize,
}

impl Lines {
    /// No line yet. It allocates with the first byte.
    pub const fn new() -> Lines {
        Lines::within(BUDGET)
    }

    /// The same for a dialogue of at most `budget` bytes.
    pub const fn within(budget: usize) -> Lines {
        Lines { waiting: Vec::new(), start: 0, budget }
    }

    /// Bytes came.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.budget = self.budget.checked_sub(bytes.len()).ok_or(Failure::TooLong("answer"))?;
        self.waiting.drain(..self.start);
        self.start = 0;
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole line without its LF or CR LF, at most its first kilobyte. `None`: no whole line yet.
    pub fn next(&mut self) -> Option<&[u8]> {
        let rest = self.waiting.get(self.start..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            self.shorten();
            return None;
        };
        let begin = self.start;
        self.start += length + 1;
        let line = self.waiting.get(begin..begin + length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(line.get(..KEPT).unwrap_or(line))
    }

    /// What came behind the last line: a line without its end, or bytes that are no lines.
    pub fn rest(&self) -> &[u8] {
        self.waiting.get(self.start..).unwrap_or_default()
    }

    /// Takes what came behind the last line out.
    pub fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        self.waiting = Vec::new();
        self.start = 0;
        rest
    }

    /// Forgets what of an unfinished line is not needed: one byte more than is kept, for that might be its CR.
    fn shorten(&mut self) {
        self.waiting.truncate(self.start + KEPT + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let mut text = b"one\r\ntwo\n\r\n".to_vec();
        text.extend_from_slice(&[b'x'; 3000]);
        text.extend_from_slice(b"\r\nfour\nrest");
        for size in 1..text.len() {
            let mut lines = Lines::new();
            let mut found: Vec<Vec<u8>> = Vec::new();
            for chunk in text.chunks(size) {
                lines.push(chunk).unwrap();
                while let Some(line) = lines.next() {
                    found.push(line.to_vec());
                }
                assert!(lines.waiting.len() <= KEPT + 1 + size);
            }
            assert_eq!(found, [&b"one"[..], b"two", b"", &[b'x'; KEPT], b"four"], "chunks of {size}");
            assert_eq!(lines.take_rest(), b"rest");
        }
    }

    #[test]
    fn all_lines_together_are_bounded() {
        let mut lines = Lines::within(10);
        lines.push(b"12345\n").unwrap();
        assert!(lines.next().is_some());
        assert_eq!(lines.push(b"67890"), Err(Failure::TooLong("answer")));
    }
}
