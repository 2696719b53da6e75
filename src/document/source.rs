//! What documents are made from: the narrow seam between them and the services.

use super::entry::Entry;
use super::log_file::{Missing, Part, Place};
use super::text::{self, Sheet};
use crate::config::{Config, Service};
use crate::history::History;
use crate::service::{Silence, Why};
use crate::service_test::Reading;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Sees one reading after the other of a service, each with whether a test of it failed.
pub type See<'a> = dyn FnMut(&Reading, bool) + 'a;

/// The services, one by one. Indices are those of the configuration, in file order.
pub trait Source {
    /// How many services there are.
    fn count(&self) -> u32;
    /// Since when the monitor runs.
    fn uptime(&self) -> Duration;
    /// One service; `readings`: with what was measured, line by line.
    fn entry(&self, index: u32, readings: bool) -> Option<Entry<'_>>;
    /// One service with all its readings, each with the tests that judge it.
    fn entry_judged(&self, index: u32) -> Option<Entry<'_>> {
        self.entry(index, true)
    }
    /// One service with its readings of these [`crate::service_test::Reading::key`]s; there may be others as well.
    fn entry_of(&self, index: u32, _keys: &[&'static str]) -> Option<Entry<'_>> {
        self.entry(index, true)
    }
    /// Shows the readings of a service without anybody holding them. `key`: those of this [`Reading::key`]; there may be
    /// others as well.
    fn readings(&self, index: u32, _key: Option<&'static str>, see: &mut See<'_>) {
        let entry = self.entry(index, true);
        entry.iter().flat_map(|entry| &entry.readings).for_each(|(reading, failed)| see(reading, *failed));
    }
    /// What the control file says of one service.
    fn service(&self, index: u32) -> Option<&Service> {
        self.entry(index, false).map(|entry| entry.config)
    }
    /// The monitor and its machine; `None` where nobody asks.
    fn monitor(&self) -> Option<Monitor<'_>>;
    /// The last events and the course of readings, if they are kept.
    fn history(&self) -> Option<&History> {
        None
    }
    /// A part of the monitor's own log.
    fn log(&self, _: Place) -> Result<Part, Missing> {
        Err(Missing::NoLog)
    }
    /// Why a service is as it is.
    fn why(&self, _index: u32) -> Why {
        Why::default()
    }
    /// The silences that last.
    fn silences(&self) -> &[Silence] {
        &[]
    }
    /// The time.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
    /// One service for the status text.
    fn sheet(&self, index: u32, lines: bool) -> Option<Sheet<'_>> {
        self.entry(index, lines).map(text::sheet)
    }
}

/// The monitor itself.
#[derive(Debug, Clone, Copy)]
pub struct Monitor<'a> {
    /// 32 hexadecimal digits.
    pub id: &'a str,
    /// Start or last reload, in seconds since 1970.
    pub incarnation: i64,
    /// Since when it runs.
    pub uptime: Duration,
    /// The control file's path.
    pub control: &'a Path,
    /// What it says.
    pub config: &'a Config,
    /// What it runs on.
    pub platform: &'a Platform,
}

impl<'a> Monitor<'a> {
    /// The name of the machine: that of the system service, which is always there.
    pub fn host(&self) -> &'a str {
        let system = self
            .config
            .services
            .iter()
            .rev()
            .find(|service| matches!(service.subject, crate::config::Subject::System));
        system.map_or("", |service| &service.name)
    }
}

/// The machine, as far as it stays the same while the monitor runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platform {
    /// `Linux`.
    pub name: Box<str>,
    /// `6.1.0-28-amd64`.
    pub release: Box<str>,
    /// The kernel's build.
    pub version: Box<str>,
    /// `x86_64`.
    pub machine: Box<str>,
    /// Processors.
    pub processors: u32,
    /// Bytes of main memory.
    pub memory: u64,
    /// Bytes of swap space.
    pub swap: u64,
}
