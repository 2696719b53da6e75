//! Opening a file of ours whose head tells what it is.

use super::problem::Problem;
use crate::sys::trusted::open_kept;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Opens a file that begins with `head`; an empty one gets it. What begins in another way is moved aside and told.
///
/// # Errors
/// It cannot be opened or made, or what is in its place cannot be moved.
pub(super) fn open(path: &Path, head: &[u8]) -> Result<(File, Option<Problem>), Problem> {
    let no_file = |error| Problem::Open(path.to_owned(), error);
    let write = |file: &File| file.write_all_at(head, 0);
    let file = open_kept(path).map_err(no_file)?;
    match found(&file, head.len()).map_err(no_file)? {
        found if found == head => return Ok((file, None)),
        found if is_begun(&file, &found, head).map_err(no_file)? => {
            begin(&file, write).map_err(no_file)?;
            return Ok((file, None));
        }
        _ => drop(file),
    }
    let aside = set_aside(path)?;
    let file = open_kept(path).map_err(no_file)?;
    begin(&file, write).map_err(no_file)?;
    Ok((file, Some(Problem::Foreign(path.to_owned(), aside))))
}

/// What a file begins with, so many bytes at most.
pub(super) fn found(file: &File, most: usize) -> io::Result<Vec<u8>> {
    let (mut bytes, mut length) = (vec![0; most], 0);
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Has somebody begun to write that head, and nothing more?
pub(super) fn is_begun(file: &File, found: &[u8], head: &[u8]) -> io::Result<bool> {
    Ok(head.starts_with(found) && file.metadata()?.len() <= head.len() as u64)
}

/// Begins a file; where there is no room for it, it is left empty, so that nobody takes it for a damaged one.
pub(super) fn begin(file: &File, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    write(file).inspect_err(|_| drop(file.set_len(0)))
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
