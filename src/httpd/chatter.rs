//! What the interface says to the log about its clients, bounded: they must not fill it.

use super::site::Site;
use crate::log::Level;
use std::time::{Duration, Instant};

/// Keeps clients from filling the log: so many lines in so long, then one that counts the rest.
#[derive(Debug, Default)]
pub(super) struct Chatter {
    since: Option<Instant>,
    said: u32,
    swallowed: u32,
}

impl Chatter {
    const LINES: u32 = 30;
    const WINDOW: Duration = Duration::from_secs(10);

    /// When the rest is told; `None`: there is none.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.filter(|_| self.swallowed > 0).map(|since| since + Self::WINDOW)
    }

    pub(super) fn begin(&mut self, site: &mut dyn Site, now: Instant) {
        if self.swallowed > 0 {
            site.say(Level::Error, &format!("HttpRequest: {} more errors were not logged", self.swallowed));
        }
        *self = Chatter { since: Some(now), said: 0, swallowed: 0 };
    }

    pub(super) fn say(&mut self, site: &mut dyn Site, now: Instant, text: String) {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= Self::WINDOW) {
            self.begin(site, now);
        }
        if self.said < Self::LINES {
            self.said += 1;
            site.say(Level::Error, &text);
        } else {
            self.swallowed = self.swallowed.saturating_add(1);
        }
    }
}
