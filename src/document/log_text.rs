//! The end of the monitor's own log as a document of its own.

use super::log_file::{Part, Place};
use super::{Piece, Source};

/// Bytes of the end of a log that are handed out as a file.
const WHOLE: u64 = 8 * 1024 * 1024;
/// What a part of them costs, roughly in microseconds.
const COST: u32 = 150;

/// The end of the log as a document of its own, on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogText {
    next: u64,
    /// Where it ends, and which file it is, once that is known.
    end: Option<(u64, (u64, u64))>,
}

impl LogText {
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
    use crate::document::kept::{Kept, joined};
    use crate::sys::Scratch;

    #[test]
    fn a_file_is_made_in_parts_and_says_where_it_breaks_off() {
        let folder = Scratch::new();
        let path = folder.join("log");
        let source = Kept { log: Some(path.clone()), ..Kept::default() };
        let whole = "a line of the log\n".repeat(20_000);
        std::fs::write(&path, &whole).unwrap();
        let mut file = LogText::default();
        assert!(joined(1, |piece| file.step(&source, piece)) == whole);
        std::fs::write(&path, "").unwrap();
        let mut file = LogText::default();
        assert_eq!(joined(1, |piece| file.step(&source, piece)), "");
        std::fs::write(&path, &whole).unwrap();
        let (mut file, mut out) = (LogText::default(), String::new());
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
