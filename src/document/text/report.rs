//! `report`: how many services are up, down, not yet checked, not monitored.

use super::Class;
use std::fmt::Write;

/// Counts of services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    up: usize,
    down: usize,
    initialising: usize,
    unmonitored: usize,
}

impl Counts {
    /// Counts these.
    pub fn of(classes: impl Iterator<Item = Class>) -> Counts {
        let mut counts = Counts::default();
        classes.for_each(|class| counts.add(class));
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, class: Class) {
        *match class {
            Class::Up => &mut self.up,
            Class::Down => &mut self.down,
            Class::Initialising => &mut self.initialising,
            Class::Unmonitored => &mut self.unmonitored,
        } += 1;
    }

    /// All of them with their names.
    pub fn named(&self) -> [(&'static str, usize); 5] {
        [
            ("up", self.up),
            ("down", self.down),
            ("initialising", self.initialising),
            ("unmonitored", self.unmonitored),
            ("total", self.total()),
        ]
    }

    fn total(&self) -> usize {
        self.up + self.down + self.initialising + self.unmonitored
    }

    /// The number of `kind` (`up`, `down`, `initialising` or `initializing`, `unmonitored`, `total`, in any case) on a
    /// line of its own. `None`: no such kind.
    pub fn one(&self, kind: &str) -> Option<String> {
        let count = match kind.to_ascii_lowercase().as_str() {
            "up" => self.up,
            "down" => self.down,
            "initialising" | "initializing" => self.initialising,
            "unmonitored" => self.unmonitored,
            "total" => self.total(),
            _ => return None,
        };
        Some(format!("{count}\n"))
    }

    /// All of them with their shares.
    pub fn all(&self) -> String {
        let total = self.total();
        let mut out = String::new();
        for (label, count) in [
            ("up:", self.up),
            ("down:", self.down),
            ("initialising:", self.initialising),
            ("unmonitored:", self.unmonitored),
        ] {
            let share = if total == 0 { 0.0 } else { 100.0 * count as f64 / total as f64 };
            let _ = writeln!(out, "{label:<14}{count:>3} ({share:.1}%)");
        }
        let _ = writeln!(out, "{:<14}{total:>3} services", "total:");
        out
    }
}
