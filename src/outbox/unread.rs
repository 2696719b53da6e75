//! Events whose file cannot be read just now (no descriptor is free, the disk reports an error): they stay, hold up no other,
//! and are tried again later. That somebody has one meanwhile is kept here until it can be said in the file.

use super::packed::Packed;
use super::record::Record;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Pause until files that could not be read are tried again.
pub const PAUSE: Duration = Duration::from_secs(30);

/// What is known about them.
#[derive(Debug, Default)]
pub struct Unread {
    /// Events and who has them, which their files do not say.
    marks: Vec<(u64, Box<str>)>,
    /// Those that could not be read and have not been since.
    keys: BTreeSet<u64>,
    /// Some of them are put off.
    any: bool,
    again_at: Option<Instant>,
}

impl Unread {
    /// The file of this one could not be read. `true`: it is the first of all.
    pub fn add(&mut self, key: u64) -> bool {
        self.any = true;
        let first = self.keys.is_empty();
        self.keys.insert(key) && first
    }

    /// It could be read. `true`: it is the last of those that could not.
    pub fn was_read(&mut self, key: u64) -> bool {
        self.keys.remove(&key) && self.keys.is_empty()
    }

    /// Its file is to say that somebody has it.
    pub fn mark(&mut self, key: u64, who: &str) {
        self.marks.push((key, who.into()));
    }

    /// An event and what is to be said in its file.
    pub fn take_marks(&mut self, key: u64, packed: Packed) -> Packed {
        let of_it = self.marks.iter().filter(|(of, _)| *of == key);
        let packed = of_it.fold(packed, |packed, (_, who)| packed.with(who));
        self.marks.retain(|(of, _)| *of != key);
        packed
    }

    /// The record, with who has it and is not named in the file.
    pub fn complete(&self, key: u64, mut record: Record) -> Record {
        record.delivered.extend(self.marks.iter().filter(|(of, _)| *of == key).map(|(_, who)| who.clone()));
        record
    }

    /// It is gone.
    pub fn forget(&mut self, key: u64) {
        self.marks.retain(|(of, _)| *of != key);
        self.keys.remove(&key);
    }

    /// Are they to be tried again now?
    pub fn is_due(&mut self, now: Instant) -> bool {
        if self.any && *self.again_at.get_or_insert(now + PAUSE) <= now {
            (self.any, self.again_at) = (false, None);
            return true;
        }
        false
    }

    /// When [`is_due`](Self::is_due) is wanted, if they are put off.
    pub fn deadline(&self) -> Option<Instant> {
        // That they are was found behind the last time it was asked.
        self.any.then(|| self.again_at.unwrap_or_else(Instant::now))
    }
}
