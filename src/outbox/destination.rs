//! Where events go: a set of destinations, small enough to be kept with each event, and when each is tried again.

use std::time::{Duration, Instant};

/// Destinations there can be at the same time.
pub const MOST: usize = 64;
/// Pause after the first attempt that left something; it doubles up to the longest.
pub const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause, unless the destination itself asks for more.
pub const LONGEST: Duration = Duration::from_secs(60);

/// What is refused because of the way there (a password, a URL, the rules of a relay) is kept so long; then it is dropped.
pub(super) const KEPT: Duration = Duration::from_secs(5 * 86_400);

/// Events that a destination looks at in one turn to find out whether it is to have them at all.
pub const SIFTED: usize = 20;

/// One destination, as [`Outbox::enlist`](super::Outbox::enlist) gave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination(pub(super) u8);

/// Some of the destinations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Destinations(u64);

impl Destinations {
    /// None of them.
    pub const NONE: Destinations = Destinations(0);

    /// These and one more.
    #[must_use]
    pub fn with(self, destination: Destination) -> Destinations {
        Destinations(self.0 | destination.bit())
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Destinations) -> Destinations {
        Destinations(self.0 | others.0)
    }

    /// These without one.
    #[must_use]
    pub fn without(self, destination: Destination) -> Destinations {
        Destinations(self.0 & !destination.bit())
    }

    /// Is this one of them?
    pub fn contains(self, destination: Destination) -> bool {
        self.0 & destination.bit() != 0
    }

    /// Is nobody left?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many they are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Destination> {
        (0..64u8).map(Destination).filter(move |destination| self.contains(*destination))
    }
}

impl Destination {
    /// A number that no other destination has.
    pub fn number(self) -> u32 {
        self.0.into()
    }

    fn bit(self) -> u64 {
        1u64.checked_shl(u32::from(self.0)).unwrap_or(0)
    }
}

/// When a destination that could not take everything is tried again: after pauses that double. Boxed: most take everything.
#[derive(Debug, Default)]
pub struct RetryClock(Option<Box<Pauses>>);

#[derive(Debug, Default)]
struct Pauses {
    pause: Duration,
    at: Option<Instant>,
    /// The destination itself asked to be left alone until then.
    not_before: Option<Instant>,
}

impl RetryClock {
    /// May it be tried?
    pub fn is_due(&self, now: Instant) -> bool {
        self.at().is_none_or(|at| at <= now)
    }

    /// When it may be tried; `None`: at once.
    pub fn at(&self) -> Option<Instant> {
        self.0.as_ref().and_then(|pauses| pauses.at.max(pauses.not_before))
    }

    /// Something is left. The result is the pause until the next attempt.
    pub fn back_off(&mut self, now: Instant) -> Duration {
        let pauses = self.0.get_or_insert_default();
        pauses.pause = (pauses.pause * 2).clamp(SHORTEST, LONGEST);
        let next = now + pauses.pause;
        pauses.at = Some(next);
        pauses.not_before.map_or(next, |at| at.max(next)).saturating_duration_since(now)
    }

    /// The destination wants to be left alone until then.
    pub fn not_before(&mut self, at: Instant) {
        let pauses = self.0.get_or_insert_default();
        pauses.not_before = pauses.not_before.max(Some(at));
    }

    /// Something new does not wait for the end of a long pause, if it is our own.
    pub fn hasten(&mut self, now: Instant) {
        self.0.iter_mut().flat_map(|pauses| &mut pauses.at).for_each(|at| *at = (*at).min(now + SHORTEST));
    }

    /// The next attempt is now, whoever asked for what; the pause after it is as long as it would have been.
    pub fn at_once(&mut self) {
        self.0.iter_mut().for_each(|pauses| (pauses.at, pauses.not_before) = (None, None));
    }

    /// Everything went well, or all is different now.
    pub fn reset(&mut self) {
        *self = RetryClock::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_know_their_members() {
        let (mail, last) = (Destination(0), Destination(63));
        let both = Destinations::NONE.with(mail).with(last);
        assert_eq!((both.len(), both.iter().collect::<Vec<_>>()), (2, vec![mail, last]));
        assert!(both.contains(last) && !both.without(last).contains(last));
        assert!(both.without(mail).without(last).is_empty());
    }

    #[test]
    fn pauses_double_and_something_new_shortens_them() {
        let now = Instant::now();
        let mut clock = RetryClock::default();
        assert!(clock.is_due(now));
        let pauses: Vec<u64> = (0..8).map(|_| clock.back_off(now).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        clock.hasten(now);
        assert!(!clock.is_due(now) && clock.is_due(now + SHORTEST));
        clock.at_once();
        assert!(clock.is_due(now));
        assert_eq!(clock.back_off(now), LONGEST);
        clock.reset();
        assert_eq!(clock.back_off(now), SHORTEST);
    }

    #[test]
    fn what_the_other_side_asks_for_is_kept() {
        let now = Instant::now();
        let later = now + Duration::from_secs(300);
        let mut clock = RetryClock::default();
        clock.not_before(later);
        assert_eq!(clock.back_off(now).as_secs(), 300);
        clock.hasten(now);
        assert!(!clock.is_due(now + LONGEST) && clock.is_due(later));
        clock.at_once();
        assert!(clock.is_due(now));
    }
}
