//! `if content = …` of a file: the new lines of a log since the last check.
//!
//! A first look starts at the end of the file; a file that appears after it was missing, that shrank or that is
//! another one (rotated) is read from its start. Only complete lines count. Of a long line the first part, up to
//! the content limit, is tested; the rest is passed over. NUL bytes are bytes like others.

use super::content_match::{Judged, Matching, pattern_files};
use super::context::{Context, Slice};
use super::memory::FileReading;
use super::verdict::Presence;
use crate::config::{Condition, EventKind, Service};
use crate::machine::read::error_text;
use crate::machine::{FileFacts, is_silence};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

/// Bytes read at once.
const SLICE: usize = 16 * 1024;
/// A file of patterns is read up to here.
const PATTERN_FILE: usize = 256 * 1024;

/// How far a log has been read.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    inode: u64,
    /// Where the next bytes are read.
    position: u64,
    /// Where the line begins that is not complete yet.
    line: u64,
    /// The start of that line, at most the content limit.
    head: Vec<u8>,
    /// The incomplete line is longer than `head`.
    overflow: bool,
}

/// A content check in flight.
#[derive(Debug)]
pub(super) struct Scan {
    place: Place,
    stage: Stage,
    limit: usize,
}

#[derive(Debug)]
enum Stage {
    /// Nothing new.
    Unchanged,
    /// Files of patterns are read, one after the other.
    Begin(Vec<PatternFile>),
    Reading(Box<Matching>),
}

/// The text of a file of patterns, as far as it is read.
#[derive(Debug, Default)]
struct PatternFile {
    text: Vec<u8>,
    complete: bool,
    error: Option<String>,
}

/// The file is not there: when it comes, its first lines are new.
pub(super) fn missing(file: &mut FileReading) {
    file.content = Some(Box::default());
    file.content_match = None;
}

/// Does a test of the service look at the content?
pub(super) fn wanted(service: &Service) -> bool {
    service.tests.iter().any(|test| matches!(test.condition, Condition::FileContent(..)))
}

/// Tells whether the file can be read, unless `told` before that it cannot.
pub(super) fn readable(
    context: &mut Context<'_>,
    path: &Path,
    file: &mut FileReading,
    result: Result<(), &str>,
    told: bool,
) {
    let path = path.display();
    let message = match result {
        Ok(()) => format!("file {path} can be read"),
        Err(reason) => {
            file.content_match = None;
            format!("cannot open file {path}: {reason}")
        }
    };
    // A silence that was told ends with words of its own.
    if told || context.memory.trouble.is_some() && result.is_ok() {
        context.note(EventKind::Content, message);
    } else {
        context.builtin(EventKind::Data, result.is_err(), message);
    }
}

/// Monitoring ended: what is written until it begins again is not looked at.
pub(super) fn unwatched(file: &mut FileReading) {
    file.content = None;
    file.content_match = None;
}

impl Scan {
    pub(super) fn begin(
        service: &Service,
        file: &mut FileReading,
        facts: &FileFacts,
        before: Presence,
    ) -> Scan {
        let limit = usize::try_from(service.limits.file_content_buffer).unwrap_or(512).max(2);
        let at_end = Place { inode: facts.inode, position: facts.size, line: facts.size, ..Place::default() };
        // It stays as it is until this check has ended.
        let mut place = match &file.content {
            Some(place) => Place::clone(place),
            None if before == Presence::Missing => Place::default(),
            None => at_end,
        };
        if place.inode != facts.inode || facts.size < place.position {
            place = Place { inode: facts.inode, ..Place::default() };
        }
        let stage = if place.position == facts.size { Stage::Unchanged } else { Stage::Begin(Vec::new()) };
        Scan { place, stage, limit }
    }

    /// Reads on until everything that was there at the beginning of the check is read and judged.
    pub(super) fn step(
        &mut self,
        context: &mut Context<'_>,
        path: &Path,
        facts: &FileFacts,
        file: &mut FileReading,
        told: bool,
    ) -> Slice<()> {
        if let Stage::Begin(files) = &mut self.stage {
            match read_patterns(files, context) {
                Slice::Done(()) => {
                    let files = std::mem::take(files).into_iter().map(|file| (file.text, file.error));
                    self.stage = Stage::Reading(Box::new(Matching::new(context.service, files.collect())));
                }
                other => return other,
            }
        }
        let Stage::Reading(matching) = &mut self.stage else {
            // Whether it can be read at all is asked at the first look, and as long as it cannot.
            if file.content_match.is_none() {
                let looked = context.facts.read_at(path, self.place.position, &mut [0; 1]);
                if let Err(error) = looked {
                    let reason = error_text(&error);
                    if error.kind() == ErrorKind::WouldBlock {
                        return Slice::Pending;
                    }
                    if is_silence(&error) {
                        file.content = Some(Box::new(std::mem::take(&mut self.place)));
                        return Slice::Silent(reason);
                    }
                    readable(context, path, file, Err(&reason), told);
                    file.content = Some(Box::new(std::mem::take(&mut self.place)));
                    return Slice::Done(());
                }
                readable(context, path, file, Ok(()), told);
            }
            let unchanged = "content match skipped - file size nor inode has not changed since last test";
            context.note(EventKind::Content, unchanged);
            for (at, test) in context.service.tests.iter().enumerate() {
                if matches!(test.condition, Condition::FileContent(..)) {
                    context.changed(at, false, "content doesn't match".into());
                }
            }
            file.content_match = Some(false);
            file.content = Some(Box::new(std::mem::take(&mut self.place)));
            return Slice::Done(());
        };
        let (mut silent, mut trouble, mut unmatched) = (None, None, None);
        loop {
            let (since, before) = (Instant::now(), context.cycle.fuel());
            let mut fuel = before;
            let judged = matching.go_on(&mut self.place, self.limit, &mut fuel);
            context.cycle.used(before, fuel, since);
            match judged {
                Judged::All => {}
                Judged::More => return Slice::More,
                Judged::Later(when) => return Slice::Later(when),
                Judged::Failed(reason) => {
                    // Asked again and again, it would keep us for ever.
                    unmatched = Some(format!("lines of {} are not looked at -- {reason}", path.display()));
                    let (inode, position) = (facts.inode, facts.size);
                    self.place = Place { inode, position, line: position, ..Place::default() };
                    break;
                }
            }
            // What is appended while we read is for the next check: a fast writer must not keep us for ever.
            if self.place.position >= facts.size {
                break;
            }
            if context.cycle.turn_spent() {
                return Slice::More;
            }
            let left = usize::try_from(facts.size - self.place.position).unwrap_or(SLICE).min(SLICE);
            matching.buffer.resize(left, 0);
            let read = context.facts.read_at(path, self.place.position, &mut matching.buffer);
            matching.buffer.truncate(*read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => break,
                Ok(length) => {
                    self.place.position += length as u64;
                    context.cycle.spend(10);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                // What was found up to here was found.
                Err(error) if is_silence(&error) => {
                    silent = Some(error_text(&error));
                    break;
                }
                Err(error) => {
                    trouble = Some(error_text(&error));
                    break;
                }
            }
        }
        if !self.place.head.is_empty() {
            let partial = "content match: incomplete line read - no new line at end. (retrying next cycle)";
            context.note(EventKind::Content, partial);
        }
        let mut any = false;
        for test in matching.tests() {
            if let Some(reason) = &test.error {
                // A test without its patterns must not look like one that found nothing.
                context.data_error(reason.clone());
            }
            let failed = !test.found.is_empty();
            any |= failed;
            let unknown =
                trouble.is_some() || silent.is_some() || unmatched.is_some() || test.error.is_some();
            if !failed && unknown {
                continue;
            }
            let message = if failed {
                format!("content match:\n{}", test.found)
            } else {
                "content doesn't match".to_string()
            };
            context.changed(test.test, failed, message);
        }
        file.content_match = Some(any);
        file.content = Some(Box::new(std::mem::take(&mut self.place)));
        if let Some(reason) = silent {
            return Slice::Silent(reason);
        }
        if let Some(message) = unmatched {
            context.builtin(EventKind::Data, true, message);
            return Slice::Done(());
        }
        readable(context, path, file, trouble.as_deref().map_or(Ok(()), Err), told);
        Slice::Done(())
    }
}

impl Place {
    /// Appends to the incomplete line what fits.
    pub(super) fn keep(&mut self, bytes: &[u8], limit: usize) {
        let room = (limit - 1).saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
        self.overflow |= bytes.len() > room;
    }

    /// The line is complete: what is kept of it. It ended so many bytes before what was read does.
    pub(super) fn take_line(&mut self, into: &mut Vec<u8>, left: u64) {
        into.clear();
        into.append(&mut self.head);
        self.line = self.position - left;
        self.overflow = false;
    }
}

/// Reads files of patterns on until all are read, now, so that a change of one counts from this check on.
fn read_patterns(files: &mut Vec<PatternFile>, context: &mut Context<'_>) -> Slice<()> {
    for (at, path) in pattern_files(context.service).enumerate() {
        if at == files.len() {
            files.push(PatternFile::default());
        }
        let Some(file) = files.get_mut(at).filter(|file| !file.complete) else { continue };
        loop {
            let length = file.text.len();
            file.text.resize((length + 2 * SLICE).min(PATTERN_FILE), 0);
            let read =
                context.facts.read_at(path, length as u64, file.text.get_mut(length..).unwrap_or(&mut []));
            file.text.truncate(length + read.as_ref().map_or(0, |count| *count));
            match read {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                Err(reason) => {
                    let reason = error_text(&reason);
                    file.error = Some(format!("cannot read the patterns in {} -- {reason}", path.display()));
                    break;
                }
            }
        }
        file.complete = true;
    }
    Slice::Done(())
}

/// The place must survive a restart. An incomplete line is read again.
pub(super) fn save(file: &FileReading, out: &mut Vec<(String, String)>) {
    if let Some(place) = &file.content {
        out.push(("content".into(), format!("{} {}", place.inode, place.line)));
    }
}

/// Takes back what [`save`] gave.
pub(super) fn load(file: &mut FileReading, name: &str, value: &str) {
    let numbers = value.split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    if let ("content", Some((inode, position))) = (name, numbers) {
        file.content = Some(Box::new(Place { inode, position, line: position, ..Place::default() }));
    }
}
