//! Gives back the pages of program code and constants that only the start or a reload needed.
//!
//! Reading a control file, opening sockets and detaching touch about a megabyte of code that the cycles never look at
//! again. The kernel keeps it mapped; on a machine where memory is short that is memory somebody else wants.

use std::ffi::c_void;

/// Linkers make three of them: constants, code, and constants behind it.
const MOST_SEGMENTS: usize = 8;

/// Unmaps the code of this program and its libraries. What is still needed comes back from the page cache with the
/// next instruction that uses it, a few dozen minor faults in all. madvise(2), dl_iterate_phdr(3).
///
/// Only what the file says can never be written: data that the loader has relocated would be lost.
pub fn give_back() {
    // SAFETY: the callback follows the contract of dl_iterate_phdr and keeps nothing; it gets no data of ours.
    unsafe { libc::dl_iterate_phdr(Some(give_back_object), std::ptr::null_mut()) };
}

/// One loaded object.
extern "C" fn give_back_object(
    object: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut c_void,
) -> libc::c_int {
    // SAFETY: dl_iterate_phdr hands out a valid object for the time of the call; its program headers are an array of
    // dlpi_phnum entries in memory that stays mapped as long as the object is.
    let (base, headers) = unsafe {
        let object = &*object;
        if object.dlpi_phdr.is_null() {
            return 0;
        }
        (object.dlpi_addr, std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)))
    };
    let page = super::clock::page_size().max(4096) as usize;
    // Read before anything is dropped: the headers themselves lie in the first segment.
    let mut segments = [(0usize, 0usize); MOST_SEGMENTS];
    let constant =
        headers.iter().filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0);
    for (segment, header) in segments.iter_mut().zip(constant) {
        let start = (base as usize).wrapping_add(header.p_vaddr as usize) & !(page - 1);
        let end = (base as usize).wrapping_add((header.p_vaddr + header.p_memsz) as usize);
        *segment = (start, end.saturating_sub(start));
    }
    for (start, length) in segments.into_iter().filter(|(_, length)| *length > 0) {
        // SAFETY: the range is a segment the loader has mapped from the object's file and that was never writable
        // (what is relocated lies in writable ones), so dropping its pages loses nothing: they are read again from
        // the file. The vDSO and what else has no file behind it refuses, which is fine.
        unsafe { libc::madvise(start as *mut c_void, length, libc::MADV_DONTNEED) };
    }
    0
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_program_goes_on() {
        super::give_back();
        assert_eq!("still here".len(), 10);
        super::give_back();
    }
}
