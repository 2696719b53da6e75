//! The events that wait, in order of age, and who is still owed each of them.

use super::destination::{Destination, Destinations, MOST};
use super::packed::Packed;
use std::collections::VecDeque;

/// An event that waits.
#[derive(Debug, Default)]
pub struct Entry {
    /// Its age and its name.
    pub key: u64,
    /// The event; given up when it is on disk.
    pub packed: Option<Packed>,
    /// Who is still to get it. Nobody: it is gone, and stays only until a helper that is writing it is done.
    pub owed: Destinations,
    /// A version of it is on disk.
    pub stored: bool,
    /// A helper is writing it.
    pub writing: bool,
    /// Its file cannot be read at present: nobody is given it until it is tried again.
    pub put_off: bool,
    /// `packed` is younger than what is on disk or on its way there.
    pub stale: bool,
}

impl Entry {
    /// Everybody has it, or nobody ever will.
    pub fn is_gone(&self) -> bool {
        self.owed.is_empty()
    }

    /// Who is owed it and may have it now.
    fn offered(&self) -> Destinations {
        if self.put_off { Destinations::NONE } else { self.owed }
    }

    /// Is it to be written?
    pub fn is_unwritten(&self) -> bool {
        self.stale && self.packed.is_some() && !self.writing && !self.is_gone()
    }
}

/// The events that wait.
#[derive(Debug)]
pub struct Entries {
    list: VecDeque<Entry>,
    waiting: [u32; MOST],
    held: usize,
}

impl Default for Entries {
    fn default() -> Entries {
        Entries { list: VecDeque::new(), waiting: [0; MOST], held: 0 }
    }
}

impl Entries {
    /// All that are here, the oldest first, those that are gone included.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        self.list.iter()
    }

    /// Events that somebody is owed.
    pub fn len(&self) -> usize {
        self.list.iter().filter(|entry| !entry.is_gone()).count()
    }

    /// Bytes of events in memory.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Events that this destination is owed and may have now.
    pub fn waiting(&self, destination: Destination) -> usize {
        self.waiting.get(usize::from(destination.0)).map_or(0, |count| *count as usize)
    }

    fn position(&self, key: u64) -> Option<usize> {
        self.list.binary_search_by_key(&key, |entry| entry.key).ok()
    }

    /// The one with this key.
    pub fn get(&self, key: u64) -> Option<&Entry> {
        self.list.get(self.position(key)?)
    }

    /// The one with this key. Who is owed it and what is held of it are changed with the functions below.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut Entry> {
        let at = self.position(key)?;
        self.list.get_mut(at)
    }

    /// The oldest younger than `after` that this destination is owed.
    pub fn next(&self, after: Option<u64>, destination: Destination) -> Option<u64> {
        let start = after.map_or(0, |after| self.list.partition_point(|entry| entry.key <= after));
        self.list
            .iter()
            .skip(start)
            .find(|entry| entry.offered().contains(destination))
            .map(|entry| entry.key)
    }

    /// Takes one in. What has a key already is here already.
    pub fn insert(&mut self, entry: Entry) {
        if let Err(at) = self.list.binary_search_by_key(&entry.key, |entry| entry.key) {
            self.count(Destinations::NONE, entry.offered());
            self.held += entry.packed.as_ref().map_or(0, Packed::len);
            self.list.insert(at, entry);
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, key: u64) {
        let Some(entry) = self.position(key).and_then(|at| self.list.remove(at)) else { return };
        self.count(entry.offered(), Destinations::NONE);
        self.held -= entry.packed.as_ref().map_or(0, Packed::len);
        if self.list.is_empty() {
            self.list = VecDeque::new();
        }
    }

    /// Who is owed it from now on.
    pub fn owe(&mut self, key: u64, owed: Destinations) {
        if let Some(entry) = self.get_mut(key) {
            let before = entry.offered();
            entry.owed = owed;
            let after = entry.offered();
            self.count(before, after);
        }
    }

    /// Its file cannot be read at present.
    pub fn put_off(&mut self, key: u64) {
        if let Some(entry) = self.get_mut(key) {
            let before = entry.offered();
            entry.put_off = true;
            self.count(before, Destinations::NONE);
        }
    }

    /// All that were put off are offered again.
    pub fn take_up(&mut self) {
        let keys: Vec<u64> = self.list.iter().filter(|entry| entry.put_off).map(|entry| entry.key).collect();
        for key in keys {
            let Some(entry) = self.get_mut(key) else { continue };
            entry.put_off = false;
            let after = entry.owed;
            self.count(Destinations::NONE, after);
        }
    }

    /// What is held of it from now on.
    pub fn hold(&mut self, key: u64, packed: Option<Packed>) {
        if let Some(entry) = self.get_mut(key) {
            let more = packed.as_ref().map_or(0, Packed::len);
            let less = std::mem::replace(&mut entry.packed, packed).map_or(0, |old| old.len());
            self.held = self.held + more - less;
        }
    }

    /// Says for each, the youngest first, that a helper has begun to write it, at most so many.
    pub fn begin_writing(&mut self, most: usize) {
        for entry in self.list.iter_mut().rev().filter(|entry| entry.is_unwritten()).take(most) {
            entry.writing = true;
            entry.stale = false;
        }
    }

    fn count(&mut self, before: Destinations, after: Destinations) {
        for destination in before.iter() {
            self.waiting.get_mut(usize::from(destination.0)).into_iter().for_each(|count| *count -= 1);
        }
        for destination in after.iter() {
            self.waiting.get_mut(usize::from(destination.0)).into_iter().for_each(|count| *count += 1);
        }
    }
}
