//! Log sinks: file, syslog that never blocks, console.
//!
//! A message goes to every sink that is set. No sink can hold up or end the monitor: what cannot be written is counted,
//! and told once the sink works again. What is worth saying, and in which words, is decided elsewhere.

mod console;
mod file;
mod line;
mod syslog;

pub use ::syslog::Facility;

use crate::sys::localtime;
use console::Console;
use file::FileSink;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use syslog::SyslogSink;

/// How grave a message is; the numbers and the order are those of syslog, RFC 3164 section 4.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The monitor cannot go on.
    Emergency = 0,
    /// Somebody must act at once.
    Alert = 1,
    /// A critical condition.
    Critical = 2,
    /// A service failed, or something of ours did.
    Error = 3,
    /// Something will fail soon, or was meant differently.
    Warning = 4,
    /// Normal and noteworthy.
    Notice = 5,
    /// Normal.
    Info = 6,
    /// For who asks why; only with `-v`.
    Debug = 7,
}

impl Level {
    /// The word in log lines.
    pub fn name(self) -> &'static str {
        match self {
            Level::Emergency => "emergency",
            Level::Alert => "alert",
            Level::Critical => "critical",
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

/// The monitor's log.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<FileSink>,
    syslog: Option<SyslogSink>,
    console: Option<Console>,
    verbosity: u8,
    #[cfg(test)]
    captured: Option<Vec<(Level, String)>>,
}

impl Log {
    /// A log without sinks: nothing is kept of what is said to it.
    pub fn new() -> Log {
        Log::default()
    }

    /// A log that remembers what it was told, for tests.
    #[cfg(test)]
    pub fn capture() -> Log {
        Log { captured: Some(Vec::new()), verbosity: 1, ..Log::default() }
    }

    /// What a [`Log::capture`] log was told.
    #[cfg(test)]
    pub fn captured(&self) -> &[(Level, String)] {
        self.captured.as_deref().unwrap_or_default()
    }

    /// Appends to the file `path`, made with mode 0644 less the umask when it is not there. On an error the path is set
    /// nevertheless and tried again with each message.
    pub fn set_file(&mut self, path: &Path) -> io::Result<()> {
        if self.file.as_ref().is_some_and(|file| file.path() == path) {
            return Ok(());
        }
        let mut file = FileSink::new(path.to_path_buf());
        let opened = file.open();
        self.file = Some(file);
        opened
    }

    /// Sends to the host's syslog through `/dev/log` under this facility. Works from the first message after a syslogd is
    /// there, whenever that is.
    pub fn set_syslog(&mut self, facility: Facility) {
        self.set_syslog_at(facility, Path::new("/dev/log"));
    }

    /// As [`Log::set_syslog`], through another socket.
    pub fn set_syslog_at(&mut self, facility: Facility, socket: &Path) {
        let same = self.syslog.take().filter(|sink| sink.socket() == socket);
        let mut sink = same.unwrap_or_else(|| SyslogSink::new(socket.to_path_buf()));
        sink.set_facility(facility);
        self.syslog = Some(sink);
    }

    /// No file any more.
    pub fn unset_file(&mut self) {
        self.file = None;
    }

    /// No syslog any more.
    pub fn unset_syslog(&mut self) {
        self.syslog = None;
    }

    /// In the foreground: errors and worse to standard error, the rest to standard output, the text only.
    pub fn set_console(&mut self, on: bool) {
        self.console = on.then(|| self.console.take().unwrap_or_default());
    }

    /// Each message on the console begins with the time of day.
    pub fn date_console(&mut self) {
        if let Some(console) = &mut self.console {
            console.dated = true;
        }
    }

    /// How often `-v` was given. Debug messages need one.
    pub fn set_verbosity(&mut self, verbosity: u8) {
        self.verbosity = verbosity;
    }

    /// How often `-v` was given.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// Whether debug messages are wanted; spares the making of expensive ones.
    pub fn is_verbose(&self) -> bool {
        self.verbosity > 0
    }

    /// The log file, if there is one.
    pub fn file_path(&self) -> Option<&Path> {
        self.file.as_ref().map(FileSink::path)
    }

    /// The log file's path and the error that keeps it from being written at the moment.
    pub fn file_trouble(&self) -> Option<(PathBuf, String)> {
        let file = self.file.as_ref()?;
        Some((file.path().to_path_buf(), file.trouble()?.to_string()))
    }

    /// Opens the log file anew, as after a rotation, and connects to syslog again. On a reload.
    pub fn reopen(&mut self) -> io::Result<()> {
        localtime::reload_zone();
        if let Some(syslog) = &mut self.syslog {
            syslog.disconnect();
        }
        self.file.as_mut().map_or(Ok(()), FileSink::open)
    }

    /// A failure, of a service or of ours.
    pub fn error(&mut self, message: impl fmt::Display) {
        self.write(Level::Error, message);
    }

    /// Something that will fail, or was meant differently.
    pub fn warning(&mut self, message: impl fmt::Display) {
        self.write(Level::Warning, message);
    }

    /// Normal and noteworthy.
    pub fn notice(&mut self, message: impl fmt::Display) {
        self.write(Level::Notice, message);
    }

    /// Normal.
    pub fn info(&mut self, message: impl fmt::Display) {
        self.write(Level::Info, message);
    }

    /// Only with `-v`.
    pub fn debug(&mut self, message: impl fmt::Display) {
        self.write(Level::Debug, message);
    }

    /// Says something at any level. Lines of a message after its first are indented, each with a prefix of its own.
    pub fn write(&mut self, level: Level, message: impl fmt::Display) {
        if level == Level::Debug && self.verbosity == 0 {
            return;
        }
        #[cfg(test)]
        if let Some(captured) = &mut self.captured {
            captured.push((level, message.to_string()));
        }
        if self.file.is_none() && self.syslog.is_none() && self.console.is_none() {
            return;
        }
        let text = line::clean(&message);
        let now = localtime::unix_secs(SystemTime::now());
        if let Some(file) = &mut self.file {
            file.write(level, &text, now);
        }
        if let Some(syslog) = &mut self.syslog {
            syslog.write(level, &text, now);
        }
        if let Some(console) = &mut self.console {
            console.write(level, &text, now);
        }
    }
}

#[cfg(test)]
mod tests;
