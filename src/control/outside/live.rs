//! Questions put to the world itself. Each of them may wait: for a disk, a mount, a name server, a directory server.

use super::{Access, FileText, Kind, Outside, Status, Text, Trouble, Who};
use crate::config::ChecksumKind;
use crate::control::glob::{Matches, glob};
use crate::control::source::LARGEST;
use crate::regex::{Flags, Regex};
use crate::sys::spawn::interpreter;
use crate::sys::{host, process, resolver_text, user};
use nix::fcntl::OFlag;
use nix::unistd::{AccessFlags, access};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Asks the world.
#[derive(Debug, Clone, Copy, Default)]
pub struct Live;

impl Outside for Live {
    fn host_name(&self) -> String {
        host::hostname().unwrap_or_default()
    }

    fn own_user(&self) -> u32 {
        process::own_uid()
    }

    fn status(&self, path: &Path) -> Result<Status, Trouble> {
        let facts = std::fs::metadata(path)?;
        let kind = match (facts.is_file(), facts.is_dir()) {
            (true, _) => Kind::File,
            (_, true) => Kind::Folder,
            _ => Kind::Other,
        };
        Ok(Status { kind, owner: facts.uid(), mode: facts.mode() & 0o7777 })
    }

    fn read(&self, path: &Path) -> Result<FileText, Trouble> {
        let (file, facts) = open(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(facts.len().min(LARGEST)).unwrap_or_default() + 1);
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Trouble::TooLarge);
        }
        Ok(FileText {
            text: Text::from(bytes),
            identity: (facts.dev(), facts.ino()),
            owner: facts.uid(),
            mode: facts.mode(),
        })
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        match glob(pattern, most) {
            Matches::Files(mut files) => {
                files.retain(|path| !path.is_dir() && !path.as_os_str().as_encoded_bytes().ends_with(b"~"));
                Matches::Files(files)
            }
            other => other,
        }
    }

    fn may(&self, wanted: Access, path: &Path) -> Result<(), Trouble> {
        let flags = match wanted {
            Access::Read => AccessFlags::R_OK,
            Access::Execute => AccessFlags::X_OK,
        };
        access(path, flags).map_err(|error| Trouble::System(error as i32))
    }

    fn interpreter(&self, program: &Path) -> Result<Option<PathBuf>, Trouble> {
        let mut head = Vec::new();
        open(program)?.0.take(interpreter::HEAD as u64).read_to_end(&mut head)?;
        Ok(interpreter::named(&head))
    }

    fn open(&self, path: &Path) -> Result<(), Trouble> {
        open(path).map(drop)
    }

    fn open_log(&self, path: &Path) -> Result<(), Trouble> {
        crate::sys::trusted::open_append(path).map(drop).map_err(Trouble::from)
    }

    fn digest(&self, path: &Path, kind: ChecksumKind) -> Result<String, Trouble> {
        digest(path, kind, &|| ())
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        Regex::new(pattern, Flags::default()).err().map(|wrong| wrong.to_string())
    }

    fn bad_pattern_in(&self, path: &Path) -> Result<Option<String>, Trouble> {
        let file = self.read(path)?;
        let mut lines = file.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.find_map(|line| self.bad_pattern(line)))
    }

    fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        (host, 0).to_socket_addrs().map(Iterator::collect).map_err(resolver)
    }

    fn user(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => user::uid_of(name).ok().flatten(),
            Who::Number(number) => user::name_of_uid(number).ok().flatten().map(|_| number),
        }
    }

    fn group(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => user::gid_of(name).ok().flatten(),
            Who::Number(number) => user::name_of_gid(number).ok().flatten().map(|_| number),
        }
    }

    fn home(&self, user: u32) -> Option<PathBuf> {
        user::home_of(user).ok().flatten()
    }
}

/// A fifo without a writer or a terminal must not make us wait.
const NO_WAITING: OFlag = OFlag::O_NONBLOCK.union(OFlag::O_NOCTTY);

/// The library's words for a name that leads nowhere, without its own in front of them.
fn resolver(error: io::Error) -> Trouble {
    if error.raw_os_error().is_some() {
        return error.into();
    }
    Trouble::Refused(resolver_text(&error).into())
}

/// Opens a regular file.
fn open(path: &Path) -> Result<(File, std::fs::Metadata), Trouble> {
    let opened = OpenOptions::new().read(true).custom_flags(NO_WAITING.bits()).open(path);
    let file = opened?;
    let facts = file.metadata()?;
    if facts.is_file() { Ok((file, facts)) } else { Err(Trouble::NotAFile) }
}

/// The checksum of a regular file; `progress` is called now and then.
pub(super) fn digest(path: &Path, kind: ChecksumKind, progress: &dyn Fn()) -> Result<String, Trouble> {
    let (mut file, _) = open(path)?;
    let mut md5 = md5::Context::new();
    let mut sha1 = sha1_smol::Sha1::new();
    let mut sha256 = ring::digest::Context::new(&ring::digest::SHA256);
    // Not on the stack, which keeps what a start has touched.
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        progress();
        let piece = buffer.get(..length).unwrap_or_default();
        match kind {
            ChecksumKind::Md5 => md5.consume(piece),
            ChecksumKind::Sha1 => sha1.update(piece),
            ChecksumKind::Sha256 => sha256.update(piece),
        }
    }
    Ok(match kind {
        ChecksumKind::Md5 => format!("{:x}", md5.finalize()),
        ChecksumKind::Sha1 => sha1.digest().to_string(),
        ChecksumKind::Sha256 => sha256.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}
