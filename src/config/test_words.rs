//! What a test says, in words: for the listing of `-tv` and for its line on the page of its service.

use super::{
    Amount, ChecksumKind, Condition, Connection, Direction, Family, Operator, PatternSource, Ping, Rate,
    Resource, ResponseTime, Span, Stalled, StringOperator, Target, TimestampKind, TrafficUnit, bracketed,
    format,
};

impl Condition {
    /// A label, and what is wrong, without `if`: as Monit words it. Of a connection what everybody may know.
    pub fn words(&self) -> (&'static str, String) {
        words(self)
    }
}

fn words(condition: &Condition) -> (&'static str, String) {
    use Condition as C;
    match condition {
        C::Missed => ("Heartbeat", "missed".to_owned()),
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
            let name = kind.name();
            let sum = match digest {
                Some(digest) => digest.hex.to_string(),
                None => "0".repeat(kind.digits()),
            };
            ("Checksum", format!("failed {sum}({name})"))
        }
        C::ChecksumChanged(kind) => ("Checksum", format!("changed {}", kind.name())),
        C::FileContent(op, PatternSource::Pattern(pattern)) => ("Content", content(*op, pattern)),
        // Whoever writes it lists the patterns of the file.
        C::FileContent(op, PatternSource::File(path)) => ("Content", content(*op, &path.to_string_lossy())),
        C::ProgramStatus(op, value) => ("Status", status(*op, *value)),
        C::ProgramStatusChanged => ("Status", "exit value changed".to_owned()),
        C::ProgramContent(op, pattern) => ("Content", content(*op, pattern)),
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
        C::Connection(test) => {
            let label = match test.target {
                Target::Unix(_) => "Unix Socket",
                Target::Port(_) | Target::Url(_) => "Port",
            };
            (label, connection(test))
        }
        C::Ping(test) => (
            match test.family {
                Family::Any => "Ping",
                Family::V4 => "Ping4",
                Family::V6 => "Ping6",
            },
            ping(test),
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

impl Operator {
    /// As messages write it.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Changed => "<>",
        }
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
    match op {
        Operator::Changed => "exit value changed".to_owned(),
        op => format!("exit value {} {value}", op.sign()),
    }
}

fn string_operator(op: StringOperator) -> &'static str {
    match op {
        StringOperator::Equal => "equal to",
        StringOperator::NotEqual => "not equal to",
        StringOperator::Match => "matching",
        StringOperator::NotMatch => "not matching",
    }
}

/// `content = "pattern"`.
pub fn content(operator: StringOperator, pattern: &str) -> String {
    let sign = match operator {
        StringOperator::Equal | StringOperator::Match => "=",
        StringOperator::NotEqual | StringOperator::NotMatch => "!=",
    };
    format!("content {sign} \"{pattern}\"")
}

impl Rate {
    /// ` for 3 cycles`, ` for 2 times within 5 cycles`, nothing for 1 of 1.
    pub fn words(self) -> String {
        match (self.count, self.cycles) {
            (1, 1) => String::new(),
            (count, cycles) if count == cycles => format!(" for {cycles} cycles"),
            (count, cycles) => format!(" for {count} times within {cycles} cycles"),
        }
    }
}

impl ChecksumKind {
    /// `MD5`.
    pub fn name(self) -> &'static str {
        match self {
            ChecksumKind::Md5 => "MD5",
            ChecksumKind::Sha1 => "SHA1",
            ChecksumKind::Sha256 => "SHA256",
        }
    }

    /// The size of a sum of zeros: what stands for the sum of a file that could not be read.
    fn digits(self) -> usize {
        match self {
            ChecksumKind::Md5 => 32,
            ChecksumKind::Sha1 => 40,
            ChecksumKind::Sha256 => 64,
        }
    }
}

/// Without what is asked for there: a secret may be part of it.
fn connection(test: &Connection) -> String {
    let target = match &test.target {
        Target::Port(address) => format!("{}:{}", bracketed(&address.host), address.port),
        Target::Url(url) => format!("{}:{}{}", bracketed(&url.host), url.port, url.path),
        Target::Unix(path) => path.display().to_string(),
    };
    let (result, protocol) = (result(test.succeeded), test.protocol.spec.name);
    let timeout = format::duration(test.timeout);
    let limit = response_time(test.response_time.as_deref());
    format!("{result} {target} protocol {protocol} with timeout {timeout}{limit}")
}

fn ping(test: &Ping) -> String {
    let (result, timeout) = (result(test.succeeded), format::duration(test.timeout));
    format!(
        "{result} count {} with timeout {timeout}{}",
        test.count,
        response_time(test.response_time.as_ref())
    )
}

fn result(succeeded: bool) -> &'static str {
    if succeeded { "succeeded" } else { "failed" }
}

fn response_time(limit: Option<&ResponseTime>) -> String {
    limit.map_or(String::new(), |limit| {
        format!(" and responsetime {} {}", operator(limit.operator), format::duration(limit.limit))
    })
}
