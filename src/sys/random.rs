//! Random bytes from the kernel, for ids, tokens and message boundaries.

use std::io;

/// Fills `buffer` from getrandom(2). Blocks only before the kernel's pool is first ready, early at boot.
pub fn fill(buffer: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        let rest = &mut buffer[done..];
        // SAFETY: the pointer and the length are those of a slice we may write.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        if got < 0 {
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                continue;
            }
            return Err(error);
        }
        done += got as usize;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn differs_each_time() {
        let (mut first, mut second) = ([0u8; 32], [0u8; 32]);
        super::fill(&mut first).unwrap();
        super::fill(&mut second).unwrap();
        assert_ne!(first, second);
        assert_ne!(first, [0u8; 32]);
    }
}
