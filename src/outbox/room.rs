//! How much there is room for, and how much is taken: also for those who can wait with an event and would rather not have it
//! dropped.

use super::record::NAME;
use super::{BYTES, EVENTS, Outbox, UNWRITTEN};

/// Bytes that an event of an ordinary description may have.
const EVENT: usize = NAME + 1280;

impl Outbox {
    /// Events and bytes there is room for.
    fn limits(&self) -> (usize, usize) {
        match self.disk.open_slots() {
            Some(slots) => (slots.map_or(usize::MAX, |slots| slots as usize), UNWRITTEN),
            None => (EVENTS, BYTES),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        let (places, bytes) = self.limits();
        self.len() >= places || self.entries.held() >= bytes
    }

    /// Are three quarters of the room taken?
    pub fn is_crowded(&self) -> bool {
        let nearly = |used: usize, room: usize| used >= room / 4 * 3 + room % 4;
        let (places, bytes) = self.limits();
        nearly(self.len(), places) || nearly(self.entries.held(), bytes)
    }

    /// Events that it takes now without dropping one that nobody else would have to give up. Where it is full because a
    /// destination is dead, those that are not get theirs all the same.
    pub fn room(&self) -> usize {
        let (places, bytes) = self.limits();
        let by_bytes = bytes.saturating_sub(self.entries.held()).div_ceil(EVENT);
        let free = places.saturating_sub(self.len()).min(by_bytes);
        if free > 0 {
            return free;
        }
        let used = self.lines.iter().zip(0..).filter(|(line, _)| line.as_ref().is_some_and(|line| line.used));
        let waiting = used.map(|(_, place)| self.waiting(super::Destination(place)));
        let (least, most) =
            waiting.fold((usize::MAX, 0), |(least, most), count| (least.min(count), most.max(count)));
        most.saturating_sub(least)
    }
}
