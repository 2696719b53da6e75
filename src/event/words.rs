//! The words of each kind of event: the table of the manual (section "Setting an event filter"), which mail, status
//! and documents all take from here. Its order is the order of failures in a status line.

use super::State;
use crate::config::EventKind;

/// The words of one kind of event.
#[derive(Debug)]
pub struct Words {
    /// The kind.
    pub kind: EventKind,
    /// The word in an alert filter.
    pub key: &'static str,
    /// Title when the test fails; also the status text.
    pub failed: &'static str,
    /// Title when the test passes again.
    pub succeeded: &'static str,
    /// Title when the value changed.
    pub changed: &'static str,
    /// Title when the value did not change.
    pub not_changed: &'static str,
}

impl Words {
    /// The title of an event in `state`.
    pub const fn title(&self, state: State) -> &'static str {
        match state {
            State::Failed => self.failed,
            State::Succeeded => self.succeeded,
            State::Changed => self.changed,
            State::NotChanged => self.not_changed,
        }
    }
}

/// Shortens the table below; `$name` is what all four titles begin with.
macro_rules! words {
    ($kind:ident, $key:literal, $failed:literal, $succeeded:literal, $name:literal) => {
        words!($kind, $key, $failed, $succeeded, concat!($name, " changed"), concat!($name, " not changed"))
    };
    ($kind:ident, $key:literal, $failed:expr, $succeeded:expr, $changed:expr, $not_changed:expr) => {
        Words {
            kind: EventKind::$kind,
            key: $key,
            failed: $failed,
            succeeded: $succeeded,
            changed: $changed,
            not_changed: $not_changed,
        }
    };
}

/// All kinds, in the order in which a status line names failures.
pub const TABLE: [Words; 31] = [
    words!(Action, "action", "Action failed", "Action done", "Action done", "Action done"),
    words!(Checksum, "checksum", "Checksum failed", "Checksum succeeded", "Checksum"),
    words!(ByteIn, "bytein", "Download bytes exceeded", "Download bytes ok", "Download bytes"),
    words!(ByteOut, "byteout", "Upload bytes exceeded", "Upload bytes ok", "Upload bytes"),
    words!(Connection, "connection", "Connection failed", "Connection succeeded", "Connection"),
    words!(
        Content,
        "content",
        "Content failed",
        "Content succeeded",
        "Content match",
        "Content doesn't match"
    ),
    words!(Data, "data", "Data access error", "Data access succeeded", "Data access"),
    words!(Exec, "exec", "Execution failed", "Execution succeeded", "Execution"),
    words!(FsFlags, "fsflags", "Filesystem flags failed", "Filesystem flags succeeded", "Filesystem flags"),
    words!(Gid, "gid", "GID failed", "GID succeeded", "GID"),
    words!(Heartbeat, "heartbeat", "Heartbeat failed", "Heartbeat succeeded", "Heartbeat"),
    words!(Icmp, "icmp", "ICMP failed", "ICMP succeeded", "ICMP"),
    words!(
        Instance,
        "instance",
        "Monit instance changed",
        "Monit instance changed not",
        "Monit instance changed",
        "Monit instance changed not"
    ),
    words!(Invalid, "invalid", "Invalid type", "Type succeeded", "Type"),
    words!(Link, "link", "Link down", "Link up", "Link"),
    words!(NonExist, "nonexist", "Does not exist", "Exists", "Existence"),
    words!(PacketIn, "packetin", "Download packets exceeded", "Download packets ok", "Download packets"),
    words!(PacketOut, "packetout", "Upload packets exceeded", "Upload packets ok", "Upload packets"),
    words!(Permission, "permission", "Permission failed", "Permission succeeded", "Permission"),
    words!(Pid, "pid", "PID failed", "PID succeeded", "PID"),
    words!(PPid, "ppid", "PPID failed", "PPID succeeded", "PPID"),
    words!(Resource, "resource", "Resource limit matched", "Resource limit succeeded", "Resource limit"),
    words!(Saturation, "saturation", "Saturation exceeded", "Saturation ok", "Saturation"),
    words!(Size, "size", "Size failed", "Size succeeded", "Size"),
    words!(Speed, "speed", "Speed failed", "Speed ok", "Speed"),
    words!(Status, "status", "Status failed", "Status succeeded", "Status"),
    words!(Timeout, "timeout", "Timeout", "Timeout recovery", "Timeout"),
    words!(Timestamp, "timestamp", "Timestamp failed", "Timestamp succeeded", "Timestamp"),
    words!(Uid, "uid", "UID failed", "UID succeeded", "UID"),
    words!(Uptime, "uptime", "Uptime failed", "Uptime succeeded", "Uptime"),
    // Behind all others: it is seldom news, and the reference has it here too.
    words!(Exist, "exist", "Does exist", "Exists not", "Existence"),
];

/// The words of `kind`.
pub fn of(kind: EventKind) -> &'static Words {
    // The table names every kind (a test sees to it); the first line stands in only to keep this free of panics.
    TABLE.iter().find(|words| words.kind == kind).unwrap_or(&TABLE[0])
}

/// The kinds of a status word, in the order of a status line.
pub fn of_bits(bits: u32) -> impl Iterator<Item = &'static Words> {
    TABLE.iter().filter(move |words| bits & words.kind.bit() != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_line() {
        let bits = TABLE.iter().fold(0u32, |bits, words| bits | words.kind.bit());
        assert_eq!(bits, 0x7fff_ffff, "a kind is missing or there twice");
        for words in &TABLE {
            assert_eq!(of(words.kind).key, words.key);
        }
    }

    #[test]
    fn titles_are_those_of_the_manual() {
        assert_eq!(of(EventKind::NonExist).title(State::Failed), "Does not exist");
        assert_eq!(of(EventKind::NonExist).title(State::Succeeded), "Exists");
        assert_eq!(of(EventKind::Exist).title(State::Failed), "Does exist");
        assert_eq!(of(EventKind::Content).title(State::Changed), "Content match");
        assert_eq!(of(EventKind::FsFlags).title(State::Changed), "Filesystem flags changed");
        assert_eq!(of(EventKind::Action).title(State::Changed), "Action done");
        assert_eq!(of(EventKind::Instance).title(State::Changed), "Monit instance changed");
        assert_eq!(of(EventKind::Timeout).title(State::Failed), "Timeout");
    }

    #[test]
    fn a_status_line_is_alphabetical_by_key_but_for_existence() {
        let bits = EventKind::Exist.bit() | EventKind::Uptime.bit() | EventKind::Resource.bit();
        let texts: Vec<_> = of_bits(bits).map(|words| words.failed).collect();
        assert_eq!(texts, ["Resource limit matched", "Uptime failed", "Does exist"]);
    }
}
