//! The lines of a process.

use super::super::memory::{IoReading, ProcessReading, Rate};
use super::{Lines, Value, known};
use crate::config::{Condition, Resource};

pub(super) fn process_lines(process: &ProcessReading, lines: &mut Lines<'_>) {
    use Resource as R;
    let count = |number: u32| Value::Integer(i64::from(number));
    let pid = process.identity.map_or(0, |identity| identity.pid);
    if process.stopped {
        let state = Value::Text("stopped by a signal or a debugger".into());
        lines.add("process_state", "process state", state, |_| false);
    }
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
    let percent = |value: Option<f64>| known(value, Value::Percent);
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
    if lines.wants("security_attribute") {
        let security = known(process.security.clone().filter(|label| !label.is_empty()), Value::Text);
        lines.add("security_attribute", "security attribute", security, |c| {
            matches!(c, Condition::SecurityAttribute(..))
        });
    }
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
    let bytes = |pick: fn(&IoReading) -> Rate| known(io, |io| Value::ByteRate(pick(&io)));
    lines.resource("read_bytes", "read bytes", bytes(|io| io.read), &[R::ReadBytes]);
    lines.resource("disk_read_bytes", "disk read bytes", bytes(|io| io.disk_read), &[R::DiskReadBytes]);
    let reads = known(io, |io| Value::OperationRate(io.reads, "reads"));
    lines.resource("disk_read_operations", "disk read operations", reads, &[R::DiskReadOperations]);
    lines.resource("write_bytes", "write bytes", bytes(|io| io.write), &[R::WriteBytes]);
    lines.resource("disk_write_bytes", "disk write bytes", bytes(|io| io.disk_write), &[R::DiskWriteBytes]);
    let writes = known(io, |io| Value::OperationRate(io.writes, "writes"));
    lines.resource("disk_write_operations", "disk write operations", writes, &[R::DiskWriteOperations]);
}
