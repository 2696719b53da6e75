//! The C library's own regular expressions, regcomp(3), in the C locale.
//!
//! Their time and memory have no bounds that a pattern or a text of somebody else would respect: they belong into a
//! disposable child. Our own ([`crate::regex`]) are held against them.

use std::ffi::CString;
use std::fmt;
use std::mem::MaybeUninit;

/// A compiled pattern; boxed because POSIX does not say that the C object may be moved.
pub struct Pattern(Box<libc::regex_t>);

/// Why a pattern is not compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A C string cannot hold it.
    Nul,
    /// The C library's sentence, regerror(3).
    Library(Box<str>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Nul => "a NUL byte in a regular expression",
            Refused::Library(sentence) => sentence,
        })
    }
}

/// One stretch of the subject, as `regexec` reports it.
struct Span {
    start: usize,
    end: usize,
}

impl Pattern {
    /// Compiles an extended expression. Some patterns end the process or take all of the machine's memory.
    ///
    /// # Errors
    /// The pattern is wrong.
    pub fn new(pattern: &[u8], ignore_case: bool) -> Result<Pattern, Refused> {
        let text = CString::new(pattern).map_err(|_| Refused::Nul)?;
        let mut cflags = libc::REG_EXTENDED;
        if ignore_case {
            cflags |= libc::REG_ICASE;
        }
        let mut object = Box::new(MaybeUninit::<libc::regex_t>::zeroed());
        // SAFETY: the first argument points to writable memory of the right type, the second is NUL-terminated.
        let code = unsafe { libc::regcomp(object.as_mut_ptr(), text.as_ptr(), cflags) };
        if code != 0 {
            return Err(Refused::Library(sentence(code, &object)));
        }
        // SAFETY: regcomp returned success, so it has filled the object in.
        Ok(Pattern(unsafe { Box::from_raw(Box::into_raw(object).cast()) }))
    }

    /// Whether the pattern is found anywhere in `subject`. A NUL byte hides nothing that follows it.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        self.search(subject).is_some()
    }

    /// Whether the pattern describes the whole of `subject`. POSIX matching is leftmost-longest, so if any match spans
    /// everything, the first one does.
    pub fn is_whole(&self, subject: &[u8]) -> bool {
        self.search(subject).is_some_and(|span| span.start == 0 && span.end == subject.len())
    }

    /// `REG_STARTEND` gives the subject by its bounds, so it is neither copied nor ended by a NUL byte. Offsets
    /// are C `int`s: what lies beyond 2 GiB is not searched.
    #[cfg(not(target_env = "musl"))]
    fn search(&self, subject: &[u8]) -> Option<Span> {
        let end = libc::regoff_t::try_from(subject.len()).unwrap_or(libc::regoff_t::MAX);
        let mut found = [libc::regmatch_t { rm_so: 0, rm_eo: end }];
        // SAFETY: the pattern was compiled by `new`; with REG_STARTEND the C library reads bytes rm_so..rm_eo of
        // the subject, which is inside the slice, and writes at most one element of `found`.
        let code = unsafe {
            libc::regexec(&*self.0, subject.as_ptr().cast(), 1, found.as_mut_ptr(), libc::REG_STARTEND)
        };
        (code == 0).then(|| Span { start: found[0].rm_so as usize, end: found[0].rm_eo as usize })
    }

    /// Without `REG_STARTEND` each piece between NUL bytes is copied, terminated and searched by itself. A whole
    /// match is possible only where there is a single piece.
    #[cfg(target_env = "musl")]
    fn search(&self, subject: &[u8]) -> Option<Span> {
        for piece in subject.split(|byte| *byte == 0) {
            let text = CString::new(piece).ok()?;
            let mut found = [libc::regmatch_t { rm_so: 0, rm_eo: 0 }];
            // SAFETY: the pattern was compiled by `new`, the text is NUL-terminated, `found` has one element.
            let code = unsafe { libc::regexec(&*self.0, text.as_ptr(), 1, found.as_mut_ptr(), 0) };
            if code == 0 {
                return Some(Span { start: found[0].rm_so as usize, end: found[0].rm_eo as usize });
            }
        }
        None
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        // SAFETY: compiled by `new`, freed here and nowhere else.
        unsafe { libc::regfree(&mut *self.0) }
    }
}

fn sentence(code: libc::c_int, compiled: &MaybeUninit<libc::regex_t>) -> Box<str> {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as said; regerror writes at most that and terminates it.
    unsafe { libc::regerror(code, compiled.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    let length = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    String::from_utf8_lossy(&buffer[..length]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text.as_bytes(), false).unwrap()
    }

    #[test]
    fn a_nul_byte_hides_nothing() {
        assert!(pattern("error").is_match(b"fine\0\0error here"));
        assert!(pattern("fine").is_match(b"fine\0\0error here"));
        assert!(!pattern("absent").is_match(b"\0fine\0"));
    }

    #[test]
    fn a_subject_is_not_read_beyond_its_end() {
        let text = b"abcdef";
        assert!(!pattern("d").is_match(&text[..3]));
        assert!(pattern("c$").is_match(&text[..3]));
    }

    #[test]
    fn back_references_refer_back() {
        assert!(pattern("(a+)b\\1$").is_match(b"aaabaaa"));
        assert!(!pattern("^(a+)b\\1$").is_match(b"aaabaa"));
        assert!(pattern("(a|ab)(c|bcd)").is_whole(b"abcd"));
    }

    #[test]
    fn a_bad_pattern_says_why() {
        let error = Pattern::new(b"(unclosed", false).err().unwrap();
        assert!(matches!(&error, Refused::Library(sentence) if sentence.contains('(')), "{error}");
        assert_eq!(Pattern::new(b"a\0b", false).err(), Some(Refused::Nul));
    }
}
