//! A control file on its way to a running daemon: read by a helper, which may wait for name servers, directories and
//! mounts as long as they take. What it has found out comes back as answers to replay.

use super::id_file;
use super::load::{self, Audience};
use super::paths::{Overrides, Paths};
use crate::config::{Config, LogTarget};
use crate::control::outside::{Incoming, Recorder, Report};
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys;
use crate::sys::board::Board;
use crate::sys::fork::{ChildTask, run_in_child};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long the helper may wait for one answer. Above what the resolver of the C library takes to give up on three name
/// servers that do not answer.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long the helper may get nowhere before a further reload takes its place.
const STUCK: Duration = Duration::from_secs(2);
/// Bytes taken in one turn, so that a large recording does not hold up the others.
const PER_TURN: usize = 1024 * 1024;

/// A helper that reads the control file.
#[derive(Debug)]
pub struct Reading {
    helper: ChildTask,
    board: Board,
    incoming: Incoming,
    /// When it was last seen to have got on, and the sign of that.
    alive: Instant,
    seen: u32,
    began: Instant,
    /// It took the place of another one.
    pub renewed: bool,
}

/// How it stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// It goes on.
    Busy,
    /// The helper's words.
    Done(Report),
    /// There will be none; why not.
    Failed(String),
}

impl Reading {
    /// Lets a helper read the control file.
    ///
    /// # Errors
    /// There is no memory or no process left for it.
    pub fn begin(overrides: &Overrides, renewed: bool, now: Instant) -> io::Result<Reading> {
        let board = Board::new()?;
        let helper = run_in_child(|pipe| tell(pipe, read(overrides, &board)))?;
        let incoming = Incoming::default();
        Ok(Reading { helper, board, incoming, alive: now, seen: 0, began: now, renewed })
    }

    /// Whether a further reload takes its place. That is better than waiting for it, since the control file may have been
    /// put right; but one that has taken another's place already and gets on is given its time, so that whoever asks
    /// again and again gets there.
    pub fn may_be_renewed(&mut self, now: Instant) -> bool {
        self.look(now);
        !self.renewed || now >= self.began + PATIENCE || now >= self.alive + STUCK
    }

    /// Notes whether it has got on.
    fn look(&mut self, now: Instant) {
        let seen = self.board.seen();
        if std::mem::replace(&mut self.seen, seen) != seen {
            self.alive = now;
        }
    }

    /// Has the loop listen for what the helper finds out. `another`: a further reload waits for its end.
    pub fn register(&self, set: &mut PollSet, another: bool) {
        let token = Token { source: Source::Reload, id: 0, part: 0 };
        set.add(self.helper.output().as_raw_fd(), Interest::READ, token);
        set.wake_at(self.alive + if another { STUCK } else { PATIENCE });
    }

    /// Takes in what the helper has written.
    pub fn on_ready(&mut self) -> Heard {
        let mut buffer = [0u8; 16 * 1024];
        let mut taken = 0;
        while taken < PER_TURN {
            match self.helper.read(&mut buffer) {
                Ok(0) => return Heard::Failed("the helper that reads it has ended without a word".into()),
                Ok(length) => {
                    taken += length;
                    match self.incoming.take(buffer.get(..length).unwrap_or_default()) {
                        Ok(None) => {}
                        Ok(Some(report)) => return Heard::Done(report),
                        Err(_) => return Heard::Failed("the helper that reads it talks nonsense".into()),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Heard::Failed(sys::error_text(&error)),
            }
        }
        Heard::Busy
    }

    /// Whether it has come to nothing for too long.
    pub fn on_tick(&mut self, now: Instant) -> Heard {
        self.look(now);
        if now < self.alive + PATIENCE {
            return Heard::Busy;
        }
        // The last word: it may have answered in the very moment.
        match self.on_ready() {
            Heard::Busy => {}
            other => return other,
        }
        let mut text = format!("no answer within {} s", PATIENCE.as_secs());
        let what: String = self.board.text().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if !what.is_empty() {
            text.push_str(&format!(" about {what}"));
        }
        Heard::Failed(text)
    }
}

/// In the helper: reads the control file with all it asks for.
fn read(overrides: &Overrides, board: &Board) -> Report {
    let asked = |parts: &[&[u8]]| match parts {
        [what, about] => board.write(&[b"the ", what, b" '", about, b"'"]),
        _ => board.progress(),
    };
    let progress = || board.progress();
    let recorder = Rc::new(Recorder::new(&asked, &progress));
    match load::load_from(overrides, recorder.clone(), Audience::Log) {
        Err(load::Failure { lines, warnings, .. }) => Report::Broken { errors: lines, warnings },
        Ok(mut loaded) => {
            load::look_up(&mut loaded.config, &*recorder);
            touch(&loaded.config, &loaded.paths, &asked);
            match recorder.finish() {
                Some(tape) => Report::Answers(tape),
                None => Report::Broken {
                    errors: vec!["The control file and what it includes are too large".into()],
                    warnings: Vec::new(),
                },
            }
        }
    }
}

/// Looks at what the daemon will open next: where that hangs, it is the helper that does.
fn touch(config: &Config, paths: &Paths, asked: &dyn Fn(&[&[u8]])) {
    let log = match &paths.log {
        LogTarget::File(path) => Some(&**path),
        _ => None,
    };
    let settings = &config.settings;
    let queue = settings.eventqueue.as_ref().map(|queue| &*queue.basedir);
    let unix = settings.httpd.unix.as_ref().map(|unix| &*unix.path);
    let files: [&Path; 4] = [&paths.pidfile, &paths.statefile, &paths.idfile, &paths.socket];
    for path in files.into_iter().chain(log).chain(queue).chain(unix) {
        asked(&[b"file", path.as_os_str().as_encoded_bytes()]);
        let _ = path.metadata();
        let _ = path.parent().map(Path::metadata);
    }
    let _ = id_file::read(&paths.idfile);
}

fn tell(pipe: &mut File, report: Report) {
    // The daemon's end of it does not block, so this end is the only one that waits.
    let (header, body) = report.bytes();
    let _ = pipe.write_all(&header).and_then(|()| pipe.write_all(&body));
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
