//! What was: the last events, and the course of readings over an hour, a day and a month, in two files of fixed sizes beside
//! the state file. Both may be lost; no service depends on them.
//!
//! | file | what is there |
//! |---|---|
//! | [`record`], [`event_file`] | the last 512 events; each is written when it happens |
//! | [`sample`], [`layout`], [`reading_file`] | the readings, two bytes each, a row for each moment |
//! | [`tracked`] | which readings: one place that says so |
//! | `series` | what was measured in this minute: all that is in memory |
//! | `mapping` | which series is in which column |
//! | `hours` | the rows of the month, from those of the day |
//!
//! Nothing is written but when an event happens and once a minute. What takes long is done in pieces, one in each turn of
//! the loop.

pub mod event_file;
mod hours;
mod kept;
pub mod layout;
mod mapping;
mod problem;
pub mod reading_file;
pub mod record;
pub mod sample;
mod series;
pub mod tracked;

#[cfg(test)]
mod tests;

pub use event_file::EventFile;
pub use layout::Ring;
pub use problem::Problem;
pub use record::Record;

use crate::config::{Config, Service};
use crate::event::Event;
use crate::log::Level;
use crate::service_test::Memory;
use hours::Hours;
use layout::unix;
use mapping::{Mapped, Mapping};
use reading_file::{Growth, ReadingFile};
use series::{NOWHERE, Series};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Lines for the log.
pub type Words = Vec<(Level, String)>;

/// One of the two files, with the trouble that was told of it.
#[derive(Debug)]
struct Kept<T> {
    path: PathBuf,
    file: Option<T>,
    trouble: Option<String>,
}

impl<T> Kept<T> {
    fn new(path: PathBuf) -> Kept<T> {
        Kept { path, file: None, trouble: None }
    }

    /// Takes note of how it went; trouble is told once.
    fn note(&mut self, went: io::Result<()>, words: &mut Words) {
        match went {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    words.push((Level::Info, format!("History '{}': written again", self.path.display())));
                }
            }
            Err(error) => self.tell(&Problem::Use(self.path.clone(), error), words),
        }
    }

    fn tell(&mut self, problem: &Problem, words: &mut Words) {
        let text = problem.to_string();
        if self.trouble.as_ref() != Some(&text) {
            words.push((Level::Error, text.clone()));
            self.trouble = Some(text);
        }
    }

    /// Takes the file, with what there is to say of its place.
    fn take(&mut self, opened: Result<(T, Option<Problem>), Problem>, words: &mut Words) {
        match opened {
            Ok((file, problem)) => {
                words.extend(problem.map(|problem| (Level::Warning, problem.to_string())));
                self.file = Some(file);
            }
            Err(problem) => self.tell(&problem, words),
        }
    }
}

/// What takes more than one turn.
#[derive(Debug)]
enum Work {
    Nothing,
    /// The series are collected.
    Map(Mapping),
    /// They need a larger file.
    Grow(Growth, Mapping),
}

/// The events and readings of a daemon.
#[derive(Debug)]
pub struct History {
    events: Kept<EventFile>,
    /// The number of the last event in a file that was lost.
    last: u64,
    readings: Kept<ReadingFile>,
    series: Series,
    work: Work,
    hours: Option<Hours>,
    /// The minute since 1970 whose samples are in memory.
    minute: u32,
    /// The half of it that is now.
    half: usize,
    /// Too many series were told.
    told: bool,
    /// The file cannot be made large enough for all series, and that was told.
    cramped: bool,
    words: Words,
}

impl History {
    /// That in `BASE.events` and `BASE.readings`. What cannot be opened is told, and tried again.
    pub fn open(base: &Path, now: SystemTime) -> History {
        let mut history = History {
            events: Kept::new(kept::beside(base, ".events")),
            last: 0,
            readings: Kept::new(kept::beside(base, ".readings")),
            series: Series::default(),
            work: Work::Nothing,
            hours: None,
            minute: Ring::Day.number(unix(now)),
            half: 0,
            told: false,
            cramped: false,
            words: Vec::new(),
        };
        history.open_events(now);
        history.renew();
        history
    }

    /// Is it that of this base?
    pub fn is_at(&self, base: &Path) -> bool {
        self.events.path == kept::beside(base, ".events")
    }

    /// The configuration is another one: the series get their columns anew.
    pub fn renew(&mut self) {
        self.series = Series::default();
        self.hours = None;
        self.work = Work::Map(Mapping::default());
    }

    /// What is to be said in the log since this was last asked. Each trouble is said once.
    pub fn words(&mut self) -> Words {
        std::mem::take(&mut self.words)
    }

    /// Is there more to do at once?
    pub fn is_busy(&self) -> bool {
        !matches!(self.work, Work::Nothing) || self.hours.is_some()
    }

    /// Keeps an event.
    pub fn add(&mut self, event: &Event) {
        if self.events.file.as_ref().is_none_or(EventFile::is_gone) {
            self.open_events(event.time);
        }
        if let Some(file) = &mut self.events.file {
            let added = file.add(event);
            self.events.note(added, &mut self.words);
        }
    }

    fn open_events(&mut self, now: SystemTime) {
        let before = self.events.file.take().map_or(0, |file| file.last());
        self.last = self.last.max(before);
        let opened = EventFile::open(&self.events.path, now, self.last);
        self.events.take(opened, &mut self.words);
    }

    /// A check of the service of this index has ended.
    pub fn measured(&mut self, index: u32, service: &Service, memory: &Memory) {
        self.series.add(index, service, memory, self.half);
    }

    /// Once in each turn of the loop, before the services have theirs: the next piece of what takes long, and the minute
    /// that is over.
    pub fn on_tick(&mut self, config: &Config, now: SystemTime) {
        let seconds = unix(now);
        self.half = usize::from(seconds % 60 >= 30);
        let minute = Ring::Day.number(seconds);
        match std::mem::replace(&mut self.work, Work::Nothing) {
            Work::Nothing => {}
            Work::Map(mapping) => return self.map(mapping, config, minute),
            Work::Grow(growth, mapping) => return self.grow(growth, mapping, minute),
        }
        if self.minute != minute {
            let over = std::mem::replace(&mut self.minute, minute);
            self.end_minute(over);
        } else if let (Some(mut hours), Some(file)) = (self.hours.take(), &self.readings.file) {
            match hours.step(file, self.series.slots()) {
                Ok(true) => {}
                Ok(false) => self.hours = Some(hours),
                Err(error) => self.readings.note(Err(error), &mut self.words),
            }
        }
    }

    /// The end of the daemon, or of this history: what is in memory is written.
    pub fn close(&mut self) {
        self.write(self.minute);
    }

    fn end_minute(&mut self, over: u32) {
        if self.readings.file.as_ref().is_none_or(ReadingFile::is_gone) {
            self.readings.file = None;
            return self.renew();
        }
        self.write(over);
        if self.minute < over {
            // The clock has gone back, perhaps to before the series came to their columns.
            return self.renew();
        }
        let hour = over / 60;
        if hour != self.minute / 60 {
            if self.cramped {
                // Perhaps there is room by now.
                return self.renew();
            }
            match &mut self.hours {
                Some(hours) => hours.add(hour),
                None => self.hours = Some(Hours::new(hour, hour + 1)),
            }
        }
    }

    fn write(&mut self, minute: u32) {
        let Some(file) = &self.readings.file else { return };
        let Some(samples) = self.series.take(file.layout().columns()) else { return };
        // A half without a sample is left alone: it may be that of the daemon before.
        let known = |half: &[u16]| half.iter().any(|sample| *sample != 0);
        let (first, second) = samples.halves.split_at(samples.whole.len());
        let half = minute.saturating_mul(2);
        let halves = match (known(first), known(second)) {
            (true, true) => file.write(Ring::Hour, half, &samples.halves),
            (true, false) => file.write(Ring::Hour, half, first),
            _ => file.write(Ring::Hour, half.saturating_add(1), second),
        };
        let written = halves.and_then(|()| file.write(Ring::Day, minute, &samples.whole));
        self.readings.note(written, &mut self.words);
    }

    fn map(&mut self, mut mapping: Mapping, config: &Config, minute: u32) {
        if !mapping.step(config) {
            return self.work = Work::Map(mapping);
        }
        if self.readings.file.is_none() {
            let opened = ReadingFile::open(&self.readings.path, mapping.wanted());
            self.readings.take(opened, &mut self.words);
        }
        let Some(file) = &self.readings.file else { return };
        if mapping.outgrows(file.layout().columns()) {
            match Growth::begin(&self.readings.path, file, mapping.wanted()) {
                Ok(growth) => return self.work = Work::Grow(growth, mapping),
                Err(error) => self.cramp(error),
            }
        } else if std::mem::take(&mut self.cramped) {
            let path = self.readings.path.display();
            self.words.push((Level::Info, format!("History '{path}': has room for all readings")));
        }
        self.assign(mapping, minute);
    }

    /// What it has room for is kept meanwhile.
    fn cramp(&mut self, error: io::Error) {
        if !std::mem::replace(&mut self.cramped, true) {
            let problem = Problem::Cramped(self.readings.path.clone(), error);
            self.words.push((Level::Error, problem.to_string()));
        }
    }

    fn grow(&mut self, mut growth: Growth, mapping: Mapping, minute: u32) {
        let Some(file) = &self.readings.file else { return };
        let grown = match growth.step(file) {
            Ok(false) => return self.work = Work::Grow(growth, mapping),
            Ok(true) => growth.finish(),
            Err(error) => Err(error),
        };
        match grown {
            Ok(()) => {
                let opened = ReadingFile::open(&self.readings.path, mapping.wanted());
                self.readings.file = None;
                self.readings.take(opened, &mut self.words);
                if let Some(file) = self.readings.file.as_ref().filter(|_| self.cramped) {
                    self.cramped = mapping.outgrows(file.layout().columns());
                    let path = self.readings.path.display();
                    self.words.push((Level::Info, format!("History '{path}': has room for all readings")));
                }
            }
            Err(error) => self.cramp(error),
        }
        self.assign(mapping, minute);
    }

    fn assign(&mut self, mapping: Mapping, minute: u32) {
        let Some(file) = &self.readings.file else { return };
        let wanted = mapping.wanted();
        let assigned = file.columns().and_then(|mut columns| {
            let mapped = mapping.assign(&mut columns, minute);
            if mapped.changed {
                file.set_columns(&columns)?;
            }
            Ok(mapped)
        });
        let went = match assigned {
            Ok(Mapped { series, left_out, .. }) => {
                if left_out > 0 && !self.cramped && !std::mem::replace(&mut self.told, true) {
                    self.words.push((Level::Warning, Problem::TooMany(wanted).to_string()));
                }
                self.series = series;
                let hour = minute / 60;
                self.hours = Some(Hours::new(hour.saturating_sub(23), hour));
                Ok(())
            }
            Err(error) => {
                // Opened anew in the next minute.
                self.readings.file = None;
                Err(error)
            }
        };
        self.minute = minute;
        self.readings.note(went, &mut self.words);
    }

    /// The file of events, while there is one.
    pub fn events(&self) -> Option<&EventFile> {
        self.events.file.as_ref()
    }

    /// Shows some samples of the `which`th series of a service, those of the rows `from..to` that are there; returns where
    /// to go on. `None`: there is no such series.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if that waits for the disk and `patient` is not set.
    pub fn read(
        &self,
        service: u32,
        which: usize,
        (ring, from, to): (Ring, u32, u32),
        patient: bool,
        see: &mut dyn FnMut(u32, f32),
    ) -> Option<io::Result<u32>> {
        self.read_together(&[(service, which)], (ring, from, to), patient, &mut |_, number, value| {
            see(number, value);
        })
    }

    /// The same for several series, each a service and which one of it: a row has those of all, so that reading them together
    /// costs hardly more than reading one. Shown with their place in `series`; those that are not there are left out.
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn read_together(
        &self,
        series: &[(u32, usize)],
        (ring, from, to): (Ring, u32, u32),
        patient: bool,
        see: &mut dyn FnMut(usize, u32, f32),
    ) -> Option<io::Result<u32>> {
        let file = self.readings.file.as_ref()?;
        let slot = |(at, (service, which)): (usize, &(u32, usize))| {
            let slot = self.series.of(*service).get(*which).filter(|slot| slot.column != NOWHERE)?;
            // The first whole row in which it was there.
            let since = u32::try_from(u64::from(slot.since) * 60 / ring.seconds()).unwrap_or(u32::MAX);
            Some((at, slot.column, since))
        };
        let columns: Vec<(usize, u16, u32)> = series.iter().enumerate().filter_map(slot).collect();
        if columns.is_empty() {
            return None;
        }
        let mut each = |number: u32, row: reading_file::Row<'_>| {
            for (at, column, since) in &columns {
                if let Some(value) = row.sample(*column).filter(|_| number >= *since) {
                    see(*at, number, value);
                }
            }
        };
        Some(file.read(ring, from, to, patient, &mut each))
    }
}
