//! Shared libraries of the host that are looked for at run time, so that a host without them loses nothing else.
//!
//! Only for disposable children: what a library brings along (memory, handlers, more libraries) goes with the child.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// An open library. It stays open: what it gave out may be in use until the process ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Library(NonNull<c_void>);

impl Library {
    /// The first of these names that can be opened.
    pub fn open(names: &[&CStr]) -> Option<Library> {
        names.iter().find_map(|name| {
            // SAFETY: a NUL-terminated name; the library's constructors run in a process that is thrown away.
            NonNull::new(unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW) }).map(Library)
        })
    }

    /// Where that function is. What it takes and gives is for the caller to know.
    pub fn function(self, name: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: a handle that dlopen gave and nobody closes, a NUL-terminated name.
        NonNull::new(unsafe { libc::dlsym(self.0.as_ptr(), name.as_ptr()) })
    }
}
