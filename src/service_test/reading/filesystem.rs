//! The lines of a filesystem.

use super::super::compare::share;
use super::super::memory::FilesystemReading;
use super::{Lines, Value};
use crate::config::{Condition, Direction};

pub(super) fn filesystem_lines(filesystem: &FilesystemReading, lines: &mut Lines<'_>) {
    use Condition as C;
    let facts = &filesystem.facts;
    let bytes = |blocks: u64| blocks.saturating_mul(facts.block_size);
    let sized = |count: u64, whole: u64| Value::Share {
        bytes: bytes(count),
        percent: share(count, whole),
        share_first: false,
        limit: None,
    };
    if lines.wants("type") {
        lines.plain("type", "filesystem type", Value::Text(facts.kind.clone()));
    }
    if lines.wants("flags") {
        lines.add("flags", "filesystem flags", Value::Text(facts.flags.clone()), |c| {
            matches!(c, C::FsFlagsChanged)
        });
    }
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
