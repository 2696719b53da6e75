//! Standard output and standard error, in the foreground.

use super::Level;
use crate::sys;
use crate::sys::localtime;
use crate::sys::poll::{PollFd, WRITE, poll};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

/// What a pipe that is ready takes without waiting (`PIPE_BUF`, pipe(7)).
const PIECE: usize = 4096;

/// The terminal or pipe we were started on. Nobody reading it, or a terminal that was stopped, must not stop us: what
/// finds no room is dropped and counted.
#[derive(Debug, Default)]
pub(super) struct Console {
    lost: u64,
    /// Each message begins with the time of day.
    pub(super) dated: bool,
    output: Stream,
    errors: Stream,
}

impl Console {
    pub(super) fn write(&mut self, level: Level, text: &str, now: i64) {
        let time = localtime::local(now);
        let time = match self.dated {
            true => format!("{:02}:{:02}:{:02} ", time.hour, time.minute, time.second),
            false => String::new(),
        };
        let message = if self.lost > 0 {
            format!("({} messages lost: the terminal was not ready)\n{time}{text}\n", self.lost)
        } else {
            format!("{time}{text}\n")
        };
        let written = if level <= Level::Error {
            self.errors.offer(std::io::stderr().as_fd(), message.as_bytes())
        } else {
            self.output.offer(std::io::stdout().as_fd(), message.as_bytes())
        };
        self.lost = if written { 0 } else { self.lost + 1 };
    }
}

/// One of the two.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The same terminal once more, opened so that it never waits. Ready means of a terminal that it takes one byte,
    /// not a line; and the mode of the descriptor we were given is shared with our shell.
    terminal: Option<Option<File>>,
}

impl Stream {
    pub(super) fn offer(&mut self, stream: BorrowedFd<'_>, bytes: &[u8]) -> bool {
        match self.terminal.get_or_insert_with(|| sys::terminal::open_again(&stream)) {
            Some(terminal) => {
                sys::file::write_once(&*terminal, bytes).is_ok_and(|count| count == bytes.len())
            }
            None => bytes.chunks(PIECE).all(|piece| offer(stream, piece)),
        }
    }
}

fn offer(stream: BorrowedFd<'_>, piece: &[u8]) -> bool {
    let mut fds = [PollFd::new(stream.as_raw_fd(), WRITE)];
    let ready = poll(&mut fds, Some(Duration::ZERO)).is_ok_and(|count| count > 0);
    ready && fds[0].revents & WRITE != 0 && sys::file::write_once(stream, piece).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::mpsc;

    /// Writes more than anything takes, in a thread, so that a wait fails the test instead of stopping it.
    fn lines_taken(target: File) -> usize {
        let (done, result) = mpsc::channel();
        std::thread::spawn(move || {
            let mut stream = Stream::default();
            let line = [b'x'; 3000];
            let taken = (0..200).filter(|_| stream.offer(target.as_fd(), &line)).count();
            let _ = done.send(taken);
        });
        result.recv_timeout(Duration::from_secs(20)).expect("never waits")
    }

    #[test]
    fn a_terminal_nobody_reads_stops_nobody() {
        let (mut screen, program) = sys::terminal::unwatched();
        assert!(lines_taken(program.try_clone().unwrap()) < 200);
        // Read again, it takes lines again.
        let mut stream = Stream::default();
        let mut buffer = [0u8; 65536];
        while !stream.offer(program.as_fd(), b"back\n") {
            assert!(screen.read(&mut buffer).unwrap() > 0);
        }
    }

    #[test]
    fn a_pipe_nobody_reads_stops_nobody() {
        let (_read, write) = sys::spawn::pipe().unwrap();
        assert!(lines_taken(File::from(write)) < 200);
    }
}
