//! `-H`: SHA256, SHA1 and MD5 of a file or of standard input, in one pass.

use super::trouble::Trouble;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};

/// The three lines.
///
/// # Errors
/// The file cannot be read.
pub fn report(file: Option<&OsStr>) -> Result<String, Trouble> {
    let name = file.map_or("stdin".into(), OsStr::to_string_lossy);
    let lines = match file {
        None => lines(&name, &mut io::stdin().lock()),
        Some(path) => File::open(path).and_then(|mut file| lines(&name, &mut file)),
    };
    lines.map_err(|error| Trouble::Unread(name.into_owned(), error))
}

fn lines(name: &str, input: &mut dyn Read) -> io::Result<String> {
    let mut sha256 = ring::digest::Context::new(&ring::digest::SHA256);
    let mut sha1 = sha1_smol::Sha1::new();
    let mut md5 = md5::Context::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let piece = buffer.get(..read).unwrap_or_default();
        sha256.update(piece);
        sha1.update(piece);
        md5.consume(piece);
    }
    let mut out = String::new();
    for (kind, hex) in [
        ("SHA256", hex(sha256.finish().as_ref())),
        ("SHA1", sha1.digest().to_string()),
        ("MD5", hex(&md5.finalize().0)),
    ] {
        let label = format!("{kind}({name})");
        let width = name.chars().count() + "SHA256()".len();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label:<width$} = {hex}");
    }
    Ok(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_digests_of_what_was_read() {
        let expected = "\
SHA256(stdin) = 8f6eb3e24a721e7a17ccb91c0f7fb264c00261034a560a31bfae200599b7331b
SHA1(stdin)   = 3bd28babb1ea84fd20da6ff3abcc0791613d38d2
MD5(stdin)    = d09dba7d332adb585d176cf807f00f34
";
        assert_eq!(lines("stdin", &mut &b"hash me\n"[..]).unwrap(), expected);
    }

    #[test]
    fn a_missing_file_is_named() {
        assert_eq!(
            report(Some(OsStr::new("/nonexistent/x"))).unwrap_err().to_string(),
            "/nonexistent/x: No such file or directory"
        );
        assert_eq!(report(Some(OsStr::new("/"))).unwrap_err().to_string(), "/: Is a directory");
    }
}
