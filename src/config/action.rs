//! What happens when a test fails or recovers.

use std::ffi::OsString;
use std::time::Duration;

/// The action of a test.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Action {
    /// Tell the recipients, nothing more.
    #[default]
    Alert,
    /// Run the start program.
    Start,
    /// Run the stop program and stop monitoring.
    Stop,
    /// Run the restart program, or stop and start.
    Restart,
    /// Stop monitoring this service and all that depend on it.
    Unmonitor,
    /// Nothing, not even an alert.
    Ignore,
    /// Run a program beside the checks.
    Exec(Box<Exec>),
}

/// `exec "program" …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Exec {
    /// The program; its time limit is [`Command::timeout`], `None` for no limit.
    pub command: Command,
    /// `repeat every N cycles`: run again whenever the number of consecutive failing cycles is a multiple of N. 0: once.
    pub repeat: u32,
}

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Program and arguments; never empty.
    pub argv: Box<[OsString]>,
    /// `as uid …`, resolved.
    pub uid: Option<u32>,
    /// `and gid …`, resolved.
    pub gid: Option<u32>,
    /// How long it may take; `None` (only for `exec`) is no limit.
    pub timeout: Option<Duration>,
}

/// How many results must say the same before it counts: `for N cycles`, `X times within Y cycles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Matching results needed, 1 to `cycles`.
    pub count: u8,
    /// Among the last this many, 1 to 64.
    pub cycles: u8,
}

impl Default for Rate {
    fn default() -> Self {
        Rate { count: 1, cycles: 1 }
    }
}
