//! The monitor's own log file, a part at a time: it may be larger than memory.

use super::{Piece, Source};
use crate::sys::error_text;
use crate::sys::file::open_regular;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes of a part.
const PART: u64 = 32 * 1024;
/// Bytes of the end of a log that are handed out as a file.
const WHOLE: u64 = 8 * 1024 * 1024;
/// What a part of them costs, roughly in microseconds.
const COST: u32 = 150;

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

/// The end of the log as a document of its own, on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFile {
    next: u64,
    /// Where it ends, and which file it is, once that is known.
    end: Option<(u64, (u64, u64))>,
}

impl LogFile {
    /// Goes on. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            let more = match source.log(Place::From(self.next)) {
                Ok(part) => self.take(&part, piece.out),
                Err(missing) => {
                    piece.out.push_str(&format!("{missing}\n"));
                    false
                }
            };
            if !more {
                return true;
            }
            if piece.spend(COST) {
                return false;
            }
        }
    }

    /// `false`: that was the last part.
    fn take(&mut self, part: &Part, out: &mut String) -> bool {
        let Some((end, file)) = self.end else {
            self.end = Some((part.length, part.file));
            self.next = part.length.saturating_sub(WHOLE);
            return part.length > 0;
        };
        if file != part.file || part.to <= self.next {
            out.push_str("The rest is missing: the log has been replaced, ask again\n");
            return false;
        }
        out.push_str(&part.text);
        self.next = part.to;
        self.next < end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::kept::joined;
    use crate::document::{Entry, Monitor};
    use crate::sys::Scratch;
    use std::path::PathBuf;
    use std::time::Duration;

    /// A daemon of which only its log is known.
    struct Logging(PathBuf);

    impl Source for Logging {
        fn count(&self) -> u32 {
            0
        }
        fn uptime(&self) -> Duration {
            Duration::ZERO
        }
        fn entry(&self, _: u32, _: bool) -> Option<Entry<'_>> {
            None
        }
        fn monitor(&self) -> Option<Monitor<'_>> {
            None
        }
        fn log(&self, place: Place) -> Result<Part, Missing> {
            read(&self.0, place).map_err(|error| Missing::Unreadable(self.0.as_path().into(), error))
        }
    }

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

    #[test]
    fn a_file_is_made_in_parts_and_says_where_it_breaks_off() {
        let folder = Scratch::new();
        let path = folder.join("log");
        let source = Logging(path.clone());
        let whole = "a line of the log\n".repeat(20_000);
        std::fs::write(&path, &whole).unwrap();
        let mut file = LogFile::default();
        assert!(joined(1, |piece| file.step(&source, piece)) == whole);
        std::fs::write(&path, "").unwrap();
        let mut file = LogFile::default();
        assert_eq!(joined(1, |piece| file.step(&source, piece)), "");
        std::fs::write(&path, &whole).unwrap();
        let (mut file, mut out) = (LogFile::default(), String::new());
        for _ in 0..2 {
            assert!(!file.step(&source, &mut Piece { out: &mut out, budget: &mut 1, room: usize::MAX }));
        }
        std::fs::write(folder.join("new"), &whole).unwrap();
        std::fs::rename(folder.join("new"), &path).unwrap();
        out.push_str(&joined(1, |piece| file.step(&source, piece)));
        assert!(
            out.ends_with("line of the log\nThe rest is missing: the log has been replaced, ask again\n")
        );
    }
}
