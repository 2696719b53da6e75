//! A page of memory that a forked helper and we both see: the helper writes what it is at, and we read it when the helper
//! has been silent for too long. Nobody is woken by it, and a helper that hangs needs to do nothing for it.

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Bytes of text that are kept.
const LONGEST: usize = 500;

/// All zeros are a valid page: nothing written yet.
#[repr(C)]
struct Page {
    /// Changes with whatever the helper gets done.
    progress: AtomicU32,
    length: AtomicU32,
    text: [AtomicU8; LONGEST],
}

/// The page. Made before the fork; each process unmaps its own view.
#[derive(Debug)]
pub struct Board {
    page: NonNull<Page>,
}

impl Board {
    /// An empty one.
    pub fn new() -> io::Result<Board> {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: asks for fresh memory at an address of the kernel's choice.
        let address =
            unsafe { libc::mmap(std::ptr::null_mut(), size_of::<Page>(), protection, flags, -1, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(address.cast())
            .map(|page| Board { page })
            .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    fn page(&self) -> &Page {
        // SAFETY: mapped, page-aligned and zeroed by the kernel in `new`, unmapped only by `drop`. Both processes touch
        // it only through these atomics.
        unsafe { self.page.as_ref() }
    }

    /// Writes what is being done now; what is too long is cut off. Counts as progress.
    pub fn write(&self, parts: &[&[u8]]) {
        let page = self.page();
        let mut length = 0;
        for (slot, byte) in page.text.iter().zip(parts.iter().copied().flatten()) {
            slot.store(*byte, Ordering::Relaxed);
            length += 1;
        }
        page.length.store(length, Ordering::Relaxed);
        self.progress();
    }

    /// Something got done.
    pub fn progress(&self) {
        self.page().progress.fetch_add(1, Ordering::Relaxed);
    }

    /// A number that is another one after progress.
    pub fn seen(&self) -> u32 {
        self.page().progress.load(Ordering::Relaxed)
    }

    /// What was written last. Read in the middle of a write it may be a mixture of two.
    pub fn text(&self) -> String {
        let page = self.page();
        let length = page.length.load(Ordering::Relaxed) as usize;
        let bytes: Vec<u8> = page.text.iter().take(length).map(|byte| byte.load(Ordering::Relaxed)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `new`, which no reference outlives.
        unsafe { libc::munmap(self.page.as_ptr().cast(), size_of::<Page>()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fork::{all_output, run_in_child};

    #[test]
    fn what_a_helper_writes_is_seen_here() {
        if crate::sys::ran_alone() {
            return;
        }
        let board = Board::new().unwrap();
        assert_eq!((board.seen(), board.text().as_str()), (0, ""));
        let task = run_in_child(|_| {
            board.write(&[b"first"]);
            board.write(&[b"a ", &[b'x'; 2 * LONGEST]]);
            board.write(&[b"user ", b"j\xc3\xb6"]);
            board.progress();
        })
        .unwrap();
        all_output(&task);
        assert_eq!((board.seen(), board.text().as_str()), (4, "user jö"));
    }
}
