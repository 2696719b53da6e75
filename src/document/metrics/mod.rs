//! Metrics for Prometheus and its kin: OpenMetrics 1.0, or the text format 0.0.4 that came before.
//!
//! All samples of a family must stand together, but a service has one of each. The services of a type are gone through once
//! to see which families they have; then their numbers are gathered, of as many families as there is room for ([`table`]),
//! and written. Of ten thousand services there is room for none: they are gone through once for each family, when the
//! readings of that family are made and no others.

mod family;
mod table;

use super::item::{number, samples};
use super::json::word;
use super::text::class;
use super::{Entry, Piece, Source};
use crate::MONIT_VERSION;
use family::{Family, label};
use std::fmt::Write;
use std::time::UNIX_EPOCH;
use table::Table;

/// What it costs to look at one service with all its readings, roughly in microseconds.
const FULL: u32 = 3;
/// With one of them, or none.
const BRIEF: u32 = 1;

/// Which of the two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0; charset=utf-8`
    OpenMetrics,
    /// `text/plain; version=0.0.4; charset=utf-8`
    Text,
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    format: Format,
    services: Box<[u32]>,
    next: usize,
    /// The type of each of them, once it was seen.
    types: Vec<u8>,
    section: Section,
    /// How many services of the type were written in this passage.
    row: usize,
    /// What the samples of the present family are called.
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Head,
    /// One of [`STATES`], of all services.
    State(usize),
    /// Which families services of this type have.
    Look(u8, Vec<Family>),
    /// The numbers of the families from this place on.
    Gather(u8, Vec<Family>, usize, Table),
    /// The family at this place. The table has those from the second place on.
    Family(u8, Vec<Family>, usize, usize, Table),
    Done,
}

/// What every service has: name, help, value.
type State = (&'static str, &'static str, fn(&Entry<'_>) -> Option<f64>);

const STATES: &[State] = &[
    ("monit_service_up", "Is the service monitored and are all its tests fine?", |entry| {
        Some(f64::from(u8::from(class(entry) == super::text::Class::Up)))
    }),
    (
        "monit_service_monitor_state",
        "0 not monitored, 1 monitored, 2 not yet checked, 6 waiting for its schedule",
        |entry| Some(f64::from(entry.monitor as u8)),
    ),
    ("monit_service_silenced", "Are its alerts held back?", |entry| {
        Some(f64::from(u8::from(entry.silence.is_some())))
    }),
    ("monit_service_checked_timestamp_seconds", "End of the last check", |entry| {
        entry.collected.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs_f64())
    }),
];

/// Types are numbered from 0 to 8.
const TYPES: u8 = 9;

impl Metrics {
    /// One about these services.
    pub fn new(services: Vec<u32>, format: Format) -> Metrics {
        let services = services.into();
        let (types, section, name) = (Vec::new(), Section::Head, String::new());
        Metrics { format, services, next: 0, types, section, row: 0, name }
    }

    /// Bytes of memory that it holds beside what it is asked for.
    pub fn held(&self) -> usize {
        match &self.section {
            Section::Gather(.., table) | Section::Family(.., table) => table.held(),
            _ => 0,
        }
    }

    /// Which it is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Goes on, by one service at least. `true`: it is whole.
    pub fn step(&mut self, source: &dyn Source, piece: &mut Piece<'_>) -> bool {
        loop {
            if self.section == Section::Head {
                head(piece.out, source, self.format);
                self.section = Section::State(0);
            }
            if self.section == Section::Done {
                return true;
            }
            while let Some(index) = self.services.get(self.next) {
                let cost = self.look_at(*index, source, piece.out);
                self.next += 1;
                if cost > 0 && piece.spend(cost) {
                    return false;
                }
            }
            (self.next, self.row) = (0, 0);
            self.section = match std::mem::replace(&mut self.section, Section::Done) {
                Section::State(at) if at + 1 < STATES.len() => Section::State(at + 1),
                Section::State(_) | Section::Head => self.look(0, piece.out),
                Section::Gather(of, families, at, table) => Section::Family(of, families, at, at, table),
                Section::Family(of, families, at, from, table) if at + 1 < from + table.columns() => {
                    Section::Family(of, families, at + 1, from, table)
                }
                Section::Family(of, families, at, ..) if at + 1 < families.len() => {
                    self.gather(of, families, at + 1)
                }
                Section::Look(of, families) if !families.is_empty() => self.gather(of, families, 0),
                Section::Look(of, _) | Section::Family(of, ..) => self.look(of + 1, piece.out),
                Section::Done => Section::Done,
            };
        }
    }

    /// The families from this place on: those that find room together, or the next one by itself.
    fn gather(&self, of: u8, families: Vec<Family>, at: usize) -> Section {
        let services = self.types.iter().filter(|one| **one == of).count();
        let table = Table::new(families.get(at..).unwrap_or_default(), services);
        match table.columns() {
            0 => Section::Family(of, families, at, at, table),
            _ => Section::Gather(of, families, at, table),
        }
    }

    /// The next type that there is, from this one; the end if there is none.
    fn look(&self, from: u8, out: &mut String) -> Section {
        match (from..TYPES).find(|of| self.types.contains(of)) {
            Some(of) => Section::Look(of, Vec::new()),
            None => {
                if self.format == Format::OpenMetrics {
                    out.push_str("# EOF\n");
                }
                Section::Done
            }
        }
    }

    /// Gives what it has cost; 0 for a service of another type.
    fn look_at(&mut self, index: u32, source: &dyn Source, out: &mut String) -> u32 {
        let first = self.next == 0;
        let of_type = self.types.get(self.next).copied();
        match &mut self.section {
            Section::State(at) => {
                let Some(state) = STATES.get(*at) else { return 0 };
                if first {
                    state_head(out, state, self.format);
                }
                let entry = source.entry(index, false);
                if *at == 0 {
                    self.types.push(entry.as_ref().map_or(TYPES, |entry| entry.type_number));
                }
                if let Some(entry) = entry {
                    state_sample(out, state, &entry);
                }
                BRIEF
            }
            Section::Look(wanted, families) => {
                if of_type != Some(*wanted) {
                    return 0;
                }
                add_families(families, index, source);
                FULL
            }
            Section::Gather(wanted, families, at, table) => {
                if of_type != Some(*wanted) {
                    return 0;
                }
                table.add(families.get(*at..).unwrap_or_default(), index, source);
                FULL
            }
            Section::Family(wanted, families, at, from, table) => {
                let Some(family) = families.get(*at) else { return 0 };
                if first {
                    self.name = family.head(out, *wanted, self.format);
                }
                if of_type != Some(*wanted) {
                    return 0;
                }
                let row = self.row;
                self.row += 1;
                let Some(service) = source.service(index) else { return 0 };
                if table.columns() > 0 {
                    let number = table.number(row, *at - *from);
                    number.into_iter().for_each(|number| family.only(out, &self.name, service, number));
                } else {
                    let mut earlier = Vec::new();
                    source.readings(index, Some(family.kind()), &mut |reading, _| {
                        family.samples(out, &self.name, service, reading, &mut earlier);
                    });
                }
                BRIEF
            }
            Section::Head | Section::Done => 0,
        }
    }
}

fn state_head(out: &mut String, (name, help, _): &State, format: Format) {
    let unit = if name.ends_with("_seconds") { "seconds" } else { "" };
    family::describe(out, name, "gauge", unit, help, format);
}

fn state_sample(out: &mut String, (name, _, value): &State, entry: &Entry<'_>) {
    let Some(value) = value(entry).filter(|value| value.is_finite()) else { return };
    out.push_str(name);
    out.push('{');
    label(out, "service", &entry.config.name);
    out.extend([",type=\"", word(entry.type_number), "\"} "]);
    number(out, value);
    out.push('\n');
}

/// Adds the families of a service that are not yet known.
fn add_families(families: &mut Vec<Family>, index: u32, source: &dyn Source) {
    // Services of a type have mostly the same families in the same order.
    let mut next = 0;
    source.readings(index, None, &mut |reading, _| {
        samples(&reading.value, &mut |sample| {
            let family = Family::of(reading, &sample);
            if families.get(next) == Some(&family) {
                next += 1;
            } else if !families.contains(&family) {
                families.push(family);
                next = families.len();
            }
        });
    });
}

fn head(out: &mut String, source: &dyn Source, format: Format) {
    let (name, kind) = match format {
        Format::OpenMetrics => ("monit", "info"),
        Format::Text => ("monit_info", "gauge"),
    };
    family::describe(out, name, kind, "", "The monitor", format);
    let _ = writeln!(
        out,
        "monit_info{{version=\"{MONIT_VERSION}\",program=\"monit-rs {}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    family::describe(out, "monit_uptime_seconds", "gauge", "seconds", "Since when the monitor runs", format);
    let _ = writeln!(out, "monit_uptime_seconds {}", source.uptime().as_secs());
}

#[cfg(test)]
mod tests;
