//! What the child that stands in for us on a doubtful mount is asked, and what it says: one message each.
//!
//! Integers are little-endian. A question is `number u32, kind u8, offset u64, length u32`, then the path; an
//! answer is `number u32, milliseconds u32, kind u8`, then what the kind has. The child is a copy of ourselves,
//! but whoever hangs on a broken filesystem may say anything: nothing here trusts a length or a count.

use super::facts::{Entry, FileFacts, FileKind, Listing};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes that one answer carries at most, of a file or of a folder.
pub const PAYLOAD: usize = 32 * 1024;
/// No answer is longer.
pub const LONGEST_ANSWER: usize = PAYLOAD + 64;
/// No question is longer: a path of `PATH_MAX` and what stands before it.
pub const LONGEST_QUESTION: usize = 4096 + 17;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Of which object.
    pub path: PathBuf,
    /// And what.
    pub what: What,
}

/// What is asked of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// stat(2).
    Stat,
    /// Bytes of a regular file.
    Read {
        /// From there.
        offset: u64,
        /// At most so many, and at most [`PAYLOAD`].
        length: u32,
    },
    /// Names in a folder, some at a time.
    List {
        /// With what stat(2) says of each.
        sizes: bool,
        /// Entries that are known already.
        from: u64,
    },
    /// statvfs(3) and stat(2) of a mount point.
    Space,
}

/// The sizes of a filesystem and its root.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Block size, blocks, free, available, inodes, free inodes.
    pub space: [u64; 6],
    /// Permission bits and type.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device number.
    pub device: u64,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`What::Stat`].
    Facts(FileFacts),
    /// To [`What::Read`].
    Bytes(Vec<u8>),
    /// To [`What::List`].
    Page(Page),
    /// To [`What::Space`].
    Sizes(Sizes),
    /// It failed with this `errno`; 0: not a regular file.
    Error(i32),
}

/// A message of the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The number of the question.
    pub number: u32,
    /// How long it took.
    pub took: Duration,
    /// The answer.
    pub answer: Answer,
}

/// Some entries of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    entries: Vec<u8>,
    count: u64,
    more: bool,
}

/// Bytes taken from the front.
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

impl Question {
    /// The message.
    pub fn encode(&self, number: u32) -> Vec<u8> {
        let (kind, offset, length) = match self.what {
            What::Stat => (0u8, 0, 0),
            What::Read { offset, length } => (1, offset, length),
            What::List { sizes, from } => (if sizes { 3 } else { 2 }, from, 0),
            What::Space => (4, 0, 0u32),
        };
        let mut out = number.to_le_bytes().to_vec();
        out.push(kind);
        out.extend(offset.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(self.path.as_os_str().as_bytes());
        out
    }

    /// Reads a message; `None` if it is none.
    pub fn decode(message: &[u8]) -> Option<(u32, Question)> {
        let mut front = Front(message);
        let (number, kind, offset, length) = (front.u32()?, front.u8()?, front.u64()?, front.u32()?);
        let what = match kind {
            0 => What::Stat,
            1 => What::Read { offset, length },
            2 | 3 => What::List { sizes: kind == 3, from: offset },
            4 => What::Space,
            _ => return None,
        };
        Some((number, Question { path: PathBuf::from(OsString::from_vec(front.0.to_vec())), what }))
    }
}

fn kind_number(kind: FileKind) -> u8 {
    match kind {
        FileKind::File => 0,
        FileKind::Directory => 1,
        FileKind::Fifo => 2,
        FileKind::Socket => 3,
        FileKind::Other => 4,
    }
}

fn kind_of(number: u8) -> FileKind {
    match number {
        0 => FileKind::File,
        1 => FileKind::Directory,
        2 => FileKind::Fifo,
        3 => FileKind::Socket,
        _ => FileKind::Other,
    }
}

impl Said {
    /// The message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.number.to_le_bytes().to_vec();
        out.extend(u32::try_from(self.took.as_millis()).unwrap_or(u32::MAX).to_le_bytes());
        match &self.answer {
            Answer::Facts(facts) => {
                out.extend([0, kind_number(facts.kind)]);
                out.extend(facts.mode.to_le_bytes());
                for number in [facts.uid, facts.gid, facts.modified_nanos, facts.changed_nanos] {
                    out.extend(number.to_le_bytes());
                }
                for number in [facts.size, facts.links, facts.inode, facts.device] {
                    out.extend(number.to_le_bytes());
                }
                for number in [facts.accessed, facts.modified, facts.changed] {
                    out.extend(number.to_le_bytes());
                }
            }
            Answer::Bytes(bytes) => {
                out.push(1);
                out.extend(bytes);
            }
            Answer::Page(page) => {
                out.extend([2, u8::from(page.more)]);
                out.extend(&page.entries);
            }
            Answer::Sizes(sizes) => {
                out.push(3);
                for number in sizes.space.iter().chain(&[sizes.device]) {
                    out.extend(number.to_le_bytes());
                }
                for number in [sizes.mode, sizes.uid, sizes.gid] {
                    out.extend(number.to_le_bytes());
                }
            }
            Answer::Error(errno) => {
                out.push(4);
                out.extend(errno.to_le_bytes());
            }
        }
        out
    }

    /// Reads a message; `None` if it is none.
    pub fn decode(message: &[u8]) -> Option<Said> {
        let mut front = Front(message.get(..LONGEST_ANSWER).unwrap_or(message));
        let number = front.u32()?;
        let took = Duration::from_millis(front.u32()?.into());
        let answer = match front.u8()? {
            0 => Answer::Facts(facts(&mut front)?),
            1 => Answer::Bytes(std::mem::take(&mut front.0).to_vec()),
            2 => Answer::Page(Page::decode(&mut front)?),
            3 => Answer::Sizes(sizes(&mut front)?),
            4 => Answer::Error(front.u32()? as i32),
            _ => return None,
        };
        front.0.is_empty().then_some(Said { number, took, answer })
    }
}

fn facts(front: &mut Front<'_>) -> Option<FileFacts> {
    let kind = kind_of(front.u8()?);
    let mode = front.u16()?;
    let (uid, gid, modified_nanos, changed_nanos) = (front.u32()?, front.u32()?, front.u32()?, front.u32()?);
    let (size, links, inode, device) = (front.u64()?, front.u64()?, front.u64()?, front.u64()?);
    let (accessed, modified, changed) = (front.u64()? as i64, front.u64()? as i64, front.u64()? as i64);
    Some(FileFacts {
        kind,
        mode,
        uid,
        gid,
        size,
        links,
        inode,
        device,
        accessed,
        modified,
        changed,
        modified_nanos,
        changed_nanos,
    })
}

fn sizes(front: &mut Front<'_>) -> Option<Sizes> {
    let mut space = [0; 6];
    for number in &mut space {
        *number = front.u64()?;
    }
    let device = front.u64()?;
    Some(Sizes { space, mode: front.u32()?, uid: front.u32()?, gid: front.u32()?, device })
}

/// One entry of a page: kind, bytes, filesystem, inode, name.
fn entry(front: &mut Front<'_>) -> Option<Entry> {
    let (kind, size, device, inode) = (front.u8()?, front.u64()?, front.u64()?, front.u64()?);
    let length = front.u16()?;
    let name = OsString::from_vec(front.take(length.into())?.to_vec());
    Some(Entry { name, kind: kind_of(kind), size, device, inode })
}

impl Page {
    /// Adds an entry; `false` if there is no room for it.
    pub fn add(&mut self, entry: &Entry) -> bool {
        let name = entry.name.as_bytes();
        let Ok(length) = u16::try_from(name.len()) else { return true };
        if self.entries.len() + name.len() + 27 > PAYLOAD {
            return false;
        }
        self.entries.push(kind_number(entry.kind));
        self.entries.extend(entry.size.to_le_bytes());
        self.entries.extend(entry.device.to_le_bytes());
        self.entries.extend(entry.inode.to_le_bytes());
        self.entries.extend(length.to_le_bytes());
        self.entries.extend(name);
        self.count += 1;
        true
    }

    /// There are more entries behind these.
    pub fn to_be_continued(&mut self) {
        self.more = true;
    }

    fn decode(front: &mut Front<'_>) -> Option<Page> {
        let more = front.u8()? != 0;
        let entries = std::mem::take(&mut front.0);
        let mut inside = Front(entries);
        let mut count = 0;
        while !inside.0.is_empty() {
            entry(&mut inside)?;
            count += 1;
        }
        // A page that leads nowhere would be asked for without end.
        (count > 0 || !more).then(|| Page { entries: entries.to_vec(), count, more })
    }

    /// The entries, of which `from` came before.
    pub fn listing(self, from: u64) -> Listing {
        let Page { entries, count, more } = self;
        let mut at = 0;
        let next = move || {
            let mut front = Front(entries.get(at..)?);
            let entry = entry(&mut front)?;
            at = entries.len() - front.0.len();
            Some(Ok(entry))
        };
        Listing {
            entries: Box::new(std::iter::from_fn(next)),
            more: more.then(|| from.saturating_add(count)),
        }
    }
}

/// The number that stands for an error.
pub fn errno_of(error: &io::Error) -> i32 {
    match error.raw_os_error() {
        Some(number) => number,
        None if error.kind() == io::ErrorKind::InvalidInput => 0,
        None => libc::EIO,
    }
}

/// The error that a number stands for.
pub fn error_of(errno: i32) -> io::Error {
    match errno {
        0 => io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"),
        number => io::Error::from_raw_os_error(number),
    }
}

/// Is the path short enough to be asked? Longer ones are refused by the kernel, too.
pub fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= LONGEST_QUESTION - 17
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
