//! Answers from a recording. Never waits, touches nothing.

use super::record::{Mark, kind};
use super::wire::{Reader, Wire};
use super::{Access, FileText, Outside, Status, Trouble, Who};
use crate::config::ChecksumKind;
use crate::control::glob::Matches;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Repeats a recording. As soon as a question is not the recorded one, every further answer is a refusal.
pub struct Replay {
    /// `None`: it does not fit.
    tape: RefCell<Option<Reader>>,
}

impl Replay {
    /// From what [`super::Recorder::finish`] gave.
    pub fn new(tape: Vec<u8>) -> Replay {
        Replay { tape: RefCell::new(Some(Reader::new(tape))) }
    }

    /// Every question was the recorded one, and none is left. Only then anything read with these answers counts.
    pub fn is_faithful(&self) -> bool {
        self.tape.borrow().as_ref().is_some_and(Reader::is_at_end)
    }

    fn answer<T: Wire>(&self, kind: u8, about: &[u8]) -> Option<T> {
        let mut tape = self.tape.borrow_mut();
        let reader = tape.as_mut()?;
        let fits = Mark::take(reader) == Some(Mark::new(kind, about));
        let answer = if fits { T::take(reader) } else { None };
        if answer.is_none() {
            *tape = None;
        }
        answer
    }

    fn about_path<T: Wire>(&self, kind: u8, path: &Path) -> Option<T> {
        self.answer(kind, path.as_os_str().as_bytes())
    }

    fn result<T: Wire>(&self, kind: u8, path: &Path) -> Result<T, Trouble> {
        self.about_path(kind, path).unwrap_or(Err(Trouble::NotRecorded))
    }
}

impl Outside for Replay {
    fn host_name(&self) -> String {
        self.answer(kind::HOST_NAME, b"").unwrap_or_default()
    }

    fn own_user(&self) -> u32 {
        // Nobody's number: what is not known is not root's.
        self.answer(kind::OWN_USER, b"").unwrap_or(u32::MAX)
    }

    fn status(&self, path: &Path) -> Result<Status, Trouble> {
        self.result(kind::STATUS, path)
    }

    fn read(&self, path: &Path) -> Result<FileText, Trouble> {
        self.result(kind::READ, path)
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        match self.answer(kind::FILES, pattern) {
            Some(Matches::Files(files)) if files.len() > most => Matches::TooMany,
            found => found.unwrap_or(Matches::Missing),
        }
    }

    fn may(&self, access: Access, path: &Path) -> Result<(), Trouble> {
        self.result(kind::of_access(access), path)
    }

    fn interpreter(&self, program: &Path) -> Result<Option<PathBuf>, Trouble> {
        self.result(kind::INTERPRETER, program)
    }

    fn open(&self, path: &Path) -> Result<(), Trouble> {
        self.result(kind::OPEN, path)
    }

    fn open_log(&self, path: &Path) -> Result<(), Trouble> {
        self.result(kind::OPEN_LOG, path)
    }

    fn digest(&self, path: &Path, kind: ChecksumKind) -> Result<String, Trouble> {
        self.result(kind::of_digest(kind), path)
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        self.answer(kind::PATTERN, pattern).flatten()
    }

    fn bad_pattern_in(&self, path: &Path) -> Result<Option<String>, Trouble> {
        self.result(kind::PATTERNS, path)
    }

    fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        self.answer(kind::ADDRESSES, host.as_bytes()).unwrap_or(Err(Trouble::NotRecorded))
    }

    fn user(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => self.answer(kind::USER_NAME, name.as_bytes()),
            Who::Number(number) => self.answer(kind::USER_NUMBER, number.to_string().as_bytes()),
        }
        .flatten()
    }

    fn group(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => self.answer(kind::GROUP_NAME, name.as_bytes()),
            Who::Number(number) => self.answer(kind::GROUP_NUMBER, number.to_string().as_bytes()),
        }
        .flatten()
    }

    fn home(&self, user: u32) -> Option<PathBuf> {
        self.answer(kind::HOME, user.to_string().as_bytes()).flatten()
    }
}
