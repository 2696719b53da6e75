//! The services of this daemon as a [`Source`]: views of them as they are now.

use super::{Entry, Monitor, Platform, See, Source};
use crate::config::Service;
use crate::history::History;
use crate::reactor::Now;
use crate::service::{ServiceIndex, Services, Silence, Why};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What the daemon lends for one call.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// What is shown.
    pub services: &'a Services,
    /// Since when the daemon runs.
    pub uptime: Duration,
    /// The id of this instance: 32 hexadecimal digits.
    pub id: &'a str,
    /// Start or last reload, in seconds since 1970.
    pub incarnation: i64,
    /// The control file.
    pub control: &'a Path,
    /// What the daemon runs on.
    pub platform: &'a Platform,
    /// The last events and the course of readings, if they are kept.
    pub history: Option<&'a History>,
    /// The time.
    pub now: Now,
}

impl Source for Current<'_> {
    fn count(&self) -> u32 {
        self.services.len()
    }

    fn uptime(&self) -> Duration {
        self.uptime
    }

    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>> {
        (index < self.services.len()).then(|| Entry::of(self.services.view(ServiceIndex(index)), readings))
    }

    fn entry_judged(&self, index: u32) -> Option<Entry<'_>> {
        let there = index < self.services.len();
        there.then(|| Entry::of(self.services.view(ServiceIndex(index)).judged(), true))
    }

    fn entry_of(&self, index: u32, keys: &[&'static str]) -> Option<Entry<'_>> {
        let there = index < self.services.len();
        there.then(|| Entry::with(self.services.view(ServiceIndex(index)), Some(keys)))
    }

    fn readings(&self, index: u32, key: Option<&'static str>, see: &mut See<'_>) {
        if index < self.services.len() {
            let view = self.services.view(ServiceIndex(index));
            let only = key.as_slice();
            view.readings(key.is_some().then_some(only), &mut |reading| {
                see(&reading, view.any_failed(&reading))
            });
        }
    }

    fn service(&self, index: u32) -> Option<&Service> {
        self.services.config().services.get(index as usize)
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        Some(Monitor {
            id: self.id,
            incarnation: self.incarnation,
            uptime: self.uptime,
            control: self.control,
            config: self.services.config(),
            platform: self.platform,
        })
    }

    fn history(&self) -> Option<&History> {
        self.history
    }

    fn silences(&self) -> &[Silence] {
        self.services.silences()
    }

    fn now(&self) -> SystemTime {
        self.now.wall
    }

    fn why(&self, index: u32) -> Why {
        self.services.why(ServiceIndex(index), self.now)
    }
}
