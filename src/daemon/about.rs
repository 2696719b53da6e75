//! What is known of this monitor itself, whatever it monitors.

use crate::document::Platform;
use crate::document::current::Current;
use crate::history::History;
use crate::reactor::Now;
use crate::service::Services;
use std::path::Path;
use std::time::{Instant, SystemTime};

/// The monitor itself.
#[derive(Debug)]
pub(super) struct About {
    /// 32 hexadecimal digits; nothing in a run that ends by itself and whom nobody asks.
    pub id: String,
    started: Instant,
    /// Start or last reload, in seconds since 1970.
    incarnation: i64,
    platform: Platform,
}

impl About {
    /// One that has just started.
    pub fn new(platform: Platform, now: Now) -> About {
        About { id: String::new(), started: now.mono, incarnation: seconds(now.wall), platform }
    }

    /// A new control file is in force.
    pub fn reloaded(&mut self, now: Now) {
        self.incarnation = seconds(now.wall);
    }

    /// The services as they are now, for documents.
    pub fn current<'a>(
        &'a self,
        services: &'a Services,
        history: Option<&'a History>,
        control: &'a Path,
        now: Now,
    ) -> Current<'a> {
        Current {
            services,
            uptime: now.mono.saturating_duration_since(self.started),
            id: &self.id,
            incarnation: self.incarnation,
            control,
            platform: &self.platform,
            history,
            now,
        }
    }
}

/// Seconds since 1970.
pub(super) fn seconds(wall: SystemTime) -> i64 {
    match wall.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}
