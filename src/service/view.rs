//! What others may see of a service: status texts, pages and documents are made from this.

use super::monitoring::Monitoring;
use super::silence::Silence;
use super::unit::{Unit, type_of};
use crate::config::{self, Every, Single};
use crate::event::{ActionName, words};
use crate::service_test::{self, Extent, Memory, Presence, Reading};
use std::time::SystemTime;

/// How a service stands with monitoring. The discriminant is the number in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum MonitorState {
    /// Not monitored.
    Not = 0,
    /// Monitored.
    Yes = 1,
    /// Monitored, and not yet checked since.
    Init = 2,
    /// Monitored; its schedule is not due.
    Waiting = 6,
}

impl MonitorState {
    /// The words of `monitoring status`.
    pub const fn words(self) -> &'static str {
        match self {
            MonitorState::Not => "Not monitored",
            MonitorState::Yes => "Monitored",
            MonitorState::Init => "Initializing",
            MonitorState::Waiting => "Waiting",
        }
    }
}

/// How good a part of a status line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusColor {
    /// Fine.
    Green,
    /// Failed.
    Red,
    /// Not known yet.
    Blue,
    /// Not due.
    Gray,
    /// Nobody looks.
    Yellow,
}

/// One service as it is now.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What its control file says.
    pub config: &'a config::Service,
    /// `Remote Host`.
    pub type_name: &'static str,
    /// The type in documents: 0 filesystem … 8 network.
    pub type_number: u8,
    /// Monitoring.
    pub monitor: MonitorState,
    /// The kinds of tests that failed or saw a change, as the bits of a status word.
    pub failed: u32,
    /// Those that saw a change and did not fail.
    pub changed: u32,
    /// An action that is being carried out or waits for its turn.
    pub pending: Option<ActionName>,
    /// End of the last check.
    pub collected: Option<SystemTime>,
    /// Its alerts are held back.
    pub silence: Option<&'a Silence>,
    /// No test of it failed, saw a change, or is about to fail.
    quiet: bool,
    pub(super) unit: &'a Unit,
}

impl<'a> View<'a> {
    pub(super) fn new(
        config: &'a config::Service,
        unit: &'a Unit,
        pending: Option<ActionName>,
        silence: Option<&'a Silence>,
    ) -> View<'a> {
        let (type_name, type_number) = type_of(&config.subject);
        let monitor = match unit.monitoring {
            Monitoring::Off => MonitorState::Not,
            Monitoring::Waiting | Monitoring::Resting => MonitorState::Waiting,
            Monitoring::Initializing => MonitorState::Init,
            Monitoring::Checked => MonitorState::Yes,
        };
        let (mut failed, mut changed) = (0, 0);
        // Nearly always all is well, and documents ask for thousands.
        let quiet = unit.is_quiet();
        if unit.monitoring.is_on() && !quiet {
            failed = unit.not_fine(config);
            changed = unit.changed(config) & !failed;
            failed |= changed;
        }
        View {
            config,
            type_name,
            type_number,
            monitor,
            failed,
            changed,
            pending,
            collected: unit.collected,
            silence,
            quiet,
            unit,
        }
    }

    /// The parts of the status line, to be joined by ` | `: `OK`, what failed, or why nothing is known.
    pub fn status(&self) -> Single<(StatusColor, &'static str)> {
        let one = match self.unit.monitoring {
            Monitoring::Off => (StatusColor::Yellow, "Not monitored"),
            // What the last check found stays until the next one.
            Monitoring::Waiting => (StatusColor::Gray, "Waiting"),
            // Also what could not be started for want of what it depends on: it waits for that.
            Monitoring::Initializing => (StatusColor::Blue, "Initializing"),
            _ if self.failed == 0 => (StatusColor::Green, "OK"),
            _ => {
                let failed = words::of_bits(self.failed);
                return failed.map(|words| (StatusColor::Red, self.text(words))).collect();
            }
        };
        std::iter::once(one).collect()
    }

    fn text(&self, words: &words::Words) -> &'static str {
        // Where the link is meant to be down, the bit tells of the opposite.
        let upward = |test: &config::Test| matches!(test.condition, config::Condition::LinkUp);
        if words.kind == config::EventKind::Link && self.config.tests.iter().any(upward) {
            return words.succeeded;
        }
        if self.changed & words.kind.bit() != 0 { words.changed } else { words.failed }
    }

    /// Is the object there, as far as the last check knows, so that it has readings to show?
    pub fn present(&self) -> bool {
        self.unit.monitoring.is_checked()
            && !matches!(self.unit.presence, Presence::Missing | Presence::Unknown)
    }

    /// The same, whose readings name the tests that judge them also where none of them failed.
    pub fn judged(self) -> View<'a> {
        View { quiet: false, ..self }
    }

    /// Shows the last readings, in the order of the status text; none while nobody looks or nothing is there. `only`: those
    /// of these [`Reading::key`]s.
    pub fn readings(&self, only: Option<&[&'static str]>, see: &mut dyn FnMut(Reading)) {
        if self.unit.monitoring.is_checked() {
            let extent = Extent { only, judges: !self.quiet };
            service_test::readings(self.config, &self.unit.memory, extent, see);
        }
    }

    /// The typed last readings.
    pub fn memory(&self) -> &'a Memory {
        &self.unit.memory
    }

    /// Was the last result of the test of this index in [`config::Service::tests`] bad, or a change?
    pub fn test_failed(&self, test: u16) -> bool {
        self.monitor != MonitorState::Not
            && self
                .unit
                .tests
                .get(usize::from(test))
                .is_some_and(|state| state.failed() || state.suspicious() || state.changed())
    }

    /// Was that of any test of this reading?
    pub fn any_failed(&self, reading: &Reading) -> bool {
        // Most readings have none.
        reading.tests.first().is_some() && reading.tests.iter().any(|test| self.test_failed(*test))
    }

    /// With `every N cycles`: cycles passed since the last check, and N.
    pub fn every_cycles(&self) -> Option<(u32, u32)> {
        match self.config.every {
            Every::Cycles(cycles) => Some((cycles.saturating_sub(self.unit.skip).min(cycles), cycles)),
            _ => None,
        }
    }
}
