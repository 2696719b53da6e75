//! Terminals: their size, and writing to them without ever waiting.

use std::fs::{File, OpenOptions};
use std::io::IsTerminal;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;

/// The terminal behind `output` once more, opened for non-blocking writes; `None` if it is no terminal, or belongs to
/// somebody who does not let us.
pub fn open_again(output: &impl AsFd) -> Option<File> {
    let output = output.as_fd();
    if !output.is_terminal() {
        return None;
    }
    OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(format!("/proc/self/fd/{}", output.as_raw_fd()))
        .ok()
}

/// Columns of the terminal behind `output`; `None` if it is none, or does not know.
pub fn columns(output: &impl AsRawFd) -> Option<u16> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one winsize through the pointer and nothing else.
    let result = unsafe { libc::ioctl(output.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0).then_some(size.ws_col)
}

/// A terminal nobody looks at: the side of the screen, and that of the programs.
#[cfg(test)]
pub(crate) fn unwatched() -> (File, File) {
    use std::os::fd::FromRawFd;
    // SAFETY: two null pointers where the size and the settings could be given; both descriptors are new and ours.
    unsafe {
        let (mut screen, mut program) = (0, 0);
        let none = std::ptr::null_mut();
        assert_eq!(libc::openpty(&mut screen, &mut program, none, none.cast(), none.cast()), 0);
        (File::from_raw_fd(screen), File::from_raw_fd(program))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_has_no_columns() {
        let null = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(super::columns(&null), None);
    }
}
