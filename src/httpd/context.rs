//! The services of this daemon as a [`Site`]: reads views, queues requests.

use super::site::Site;
use super::text::{Class, Colour, Line, Mark, Sheet};
use crate::config::{Mode, OnReboot, Subject};
use crate::log::{Level, Log};
use crate::service::{MonitorState, Services, StatusColor, UserAction, View};
use crate::service_test::{Reading, Value};
use std::time::Duration;

/// What the interface needs of the daemon for one call.
#[derive(Debug)]
pub struct Context<'a> {
    /// What is shown.
    pub services: &'a Services,
    /// What clients want done, in the order they came. The daemon hands it to [`Services::request`] at once.
    pub requests: Vec<(UserAction, Vec<u32>)>,
    /// Where denials are told.
    pub log: &'a mut Log,
    /// Since when the daemon runs.
    pub uptime: Duration,
    /// The id of this instance: 32 hexadecimal digits.
    pub id: &'a str,
}

impl Site for Context<'_> {
    fn count(&self) -> u32 {
        self.services.len()
    }

    fn name(&self, index: u32) -> &str {
        let services = &self.services.config().services;
        services.get(index as usize).map_or("", |service| &service.name)
    }

    fn group(&self, name: &str) -> Option<Vec<u32>> {
        self.services.find_group(name)
    }

    fn rank(&self, index: u32) -> u8 {
        let services = &self.services.config().services;
        services.get(index as usize).map_or(u8::MAX, |service| rank(&service.subject))
    }

    fn sheet(&self, index: u32, lines: bool) -> Option<Sheet<'_>> {
        (index < self.services.len()).then(|| sheet(self.services.view(index), lines))
    }

    fn generation(&self) -> u64 {
        self.services.generation()
    }

    fn uptime(&self) -> Duration {
        self.uptime
    }

    fn cycles(&self) -> Option<(u64, bool)> {
        Some((self.services.cycles(), !self.services.settled()))
    }

    fn id(&self) -> &str {
        self.id
    }

    fn order(&mut self, action: UserAction, services: Vec<u32>) {
        self.requests.push((action, services));
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
    }
}

fn sheet(view: View<'_>, lines: bool) -> Sheet<'_> {
    let colour = match view.monitor {
        MonitorState::Yes => None,
        MonitorState::Not => Some(Colour::Yellow),
        MonitorState::Init => Some(Colour::Blue),
        MonitorState::Waiting => Some(Colour::Grey),
    };
    Sheet {
        name: &view.config.name,
        type_name: view.type_name,
        class: class(&view),
        states: view.status().into_iter().map(|(status, text)| (shade(status), text)).collect(),
        pending: view.pending.map(|action| action.word().to_owned()),
        monitoring: (colour, view.monitor.words()),
        mode: match view.config.mode {
            Mode::Active => "active",
            Mode::Passive => "passive",
        },
        on_reboot: match view.config.onreboot {
            OnReboot::Start => "start",
            OnReboot::NoStart => "nostart",
            OnReboot::LastState => "laststate",
        },
        lines: if lines {
            view.readings().iter().map(|reading| line(&view, reading)).collect()
        } else {
            Vec::new()
        },
        collected: view.collected,
    }
}

/// Counted as it is shown.
fn class(view: &View<'_>) -> Class {
    match view.status().first() {
        Some((StatusColor::Green, _)) => Class::Up,
        Some((StatusColor::Red, _)) => Class::Down,
        Some((StatusColor::Yellow, _)) => Class::Unmonitored,
        Some((StatusColor::Blue | StatusColor::Gray, _)) | None => Class::Initialising,
    }
}

fn shade(status: StatusColor) -> Colour {
    match status {
        StatusColor::Green => Colour::Green,
        StatusColor::Red => Colour::Red,
        StatusColor::Blue => Colour::Blue,
        StatusColor::Gray => Colour::Grey,
        StatusColor::Yellow => Colour::Yellow,
    }
}

fn line(view: &View<'_>, reading: &Reading) -> Line {
    // Only the value whose own test failed is red; other resources of the service are not to blame.
    let mark = match &reading.value {
        Value::Missing => Mark::Absent,
        _ if reading.tests.iter().any(|test| view.test_failed(*test)) => Mark::Failed,
        _ => Mark::Plain,
    };
    Line { label: reading.label, value: reading.value.to_string(), mark }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
