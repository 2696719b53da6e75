//! `set maintenance` (our extension), and what a silence is about.

use super::place::Place;
use super::schedule::Cron;
use std::fmt;
use std::time::Duration;

/// The services that a silence is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covered {
    /// The service of that name, which is never read as a pattern, also when there is none any more.
    Name(Box<str>),
    /// The service of that name, else those whose whole name the pattern matches; without regard to case.
    Pattern(Box<str>),
    /// The members of that group.
    Group(Box<str>),
}

impl Covered {
    /// The name or pattern.
    pub fn text(&self) -> &str {
        match self {
            Covered::Name(text) | Covered::Pattern(text) | Covered::Group(text) => text,
        }
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Covered::Name(text) | Covered::Pattern(text) => write!(f, "'{text}'"),
            Covered::Group(name) => write!(f, "group '{name}'"),
        }
    }
}

/// `set maintenance`: a silence that begins by a cron line.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// Where it is written.
    pub place: Place,
    /// When it begins.
    pub begins: Cron,
    /// How long it lasts.
    pub time: Duration,
    /// Whom it is about.
    pub on: Covered,
    /// `hold actions`: not only alerts are held back.
    pub hold_actions: bool,
}

impl Maintenance {
    /// The longest that a silence may last, in seconds.
    pub const LONGEST: u32 = 366 * 86_400;
    /// How many statements there may be, and how many silences of users at the same time.
    pub const MOST: usize = 64;
    /// The longest pattern, in bytes.
    pub const PATTERN: usize = 256;
}
