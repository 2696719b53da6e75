//! `backoff N to M seconds`: the growing pause before automatic restarts (our extension).
//!
//! The first automatic restart comes N after the failure was seen, the next 2N, up to M; each pause gets up to a quarter
//! on top by chance, so that services that fail together do not come back together. Once the service has been healthy
//! for M the pause starts over.

use crate::config::Backoff;
use crate::sys::random;
use std::time::{Duration, Instant};

/// Where the back-off of one service stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Pause {
    /// The last pause, without its random part; `None`: start over.
    last: Option<Duration>,
    /// A restart waits for this time.
    until: Option<Instant>,
    healthy_since: Option<Instant>,
}

/// May a service be restarted now?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    /// Yes.
    Now,
    /// Not before this time; `true` if this is news.
    At(Instant, bool),
}

impl Pause {
    /// The time that a restart waits for.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// A restart is wanted.
    pub(super) fn ask(&mut self, backoff: Backoff, now: Instant) -> Permission {
        self.healthy_since = None;
        match self.until {
            Some(until) if now >= until => {
                self.until = None;
                Permission::Now
            }
            Some(until) => Permission::At(until, false),
            None => {
                let pause = self.last.map_or(backoff.first, |last| last.saturating_mul(2));
                let pause = pause.min(backoff.longest);
                self.last = Some(pause);
                let until = now + pause + pause.mul_f64(chance() / 4.0);
                self.until = Some(until);
                Permission::At(until, true)
            }
        }
    }

    /// A check has ended: is the service healthy?
    pub(super) fn checked(&mut self, healthy: bool, backoff: Backoff, now: Instant) {
        if !healthy {
            self.healthy_since = None;
            return;
        }
        self.until = None;
        let since = *self.healthy_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= backoff.longest {
            self.last = None;
        }
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    let mut bytes = [0; 2];
    match random::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_pause_doubles_to_its_limit_and_starts_over_after_health() {
        let backoff = Backoff { first: 2 * SECOND, longest: 5 * SECOND };
        let mut pause = Pause::default();
        let mut now = Instant::now();
        for expected in [2, 4, 5, 5] {
            let Permission::At(until, true) = pause.ask(backoff, now) else { panic!("must wait") };
            let waited = until - now;
            assert!(waited >= expected * SECOND && waited <= (expected * SECOND).mul_f64(1.25), "{waited:?}");
            assert_eq!(pause.ask(backoff, until - SECOND), Permission::At(until, false));
            now = until;
            assert_eq!(pause.ask(backoff, now), Permission::Now);
        }
        pause.checked(true, backoff, now);
        pause.checked(true, backoff, now + 4 * SECOND);
        assert!(
            matches!(pause.ask(backoff, now + 4 * SECOND), Permission::At(until, true) if until - now >= 9 * SECOND)
        );
        let mut pause = Pause { last: Some(5 * SECOND), ..Pause::default() };
        pause.checked(true, backoff, now);
        pause.checked(true, backoff, now + 5 * SECOND);
        let again = now + 6 * SECOND;
        assert!(
            matches!(pause.ask(backoff, again), Permission::At(until, true) if until - again < 3 * SECOND)
        );
    }
}
