//! Files, directories and fifos: existence, type, then the tests in the reference's order: checksum, permission,
//! owner, size, hard links, timestamps, content.

use super::context::{Context, Slice};
use super::memory::{FileReading, Measured};
use super::ownership::Owner;
use super::progress::Progress;
use super::verdict::Presence;
use super::{
    checksum, checksum_known, content, content_place, existence, folder, ownership, size, timestamp,
};
use crate::config::{EventKind, Service, Subject};
use crate::machine::read::error_text;
use crate::machine::{FileKind, is_silence, means_absent};
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;

/// Microseconds a stat(2) and its verdicts cost, on a slow machine.
const LOOK: u32 = 7;
/// A file that is replaced again and again while its checksum is taken is left to the next check.
const TRIES: u8 = 3;

/// A file check in flight.
#[derive(Debug, Default)]
pub(super) struct Task {
    part: Part,
    /// It was told that the file cannot be read.
    unreadable: bool,
    /// How often another file had taken the name while the checksum was taken.
    replaced: u8,
}

#[derive(Debug, Default)]
enum Part {
    #[default]
    Look,
    Checksum(Box<checksum::Sums>),
    Verify(Box<checksum::Sums>),
    Folder(Box<folder::Scan>),
    Attributes(Option<String>),
    Content(Box<content::Scan>),
    Done,
}

/// The path, the word for the type, what it must be.
fn subject(service: &Service) -> Option<(&Path, &'static str)> {
    match &service.subject {
        Subject::File(path) => Some((path, "file")),
        Subject::Directory(path) => Some((path, "directory")),
        Subject::Fifo(path) => Some((path, "fifo")),
        _ => None,
    }
}

pub(super) fn step(task: &mut Task, context: &mut Context<'_>) -> Progress<Presence> {
    let Some((path, word)) = subject(context.service) else { return Progress::Done(Presence::Unknown) };
    let mut file = match std::mem::take(&mut context.memory.measured) {
        Measured::File(file) => file,
        _ => {
            let mut file = Box::<FileReading>::default();
            for (name, value) in std::mem::take(&mut context.memory.loaded) {
                checksum_known::load(&mut file.sums, &name, &value, context.now.mono);
                content_place::load(&mut file.content, &name, &value);
            }
            file
        }
    };
    let step = advance(task, context, &mut file, path, word);
    context.memory.measured = Measured::File(file);
    step
}

fn advance(
    task: &mut Task,
    context: &mut Context<'_>,
    file: &mut FileReading,
    path: &Path,
    word: &str,
) -> Progress<Presence> {
    loop {
        task.part = match std::mem::replace(&mut task.part, Part::Done) {
            Part::Look => {
                if let Some(end) = look(context, file, path, word) {
                    task.part = Part::Look;
                    return end;
                }
                if file.facts.kind == FileKind::Directory {
                    file.folder = None;
                    task.part = match folder::Scan::begin(context, path, &file.facts) {
                        None => Part::Attributes(None),
                        Some(scan) => Part::Folder(Box::new(scan)),
                    };
                    continue;
                }
                match file.facts.kind {
                    FileKind::File => begin_checksum(context, file),
                    // What cannot be opened has no content to test, and that must not look like a good one.
                    FileKind::Socket => Part::Attributes(Some("it is a socket".into())),
                    _ => Part::Attributes(None),
                }
            }
            Part::Checksum(mut sums) => match sums.step(context, path) {
                Slice::Done(()) => Part::Verify(sums),
                Slice::Silent(reason) => return silent(context, path, word, &reason),
                waits => {
                    task.part = Part::Checksum(sums);
                    return wait(&waits, context);
                }
            },
            // The file was read by name, slice by slice: is that still the one that was looked at?
            Part::Verify(sums) => match context.facts.stat(path) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    task.part = Part::Verify(sums);
                    return context.pending();
                }
                Err(error) if is_silence(&error) => {
                    return silent(context, path, word, &error_text(&error));
                }
                Ok(facts) if (facts.inode, facts.device) == (file.facts.inode, file.facts.device) => {
                    Part::Attributes(sums.finish(context, &file.facts, &mut file.sums))
                }
                Ok(facts) if facts.kind == FileKind::File && task.replaced < TRIES => {
                    file.facts = facts;
                    task.replaced += 1;
                    begin_checksum(context, file)
                }
                // Gone, or never the same: the next check tells. A sum of two halves would be one of no file.
                _ => Part::Attributes(None),
            },
            Part::Folder(mut scan) => {
                let counted = match scan.step(context) {
                    Slice::Done(counted) => counted,
                    Slice::Silent(reason) => return silent(context, path, word, &reason),
                    waits => {
                        task.part = Part::Folder(scan);
                        return wait(&waits, context);
                    }
                };
                file.folder = counted.as_ref().ok().copied();
                folder::verdicts(context, &path.display(), counted.as_ref().copied());
                Part::Attributes(None)
            }
            Part::Attributes(error) => {
                attributes(task, context, file, &path.display(), error.as_deref());
                match file.facts.kind {
                    _ if !content::wanted(context.service) => Part::Done,
                    FileKind::File => {
                        let before = context.memory.presence;
                        let facts = file.facts;
                        let scan = content::Scan::begin(context.service, file, &facts, before);
                        Part::Content(Box::new(scan))
                    }
                    _ => {
                        content::readable(context, path, file, Some("it is a socket"), task.unreadable);
                        Part::Done
                    }
                }
            }
            Part::Content(mut scan) => {
                let facts = file.facts;
                match scan.step(context, path, &facts, file, task.unreadable) {
                    Slice::Done(()) => Part::Done,
                    Slice::Silent(reason) => return silent(context, path, word, &reason),
                    waits => {
                        task.part = Part::Content(scan);
                        return wait(&waits, context);
                    }
                }
            }
            Part::Done => {
                answering(context, path, word);
                return Progress::Done(Presence::Present);
            }
        };
    }
}

fn begin_checksum(context: &Context<'_>, file: &FileReading) -> Part {
    let sums = checksum::Sums::begin(context, &file.facts, &file.sums);
    sums.map_or(Part::Attributes(None), |sums| Part::Checksum(Box::new(sums)))
}

/// The step of a part that cannot go on in this turn.
fn wait<T>(slice: &Slice<T>, context: &Context<'_>) -> Progress<Presence> {
    match slice {
        Slice::Later(when) => Progress::Later(*when),
        Slice::Pending => context.pending(),
        _ => Progress::More,
    }
}

fn answering(context: &mut Context<'_>, path: &Path, word: &str) {
    if context.memory.trouble.is_some() {
        context.answering(&format!("{word} '{}'", path.display()));
    }
}

fn silent(context: &mut Context<'_>, path: &Path, word: &str, reason: &str) -> Progress<Presence> {
    context.silent(&format!("{word} '{}'", path.display()), reason)
}

/// Is it there, and what is it? `Some`: the check cannot go on from here, or ends.
fn look(
    context: &mut Context<'_>,
    file: &mut FileReading,
    path: &Path,
    word: &str,
) -> Option<Progress<Presence>> {
    context.cycle.spend(LOOK);
    let facts = match context.facts.stat(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(context.pending()),
        Err(error) if is_silence(&error) => {
            return Some(silent(context, path, word, &error_text(&error)));
        }
        Err(error) if !means_absent(&error) => {
            return Some(context.unreadable(&format!("{word} '{}'", path.display()), &error_text(&error)));
        }
        Err(_) => {
            existence::verdict(context, false, || format!("{word} doesn't exist"));
            content::missing(context.service, file);
            answering(context, path, word);
            return Some(Progress::Done(Presence::Missing));
        }
    };
    existence::verdict(context, true, || format!("{word} exists"));
    let (wanted, good, bad) = match (word, facts.kind) {
        ("file", FileKind::Socket) => (true, "is a socket", ""),
        ("file", kind) => {
            (kind == FileKind::File, "is a regular file", "is neither a regular file nor a socket")
        }
        ("directory", kind) => (kind == FileKind::Directory, "is directory", "is not directory"),
        (_, kind) => (kind == FileKind::Fifo, "is fifo", "is not fifo"),
    };
    context.builtin(EventKind::Invalid, !wanted, if wanted { good } else { bad });
    if !wanted {
        answering(context, path, word);
        return Some(Progress::Done(Presence::WrongType));
    }
    file.facts = facts;
    None
}

/// Everything that stat(2) told.
fn attributes(
    task: &mut Task,
    context: &mut Context<'_>,
    file: &mut FileReading,
    path: &dyn Display,
    error: Option<&str>,
) {
    let facts = file.facts;
    if matches!(context.service.subject, Subject::File(_)) {
        let alone = !content::wanted(context.service);
        task.unreadable = checksum::verdicts(context, path, &mut file.sums, error, alone);
    }
    ownership::permission(context, path, facts.mode);
    ownership::owner(context, Owner::Uid, facts.uid);
    ownership::owner(context, Owner::Gid, facts.gid);
    if matches!(context.service.subject, Subject::File(_)) {
        size::size(context, path, facts.size);
    }
    size::hardlink(context, path, facts.links);
    timestamp::timestamps(context, path, &facts);
}
