//! The log file: one write per message, and an account of what could not be written.

use super::{Level, line};
use crate::sys;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct FileSink {
    path: PathBuf,
    file: Option<File>,
    /// Messages that were not written since the last one that was.
    lost: u64,
    /// Why; the first reason of the series.
    trouble: Option<String>,
    /// The last write was cut in the middle of a line.
    torn: bool,
}

impl FileSink {
    pub(super) fn new(path: PathBuf) -> FileSink {
        FileSink { path, file: None, lost: 0, trouble: None, torn: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Opens the path (anew). When that fails a file that is still open stays in use.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.file = Some(sys::trusted::open_append(&self.path)?);
        self.torn = false;
        Ok(())
    }

    pub(super) fn write(&mut self, level: Level, text: &str, now: i64) {
        let mut bytes = String::new();
        if self.torn {
            bytes.push('\n');
        }
        if let (true, Some(trouble)) = (self.lost > 0, &self.trouble) {
            let report = format!("{} log message(s) lost: {trouble}", self.lost);
            bytes.push_str(&line::for_file(Level::Error, &report, now));
        }
        bytes.push_str(&line::for_file(level, text, now));
        match self.append(bytes.as_bytes()) {
            Ok(()) => {
                self.lost = 0;
                self.trouble = None;
                self.torn = false;
            }
            Err(error) => {
                self.lost += 1;
                self.trouble.get_or_insert_with(|| sys::error_text(&error));
            }
        }
    }

    /// One write(2). The file is opened first when it is not, or when somebody has deleted it.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let deleted = |file: &File| file.metadata().is_ok_and(|metadata| metadata.nlink() == 0);
        if self.file.as_ref().is_none_or(deleted) {
            self.file = Some(sys::trusted::open_append(&self.path)?);
            self.torn = false;
        }
        let Some(file) = &self.file else { return Ok(()) };
        let written = sys::file::write_once(file, bytes)?;
        if written < bytes.len() {
            self.torn = written > 0 || self.torn;
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        Ok(())
    }
}
