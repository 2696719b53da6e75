//! POSIX extended regular expressions by the C library's `regcomp`: the dialect control files are written in, at
//! the price of no code of ours.
//!
//! A compiled pattern takes kilobytes, and the states glibc remembers while matching take tens of them (measured: 1.4
//! to 11 kB compiled, 5 to 40 kB more after one match). Compiling takes microseconds. So a [`Regex`] at rest is its
//! text; it is compiled when first asked and, after a batch, [`Regex::release`]d.
//!
//! Text is matched as bytes in the C locale. What is searched, and how much of it, is the caller's business.

mod size;

use std::cell::RefCell;
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

/// How a pattern is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Letters match whatever their case.
    pub ignore_case: bool,
}

/// A pattern that is known to be right.
pub struct Regex {
    pattern: Box<CStr>,
    flags: Flags,
    compiled: RefCell<Option<Compiled>>,
}

impl Regex {
    /// Tries the pattern. The error is the C library's own sentence (`Unmatched ( or \(`), regerror(3). Patterns on
    /// which the library would end the process or eat the machine's memory are refused before it sees them.
    pub fn new(pattern: &[u8], flags: Flags) -> Result<Regex, String> {
        if !size::is_bearable(pattern) {
            return Err("Regular expression too big".to_string());
        }
        let text = CString::new(pattern).map_err(|_| "a NUL byte in a regular expression".to_string())?;
        Compiled::new(&text, flags, true)?;
        Ok(Regex { pattern: text.into_boxed_c_str(), flags, compiled: RefCell::new(None) })
    }

    /// Whether the pattern is found anywhere in `subject`. A NUL byte hides nothing that follows it.
    ///
    /// The compiled form is kept for the next call, until [`Regex::release`]. When the C library runs out of memory,
    /// that counts as not found.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        let mut compiled = self.compiled.borrow_mut();
        if compiled.is_none() {
            *compiled = Compiled::new(&self.pattern, self.flags, false).ok();
        }
        compiled.as_ref().is_some_and(|compiled| compiled.search(subject, false).is_some())
    }

    /// Whether the pattern describes the whole of `subject`. POSIX matching is leftmost-longest, so if any match
    /// spans everything, the first one does. Compiles for this one call.
    pub fn match_whole(&self, subject: &[u8]) -> bool {
        let compiled = Compiled::new(&self.pattern, self.flags, true).ok();
        let found = compiled.and_then(|compiled| compiled.search(subject, true));
        found.is_some_and(|span| span.start == 0 && span.end == subject.len())
    }

    /// Gives the memory of the compiled form back. After a file was searched, after a connection test.
    pub fn release(&self) {
        self.compiled.replace(None);
    }

    /// The pattern as it was given.
    pub fn pattern(&self) -> &[u8] {
        self.pattern.to_bytes()
    }
}

impl Clone for Regex {
    fn clone(&self) -> Regex {
        Regex { pattern: self.pattern.clone(), flags: self.flags, compiled: RefCell::new(None) }
    }
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Regex({:?}, {:?})", self.pattern, self.flags)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Regex) -> bool {
        self.pattern == other.pattern && self.flags == other.flags
    }
}

/// The C object; boxed because POSIX does not say that it may be moved.
struct Compiled(Box<libc::regex_t>);

/// One stretch of the subject, as `regexec` reports it.
struct Span {
    start: usize,
    end: usize,
}

impl Compiled {
    /// Without `offsets` only whether there is a match can be asked; smaller and faster.
    fn new(pattern: &CStr, flags: Flags, offsets: bool) -> Result<Compiled, String> {
        let mut cflags = libc::REG_EXTENDED;
        if flags.ignore_case {
            cflags |= libc::REG_ICASE;
        }
        if !offsets {
            cflags |= libc::REG_NOSUB;
        }
        let mut object = Box::new(MaybeUninit::<libc::regex_t>::zeroed());
        // SAFETY: the first argument points to writable memory of the right type, the second is NUL-terminated.
        let code = unsafe { libc::regcomp(object.as_mut_ptr(), pattern.as_ptr(), cflags) };
        if code != 0 {
            return Err(message(code, &object));
        }
        // SAFETY: regcomp returned success, so it has filled the object in.
        Ok(Compiled(unsafe { Box::from_raw(Box::into_raw(object).cast()) }))
    }

    /// `REG_STARTEND` gives the subject by its bounds, so it is neither copied nor ended by a NUL byte. Offsets
    /// are C `int`s: what lies beyond 2 GiB is not searched.
    #[cfg(not(target_env = "musl"))]
    fn search(&self, subject: &[u8], offsets: bool) -> Option<Span> {
        let end = libc::regoff_t::try_from(subject.len()).unwrap_or(libc::regoff_t::MAX);
        let mut found = [libc::regmatch_t { rm_so: 0, rm_eo: end }];
        // SAFETY: the pattern was compiled by `new`; with REG_STARTEND the C library reads bytes rm_so..rm_eo of
        // the subject, which is inside the slice, and writes at most one element of `found`.
        let code = unsafe {
            let wanted = usize::from(offsets);
            libc::regexec(&*self.0, subject.as_ptr().cast(), wanted, found.as_mut_ptr(), libc::REG_STARTEND)
        };
        (code == 0).then(|| Span { start: found[0].rm_so as usize, end: found[0].rm_eo as usize })
    }

    /// Without `REG_STARTEND` each piece between NUL bytes is copied, terminated and searched by itself. A whole
    /// match is possible only where there is a single piece.
    #[cfg(target_env = "musl")]
    fn search(&self, subject: &[u8], offsets: bool) -> Option<Span> {
        for piece in subject.split(|byte| *byte == 0) {
            let text = CString::new(piece).ok()?;
            let mut found = [libc::regmatch_t { rm_so: 0, rm_eo: 0 }];
            // SAFETY: the pattern was compiled by `new`, the text is NUL-terminated, `found` has one element.
            let code = unsafe { libc::regexec(&*self.0, text.as_ptr(), 1, found.as_mut_ptr(), 0) };
            if code == 0 && (!offsets || piece.len() == subject.len()) {
                return Some(Span { start: found[0].rm_so as usize, end: found[0].rm_eo as usize });
            }
        }
        None
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // SAFETY: compiled by `new`, freed here and nowhere else.
        unsafe { libc::regfree(&mut *self.0) }
    }
}

fn message(code: libc::c_int, compiled: &MaybeUninit<libc::regex_t>) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said; regerror writes at most that and terminates it.
    unsafe { libc::regerror(code, compiled.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    let length = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Regex {
        Regex::new(pattern.as_bytes(), Flags::default()).unwrap()
    }

    #[test]
    fn is_posix_extended() {
        assert!(regex("a{2,3}$").is_match(b"xaaa"));
        assert!(!regex("^a{2,3}$").is_match(b"aaaa"));
        assert!(regex("[[:digit:]]+ (ok|fine)").is_match(b"it is 42 fine"));
        assert!(regex("[]a]").is_match(b"]"));
        assert!(!regex("\\d").is_match(b"7"), "ERE has no \\d");
    }

    #[test]
    fn case_matters_unless_told() {
        assert!(!regex("apache").is_match(b"Apache"));
        assert!(Regex::new(b"apache", Flags { ignore_case: true }).unwrap().is_match(b"APACHE"));
    }

    #[test]
    fn a_nul_byte_hides_nothing() {
        assert!(regex("error").is_match(b"fine\0\0error here"));
        assert!(regex("fine").is_match(b"fine\0\0error here"));
        assert!(!regex("absent").is_match(b"\0fine\0"));
        assert!(!regex("x").is_match(b""));
        assert!(regex("^$").is_match(b""));
    }

    #[test]
    fn a_subject_is_not_read_beyond_its_end() {
        let text = b"abcdef";
        assert!(!regex("d").is_match(&text[..3]));
        assert!(regex("c$").is_match(&text[..3]));
    }

    #[test]
    fn whole_matches_span_the_subject() {
        assert!(regex("web.*").match_whole(b"web1"));
        assert!(!regex("web").match_whole(b"web1"));
        assert!(!regex("eb1").match_whole(b"web1"));
        assert!(regex("a|ab").match_whole(b"ab"), "longest alternative wins");
        assert!(!regex("web").match_whole(b"web\0web"));
    }

    #[test]
    fn released_patterns_match_again() {
        let pattern = regex("^(ERROR|FATAL): [a-z]+$");
        for _ in 0..3 {
            assert!(pattern.is_match(b"ERROR: disk"));
            pattern.release();
            assert!(pattern.compiled.borrow().is_none());
        }
        assert_eq!(pattern.clone(), pattern);
        assert_eq!(pattern.pattern(), b"^(ERROR|FATAL): [a-z]+$");
    }

    #[test]
    fn a_bad_pattern_says_why() {
        let error = Regex::new(b"(unclosed", Flags::default()).unwrap_err();
        assert!(error.contains('('), "{error}");
        assert!(Regex::new(b"a\0b", Flags::default()).is_err());
    }
}
