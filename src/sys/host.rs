//! Names of this machine and its kernel.

use std::ffi::CStr;
use std::io;

/// What uname(2) tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uname {
    /// Operating system, `Linux`.
    pub system: String,
    /// Kernel release, `6.1.0-28-amd64`.
    pub release: String,
    /// Kernel build.
    pub version: String,
    /// Hardware, `x86_64`.
    pub machine: String,
    /// The node's name, as set by the administrator.
    pub node: String,
}

/// The host's name as set by the administrator, not looked up anywhere.
pub fn hostname() -> io::Result<String> {
    Ok(nix::unistd::gethostname()?.to_string_lossy().into_owned())
}

/// Kernel and hardware names.
pub fn uname() -> io::Result<Uname> {
    // SAFETY: utsname is an array of characters, for which zero is valid.
    let mut name: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a utsname of ours.
    super::check(unsafe { libc::uname(&mut name) })?;
    let text = |field: &[libc::c_char]| {
        // SAFETY: uname terminates each field, and the structure outlives the borrow.
        unsafe { CStr::from_ptr(field.as_ptr()) }.to_string_lossy().into_owned()
    };
    Ok(Uname {
        system: text(&name.sysname),
        release: text(&name.release),
        version: text(&name.version),
        machine: text(&name.machine),
        node: text(&name.nodename),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_has_a_name() {
        let name = super::uname().unwrap();
        assert_eq!(name.system, "Linux");
        assert!(!name.release.is_empty() && !name.machine.is_empty());
        assert_eq!(name.node, super::hostname().unwrap());
    }
}
