//! The readings whose course is kept: one place that says which they are.
//!
//! What a service has to show of these depends on its control file alone, so that the n-th of them is always the same
//! thing ([`tracked`]), also while it is not known.

use crate::config::{Condition, Connection, Service, Subject, Target, Test};
use crate::service_test::{
    Answer, FileReading, FilesystemReading, Measured, Memory, NetworkReading, Presence, ProcessReading,
    SystemReading,
};
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

/// Percent, 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// Where a connection test goes to, and how it speaks there.
fn target(connection: &Connection) -> String {
    let protocol = connection.protocol.spec.name;
    match &connection.target {
        Target::Port(address) => format!("{}:{} ({protocol})", address.host, address.port),
        Target::Url(url) => format!("{}:{}{} ({protocol})", url.host, url.port, url.path),
        Target::Unix(path) => format!("{} ({protocol})", path.display()),
    }
}

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
        Subject::Directory(_)
        | Subject::Fifo(_)
        | Subject::Host(_)
        | Subject::Program(_)
        | Subject::Heartbeat(_) => {}
    }
    for (_, test) in probes(service) {
        let (key, label) = match &test.condition {
            Condition::Connection(connection) => {
                let target = target(connection);
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

/// Which series of a service has this key, and what it counts; `None`: none of those that its type has.
pub fn of_key(service: &Service, key: &str) -> Option<(usize, TrackedUnit)> {
    fn of<T>(marks: &[Mark<T>], key: &str) -> Option<(usize, TrackedUnit)> {
        let (at, mark) = marks.iter().enumerate().find(|(_, mark)| mark.key == key)?;
        Some((at, mark.unit))
    }
    match &service.subject {
        Subject::System => of(SYSTEM, key),
        Subject::Process(_) => of(PROCESS, key),
        Subject::Filesystem(_) => of(FILESYSTEM, key),
        Subject::Network(_) => of(NETWORK, key),
        Subject::File(_) => of(FILE, key),
        Subject::Directory(_)
        | Subject::Fifo(_)
        | Subject::Host(_)
        | Subject::Program(_)
        | Subject::Heartbeat(_) => None,
    }
}

/// How many series a service has.
pub fn count_tracked(service: &Service) -> usize {
    let of_type = match &service.subject {
        Subject::System => SYSTEM.len(),
        Subject::Process(_) => PROCESS.len(),
        Subject::Filesystem(_) => FILESYSTEM.len(),
        Subject::Network(_) => NETWORK.len(),
        Subject::File(_) => FILE.len(),
        Subject::Directory(_)
        | Subject::Fifo(_)
        | Subject::Host(_)
        | Subject::Program(_)
        | Subject::Heartbeat(_) => 0,
    };
    of_type + probes(service).count()
}

/// The test whose answers the series of this number are; `None`: it is one that all of its type have.
pub fn probe_of(service: &Service, which: usize) -> Option<&Test> {
    let of_type = count_tracked(service) - probes(service).count();
    let (_, test) = probes(service).nth(which.checked_sub(of_type)?)?;
    Some(test)
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
        (
            Subject::Directory(_)
            | Subject::Fifo(_)
            | Subject::Host(_)
            | Subject::Program(_)
            | Subject::Heartbeat(_),
            _,
        ) => {}
    }
    for (at, _) in probes(service) {
        see(memory.answers.of(at).and_then(Answer::seconds).filter(|_| there));
    }
}

fn show<T>(marks: &[Mark<T>], reading: Option<&T>, see: &mut dyn FnMut(Option<f64>)) {
    marks.iter().for_each(|mark| see(reading.and_then(|reading| (mark.pick)(reading))));
}

/// The tests that ask and wait for an answer.
fn probes(service: &Service) -> impl Iterator<Item = (usize, &Test)> {
    service.tests.iter().enumerate().filter(|(_, test)| test.condition.is_probe())
}

#[cfg(test)]
#[path = "tracked_tests.rs"]
mod tests;
