//! The size of a terminal.

use std::os::fd::AsRawFd;

/// Columns of the terminal behind `output`; `None` if it is none, or does not know.
pub fn columns(output: &impl AsRawFd) -> Option<u16> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one winsize through the pointer and nothing else.
    let result = unsafe { libc::ioctl(output.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0).then_some(size.ws_col)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_has_no_columns() {
        let null = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(super::columns(&null), None);
    }
}
