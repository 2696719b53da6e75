//! A log that was renamed away between two checks: found by its inode in its folder, so that its last lines are not
//! lost. No descriptor is held from check to check, which would keep its filesystem from being taken off.

use super::content_place::{Left, Place, Witness};
use super::context::{Context, Slice};
use crate::machine::{Entry, FileKind, Listing};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Names in a folder that are looked at, at most.
const NAMES: u32 = 20_000;
/// Microseconds that a call costs, and a name that is looked at.
const CALL: u32 = 10;
const NAME: u32 = 1;

/// The old file, being looked for.
#[derive(Debug)]
pub(super) struct OldFile {
    left: Left,
    part: Part,
    /// Names that were looked at.
    looked: u32,
}

#[derive(Debug)]
enum Part {
    /// The folder is to be read from this entry on.
    Folder(u64),
    /// It is being read.
    Names(Listing),
    /// This one has its inode.
    Looking(PathBuf),
    /// Inodes are used again: is it the file that was read?
    Proving(PathBuf, u64, Witness),
    /// It is, and has so many bytes.
    Found(PathBuf, u64),
    /// There is none, or nothing new in it.
    Nothing,
}

/// The old file, being read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) path: PathBuf,
    /// Read up to there.
    pub(super) size: u64,
    pub(super) place: Place,
    looks: u8,
}

impl Opened {
    /// What is left of it for the next check.
    pub(super) fn left(self) -> Option<Box<Left>> {
        let Place { inode, line, .. } = self.place;
        let looks = self.looks.checked_sub(1)?;
        Some(Box::new(Left { inode, position: line, witness: None, looks }))
    }
}

impl Left {
    /// May this be the file that was at `path`? Inodes are used again. Where nothing that was read can prove the file, its
    /// new name must resemble the old one, as `app.log.1`, `app.log-20261127` and `app-1.log` resemble `app.log`.
    fn is(&self, entry: &Entry, path: &Path) -> bool {
        let stem = path.file_stem().unwrap_or_default().as_bytes();
        entry.inode == self.inode && (self.witness.is_some() || entry.name.as_bytes().starts_with(stem))
    }
}

impl OldFile {
    pub(super) fn look_for(left: Left) -> OldFile {
        OldFile { left, part: Part::Folder(0), looked: 0 }
    }

    /// Goes on looking; `path` is the name it had.
    pub(super) fn find(&mut self, context: &mut Context<'_>, path: &Path) -> Slice<()> {
        loop {
            if context.cycle.turn_spent() {
                return Slice::More;
            }
            context.cycle.spend(if let Part::Names(_) = self.part { NAME } else { CALL });
            self.part = match &mut self.part {
                Part::Folder(from) => match context.facts.list(path.parent().unwrap_or(path), false, *from) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    Err(_) => Part::Nothing,
                    Ok(listing) => Part::Names(listing),
                },
                Part::Names(listing) => match listing.entries.next() {
                    Some(Ok(entry)) if self.left.is(&entry, path) => {
                        Part::Looking(path.with_file_name(entry.name))
                    }
                    Some(_) if self.looked < NAMES => {
                        self.looked += 1;
                        continue;
                    }
                    Some(_) => Part::Nothing,
                    None => listing.more.map_or(Part::Nothing, Part::Folder),
                },
                Part::Looking(found) => match context.facts.stat(found) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    Ok(facts)
                        if facts.kind == FileKind::File
                            && facts.inode == self.left.inode
                            && facts.size > self.left.position =>
                    {
                        let found = std::mem::take(found);
                        match self.left.witness {
                            Some(_) => Part::Proving(found, facts.size, Witness::before(self.left.position)),
                            None => Part::Found(found, facts.size),
                        }
                    }
                    _ => Part::Nothing,
                },
                Part::Proving(found, size, witness) => match witness.take(context.facts, found) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    Ok(sum) if self.left.witness == Some(sum) => Part::Found(std::mem::take(found), *size),
                    _ => Part::Nothing,
                },
                Part::Found(..) | Part::Nothing => return Slice::Done(()),
            };
        }
    }

    /// The file, if it was found and has grown.
    pub(super) fn opened(&mut self) -> Option<Opened> {
        match std::mem::replace(&mut self.part, Part::Nothing) {
            Part::Found(path, size) => Some(Opened {
                path,
                size,
                place: Place::at(self.left.inode, self.left.position),
                looks: self.left.looks,
            }),
            _ => None,
        }
    }

    /// Nothing was new in it: whether it is looked for again. Not if its writer has `moved on` to the new file.
    pub(super) fn again(&self, moved_on: bool) -> Option<Box<Left>> {
        let looks = self.left.looks.checked_sub(1).filter(|_| !moved_on)?;
        Some(Box::new(Left { looks, ..self.left.clone() }))
    }
}
