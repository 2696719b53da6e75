//! Digests of passwords by the host's own crypt(3): SHA-crypt, bcrypt, yescrypt, DES, whatever it knows.
//!
//! Takes a tenth of a second and more, so only a disposable child calls it.

use super::library::Library;
use std::ffi::{CStr, CString, c_char};

/// Why there is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The host has no crypt(3), or it must not be used here: it keeps its answer where other threads can reach it.
    NoLibrary,
    /// Its crypt(3) does not know a digest of this kind.
    Unknown,
}

type Crypt = unsafe extern "C" fn(*const c_char, *const c_char) -> *mut c_char;

/// The digest of `password` with the scheme, cost and salt of `setting`, which may be a whole digest.
///
/// # Errors
/// See [`Failure`]; a NUL in either is [`Failure::Unknown`].
pub fn crypt(password: &[u8], setting: &str) -> Result<Vec<u8>, Failure> {
    super::threads::only_one().map_err(|_| Failure::NoLibrary)?;
    let library = Library::open(&[c"libcrypt.so.1", c"libcrypt.so.2"]).ok_or(Failure::NoLibrary)?;
    let function = library.function(c"crypt").ok_or(Failure::NoLibrary)?;
    // SAFETY: crypt of every libcrypt has this type (POSIX).
    let crypt: Crypt = unsafe { std::mem::transmute(function) };
    let password = CString::new(password).map_err(|_| Failure::Unknown)?;
    let setting = CString::new(setting).map_err(|_| Failure::Unknown)?;
    // SAFETY: both are NUL-terminated; this process has one thread, so nobody else uses crypt's static buffer.
    let digest = unsafe { crypt(password.as_ptr(), setting.as_ptr()) };
    if digest.is_null() {
        return Err(Failure::Unknown);
    }
    // SAFETY: not null, so a NUL-terminated text in crypt's own buffer, copied before anybody calls it again.
    let digest = unsafe { CStr::from_ptr(digest) }.to_bytes().to_vec();
    // `*0` and `*1` are how newer ones say no, since some programs do not look for a null pointer.
    if digest.starts_with(b"*") { Err(Failure::Unknown) } else { Ok(digest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fork::{all_output, run_in_child};
    use std::io::Write;

    /// In a child, as it is meant to be.
    fn digest(password: &'static str, setting: &'static str) -> String {
        let task = run_in_child(|out| {
            let text = match crypt(password.as_bytes(), setting) {
                Ok(digest) => String::from_utf8(digest).unwrap(),
                Err(failure) => format!("{failure:?}"),
            };
            out.write_all(text.as_bytes()).unwrap();
        })
        .unwrap();
        String::from_utf8(all_output(&task)).unwrap()
    }

    #[test]
    fn digests_of_the_host_are_made_with_the_settings_of_others() {
        if crate::sys::ran_alone() {
            return;
        }
        // Made by `openssl passwd -5 -salt saltstring 'Hello world!'`.
        let sha = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
        if digest("Hello world!", sha) == "NoLibrary" {
            return crate::sys::skip("crypt(3)", "this host has none");
        }
        assert_eq!(digest("Hello world!", sha), sha);
        assert_ne!(digest("Hello world", sha), sha);
        assert_eq!(digest("x", "$nothing$like$it"), "Unknown");
        assert_eq!(digest("x", "*0"), "Unknown");
        assert_eq!(digest("a\0b", sha), "Unknown");
    }
}
