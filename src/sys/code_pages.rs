//! Gives back the pages of program code and constants that only the start or a reload needed.
//!
//! Reading a control file, opening sockets and detaching touch about a megabyte of code that the cycles never look at
//! again. The kernel keeps it mapped; on a machine where memory is short that is memory somebody else wants.

use std::ffi::c_void;

#[cfg(target_pointer_width = "32")]
use libc::Elf32_Phdr as ProgramHeader;
#[cfg(target_pointer_width = "64")]
use libc::Elf64_Phdr as ProgramHeader;

/// Linkers make three of them: constants, code, and constants behind it.
const MOST_SEGMENTS: usize = 8;

/// Unmaps the code of this program and its libraries. What is still needed comes back from the page cache with the
/// next instruction that uses it, a few dozen minor faults in all. madvise(2), dl_iterate_phdr(3).
///
/// Only what the file says can never be written, and of objects whose code the loader has not relocated: what it wrote
/// there would be lost.
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
    // SAFETY: these are the headers of an object that is loaded at `base`.
    if is_relocated(unsafe { dynamic_section(base as usize, headers) }) {
        return 0;
    }
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
        // SAFETY: the range is a segment the loader has mapped from the object's file and that nobody has written to
        // (without text relocations it writes to writable ones only), so dropping its pages loses nothing: they are
        // read again from the file. The vDSO and what else has no file behind it refuses, which is fine.
        unsafe { libc::madvise(start as *mut c_void, length, libc::MADV_DONTNEED) };
    }
    0
}

/// An entry of the dynamic section, `Elf64_Dyn` or `Elf32_Dyn`: both numbers are as wide as an address. elf(5).
#[repr(C)]
struct Dynamic {
    tag: isize,
    value: usize,
}

const DT_NULL: isize = 0;
const DT_TEXTREL: isize = 22;
const DT_FLAGS: isize = 30;
const DF_TEXTREL: usize = 4;

/// The dynamic section of an object; empty if it has none, or one that is not loaded.
///
/// # Safety
/// `headers` are those of an object that is loaded at `base` and stays so as long as the answer is used.
unsafe fn dynamic_section<'a>(base: usize, headers: &[ProgramHeader]) -> &'a [Dynamic] {
    let Some(section) = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC) else { return &[] };
    let (start, size) = (section.p_vaddr as usize, section.p_memsz as usize);
    let is_loaded = headers.iter().filter(|header| header.p_type == libc::PT_LOAD).any(|header| {
        let begin = header.p_vaddr as usize;
        start >= begin && start.saturating_add(size) <= begin.saturating_add(header.p_memsz as usize)
    });
    let entries = base.wrapping_add(start) as *const Dynamic;
    if !is_loaded || entries.is_null() || !entries.is_aligned() {
        return &[];
    }
    // SAFETY: by the contract of this function and the test above the range is part of a loaded segment.
    unsafe { std::slice::from_raw_parts(entries, size / size_of::<Dynamic>()) }
}

/// Has the loader written to segments that are not writable?
fn is_relocated(dynamic: &[Dynamic]) -> bool {
    dynamic
        .iter()
        .take_while(|entry| entry.tag != DT_NULL)
        .any(|entry| entry.tag == DT_TEXTREL || entry.tag == DT_FLAGS && entry.value & DF_TEXTREL != 0)
}

#[cfg(test)]
mod tests {
    use super::{DF_TEXTREL, DT_FLAGS, DT_NULL, DT_TEXTREL, Dynamic, is_relocated};

    #[test]
    fn an_object_with_relocated_code_is_seen() {
        const DT_SONAME: isize = 14;
        let of = |entries: &[(isize, usize)]| {
            let dynamic: Vec<Dynamic> =
                entries.iter().map(|(tag, value)| Dynamic { tag: *tag, value: *value }).collect();
            is_relocated(&dynamic)
        };
        assert!(of(&[(DT_SONAME, 1), (DT_TEXTREL, 0)]));
        assert!(of(&[(DT_FLAGS, 8 | DF_TEXTREL), (DT_NULL, 0)]));
        assert!(!of(&[]));
        assert!(!of(&[(DT_SONAME, DF_TEXTREL), (DT_FLAGS, 8), (DT_NULL, 0), (DT_TEXTREL, 0)]));
    }

    #[test]
    fn the_dynamic_section_of_this_program_is_found() {
        extern "C" fn look(
            object: *mut libc::dl_phdr_info,
            _size: libc::size_t,
            found: *mut std::ffi::c_void,
        ) -> libc::c_int {
            // SAFETY: as in `give_back_object`; the pointer is the one handed to dl_iterate_phdr below.
            unsafe {
                let object = &*object;
                let headers = std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum));
                let dynamic = super::dynamic_section(object.dlpi_addr as usize, headers);
                *found.cast::<usize>() += usize::from(dynamic.iter().any(|entry| entry.tag == DT_NULL));
            }
            0
        }
        let mut found = 0usize;
        // SAFETY: the callback follows the contract of dl_iterate_phdr and gets a number that outlives the call.
        unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut found).cast()) };
        assert!(found > 0);
    }

    #[test]
    fn the_program_goes_on() {
        super::give_back();
        assert_eq!("still here".len(), 10);
        super::give_back();
    }
}
