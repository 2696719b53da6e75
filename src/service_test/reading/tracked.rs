//! The readings whose course is kept: one place that says which they are.
//!
//! What a service has to show of these depends on its control file alone, so that the n-th of them is always the same
//! thing ([`tracked`]), also while it is not known.

use super::super::compare::share;
use super::super::memory::{
    FileReading, FilesystemReading, Measured, Memory, NetworkReading, ProcessReading, SystemReading,
};
use super::super::probe_result;
use super::super::verdict::Presence;
use crate::config::{Condition, Service, Subject, Target, Test};
use std::borrow::Cow;

/// What the numbers of a series count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackedUnit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// Seconds.
    Seconds,
    /// Hundredths of a whole.
    Percent,
}

/// A series of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// The key of the reading, and what else makes the series one of its own: the target of a connection test.
    pub key: Cow<'static, str>,
    /// Its name for people.
    pub label: Cow<'static, str>,
    /// What it counts.
    pub unit: TrackedUnit,
}

/// A number of the readings of one type of service.
struct Mark<T> {
    key: &'static str,
    label: &'static str,
    unit: TrackedUnit,
    pick: fn(&T) -> Option<f64>,
}

use TrackedUnit as U;

const SYSTEM: &[Mark<SystemReading>] = &[
    Mark { key: "load", label: "load average", unit: U::Count, pick: |system| Some(system.load?[0]) },
    Mark { key: "cpu", label: "cpu", unit: U::Percent, pick: |system| Some(system.cpu?.busy) },
    Mark {
        key: "memory",
        label: "memory usage",
        unit: U::Percent,
        pick: |system| system.memory.map(|memory| share(memory.used, memory.total)),
    },
    Mark {
        key: "swap",
        label: "swap usage",
        unit: U::Percent,
        pick: |system| system.memory.map(|memory| share(memory.swap_used, memory.swap_total)),
    },
];

const PROCESS: &[Mark<ProcessReading>] = &[
    Mark { key: "cpu_total", label: "cpu total", unit: U::Percent, pick: |process| process.cpu_total },
    Mark {
        key: "memory_total",
        label: "memory total",
        unit: U::Bytes,
        pick: |process| process.memory_total.map(|bytes| bytes as f64),
    },
    Mark {
        key: "filedescriptors",
        label: "file descriptors",
        unit: U::Count,
        pick: |process| process.descriptors.map(|count| count as f64),
    },
];

const FILESYSTEM: &[Mark<FilesystemReading>] = &[
    Mark {
        key: "space_free_total",
        label: "space used",
        unit: U::Percent,
        pick: |filesystem| used(filesystem.facts.blocks_free, filesystem.facts.blocks),
    },
    Mark {
        key: "inodes_free",
        label: "inodes used",
        unit: U::Percent,
        pick: |filesystem| used(filesystem.facts.inodes_free, filesystem.facts.inodes),
    },
    Mark {
        key: "read_bytes",
        label: "read bytes",
        unit: U::BytesPerSecond,
        pick: |filesystem| Some(filesystem.read?.per_second),
    },
    Mark {
        key: "write_bytes",
        label: "write bytes",
        unit: U::BytesPerSecond,
        pick: |filesystem| Some(filesystem.write?.per_second),
    },
];

const NETWORK: &[Mark<NetworkReading>] = &[
    Mark {
        key: "download_bytes",
        label: "download bytes",
        unit: U::BytesPerSecond,
        pick: |network| network.facts.filter(|facts| facts.up).map(|_| network.download_bytes.per_second),
    },
    Mark {
        key: "upload_bytes",
        label: "upload bytes",
        unit: U::BytesPerSecond,
        pick: |network| network.facts.filter(|facts| facts.up).map(|_| network.upload_bytes.per_second),
    },
];

const FILE: &[Mark<FileReading>] =
    &[Mark { key: "size", label: "size", unit: U::Bytes, pick: |file| Some(file.facts.size as f64) }];

fn used(free: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 - share(free, whole))
}

fn names<T>(marks: &[Mark<T>], out: &mut Vec<Tracked>) {
    out.extend(marks.iter().map(|mark| Tracked {
        key: mark.key.into(),
        label: mark.label.into(),
        unit: mark.unit,
    }));
}

/// The series of a service, in the order of [`track`]; no two have the same key.
pub fn tracked(service: &Service) -> Vec<Tracked> {
    let mut all = Vec::new();
    match &service.subject {
        Subject::System => names(SYSTEM, &mut all),
        Subject::Process(_) => names(PROCESS, &mut all),
        Subject::Filesystem(_) => names(FILESYSTEM, &mut all),
        Subject::Network(_) => names(NETWORK, &mut all),
        Subject::File(_) => names(FILE, &mut all),
        Subject::Directory(_) | Subject::Fifo(_) | Subject::Host(_) | Subject::Program(_) => {}
    }
    for (_, test) in probes(service) {
        let (key, label) = match &test.condition {
            Condition::Connection(connection) => {
                let target = probe_result::target(connection, true);
                let kind = if matches!(connection.target, Target::Unix(_)) { "unix_socket" } else { "port" };
                (format!("{kind} {target}"), format!("response time to {target}"))
            }
            _ => ("ping".to_owned(), "ping response time".to_owned()),
        };
        let same = |known: &&Tracked| known.key == key || known.key.starts_with(&format!("{key} #"));
        let before = all.iter().filter(same).count();
        let key = if before == 0 { key } else { format!("{key} #{}", before + 1) };
        all.push(Tracked { key: key.into(), label: label.into(), unit: U::Seconds });
    }
    all
}

/// How many series a service has.
pub fn count_tracked(service: &Service) -> usize {
    let of_type = match &service.subject {
        Subject::System => SYSTEM.len(),
        Subject::Process(_) => PROCESS.len(),
        Subject::Filesystem(_) => FILESYSTEM.len(),
        Subject::Network(_) => NETWORK.len(),
        Subject::File(_) => FILE.len(),
        Subject::Directory(_) | Subject::Fifo(_) | Subject::Host(_) | Subject::Program(_) => 0,
    };
    of_type + probes(service).count()
}

/// Shows the last number of each series of a service, in their order; `None`: not known.
pub fn track(service: &Service, memory: &Memory, see: &mut dyn FnMut(Option<f64>)) {
    let there = memory.presence == Presence::Present;
    let measured = &memory.measured;
    match (&service.subject, measured) {
        (Subject::System, Measured::System(system)) if there => show(SYSTEM, Some(system), see),
        (Subject::System, _) => show(SYSTEM, None, see),
        (Subject::Process(_), Measured::Process(process)) if there => show(PROCESS, Some(process), see),
        (Subject::Process(_), _) => show(PROCESS, None, see),
        (Subject::Filesystem(_), Measured::Filesystem(found)) if there => show(FILESYSTEM, Some(found), see),
        (Subject::Filesystem(_), _) => show(FILESYSTEM, None, see),
        (Subject::Network(_), Measured::Network(network)) if there => show(NETWORK, Some(network), see),
        (Subject::Network(_), _) => show(NETWORK, None, see),
        (Subject::File(_), Measured::File(file)) if there => show(FILE, Some(file), see),
        (Subject::File(_), _) => show(FILE, None, see),
        (Subject::Directory(_) | Subject::Fifo(_) | Subject::Host(_) | Subject::Program(_), _) => {}
    }
    for (at, _) in probes(service) {
        let answer = memory.probes.iter().find(|probe| usize::from(probe.test) == at);
        see(answer.and_then(|probe| probe.seconds).filter(|_| there));
    }
}

fn show<T>(marks: &[Mark<T>], reading: Option<&T>, see: &mut dyn FnMut(Option<f64>)) {
    marks.iter().for_each(|mark| see(reading.and_then(|reading| (mark.pick)(reading))));
}

/// The tests that ask and wait for an answer.
fn probes(service: &Service) -> impl Iterator<Item = (usize, &Test)> {
    let asks = |test: &Test| matches!(test.condition, Condition::Connection(_) | Condition::Ping(_));
    service.tests.iter().enumerate().filter(move |(_, test)| asks(test))
}

#[cfg(test)]
mod tests {
    use super::super::super::memory::CpuShares;
    use super::super::{Reading, readings};
    use super::*;
    use crate::machine::{FilesystemFacts, MemoryFacts};

    fn numbers(service: &Service, memory: &Memory) -> Vec<(String, Option<f64>)> {
        let mut names = tracked(service).into_iter();
        let mut all = Vec::new();
        track(service, memory, &mut |value| {
            all.push((names.next().unwrap().key.into_owned(), value));
        });
        assert_eq!(names.next(), None);
        assert_eq!(all.len(), count_tracked(service));
        all
    }

    fn lines(service: &Service, memory: &Memory) -> Vec<Reading> {
        let mut lines = Vec::new();
        readings(service, memory, &mut lines);
        lines
    }

    #[test]
    fn every_series_is_a_reading_of_the_documents() {
        let process = ProcessReading {
            cpu_total: Some(12.5),
            memory_total: Some(4096),
            descriptors: Some(9),
            ..ProcessReading::default()
        };
        let system = SystemReading {
            load: Some([0.5, 0.4, 0.3]),
            cpu: Some(CpuShares { busy: 30.0, ..CpuShares::default() }),
            memory: Some(MemoryFacts { total: 100, used: 40, swap_total: 10, swap_used: 1, limited: false }),
            ..SystemReading::default()
        };
        let facts = FilesystemFacts {
            block_size: 1,
            blocks: 100,
            blocks_free: 25,
            inodes: 10,
            inodes_free: 4,
            ..FilesystemFacts::default()
        };
        let rate = |per_second| Some(super::super::super::memory::Rate { per_second, total: 1 });
        let filesystem =
            FilesystemReading { facts, read: rate(5.0), write: rate(6.0), ..FilesystemReading::default() };
        let pidfile = crate::config::ProcessBy::Pidfile(std::path::Path::new("/p").into());
        for (subject, measured) in [
            (Subject::Process(pidfile), Measured::Process(Box::new(process))),
            (Subject::System, Measured::System(Box::new(system))),
            (Subject::Filesystem("/".into()), Measured::Filesystem(Box::new(filesystem))),
            (Subject::File(std::path::Path::new("/f").into()), Measured::File(Box::default())),
        ] {
            let service = Service::new("s", subject);
            let mut memory = Memory { measured, ..Memory::default() };
            assert!(numbers(&service, &memory).iter().all(|(_, value)| value.is_none()), "nothing was found");
            memory.presence = Presence::Present;
            let lines = lines(&service, &memory);
            for (key, value) in numbers(&service, &memory) {
                let value = value.unwrap_or_else(|| panic!("{key}"));
                let line = lines.iter().find(|line| line.key == key).unwrap_or_else(|| panic!("{key}"));
                let shown = match line.value {
                    super::super::Value::Share { percent, .. } if key != "memory_total" => percent,
                    super::super::Value::CountShare(_, percent) => percent,
                    ref other => other.number().unwrap(),
                };
                let free = key.contains("free");
                assert_eq!(value, if free { 100.0 - shown } else { shown }, "{key}");
            }
        }
    }
}
