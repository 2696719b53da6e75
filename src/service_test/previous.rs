//! Values of the last check, for tests that look for a change.
//!
//! A value seen for the first time is the reference and silent. All tests of one check compare with the same
//! old value; the new ones take its place when the check ends.

use super::keep::Keep;
use crate::config::ChecksumKind;
use std::borrow::Cow;

/// What a value is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Pid,
    ParentPid,
    Permission,
    Size,
    Hardlink,
    Accessed,
    Changed,
    Modified,
    ModifiedOrChanged,
    Checksum(ChecksumKind),
    Status,
    Output,
    Speed,
    Duplex,
    FsFlags,
    /// The test of that number with the operator `changed`.
    Number(u16),
}

impl Key {
    fn name(self) -> Cow<'static, str> {
        match self {
            Key::Pid => "pid".into(),
            Key::ParentPid => "ppid".into(),
            Key::Permission => "permission".into(),
            Key::Size => "size".into(),
            Key::Hardlink => "hardlink".into(),
            Key::Accessed => "accessed".into(),
            Key::Changed => "changed".into(),
            Key::Modified => "modified".into(),
            Key::ModifiedOrChanged => "timestamp".into(),
            Key::Checksum(ChecksumKind::Md5) => "md5".into(),
            Key::Checksum(ChecksumKind::Sha1) => "sha1".into(),
            Key::Checksum(ChecksumKind::Sha256) => "sha256".into(),
            Key::Status => "status".into(),
            Key::Output => "output".into(),
            Key::Speed => "speed".into(),
            Key::Duplex => "duplex".into(),
            Key::FsFlags => "fsflags".into(),
            Key::Number(index) => format!("number{index}").into(),
        }
    }

    /// Means nothing to the next run of the monitor: a numbered test may be another one after the control file was
    /// edited, and after a reboot every process has another number.
    fn is_of_this_run(self) -> bool {
        matches!(self, Key::Number(_) | Key::Pid | Key::ParentPid)
    }

    fn parse(name: &str) -> Option<Key> {
        Some(match name {
            "pid" => Key::Pid,
            "ppid" => Key::ParentPid,
            "permission" => Key::Permission,
            "size" => Key::Size,
            "hardlink" => Key::Hardlink,
            "accessed" => Key::Accessed,
            "changed" => Key::Changed,
            "modified" => Key::Modified,
            "timestamp" => Key::ModifiedOrChanged,
            "md5" => Key::Checksum(ChecksumKind::Md5),
            "sha1" => Key::Checksum(ChecksumKind::Sha1),
            "sha256" => Key::Checksum(ChecksumKind::Sha256),
            "status" => Key::Status,
            "output" => Key::Output,
            "speed" => Key::Speed,
            "duplex" => Key::Duplex,
            "fsflags" => Key::FsFlags,
            other => Key::Number(other.strip_prefix("number")?.parse().ok()?),
        })
    }
}

/// A value that can be compared with its next one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Whole(i64),
    Real(f64),
    Text(Box<str>),
}

#[derive(Debug, Clone)]
struct Entry {
    key: Key,
    old: Option<Seen>,
    new: Option<Seen>,
}

/// The values of the last check; empty for services without a test for changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Previous(Vec<Entry>);

impl Previous {
    /// Takes note of the value of this check and gives that of the last one.
    pub(crate) fn observe(&mut self, key: Key, value: Seen) -> Option<Seen> {
        match self.0.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.new = Some(value);
                entry.old.clone()
            }
            None => {
                // Nearly always one: no room for four.
                self.0.reserve_exact(1);
                self.0.push(Entry { key, old: None, new: Some(value) });
                None
            }
        }
    }

    /// The next value is taken as if it were the first.
    pub(crate) fn forget(&mut self, key: Key) {
        self.0.retain(|entry| entry.key != key);
    }

    /// Numbered tests have new numbers, or are gone.
    pub(crate) fn renumber_tests(&mut self, number: impl Fn(u16) -> Option<u16>) {
        self.0.retain_mut(|entry| match entry.key {
            Key::Number(test) => number(test).map(|test| entry.key = Key::Number(test)).is_some(),
            _ => true,
        });
    }

    /// The check is over: what was new is the reference of the next one.
    pub(crate) fn commit(&mut self) {
        for entry in &mut self.0 {
            if let Some(new) = entry.new.take() {
                entry.old = Some(new);
            }
        }
    }

    /// What must survive a restart, as names and values.
    pub(crate) fn save(&self, keep: &mut Keep<'_>) {
        for entry in &self.0 {
            let Some(old) = &entry.old else { continue };
            if entry.key.is_of_this_run() {
                continue;
            }
            let name = entry.key.name();
            match old {
                Seen::Whole(number) => keep(format_args!("last.{name}"), format_args!("i{number}")),
                Seen::Real(number) => keep(format_args!("last.{name}"), format_args!("r{number}")),
                Seen::Text(text) => keep(format_args!("last.{name}"), format_args!("t{text}")),
            }
        }
    }

    /// Takes back what [`Previous::save`] gave; what cannot be understood is skipped.
    pub(crate) fn load(&mut self, name: &str, value: &str) {
        let Some(key) = name.strip_prefix("last.").and_then(Key::parse) else { return };
        if key.is_of_this_run() {
            return;
        }
        let seen = match (value.get(..1), value.get(1..)) {
            (Some("i"), Some(rest)) => rest.parse().ok().map(Seen::Whole),
            (Some("r"), Some(rest)) => rest.parse().ok().map(Seen::Real),
            (Some("t"), Some(rest)) => Some(Seen::Text(rest.into())),
            _ => None,
        };
        if let Some(seen) = seen {
            self.0.retain(|entry| entry.key != key);
            self.0.push(Entry { key, old: Some(seen), new: None });
        }
    }
}
