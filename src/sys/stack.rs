//! Gives back the pages of the stack that only deeper calls used: what the parser's recursion dirtied stays resident
//! for as long as the process lives otherwise.

use std::ffi::c_void;
use std::mem::MaybeUninit;

/// Drops what lies below the frames in use; deeper calls get fresh pages. Does nothing where the limits of the stack
/// are not known. madvise(2), pthread_getattr_np(3).
///
/// Never inlined: in the frame of a caller with large variables, ours could lie more than the page that is left above
/// the end of the stack, and the return address of madvise(2) itself would be given back.
#[cfg(target_os = "linux")]
#[inline(never)]
pub fn give_back() {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the pointer is to room for the attributes of this very thread.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return;
    }
    let (mut lowest, mut size) = (std::ptr::null_mut::<c_void>(), 0);
    // SAFETY: the attributes were filled in by the call above, the other pointers are to variables of ours, and what
    // the attributes own is freed once.
    let known = unsafe {
        let known = libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        known
    };
    let page = super::clock::page_size().max(4096) as usize;
    // The stack grows down, so this variable lies near its end; a page is left to the calls made here.
    let here = std::ptr::from_ref(&page) as usize;
    let end = (here & !(page - 1)).saturating_sub(page);
    let length = end.saturating_sub(lowest as usize);
    if !known || length >= size {
        return;
    }
    // SAFETY: from the lowest address of this thread's own stack to below its frames in use there is nothing that
    // anybody will read again. A signal handler's frame lies there only while this call cannot go on. Pages that were
    // never touched are refused or skipped, which is fine.
    unsafe { libc::madvise(lowest, length, libc::MADV_DONTNEED) };
}

/// Elsewhere nothing is known of the stack's limits.
#[cfg(not(target_os = "linux"))]
pub fn give_back() {}

#[cfg(test)]
mod tests {
    /// Writes to pages far below the caller's frame.
    #[inline(never)]
    fn deep(depth: usize) -> usize {
        let room = std::hint::black_box([1u8; 8192]);
        if depth == 0 { room.iter().filter(|byte| **byte == 1).count() } else { deep(depth - 1) + room.len() }
    }

    #[test]
    fn frames_in_use_are_kept_and_deeper_calls_work() {
        let kept = std::hint::black_box([7u8; 20_000]);
        assert_eq!(deep(40), 41 * 8192);
        super::give_back();
        assert_eq!(deep(40), 41 * 8192);
        super::give_back();
        assert!(kept.iter().all(|byte| *byte == 7));
    }
}
