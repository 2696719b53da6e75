//! Which series is in which column: found anew at a start and at a reload, some services at a time.
//!
//! A series is known by its service's name and type and the reading's key, so that it goes on where it was whatever was
//! moved in the control file. A series that has gone keeps its column until another one needs it.

use super::layout::MOST;
use super::reading_file::Column;
use super::series::{NOWHERE, Series, Slot};
use super::tracked::tracked;
use crate::config::{Config, Service, Subject};
use crate::digest::fnv1a;
use std::collections::HashMap;

/// Services looked at in one turn.
const SERVICES: usize = 200;

/// The series of a configuration, being collected.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    keys: Vec<u64>,
    firsts: Vec<u32>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) series: Series,
    /// The columns are to be written.
    pub(super) changed: bool,
    /// Series that no column was left for.
    pub(super) left_out: usize,
}

impl Mapping {
    /// Goes on. `true`: all services have been looked at.
    pub(super) fn step(&mut self, config: &Config) -> bool {
        let from = self.firsts.len();
        let keys = &mut self.keys;
        for service in config.services.iter().skip(from).take(SERVICES) {
            self.firsts.push(u32::try_from(keys.len()).unwrap_or(u32::MAX));
            keys.extend(tracked(service).iter().map(|series| key(service, &series.key)));
        }
        self.firsts.len() >= config.services.len()
    }

    /// How many series there are.
    pub(super) fn wanted(&self) -> usize {
        self.keys.len()
    }

    /// Do they need more columns than there are?
    pub(super) fn outgrows(&self, columns: u16) -> bool {
        self.keys.len() > columns.into() && columns < MOST
    }

    /// Gives each series its column, the one it has or a free one.
    pub(super) fn assign(mut self, columns: &mut [Column], minute: u32) -> Mapped {
        let mut places: HashMap<u64, u16> = HashMap::with_capacity(columns.len());
        places.extend(
            (0..).zip(columns.iter()).filter(|(_, column)| column.key != 0).map(|(at, c)| (c.key, at)),
        );
        let mut wanted = vec![false; columns.len()];
        for key in &self.keys {
            if let Some(wanted) = places.get(key).and_then(|at| wanted.get_mut(usize::from(*at))) {
                *wanted = true;
            }
        }
        let free = |empty: bool| {
            let fits = move |(_, (column, wanted)): &(u16, (&Column, &bool))| {
                !**wanted && (column.key == 0) == empty
            };
            (0..).zip(columns.iter().zip(&wanted)).filter(fits).map(|(at, _)| at)
        };
        let mut free = free(true).chain(free(false)).collect::<Vec<u16>>().into_iter();
        let (mut changed, mut left_out) = (false, 0);
        let mut slots = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let known = places.get(key).copied();
            let at = known.or_else(|| free.next()).unwrap_or(NOWHERE);
            let Some(column) = columns.get_mut(usize::from(at)) else {
                left_out += 1;
                slots.push(Slot::at(NOWHERE, 0));
                continue;
            };
            // A clock that has gone back: nothing would be shown until it is there again.
            if column.key != *key || column.since > minute {
                *column = Column { key: *key, since: minute };
                places.insert(*key, at);
                changed = true;
            }
            slots.push(Slot::at(at, column.since));
        }
        self.firsts.push(u32::try_from(slots.len()).unwrap_or(u32::MAX));
        self.firsts.shrink_to_fit();
        Mapped { series: Series::new(slots, self.firsts), changed, left_out }
    }
}

/// The key of a series; never 0.
fn key(service: &Service, reading: &str) -> u64 {
    let kind = match &service.subject {
        Subject::Process(_) => "process",
        Subject::File(_) => "file",
        Subject::Filesystem(_) => "filesystem",
        Subject::Directory(_) => "directory",
        Subject::Fifo(_) => "fifo",
        Subject::Host(_) => "host",
        Subject::Network(_) => "network",
        Subject::System => "system",
        Subject::Program(_) => "program",
        Subject::Heartbeat(_) => "heartbeat",
    };
    fnv1a(format!("{}\0{kind}\0{reading}", service.name.to_ascii_lowercase()).as_bytes()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(names: &[&str], columns: &mut [Column], minute: u32) -> (Vec<u16>, bool, usize) {
        let services =
            names.iter().map(|name| Service::new(name, Subject::File(std::path::Path::new("/f").into())));
        let config = Config { services: services.collect(), ..Config::default() };
        let mut mapping = Mapping::default();
        while !mapping.step(&config) {}
        assert_eq!(mapping.wanted(), names.len());
        let Mapped { series, changed, left_out } = mapping.assign(columns, minute);
        for (index, slot) in (0..).zip(series.slots()) {
            assert_eq!(series.of(index).len(), 1);
            assert!(slot.column == NOWHERE || slot.since == columns[usize::from(slot.column)].since);
        }
        (series.slots().iter().map(|slot| slot.column).collect(), changed, left_out)
    }

    #[test]
    fn a_series_stays_in_its_column_whatever_is_around_it() {
        let mut columns = vec![Column::default(); 4];
        assert_eq!(map(&["a", "b"], &mut columns, 5), (vec![0, 1], true, 0));
        assert_eq!(map(&["a", "b"], &mut columns, 6), (vec![0, 1], false, 0));
        assert_eq!(map(&["x", "B", "A"], &mut columns, 7), (vec![2, 1, 0], true, 0));
        assert_eq!(columns[0].since, 5);
        assert_eq!(columns[2].since, 7);
        // The clock has gone back.
        assert_eq!(map(&["x"], &mut columns, 6), (vec![2], true, 0));
        assert_eq!(columns[2].since, 6);
        // One that was away for a while finds its column, as long as nobody needed it.
        assert_eq!(map(&["b"], &mut columns, 8).0, [1]);
        assert_eq!(map(&["a", "b"], &mut columns, 9), (vec![0, 1], false, 0));
    }

    #[test]
    fn empty_columns_are_taken_before_those_of_others() {
        let mut columns = vec![Column::default(); 3];
        map(&["a", "b"], &mut columns, 1);
        assert_eq!(map(&["c"], &mut columns, 2), (vec![2], true, 0));
        assert_eq!(map(&["c", "d"], &mut columns, 3), (vec![2, 0], true, 0));
        assert_eq!(columns[0].since, 3, "what was there before is of another series");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let mut columns = vec![Column::default(); 2];
        assert_eq!(map(&["a", "b", "c"], &mut columns, 1), (vec![0, 1, NOWHERE], true, 1));
        let keys: Vec<u64> = (1..=65).collect();
        let mapping = |keys: Vec<u64>| Mapping { keys, firsts: vec![0] };
        assert!(mapping(keys.clone()).outgrows(64) && !mapping(keys.clone()).outgrows(128));
        assert!(!mapping((1..9999).collect()).outgrows(MOST));
    }

    #[test]
    fn services_are_looked_at_some_at_a_time() {
        let names: Vec<String> = (0..450).map(|number| format!("f{number}")).collect();
        let services =
            names.iter().map(|name| Service::new(name, Subject::File(std::path::Path::new("/f").into())));
        let config = Config { services: services.collect(), ..Config::default() };
        let mut mapping = Mapping::default();
        assert!(!mapping.step(&config) && !mapping.step(&config) && mapping.step(&config));
        assert_eq!(mapping.wanted(), 450);
        assert!(Mapping::default().step(&Config::default()), "no services are all of them");
    }
}
