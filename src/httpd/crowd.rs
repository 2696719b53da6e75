//! The clients that are connected: how many, how much memory they hold together, and who goes when that is too much.

use super::auth::Origin;
use super::backoff::Neighbourhood;
use super::connection::{Connection, Life};
use std::time::Instant;

/// Clients at a time. More wait in the kernel's queue, or make room.
pub(super) const CONNECTIONS: usize = 64;
/// Bytes of answers that wait for slow clients, all together.
pub(super) const HELD: usize = 4 * 1024 * 1024;
/// By how much an answer usually grows in one turn.
const PIECE: usize = 64 * 1024;

/// Everybody who is connected. A client keeps its number; who comes after it under the same number has another mark, so
/// that what the kernel has said of the one is not taken for news of the other.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    slots: Vec<Option<Connection>>,
    marks: Vec<u8>,
    /// The next one. It comes round after far more clients than one turn lets in.
    mark: u8,
}

impl Crowd {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.slots.iter().flatten()
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.slots.iter_mut().flatten()
    }

    /// All of them, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Connection)> {
        self.slots.iter().enumerate().filter_map(|(id, slot)| Some((id, slot.as_ref()?)))
    }

    /// What tells this one from those that had its number before.
    pub fn mark(&self, id: usize) -> u8 {
        self.marks.get(id).copied().unwrap_or_default()
    }

    /// Takes one out, to work with it; [`Crowd::keep`] puts it back.
    pub fn take(&mut self, id: usize) -> Option<Connection> {
        self.slots.get_mut(id).and_then(Option::take)
    }

    /// A newcomer, who may push somebody out. Gives his number.
    pub fn admit(&mut self, connection: Connection) -> usize {
        if self.iter().count() >= CONNECTIONS {
            self.make_room(connection.origin());
        }
        let id = match self.slots.iter().position(Option::is_none) {
            Some(id) => id,
            None => {
                self.slots.push(None);
                self.marks.push(0);
                self.slots.len() - 1
            }
        };
        self.mark = self.mark.wrapping_add(1);
        if let Some(mark) = self.marks.get_mut(id) {
            *mark = self.mark;
        }
        if let Some(slot) = self.slots.get_mut(id) {
            *slot = Some(connection);
        }
        id
    }

    /// Puts one back that was taken out, if it is still needed.
    pub fn keep(&mut self, id: usize, connection: Connection, life: Life) {
        if life == Life::Open {
            self.limit_held(&connection);
            if let Some(slot) = self.slots.get_mut(id) {
                *slot = Some(connection);
            }
        }
    }

    /// Drops those whose time is up.
    pub fn drop_late(&mut self, now: Instant) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|connection| connection.deadline() <= now) {
                *slot = None;
            }
        }
    }

    /// A burst of clients leaves no memory behind.
    pub fn shrink(&mut self) {
        if self.slots.iter().all(Option::is_none) {
            (self.slots, self.marks) = (Vec::new(), Vec::new());
        }
    }

    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Drops a client of the neighbourhood that has most, the newcomer counted: one that waits for nothing, else the
    /// oldest.
    fn make_room(&mut self, newcomer: Origin) {
        let near = |a: Origin, b: Origin| Neighbourhood::of(a) == Neighbourhood::of(b);
        let crowd = |origin: Origin| {
            self.iter().filter(|other| near(origin, other.origin())).count()
                + usize::from(near(origin, newcomer))
        };
        let victim = self
            .numbered()
            .max_by_key(|(_, connection)| {
                let age = std::cmp::Reverse(connection.accepted());
                (crowd(connection.origin()), connection.is_served(), age)
            })
            .map(|(id, _)| id);
        if let Some(slot) = victim.and_then(|id| self.slots.get_mut(id)) {
            *slot = None;
        }
    }

    /// Do others hold so much that the answer being made for this client finds no room beside it?
    pub fn is_full_of_readers(&self, making: usize) -> bool {
        let held = self.iter().map(Connection::held).sum::<usize>();
        let mine = self.slots.get(making).and_then(Option::as_ref).map_or(0, Connection::held);
        held > mine && held + PIECE > HELD
    }

    /// Slow readers of long answers must not fill the memory: the ones nearest their deadline go first.
    fn limit_held(&mut self, current: &Connection) {
        if current.held() == 0 {
            return;
        }
        let mut held = current.held() + self.iter().map(Connection::held).sum::<usize>();
        while held > HELD {
            let slowest = self
                .slots
                .iter_mut()
                .filter(|slot| slot.as_ref().is_some_and(|connection| connection.held() > 0))
                .min_by_key(|slot| slot.as_ref().map(Connection::deadline));
            let Some(connection) = slowest.and_then(Option::take) else { return };
            held -= connection.held();
        }
    }
}
