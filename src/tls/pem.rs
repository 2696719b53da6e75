//! The files of a certificate of our own, as bytes: read where a mount that hangs holds up nobody, taken apart where they
//! are needed.

use crate::config::Tls;
use crate::sys::error_text;
use nix::fcntl::OFlag;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Take, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Most bytes read of one file; the usual bundle of roots has 220 kB.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// Why there is nothing of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The system's words.
    Said(Box<str>),
    /// Nobody has read it.
    NotRead,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Said(words) => words,
            Unreadable::NotRead => "not read",
        })
    }
}

/// What the files of `pemfile`, `pemchain`, `pemkey` and `clientpemfile` hold, or why they cannot be read.
#[derive(Debug)]
pub struct PemFiles(Vec<(Box<Path>, Found)>);

type Found = Result<Vec<u8>, Unreadable>;

/// The files that these options name, the certificate first.
pub fn paths(options: &Tls) -> impl Iterator<Item = &Path> {
    let certificate = match &options.pemfile {
        Some(file) => [Some(file), None],
        None => [options.pemchain.as_ref(), options.pemkey.as_ref()],
    };
    certificate.into_iter().chain([options.clientpemfile.as_ref()]).flatten().map(|path| &**path)
}

impl PemFiles {
    /// Reads them. May wait as long as the disk does.
    pub fn read(options: &Tls) -> PemFiles {
        let read = |path: &Path| whole(path).map_err(|error| Unreadable::Said(error_text(&error).into()));
        PemFiles(paths(options).map(|path| (path.into(), read(path))).collect())
    }

    /// Writes them for [`PemFiles::take`] of another process of ours.
    pub fn put(&self, out: &mut impl Write) -> io::Result<()> {
        for (_, found) in &self.0 {
            let words;
            let (is_there, bytes) = match found {
                Ok(bytes) => (1, bytes.as_slice()),
                Err(reason) => {
                    words = reason.to_string();
                    (0, words.as_bytes())
                }
            };
            out.write_all(&[is_there])?;
            out.write_all(&(bytes.len() as u64).to_le_bytes())?;
            out.write_all(bytes)?;
        }
        Ok(())
    }

    /// What was put for the same options; `None`: something is missing.
    pub fn take(options: &Tls, mut from: &[u8]) -> Option<PemFiles> {
        let mut next = |path: &Path| {
            let (is_there, rest) = from.split_first()?;
            let (length, rest) = rest.split_first_chunk()?;
            let (bytes, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            from = rest;
            let found = match is_there {
                1 => Ok(bytes.to_vec()),
                _ => Err(Unreadable::Said(String::from_utf8_lossy(bytes).into())),
            };
            Some((path.into(), found))
        };
        paths(options).map(&mut next).collect::<Option<Vec<_>>>().map(PemFiles)
    }

    /// The bytes of one of them.
    pub fn bytes(&self, path: &Path) -> Result<&[u8], Unreadable> {
        match self.0.iter().find(|(known, _)| **known == *path) {
            Some((_, Ok(bytes))) => Ok(bytes),
            Some((_, Err(reason))) => Err(reason.clone()),
            None => Err(Unreadable::NotRead),
        }
    }
}

/// All of a file.
pub(super) fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file of some size at most. A fifo somebody put there must not hang us.
pub(super) fn open(path: &Path) -> io::Result<BufReader<Take<File>>> {
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(BufReader::new(file.take(FILE_LIMIT))),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;

    #[test]
    fn what_one_process_reads_another_one_has() {
        let folder = Scratch::new();
        let path = |name: &str| Some(folder.join(name).into_boxed_path());
        std::fs::write(folder.join("chain"), "a certificate").unwrap();
        let options = Tls {
            pemchain: path("chain"),
            pemkey: path("missing"),
            clientpemfile: path("chain"),
            ..Tls::default()
        };
        let mut bytes = Vec::new();
        PemFiles::read(&options).put(&mut bytes).unwrap();
        let files = PemFiles::take(&options, &bytes).unwrap();
        assert_eq!(files.bytes(&folder.join("chain")).unwrap(), b"a certificate");
        let missing = files.bytes(&folder.join("missing")).unwrap_err().to_string();
        assert_eq!(missing, "No such file or directory");
        for end in 0..bytes.len() {
            assert!(PemFiles::take(&options, &bytes[..end]).is_none(), "{end}");
        }
    }
}
