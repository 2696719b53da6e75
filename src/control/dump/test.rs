//! The lines of tests: grouped by kind in the order of the reference, the last written first.

use super::{action, connection, entry, service, tls};
use crate::config::{
    Amount, Condition, Direction, Family, Operator, PatternSource, Resource, Service, Span, Stalled,
    StringOperator, Target, Test, TimestampKind, TrafficUnit, format,
};
use crate::control::outside::Outside;

/// The tests of a service in the order of the dump.
pub struct Lines<'a> {
    /// Group and test.
    tests: Vec<(Group, &'a Test)>,
    outside: &'a dyn Outside,
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

fn group(condition: &Condition) -> Group {
    use Condition as C;
    match condition {
        C::NotExist => Group::NotExist,
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
        C::Pressure { .. } | C::OomKills(..) | C::Entries(..) | C::TotalSize(..) => Group::Extension,
        C::LinkDown | C::LinkUp => Group::Link,
        C::LinkChanged => Group::Capacity,
        C::Saturation(..) => Group::Saturation,
        C::Traffic { direction, unit, .. } => match (direction, unit) {
            (Direction::Write, TrafficUnit::Bytes) => Group::UploadBytes,
            (Direction::Write, TrafficUnit::Packets) => Group::UploadPackets,
            (Direction::Read, TrafficUnit::Bytes) => Group::DownloadBytes,
            (Direction::Read, TrafficUnit::Packets) => Group::DownloadPackets,
        },
        C::Connection(test) => match test.target {
            Target::Unix(_) => Group::UnixSocket,
            Target::Port(_) | Target::Url(_) => Group::Port,
        },
        C::Ping(_) => Group::Ping,
    }
}

impl<'a> Lines<'a> {
    /// The tests of `service`, sorted.
    pub fn of(service: &'a Service, outside: &'a dyn Outside) -> Lines<'a> {
        let mut tests: Vec<_> = service.tests.iter().map(|test| (group(&test.condition), test)).collect();
        // Within a group the last one comes first; content tests keep the order of the file.
        tests.reverse();
        tests.sort_by_key(|(group, _)| *group);
        let start = tests.partition_point(|(group, _)| *group < Group::Content);
        let end = tests.partition_point(|(group, _)| *group <= Group::Content);
        if let Some(content) = tests.get_mut(start..end) {
            content.reverse();
        }
        Lines { tests, outside }
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
        let end = self.tests.partition_point(|(group, _)| *group <= last);
        for (_, test) in self.tests.drain(..end) {
            line(test, self.outside, out);
        }
    }
}

/// The line of one test; of a test with a pattern file, one for each pattern.
fn line(test: &Test, outside: &dyn Outside, out: &mut String) {
    let recovered = match &test.condition {
        Condition::LinkUp => "failed",
        Condition::Connection(test) if test.succeeded => "failed",
        Condition::Ping(test) if test.succeeded => "failed",
        _ => "succeeded",
    };
    let consequence = action::consequence(test, recovered);
    if let Condition::FileContent(operator, source) = &test.condition {
        for pattern in service::patterns(source, outside) {
            entry(out, "Content", format_args!("if {}{consequence}", service::content(*operator, &pattern)));
        }
    } else {
        let (label, condition) = describe(&test.condition);
        entry(out, label, format_args!("if {condition}{consequence}"));
    }
}

/// The label of a condition and its text without `if`.
fn describe(condition: &Condition) -> (&'static str, String) {
    use Condition as C;
    match condition {
        C::NotExist => ("Existence", "does not exist".to_owned()),
        C::Exist => ("Non-Existence", "exist".to_owned()),
        C::PidChanged => ("Pid", changed()),
        C::PpidChanged => ("PPid", changed()),
        C::Uid(user) => ("UID", format!("failed {}", user.id)),
        C::Euid(user) => ("EUID", format!("failed {}", user.id)),
        C::Gid(group) => ("GID", format!("failed {}", group.id)),
        C::SecurityAttribute(op, text) => {
            ("Security attribute", format!("{} \"{text}\"", string_operator(*op)))
        }
        C::Uptime(op, seconds) => ("Uptime", format!("{} {seconds} second(s)", operator(*op))),
        C::FileDescriptors(op, limit) => ("Filedescriptors", compare(*op, plain(*limit))),
        C::TotalFileDescriptors(op, limit) => ("Total filedescriptors", compare(*op, limit.to_string())),
        C::Resource(what, op, limit) => resource(*what, *op, *limit),
        C::Timestamp(kind, op, age) => {
            (timestamp(*kind), compare(*op, format::milliseconds(*age as f64 * 1000.0)))
        }
        C::TimestampChanged(kind) => (timestamp(*kind), changed()),
        C::Permission(mode) => ("Permission", format!("failed {mode:04o}")),
        C::PermissionChanged => ("Permission", changed()),
        C::Hardlink(op, limit) => ("Hardlink", compare(*op, limit.to_string())),
        C::HardlinkChanged => ("Hardlink", changed()),
        C::Size(op, limit) => ("Size", format!("{} {limit} byte(s)", operator(*op))),
        C::SizeChanged => ("Size", changed()),
        C::Checksum(kind, digest) => {
            let name = tls::checksum_kind(*kind);
            let sum = match digest {
                Some(digest) => digest.hex.to_string(),
                None => "0".repeat(tls::checksum_digits(*kind)),
            };
            ("Checksum", format!("failed {sum}({name})"))
        }
        C::ChecksumChanged(kind) => ("Checksum", format!("changed {}", tls::checksum_kind(*kind))),
        C::FileContent(op, PatternSource::Pattern(pattern)) => ("Content", service::content(*op, pattern)),
        // Whoever writes it lists the patterns of the file.
        C::FileContent(op, PatternSource::File(path)) => {
            ("Content", service::content(*op, &path.to_string_lossy()))
        }
        C::ProgramStatus(op, value) => ("Status", status(*op, *value)),
        C::ProgramStatusChanged => ("Status", "exit value changed".to_owned()),
        C::ProgramContent(op, pattern) => ("Content", service::content(*op, pattern)),
        C::ProgramOutputChanged => ("Content change", "content changed".to_owned()),
        C::ProgramOutputNotChanged => ("Content change", "content not changed".to_owned()),
        C::Space { free, operator, limit } => {
            (if *free { "Space free limit" } else { "Space usage limit" }, compare(*operator, size(*limit)))
        }
        C::Inode { free, operator, limit } => (
            if *free { "Inodes free limit" } else { "Inodes usage limit" },
            compare(*operator, plain(*limit)),
        ),
        C::FsBytes(direction, op, limit) => {
            let (label, verb) = activity(*direction);
            (label, format!("{verb} {} {}/s", operator(*op), size(*limit)))
        }
        C::FsOperations(direction, op, limit) => {
            let (label, verb) = activity(*direction);
            (label, format!("{verb} {} {limit} operations/s", operator(*op)))
        }
        C::FsServiceTime(op, limit) => (
            "Service time limit",
            format!("service time {} {}/operation", operator(*op), format::duration(*limit)),
        ),
        C::FsFlagsChanged => ("Filesystem flags", changed()),
        C::LinkDown => ("Link status", "down".to_owned()),
        C::LinkUp => ("Link status", "up".to_owned()),
        C::LinkChanged => ("Link capacity", changed()),
        C::Saturation(op, limit) => ("Link utilization", compare(*op, format::percent(f64::from(*limit)))),
        C::Traffic { direction, operator, limit, unit, span } => {
            traffic(*direction, *operator, *limit, *unit, *span)
        }
        C::Pressure { of, full, over, operator, limit } => (
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
        C::OomKills(op, limit) => ("OOM kills", compare(*op, limit.to_string())),
        C::Entries(op, limit) => ("Entries", compare(*op, limit.to_string())),
        C::TotalSize(op, limit) => ("Total size", format!("{} {limit} byte(s)", operator(*op))),
        C::Connection(test) => (
            if matches!(test.target, Target::Unix(_)) { "Unix Socket" } else { "Port" },
            connection::connection(test),
        ),
        C::Ping(test) => (
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
) -> (&'static str, String) {
    let total = span != Span::Second;
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
    (label, format!("{} {amount}{over}", operator(op)))
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
