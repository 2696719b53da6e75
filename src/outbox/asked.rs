//! What those want to know of the outbox who make one message of several events, and how much of a turn is theirs.

use super::Outbox;
use super::destination::Destination;
use super::effort::{Effort, Left};
use std::time::Instant;

impl Outbox {
    /// Takes the cost of this from what is left of the turn. False: nothing was left; whoever need not do it now goes on in
    /// the next turn, which is wanted at once.
    pub fn spend(&mut self, effort: Effort) -> bool {
        self.left.take(effort, Instant::now())
    }

    /// All have had what this turn had for them.
    pub fn end_turn(&mut self) {
        self.left = Left::default();
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
}
