//! Keeps glibc's malloc small: one arena, memory given back early. Nothing to do with other C libraries.

/// Sets the allocator's limits; call first thing in `main`, before anything allocates much.
///
/// One arena (we are single-threaded), trim above 8 KiB of free top, no padding of the heap, and `mmap` (which
/// returns its memory at once) from 64 KiB on. mallopt(3).
pub fn tune() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let settings = [
            (libc::M_ARENA_MAX, 1),
            (libc::M_TRIM_THRESHOLD, 8 * 1024),
            (libc::M_TOP_PAD, 0),
            (libc::M_MMAP_THRESHOLD, 64 * 1024),
        ];
        for (name, value) in settings {
            // SAFETY: mallopt takes two integers and only changes the allocator's own parameters.
            unsafe { libc::mallopt(name, value) };
        }
    }
}

/// Gives free heap pages back to the kernel: after a reload, and after a scan of all processes. malloc_trim(3).
pub fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: malloc_trim takes a size and touches free memory only.
        unsafe { libc::malloc_trim(0) };
    }
}
