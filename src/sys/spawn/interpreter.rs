//! Why a program that is there cannot be executed: the interpreter in its first line (`#!`, execve(2)).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Bytes of a program that are looked at; the kernel reads as many.
pub const HEAD: usize = 256;

/// The interpreter that the first line of a script names, by the beginning of the script.
pub fn named(head: &[u8]) -> Option<PathBuf> {
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or(line);
    // What the kernel takes for blanks: a carriage return is none.
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let name = line.split(blank).find(|word| !word.is_empty())?;
    Some(PathBuf::from(OsStr::from_bytes(name)))
}

/// Why the kernel would not execute a file that is there and executable: what `execve` said, and how the file begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unable {
    /// The script's interpreter is not there.
    NoInterpreter(PathBuf),
    /// The script's interpreter is not executable.
    InterpreterNotExecutable(PathBuf),
    /// It is no script: what loads the program is not there.
    NoLoader,
    /// It is neither a program of this machine nor a script that says by what it is run.
    NoFormat,
}

impl Unable {
    /// From the number that execve(2) gave and the beginning of the file.
    pub fn of(errno: i32, head: &[u8]) -> Option<Unable> {
        match (errno, named(head)) {
            (libc::ENOENT, Some(interpreter)) => Some(Unable::NoInterpreter(interpreter)),
            (libc::EACCES, Some(interpreter)) => Some(Unable::InterpreterNotExecutable(interpreter)),
            (libc::ENOENT, None) => Some(Unable::NoLoader),
            (libc::ENOEXEC, None) => Some(Unable::NoFormat),
            _ => None,
        }
    }
}

impl std::fmt::Display for Unable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unable::NoInterpreter(path) => match path.as_os_str().as_bytes().strip_suffix(b"\r") {
                Some(name) => write!(
                    f,
                    "its lines end in CR LF, as on DOS, so its interpreter is '{}\\r', which does not exist",
                    String::from_utf8_lossy(name)
                ),
                None => write!(f, "its interpreter '{}' does not exist", path.display()),
            },
            Unable::InterpreterNotExecutable(path) => {
                write!(f, "its interpreter '{}' is not executable", path.display())
            }
            Unable::NoLoader => f.write_str("the loader that it needs does not exist"),
            Unable::NoFormat => {
                f.write_str("Exec format error: a script begins with a line like '#!/bin/sh'")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_interpreter_as_the_kernel_reads_it() {
        let name = |head: &str| named(head.as_bytes()).map(|path| path.display().to_string());
        assert_eq!(name("#!/bin/sh\necho").as_deref(), Some("/bin/sh"));
        assert_eq!(name("#! \t/usr/bin/env python3\n").as_deref(), Some("/usr/bin/env"));
        assert_eq!(name("#!/bin/sh\r\n").as_deref(), Some("/bin/sh\r"));
        assert_eq!(name("#!/bin/sh").as_deref(), Some("/bin/sh"));
        assert_eq!(name("#!/bin/sh\0/x\n").as_deref(), Some("/bin/sh"));
        assert_eq!(name("#!\n/bin/sh"), None);
        assert_eq!(name("\x7fELF#!/bin/sh"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn the_reason_fits_what_the_kernel_said() {
        let why = |errno, head: &str| Unable::of(errno, head.as_bytes()).map(|why| why.to_string());
        assert_eq!(
            why(libc::ENOENT, "#!/none/sh\n").as_deref(),
            Some("its interpreter '/none/sh' does not exist")
        );
        assert!(why(libc::ENOENT, "#!/bin/sh\r\n").is_some_and(|text| text.contains("CR LF")));
        assert!(why(libc::EACCES, "#!/etc/passwd\n").is_some_and(|text| text.contains("not executable")));
        assert!(why(libc::ENOENT, "\x7fELF").is_some_and(|text| text.contains("loader")));
        assert!(why(libc::ENOEXEC, "echo hi\n").is_some_and(|text| text.contains("#!/bin/sh")));
        assert_eq!(why(libc::ENOMEM, "#!/bin/sh\n"), None);
    }
}
