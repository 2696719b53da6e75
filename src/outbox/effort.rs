//! How much is done in one turn with events that wait, by all who look through many of them: to read a file and to remove it
//! takes time, much of it where the disk is busy, and whoever else wants something of the daemon waits for the end of the turn.

use std::time::{Duration, Instant};

/// What one turn may take.
const TURN: u32 = 20;
/// Behind the first of it nothing is begun any more after that time, however little it was.
const TIME: Duration = Duration::from_millis(3);

/// What is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// An event is read.
    Look,
    /// One is done with: its file goes, or is read and written anew.
    Done,
    /// A message of many is put into words.
    Compose,
}

impl Effort {
    fn cost(self) -> u32 {
        match self {
            Effort::Look => 1,
            Effort::Done => 4,
            Effort::Compose => TURN,
        }
    }
}

/// What is left of a turn.
#[derive(Debug)]
pub struct Left {
    effort: u32,
    /// When the first of this turn was begun.
    since: Option<Instant>,
}

impl Default for Left {
    fn default() -> Left {
        Left { effort: TURN, since: None }
    }
}

impl Left {
    /// Takes the cost of this; true: something had been left.
    pub fn take(&mut self, effort: Effort, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let may = self.effort > 0 && now.saturating_duration_since(since) < TIME;
        self.effort = self.effort.saturating_sub(effort.cost());
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_has_room_for_some_looks_for_few_files_that_go_and_for_one_message() {
        for (effort, most) in [(Effort::Look, 20), (Effort::Done, 5), (Effort::Compose, 1)] {
            let (mut left, now) = (Left::default(), Instant::now());
            assert_eq!((0..99).filter(|_| left.take(effort, now)).count(), most, "{effort:?}");
        }
    }

    #[test]
    fn a_slow_disk_ends_a_turn_earlier_but_something_is_done_in_each() {
        let now = Instant::now();
        for (each, most) in [(1, 3), (2, 2), (3, 1), (1000, 1)] {
            let mut left = Left::default();
            let taken = (0..99).filter(|at| left.take(Effort::Look, now + Duration::from_millis(at * each)));
            assert_eq!(taken.count(), most, "{each} ms each");
        }
    }
}
