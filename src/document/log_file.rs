//! The monitor's own log file, a part at a time: it may be larger than memory.

use crate::sys::error_text;
use crate::sys::file::open_regular;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes of a part.
const PART: u64 = 32 * 1024;

/// Which part is meant. Places are bytes from the beginning of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The last lines.
    End,
    /// Those before this place.
    Before(u64),
    /// Those from this place on.
    From(u64),
}

/// Whole lines of a log; only of a line that is longer than a part there is a piece.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// The lines.
    pub text: String,
    /// Where they begin.
    pub from: u64,
    /// Where they end.
    pub to: u64,
    /// Bytes of the whole file.
    pub length: u64,
    /// Device and inode: which file it is.
    pub file: (u64, u64),
}

/// Why there are no lines.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Missing {
    NoLog,
    Syslog,
    Unreadable(Box<Path>, io::Error),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::NoLog => f.write_str("There is no log file: set log FILE"),
            Missing::Syslog => f.write_str("The log goes to syslog"),
            Missing::Unreadable(path, error) => {
                write!(f, "The log file '{}' cannot be read -- {}", path.display(), error_text(error))
            }
        }
    }
}

/// Reads a part of a log.
pub fn read(path: &Path, place: Place) -> io::Result<Part> {
    let mut file = open_regular(path)?;
    let facts = file.metadata()?;
    let length = facts.len();
    let (mut from, to) = match place {
        Place::End => (length.saturating_sub(PART), length),
        Place::Before(at) => (at.min(length).saturating_sub(PART), at.min(length)),
        Place::From(at) => (at.min(length), at.saturating_add(PART).min(length)),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(to - from).read_to_end(&mut bytes)?;
    match place {
        Place::From(_) if to < length => {
            let lines = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
            bytes.truncate(lines);
        }
        Place::End | Place::Before(_) if from > 0 => {
            let begun = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            if begun < bytes.len() {
                bytes.drain(..begun);
                from += begun as u64;
            }
        }
        _ => {}
    }
    let to = from + bytes.len() as u64;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned());
    Ok(Part { text, from, to, length, file: (facts.dev(), facts.ino()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;

    #[test]
    fn older_parts_join_and_so_do_newer_ones() {
        let folder = Scratch::new();
        let path = folder.join("log");
        let lines: Vec<String> = (0..9000).map(|number| format!("line {number} \u{e4}\n")).collect();
        let whole = lines.concat();
        std::fs::write(&path, &whole).unwrap();
        let (mut place, mut joined) = (Place::End, String::new());
        loop {
            let part = read(&path, place).unwrap();
            assert!(part.text.len() as u64 <= PART && part.text.ends_with('\n'), "{}", part.text.len());
            joined.insert_str(0, &part.text);
            if part.from == 0 {
                break;
            }
            place = Place::Before(part.from);
        }
        assert!(joined == whole);
        let (mut at, mut joined) = (0, String::new());
        while at < whole.len() as u64 {
            let part = read(&path, Place::From(at)).unwrap();
            joined.push_str(&part.text);
            at = part.to;
        }
        assert!(joined == whole);
        // What was there when the log was longer.
        let part = read(&path, Place::From(1 << 40)).unwrap();
        assert_eq!((part.text.as_str(), part.to), ("", whole.len() as u64));
    }

    #[test]
    fn a_line_without_an_end_ends_nothing() {
        let folder = Scratch::new();
        let path = folder.join("log");
        std::fs::write(&path, "x".repeat(100_000)).unwrap();
        let part = read(&path, Place::End).unwrap();
        assert_eq!((part.from, part.to), (100_000 - PART, 100_000));
        assert_eq!(read(&path, Place::From(0)).unwrap().to, PART);
    }
}
