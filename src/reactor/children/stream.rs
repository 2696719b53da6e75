//! One output pipe of a child: drained always, its beginning and its end kept up to a limit.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

/// Bytes taken in one go: what a pipe holds. A program that writes without end gets no more of a turn than this.
const PER_TURN: usize = 64 * 1024;

/// Bytes taken at the end, when a background process may still be writing; the most a pipe can be made to hold by an
/// ordinary user.
const AT_END: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Stream {
    fd: Option<OwnedFd>,
    limit: usize,
    kept: Vec<u8>,
    /// How much is kept of what comes behind that.
    end_limit: usize,
    end: Vec<u8>,
    dropped: u64,
}

impl Stream {
    /// `fd` must be non-blocking. So many bytes are kept of the beginning, and of what comes behind it of the end.
    pub(super) fn new(fd: OwnedFd, limit: usize, end_limit: usize) -> Stream {
        Stream { fd: Some(fd), limit, kept: Vec::new(), end_limit, end: Vec::new(), dropped: 0 }
    }

    /// The descriptor to wait for; `None` once the pipe has ended.
    pub(super) fn fd(&self) -> Option<RawFd> {
        self.fd.as_ref().map(AsRawFd::as_raw_fd)
    }

    pub(super) fn drain(&mut self) {
        self.read(PER_TURN);
    }

    pub(super) fn kept(&self) -> Vec<u8> {
        [&*self.kept, &self.end].concat()
    }

    pub(super) fn keep_nothing(&mut self) {
        (self.limit, self.end_limit) = (0, 0);
        (self.kept, self.end) = (Vec::new(), Vec::new());
    }

    /// Takes what is there, closes the pipe, and hands out what was kept and the count of what was not.
    pub(super) fn finish(&mut self) -> (Vec<u8>, u64) {
        self.read(AT_END);
        self.fd = None;
        let mut kept = std::mem::take(&mut self.kept);
        kept.append(&mut self.end);
        (kept, self.dropped)
    }

    fn read(&mut self, mut at_most: usize) {
        let mut buffer = [0u8; 4096];
        while let (Some(fd), true) = (&self.fd, at_most > 0) {
            match nix::unistd::read(fd, &mut buffer).map_err(io::Error::from) {
                Ok(0) => self.fd = None,
                Ok(count) => {
                    at_most = at_most.saturating_sub(count);
                    self.take(buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.fd = None,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.kept.len()).min(bytes.len());
        let (kept, rest) = bytes.split_at(room);
        self.kept.extend_from_slice(kept);
        self.end.extend_from_slice(rest);
        let over = self.end.len().saturating_sub(self.end_limit);
        self.end.drain(..over);
        self.dropped += over as u64;
    }
}
