//! The state file: versioned text, a checksum at its end, replaced in one step, the one before kept beside it.
//!
//! ```text
//! monit-rs state 1
//! boot 1f0c…
//! service 3 1 crond            type, monitored, name
//! test.90ab… F 4 0 0           a value of that service
//! end 0123456789abcdef         FNV-1a over everything before this line
//! service 3 0 crond            what has changed since: takes the place of the entry above
//! end fedcba9876543210
//! ```
//!
//! With thousands of services the whole file takes longer to write than a turn of the loop may take; so what changes is
//! added at its end, and once that is as long as the file was, a new one is written in pieces ([`Rewrite`]). What
//! stands behind the last checksum that is right was never finished and does not count.
//!
//! Backslashes and line breaks in values are escaped. A file that is damaged is set aside under a name of its own and
//! reported, never a reason not to start. One of Monit itself is taken over ([`super::takeover`]).

use super::monit_state::{Trouble, is_of_monit};
use super::saved::{SavedService, SavedState};
use super::takeover::{Kept, Takeover};
use super::test_key::Sum;
use crate::sys::file::{Replacement, append, is_device};
use crate::sys::localtime;
use crate::sys::trusted::open_own;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const HEAD: &str = "monit-rs state 1";

/// Far more than any state has; a longer file is not ours.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Bytes that may be added to any file before it is written anew.
const SHORT: u64 = 32 * 1024;

/// What is wrong with a state file.
#[derive(Debug)]
pub enum Problem {
    /// It could not be read, which says nothing about what is in it: it stays under the second name when it is written anew.
    Read(PathBuf, Option<PathBuf>, io::Error),
    /// It is damaged or not a state file, and has been set aside under the second name.
    Damaged(PathBuf, PathBuf),
    /// The last thing added to it was never finished, and is left out.
    Torn(PathBuf),
    /// It is damaged and could not be set aside either.
    Stuck(PathBuf, io::Error),
    /// It is one of Monit itself, of a kind that is not understood.
    Foreign(PathBuf, Trouble, Kept),
    /// It could not be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Read(path, kept, error) => {
                write!(f, "State file '{}': Unable to read service state -- {error}", path.display())?;
                kept.iter().try_for_each(|kept| write!(f, "; it is kept as '{}'", kept.display()))
            }
            Problem::Damaged(path, aside) => {
                let (path, aside) = (path.display(), aside.display());
                write!(
                    f,
                    "State file '{path}': Unable to read service state -- it is damaged, set aside as '{aside}'"
                )
            }
            Problem::Torn(path) => {
                write!(f, "State file '{}': its last entries are incomplete and left out", path.display())
            }
            Problem::Stuck(path, error) => {
                let path = path.display();
                write!(
                    f,
                    "State file '{path}': Unable to read service state -- it is damaged and stays there: {error}"
                )
            }
            Problem::Foreign(path, trouble, kept) => {
                let path = path.display();
                write!(
                    f,
                    "State file '{path}': The state of another Monit cannot be taken over -- {trouble}; {kept}, and \
                     all services begin as without state"
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
pub struct Restored {
    /// The state, from the file or else from the one before it; `None` if neither is there.
    pub state: Option<SavedState>,
    /// To be reported.
    pub problems: Vec<Problem>,
    /// The state is that of Monit itself.
    pub takeover: Option<Takeover>,
    /// In the place of the file is one of Monit itself, taken over or not.
    pub foreign: bool,
}

/// Reads the state file, or the one before it where that is damaged or missing. A file of Monit itself is newer than
/// what we may have left before it.
pub fn load(path: &Path, now: SystemTime) -> Restored {
    let mut loaded = Restored::default();
    for candidate in [path.to_path_buf(), previous(path)] {
        match read(&candidate) {
            Ok(Some(bytes)) if candidate == path && is_of_monit(&bytes) => {
                loaded.foreign = true;
                match Takeover::begin(path, &bytes, now) {
                    Ok((state, takeover)) => {
                        (loaded.state, loaded.takeover) = (Some(state), Some(takeover));
                    }
                    Err((trouble, kept)) => {
                        loaded.problems.push(Problem::Foreign(candidate, trouble, kept));
                    }
                }
                break;
            }
            Ok(Some(text)) => match parse(&text) {
                Some((state, whole)) => {
                    if !whole {
                        loaded.problems.push(Problem::Torn(candidate));
                    }
                    loaded.state = Some(state);
                    break;
                }
                None => loaded.problems.push(set_aside(&candidate, now)),
            },
            Ok(None) => {}
            Err(error) => {
                let kept = keep_unread(&candidate, now);
                loaded.problems.push(Problem::Read(candidate, kept, error));
            }
        }
    }
    loaded
}

/// Writes the state in one step, without waiting for the disk ([`crate::sys::file::sync`] does, in a helper). On
/// `/dev/null` nothing is kept.
///
/// `durable`: what is there now is known to be on the disk, so it becomes the previous one. Of the two files one is
/// therefore whole at any moment, whatever the machine does.
pub fn write(path: &Path, state: &SavedState, durable: bool) -> Result<Written, Problem> {
    let mut rewrite = Rewrite::begin(path, state.boot_id.as_deref())?;
    for services in state.services.chunks(64) {
        rewrite.add(services.iter())?;
    }
    rewrite.finish(durable)
}

/// A state file on its way: takes the place of the present one when it is finished, and leaves nothing behind if it is
/// not.
#[derive(Debug)]
pub struct Rewrite {
    path: PathBuf,
    /// `None`: nothing is kept.
    file: Option<Replacement>,
    sum: Sum,
    length: u64,
}

impl Rewrite {
    /// Begins with the head of the file.
    pub fn begin(path: &Path, boot_id: Option<&str>) -> Result<Rewrite, Problem> {
        let path = path.to_path_buf();
        let file = match is_device(&path) {
            true => None,
            false => match Replacement::begin(&path, 0o600) {
                Ok(file) => Some(file),
                Err(error) => return Err(Problem::Write(path, error)),
            },
        };
        let mut rewrite = Rewrite { path, file, sum: Sum::default(), length: 0 };
        let mut text = format!("{HEAD}\n");
        if let Some(boot_id) = boot_id {
            text += &format!("boot {}\n", escape(boot_id));
        }
        rewrite.put(&text)?;
        Ok(rewrite)
    }

    /// Adds services. One that is there already is replaced by what comes later.
    pub fn add(
        &mut self,
        services: impl IntoIterator<Item = impl Borrow<SavedService>>,
    ) -> Result<(), Problem> {
        let mut text = String::new();
        services.into_iter().for_each(|service| entry(&mut text, service.borrow()));
        self.put(&text)
    }

    fn put(&mut self, text: &str) -> Result<(), Problem> {
        self.sum.add(text.as_bytes());
        self.length += text.len() as u64;
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write(text.as_bytes()));
        written.map_err(|error| Problem::Write(self.path.clone(), error))
    }

    /// Puts the file in its place. `durable` as for [`write`].
    pub fn finish(mut self, durable: bool) -> Result<Written, Problem> {
        let end = end(&self.sum);
        self.put(&end)?;
        let Rewrite { path, file, sum, length } = self;
        let end = end.into();
        let Some(file) = file else { return Ok(Written { identity: None, sum, end, length, base: length }) };
        // A hard link costs nothing, and at no moment is there no state file. Where links cannot be made there is no
        // fallback, which is no reason to have no state.
        let old = previous(&path);
        if durable && fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() > 0) {
            let _ = fs::remove_file(&old);
            let _ = fs::hard_link(&path, &old);
        }
        match file.finish() {
            Ok(identity) => Ok(Written { identity: Some(identity), sum, end, length, base: length }),
            Err(error) => Err(Problem::Write(path, error)),
        }
    }
}

/// A state file that was written, and can be added to.
#[derive(Debug)]
pub struct Written {
    /// Device and inode; `None` where nothing is kept.
    identity: Option<(u64, u64)>,
    /// Of all that is in it.
    sum: Sum,
    /// Its last line.
    end: Box<str>,
    length: u64,
    /// How long it was when it was written anew.
    base: u64,
}

impl Written {
    /// Adds what has changed, in one write. `false`: somebody has changed or removed the file, it must be written anew.
    pub fn append(
        &mut self,
        path: &Path,
        services: impl IntoIterator<Item = impl Borrow<SavedService>>,
    ) -> Result<bool, Problem> {
        let Some(identity) = self.identity else { return Ok(true) };
        let mut text = String::new();
        services.into_iter().for_each(|service| entry(&mut text, service.borrow()));
        let mut sum = Sum(self.sum.0);
        sum.add(text.as_bytes());
        let end = end(&sum);
        sum.add(end.as_bytes());
        text += &end;
        match append(path, text.as_bytes(), identity, self.length, self.end.as_bytes()) {
            Ok(true) => {
                self.end = end.into();
                self.sum = sum;
                self.length += text.len() as u64;
                Ok(true)
            }
            Ok(false) => Ok(false),
            Err(error) => Err(Problem::Write(path.to_path_buf(), error)),
        }
    }

    /// Is it still in its place?
    pub fn is_there(&self, path: &Path) -> bool {
        let there = || {
            fs::symlink_metadata(path).is_ok_and(|found| Some((found.dev(), found.ino())) == self.identity)
        };
        self.identity.is_none() || there()
    }

    /// Is it time to write it anew: is more out of date in it than not?
    pub fn is_long(&self) -> bool {
        self.length - self.base > self.base.max(SHORT)
    }
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
    let file = match open_own(path) {
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

/// A second name for a file that another one will replace.
fn keep_unread(path: &Path, now: SystemTime) -> Option<PathBuf> {
    let kept = with_suffix(path, &format!(".unread-{}", localtime::unix_secs(now)));
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    (is_file && fs::hard_link(path, &kept).is_ok()).then_some(kept)
}

/// The lines of one service.
fn entry(text: &mut String, service: &SavedService) {
    let monitored = u8::from(service.monitored);
    *text += &format!("service {} {monitored} {}\n", service.kind, escape(&service.name));
    for (name, value) in &service.values {
        *text += &format!("{} {}\n", escape(name), escape(value));
    }
}

fn end(sum: &Sum) -> String {
    format!("end {:016x}\n", sum.0)
}

/// What a file says up to its last checksum that is right, and whether that is all of it; `None` if none is right.
fn parse(bytes: &[u8]) -> Option<(SavedState, bool)> {
    // A byte that is wrong somewhere behind a checksum that is right spoils only what is behind.
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let text = std::str::from_utf8(bytes.get(..valid)?).ok()?;
    let mut sum = Sum::default();
    let (mut state, mut places) = (None, HashMap::new());
    let mut added = SavedState::default();
    let mut read = 0;
    let mut whole = 0;
    for line in text.split_inclusive('\n') {
        let Some(content) = line.strip_suffix('\n') else { break };
        match content.strip_prefix("end ") {
            Some(end) if u64::from_str_radix(end, 16).is_ok_and(|end| end == sum.0) => {
                let state = state.get_or_insert_with(SavedState::default);
                let SavedState { boot_id, services } = std::mem::take(&mut added);
                state.boot_id = boot_id.or(state.boot_id.take());
                for service in services {
                    let key = (service.kind, service.name.to_ascii_lowercase());
                    match places.get(&key).and_then(|at: &usize| state.services.get_mut(*at)) {
                        Some(known) => *known = service,
                        None => {
                            places.insert(key, state.services.len());
                            state.services.push(service);
                        }
                    }
                }
                whole = read + line.len();
            }
            Some(_) => break,
            None if read == 0 && content != HEAD => break,
            None if read == 0 => {}
            None if parse_line(content, &mut added).is_none() => break,
            None => {}
        }
        sum.add(line.as_bytes());
        read += line.len();
    }
    state.map(|state| (state, whole == bytes.len()))
}

fn parse_line(line: &str, state: &mut SavedState) -> Option<()> {
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
    Some(())
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
