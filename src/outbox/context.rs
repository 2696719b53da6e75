//! What every turn brings along for those who deliver.

use super::Outbox;
use crate::config::Config;
use crate::log::Log;
use std::time::{Instant, SystemTime};

/// What a turn brings along.
#[derive(Debug)]
pub struct Context<'a> {
    /// The control file in force.
    pub config: &'a Config,
    /// What waits.
    pub outbox: &'a mut Outbox,
    /// Where to say what goes wrong.
    pub log: &'a mut Log,
    /// The turn's time.
    pub now: Instant,
    /// The turn's time of day.
    pub wall: SystemTime,
}
