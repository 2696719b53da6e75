//! What a service shows of itself: one description for the status text, pages, JSON and metrics.
//!
//! The order, the labels and the form of the values are those of the reference's status. Values carry numbers
//! with their units; [`Value`]'s `Display` is the text for people.

use super::memory::{
    CpuShares, FileReading, FilesystemReading, Measured, Memory, NetworkReading, ProcessReading,
    ProgramReading, Rate, SystemReading,
};
use super::verdict::Presence;
use crate::config::{
    ChecksumKind, Condition, Direction, Resource, Service, Stalled, Subject, Target, format,
};
use crate::machine::display_local;
use std::fmt;

/// One line of a status.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Name for programs: lower case, words joined by `_`. Port tests repeat theirs.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// The value.
    pub value: Value,
    /// The tests that judge this value, as indices into the service's tests. It is red if one of them failed.
    pub tests: Vec<u16>,
}

/// A value with its unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known: `-`.
    Missing,
    /// As it is.
    Text(Box<str>),
    /// A count or an id.
    Integer(i64),
    /// Permission bits.
    Permission(u16),
    /// Bytes.
    Bytes(u64),
    /// Percent.
    Percent(f64),
    /// Seconds of being up.
    Uptime(u64),
    /// A moment in seconds since 1970.
    Time(i64),
    /// Load averages over 1, 5 and 15 minutes.
    Load([f64; 3]),
    /// Where processor time went.
    Cpu(CpuShares),
    /// Bytes and their share of the whole in percent; the share stands first for processes.
    Share {
        /// Bytes.
        bytes: u64,
        /// Percent of the whole.
        percent: f64,
        /// The share is the main thing.
        share_first: bool,
        /// The whole is the limit of a control group, in bytes.
        limit: Option<u64>,
    },
    /// A count and the limit it may reach.
    OfLimit(u64, u64),
    /// A count and its share in percent.
    CountShare(u64, f64),
    /// Bytes of a whole, and the percent of it kept for root.
    Reserved(u64, f64),
    /// Bytes per second and since the start.
    ByteRate(Rate),
    /// Bytes per second alone.
    BytesPerSecond(f64),
    /// Operations per second and since the start, `reads` or `writes`.
    OperationRate(Rate, &'static str),
    /// Events per second.
    PerSecond(f64),
    /// Errors counted.
    Errors(u64),
    /// Milliseconds per operation: reading, writing.
    ServiceTime(f64, f64),
    /// A checksum.
    Checksum(Box<str>, ChecksumKind),
    /// Yes or no.
    Bool(bool),
    /// Seconds an answer took, and from where. `None`: it failed.
    Response(Option<f64>, Box<str>),
    /// Percent of time over 10, 60 and 300 seconds.
    Pressure([f64; 3]),
}

impl Value {
    /// The main number of the value in its base unit (bytes, seconds, percent, counts), for metrics.
    pub fn number(&self) -> Option<f64> {
        Some(match self {
            Value::Missing | Value::Text(_) | Value::Checksum(..) => return None,
            Value::Integer(number) | Value::Time(number) => *number as f64,
            Value::Permission(bits) => f64::from(*bits),
            Value::Bytes(bytes) | Value::Reserved(bytes, _) => *bytes as f64,
            Value::Percent(percent) => *percent,
            Value::Uptime(seconds) => *seconds as f64,
            Value::Load(load) | Value::Pressure(load) => load[0],
            Value::Cpu(cpu) => cpu.busy,
            Value::Share { bytes, .. } => *bytes as f64,
            Value::OfLimit(count, _) | Value::CountShare(count, _) | Value::Errors(count) => *count as f64,
            Value::ByteRate(rate) | Value::OperationRate(rate, _) => rate.per_second,
            Value::BytesPerSecond(rate) | Value::PerSecond(rate) => *rate,
            Value::ServiceTime(read, write) => (read + write) / 1000.0,
            Value::Bool(yes) => f64::from(u8::from(*yes)),
            Value::Response(seconds, _) => return *seconds,
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => f.write_str("-"),
            Value::Text(text) => f.write_str(text),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Permission(bits) => write!(f, "{bits:o}"),
            Value::Bytes(bytes) => f.write_str(&format::bytes(*bytes as f64)),
            Value::Percent(percent) => f.write_str(&format::percent(*percent)),
            Value::Uptime(seconds) => f.write_str(&uptime(*seconds)),
            Value::Time(moment) => f.write_str(&display_local(*moment)),
            Value::Load([one, five, fifteen]) => write!(f, "[{one:.2}] [{five:.2}] [{fifteen:.2}]"),
            Value::Cpu(cpu) => {
                for (share, name) in [
                    (cpu.user, "usr"),
                    (cpu.system, "sys"),
                    (cpu.nice, "nice"),
                    (cpu.wait, "iowait"),
                    (cpu.hard_irq, "hardirq"),
                    (cpu.soft_irq, "softirq"),
                    (cpu.steal, "steal"),
                    (cpu.guest, "guest"),
                    (cpu.guest_nice, "guestnice"),
                ] {
                    write!(f, "{}{name} ", format::percent(share))?;
                }
                Ok(())
            }
            Value::Share { bytes, percent, share_first, limit } => {
                let (bytes, percent) = (format::bytes(*bytes as f64), format::percent(*percent));
                match (share_first, limit) {
                    (true, _) => write!(f, "{percent} [{bytes}]"),
                    (false, None) => write!(f, "{bytes} [{percent}]"),
                    (false, Some(limit)) => {
                        write!(f, "{bytes} [{percent} of {} limit]", format::bytes(*limit as f64))
                    }
                }
            }
            Value::OfLimit(count, limit) => {
                write!(f, "{count} [{} of {limit} limit]", format::percent(share(*count, *limit)))
            }
            Value::CountShare(count, percent) => write!(f, "{count} [{}]", format::percent(*percent)),
            Value::Reserved(bytes, percent) => write!(
                f,
                "{} (of which {} is reserved for root user)",
                format::bytes(*bytes as f64),
                format::percent(*percent)
            ),
            Value::ByteRate(rate) => write!(
                f,
                "{} [{} total]",
                super::compare::byte_rate(rate.per_second),
                format::bytes(rate.total as f64)
            ),
            Value::BytesPerSecond(rate) => f.write_str(&super::compare::byte_rate(*rate)),
            Value::OperationRate(rate, what) => {
                write!(f, "{:.1} {what}/s [{} {what} total]", rate.per_second, rate.total)
            }
            Value::PerSecond(rate) => write!(f, "{rate:.0} per second"),
            Value::Errors(count) => write!(f, "{count} errors"),
            Value::ServiceTime(read, write) => {
                write!(
                    f,
                    "{:.3} ms/operation (of which read {read:.3} ms, write {write:.3} ms)",
                    read + write
                )
            }
            Value::Checksum(hex, kind) => write!(f, "{hex} ({})", super::checksum::name(*kind)),
            Value::Bool(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Value::Response(Some(seconds), from) if from.is_empty() => {
                write!(f, "{}", format::milliseconds(seconds * 1000.0))
            }
            Value::Response(Some(seconds), from) => {
                write!(f, "{} to {from}", format::milliseconds(seconds * 1000.0))
            }
            Value::Response(None, from) if from.is_empty() => f.write_str("-"),
            Value::Response(None, from) => write!(f, "FAILED to {from}"),
            Value::Pressure([ten, sixty, three_hundred]) => {
                write!(f, "{ten:.1}% {sixty:.1}% {three_hundred:.1}% (10s, 60s, 300s)")
            }
        }
    }
}

/// `12m`, `3h 4m`, `1d 0h 0m`.
fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days}d {hours}h {minutes}m")
    } else if hours > 0 {
        format!("{hours}h {minutes}m")
    } else {
        format!("{minutes}m")
    }
}

/// Percent, 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// Collects the lines of one service.
struct Lines<'a> {
    service: &'a Service,
    out: &'a mut Vec<Reading>,
}

impl Lines<'_> {
    /// A line judged by the tests whose condition `judges`.
    fn add(
        &mut self,
        key: &'static str,
        label: &'static str,
        value: Value,
        judges: impl Fn(&Condition) -> bool,
    ) {
        let tests = self.service.tests.iter().enumerate();
        let tests =
            tests.filter(|(_, test)| judges(&test.condition)).filter_map(|(at, _)| u16::try_from(at).ok());
        self.out.push(Reading { key, label, value, tests: tests.collect() });
    }

    /// A line judged by tests of one resource.
    fn resource(&mut self, key: &'static str, label: &'static str, value: Value, which: &[Resource]) {
        self.add(
            key,
            label,
            value,
            |condition| matches!(condition, Condition::Resource(resource, ..) if which.contains(resource)),
        );
    }

    fn plain(&mut self, key: &'static str, label: &'static str, value: Value) {
        self.add(key, label, value, |_| false);
    }
}

/// The lines of a service's status between `on reboot` and `data collected`. None while the object is missing or
/// was not looked at yet; the caller leaves them out for services that are not monitored.
pub fn readings(service: &Service, memory: &Memory, out: &mut Vec<Reading>) {
    let mut lines = Lines { service, out };
    let wrong = memory.presence == Presence::WrongType;
    if memory.presence == Presence::Present || wrong {
        match (&memory.measured, &service.subject) {
            (Measured::Process(process), _) => process_lines(process, &mut lines),
            (Measured::File(file), _) => file_lines(service, file, wrong, &mut lines),
            (Measured::Filesystem(filesystem), _) => filesystem_lines(filesystem, &mut lines),
            (Measured::Network(network), _) => network_lines(network, &mut lines),
            (Measured::System(system), _) => system_lines(service, system, &mut lines),
            (Measured::Program(program), _) => program_lines(program, &mut lines),
            (Measured::Nothing, Subject::File(_) | Subject::Directory(_) | Subject::Fifo(_)) if wrong => {
                file_lines(service, &FileReading::default(), true, &mut lines);
            }
            (Measured::Nothing, _) => {}
        }
        probe_lines(service, memory, &mut lines);
    }
}

fn known<T>(value: Option<T>, form: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Missing, form)
}

fn system_lines(service: &Service, system: &SystemReading, lines: &mut Lines<'_>) {
    use Resource as R;
    let loads = [R::Load1, R::Load5, R::Load15, R::Load1PerCore, R::Load5PerCore, R::Load15PerCore];
    lines.resource("load", "load average", known(system.load, Value::Load), &loads);
    let cpus = [
        R::Cpu,
        R::CpuUser,
        R::CpuSystem,
        R::CpuNice,
        R::CpuWait,
        R::CpuHardIrq,
        R::CpuSoftIrq,
        R::CpuSteal,
        R::CpuGuest,
        R::CpuGuestNice,
    ];
    lines.resource("cpu", "cpu", Value::Cpu(system.cpu.unwrap_or_default()), &cpus);
    let memory = system.memory.map(|memory| Value::Share {
        bytes: memory.used,
        percent: share(memory.used, memory.total),
        share_first: false,
        limit: memory.limited.then_some(memory.total),
    });
    lines.resource("memory", "memory usage", memory.unwrap_or(Value::Missing), &[R::Memory]);
    let swap = system.memory.map(|memory| Value::Share {
        bytes: memory.swap_used,
        percent: share(memory.swap_used, memory.swap_total),
        share_first: false,
        limit: None,
    });
    lines.resource("swap", "swap usage", swap.unwrap_or(Value::Missing), &[R::Swap]);
    let pages = |rate: Option<Rate>| known(rate, |rate| Value::Integer(rate.per_second.round() as i64));
    lines.resource("page_in", "swap pagein/s", pages(system.page_in), &[R::PageIn]);
    lines.resource("page_out", "swap pageout/s", pages(system.page_out), &[R::PageOut]);
    for ((stalled, _), pressure) in super::pressure::KINDS.into_iter().zip(system.pressure) {
        let (key, label) = match stalled {
            Stalled::Cpu => ("pressure_cpu", "cpu pressure"),
            Stalled::Memory => ("pressure_memory", "memory pressure"),
            Stalled::Io => ("pressure_io", "io pressure"),
        };
        let judges = |c: &Condition| matches!(c, Condition::Pressure { of, .. } if *of == stalled);
        if service.tests.iter().any(|test| judges(&test.condition)) {
            lines.add(key, label, known(pressure, |pressure| Value::Pressure(pressure.some)), judges);
        }
    }
    let judges = |c: &Condition| matches!(c, Condition::OomKills(..));
    if service.tests.iter().any(|test| judges(&test.condition)) {
        let kills = known(system.oom_kills, |kills| Value::Integer(i64::try_from(kills).unwrap_or(i64::MAX)));
        lines.add("oom_kills", "oom kills", kills, judges);
    }
    lines.add("uptime", "uptime", known(system.uptime, Value::Uptime), |condition| {
        matches!(condition, Condition::Uptime(..))
    });
    lines.plain("boot_time", "boot time", known(system.booted, Value::Time));
    let files = known(system.files, |files| Value::OfLimit(files.allocated, files.maximum));
    lines.add("filedescriptors", "filedescriptors", files, |condition| {
        matches!(condition, Condition::FileDescriptors(..))
    });
}

fn process_lines(process: &ProcessReading, lines: &mut Lines<'_>) {
    use Resource as R;
    let count = |number: u32| Value::Integer(i64::from(number));
    let pid = process.identity.map_or(0, |identity| identity.pid);
    lines.add("pid", "pid", Value::Integer(i64::from(pid)), |c| matches!(c, Condition::PidChanged));
    lines.add("ppid", "parent pid", Value::Integer(i64::from(process.ppid)), |c| {
        matches!(c, Condition::PpidChanged)
    });
    lines.add("uid", "uid", count(process.uid), |c| matches!(c, Condition::Uid(_)));
    lines.add("euid", "effective uid", count(process.euid), |c| matches!(c, Condition::Euid(_)));
    lines.add("gid", "gid", count(process.gid), |c| matches!(c, Condition::Gid(_)));
    lines.add("uptime", "uptime", Value::Uptime(process.uptime), |c| matches!(c, Condition::Uptime(..)));
    lines.resource("threads", "threads", count(process.threads), &[R::Threads]);
    lines.resource("children", "children", known(process.children, count), &[R::Children]);
    let percent = |value: Option<f64>| Value::Percent(value.unwrap_or(0.0));
    lines.resource("cpu", "cpu", percent(process.cpu), &[R::Cpu]);
    lines.resource("cpu_total", "cpu total", percent(process.cpu_total), &[R::TotalCpu]);
    let memory = |bytes: Option<u64>, percent: Option<f64>| {
        known(bytes, |bytes| Value::Share {
            bytes,
            percent: percent.unwrap_or(0.0),
            share_first: true,
            limit: None,
        })
    };
    lines.resource("memory", "memory", memory(process.memory, process.memory_percent), &[R::Memory]);
    let total = memory(process.memory_total, process.memory_total_percent);
    lines.resource("memory_total", "memory total", total, &[R::TotalMemory]);
    let security = known(process.security.clone().filter(|label| !label.is_empty()), Value::Text);
    lines.add("security_attribute", "security attribute", security, |c| {
        matches!(c, Condition::SecurityAttribute(..))
    });
    let descriptors = known(process.descriptors, |count| match process.descriptor_limit {
        Some(limit) => Value::OfLimit(count, limit.soft),
        None => Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)),
    });
    lines.add("filedescriptors", "filedescriptors", descriptors, |c| {
        matches!(c, Condition::FileDescriptors(..))
    });
    let total = known(process.descriptors_total, |count| Value::Integer(count as i64));
    lines.add("filedescriptors_total", "total filedescriptors", total, |c| {
        matches!(c, Condition::TotalFileDescriptors(..))
    });
    let io = process.io;
    let bytes = |pick: fn(&super::memory::IoReading) -> Rate| known(io, |io| Value::ByteRate(pick(&io)));
    lines.resource("read_bytes", "read bytes", bytes(|io| io.read), &[R::ReadBytes]);
    lines.resource("disk_read_bytes", "disk read bytes", bytes(|io| io.disk_read), &[R::DiskReadBytes]);
    let reads = known(io, |io| Value::OperationRate(io.reads, "reads"));
    lines.resource("disk_read_operations", "disk read operations", reads, &[R::DiskReadOperations]);
    lines.resource("write_bytes", "write bytes", bytes(|io| io.write), &[R::WriteBytes]);
    lines.resource("disk_write_bytes", "disk write bytes", bytes(|io| io.disk_write), &[R::DiskWriteBytes]);
    let writes = known(io, |io| Value::OperationRate(io.writes, "writes"));
    lines.resource("disk_write_operations", "disk write operations", writes, &[R::DiskWriteOperations]);
}

fn file_lines(service: &Service, file: &FileReading, wrong: bool, lines: &mut Lines<'_>) {
    use Condition as C;
    let facts = &file.facts;
    let value = |value: Value| if wrong { Value::Missing } else { value };
    let is_file = matches!(service.subject, Subject::File(_));
    lines.add("permission", "permission", value(Value::Permission(facts.mode)), |c| {
        matches!(c, C::Permission(_) | C::PermissionChanged)
    });
    lines.add("uid", "uid", value(Value::Integer(i64::from(facts.uid))), |c| matches!(c, C::Uid(_)));
    lines.add("gid", "gid", value(Value::Integer(i64::from(facts.gid))), |c| matches!(c, C::Gid(_)));
    if is_file {
        lines.add("size", "size", value(Value::Bytes(facts.size)), |c| {
            matches!(c, C::Size(..) | C::SizeChanged)
        });
    }
    let links = Value::Integer(i64::try_from(facts.links).unwrap_or(i64::MAX));
    lines.add("hardlink", "hardlink", value(links), |c| matches!(c, C::Hardlink(..) | C::HardlinkChanged));
    let entries = |c: &Condition| matches!(c, C::Entries(..));
    if service.tests.iter().any(|test| entries(&test.condition)) {
        let count = known(file.folder, |f| match i64::try_from(f.entries).unwrap_or(i64::MAX) {
            most if f.more_entries => Value::Text(format!("at least {most}").into()),
            count => Value::Integer(count),
        });
        lines.add("entries", "entries", value(count), entries);
    }
    let total = |c: &Condition| matches!(c, C::TotalSize(..));
    if service.tests.iter().any(|test| total(&test.condition)) {
        let size =
            known(file.folder.and_then(|f| Some((f.size?, f.partial))), |(size, partial)| match partial {
                true => Value::Text(format!("at least {}", format::bytes(size as f64)).into()),
                false => Value::Bytes(size),
            });
        lines.add("total_size", "total size", value(size), total);
    }
    use crate::config::TimestampKind as T;
    for (key, label, moment, kind) in [
        ("access_time", "access timestamp", facts.accessed, T::Access),
        ("change_time", "change timestamp", facts.changed, T::Change),
        ("modify_time", "modify timestamp", facts.modified, T::Modification),
    ] {
        lines.add(key, label, value(Value::Time(moment)), |c| match c {
            C::Timestamp(which, ..) | C::TimestampChanged(which) => {
                *which == kind || (*which == T::Default && kind != T::Access)
            }
            _ => false,
        });
    }
    if is_file && !wrong {
        if service.tests.iter().any(|test| matches!(test.condition, C::FileContent(..))) {
            let found = known(file.content_match, Value::Bool);
            lines.add("content_match", "content match", found, |c| matches!(c, C::FileContent(..)));
        }
        if service.tests.iter().any(|t| matches!(t.condition, C::Checksum(..) | C::ChecksumChanged(_))) {
            let sum = known(file.checksum(), |(kind, hex)| Value::Checksum(hex.into(), kind));
            lines.add("checksum", "checksum", sum, |c| matches!(c, C::Checksum(..) | C::ChecksumChanged(_)));
        }
    }
}

fn filesystem_lines(filesystem: &FilesystemReading, lines: &mut Lines<'_>) {
    use Condition as C;
    let facts = &filesystem.facts;
    let bytes = |blocks: u64| blocks.saturating_mul(facts.block_size);
    let sized = |count: u64, whole: u64| Value::Share {
        bytes: bytes(count),
        percent: share(count, whole),
        share_first: false,
        limit: None,
    };
    lines.plain("type", "filesystem type", Value::Text(facts.kind.clone()));
    lines.add("flags", "filesystem flags", Value::Text(facts.flags.clone()), |c| {
        matches!(c, C::FsFlagsChanged)
    });
    lines.add("permission", "permission", Value::Permission(facts.mode), |c| {
        matches!(c, C::Permission(_) | C::PermissionChanged)
    });
    lines.add("uid", "uid", Value::Integer(i64::from(facts.uid)), |c| matches!(c, C::Uid(_)));
    lines.add("gid", "gid", Value::Integer(i64::from(facts.gid)), |c| matches!(c, C::Gid(_)));
    lines.plain("block_size", "block size", Value::Bytes(facts.block_size));
    let reserved = facts.blocks_free.saturating_sub(facts.blocks_available);
    let total = Value::Reserved(bytes(facts.blocks), share(reserved, facts.blocks));
    lines.plain("space_total", "space total", total);
    let available = sized(facts.blocks_available, facts.blocks);
    lines.plain("space_free", "space free for non superuser", available);
    lines.add("space_free_total", "space free total", sized(facts.blocks_free, facts.blocks), |c| {
        matches!(c, C::Space { .. })
    });
    // A filesystem that does not count inodes has no such lines.
    if facts.inodes > 0 {
        let total = Value::Integer(i64::try_from(facts.inodes).unwrap_or(i64::MAX));
        lines.plain("inodes_total", "inodes total", total);
        let free = Value::CountShare(facts.inodes_free, share(facts.inodes_free, facts.inodes));
        lines.add("inodes_free", "inodes free", free, |c| matches!(c, C::Inode { .. }));
    }
    for (key, label, rate, direction) in [
        ("read_bytes", "read bytes", filesystem.read, Direction::Read),
        ("read_operations", "disk read operations", filesystem.reads, Direction::Read),
        ("write_bytes", "write bytes", filesystem.write, Direction::Write),
        ("write_operations", "disk write operations", filesystem.writes, Direction::Write),
    ] {
        let Some(rate) = rate else { continue };
        let what = if direction == Direction::Read { "reads" } else { "writes" };
        if key.ends_with("bytes") {
            lines.add(
                key,
                label,
                Value::ByteRate(rate),
                |c| matches!(c, C::FsBytes(way, ..) if *way == direction),
            );
        } else {
            lines.add(
                key,
                label,
                Value::OperationRate(rate, what),
                |c| matches!(c, C::FsOperations(way, ..) if *way == direction),
            );
        }
    }
    if let (Some(read), Some(write)) = (filesystem.read_time, filesystem.write_time) {
        lines.add("service_time", "service time", Value::ServiceTime(read, write), |c| {
            matches!(c, C::FsServiceTime(..))
        });
    }
}

fn network_lines(network: &NetworkReading, lines: &mut Lines<'_>) {
    use Condition as C;
    if !network.facts.is_some_and(|facts| facts.up) {
        return;
    }
    let errors = network.download_errors.total.saturating_add(network.upload_errors.total);
    lines.add("errors", "link", Value::Errors(errors), |c| {
        matches!(c, C::LinkDown | C::LinkUp | C::LinkChanged | C::Saturation(..))
    });
    use crate::config::TrafficUnit as U;
    for (key, label, rate, way, unit) in [
        ("download_bytes", "download bytes", network.download_bytes, Direction::Read, U::Bytes),
        ("upload_bytes", "upload bytes", network.upload_bytes, Direction::Write, U::Bytes),
        ("download_packets", "download packets", network.download_packets, Direction::Read, U::Packets),
        ("upload_packets", "upload packets", network.upload_packets, Direction::Write, U::Packets),
    ] {
        let value = match unit {
            U::Bytes => Value::BytesPerSecond(rate.per_second),
            U::Packets => Value::PerSecond(rate.per_second),
        };
        lines.add(
            key,
            label,
            value,
            |c| matches!(c, C::Traffic { direction, unit: of, .. } if *direction == way && *of == unit),
        );
    }
}

fn program_lines(program: &ProgramReading, lines: &mut Lines<'_>) {
    use Condition as C;
    lines.add("status", "last exit value", Value::Integer(i64::from(program.status)), |c| {
        matches!(c, C::ProgramStatus(..) | C::ProgramStatusChanged)
    });
    let output = if program.output.is_empty() { Value::Missing } else { Value::Text(program.output.clone()) };
    lines.add("output", "last output", output, |c| {
        matches!(c, C::ProgramContent(..) | C::ProgramOutputChanged | C::ProgramOutputNotChanged)
    });
}

/// Ping tests, then connection tests, in file order.
fn probe_lines(service: &Service, memory: &Memory, lines: &mut Lines<'_>) {
    let mut add = |pings: bool| {
        for (at, test) in service.tests.iter().enumerate() {
            let Some(probe) = memory.probes.iter().find(|probe| usize::from(probe.test) == at) else {
                continue;
            };
            let seconds = probe.seconds;
            let (key, label, value) = match &test.condition {
                Condition::Ping(_) if pings => {
                    ("ping", "ping response time", Value::Response(seconds, "".into()))
                }
                Condition::Connection(connection) if !pings => {
                    let name = super::probe_result::target(connection, seconds.is_some());
                    match connection.target {
                        Target::Unix(_) => (
                            "unix_socket",
                            "unix socket response time",
                            Value::Response(seconds, name.into()),
                        ),
                        _ => ("port", "port response time", Value::Response(seconds, name.into())),
                    }
                }
                _ => continue,
            };
            lines.out.push(Reading { key, label, value, tests: vec![probe.test] });
        }
    };
    add(true);
    add(false);
}
