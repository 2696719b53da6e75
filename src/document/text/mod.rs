//! What `summary`, `status` and `report` show, as text for terminals: boxed and coloured as clients have always
//! received it, or plain where a client asks for that.
//!
//! Renders [`Sheet`]s; where they come from is [`super::source`]'s business.

mod rendering;
pub mod report;
mod status;
mod summary;
mod width;

pub use crate::service_test::Value;
pub use rendering::Rendering;
pub use report::Class;

use super::entry::Entry;
use super::silence;
use crate::MONIT_VERSION;
use crate::config::{Mode, OnReboot, Single};
use crate::service::{MonitorState, StatusColor};
use crate::service_test::Reading;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// The colours of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// All is well.
    Green,
    /// A test failed.
    Red,
    /// Not yet checked.
    Blue,
    /// Waits for its schedule.
    Grey,
    /// Not monitored.
    Yellow,
}

impl Colour {
    /// The escape sequence that switches it on.
    fn code(self) -> &'static str {
        match self {
            Colour::Green => "\x1b[0;92m",
            Colour::Red => "\x1b[0;91m",
            Colour::Blue => "\x1b[0;94m",
            Colour::Grey => "\x1b[0;37m",
            Colour::Yellow => "\x1b[0;93m",
        }
    }
}

const RESET: &str = "\x1b[0m";
const HEADING: &str = "\x1b[1;36m";
const BOX: &str = "\x1b[0;90m";
const VALUE: &str = "\x1b[0;39m";
const ABSENT: &str = "\x1b[0;90m";

/// How the text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Escape sequences and boxes.
    pub colour: bool,
    /// Columns of the terminal, for tables; `None`: 80 boxed, as wide as the longest name plain.
    pub width: Option<usize>,
}

impl Style {
    /// What clients that ask for nothing get.
    pub const WIRE: Style = Style { colour: true, width: None };
}

/// How a value is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As it should be.
    Plain,
    /// Its test failed.
    Failed,
    /// There is none.
    Absent,
}

/// One line of `status`.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// `parent pid`
    pub label: &'static str,
    /// `1`; may have several lines.
    pub value: Value,
    /// How it is marked.
    pub mark: Mark,
}

/// One service, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet<'a> {
    /// Its name.
    pub name: &'a str,
    /// `Remote Host`
    pub type_name: &'static str,
    /// Which report count it belongs to.
    pub class: Class,
    /// The texts of its state: one, or all that failed.
    pub states: Single<(Colour, &'static str)>,
    /// The action that is queued.
    pub pending: Option<&'static str>,
    /// `Monitored`, and its colour if it is not that.
    pub monitoring: (Option<Colour>, &'static str),
    /// `active` or `passive`.
    pub mode: &'static str,
    /// `start`, `nostart`, `laststate`.
    pub on_reboot: &'static str,
    /// Until when and why its alerts are held back, if they are.
    pub silence: Option<String>,
    /// What was measured; empty if the object was not there.
    pub lines: Vec<Line>,
    /// When.
    pub collected: Option<SystemTime>,
}

impl Sheet<'_> {
    /// The state in one line.
    fn state(&self) -> Cow<'static, str> {
        let mut texts = self.states.iter().map(|(_, text)| *text);
        let first = texts.next().unwrap_or_default();
        let pending = self.pending.map(|action| [" - ", action, " pending"]).into_iter().flatten();
        let mut more = texts.flat_map(|text| [" | ", text]).chain(pending).peekable();
        match more.peek() {
            None => first.into(),
            Some(_) => std::iter::once(first).chain(more).collect::<String>().into(),
        }
    }
}

/// One service for the text.
pub fn sheet(entry: Entry<'_>) -> Sheet<'_> {
    let colour = match entry.monitor {
        MonitorState::Yes => None,
        MonitorState::Not => Some(Colour::Yellow),
        MonitorState::Init => Some(Colour::Blue),
        MonitorState::Waiting => Some(Colour::Grey),
    };
    Sheet {
        name: &entry.config.name,
        type_name: entry.type_name,
        class: class(&entry),
        states: entry.status.iter().map(|(status, text)| (shade(*status), *text)).collect(),
        pending: entry.pending.map(|action| action.word()),
        monitoring: (colour, entry.monitor.words()),
        mode: mode(entry.config.mode),
        on_reboot: on_reboot(entry.config.onreboot),
        silence: entry.silence.map(silence::words),
        lines: entry.readings.into_iter().map(line).collect(),
        collected: entry.collected,
    }
}

/// `active`, `passive`.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Active => "active",
        Mode::Passive => "passive",
    }
}

/// `start`, `nostart`, `laststate`.
pub(super) fn on_reboot(wish: OnReboot) -> &'static str {
    match wish {
        OnReboot::Start => "start",
        OnReboot::NoStart => "nostart",
        OnReboot::LastState => "laststate",
    }
}

/// Counted as it is shown.
pub(super) fn class(entry: &Entry<'_>) -> Class {
    match entry.status.first() {
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

fn line((reading, failed): (Reading, bool)) -> Line {
    // Only the value whose own test failed is red; other resources of the service are not to blame.
    let mark = match &reading.value {
        Value::Missing => Mark::Absent,
        _ if failed => Mark::Failed,
        _ => Mark::Plain,
    };
    Line { label: reading.label, value: reading.value, mark }
}

/// `12m`, `1h 1m`, `462d 23h 39m`: never seconds, never years.
pub fn uptime(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest}m"),
        (0, _) => format!("{hours}h {rest}m"),
        _ => format!("{days}d {hours}h {rest}m"),
    }
}

/// The first line of summary and status.
fn title(up: Duration) -> String {
    format!("Monit {MONIT_VERSION} uptime: {}\n", uptime(up))
}

/// What was measured elsewhere must not steer a terminal: control characters become `?`, line ends stay.
fn harmless(text: &str) -> Cow<'_, str> {
    // Nearly every text is.
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return text.into();
    }
    let harmless = text.chars().map(|c| match c {
        '\n' | '\t' => c,
        c if c.is_control() => '?',
        c => c,
    });
    Cow::Owned(harmless.collect())
}

#[cfg(test)]
mod tests;
