//! One output pipe of a child: drained always, kept up to a limit.

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
    dropped: u64,
}

impl Stream {
    /// `fd` must be non-blocking.
    pub(super) fn new(fd: OwnedFd, limit: usize) -> Stream {
        Stream { fd: Some(fd), limit, kept: Vec::new(), dropped: 0 }
    }

    /// The descriptor to wait for; `None` once the pipe has ended.
    pub(super) fn fd(&self) -> Option<RawFd> {
        self.fd.as_ref().map(AsRawFd::as_raw_fd)
    }

    pub(super) fn drain(&mut self) {
        self.read(PER_TURN);
    }

    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    pub(super) fn keep_nothing(&mut self) {
        self.limit = 0;
        self.kept = Vec::new();
    }

    /// Takes what is there, closes the pipe, and hands out what was kept and the count of what was not.
    pub(super) fn finish(&mut self) -> (Vec<u8>, u64) {
        self.read(AT_END);
        self.fd = None;
        (std::mem::take(&mut self.kept), self.dropped)
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
        self.dropped += rest.len() as u64;
    }
}
