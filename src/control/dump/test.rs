//! The lines of tests: grouped by kind in the order of the reference, the last written first.

use super::{action, connection, entry, service, tls};
use crate::config::{
    Amount, Condition, Direction, Family, Operator, PatternSource, Resource, Service, Span, Stalled,
    StringOperator, Target, Test, TimestampKind, TrafficUnit, format,
};
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
                let condition = service::content(*operator, &pattern);
                entry(out, self.label, format_args!("if {condition}{consequence}"));
            }
        } else {
            entry(out, self.label, format_args!("if {}{consequence}", self.condition));
        }
    }
}

/// Where the line of a condition stands, its label and its text without `if`.
fn describe(condition: &Condition) -> (Group, &'static str, String) {
    use Condition as C;
    match condition {
        C::Missed => (Group::NotExist, "Heartbeat", "missed".to_owned()),
        C::NotExist => (Group::NotExist, "Existence", "does not exist".to_owned()),
        C::Exist => (Group::Exist, "Non-Existence", "exist".to_owned()),
        C::PidChanged => (Group::Pid, "Pid", changed()),
        C::PpidChanged => (Group::Ppid, "PPid", changed()),
        C::Uid(user) => (Group::Uid, "UID", format!("failed {}", user.id)),
        C::Euid(user) => (Group::Euid, "EUID", format!("failed {}", user.id)),
        C::Gid(group) => (Group::Gid, "GID", format!("failed {}", group.id)),
        C::SecurityAttribute(op, text) => {
            (Group::Security, "Security attribute", format!("{} \"{text}\"", string_operator(*op)))
        }
        C::Uptime(op, seconds) => (Group::Uptime, "Uptime", format!("{} {seconds} second(s)", operator(*op))),
        C::FileDescriptors(op, limit) => (Group::Descriptors, "Filedescriptors", compare(*op, plain(*limit))),
        C::TotalFileDescriptors(op, limit) => {
            (Group::TotalDescriptors, "Total filedescriptors", compare(*op, limit.to_string()))
        }
        C::Resource(what, op, limit) => {
            let (label, text) = resource(*what, *op, *limit);
            (Group::Resource, label, text)
        }
        C::Timestamp(kind, op, age) => {
            (Group::Timestamp, timestamp(*kind), compare(*op, format::milliseconds(*age as f64 * 1000.0)))
        }
        C::TimestampChanged(kind) => (Group::Timestamp, timestamp(*kind), changed()),
        C::Permission(mode) => (Group::Permission, "Permission", format!("failed {mode:04o}")),
        C::PermissionChanged => (Group::Permission, "Permission", changed()),
        C::Hardlink(op, limit) => (Group::Hardlink, "Hardlink", compare(*op, limit.to_string())),
        C::HardlinkChanged => (Group::Hardlink, "Hardlink", changed()),
        C::Size(op, limit) => (Group::Size, "Size", format!("{} {limit} byte(s)", operator(*op))),
        C::SizeChanged => (Group::Size, "Size", changed()),
        C::Checksum(kind, digest) => {
            let name = tls::checksum_kind(*kind);
            let sum = match digest {
                Some(digest) => digest.hex.to_string(),
                None => "0".repeat(tls::checksum_digits(*kind)),
            };
            (Group::Checksum, "Checksum", format!("failed {sum}({name})"))
        }
        C::ChecksumChanged(kind) => {
            (Group::Checksum, "Checksum", format!("changed {}", tls::checksum_kind(*kind)))
        }
        C::FileContent(op, PatternSource::Pattern(pattern)) => {
            (Group::Content, "Content", service::content(*op, pattern))
        }
        // Whoever writes it lists the patterns of the file.
        C::FileContent(op, PatternSource::File(path)) => {
            (Group::Content, "Content", service::content(*op, &path.to_string_lossy()))
        }
        C::ProgramStatus(op, value) => (Group::Status, "Status", status(*op, *value)),
        C::ProgramStatusChanged => (Group::Status, "Status", "exit value changed".to_owned()),
        C::ProgramContent(op, pattern) => (Group::Content, "Content", service::content(*op, pattern)),
        C::ProgramOutputChanged => (Group::ContentChange, "Content change", "content changed".to_owned()),
        C::ProgramOutputNotChanged => {
            (Group::ContentChange, "Content change", "content not changed".to_owned())
        }
        C::Space { free, operator, limit } => (
            Group::Filesystem,
            if *free { "Space free limit" } else { "Space usage limit" },
            compare(*operator, size(*limit)),
        ),
        C::Inode { free, operator, limit } => (
            Group::Filesystem,
            if *free { "Inodes free limit" } else { "Inodes usage limit" },
            compare(*operator, plain(*limit)),
        ),
        C::FsBytes(direction, op, limit) => {
            let (label, verb) = activity(*direction);
            (Group::Filesystem, label, format!("{verb} {} {}/s", operator(*op), size(*limit)))
        }
        C::FsOperations(direction, op, limit) => {
            let (label, verb) = activity(*direction);
            (Group::Filesystem, label, format!("{verb} {} {limit} operations/s", operator(*op)))
        }
        C::FsServiceTime(op, limit) => (
            Group::Filesystem,
            "Service time limit",
            format!("service time {} {}/operation", operator(*op), format::duration(*limit)),
        ),
        C::FsFlagsChanged => (Group::FsFlags, "Filesystem flags", changed()),
        C::LinkDown => (Group::Link, "Link status", "down".to_owned()),
        C::LinkUp => (Group::Link, "Link status", "up".to_owned()),
        C::LinkChanged => (Group::Capacity, "Link capacity", changed()),
        C::Saturation(op, limit) => {
            (Group::Saturation, "Link utilization", compare(*op, format::percent(f64::from(*limit))))
        }
        C::Traffic { direction, operator, limit, unit, span } => {
            traffic(*direction, *operator, *limit, *unit, *span)
        }
        C::Pressure { of, full, over, operator, limit } => (
            Group::Extension,
            match of {
                Stalled::Cpu => "CPU pressure",
                Stalled::Memory => "Memory pressure",
                Stalled::Io => "I/O pressure",
            },
            format!(
                "{}avg{over} {}",
                if *full { "full " } else { "" },
                compare(*operator, plain(Amount::Percent(*limit)))
            ),
        ),
        C::OomKills(op, limit) => (Group::Extension, "OOM kills", compare(*op, limit.to_string())),
        C::Entries(op, limit) => (Group::Extension, "Entries", compare(*op, limit.to_string())),
        C::TotalSize(op, limit) => {
            (Group::Extension, "Total size", format!("{} {limit} byte(s)", operator(*op)))
        }
        C::Connection(test) => {
            let (group, label) = match test.target {
                Target::Unix(_) => (Group::UnixSocket, "Unix Socket"),
                Target::Port(_) | Target::Url(_) => (Group::Port, "Port"),
            };
            (group, label, connection::connection(test))
        }
        C::Ping(test) => (
            Group::Ping,
            match test.family {
                Family::Any => "Ping",
                Family::V4 => "Ping4",
                Family::V6 => "Ping6",
            },
            connection::ping(test),
        ),
    }
}

fn resource(what: Resource, op: Operator, limit: Amount) -> (&'static str, String) {
    use Resource as R;
    let share = matches!(limit, Amount::Percent(_));
    let label = match what {
        R::Cpu => "CPU usage limit",
        R::TotalCpu => "CPU usage limit (incl. children)",
        R::CpuUser => "CPU user limit",
        R::CpuSystem => "CPU system limit",
        R::CpuWait => "CPU I/O wait limit",
        R::CpuNice => "CPU nice limit",
        R::CpuHardIrq => "CPU hardware IRQ limit",
        R::CpuSoftIrq => "CPU software IRQ limit",
        R::CpuSteal => "CPU steal limit",
        R::CpuGuest => "CPU guest limit",
        R::CpuGuestNice => "CPU guest nice limit",
        R::Memory if share => "Memory usage limit",
        R::Memory => "Memory amount limit",
        R::TotalMemory if share => "Memory usage limit (incl. children)",
        R::TotalMemory => "Memory amount limit (incl. children)",
        R::Swap if share => "Swap usage limit",
        R::Swap => "Swap amount limit",
        R::PageIn => "Swap pagein limit",
        R::PageOut => "Swap pageout limit",
        R::Threads => "Threads",
        R::Children => "Children",
        R::Load1 => "Load avg (1m)",
        R::Load5 => "Load avg (5m)",
        R::Load15 => "Load avg (15m)",
        R::Load1PerCore => "Load avg/core (1m)",
        R::Load5PerCore => "Load avg/core (5m)",
        R::Load15PerCore => "Load avg/core (15m)",
        R::ReadBytes => "Read limit",
        R::WriteBytes => "Write limit",
        R::DiskReadBytes | R::DiskReadOperations => "Disk read limit",
        R::DiskWriteBytes | R::DiskWriteOperations => "Disk write limit",
    };
    let value = match what {
        R::Memory | R::TotalMemory | R::Swap => size(limit),
        R::Load1 | R::Load5 | R::Load15 | R::Load1PerCore | R::Load5PerCore | R::Load15PerCore => match limit
        {
            Amount::Number(n) | Amount::Percent(n) => format!("{:.1}", n as f32),
        },
        R::ReadBytes | R::WriteBytes | R::DiskReadBytes | R::DiskWriteBytes => format!("{}/s", size(limit)),
        R::DiskReadOperations | R::DiskWriteOperations => format!("{} operations/s", plain(limit)),
        _ => plain(limit),
    };
    (label, compare(op, value))
}

fn traffic(
    direction: Direction,
    op: Operator,
    limit: u64,
    unit: TrafficUnit,
    span: Span,
) -> (Group, &'static str, String) {
    let total = span != Span::Second;
    let group = match (direction, unit) {
        (Direction::Write, TrafficUnit::Bytes) => Group::UploadBytes,
        (Direction::Write, TrafficUnit::Packets) => Group::UploadPackets,
        (Direction::Read, TrafficUnit::Bytes) => Group::DownloadBytes,
        (Direction::Read, TrafficUnit::Packets) => Group::DownloadPackets,
    };
    let label = match (direction, unit, total) {
        (Direction::Write, TrafficUnit::Bytes, false) => "Upload bytes",
        (Direction::Write, TrafficUnit::Packets, false) => "Upload packets",
        (Direction::Read, TrafficUnit::Bytes, false) => "Download bytes",
        (Direction::Read, TrafficUnit::Packets, false) => "Download packets",
        (Direction::Write, TrafficUnit::Bytes, true) => "Total upload bytes",
        (Direction::Write, TrafficUnit::Packets, true) => "Total upload packets",
        (Direction::Read, TrafficUnit::Bytes, true) => "Total download bytes",
        (Direction::Read, TrafficUnit::Packets, true) => "Total downl. packets",
    };
    let amount = match unit {
        TrafficUnit::Bytes => format::bytes(limit as f64),
        TrafficUnit::Packets => format!("{limit} packets"),
    };
    let over = match span {
        Span::Second => "/s".to_owned(),
        Span::Minutes(minutes) => format!(" in last {minutes} minute(s)"),
        Span::Hours(hours) => format!(" in last {hours} hour(s)"),
    };
    (group, label, format!("{} {amount}{over}", operator(op)))
}

fn activity(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Read => ("Read limit", "read"),
        Direction::Write => ("Write limit", "write"),
    }
}

fn timestamp(kind: TimestampKind) -> &'static str {
    match kind {
        TimestampKind::Default => "modify/change time",
        TimestampKind::Access => "access time",
        TimestampKind::Change => "change time",
        TimestampKind::Modification => "modify time",
    }
}

fn changed() -> String {
    "changed".to_owned()
}

fn compare(op: Operator, limit: String) -> String {
    format!("{} {limit}", operator(op))
}

/// A count, or a share.
fn plain(limit: Amount) -> String {
    match limit {
        Amount::Number(n) => format!("{n:.0}"),
        Amount::Percent(share) => format::percent(share),
    }
}

/// Bytes, or a share.
fn size(limit: Amount) -> String {
    match limit {
        Amount::Number(n) => format::bytes(n),
        Amount::Percent(share) => format::percent(share),
    }
}

/// A comparison in words.
pub fn operator(op: Operator) -> &'static str {
    match op {
        Operator::Greater => "greater than",
        Operator::GreaterOrEqual => "greater than or equal to",
        Operator::Less => "less than",
        Operator::LessOrEqual => "less than or equal to",
        Operator::Equal => "equal to",
        Operator::NotEqual => "not equal to",
        Operator::Changed => "changed",
    }
}

fn status(op: Operator, value: i64) -> String {
    let sign = match op {
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Changed => return "exit value changed".to_owned(),
    };
    format!("exit value {sign} {value}")
}

fn string_operator(op: StringOperator) -> &'static str {
    match op {
        StringOperator::Equal => "equal to",
        StringOperator::NotEqual => "not equal to",
        StringOperator::Match => "matching",
        StringOperator::NotMatch => "not matching",
    }
}
