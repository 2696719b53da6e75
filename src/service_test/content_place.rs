//! How far a log has been read, and what tells that it is still the same log.
//!
//! A file that was truncated and has grown past the old place has the same inode and a good size; what stood before the
//! place has changed, though. So a sum is kept of the bytes at the file's start and right before the place. A file that
//! was renamed away (rotated) is read to its end first: [`Left`] remembers it until its writer has left it, too.

use super::keep::Keep;
use crate::digest::{Hasher, Kind};
use crate::machine::Facts;
use std::io;
use std::path::Path;

/// Bytes at the start of a file, and before the place, that are summed.
const WITNESS: u64 = 256;
/// Checks after a rotation in which the old file is looked at again: its writer goes on until it is told.
const LOOKS: u8 = 10;

/// How far a log has been read.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) inode: u64,
    /// Where the next bytes are read.
    pub(super) position: u64,
    /// Where the line begins that is not complete yet.
    pub(super) line: u64,
    /// The start of that line, at most the content limit.
    pub(super) head: Vec<u8>,
    /// The incomplete line is longer than `head`.
    pub(super) overflow: bool,
    /// Sum of what stands before `line`; `None` if nobody knows.
    pub(super) witness: Option<u64>,
    /// The file that had this name before.
    pub(super) left: Option<Box<Left>>,
}

/// A file that has another name now.
#[derive(Debug, Clone)]
pub(super) struct Left {
    pub(super) inode: u64,
    /// Where its next line begins.
    pub(super) position: u64,
    pub(super) witness: Option<u64>,
    /// So often it is still looked for.
    pub(super) looks: u8,
}

impl Place {
    /// At `position` of a file.
    pub(super) fn at(inode: u64, position: u64) -> Place {
        Place { inode, position, line: position, ..Place::default() }
    }

    /// The start of the file that has the name now; where this one was read up to is not forgotten.
    pub(super) fn replaced_by(self, inode: u64) -> Place {
        let left = match self {
            Place { inode: 0, left, .. } => left,
            Place { inode, line, witness, .. } => {
                Some(Box::new(Left { inode, position: line, witness, looks: LOOKS }))
            }
        };
        Place { inode, left, ..Place::default() }
    }

    /// Appends to the incomplete line what fits.
    pub(super) fn keep(&mut self, bytes: &[u8], limit: usize) {
        let room = (limit - 1).saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
        self.overflow |= bytes.len() > room;
    }

    /// The line is complete: what is kept of it. It ended so many bytes before what was read does.
    pub(super) fn take_line(&mut self, into: &mut Vec<u8>, left: u64) {
        into.clear();
        into.append(&mut self.head);
        self.line = self.position - left;
        self.overflow = false;
    }
}

/// The sum of what stands before a place, being taken: two reads, each of which may have to wait.
#[derive(Debug)]
pub(super) struct Witness {
    before: u64,
    sum: Option<Hasher>,
}

impl Witness {
    /// Of what stands before `place`.
    pub(super) fn before(place: u64) -> Witness {
        Witness { before: place, sum: None }
    }

    /// Goes on; asked again after `WouldBlock`.
    pub(super) fn take(&mut self, facts: &mut dyn Facts, path: &Path) -> io::Result<u64> {
        let mut bytes = [0; WITNESS as usize];
        let length = self.before.min(WITNESS);
        let wanted = usize::try_from(length).unwrap_or(0);
        let mut read = |from: u64, sum: &mut Hasher| {
            let buffer = bytes.get_mut(..wanted).unwrap_or(&mut []);
            let count = if buffer.is_empty() { 0 } else { facts.read_at(path, from, buffer)? };
            sum.update(buffer.get(..count).unwrap_or_default());
            io::Result::Ok(())
        };
        let mut sum = match self.sum.take() {
            Some(sum) => sum,
            None => {
                let mut sum = Hasher::new(Kind::Md5);
                read(0, &mut sum)?;
                sum
            }
        };
        match read(self.before - length, &mut sum) {
            Ok(()) => Ok(sum.finish_bytes().iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))),
            Err(error) => {
                self.sum = Some(sum);
                Err(error)
            }
        }
    }
}

/// The place must survive a restart. An incomplete line is read again.
pub(super) fn save(place: Option<&Place>, keep: &mut Keep<'_>) {
    let Some(place) = place else { return };
    let told = words(place.inode, place.line, place.witness);
    keep(format_args!("content"), format_args!("{told}"));
    if let Some(left) = &place.left {
        let told = words(left.inode, left.position, left.witness);
        keep(format_args!("content.left"), format_args!("{told}"));
    }
}

fn words(inode: u64, position: u64, witness: Option<u64>) -> String {
    match witness {
        Some(witness) => format!("{inode} {position} {witness:016x}"),
        None => format!("{inode} {position}"),
    }
}

/// Takes back what [`save`] gave.
pub(super) fn load(content: &mut Option<Box<Place>>, name: &str, value: &str) {
    let mut words = value.split(' ');
    let (inode, position) = (words.next().map(str::parse), words.next().map(str::parse));
    let (Some(Ok(inode)), Some(Ok(position))) = (inode, position) else { return };
    let witness = words.next().and_then(|word| u64::from_str_radix(word, 16).ok());
    match name {
        "content" => {
            let left = content.take().and_then(|place| place.left);
            *content = Some(Box::new(Place { witness, left, ..Place::at(inode, position) }));
        }
        "content.left" => {
            let left = Some(Box::new(Left { inode, position, witness, looks: LOOKS }));
            content.get_or_insert_default().left = left;
        }
        _ => {}
    }
}
