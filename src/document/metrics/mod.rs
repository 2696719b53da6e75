//! Metrics for Prometheus and its kin: OpenMetrics 1.0, or the text format 0.0.4 that came before.
//!
//! All samples of a family must stand together, but a service has one of each. The services of a type are gone through once
//! to see which families they have, and the numbers of the first are gathered, of as many families as there is room for
//! ([`table`]), and written; then those of the next. Of ten thousand services there is room for none: they are gone through
//! once for each family, when the readings of that family are made and no others.

mod family;
mod table;

use super::item::{number, samples};
use super::json::word;
use super::text::class;
use super::{Entry, Piece, Source};
use crate::MONIT_VERSION;
use family::{Family, escape};
use std::fmt::Write;
use std::time::UNIX_EPOCH;
use table::{Table, place};

/// What it costs to look at one service with all its readings, roughly in microseconds.
const FULL: u32 = 3;
/// With one of them, or none.
const BRIEF: u32 = 1;
/// So many of the numbers that were gathered are written at the cost of one such look.
const WRITTEN: usize = 8;

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
    /// The kind of each of them, once it was seen.
    kinds: Vec<Kind>,
    section: Section,
    /// How many services of the type were written in this passage.
    row: usize,
    /// How the samples of the present family begin.
    begin: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Head,
    /// The numbers of [`STATES`] from this place on, of all services.
    GatherStates(usize, Table),
    /// The one at this place. The table has those from the second place on.
    State(usize, usize, Table),
    /// Which families services of this type have, and the numbers of the first.
    Look(u8, Vec<Family>, Table),
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

/// What a service is, as far as each of its samples asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    /// Its type; [`TYPES`]: it is not there.
    of: u8,
    /// Its name is a label as it is.
    plain: bool,
}

impl Kind {
    fn of(entry: &Entry<'_>) -> Kind {
        Kind { of: entry.type_number, plain: !entry.config.name.bytes().any(family::is_special) }
    }

    /// Appends the name as a label.
    fn name(self, out: &mut String, name: &str) {
        match self.plain {
            true => out.push_str(name),
            false => escape(out, name),
        }
    }
}

impl Metrics {
    /// One about these services.
    pub fn new(services: Vec<u32>, format: Format) -> Metrics {
        let services = services.into();
        let (kinds, section, begin) = (Vec::new(), Section::Head, String::new());
        Metrics { format, services, next: 0, kinds, section, row: 0, begin }
    }

    /// Bytes of memory that it holds beside what it is asked for.
    pub fn held(&self) -> usize {
        match &self.section {
            Section::GatherStates(.., table) | Section::State(.., table) => table.held(),
            Section::Look(.., table) | Section::Gather(.., table) | Section::Family(.., table) => {
                table.held()
            }
            Section::Head | Section::Done => 0,
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
                self.section = self.gather_states(0);
            }
            if self.section == Section::Done {
                return true;
            }
            self.skip();
            while let Some(index) = self.services.get(self.next) {
                let cost = self.look_at(*index, source, piece.out);
                self.next += 1;
                self.skip();
                if cost > 0 && piece.spend(cost) {
                    return false;
                }
            }
            (self.next, self.row) = (0, 0);
            self.section = match std::mem::replace(&mut self.section, Section::Done) {
                Section::GatherStates(at, table) => Section::State(at, at, table),
                Section::State(at, from, table) if at + 1 < STATES.len().min(from + table.columns()) => {
                    Section::State(at + 1, from, table)
                }
                Section::State(at, ..) if at + 1 < STATES.len() => self.gather_states(at + 1),
                Section::State(..) | Section::Head => self.look(0, piece.out),
                Section::Gather(of, families, at, table) => Section::Family(of, families, at, at, table),
                Section::Family(of, families, at, from, table)
                    if at + 1 < families.len().min(from + table.columns()) =>
                {
                    Section::Family(of, families, at + 1, from, table)
                }
                Section::Family(of, families, at, ..) if at + 1 < families.len() => {
                    self.gather(of, families, at + 1)
                }
                Section::Look(of, families, table) if !families.is_empty() => {
                    Section::Family(of, families, 0, 0, table)
                }
                Section::Look(of, ..) | Section::Family(of, ..) => self.look(of + 1, piece.out),
                Section::Done => Section::Done,
            };
        }
    }

    /// The states from this place on: those that find room together, or the next one by itself.
    fn gather_states(&self, at: usize) -> Section {
        let table = Table::new(STATES.len() - at, self.services.len());
        match table.columns() {
            0 => Section::State(at, at, table),
            _ => Section::GatherStates(at, table),
        }
    }

    /// The families from this place on: those that find room together, or the next one by itself.
    fn gather(&self, of: u8, families: Vec<Family>, at: usize) -> Section {
        // Of those that may have several numbers of a service none is gathered.
        let next = families.get(at..).unwrap_or_default();
        let single = next.iter().take_while(|family| family.is_single()).count();
        let table = Table::new(single, self.count(of));
        match table.columns() {
            0 => Section::Family(of, families, at, at, table),
            _ => Section::Gather(of, families, at, table),
        }
    }

    /// How many services of a type there are.
    fn count(&self, of: u8) -> usize {
        self.kinds.iter().filter(|kind| kind.of == of).count()
    }

    /// The next type that there is, from this one; the end if there is none.
    fn look(&self, from: u8, out: &mut String) -> Section {
        match (from..TYPES).find(|of| self.kinds.iter().any(|kind| kind.of == *of)) {
            Some(of) => Section::Look(of, Vec::new(), Table::for_any(self.count(of))),
            None => {
                if self.format == Format::OpenMetrics {
                    out.push_str("# EOF\n");
                }
                Section::Done
            }
        }
    }

    /// Goes past the services of other types than this passage is about.
    fn skip(&mut self) {
        let (Section::Look(of, ..) | Section::Gather(of, ..) | Section::Family(of, ..)) = &self.section
        else {
            return;
        };
        let further = self.kinds.get(self.next..).unwrap_or_default();
        self.next += further.iter().position(|kind| kind.of == *of).unwrap_or(further.len());
    }

    /// Gives what it has cost, if anything.
    fn look_at(&mut self, index: u32, source: &dyn Source, out: &mut String) -> u32 {
        let kind = self.kinds.get(self.next).copied().unwrap_or(Kind { of: TYPES, plain: false });
        match &mut self.section {
            Section::GatherStates(from, table) => {
                let entry = source.entry(index, false);
                add_kind(&mut self.kinds, self.next, entry.as_ref());
                let states = STATES.get(*from..).unwrap_or_default();
                for (slot, (.., value)) in table.add_row().iter_mut().zip(states) {
                    let number = entry.as_ref().and_then(value);
                    number.into_iter().for_each(|number| *slot = number.to_bits());
                }
                BRIEF
            }
            Section::State(at, from, table) => {
                let Some(state) = STATES.get(*at) else { return 0 };
                if self.next == 0 {
                    self.begin = state_head(out, state, self.format);
                }
                if table.columns() > 0 {
                    let number = table.number(self.next, *at - *from);
                    if let (Some(number), Some(service)) = (number, source.service(index)) {
                        state_sample(out, &self.begin, &service.name, kind, number);
                    }
                    return u32::from(self.next % WRITTEN == 0);
                }
                let entry = source.entry(index, false);
                add_kind(&mut self.kinds, self.next, entry.as_ref());
                if let Some(entry) = entry {
                    let number = (state.2)(&entry).filter(|number| number.is_finite());
                    let (name, kind) = (&*entry.config.name, Kind::of(&entry));
                    number.into_iter().for_each(|number| state_sample(out, &self.begin, name, kind, number));
                }
                BRIEF
            }
            Section::Look(_, families, table) => {
                look_and_gather(families, table.add_row(), index, source);
                FULL
            }
            Section::Gather(_, families, from, table) => {
                gather(families, *from, table.add_row(), (index, source));
                FULL
            }
            Section::Family(of, families, at, from, table) => {
                let Some(family) = families.get(*at) else { return 0 };
                if self.row == 0 {
                    self.begin = family.head(out, *of, self.format);
                }
                let row = self.row;
                self.row += 1;
                let Some(service) = source.service(index) else { return 0 };
                if table.columns() > 0 && family.is_single() {
                    let number = table.number(row, *at - *from);
                    if let Some(number) = number {
                        out.push_str(&self.begin);
                        kind.name(out, &service.name);
                        family.value(out, number);
                    }
                    return u32::from(self.next % WRITTEN == 0);
                }
                let mut earlier = Vec::new();
                source.readings(index, Some(family.kind()), &mut |reading, _| {
                    family.samples(out, &self.begin, service, reading, &mut earlier);
                });
                BRIEF
            }
            Section::Head | Section::Done => 0,
        }
    }
}

/// Notes the kind of the service at this place, if it is the first time that it is seen.
fn add_kind(kinds: &mut Vec<Kind>, at: usize, entry: Option<&Entry<'_>>) {
    if at == kinds.len() {
        kinds.push(entry.map_or(Kind { of: TYPES, plain: false }, Kind::of));
    }
}

/// Writes what stands before the samples of a state, and gives how each of them begins.
fn state_head(out: &mut String, (name, help, _): &State, format: Format) -> String {
    let unit = if name.ends_with("_seconds") { "seconds" } else { "" };
    family::describe(out, name, "gauge", unit, help, format);
    family::begin((*name).to_owned())
}

fn state_sample(out: &mut String, begin: &str, name: &str, kind: Kind, value: f64) {
    out.push_str(begin);
    kind.name(out, name);
    out.extend(["\",type=\"", word(kind.of), "\"} "]);
    number(out, value);
    out.push('\n');
}

/// Adds the families of a service that are not yet known, and puts its numbers of the first of them into the row.
fn look_and_gather(families: &mut Vec<Family>, row: &mut [u64], index: u32, source: &dyn Source) {
    let mut next = 0;
    source.readings(index, None, &mut |reading, _| {
        samples(&reading.value, &mut |sample| {
            let at = place(families, next, reading, &sample).unwrap_or_else(|| {
                families.push(Family::of(reading, &sample));
                families.len() - 1
            });
            next = at + 1;
            row.get_mut(at).into_iter().for_each(|slot| *slot = sample.value.to_bits());
        });
    });
}

/// Puts the numbers of a service of the families from this place on into the row.
fn gather(families: &[Family], from: usize, row: &mut [u64], (index, source): (u32, &dyn Source)) {
    let mut next = 0;
    source.readings(index, None, &mut |reading, _| {
        samples(&reading.value, &mut |sample| {
            let Some(at) = place(families, next, reading, &sample) else { return };
            next = at + 1;
            let slot = at.checked_sub(from).and_then(|column| row.get_mut(column));
            slot.into_iter().for_each(|slot| *slot = sample.value.to_bits());
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
