//! Opening a file of ours whose head tells what it is.

use super::problem::Problem;
use crate::sys::trusted::open_kept;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Opens a file that begins with `head`; an empty one gets it. What begins in another way is moved aside and told.
///
/// # Errors
/// It cannot be opened or made, or what is in its place cannot be moved.
pub(super) fn open(path: &Path, head: &[u8]) -> Result<(File, Option<Problem>), Problem> {
    let no_file = |error| Problem::Open(path.to_owned(), error);
    let file = open_kept(path).map_err(no_file)?;
    let mut found = vec![0; head.len()];
    let length = file.metadata().map_err(no_file)?.len();
    if length == 0 {
        file.write_all_at(head, 0).map_err(no_file)?;
        return Ok((file, None));
    }
    if file.read_exact_at(&mut found, 0).is_ok() && found == head {
        return Ok((file, None));
    }
    drop(file);
    let aside = set_aside(path)?;
    let file = open_kept(path).map_err(no_file)?;
    file.write_all_at(head, 0).map_err(no_file)?;
    Ok((file, Some(Problem::Foreign(path.to_owned(), aside))))
}

/// Moves it to a name of its own, over what was moved there before.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, Problem> {
    let aside = beside(path, ".damaged");
    match fs::rename(path, &aside) {
        Ok(()) => Ok(aside),
        Err(error) => Err(Problem::Open(path.to_owned(), error)),
    }
}

/// The path with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
