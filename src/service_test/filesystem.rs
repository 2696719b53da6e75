//! A mounted filesystem: there or not, permission and owner of its mount point, flags, space, activity.

use super::context::Context;
use super::memory::{FilesystemReading, Measured, Rate};
use super::ownership::Owner;
use super::progress::Progress;
use super::verdict::Presence;
use super::{ownership, space};
use crate::config::{Condition, EventKind, Subject};
use crate::machine::{FilesystemAnswer, MountActivity};
use std::time::Instant;

pub(super) fn step(context: &mut Context<'_>) -> Progress<Presence> {
    let Subject::Filesystem(name) = &context.service.subject else {
        return Progress::Done(Presence::Unknown);
    };
    context.cycle.spend(50);
    let path = name.to_string_lossy();
    let facts = match context.facts.filesystem(name, context.now.mono) {
        FilesystemAnswer::Pending(when) => return Progress::Later(when),
        FilesystemAnswer::NotMounted => {
            exists(context, &path, false);
            return Progress::Done(Presence::Missing);
        }
        FilesystemAnswer::Failed(reason) => {
            // It is mounted, so it exists; nothing else is known about it.
            context.builtin(
                EventKind::Data,
                true,
                format!("filesystem '{path}' is not answering -- {reason}"),
            );
            return Progress::Done(Presence::Unknown);
        }
        FilesystemAnswer::Mounted(facts) => facts,
    };
    exists(context, &path, true);
    if context.memory.presence == Presence::Unknown {
        context.builtin(EventKind::Data, false, || format!("filesystem '{path}' is answering"));
    }
    let mut reading = match std::mem::take(&mut context.memory.measured) {
        Measured::Filesystem(reading) => reading,
        _ => Box::default(),
    };
    measure_activity(&mut reading, facts.activity, context.now.mono);
    reading.facts = *facts;
    ownership::permission(context, &path, reading.facts.mode);
    ownership::owner(context, Owner::Uid, reading.facts.uid);
    ownership::owner(context, Owner::Gid, reading.facts.gid);
    space::flags(context, &reading.facts.flags);
    space::usage(context, &reading);
    context.memory.measured = Measured::Filesystem(reading);
    Progress::Done(Presence::Present)
}

/// `if not exist` and `if exist`, which the reference words differently here.
fn exists(context: &mut Context<'_>, path: &str, exists: bool) {
    for (at, test) in context.service.tests.iter().enumerate() {
        let (bad, message) = match (&test.condition, exists) {
            (Condition::NotExist, true) => {
                (false, format!("succeeded getting filesystem statistics for '{path}'"))
            }
            (Condition::NotExist, false) => {
                // The reference says the reason in a line of its own, which no alert carries.
                (true, format!("unable to read filesystem '{path}' state -- Filesystem '{path}' not mounted"))
            }
            (Condition::Exist, true) => (true, format!("filesystem '{path}' exists")),
            (Condition::Exist, false) => (false, format!("filesystem '{path}' doesn't exist")),
            _ => continue,
        };
        context.judge(at, bad, message);
    }
}

fn measure_activity(reading: &mut FilesystemReading, activity: Option<MountActivity>, now: Instant) {
    let Some(new) = activity else {
        (reading.read, reading.write, reading.reads, reading.writes) = (None, None, None, None);
        (reading.read_time, reading.write_time, reading.last) = (None, None, Some((now, None)));
        return;
    };
    let last = reading.last.and_then(|(when, last)| Some((when, last?)));
    let seconds = last.map(|(when, _)| now.saturating_duration_since(when).as_secs_f64());
    let update = |rate: &mut Option<Rate>, total: u64| {
        rate.get_or_insert_default().update(total, seconds);
    };
    update(&mut reading.read, new.read_bytes);
    update(&mut reading.write, new.written_bytes);
    update(&mut reading.reads, new.reads);
    update(&mut reading.writes, new.writes);
    // Milliseconds per operation between two looks; 0 if nothing was done, or at the first.
    let time = |before: Option<Option<u64>>, time: Option<u64>, done_before: u64, done: u64| {
        let time = time?;
        let spent = before.flatten().map_or(0, |before| time.saturating_sub(before));
        let operations = done.saturating_sub(done_before);
        Some(if operations == 0 { 0.0 } else { spent as f64 / operations as f64 })
    };
    let before = last.map(|(_, last)| last);
    let done = before.unwrap_or(new);
    reading.read_time = time(before.map(|b| b.read_time), new.read_time, done.reads, new.reads);
    reading.write_time = time(before.map(|b| b.write_time), new.write_time, done.writes, new.writes);
    reading.last = Some((now, Some(new)));
}
