//! Keeps clients from filling the log.

use super::auth::Origin;
use super::response::{Response, Status};
use super::site::Site;
use crate::log::Level;
use std::time::{Duration, Instant};

/// So many lines in so long, then one that counts the rest.
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
    pub fn deadline(&self) -> Option<Instant> {
        self.since.filter(|_| self.swallowed > 0).map(|since| since + Self::WINDOW)
    }

    /// Tells the rest, and begins anew.
    pub fn begin(&mut self, site: &mut dyn Site, now: Instant) {
        if self.swallowed > 0 {
            site.say(Level::Error, &format!("HttpRequest: {} more errors were not logged", self.swallowed));
        }
        *self = Chatter { since: Some(now), said: 0, swallowed: 0 };
    }

    /// Says something, unless too much was said.
    pub fn say(&mut self, site: &mut dyn Site, now: Instant, text: String) {
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

    /// Says what is wrong with a request, if something is. Wrong passwords are said elsewhere.
    pub fn tell(&mut self, response: &Response, origin: Origin, now: Instant, site: &mut dyn Site) {
        if response.is_error() && response.status != Status::Unauthorized {
            let message: String =
                response.body.chars().take(256).map(|c| if c.is_control() { '?' } else { c }).collect();
            let code = response.status.code();
            let text = format!("HttpRequest: error -- client [{origin}]: HTTP/1.0 {code} {message}");
            self.say(site, now, text);
        }
    }
}
