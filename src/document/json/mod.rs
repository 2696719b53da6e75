//! JSON: the interface for programs of today. `doc/api.md` describes it for its users; what changes there in a way that
//! breaks readers raises [`SCHEMA`].

mod reading;
mod repeated;
mod service;
mod text;

use super::text::class;
use super::text::report::Counts;
use super::{Piece, Source, why};
use crate::MONIT_VERSION;
use repeated::Repeated;
use std::fmt::Write;
pub use text::quoted;
pub(super) use text::{field, list};

/// The version of the layout.
pub const SCHEMA: u32 = 2;

/// What one service costs with its readings and without, roughly in microseconds.
const FULL: u32 = 3;
const BRIEF: u32 = 1;
const COUNT: u32 = 1;

/// What the document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The monitor and how many services are how.
    Status,
    /// How many services are how.
    Counts,
    /// Services with the numbers of their readings.
    Numbers,
    /// Services with their readings.
    Services,
    /// Services with their states only.
    Summary,
    /// Services with their states and what is behind them.
    Why,
    /// One service, as an object of its own.
    One,
}

impl Content {
    fn has_readings(self) -> bool {
        matches!(self, Content::Numbers | Content::Services | Content::One)
    }

    /// Do readings say for people what they are?
    fn has_words(self) -> bool {
        self != Content::Numbers
    }

    fn has_reasons(self) -> bool {
        matches!(self, Content::Why | Content::One)
    }

    /// What one service costs.
    fn cost(self) -> u32 {
        match self {
            Content::Status | Content::Counts => COUNT,
            Content::Numbers | Content::Services => FULL,
            Content::Summary => BRIEF,
            Content::Why | Content::One => why::COST,
        }
    }
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json {
    content: Content,
    services: Box<[u32]>,
    next: usize,
    counts: Counts,
    begun: bool,
    repeated: Repeated,
}

impl Json {
    /// One about these services.
    pub fn new(services: Vec<u32>, content: Content) -> Json {
        Json {
            content,
            services: services.into(),
            next: 0,
            counts: Counts::default(),
            begun: false,
            repeated: Repeated::default(),
        }
    }

    /// Bytes of memory that it holds for its next pieces.
    pub fn held(&self) -> usize {
        self.repeated.held()
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        let counting = matches!(self.content, Content::Status | Content::Counts);
        if !self.begun {
            self.begun = true;
            if self.content != Content::One {
                let _ = write!(piece.out, "{{\"schema\":{SCHEMA},");
            }
            match self.content {
                Content::Status => monitor(piece.out, source),
                Content::Numbers | Content::Services | Content::Summary | Content::Why => {
                    piece.out.push_str("\"services\":[");
                }
                Content::Counts | Content::One => {}
            }
        }
        while let Some(index) = self.services.get(self.next) {
            if let Some(entry) = source.entry(*index, false) {
                if counting {
                    self.counts.add(class(&entry));
                } else {
                    if self.next > 0 {
                        piece.out.push(',');
                    }
                    service::write(piece.out, &entry, (source, *index), self.content, &mut self.repeated);
                }
            }
            self.next += 1;
            if piece.spend(self.content.cost()) && self.next < self.services.len() {
                return false;
            }
        }
        match self.content {
            Content::Status | Content::Counts => {
                piece.out.push_str("\"counts\":{");
                for (at, (name, count)) in self.counts.named().into_iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    let _ = write!(piece.out, "{comma}\"{name}\":{count}");
                }
                piece.out.push_str("}}\n");
            }
            Content::Numbers | Content::Services | Content::Summary | Content::Why => {
                piece.out.push_str("]}\n");
            }
            Content::One => piece.out.push('\n'),
        }
        true
    }
}

fn monitor(out: &mut String, source: &dyn Source) {
    let Some(monitor) = source.monitor() else { return };
    let settings = &monitor.config.settings;
    out.push_str("\"monit\":{");
    field(out, "version", MONIT_VERSION);
    field(out, "program", concat!("monit-rs ", env!("CARGO_PKG_VERSION")));
    field(out, "id", monitor.id);
    field(out, "host", monitor.host());
    field(out, "control_file", &monitor.control.to_string_lossy());
    let _ = write!(
        out,
        "\"incarnation\":{},\"uptime_seconds\":{},\"poll_seconds\":{}}},",
        monitor.incarnation,
        monitor.uptime.as_secs(),
        settings.poll.unwrap_or_default().as_secs()
    );
    let platform = monitor.platform;
    out.push_str("\"platform\":{");
    field(out, "name", &platform.name);
    field(out, "release", &platform.release);
    field(out, "version", &platform.version);
    field(out, "machine", &platform.machine);
    let _ = write!(
        out,
        "\"processors\":{},\"memory_bytes\":{},\"swap_bytes\":{}}},",
        platform.processors, platform.memory, platform.swap
    );
}

/// The type in one word.
pub fn word(type_number: u8) -> &'static str {
    ["filesystem", "directory", "file", "process", "host", "system", "fifo", "program", "network"]
        .get(usize::from(type_number))
        .unwrap_or(&"unknown")
}
