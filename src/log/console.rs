//! Standard output and standard error, in the foreground.

use super::Level;
use crate::sys;
use crate::sys::poll::{PollFd, WRITE, poll};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// What a pipe or terminal that is ready takes without waiting (`PIPE_BUF`, pipe(7)).
const PIECE: usize = 4096;

/// The terminal or pipe we were started on. Nobody reading it, or a terminal that was stopped, must not stop us: what
/// finds no room is dropped and counted.
#[derive(Debug, Default)]
pub(super) struct Console {
    lost: u64,
}

impl Console {
    pub(super) fn write(&mut self, level: Level, text: &str) {
        let message = if self.lost > 0 {
            format!("({} messages lost: the terminal was not ready)\n{text}\n", self.lost)
        } else {
            format!("{text}\n")
        };
        let written = if level <= Level::Error {
            offer(std::io::stderr(), message.as_bytes())
        } else {
            offer(std::io::stdout(), message.as_bytes())
        };
        self.lost = if written { 0 } else { self.lost + 1 };
    }
}

fn offer(stream: impl AsFd, bytes: &[u8]) -> bool {
    bytes.chunks(PIECE).all(|piece| {
        let mut fds = [PollFd::new(stream.as_fd().as_raw_fd(), WRITE)];
        let ready = poll(&mut fds, Some(Duration::ZERO)).is_ok_and(|count| count > 0);
        ready && fds[0].revents & WRITE != 0 && sys::file::write_once(&stream, piece).is_ok()
    })
}
