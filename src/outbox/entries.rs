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
    /// Those that are to be written, and those that are gone: counted, since each turn of the loop asks.
    unwritten: usize,
    gone: usize,
}

impl Default for Entries {
    fn default() -> Entries {
        Entries { list: VecDeque::new(), waiting: [0; MOST], held: 0, unwritten: 0, gone: 0 }
    }
}

impl Entries {
    /// All that are here, the oldest first, those that are gone included.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        self.list.iter()
    }

    /// Events that somebody is owed.
    pub fn len(&self) -> usize {
        self.list.len() - self.gone
    }

    /// Is one of them to be written?
    pub fn has_unwritten(&self) -> bool {
        self.unwritten > 0
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

    /// Changes the one with this key; whether there is one.
    pub fn change(&mut self, key: u64, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(entry) = self.position(key).and_then(|at| self.list.get_mut(at)) else { return false };
        let before = Counted::of(entry);
        change(entry);
        let after = Counted::of(entry);
        self.count(Some(before), Some(after));
        true
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
            self.count(None, Some(Counted::of(&entry)));
            self.list.insert(at, entry);
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, key: u64) {
        let Some(entry) = self.position(key).and_then(|at| self.list.remove(at)) else { return };
        self.count(Some(Counted::of(&entry)), None);
        if self.list.is_empty() {
            self.list = VecDeque::new();
        }
    }

    /// Who is owed it from now on.
    pub fn owe(&mut self, key: u64, owed: Destinations) {
        self.change(key, |entry| entry.owed = owed);
    }

    /// Its file cannot be read at present.
    pub fn put_off(&mut self, key: u64) {
        self.change(key, |entry| entry.put_off = true);
    }

    /// All that were put off are offered again.
    pub fn take_up(&mut self) {
        let keys: Vec<u64> = self.list.iter().filter(|entry| entry.put_off).map(|entry| entry.key).collect();
        for key in keys {
            self.change(key, |entry| entry.put_off = false);
        }
    }

    /// What is held of it from now on.
    pub fn hold(&mut self, key: u64, packed: Option<Packed>) {
        self.change(key, |entry| entry.packed = packed);
    }

    /// Says for each, the youngest first, that a helper has begun to write it, at most so many.
    pub fn begin_writing(&mut self, most: usize) {
        let most = most.min(self.unwritten);
        for entry in self.list.iter_mut().rev().filter(|entry| entry.is_unwritten()).take(most) {
            entry.writing = true;
            entry.stale = false;
            self.unwritten -= 1;
        }
    }

    /// One was so, and is so now.
    fn count(&mut self, before: Option<Counted>, after: Option<Counted>) {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        self.held = self.held + after.held - before.held;
        self.unwritten = self.unwritten + usize::from(after.unwritten) - usize::from(before.unwritten);
        self.gone = self.gone + usize::from(after.gone) - usize::from(before.gone);
        if before.offered == after.offered {
            return;
        }
        for destination in before.offered.iter() {
            self.waiting.get_mut(usize::from(destination.0)).into_iter().for_each(|count| *count -= 1);
        }
        for destination in after.offered.iter() {
            self.waiting.get_mut(usize::from(destination.0)).into_iter().for_each(|count| *count += 1);
        }
    }
}

/// What of an entry is counted.
#[derive(Debug, Default)]
struct Counted {
    offered: Destinations,
    held: usize,
    unwritten: bool,
    gone: bool,
}

impl Counted {
    fn of(entry: &Entry) -> Counted {
        Counted {
            offered: entry.offered(),
            held: entry.packed.as_ref().map_or(0, Packed::len),
            unwritten: entry.is_unwritten(),
            gone: entry.is_gone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::tests::event;

    #[test]
    fn what_is_counted_is_what_is_there() {
        let mut entries = Entries::default();
        let mut dice = 1u64;
        let mut below = |end: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % end
        };
        let packed = || Some(Packed::of_event(&event("web", 1)));
        for _ in 0..20_000 {
            let key = below(20);
            match below(9) {
                0 | 1 => {
                    let owed = Destinations::NONE.with(Destination(below(3) as u8));
                    entries.insert(Entry { key, packed: packed(), owed, stale: true, ..Entry::default() });
                }
                2 => entries.remove(key),
                3 => entries.hold(key, if below(2) == 0 { packed() } else { None }),
                4 => entries.owe(key, Destinations::NONE),
                5 => entries.put_off(key),
                6 => entries.begin_writing(below(4) as usize),
                7 => drop(entries.change(key, |entry| (entry.writing, entry.stale) = (false, true))),
                _ if below(9) == 0 => entries.take_up(),
                _ => {}
            }
            assert_eq!(entries.has_unwritten(), entries.iter().any(Entry::is_unwritten));
            assert_eq!(entries.len(), entries.iter().filter(|entry| !entry.is_gone()).count());
            let held: usize = entries.iter().filter_map(|entry| Some(entry.packed.as_ref()?.len())).sum();
            assert_eq!(entries.held(), held);
            for place in 0..3 {
                let one = Destination(place);
                let waiting = entries.iter().filter(|entry| entry.offered().contains(one)).count();
                assert_eq!(entries.waiting(one), waiting);
            }
        }
    }
}
