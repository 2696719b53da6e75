//! Queue files come to the disk through a forked helper: a disk that is slow, full of other writes or gone stalls the
//! helper and nothing else, and a helper that has begun finishes even if the daemon is killed.
//!
//! Each event is one file, written under a hidden name and renamed. That takes no time, and from then on a death of the
//! daemon loses nothing. A second helper brings what is still undelivered a moment later through to the disk itself
//! (fsync), for the day the power fails; a file that is torn then is known by its checksum. So an alert that is mailed
//! at once, as nearly all are, costs no disk write.
//!
//! An event that is delivered before its file is there gets a tombstone, which keeps the helper (and, after a crash, the
//! next daemon) from bringing it up again.

use super::packed::Packed;
use crate::reactor::{Interest, PollSet, Token};
use crate::sys::error_text;
use crate::sys::fork::{ChildTask, run_to_the_end};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A disk that takes longer for one batch has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Prefix of a file that is not yet whole.
pub const HIDDEN: &str = ".new-";
/// Prefix of a tombstone.
const TOMBSTONE: &str = ".gone-";

/// The youngest key that a file may have: behind it there must be room for the keys of what is raised from now on.
const YOUNGEST: u64 = u64::MAX / 2;

/// Makes the folder, for us alone, if it is not there.
pub fn make(folder: &Path) -> io::Result<()> {
    crate::sys::trusted::check(folder)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }
}

/// The path of an event's file: seconds since 1970, underscore, nanoseconds in hex. The key orders events by age.
pub fn path(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{}_{:08x}", key / 1_000_000_000, key % 1_000_000_000))
}

/// Where an event's file is written before it is whole.
fn hidden_path(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{HIDDEN}{key:x}"))
}

/// The path of an event's tombstone.
pub fn tombstone_path(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{TOMBSTONE}{key:x}"))
}

/// The key of a tombstone, if the file name is that of one.
pub fn tombstone_key(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_prefix(TOMBSTONE)?, 16).ok()
}

/// The key of a file name, if it is one of ours.
pub fn key(name: &str) -> Option<u64> {
    let (seconds, nanos) = name.split_once('_')?;
    let (seconds, nanos): (u64, u64) = (seconds.parse().ok()?, u64::from_str_radix(nanos, 16).ok()?);
    let key = seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    let possible = nanos < 1_000_000_000 && key <= YOUNGEST;
    (possible && path(Path::new(""), key).to_str() == Some(name)).then_some(key)
}

/// Events on their way to the disk.
#[derive(Debug)]
pub struct Writer {
    helper: ChildTask,
    keys: Vec<u64>,
    written: usize,
    made: bool,
    trouble: Option<String>,
    in_trouble: bool,
    deadline: Instant,
}

/// What came of a batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// These are on the disk.
    pub written: Vec<u64>,
    /// These are not.
    pub unwritten: Vec<u64>,
    /// Why not.
    pub trouble: Option<String>,
    /// The folder was gone and is made again.
    pub made: bool,
}

impl Writer {
    /// Starts a helper that writes these events into `folder`, which it makes if it is gone. Their text is made there, so that it costs the daemon no
    /// memory.
    pub fn start<'a>(
        folder: &Path,
        events: impl Iterator<Item = (u64, &'a Packed)> + Clone,
        now: Instant,
    ) -> io::Result<Writer> {
        let keys = events.clone().map(|(key, _)| key).collect();
        Writer::run(keys, now, |pipe| {
            // Why not, says the attempt to write there.
            let gone = folder.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
            if gone && make(folder).is_ok() {
                let _ = pipe.write_all(b"m");
            }
            report(pipe, events.map(|(key, packed)| write(folder, key, packed)));
        })
    }

    /// Starts a helper that brings files which are there, and the folder itself, through to the disk. One that has
    /// disappeared was delivered.
    pub fn sync(folder: &Path, keys: Vec<u64>, now: Instant) -> io::Result<Writer> {
        let files = keys.clone();
        Writer::run(keys, now, |pipe| {
            let files = files.iter().map(|key| match File::open(path(folder, *key)) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                file => file?.sync_all(),
            });
            report(pipe, files);
            // Not all filesystems can sync a folder; there the files are all there is.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        })
    }

    fn run(keys: Vec<u64>, now: Instant, task: impl FnOnce(&mut File)) -> io::Result<Writer> {
        let helper = run_to_the_end(task)?;
        Ok(Writer {
            helper,
            keys,
            written: 0,
            made: false,
            trouble: None,
            in_trouble: false,
            deadline: now + PATIENCE,
        })
    }

    /// Adds the helper's pipe to the set of this turn.
    pub fn register(&self, set: &mut PollSet, token: Token) {
        set.add(self.helper.output().as_raw_fd(), Interest::READ, token);
        set.wake_at(self.deadline);
    }

    /// Has this event reached the disk?
    pub fn has_written(&mut self, key: u64) -> bool {
        let _ = self.read();
        self.keys.iter().take(self.written).any(|written| *written == key)
    }

    /// Takes in what the helper has said; the result is how it ended, `None` while it works.
    fn read(&mut self) -> Option<io::Result<()>> {
        let mut chunk = [0u8; 512];
        loop {
            match self.helper.read(&mut chunk) {
                Ok(0) => return Some(Ok(())),
                Ok(count) => self.take(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Looks what the helper has done; the batch when it is over.
    pub fn poll(&mut self, now: Instant) -> Option<Batch> {
        match self.read() {
            Some(Ok(())) => return Some(self.finish(None)),
            Some(Err(error)) => return Some(self.finish(Some(error_text(&error)))),
            None => {}
        }
        if self.deadline <= now {
            self.helper.kill();
            return Some(self.finish(Some("the disk does not answer".into())));
        }
        None
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.in_trouble {
                let trouble = self.trouble.get_or_insert_default();
                if trouble.len() < 256 {
                    trouble.push(char::from(*byte));
                }
            } else if *byte == b'm' {
                self.made = true;
            } else if *byte == b'k' {
                self.written = (self.written + 1).min(self.keys.len());
            } else {
                self.in_trouble = true;
            }
        }
    }

    fn finish(&mut self, trouble: Option<String>) -> Batch {
        let mut written = std::mem::take(&mut self.keys);
        let unwritten = written.split_off(self.written);
        let trouble = self.trouble.take().or(trouble);
        let killed = !unwritten.is_empty() && trouble.is_none();
        let made = self.made;
        Batch {
            written,
            unwritten,
            made,
            trouble: trouble.or(killed.then(|| "the helper was killed".to_owned())),
        }
    }
}

/// In the helper: a letter for each piece of work that is done, the reason where one is not. Whether anybody still
/// listens does not matter.
fn report(pipe: &mut File, work: impl Iterator<Item = io::Result<()>>) {
    for result in work {
        if let Err(error) = result {
            let _ = pipe.write_all(format!("e{}", error_text(&error)).as_bytes());
            return;
        }
        let _ = pipe.write_all(b"k");
    }
}

/// One event into its file, replacing what is there. After an error nothing half-written stays.
fn write(folder: &Path, key: u64, packed: &Packed) -> io::Result<()> {
    let bytes = packed.record().ok_or(ErrorKind::InvalidData)?.encode();
    crate::sys::trusted::check(folder)?;
    let target = path(folder, key);
    let hidden = hidden_path(folder, key);
    let _ = std::fs::remove_file(&hidden);
    let result: io::Result<bool> = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&hidden)?;
        file.write_all(&bytes)?;
        if tombstone_path(folder, key).exists() {
            Ok(false)
        } else {
            std::fs::rename(&hidden, &target).map(|()| true)
        }
    })();
    if !matches!(result, Ok(true)) {
        let _ = std::fs::remove_file(&hidden);
    }
    result.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keys() {
        for value in [0, 1, 999_999_999, 1_795_221_943_123_456_789] {
            let name = path(Path::new("/q"), value);
            assert_eq!(key(name.file_name().unwrap().to_str().unwrap()), Some(value));
        }
        // Nothing could come after it.
        let last = path(Path::new("/q"), u64::MAX);
        assert_eq!(key(last.file_name().unwrap().to_str().unwrap()), None);
        for foreign in
            ["1795221943_55d0c8a0b2c0", "id", "state", "1_2", "", "_", "1795221943_0000000G", "-1_00000000"]
        {
            assert_eq!(key(foreign), None, "{foreign}");
        }
    }
}
