//! Files, directories and fifos: existence, type, then the tests in the reference's order: checksum, permission,
//! owner, size, hard links, timestamps, content.

use super::check::{Context, Step};
use super::memory::{FileReading, Measured};
use super::ownership::Owner;
use super::verdict::Presence;
use super::{checksum, content, existence, ownership, size, timestamp};
use crate::config::{Condition, EventKind, Service, Subject};
use crate::machine::{FileFacts, FileKind, unix_secs};
use std::path::Path;

/// A file check in flight.
#[derive(Debug, Default)]
pub(super) struct Task {
    stage: Stage,
    facts: FileFacts,
    content: Option<Box<content::Scan>>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Look,
    Checksum(Box<checksum::Sums>),
    Content,
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

fn reading<'a>(context: &'a mut Context<'_>) -> &'a mut FileReading {
    if !matches!(context.memory.measured, Measured::File(_)) {
        let mut file = Box::<FileReading>::default();
        for (name, value) in std::mem::take(&mut context.memory.loaded) {
            checksum::load(&mut file, &name, &value, context.now.instant);
            content::load(&mut file, &name, &value);
        }
        context.memory.measured = Measured::File(file);
    }
    match &mut context.memory.measured {
        Measured::File(file) => file,
        // Just set.
        _ => unreachable!(),
    }
}

pub(super) fn step(task: &mut Task, context: &mut Context<'_>) -> Step {
    let Some((path, word)) = subject(context.service) else { return Step::Done(Presence::Unknown) };
    let text = path.to_string_lossy();
    if matches!(task.stage, Stage::Look) {
        if let Some(end) = look(task, context, path, word) {
            return Step::Done(end);
        }
        let known = std::mem::take(&mut reading(context).sums);
        let sums = if task.facts.kind == FileKind::File {
            checksum::Sums::begin(context, &task.facts, &known)
        } else {
            None
        };
        reading(context).sums = known;
        match sums {
            Some(sums) => task.stage = Stage::Checksum(Box::new(sums)),
            None => attributes(task, context, &text, None),
        }
    }
    if let Stage::Checksum(sums) = &mut task.stage {
        if !sums.step(context, path) {
            return Step::More;
        }
        if let Stage::Checksum(sums) = std::mem::take(&mut task.stage) {
            let (wall, now) = (unix_secs(context.now.wall), context.now.instant);
            let error = sums.finish(&task.facts, wall, now, &mut reading(context).sums);
            attributes(task, context, &text, error.as_deref());
        }
    }
    if let Some(scan) = &mut task.content {
        let mut file = std::mem::take(reading(context));
        let done = scan.step(context, path, &task.facts, &mut file);
        *reading(context) = file;
        if !done {
            return Step::More;
        }
    }
    Step::Done(Presence::Present)
}

/// Is it there, and what is it? `Some`: the check ends here.
fn look(task: &mut Task, context: &mut Context<'_>, path: &Path, word: &str) -> Option<Presence> {
    let before = context.memory.presence;
    let facts = match context.facts.stat(path) {
        Ok(facts) => facts,
        Err(error) => {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                    format!("{word} doesn't exist")
                }
                _ => format!("{word} doesn't exist -- {}", crate::machine::read::error_text(&error)),
            };
            existence::verdict(context, false, &message);
            content::missing(reading(context));
            return Some(Presence::Missing);
        }
    };
    existence::verdict(context, true, &format!("{word} exists"));
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
        reading(context);
        return Some(Presence::WrongType);
    }
    reading(context).facts = facts;
    task.facts = facts;
    let has_content = |condition: &Condition| matches!(condition, Condition::FileContent(..));
    if facts.kind == FileKind::File && context.service.tests.iter().any(|t| has_content(&t.condition)) {
        task.content =
            Some(Box::new(content::Scan::begin(context.service, reading(context), &facts, before)));
    }
    None
}

/// Everything that stat(2) told.
fn attributes(task: &mut Task, context: &mut Context<'_>, path: &str, error: Option<&str>) {
    let facts = task.facts;
    let mut known = std::mem::take(&mut reading(context).sums);
    if facts.kind == FileKind::File {
        let sum = checksum::verdicts(context, path, &mut known, error);
        reading(context).checksum = sum;
    }
    reading(context).sums = known;
    ownership::permission(context, path, facts.mode);
    ownership::owner(context, Owner::Uid, facts.uid);
    ownership::owner(context, Owner::Gid, facts.gid);
    if matches!(context.service.subject, Subject::File(_)) {
        size::size(context, path, facts.size);
    }
    size::hardlink(context, path, facts.links);
    timestamp::timestamps(context, path, &facts);
    task.stage = Stage::Content;
}
