//! The operations on files and mount points themselves, which wait as long as the filesystem likes; and the child
//! that carries them out one after the other where that may be for ever.

use super::facts::{Entry, FileFacts, FileKind, Listing};
use super::no_fact::means_absent;
use super::question::{Answer, LONGEST_QUESTION, PAYLOAD, Page, Question, Said, Sizes, What, errno_of};
use crate::sys::statvfs::statvfs;
use std::fs::{self, File, ReadDir};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirEntryExt, FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Folders the child keeps open between two pages.
const FOLDERS: usize = 128;
/// How long it collects entries for one page.
const PAGE_TIME: Duration = Duration::from_millis(200);

fn kind(kind: fs::FileType) -> FileKind {
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_fifo() {
        FileKind::Fifo
    } else if kind.is_socket() {
        FileKind::Socket
    } else {
        FileKind::Other
    }
}

/// stat(2), links followed.
pub fn stat(path: &Path) -> io::Result<FileFacts> {
    let stat = crate::sys::file::stat(path)?;
    // The same numbers have other types on other machines.
    Ok(FileFacts {
        kind: match stat.st_mode & libc::S_IFMT {
            libc::S_IFREG => FileKind::File,
            libc::S_IFDIR => FileKind::Directory,
            libc::S_IFIFO => FileKind::Fifo,
            libc::S_IFSOCK => FileKind::Socket,
            _ => FileKind::Other,
        },
        mode: (stat.st_mode & 0o7777) as u16,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: stat.st_size as u64,
        links: stat.st_nlink as u64,
        inode: stat.st_ino as u64,
        device: stat.st_dev as u64,
        accessed: stat.st_atime as i64,
        modified: stat.st_mtime as i64,
        changed: stat.st_ctime as i64,
        modified_nanos: stat.st_mtime_nsec as u32,
        changed_nanos: stat.st_ctime_nsec as u32,
    })
}

/// Bytes of a regular file; never waits for a writer.
pub fn read_at(path: &Path, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let file = crate::sys::file::open_regular(path)?;
    read_open(&file, offset, buffer)
}

fn read_open(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn entry(entry: &fs::DirEntry, sizes: bool) -> io::Result<Entry> {
    let name = entry.file_name();
    if sizes {
        match entry.metadata() {
            Ok(m) => {
                return Ok(Entry {
                    name,
                    kind: kind(m.file_type()),
                    size: m.len(),
                    device: m.dev(),
                    inode: m.ino(),
                });
            }
            // What has gone since its name was read is no file any more.
            Err(error) if means_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Entry { name, kind: FileKind::Other, size: 0, device: 0, inode: entry.ino() })
}

/// All that is in a folder.
pub fn list(path: &Path, sizes: bool) -> io::Result<Listing> {
    let entries = fs::read_dir(path)?.map(move |found| found.and_then(|found| entry(&found, sizes)));
    Ok(Listing { entries: Box::new(entries), more: None })
}

/// The sizes of a filesystem.
pub fn sizes(point: &Path) -> io::Result<Sizes> {
    let space = statvfs(point)?;
    let root = fs::metadata(point)?;
    Ok(Sizes {
        space: [space.block_size, space.blocks, space.free, space.available, space.inodes, space.inodes_free],
        mode: root.mode(),
        uid: root.uid(),
        gid: root.gid(),
        device: root.dev(),
    })
}

/// The child: answers questions until nobody asks any more.
pub fn serve(socket: &mut File) {
    let mut server = Server::default();
    let mut buffer = [0u8; LONGEST_QUESTION];
    while let Ok(length @ 1..) = socket.read(&mut buffer) {
        let Some((number, question)) = buffer.get(..length).and_then(Question::decode) else { return };
        let begun = Instant::now();
        let answer = server.answer(&question).unwrap_or_else(|error| Answer::Error(errno_of(&error)));
        let said = Said { number, took: begun.elapsed(), answer };
        if socket.write_all(&said.encode()).is_err() {
            return;
        }
    }
}

/// What the child keeps open: never longer than it takes to get to the end, or the mount could not be taken off.
#[derive(Debug, Default)]
struct Server {
    /// The file read last, and where the next bytes are.
    file: Option<(PathBuf, File, u64)>,
    /// Folders being read, how many entries of each are told, and one that did not fit.
    folders: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    told: u64,
    entries: ReadDir,
    held: Option<Entry>,
}

impl Server {
    fn answer(&mut self, question: &Question) -> io::Result<Answer> {
        let path = &question.path;
        match question.what {
            What::Stat => stat(path).map(Answer::Facts),
            What::Read { offset, length } => self.read(path, offset, length).map(Answer::Bytes),
            What::List { sizes, from } => self.list(path, sizes, from).map(Answer::Page),
            What::Space => sizes(path).map(Answer::Sizes),
        }
    }

    /// A file read from one end to the other is opened once.
    fn read(&mut self, path: &Path, offset: u64, length: u32) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; usize::try_from(length).unwrap_or(PAYLOAD).min(PAYLOAD)];
        let file = match self.file.take() {
            Some((known, file, at)) if known == path && at == offset => file,
            _ => crate::sys::file::open_regular(path)?,
        };
        let count = read_open(&file, offset, &mut buffer)?;
        if count == PAYLOAD {
            self.file = Some((path.into(), file, offset + count as u64));
        }
        buffer.truncate(count);
        Ok(buffer)
    }

    fn list(&mut self, path: &Path, sizes: bool, from: u64) -> io::Result<Page> {
        let open = self.folders.iter().position(|folder| folder.told == from && folder.path == path);
        let mut folder = match open {
            Some(at) => self.folders.swap_remove(at),
            None => {
                let mut entries = fs::read_dir(path)?;
                // Another child has told these.
                (0..from).for_each(|_| drop(entries.next()));
                Folder { path: path.into(), told: from, entries, held: None }
            }
        };
        let mut page = Page::default();
        let begun = Instant::now();
        loop {
            let held = folder.held.take();
            let next = match held {
                Some(held) => held,
                None => match folder.entries.next() {
                    Some(found) => entry(&found?, sizes)?,
                    None => return Ok(page),
                },
            };
            if !page.add(&next) {
                folder.held = Some(next);
                break;
            }
            folder.told += 1;
            if begun.elapsed() > PAGE_TIME {
                break;
            }
        }
        page.to_be_continued();
        if self.folders.len() == FOLDERS {
            self.folders.remove(0);
        }
        self.folders.push(folder);
        Ok(page)
    }
}
