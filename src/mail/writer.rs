//! Queue files come to the disk through a forked helper: a disk that is slow, full of other writes or gone stalls the
//! helper and nothing else, and a helper that has begun finishes even if the daemon is killed.
//!
//! Each event is one file: written under a hidden name, synced, renamed. The folder is synced once at the end.

use crate::reactor::{Interest, PollSet, Token};
use crate::sys::error_text;
use crate::sys::fork::{ChildTask, run_to_the_end};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A disk that takes longer for one batch has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Prefix of a file that is not yet whole.
pub const HIDDEN: &str = ".new-";

/// The path of an event's file: seconds since 1970, underscore, nanoseconds in hex. The key orders events by age.
pub fn path(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{}_{:08x}", key / 1_000_000_000, key % 1_000_000_000))
}

/// The key of a file name, if it is one of ours.
pub fn key(name: &str) -> Option<u64> {
    let (seconds, nanos) = name.split_once('_')?;
    let (seconds, nanos): (u64, u64) = (seconds.parse().ok()?, u64::from_str_radix(nanos, 16).ok()?);
    let key = seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    (nanos < 1_000_000_000 && path(Path::new(""), key).to_str() == Some(name)).then_some(key)
}

/// Events on their way to the disk.
#[derive(Debug)]
pub struct Writer {
    helper: ChildTask,
    keys: Vec<u64>,
    written: usize,
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
}

impl Writer {
    /// Starts a helper that writes these events into `folder`.
    pub fn start<'a>(
        folder: &Path,
        events: impl Iterator<Item = (u64, &'a [u8])> + Clone,
        now: Instant,
    ) -> io::Result<Writer> {
        let keys = events.clone().map(|(key, _)| key).collect();
        let helper = run_to_the_end(|pipe| {
            for (key, bytes) in events {
                let report = match write(folder, key, bytes) {
                    Ok(()) => "k".to_owned(),
                    Err(error) => format!("e{}", error_text(&error)),
                };
                // Whether anybody still listens does not matter.
                let _ = pipe.write_all(report.as_bytes());
                if report != "k" {
                    break;
                }
            }
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        })?;
        Ok(Writer { helper, keys, written: 0, trouble: None, in_trouble: false, deadline: now + PATIENCE })
    }

    /// Adds the helper's pipe to the set of this turn.
    pub fn register(&self, set: &mut PollSet, token: Token) {
        set.add(self.helper.output().as_raw_fd(), Interest::READ, token);
        set.wake_at(self.deadline);
    }

    /// Looks what the helper has done; the batch when it is over.
    pub fn poll(&mut self, now: Instant) -> Option<Batch> {
        let mut chunk = [0u8; 512];
        loop {
            match self.helper.read(&mut chunk) {
                Ok(0) => return Some(self.finish(None)),
                Ok(count) => self.take(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Some(self.finish(Some(error_text(&error)))),
            }
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
        let ended = (!unwritten.is_empty() && trouble.is_none()).then(|| "the helper was ended".to_owned());
        Batch { written, unwritten, trouble: trouble.or(ended) }
    }
}

/// One event into its file, replacing what is there. After an error nothing half-written stays.
fn write(folder: &Path, key: u64, bytes: &[u8]) -> io::Result<()> {
    let target = path(folder, key);
    let hidden = folder.join(format!("{HIDDEN}{key:x}"));
    let _ = std::fs::remove_file(&hidden);
    let result = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&hidden)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&hidden, &target)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&hidden);
    }
    result
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
        for foreign in
            ["1795221943_55d0c8a0b2c0", "id", "state", "1_2", "", "_", "1795221943_0000000G", "-1_00000000"]
        {
            assert_eq!(key(foreign), None, "{foreign}");
        }
    }
}
