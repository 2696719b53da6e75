//! `if content = …` of a file: the new lines of a log since the last check.
//!
//! A first look starts at the end of the file; a file that appears after it was missing, that shrank or that is
//! another one (rotated) is read from its start; of one that was rotated what was not read yet is read before. Only complete lines count. Of a long line the first part, up to
//! the content limit, is tested; the rest is passed over. NUL bytes are bytes like others.

use super::content_match::{Judged, Matching, pattern_files};
use super::content_place::{Place, Witness};
use super::content_rotated::{OldFile, Opened};
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

/// A content check in flight.
#[derive(Debug)]
pub(super) struct Scan {
    place: Place,
    part: Part,
    limit: usize,
    /// The file that had the name before, while it is read.
    old: Option<Opened>,
    /// Some line was found.
    any: bool,
}

#[derive(Debug)]
enum Part {
    /// Is what stands before the place what stood there?
    Verify(Witness),
    Verified,
    /// The file that had the name before is looked for.
    Old(OldFile),
    /// What stands before the place is noted for the first time.
    First(Witness),
    /// Nothing new.
    Unchanged,
    /// Files of patterns are read, one after the other.
    Begin(Vec<PatternFile>),
    Reading(Box<Matching>),
    /// What stands before the new place is noted.
    Seal(Witness, End),
}

/// What kept the reading from its end.
#[derive(Debug, Default)]
struct End {
    silent: Option<String>,
    trouble: Option<String>,
    unmatched: Option<String>,
}

/// The text of a file of patterns, as far as it is read.
#[derive(Debug, Default)]
struct PatternFile {
    text: Vec<u8>,
    complete: bool,
    error: Option<String>,
}

/// The file is not there: when it comes, its first lines are new, if a test of the service looks at them.
pub(super) fn missing(service: &Service, file: &mut FileReading) {
    if !wanted(service) {
        return;
    }
    let place = file.content.take().map(|place| *place).unwrap_or_default();
    file.content = Some(Box::new(place.replaced_by(0)));
    file.content_match = None;
}

/// Does a test of the service look at the content?
pub(super) fn wanted(service: &Service) -> bool {
    service.tests.iter().any(|test| matches!(test.condition, Condition::FileContent(..)))
}

/// Tells whether the file can be read, by the reason why not, unless `told` before that it cannot.
pub(super) fn readable(
    context: &mut Context<'_>,
    path: &Path,
    file: &mut FileReading,
    trouble: Option<&str>,
    told: bool,
) {
    let path = path.display();
    let message = match trouble {
        None => format!("file {path} can be read"),
        Some(reason) => {
            file.content_match = None;
            format!("cannot open file {path}: {reason}")
        }
    };
    // A silence that was told ends with words of its own.
    if told || context.memory.trouble.is_some() && trouble.is_none() {
        context.note(EventKind::Content, message);
    } else {
        context.builtin(EventKind::Data, trouble.is_some(), message);
    }
}

impl Scan {
    pub(super) fn begin(
        service: &Service,
        file: &mut FileReading,
        facts: &FileFacts,
        before: Presence,
    ) -> Scan {
        let limit = usize::try_from(service.limits.file_content_buffer).unwrap_or(512).max(2);
        // It stays as it is until this check has ended.
        let mut place = match &file.content {
            Some(place) => Place::clone(place),
            None if before == Presence::Missing => Place::default(),
            None => Place::at(facts.inode, facts.size),
        };
        if place.inode != facts.inode {
            place = place.replaced_by(facts.inode);
        } else if facts.size < place.position {
            place = Place { left: place.left, ..Place::at(facts.inode, 0) };
        }
        let part = match place.witness {
            Some(_) if place.position < facts.size => Part::Verify(Witness::before(place.line)),
            _ => Part::Verified,
        };
        Scan { place, part, limit, old: None, any: false }
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
        loop {
            match &mut self.part {
                Part::Verify(witness) => match witness.take(context.facts, path) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    sum => {
                        // Whatever keeps it from being read is told where it is read.
                        if sum.is_ok_and(|sum| self.place.witness != Some(sum)) {
                            let left = self.place.left.take();
                            self.place = Place { left, ..Place::at(facts.inode, 0) };
                        }
                        self.part = Part::Verified;
                    }
                },
                Part::Verified => {
                    self.part = match self.place.left.take() {
                        Some(left) => Part::Old(OldFile::look_for(*left)),
                        None => self.after_old(facts),
                    };
                }
                Part::First(witness) => match witness.take(context.facts, path) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    sum => {
                        self.place.witness = sum.ok();
                        self.part = Part::Unchanged;
                    }
                },
                Part::Old(old) => match old.find(context, path) {
                    Slice::Done(()) => {
                        self.old = old.opened();
                        if self.old.is_none() {
                            // Its writer may still be at it, unless it writes to the new one already.
                            self.place.left = old.again(facts.size > 0);
                        }
                        self.part = match self.old {
                            None => self.after_old(facts),
                            Some(_) => Part::Begin(Vec::new()),
                        };
                    }
                    waits => return waits,
                },
                Part::Begin(files) => match read_patterns(files, context) {
                    Slice::Done(()) => {
                        let own = context.cycle.own_log().lines_of(path, facts, context.facts);
                        let Ok(own) = own else { return Slice::Pending };
                        let files = std::mem::take(files).into_iter().map(|file| (file.text, file.error));
                        let matching = Matching::new(context.service, files.collect(), own);
                        self.part = Part::Reading(Box::new(matching));
                    }
                    waits => return waits,
                },
                Part::Unchanged => return self.unchanged(context, path, file, told),
                Part::Reading(_) => match self.read(context, path, facts) {
                    Slice::Done(end) => {
                        self.judge(context, &end);
                        let witness = Witness::before(self.place.line);
                        self.part = Part::Seal(witness, end);
                    }
                    waits => return waits.waits(),
                },
                Part::Seal(witness, end) => {
                    match witness.take(context.facts, path) {
                        Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                        // Nothing proves nothing.
                        sum => self.place.witness = sum.ok().filter(|_| self.place.line > 0),
                    }
                    let end = std::mem::take(end);
                    return self.finish(context, path, file, told, end);
                }
            }
        }
    }

    /// There is nothing to be read of the file that had the name before.
    fn after_old(&self, facts: &FileFacts) -> Part {
        match self.place {
            Place { position, .. } if position < facts.size => Part::Begin(Vec::new()),
            Place { witness: None, line: line @ 1.., .. } => Part::First(Witness::before(line)),
            _ => Part::Unchanged,
        }
    }

    /// Nothing was written since the last check.
    fn unchanged(
        &mut self,
        context: &mut Context<'_>,
        path: &Path,
        file: &mut FileReading,
        told: bool,
    ) -> Slice<()> {
        // Whether it can be read at all is asked at the first look, and as long as it cannot.
        if file.content_match.is_none() {
            if let Err(error) = context.facts.read_at(path, self.place.position, &mut [0; 1]) {
                let reason = error_text(&error);
                if error.kind() == ErrorKind::WouldBlock {
                    return Slice::Pending;
                }
                file.content = Some(Box::new(std::mem::take(&mut self.place)));
                if is_silence(&error) {
                    return Slice::Silent(reason);
                }
                readable(context, path, file, Some(&reason), told);
                return Slice::Done(());
            }
            readable(context, path, file, None, told);
        }
        let unchanged = "content match skipped - file size nor inode has not changed since last test";
        context.note(EventKind::Content, unchanged);
        for (at, test) in context.service.tests.iter().enumerate() {
            if matches!(test.condition, Condition::FileContent(..)) {
                context.changed(at, false, "content doesn't match");
            }
        }
        file.content_match = Some(false);
        file.content = Some(Box::new(std::mem::take(&mut self.place)));
        Slice::Done(())
    }

    /// Reads and matches what is new: first in the file that had the name before.
    fn read(&mut self, context: &mut Context<'_>, path: &Path, facts: &FileFacts) -> Slice<End> {
        let Part::Reading(matching) = &mut self.part else { return Slice::Done(End::default()) };
        let mut end = End::default();
        loop {
            let (path, size, place) = match &mut self.old {
                Some(old) => (&*old.path, old.size, &mut old.place),
                None => (path, facts.size, &mut self.place),
            };
            let (since, before) = (Instant::now(), context.cycle.fuel());
            let mut fuel = before;
            let judged = matching.go_on(place, self.limit, &mut fuel);
            context.cycle.used(before, fuel, since);
            match judged {
                Judged::All => {}
                Judged::More => return Slice::More,
                Judged::Later(when) => return Slice::Later(when),
                Judged::Failed(reason) => {
                    // Asked again and again, it would keep us for ever.
                    end.unmatched =
                        Some(format!("lines of {} are not looked at -- {reason}", path.display()));
                    *place = Place { left: place.left.take(), ..Place::at(place.inode, size) };
                    self.old = None;
                    break;
                }
            }
            // What is appended while we read is for the next check: a fast writer must not keep us for ever.
            let mut at_end = place.position >= size;
            if !at_end {
                if context.cycle.turn_spent() {
                    return Slice::More;
                }
                let left = usize::try_from(size - place.position).unwrap_or(SLICE).min(SLICE);
                matching.buffer.resize(left, 0);
                let read = context.facts.read_at(path, place.position, &mut matching.buffer);
                matching.buffer.truncate(*read.as_ref().unwrap_or(&0));
                match read {
                    Ok(0) => at_end = true,
                    Ok(length) => {
                        place.position += length as u64;
                        context.cycle.spend(10);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                    // What was found up to here was found.
                    Err(error) if is_silence(&error) => {
                        end.silent = Some(error_text(&error));
                        break;
                    }
                    // The name that it has now is nobody's business but ours.
                    Err(_) if self.old.is_some() => at_end = true,
                    Err(error) => {
                        end.trouble = Some(error_text(&error));
                        break;
                    }
                }
            }
            match self.old.take() {
                Some(old) if at_end => self.place.left = old.left(),
                None if at_end => break,
                old => self.old = old,
            }
        }
        if let Some(old) = self.old.take() {
            self.place.left = old.left();
        }
        Slice::Done(end)
    }

    /// The verdicts on what was found.
    fn judge(&mut self, context: &mut Context<'_>, end: &End) {
        let Part::Reading(matching) = &self.part else { return };
        if !self.place.head.is_empty() {
            let partial = "content match: incomplete line read - no new line at end. (retrying next cycle)";
            context.note(EventKind::Content, partial);
        }
        for test in matching.tests() {
            if let Some(reason) = &test.error {
                // A test without its patterns must not look like one that found nothing.
                context.data_error(reason.clone());
            }
            let failed = !test.found.is_empty();
            self.any |= failed;
            let unknown = end.is_short() || test.error.is_some();
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
    }

    fn finish(
        &mut self,
        context: &mut Context<'_>,
        path: &Path,
        file: &mut FileReading,
        told: bool,
        end: End,
    ) -> Slice<()> {
        file.content_match = Some(self.any);
        file.content = Some(Box::new(std::mem::take(&mut self.place)));
        if let Some(reason) = end.silent {
            return Slice::Silent(reason);
        }
        if let Some(message) = end.unmatched {
            context.builtin(EventKind::Data, true, message);
            return Slice::Done(());
        }
        readable(context, path, file, end.trouble.as_deref(), told);
        Slice::Done(())
    }
}

impl End {
    /// Not everything was read and judged.
    fn is_short(&self) -> bool {
        self.silent.is_some() || self.trouble.is_some() || self.unmatched.is_some()
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
