//! What has been received and not yet understood, bounded. Whoever fills it decides what a full buffer means.

/// A receive buffer that never holds more than its limit.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// Start of what is not yet taken.
    start: usize,
    limit: usize,
}

/// More came than the buffer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Buffer {
    /// An empty buffer for at most `limit` bytes. It allocates with the first byte.
    pub const fn new(limit: usize) -> Buffer {
        Buffer { bytes: Vec::new(), start: 0, limit }
    }

    /// Appends `bytes`, or takes none of them if they do not fit.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.limit - self.len() {
            return Err(Full);
        }
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// What is there and not yet taken.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Bytes not yet taken.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Is nothing left?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that still fit.
    pub fn room(&self) -> usize {
        self.limit - self.len()
    }

    /// Takes `count` bytes off the front, fewer if there are fewer.
    pub fn take(&mut self, count: usize) -> &[u8] {
        let end = self.start.saturating_add(count).min(self.bytes.len());
        let start = std::mem::replace(&mut self.start, end);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Takes the next whole line, without its LF or CR LF. `None`: no whole line yet.
    pub fn line(&mut self) -> Option<&[u8]> {
        let length = self.as_slice().iter().position(|b| *b == b'\n')?;
        let line = self.take(length + 1);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        self.bytes = Vec::new();
        self.start = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_came_in() {
        let text = b"one\r\ntwo\n\nfour\rstill four\r\nrest";
        for size in 1..text.len() {
            let mut buffer = Buffer::new(100);
            let mut lines = Vec::new();
            for chunk in text.chunks(size) {
                buffer.push(chunk).unwrap();
                while let Some(line) = buffer.line() {
                    lines.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
            assert_eq!(lines, ["one", "two", "", "four\rstill four"]);
            assert_eq!(buffer.as_slice(), b"rest");
        }
    }

    #[test]
    fn it_never_grows_over_its_limit() {
        let mut buffer = Buffer::new(8);
        buffer.push(b"12345678").unwrap();
        assert_eq!(buffer.push(b"9"), Err(Full));
        assert_eq!(buffer.room(), 0);
        assert_eq!(buffer.take(3), b"123");
        buffer.push(b"9ab").unwrap();
        assert_eq!(buffer.as_slice(), b"456789ab");
        assert_eq!(buffer.take(99), b"456789ab");
        assert!(buffer.is_empty());
        assert_eq!(buffer.take(1), b"");
        assert_eq!(buffer.line(), None);
    }
}
