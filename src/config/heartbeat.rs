//! `set heartbeat`: a request at regular times, so that somebody elsewhere notices when it stays away.

use super::{Place, Url};
use std::time::Duration;

/// `set heartbeat …`.
#[derive(Clone, PartialEq)]
pub struct Heartbeat {
    /// Where it stands.
    pub place: Place,
    /// What is asked for.
    pub url: Url,
    /// From one request to the next, at least a second.
    pub every: Duration,
    /// Time for making the connection, and again for the answer.
    pub timeout: Duration,
}

impl Heartbeat {
    /// The time limit where none is given. Nothing else waits for it.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// Nothing secret in it, whoever prints it.
impl std::fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heartbeat {{ {} every {:?} }}", self.url.shown(), self.every)
    }
}
