//! Asks the world and writes the answers down, each behind its question's mark.

use super::wire::Wire;
use super::{Access, FileText, Live, MOST, Outside, Status, Trouble, Who, live};
use crate::config::ChecksumKind;
use crate::control::glob::Matches;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a question is about, so that an answer is never taken for that of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// The kind of question.
    pub(super) kind: u8,
    /// A hash of the rest of it. Nobody has a reason to find two with the same: the questions of both sides come from
    /// the same text.
    pub(super) hash: u32,
}

impl Mark {
    /// The mark of a question. FNV-1a, 32 bits; nothing for a fuzzer, which should not have to guess it.
    pub(super) fn new(kind: u8, about: &[u8]) -> Mark {
        let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        let hash = if cfg!(fuzzing) { 0 } else { about.iter().fold(0x811c_9dc5, step) };
        Mark { kind, hash }
    }
}

impl Wire for Mark {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.kind);
        self.hash.put(out);
    }

    fn take(from: &mut super::wire::Reader) -> Option<Mark> {
        Some(Mark { kind: u8::take(from)?, hash: u32::take(from)? })
    }
}

/// The kinds of questions.
pub(super) mod kind {
    pub(in super::super) const HOST_NAME: u8 = b'h';
    pub(in super::super) const OWN_USER: u8 = b'i';
    pub(in super::super) const STATUS: u8 = b's';
    pub(in super::super) const READ: u8 = b'r';
    pub(in super::super) const FILES: u8 = b'g';
    pub(in super::super) const MAY_READ: u8 = b'R';
    pub(in super::super) const MAY_EXECUTE: u8 = b'X';
    pub(in super::super) const OPEN: u8 = b'o';
    pub(in super::super) const OPEN_LOG: u8 = b'l';
    pub(in super::super) const INTERPRETER: u8 = b'!';
    pub(in super::super) const MD5: u8 = b'5';
    pub(in super::super) const SHA1: u8 = b'1';
    pub(in super::super) const SHA256: u8 = b'2';
    pub(in super::super) const PATTERN: u8 = b'P';
    pub(in super::super) const PATTERNS: u8 = b'p';
    pub(in super::super) const ADDRESSES: u8 = b'a';
    pub(in super::super) const USER_NAME: u8 = b'u';
    pub(in super::super) const USER_NUMBER: u8 = b'U';
    pub(in super::super) const GROUP_NAME: u8 = b'n';
    pub(in super::super) const GROUP_NUMBER: u8 = b'N';
    pub(in super::super) const HOME: u8 = b'H';

    use super::{Access, ChecksumKind};

    pub(in super::super) fn of_digest(kind: ChecksumKind) -> u8 {
        match kind {
            ChecksumKind::Md5 => MD5,
            ChecksumKind::Sha1 => SHA1,
            ChecksumKind::Sha256 => SHA256,
        }
    }

    pub(in super::super) fn of_access(access: Access) -> u8 {
        match access {
            Access::Read => MAY_READ,
            Access::Execute => MAY_EXECUTE,
        }
    }
}

/// Asks the world and keeps the answers.
pub struct Recorder<'a> {
    tape: RefCell<Vec<u8>>,
    too_long: Cell<bool>,
    asked: &'a dyn Fn(&[&[u8]]),
    progress: &'a dyn Fn(),
}

impl<'a> Recorder<'a> {
    /// An empty recording. `asked` hears of each question before it is put, as parts of a text: "user", "joe".
    /// `progress` is called while a long one is being answered.
    pub fn new(asked: &'a dyn Fn(&[&[u8]]), progress: &'a dyn Fn()) -> Recorder<'a> {
        Recorder { tape: RefCell::default(), too_long: Cell::new(false), asked, progress }
    }

    /// What was recorded; `None` if it is longer than [`MOST`].
    pub fn finish(&self) -> Option<Vec<u8>> {
        (!self.too_long.get()).then(|| self.tape.take())
    }

    /// Puts a question, about `about`, which `what` describes.
    fn ask<T: Wire>(&self, kind: u8, what: &str, about: &[u8], question: impl FnOnce() -> T) -> T {
        (self.asked)(&[what.as_bytes(), about]);
        let answer = question();
        let mut tape = self.tape.borrow_mut();
        if !self.too_long.get() {
            Mark::new(kind, about).put(&mut tape);
            answer.put(&mut tape);
            if tape.len() > MOST {
                self.too_long.set(true);
                *tape = Vec::new();
            }
        }
        answer
    }

    fn ask_path<T: Wire>(&self, kind: u8, what: &str, path: &Path, question: impl FnOnce() -> T) -> T {
        self.ask(kind, what, path.as_os_str().as_bytes(), question)
    }
}

impl Outside for Recorder<'_> {
    fn host_name(&self) -> String {
        self.ask(kind::HOST_NAME, "host name", b"", || Live.host_name())
    }

    fn own_user(&self) -> u32 {
        self.ask(kind::OWN_USER, "own user", b"", || Live.own_user())
    }

    fn status(&self, path: &Path) -> Result<Status, Trouble> {
        self.ask_path(kind::STATUS, "file", path, || Live.status(path))
    }

    fn read(&self, path: &Path) -> Result<FileText, Trouble> {
        self.ask_path(kind::READ, "file", path, || Live.read(path))
    }

    fn files(&self, pattern: &[u8], most: usize) -> Matches {
        self.ask(kind::FILES, "files", pattern, || Live.files(pattern, most))
    }

    fn may(&self, access: Access, path: &Path) -> Result<(), Trouble> {
        self.ask_path(kind::of_access(access), "file", path, || Live.may(access, path))
    }

    fn interpreter(&self, program: &Path) -> Result<Option<PathBuf>, Trouble> {
        self.ask_path(kind::INTERPRETER, "interpreter of", program, || Live.interpreter(program))
    }

    fn open(&self, path: &Path) -> Result<(), Trouble> {
        self.ask_path(kind::OPEN, "file", path, || Live.open(path))
    }

    fn open_log(&self, path: &Path) -> Result<(), Trouble> {
        self.ask_path(kind::OPEN_LOG, "log file", path, || Live.open_log(path))
    }

    fn digest(&self, path: &Path, kind: ChecksumKind) -> Result<String, Trouble> {
        self.ask_path(kind::of_digest(kind), "checksum of the file", path, || {
            live::digest(path, kind, self.progress)
        })
    }

    fn bad_pattern(&self, pattern: &[u8]) -> Option<String> {
        self.ask(kind::PATTERN, "pattern", pattern, || Live.bad_pattern(pattern))
    }

    fn bad_pattern_in(&self, path: &Path) -> Result<Option<String>, Trouble> {
        self.ask_path(kind::PATTERNS, "file of patterns", path, || Live.bad_pattern_in(path))
    }

    fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        self.ask(kind::ADDRESSES, "addresses of the host", host.as_bytes(), || Live.addresses(host))
    }

    fn user(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => self.ask(kind::USER_NAME, "user", name.as_bytes(), || Live.user(who)),
            Who::Number(number) => {
                self.ask(kind::USER_NUMBER, "user", number.to_string().as_bytes(), || Live.user(who))
            }
        }
    }

    fn group(&self, who: Who<'_>) -> Option<u32> {
        match who {
            Who::Name(name) => self.ask(kind::GROUP_NAME, "group", name.as_bytes(), || Live.group(who)),
            Who::Number(number) => {
                self.ask(kind::GROUP_NUMBER, "group", number.to_string().as_bytes(), || Live.group(who))
            }
        }
    }

    fn home(&self, user: u32) -> Option<PathBuf> {
        self.ask(kind::HOME, "home of the user", user.to_string().as_bytes(), || Live.home(user))
    }
}
