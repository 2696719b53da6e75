//! `set metrics file`: the metrics as a file, for node_exporter's textfile collector, anew after each cycle.
//!
//! A disposable helper makes it, from the daemon's memory as it was when the helper was forked, so that neither a long text
//! nor a slow disk costs the loop anything. It is written beside the old one and renamed: a reader sees the one or the other.
//! One helper at a time: where a disk hangs, the next waits until the first has really ended. The file goes with the daemon,
//! or it would say for ever that all is well.

use crate::document::current::Current;
use crate::document::metrics::{Format, Metrics};
use crate::document::{Piece, Source as Documented};
use crate::log::{Level, Log};
use crate::reactor::{Interest, PollSet, Source, Token};
use crate::sys::error_text;
use crate::sys::file::{Replacement, discard};
use crate::sys::fork::{ChildTask, run_to_the_end};
use std::fmt;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A disk that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Everybody may read it: who collects it is another user.
const MODE: u32 = 0o644;
/// Bytes that are made before they are written.
const ROOM: usize = 64 << 10;
/// Far more than a helper has to say.
const ANSWER: usize = 1024;

/// What keeps the file from being written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    /// The reason is the system's, or that of whoever walks the path.
    Unwritten(String),
    /// The disk does not answer.
    Late,
    /// The helper has ended without a word.
    Silent,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unwritten(reason) => write!(f, "cannot be written -- {reason}"),
            Problem::Late => write!(f, "was not written within {} seconds", PATIENCE.as_secs()),
            Problem::Silent => f.write_str("cannot be written -- the helper was killed"),
        }
    }
}

/// The file, and who writes it.
#[derive(Debug, Default)]
pub struct MetricsFile {
    path: Option<PathBuf>,
    /// One of ours may be there.
    there: bool,
    /// A file of ours at another place, which has to go.
    old: Option<PathBuf>,
    /// The cycle it tells of.
    cycle: u64,
    helper: Option<Helper>,
    trouble: Option<Problem>,
}

#[derive(Debug)]
struct Helper {
    task: ChildTask,
    answer: Vec<u8>,
    until: Instant,
    /// It only takes an old file away.
    removes: bool,
}

impl MetricsFile {
    /// Has the loop listen for the helper.
    pub fn register(&self, set: &mut PollSet) {
        if let Some(helper) = &self.helper {
            let token = Token { source: Source::Metrics, id: 0, part: 0 };
            set.add(helper.task.output().as_raw_fd(), Interest::READ, token);
            set.wake_at(helper.until);
        }
    }

    /// The configuration wants it there.
    pub(super) fn move_to(&mut self, path: Option<&Path>) {
        if self.path.as_deref() == path {
            return;
        }
        let before = std::mem::replace(&mut self.path, path.map(Path::to_owned));
        if std::mem::take(&mut self.there) {
            self.old = before;
        }
        self.trouble = None;
        self.cycle = 0;
    }

    /// Is it time? After each cycle; where one takes longer than its time, when the next begins.
    fn is_due(&self, cycles: u64, idle: bool) -> bool {
        let told = if idle { cycles } else { cycles.saturating_sub(1) };
        self.helper.is_none() && self.path.is_some() && told > self.cycle
    }

    /// The helper has something to say, or has ended.
    pub(super) fn on_ready(&mut self, log: &mut Log) {
        let Some(helper) = &mut self.helper else { return };
        let mut buffer = [0; 256];
        loop {
            match helper.task.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) if helper.answer.len() < ANSWER => helper.answer.extend(buffer.iter().take(count)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        let Some(Helper { answer, removes, .. }) = self.helper.take() else { return };
        if removes {
            return;
        }
        match answer.split_first() {
            Some((b'+', _)) => self.written(log),
            Some((_, reason)) => {
                self.failed(Problem::Unwritten(String::from_utf8_lossy(reason).into_owned()), log);
            }
            // It was ended for being late, and that was told.
            None if self.trouble == Some(Problem::Late) => {}
            None => self.failed(Problem::Silent, log),
        }
    }

    /// Its turn, when the services have had theirs.
    pub(super) fn on_tick(&mut self, current: &Current<'_>, log: &mut Log) {
        let now = current.now.mono;
        self.end_late(log, now);
        if let Some(old) = self.old.take_if(|_| self.helper.is_none()) {
            return self.begin(removal(&old), true, log, now);
        }
        let (cycles, idle) = (current.services.cycles(), current.services.idle());
        let Some(path) = self.path.clone().filter(|_| self.is_due(cycles, idle)) else { return };
        self.cycle = if idle { cycles } else { cycles.saturating_sub(1) };
        self.there = true;
        let begun = run_to_the_end(|report| {
            let _ = match make(&path, current) {
                Ok(()) => report.write_all(b"+"),
                Err(error) => report.write_all(format!("-{}", error_text(&error)).as_bytes()),
            };
        });
        self.begin(begun, false, log, now);
    }

    /// Ends a helper that is late. Where it cannot end, since the disk hangs, no other begins.
    fn end_late(&mut self, log: &mut Log, now: Instant) {
        let Some(helper) = self.helper.as_mut().filter(|helper| helper.until <= now) else { return };
        helper.task.kill();
        helper.until = now + PATIENCE;
        if !helper.removes {
            self.failed(Problem::Late, log);
        }
    }

    fn written(&mut self, log: &mut Log) {
        if let (Some(_), Some(path)) = (self.trouble.take(), &self.path) {
            log.write(Level::Info, format_args!("Metrics file '{}': written again", path.display()));
        }
    }

    /// Told once, and anew where the reason is another one.
    fn failed(&mut self, problem: Problem, log: &mut Log) {
        if let Some(path) = self.path.as_ref().filter(|_| self.trouble.as_ref() != Some(&problem)) {
            log.write(Level::Error, format_args!("Metrics file '{}' {problem}", path.display()));
        }
        self.trouble = Some(problem);
    }

    fn begin(&mut self, begun: io::Result<ChildTask>, removes: bool, log: &mut Log, now: Instant) {
        match begun {
            Ok(task) => {
                self.helper = Some(Helper { task, answer: Vec::new(), until: now + PATIENCE, removes });
            }
            Err(error) if removes => {
                log.write(Level::Warning, format_args!("An old metrics file stays -- {}", error_text(&error)))
            }
            Err(error) => self.failed(Problem::Unwritten(error_text(&error)), log),
        }
    }

    /// The end of the daemon: the file goes, by a helper that is waited for by nobody.
    pub(super) fn end(&mut self) {
        self.move_to(None);
        self.helper = None;
        if let Some(path) = self.old.take() {
            if let Ok(task) = removal(&path) {
                task.leave();
            }
        }
    }
}

fn removal(path: &Path) -> io::Result<ChildTask> {
    run_to_the_end(|_| drop(discard(path)))
}

/// Makes the file. In the helper.
fn make(path: &Path, source: &dyn Documented) -> io::Result<()> {
    let mut file = Replacement::begin(path, MODE)?;
    let mut metrics = Metrics::new((0..source.count()).collect(), Format::Text);
    let mut text = String::new();
    loop {
        // Nobody waits for the helper.
        let mut budget = u32::MAX;
        let whole = metrics.step(source, &mut Piece { out: &mut text, budget: &mut budget, room: ROOM });
        file.write(text.as_bytes())?;
        text.clear();
        if whole {
            return file.finish().map(drop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_once_for_each_cycle_however_long_that_takes() {
        let mut file = MetricsFile::default();
        assert!(!file.is_due(5, true), "nobody wants it");
        file.move_to(Some(Path::new("/m.prom")));
        assert!(!file.is_due(0, true), "nothing is known yet");
        assert!(!file.is_due(1, false));
        assert!(file.is_due(1, true));
        file.cycle = 1;
        assert!(!file.is_due(1, true) && !file.is_due(2, false) && file.is_due(2, true));
        assert!(file.is_due(3, false), "the second took longer than its time");
    }

    #[test]
    fn a_file_that_is_wanted_elsewhere_leaves_its_place() {
        let mut file = MetricsFile::default();
        file.move_to(Some(Path::new("/a")));
        file.move_to(Some(Path::new("/b")));
        assert_eq!(file.old, None, "none was written");
        (file.there, file.cycle) = (true, 7);
        file.move_to(Some(Path::new("/b")));
        assert_eq!((file.old.as_deref(), file.cycle), (None, 7), "it stays");
        file.move_to(None);
        assert_eq!((file.old.as_deref(), file.there), (Some(Path::new("/b")), false));
    }

    #[test]
    fn a_helper_that_hangs_is_told_once_and_no_other_begins_before_it_has_ended() {
        if crate::sys::ran_alone() {
            return;
        }
        let (mut file, mut log, now) = (MetricsFile::default(), Log::new(), Instant::now());
        file.move_to(Some(Path::new("/m.prom")));
        let hung = run_to_the_end(|_| std::thread::sleep(Duration::from_secs(600)));
        file.begin(hung, false, &mut log, now);
        file.end_late(&mut log, now);
        assert_eq!(file.trouble, None, "it has its time");
        file.end_late(&mut log, now + PATIENCE);
        assert_eq!(file.trouble, Some(Problem::Late));
        assert!(!file.is_due(1, true), "it may still be there");
        let output = file.helper.as_ref().unwrap().task.output();
        crate::sys::poll::wait_for(output, crate::sys::poll::READ);
        file.on_ready(&mut log);
        assert!(file.is_due(1, true));
        assert_eq!(file.trouble, Some(Problem::Late), "until one is written");
        file.written(&mut log);
        assert_eq!(file.trouble, None);
    }
}
