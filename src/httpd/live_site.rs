//! The services of this daemon as a [`Site`]: reads views, queues requests.

use super::site::Site;
use crate::config::{LogTarget, Service, Subject};
use crate::document::current::Current;
use crate::document::log_file::{self, Missing, Part, Place};
use crate::document::trial::Trial;
use crate::document::{Entry, Monitor, See, Source};
use crate::history::History;
use crate::log::{Level, Log};
use crate::service::{Order, Silence, UserAction, Why};
use std::time::{Duration, SystemTime};

/// A silence that a client wants, or does not want any more.
#[derive(Debug)]
pub enum Silencing {
    /// Of these services.
    Begin(Order, Vec<u32>),
    /// Those of these numbers end.
    Lift(Vec<u32>),
}

/// What the interface needs of the daemon for one call.
#[derive(Debug)]
pub struct LiveSite<'a> {
    /// What is shown.
    pub current: Current<'a>,
    /// What clients want done, in the order they came. The daemon hands it to
    /// [`crate::service::Services::request`] at once.
    pub requests: Vec<(UserAction, Vec<u32>)>,
    /// Silences that clients begin or lift, in that order, likewise.
    pub silencing: Vec<Silencing>,
    /// The last test of alerts.
    pub test: &'a Trial,
    /// A client wants a test message to be sent to these.
    pub testing: Option<Vec<Box<str>>>,
    /// A client wants all services checked now.
    pub wake: bool,
    /// Where denials are told.
    pub log: &'a mut Log,
}

impl Source for LiveSite<'_> {
    fn count(&self) -> u32 {
        self.current.count()
    }

    fn uptime(&self) -> Duration {
        self.current.uptime
    }

    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>> {
        self.current.entry(index, readings)
    }

    fn entry_judged(&self, index: u32) -> Option<Entry<'_>> {
        self.current.entry_judged(index)
    }

    fn entry_of(&self, index: u32, keys: &[&'static str]) -> Option<Entry<'_>> {
        self.current.entry_of(index, keys)
    }

    fn readings(&self, index: u32, key: Option<&'static str>, see: &mut See<'_>) {
        self.current.readings(index, key, see);
    }

    fn service(&self, index: u32) -> Option<&Service> {
        self.current.service(index)
    }

    fn monitor(&self) -> Option<Monitor<'_>> {
        self.current.monitor()
    }

    fn history(&self) -> Option<&History> {
        self.current.history
    }

    fn silences(&self) -> &[Silence] {
        self.current.silences()
    }

    fn now(&self) -> SystemTime {
        self.current.now()
    }

    fn log(&self, place: Place) -> Result<Part, Missing> {
        match &self.current.services.config().settings.log {
            LogTarget::File(path) => {
                log_file::read(path, place).map_err(|error| Missing::Unreadable(path.clone(), error))
            }
            LogTarget::Syslog(_) => Err(Missing::Syslog),
            LogTarget::None => Err(Missing::NoLog),
        }
    }

    fn why(&self, index: u32) -> Why {
        self.current.why(index)
    }
}

impl Site for LiveSite<'_> {
    fn name(&self, index: u32) -> &str {
        let services = &self.current.services.config().services;
        services.get(index as usize).map_or("", |service| &service.name)
    }

    fn group(&self, name: &str) -> Option<Vec<u32>> {
        let members = self.current.services.find_group(name)?;
        Some(members.into_iter().map(|index| index.0).collect())
    }

    fn rank(&self, index: u32) -> u8 {
        let services = &self.current.services.config().services;
        services.get(index as usize).map_or(u8::MAX, |service| rank(&service.subject))
    }

    fn generation(&self) -> u64 {
        self.current.services.generation()
    }

    fn cycles(&self) -> Option<(u64, bool)> {
        Some((self.current.services.cycles(), !self.current.services.settled()))
    }

    fn id(&self) -> &str {
        self.current.id
    }

    fn order(&mut self, action: UserAction, services: Vec<u32>) {
        self.requests.push((action, services));
    }

    fn silence(&mut self, order: Order, services: Vec<u32>) -> Option<u32> {
        let coming = self.silencing.iter().filter(|one| matches!(one, Silencing::Begin(..))).count();
        if !self.current.services.may_silence(coming) {
            return None;
        }
        self.silencing.push(Silencing::Begin(order, services));
        let ahead = u32::try_from(coming).unwrap_or_default();
        Some(self.current.services.next_silence().wrapping_add(ahead))
    }

    fn unsilence(&mut self, ids: Vec<u32>) {
        self.silencing.push(Silencing::Lift(ids));
    }

    fn heartbeat(&self, index: u32) -> Option<Option<&str>> {
        match &self.current.services.config().services.get(index as usize)?.subject {
            Subject::Heartbeat(check) => Some(check.token.as_deref()),
            _ => None,
        }
    }

    fn test(&self) -> &Trial {
        self.test
    }

    fn addresses(&self, most: usize) -> Vec<Box<str>> {
        self.current.services.config().addresses(most)
    }

    fn begin_test(&mut self, addresses: Vec<Box<str>>) -> Option<u32> {
        let is_under_way = self.testing.is_some() || self.test.run > 0 && !self.test.over;
        (!is_under_way).then(|| {
            self.testing = Some(addresses);
            self.test.run.wrapping_add(1)
        })
    }

    fn wake(&mut self) {
        self.wake = true;
    }

    fn say(&mut self, level: Level, text: &str) {
        self.log.write(level, text);
    }
}

/// The order of types in `summary`; in pages it is another.
fn rank(subject: &Subject) -> u8 {
    match subject {
        Subject::System => 0,
        Subject::Process(_) => 1,
        Subject::File(_) => 2,
        Subject::Fifo(_) => 3,
        Subject::Directory(_) => 4,
        Subject::Filesystem(_) => 5,
        Subject::Host(_) => 6,
        Subject::Network(_) => 7,
        Subject::Program(_) => 8,
        Subject::Heartbeat(_) => 9,
    }
}

#[cfg(test)]
#[path = "live_site_tests.rs"]
mod tests;
