//! `report`: how many services are up, down, not yet checked, not monitored.

use std::fmt::Write;

/// Which count of `report` a service belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Monitored, nothing failed.
    Up,
    /// A test failed.
    Down,
    /// Not yet checked, or waiting for its schedule.
    Initialising,
    /// Not monitored.
    Unmonitored,
}

impl Class {
    /// The word of `report`.
    pub const fn word(self) -> &'static str {
        match self {
            Class::Up => "up",
            Class::Down => "down",
            Class::Initialising => "initialising",
            Class::Unmonitored => "unmonitored",
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Those that are so.
    Of(Class),
    /// All.
    Total,
}

impl Kind {
    /// By its word, in any case: `up`, `down`, `initialising` or `initializing`, `unmonitored`, `total`.
    pub fn of(word: &str) -> Option<Kind> {
        let words = [
            ("up", Kind::Of(Class::Up)),
            ("down", Kind::Of(Class::Down)),
            ("initialising", Kind::Of(Class::Initialising)),
            ("initializing", Kind::Of(Class::Initialising)),
            ("unmonitored", Kind::Of(Class::Unmonitored)),
            ("total", Kind::Total),
        ];
        words.into_iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, kind)| kind)
    }
}

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

    /// The number of one kind, on a line of its own.
    pub fn one(&self, kind: Kind) -> String {
        let count = match kind {
            Kind::Of(Class::Up) => self.up,
            Kind::Of(Class::Down) => self.down,
            Kind::Of(Class::Initialising) => self.initialising,
            Kind::Of(Class::Unmonitored) => self.unmonitored,
            Kind::Total => self.total(),
        };
        format!("{count}\n")
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
