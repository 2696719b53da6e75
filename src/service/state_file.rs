//! The state file: versioned text, a checksum at its end, replaced in one step, the one before kept beside it.
//!
//! ```text
//! monit-rs state 1
//! boot 1f0c…
//! service 3 1 crond            type, monitored, name
//! test.90ab… F 4 0 0           a value of that service
//! end 0123456789abcdef         FNV-1a over everything before this line
//! ```
//!
//! Backslashes and line breaks in values are escaped. A file that is damaged is set aside under a name of its own and
//! reported, never a reason not to start.

use super::saved::{SavedService, SavedState};
use super::test_key::Sum;
use crate::sys::file::{is_device, open_regular, replace};
use crate::sys::localtime;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const HEAD: &str = "monit-rs state 1";

/// Far more than any state has; a longer file is not ours.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What is wrong with a state file.
#[derive(Debug)]
pub enum Problem {
    /// It could not be read.
    Read(PathBuf, io::Error),
    /// It is damaged or not a state file, and has been set aside under the second name.
    Damaged(PathBuf, PathBuf),
    /// It is damaged and could not be set aside either.
    Stuck(PathBuf, io::Error),
    /// It could not be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Read(path, error) => {
                write!(f, "State file '{}': Unable to read service state -- {error}", path.display())
            }
            Problem::Damaged(path, aside) => {
                let (path, aside) = (path.display(), aside.display());
                write!(
                    f,
                    "State file '{path}': Unable to read service state -- it is damaged, set aside as '{aside}'"
                )
            }
            Problem::Stuck(path, error) => {
                let path = path.display();
                write!(
                    f,
                    "State file '{path}': Unable to read service state -- it is damaged and stays there: {error}"
                )
            }
            Problem::Write(path, error) => {
                write!(f, "State file '{}': cannot write -- {error}", path.display())
            }
        }
    }
}

/// What was loaded, and what was wrong on the way.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The state, from the file or else from the one before it; `None` if neither is there.
    pub state: Option<SavedState>,
    /// To be reported.
    pub problems: Vec<Problem>,
}

/// Reads the state file, or the one before it where that is damaged or missing.
pub fn load(path: &Path, now: SystemTime) -> Loaded {
    let mut loaded = Loaded::default();
    for candidate in [path.to_path_buf(), previous(path)] {
        match read(&candidate) {
            Ok(Some(text)) => match parse(&text) {
                Some(state) => {
                    loaded.state = Some(state);
                    break;
                }
                None => loaded.problems.push(set_aside(&candidate, now)),
            },
            Ok(None) => {}
            Err(error) => loaded.problems.push(Problem::Read(candidate, error)),
        }
    }
    loaded
}

/// Writes the state in one step, without waiting for the disk ([`crate::sys::file::sync`] does, in a helper). On
/// `/dev/null` nothing is kept.
///
/// `durable`: what is there now is known to be on the disk, so it becomes the previous one. Of the two files one is
/// therefore whole at any moment, whatever the machine does.
pub fn write(path: &Path, state: &SavedState, durable: bool) -> Result<(), Problem> {
    if is_device(path) {
        return Ok(());
    }
    let text = render(state);
    // A hard link costs nothing, and at no moment is there no state file. Where links cannot be made there is no
    // fallback, which is no reason to have no state.
    let old = previous(path);
    if durable && fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0) {
        let _ = fs::remove_file(&old);
        let _ = fs::hard_link(path, &old);
    }
    replace(path, text.as_bytes(), 0o600).map_err(|error| Problem::Write(path.to_path_buf(), error))
}

/// `.previous` behind the name.
fn previous(path: &Path) -> PathBuf {
    with_suffix(path, ".previous")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// The text of a file; `None` if there is none, or nothing in it (as the reference leaves it at its first start).
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if is_device(path) {
        return Ok(None);
    }
    let file = match open_regular(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok((!bytes.is_empty()).then_some(bytes))
}

fn set_aside(path: &Path, now: SystemTime) -> Problem {
    let aside = with_suffix(path, &format!(".damaged-{}", localtime::unix_secs(now)));
    match fs::rename(path, &aside) {
        Ok(()) => Problem::Damaged(path.to_path_buf(), aside),
        Err(error) => Problem::Stuck(path.to_path_buf(), error),
    }
}

fn render(state: &SavedState) -> String {
    let mut text = format!("{HEAD}\n");
    if let Some(boot_id) = &state.boot_id {
        text += &format!("boot {}\n", escape(boot_id));
    }
    for service in &state.services {
        let monitored = u8::from(service.monitored);
        text += &format!("service {} {monitored} {}\n", service.kind, escape(&service.name));
        for (name, value) in &service.values {
            text += &format!("{} {}\n", escape(name), escape(value));
        }
    }
    let mut sum = Sum::default();
    sum.add(text.as_bytes());
    text + &format!("end {:016x}\n", sum.0)
}

fn parse(bytes: &[u8]) -> Option<SavedState> {
    let text = std::str::from_utf8(bytes).ok()?;
    let body_end = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (body, end) = text.split_at(body_end);
    let expected = u64::from_str_radix(end.trim_end().strip_prefix("end ")?, 16).ok()?;
    let mut sum = Sum::default();
    sum.add(body.as_bytes());
    let mut lines = body.lines();
    if sum.0 != expected || lines.next() != Some(HEAD) {
        return None;
    }
    let mut state = SavedState::default();
    for line in lines {
        let (name, rest) = line.split_once(' ')?;
        match name {
            "boot" => state.boot_id = Some(unescape(rest).into()),
            "service" => {
                let (kind, rest) = rest.split_once(' ')?;
                let (monitored, name) = rest.split_once(' ')?;
                state.services.push(SavedService {
                    name: unescape(name).into(),
                    kind: kind.parse().ok()?,
                    monitored: monitored == "1",
                    values: Vec::new(),
                });
            }
            name => state.services.last_mut()?.values.push((unescape(name).into(), unescape(rest).into())),
        }
    }
    Some(state)
}

/// Names of values have no blanks; blanks in them become `\s` so that the first one ends the name.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' ' => out.push_str("\\s"),
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('s') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "state_file_tests.rs"]
mod tests;
