//! Small files of the kernel read whole, into one buffer that is used again, and the numbers in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use crate::sys::error_text;

/// Reads a file from its start, at most `limit` bytes, into `buffer`. What files of /proc say in one read belongs
/// together, so the buffer should hold all of it at once.
pub fn into(path: &Path, buffer: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    buffer.clear();
    let mut file = File::open(path)?;
    // A page: the kernel mostly gives no more at once, and this is the deepest that the stack of a cycle gets.
    let mut chunk = [0u8; 4096];
    while buffer.len() < limit {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => buffer.extend_from_slice(chunk.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(limit);
    Ok(())
}

/// Reads a file whose whole content the kernel gives in one read, as it does for the files of a process: without
/// the second read that would only find the end.
pub fn once(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    let mut file = File::open(path)?;
    let mut chunk = [0u8; 4096];
    loop {
        match file.read(&mut chunk) {
            Ok(length) => {
                buffer.extend_from_slice(chunk.get(..length).unwrap_or_default());
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A small file as text; bytes that are none are replaced.
pub fn text(path: &Path, limit: usize) -> io::Result<String> {
    let mut buffer = Vec::new();
    into(path, &mut buffer, limit)?;
    Ok(String::from_utf8_lossy(&buffer).into_owned())
}

/// The only number in a file, as in most of /sys.
pub fn number<T: std::str::FromStr>(path: &Path) -> Option<T> {
    text(path, 256).ok()?.trim().parse().ok()
}

/// The value behind `name` in a text of lines `name value`, `name: value` or `name:value kB`.
pub fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix(':').or_else(|| rest.starts_with([' ', '\t']).then_some(rest))?;
        Some(rest.trim())
    })
}

/// [`value`] as a number, its unit (`kB`) dropped.
pub fn number_of<T: std::str::FromStr>(text: &str, name: &str) -> Option<T> {
    value(text, name)?.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_exact_name() {
        let text = "VmRSS:\t  12 kB\nPss_Dirty: 3 kB\nPss: 7 kB\nsome avg10=0\n";
        assert_eq!(number_of::<u64>(text, "Pss"), Some(7));
        assert_eq!(number_of::<u64>(text, "VmRSS"), Some(12));
        assert_eq!(value(text, "some"), Some("avg10=0"));
        assert_eq!(value(text, "Vm"), None);
    }
}
