//! Our own lines in a log that is looked at: matched, each would be quoted in a new line that is matched again, for ever.

use crate::config::LogTarget;
use crate::machine::{Facts, FileFacts};
use std::io;
use std::path::Path;

/// Where we write what we do.
#[derive(Debug, Default)]
pub(super) enum OwnLog {
    /// Nowhere that could be looked at.
    #[default]
    Nowhere,
    /// Into this file.
    File(Box<Path>),
    /// To the system's log, which may end up in any file.
    Syslog,
}

/// Which lines of a file are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// None.
    None,
    /// Those in the form of our log file.
    File,
    /// Those in the form of the system's log.
    Syslog,
}

impl OwnLog {
    /// From `set log`.
    pub(super) fn of_target(target: &LogTarget) -> OwnLog {
        match target {
            LogTarget::None => OwnLog::Nowhere,
            LogTarget::File(path) => OwnLog::File(path.clone()),
            LogTarget::Syslog(_) => OwnLog::Syslog,
        }
    }

    /// What is ours in this file, which may be a link to our log.
    ///
    /// # Errors
    /// `WouldBlock`: the filesystem of our log has not answered yet.
    pub(super) fn lines_of(&self, path: &Path, file: &FileFacts, facts: &mut dyn Facts) -> io::Result<Lines> {
        let own = match self {
            OwnLog::Nowhere => return Ok(Lines::None),
            OwnLog::Syslog => return Ok(Lines::Syslog),
            OwnLog::File(own) if **own == *path => return Ok(Lines::File),
            OwnLog::File(own) => own,
        };
        match facts.stat(own) {
            Ok(own) if (own.inode, own.device) == (file.inode, file.device) => Ok(Lines::File),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(Lines::None),
        }
    }
}

impl Lines {
    /// Is it one of our lines? Only what stands before the message counts: the message may be anybody's.
    pub(super) fn has(self, line: &[u8]) -> bool {
        match self {
            Lines::None => false,
            Lines::File => is_of_log_file(line).is_some(),
            Lines::Syslog => is_of_syslog(line).is_some(),
        }
    }
}

/// `[2026-11-21T00:45:43+0000] error    : text`
fn is_of_log_file(line: &[u8]) -> Option<()> {
    const DATE: usize = "2026-11-21T00:45:43+0000".len();
    let rest = line.strip_prefix(b"[")?;
    let (date, rest) = rest.split_at_checked(DATE)?;
    let level = rest.strip_prefix(b"] ")?.get(..11)?.strip_suffix(b": ")?;
    let dated = date.iter().all(|byte| byte.is_ascii_digit() || b"-T:+".contains(byte));
    let named = level.trim_ascii_end();
    (dated && !named.is_empty() && named.iter().all(u8::is_ascii_lowercase)).then_some(())
}

/// `Nov 21 00:45:43 host monit[42]: text`, whatever form the date has.
fn is_of_syslog(line: &[u8]) -> Option<()> {
    let end = line.windows(2).position(|pair| pair == b": ")?;
    let tag = line.get(..end)?.rsplit(|byte| *byte == b' ').next()?;
    let pid = tag.strip_prefix(b"monit[")?.strip_suffix(b"]")?;
    (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_lines_are_told_by_what_stands_before_the_message() {
        let file = |line: &str| Lines::File.has(line.as_bytes());
        assert!(file("[2026-11-21T00:45:43+0000] error    : 'web' content match:"));
        assert!(file("[2026-11-21T00:45:43-0330] info     :     error of another"));
        assert!(!file("[x] error : seed"));
        assert!(!file("a [2026-11-21T00:45:43+0000] error    : quoted"));
        assert!(!file("[2026-11-21T00:45:43+0000] ERROR    : another program"));
        assert!(!file("[2026-11-21T00:45:43+0000]"));
        let syslog = |line: &str| Lines::Syslog.has(line.as_bytes());
        assert!(syslog("Nov 21 00:45:43 host monit[42]: 'web' error"));
        assert!(syslog("2026-11-21T00:45:43.123456+00:00 host monit[42]: error"));
        assert!(!syslog("Nov 21 00:45:43 host sshd[42]: error of monit[42]: "));
        assert!(!syslog("Nov 21 00:45:43 host monit: error") && !syslog("") && !syslog("monit[]: "));
        assert!(!Lines::None.has(b"[2026-11-21T00:45:43+0000] error    : x"));
    }
}
