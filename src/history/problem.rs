//! What is wrong with the files of a history, in words.

use super::layout;
use crate::sys::error_text;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with a file.
#[derive(Debug)]
pub enum Problem {
    /// It cannot be opened or made.
    Open(PathBuf, io::Error),
    /// It cannot be written or read.
    Use(PathBuf, io::Error),
    /// Something else was in its place, or it is damaged; it is now under the second name.
    Foreign(PathBuf, PathBuf),
    /// It cannot be made larger for new readings.
    Cramped(PathBuf, io::Error),
    /// So many series are more than are kept.
    TooMany(usize),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Open(path, error) | Problem::Use(path, error) => {
                let (path, error) = (path.display(), error_text(error));
                write!(f, "History '{path}': {error}, nothing is kept there until that is mended")
            }
            Problem::Cramped(path, error) => {
                let (path, error) = (path.display(), error_text(error));
                write!(
                    f,
                    "History '{path}': {error}, so that it cannot be made larger; readings that are new are left out until it can"
                )
            }
            Problem::Foreign(path, aside) => {
                let (path, aside) = (path.display(), aside.display());
                write!(f, "History '{path}': another or a damaged file, set aside as '{aside}'")
            }
            Problem::TooMany(count) => {
                let most = layout::MOST;
                write!(f, "History: {count} readings are more than the {most} whose course is kept, left out")
            }
        }
    }
}
