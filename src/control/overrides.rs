//! What the command line has to say about a control file.

use std::time::Duration;

/// What the command line says; it wins over the file, whose statements are then ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `-d N` was given: ignore `set daemon`.
    pub ignore_daemon: bool,
    /// `-l FILE` was given: ignore `set log`.
    pub ignore_log: bool,
    /// `-p FILE` was given: ignore `set pidfile`.
    pub ignore_pidfile: bool,
    /// `-s FILE` was given: ignore `set statefile`.
    pub ignore_statefile: bool,
    /// `-I`: as `set init`.
    pub init: bool,
    /// The poll time of `-d N`.
    pub poll: Option<Duration>,
}
