//! The lines of tests: grouped by kind in the order of the reference, the last written first.

use super::{action, connection, entry, service};
use crate::config::{Condition, Direction, Service, Target, Test, TrafficUnit, test_words::content};
use crate::control::outside::Outside;

/// The tests of a service in the order of the dump.
pub struct Lines<'a> {
    lines: Vec<Line<'a>>,
    outside: &'a dyn Outside,
}

struct Line<'a> {
    group: Group,
    label: &'static str,
    /// Without `if`.
    condition: String,
    test: &'a Test,
}

/// The kinds of tests in the order of their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    NotExist,
    Exist,
    Pid,
    Ppid,
    FsFlags,
    Checksum,
    Permission,
    Uid,
    Euid,
    Security,
    TotalDescriptors,
    Descriptors,
    Gid,
    Ping,
    Port,
    UnixSocket,
    Timestamp,
    Size,
    Hardlink,
    Link,
    Capacity,
    Saturation,
    UploadBytes,
    UploadPackets,
    DownloadBytes,
    DownloadPackets,
    Uptime,
    Filesystem,
    Resource,
    Extension,
    Status,
    Content,
    ContentChange,
}

impl<'a> Lines<'a> {
    /// The tests of `service`, sorted.
    pub fn of(service: &'a Service, outside: &'a dyn Outside) -> Lines<'a> {
        let line = |test: &'a Test| {
            let (group, label, condition) = describe(&test.condition);
            Line { group, label, condition, test }
        };
        // Within a group the last one comes first; content tests keep the order of the file.
        let mut lines: Vec<Line<'a>> = service.tests.iter().rev().map(line).collect();
        lines.sort_by_key(|line| line.group);
        let start = lines.partition_point(|line| line.group < Group::Content);
        let end = lines.partition_point(|line| line.group <= Group::Content);
        if let Some(content) = lines.get_mut(start..end) {
            content.reverse();
        }
        Lines { lines, outside }
    }

    /// Existence, which stands before the dependencies.
    pub fn write_existence(&mut self, out: &mut String) {
        self.write_up_to(Group::Exist, out);
    }

    /// Everything up to content tests.
    pub fn write_before_content(&mut self, out: &mut String) {
        self.write_up_to(Group::Status, out);
    }

    /// What is left.
    pub fn write_rest(&mut self, out: &mut String) {
        self.write_up_to(Group::ContentChange, out);
    }

    fn write_up_to(&mut self, last: Group, out: &mut String) {
        let end = self.lines.partition_point(|line| line.group <= last);
        for line in self.lines.drain(..end) {
            line.write(self.outside, out);
        }
    }
}

impl Line<'_> {
    /// Of a test with a pattern file, one line for each pattern.
    fn write(&self, outside: &dyn Outside, out: &mut String) {
        let recovered = match &self.test.condition {
            Condition::LinkUp => "failed",
            Condition::Connection(test) if test.succeeded => "failed",
            Condition::Ping(test) if test.succeeded => "failed",
            _ => "succeeded",
        };
        let consequence = action::consequence(self.test, recovered);
        if let Condition::FileContent(operator, source) = &self.test.condition {
            for pattern in service::patterns(source, outside) {
                let condition = content(*operator, &pattern);
                entry(out, self.label, format_args!("if {condition}{consequence}"));
            }
        } else {
            entry(out, self.label, format_args!("if {}{consequence}", self.condition));
        }
    }
}

/// Where the line of a condition stands, its label and its text without `if`.
fn describe(condition: &Condition) -> (Group, &'static str, String) {
    let (label, text) = condition.words();
    let text = match condition {
        Condition::Connection(test) => connection::connection(test),
        Condition::Ping(test) => connection::ping(test),
        _ => text,
    };
    (group(condition), label, text)
}

fn group(condition: &Condition) -> Group {
    use Condition as C;
    match condition {
        C::Missed | C::NotExist => Group::NotExist,
        C::Exist => Group::Exist,
        C::PidChanged => Group::Pid,
        C::PpidChanged => Group::Ppid,
        C::Uid(_) => Group::Uid,
        C::Euid(_) => Group::Euid,
        C::Gid(_) => Group::Gid,
        C::SecurityAttribute(..) => Group::Security,
        C::Uptime(..) => Group::Uptime,
        C::FileDescriptors(..) => Group::Descriptors,
        C::TotalFileDescriptors(..) => Group::TotalDescriptors,
        C::Resource(..) => Group::Resource,
        C::Timestamp(..) | C::TimestampChanged(_) => Group::Timestamp,
        C::Permission(_) | C::PermissionChanged => Group::Permission,
        C::Hardlink(..) | C::HardlinkChanged => Group::Hardlink,
        C::Size(..) | C::SizeChanged => Group::Size,
        C::Checksum(..) | C::ChecksumChanged(_) => Group::Checksum,
        C::FileContent(..) | C::ProgramContent(..) => Group::Content,
        C::ProgramStatus(..) | C::ProgramStatusChanged => Group::Status,
        C::ProgramOutputChanged | C::ProgramOutputNotChanged => Group::ContentChange,
        C::Space { .. } | C::Inode { .. } | C::FsBytes(..) | C::FsOperations(..) | C::FsServiceTime(..) => {
            Group::Filesystem
        }
        C::FsFlagsChanged => Group::FsFlags,
        C::LinkDown | C::LinkUp => Group::Link,
        C::LinkChanged => Group::Capacity,
        C::Saturation(..) => Group::Saturation,
        C::Traffic { direction, unit, .. } => match (direction, unit) {
            (Direction::Write, TrafficUnit::Bytes) => Group::UploadBytes,
            (Direction::Write, TrafficUnit::Packets) => Group::UploadPackets,
            (Direction::Read, TrafficUnit::Bytes) => Group::DownloadBytes,
            (Direction::Read, TrafficUnit::Packets) => Group::DownloadPackets,
        },
        C::Pressure { .. } | C::OomKills(..) | C::Entries(..) | C::TotalSize(..) => Group::Extension,
        C::Connection(test) => match test.target {
            Target::Unix(_) => Group::UnixSocket,
            Target::Port(_) | Target::Url(_) => Group::Port,
        },
        C::Ping(_) => Group::Ping,
    }
}
