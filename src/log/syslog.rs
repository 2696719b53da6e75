//! The host's syslog over its datagram socket, without ever blocking.
//!
//! The `syslog` crate lends its names of facilities; its transport is not used, since it blocks when syslogd does not
//! read, never connects again after syslogd was restarted, and stamps lines with UTC.

use super::{Facility, Level, line};
use crate::sys;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// Longest line sent; what syslog daemons take by default.
const LONGEST: usize = 8 * 1024;

#[derive(Debug)]
pub(super) struct SyslogSink {
    path: PathBuf,
    facility: Facility,
    socket: Option<UnixDatagram>,
    /// Lines that were not sent since the last one that was.
    lost: u64,
    trouble: Option<String>,
}

impl SyslogSink {
    pub(super) fn new(path: PathBuf) -> SyslogSink {
        SyslogSink { path, facility: Facility::default(), socket: None, lost: 0, trouble: None }
    }

    pub(super) fn socket(&self) -> &Path {
        &self.path
    }

    pub(super) fn set_facility(&mut self, facility: Facility) {
        self.facility = facility;
    }

    pub(super) fn disconnect(&mut self) {
        self.socket = None;
    }

    /// One datagram per line of the message.
    pub(super) fn write(&mut self, level: Level, text: &str, now: i64) {
        if let (true, Some(trouble)) = (self.lost > 0, &self.trouble) {
            let report = format!("{} log line(s) lost: {trouble}", self.lost);
            if self.send(Level::Error, &report, now).is_err() {
                self.lost += text.split('\n').count() as u64;
                return;
            }
            self.lost = 0;
            self.trouble = None;
        }
        for line in text.split('\n') {
            if let Err(error) = self.send(level, line, now) {
                self.lost += 1;
                self.trouble.get_or_insert_with(|| sys::error_text(&error));
            }
        }
    }

    fn send(&mut self, level: Level, line: &str, now: i64) -> io::Result<()> {
        let priority = self.facility as u32 | level as u32;
        let mut datagram = line::for_syslog(priority, line, now);
        let mut end = LONGEST.min(datagram.len());
        while !datagram.is_char_boundary(end) {
            end -= 1;
        }
        datagram.truncate(end);
        match self.offer(datagram.as_bytes()) {
            // A queue that is full will not be emptier on another socket.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            // Syslogd was restarted, or was not there before: once more, on a new socket.
            Err(_) => {
                self.socket = None;
                self.offer(datagram.as_bytes())
            }
            sent => sent,
        }
    }

    fn offer(&mut self, datagram: &[u8]) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => sys::socket::datagram_unix(&self.path)?,
        };
        let sent = socket.send(datagram).map(drop);
        self.socket = Some(socket);
        sent
    }
}
