//! `if failed checksum`, `if changed checksum`: the file is read in slices, so that no file is too big.
//!
//! A file that stat(2) shows unchanged since its last sum (to the nanosecond, size, inode and both times) is not
//! read again for an hour, if it had not been touched for some time when the sum was taken: from then on nobody can
//! write to it without moving its change time ([`Facts::settle_after`]). The hour is for disks that rot and clocks
//! that were set back.
//!
//! [`Facts::settle_after`]: crate::machine::Facts::settle_after

use super::checksum_known::Known;
use super::context::{Context, Slice};
use super::previous::{Key, Seen};
use crate::config::{ChecksumKind, Condition, EventKind};
use crate::digest::{Hasher, Kind};
use crate::machine::read::error_text;
use crate::machine::{FileFacts, is_silence, unix_secs};
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Bytes read at once.
const SLICE: usize = 32 * 1024;
/// Microseconds that opening costs, and hashing a kilobyte, on a slow machine.
const OPEN_COST: u32 = 15;
const KILOBYTE_COST: u32 = 3;
/// How long a sum is good for an unchanged file.
const GOOD_FOR: Duration = Duration::from_secs(3600);

/// The sums being taken of a file.
#[derive(Debug)]
pub(super) struct Sums {
    running: Vec<(ChecksumKind, Hasher)>,
    /// What stat(2) said.
    size: u64,
    offset: u64,
    buffer: Vec<u8>,
    error: Option<String>,
}

/// The kind of checksum a test wants.
fn wanted(condition: &Condition) -> Option<ChecksumKind> {
    match condition {
        Condition::Checksum(kind, _) | Condition::ChecksumChanged(kind) => Some(*kind),
        _ => None,
    }
}

/// Same stamp: same file, same content as far as stat(2) can tell.
fn stamp(facts: &FileFacts) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher as _};
    let mut hasher = DefaultHasher::new();
    let f = facts;
    (f.inode, f.device, f.size, f.modified, f.modified_nanos, f.changed, f.changed_nanos).hash(&mut hasher);
    hasher.finish().max(1)
}

impl Sums {
    /// The sums that are missing for the tests of a service; `None` if there is nothing to read.
    pub(super) fn begin(context: &Context<'_>, facts: &FileFacts, known: &[Known]) -> Option<Sums> {
        if !context.is_asked(|condition| wanted(condition).is_some()) {
            return None;
        }
        let mut running: Vec<(ChecksumKind, Hasher)> = Vec::new();
        for test in &context.service.tests {
            let Some(kind) = wanted(&test.condition) else { continue };
            let still_good = known.iter().any(|sum| {
                sum.kind == kind
                    && sum.stamp == stamp(facts)
                    && context.now.mono.saturating_duration_since(sum.taken) < GOOD_FOR
            });
            if !still_good && !running.iter().any(|(of, _)| *of == kind) {
                let hasher = match kind {
                    ChecksumKind::Md5 => Hasher::new(Kind::Md5),
                    ChecksumKind::Sha1 => Hasher::new(Kind::Sha1),
                    ChecksumKind::Sha256 => Hasher::new(Kind::Sha256),
                };
                running.push((kind, hasher));
            }
        }
        // One byte more than there is: a read that leaves it empty has seen the end.
        let buffer_size = usize::try_from(facts.size.saturating_add(1)).unwrap_or(SLICE).min(SLICE);
        let size = facts.size;
        (!running.is_empty()).then(|| Sums {
            running,
            size,
            offset: 0,
            buffer: vec![0; buffer_size],
            error: None,
        })
    }

    /// Reads on to the end of the file.
    pub(super) fn step(&mut self, context: &mut Context<'_>, path: &Path) -> Slice<()> {
        while !context.cycle.turn_spent() {
            match context.facts.read_at(path, self.offset, &mut self.buffer) {
                Ok(0) => return Slice::Done(()),
                Ok(length) => {
                    let bytes = self.buffer.get(..length).unwrap_or_default();
                    self.running.iter_mut().for_each(|(_, hasher)| hasher.update(bytes));
                    self.offset += length as u64;
                    let kilobytes = u32::try_from(length / 1024).unwrap_or(u32::MAX);
                    let hashing = KILOBYTE_COST.saturating_mul(kilobytes);
                    context.cycle.spend(OPEN_COST + hashing.saturating_mul(self.running.len() as u32));
                    if self.offset == self.size && length < self.buffer.len() {
                        return Slice::Done(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Slice::Pending,
                Err(error) if is_silence(&error) => return Slice::Silent(error_text(&error)),
                Err(error) => {
                    self.error = Some(error_text(&error));
                    return Slice::Done(());
                }
            }
        }
        Slice::More
    }

    /// Notes the sums. The error if the file could not be read.
    pub(super) fn finish(
        self,
        context: &mut Context<'_>,
        facts: &FileFacts,
        known: &mut Vec<Known>,
    ) -> Option<String> {
        if self.error.is_some() {
            return self.error;
        }
        let now = context.now.mono;
        let age = unix_secs(context.now.wall) - facts.changed.max(facts.modified);
        let settle_after = context.facts.settle_after(facts.device, now);
        let settled = facts.size == self.offset
            && settle_after.is_some_and(|least| i64::try_from(least).is_ok_and(|least| age > least));
        for (kind, hasher) in self.running {
            let sum = hasher.finish_bytes();
            let reference = known.iter().find(|sum| sum.kind == kind).and_then(|sum| sum.reference.clone());
            known.retain(|sum| sum.kind != kind);
            let stamp = if settled { stamp(facts) } else { 0 };
            // One sum is the rule; a growing list would make room for four.
            known.reserve_exact(1);
            known.push(Known { kind, sum, stamp, taken: now, reference });
        }
        None
    }
}

/// The verdicts, when the sums are known. `error`: the file could not be read. `alone`: nobody else reads it, so this
/// is the place to tell that it can be read. `true`: it was told that it cannot.
pub(super) fn verdicts(
    context: &mut Context<'_>,
    path: &dyn Display,
    known: &mut [Known],
    error: Option<&str>,
    alone: bool,
) -> bool {
    if let (Some(reason), true) =
        (error, context.service.tests.iter().any(|t| wanted(&t.condition).is_some()))
    {
        // No verdict on the content: it may be as it should. The last sum is none of now.
        known.iter_mut().for_each(|sum| (sum.sum, sum.stamp) = (Box::default(), 0));
        let message = format!("cannot compute checksum for {path} -- {reason}");
        context.builtin(EventKind::Data, true, message);
        return true;
    }
    for (at, test) in context.service.tests.iter().enumerate() {
        let Some(kind) = wanted(&test.condition) else { continue };
        let Some(sum) = known.iter_mut().find(|sum| sum.kind == kind) else { continue };
        let hex = sum.hex();
        let message = || format!("checksum {hex}");
        if alone && context.memory.trouble.is_none() {
            context.builtin(EventKind::Data, false, message);
        } else {
            context.note(EventKind::Checksum, message);
        }
        match &test.condition {
            Condition::Checksum(_, expected) => {
                let expected = match expected {
                    Some(digest) => digest.hex.clone(),
                    None => sum.reference.get_or_insert_with(|| hex.as_str().into()).clone(),
                };
                let failed = !expected.eq_ignore_ascii_case(&hex);
                context.judge(at, failed, || match failed {
                    true => format!("checksum failed, expected {expected} got {hex}"),
                    false => "checksum is valid".to_owned(),
                });
            }
            Condition::ChecksumChanged(_) => {
                let seen = Seen::Text(hex.as_str().into());
                match context.memory.previous.observe(Key::Checksum(kind), seen.clone()) {
                    Some(before) if before != seen => {
                        context.changed(at, true, format!("checksum changed to {hex}"));
                    }
                    _ => context.changed(at, false, "checksum has not changed"),
                }
            }
            _ => {}
        }
    }
    false
}
