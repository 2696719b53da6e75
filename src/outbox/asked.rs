//! What those want to know of the outbox who make one message of several events.

use super::destination::Destination;
use super::{BYTES, EVENTS, Effort, Outbox, UNWRITTEN};
use crate::log::Log;

impl Outbox {
    /// May that be done in this turn? If so it counts; otherwise whoever asks goes on in the next one, which is wanted at once.
    pub fn may(&mut self, effort: Effort) -> bool {
        self.left.take(effort)
    }

    /// The oldest event younger than `after` that this destination is owed, wherever it goes on.
    pub fn next_after(&self, destination: Destination, after: Option<u64>) -> Option<u64> {
        self.entries.next(after, destination)
    }

    /// Is this destination owed that event?
    pub fn is_owed(&self, destination: Destination, key: u64) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.owed.contains(destination))
    }

    /// Events that this destination is owed, also those that cannot be read at present.
    pub fn owes(&self, destination: Destination) -> usize {
        self.entries.iter().filter(|entry| entry.owed.contains(destination)).count()
    }

    /// This destination has nothing more to do with it, and what it did is said of each recipient.
    pub fn leave(&mut self, destination: Destination, key: u64) {
        self.let_go(key, destination);
    }

    /// A word about an event that whoever takes it up after a crash finds among those who have it. No recipient is called so.
    pub fn note(&mut self, key: u64, word: &str, log: &mut Log) {
        self.mark(key, word, log);
    }

    /// Would a crash leave the event as it is now, as far as that is possible?
    pub fn is_safe(&self, key: u64) -> bool {
        !self.has_store()
            || self.disk.has_failed()
            || self.entries.get(key).is_none_or(|entry| entry.stored && entry.packed.is_none())
    }

    /// The oldest test message for this destination.
    pub fn next_trial(&self, destination: Destination) -> Option<u64> {
        self.trials.next(destination, |key| self.is_owed(destination, key))
    }

    /// Is more than three quarters of the room taken?
    pub fn is_crowded(&self) -> bool {
        let nearly = |used: usize, room: usize| used >= room / 4 * 3 + room % 4;
        match self.disk.open_slots() {
            Some(slots) => {
                slots.is_some_and(|slots| nearly(self.len(), slots as usize))
                    || nearly(self.entries.held(), UNWRITTEN)
            }
            None => nearly(self.len(), EVENTS) || nearly(self.entries.held(), BYTES),
        }
    }
}
