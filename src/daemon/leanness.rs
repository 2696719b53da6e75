//! When memory is given back that was needed once: after the start, after a reload, and after clients or mail.
//!
//! What a cycle itself needs comes back with the next cycle, so nothing is gained by doing it more often.

use std::time::{Duration, Instant};

/// How long clients and mail have to wait until the next time; a start and a reload do not.
const REST: Duration = Duration::from_secs(60);

/// Knows the cycle after which memory is due to be given back.
#[derive(Debug)]
pub struct Leanness {
    /// Due when so many cycles are done.
    due: Option<u64>,
    /// A control file was read, and what it needed has not been given back.
    heavy: bool,
    /// The last time.
    last: Option<Instant>,
}

impl Leanness {
    /// `cycles`: those done when the control file was read.
    pub fn new(cycles: u64) -> Leanness {
        Leanness { due: Some(cycles + 1), heavy: true, last: None }
    }

    /// Clients or mail took code and buffers that cycles do not need.
    pub fn disturbed(&mut self, cycles: u64) {
        self.due.get_or_insert(cycles + 2);
    }

    /// Asked when nothing is in flight: is it time? Then it counts as done.
    pub fn is_due(&mut self, cycles: u64, now: Instant) -> bool {
        let rested = self.heavy || self.last.is_none_or(|last| now >= last + REST);
        if !rested || self.due.is_none_or(|due| cycles < due) {
            return false;
        }
        // What the first checks find makes programs start and mail go out; their memory follows when they are done.
        self.due = self.heavy.then_some(cycles + 2);
        self.last = (!self.heavy).then_some(now);
        self.heavy = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cycles of 30 seconds after which memory was given back.
    fn given_back(
        leanness: &mut Leanness,
        cycles: std::ops::Range<u64>,
        disturbed: impl Fn(u64) -> bool,
    ) -> Vec<u64> {
        let start = Instant::now();
        cycles
            .filter(|cycle| {
                if disturbed(*cycle) {
                    leanness.disturbed(*cycle);
                }
                leanness.is_due(*cycle, start + Duration::from_secs(30 * cycle))
            })
            .collect()
    }

    #[test]
    fn a_start_or_reload_counts_twice() {
        assert_eq!(given_back(&mut Leanness::new(0), 0..100, |_| false), [1, 3]);
        assert_eq!(given_back(&mut Leanness::new(7), 7..100, |_| false), [8, 10]);
    }

    #[test]
    fn a_client_counts_once() {
        assert_eq!(given_back(&mut Leanness::new(0), 0..100, |cycle| cycle == 50), [1, 3, 52]);
    }

    #[test]
    fn clients_in_every_cycle_do_not_cost_every_cycle() {
        let all = given_back(&mut Leanness::new(0), 0..1000, |_| true);
        assert_eq!(all.get(..2), Some(&[1, 3][..]));
        assert!(all.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= 2), "{all:?}");
        let mut fast = Leanness::new(0);
        let start = Instant::now();
        let often = (0..600).filter(|cycle| {
            fast.disturbed(*cycle);
            fast.is_due(*cycle, start + Duration::from_secs(*cycle))
        });
        assert!(often.count() <= 12, "ten minutes of cycles of a second");
    }
}
