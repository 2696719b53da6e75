//! The form of log lines.

use super::Level;
use crate::sys::localtime;
use std::fmt::{self, Write};

/// Longest message, in bytes; program output that is longer is cut, and says so.
const LONGEST: usize = 32 * 1024;

/// Collects a message: control characters escaped (`\x1b`), so that nothing a program prints can act on a terminal or
/// forge a line; newlines and tabs kept; carriage returns before a newline, and newlines at the end, dropped.
pub(super) fn clean(message: &impl fmt::Display) -> String {
    let mut cleaner = Cleaner { text: String::new(), returns: 0, full: false };
    // The cleaner never fails; a Display that does has said what it could.
    let _ = write!(cleaner, "{message}");
    cleaner.flush_returns();
    cleaner.text.truncate(cleaner.text.trim_end_matches('\n').len());
    if cleaner.full {
        cleaner.text.push_str(" ...");
    }
    cleaner.text
}

struct Cleaner {
    text: String,
    /// Carriage returns whose newline has not come yet.
    returns: usize,
    full: bool,
}

impl Cleaner {
    fn flush_returns(&mut self) {
        for _ in 0..std::mem::take(&mut self.returns) {
            self.text.push_str("\\x0d");
        }
    }
}

impl fmt::Write for Cleaner {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for character in piece.chars() {
            if self.text.len() >= LONGEST {
                self.full = true;
                self.returns = 0;
                return Ok(());
            }
            match character {
                '\r' => {
                    // At most one is the line's end.
                    self.flush_returns();
                    self.returns = 1;
                }
                '\n' => {
                    self.returns = 0;
                    self.text.push('\n');
                }
                _ => {
                    self.flush_returns();
                    if character.is_control() && character != '\t' {
                        write!(self.text, "\\x{:02x}", u32::from(character))?;
                    } else {
                        self.text.push(character);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A message as it stands in a file: `[2026-11-21T00:45:43+0000] error    : text`, one prefix for each of its lines,
/// further lines indented by four blanks.
pub(super) fn for_file(level: Level, text: &str, now: i64) -> String {
    let prefix = format!("[{}] {:<9}: ", localtime::iso8601_local(now), level.name());
    let lines = text.split('\n');
    let mut out = String::with_capacity(text.len() + prefix.len() + 1);
    for (number, line) in lines.enumerate() {
        out.push_str(&prefix);
        if number > 0 {
            out.push_str("    ");
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A line as syslogd wants it, RFC 3164 section 4.1, without the host name as on local sockets:
/// `<11>Nov 21 00:45:43 monit[42]: text`. The day is padded with a blank.
pub(super) fn for_syslog(priority: u32, line: &str, now: i64) -> String {
    let t = localtime::local(now);
    let (month, pid) = (t.month_name(), std::process::id());
    format!(
        "<{priority}>{month} {:>2} {:02}:{:02}:{:02} monit[{pid}]: {line}",
        t.day, t.hour, t.minute, t.second
    )
}
