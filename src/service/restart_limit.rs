//! `if N restarts within M cycles then …`: counts what we started, and for how long.
//!
//! Counting begins with the first start and ends in the cycle after the longest M of the service; then it begins anew. A
//! limit is reached by a restart: while none is added, a service that has come up is not reported again and again.

use crate::config::RestartLimit;

/// The counters of one service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Restarts {
    /// Starts and restarts by us, the first start included.
    pub(super) starts: u32,
    /// Cycles since the first of them.
    pub(super) cycles: u32,
    /// Those starts that limits have been held against.
    pub(super) seen: u32,
}

impl Restarts {
    /// A check begins. Returns the limits that are reached, by number, with the counts to tell.
    pub(super) fn pass(&mut self, limits: &[RestartLimit]) -> Vec<(u16, Restarts)> {
        if limits.is_empty() {
            return Vec::new();
        }
        if self.starts > 0 {
            self.cycles = self.cycles.saturating_add(1);
        }
        let counts = *self;
        let news = counts.starts > counts.seen;
        let reached =
            |limit: &RestartLimit| news && counts.starts >= limit.restarts && counts.cycles <= limit.cycles;
        let found =
            (0..).zip(limits).filter(|(_, limit)| reached(limit)).map(|(at, _)| (at, counts)).collect();
        self.seen = counts.starts;
        let longest = limits.iter().map(|limit| limit.cycles).max().unwrap_or(0);
        if counts.cycles > longest {
            *self = Restarts::default();
        }
        found
    }

    /// We start or restart the service.
    pub(super) fn count(&mut self) {
        self.starts = self.starts.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Action, Place};

    fn limit(restarts: u32, cycles: u32) -> RestartLimit {
        RestartLimit { place: Place::default(), restarts, cycles, action: Action::Alert }
    }

    /// In which of the first cycles a service that is restarted in every cycle reaches its limits, with the counts told.
    fn told(limits: &[RestartLimit], cycles: u32) -> Vec<(u32, u32, u32)> {
        let mut restarts = Restarts::default();
        let mut told = Vec::new();
        for cycle in 1..=cycles {
            for (_, counts) in restarts.pass(limits) {
                told.push((cycle, counts.starts, counts.cycles));
            }
            restarts.count();
        }
        told
    }

    #[test]
    fn the_text_gives_the_real_numbers() {
        assert_eq!(told(&[limit(2, 4)], 3), [(3, 2, 2)]);
    }

    #[test]
    fn after_the_longest_limit_counting_begins_anew() {
        // Seen at the reference, with a start in every cycle.
        assert_eq!(told(&[limit(2, 3)], 8), [(3, 2, 2), (4, 3, 3), (7, 2, 2), (8, 3, 3)]);
    }

    #[test]
    fn a_limit_is_reached_by_a_restart_and_not_by_waiting() {
        let limits = [limit(2, 9)];
        let mut restarts = Restarts::default();
        restarts.count();
        restarts.count();
        assert_eq!(restarts.pass(&limits).len(), 1);
        assert_eq!(restarts.pass(&limits).len(), 0, "nothing was started in between");
        restarts.count();
        assert_eq!(restarts.pass(&limits).len(), 1);
    }

    #[test]
    fn without_limits_nothing_is_counted_up() {
        let mut restarts = Restarts::default();
        restarts.count();
        assert!(restarts.pass(&[]).is_empty());
        assert_eq!(restarts.cycles, 0);
    }
}
