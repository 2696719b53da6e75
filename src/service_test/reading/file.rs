//! The lines of a file, a directory and a fifo.

use super::super::memory::FileReading;
use super::{Lines, Value, known};
use crate::config::{Condition, Service, Subject, Test, format};

pub(super) fn file_lines(service: &Service, file: &FileReading, wrong: bool, lines: &mut Lines<'_>) {
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
        let judged = |t: &Test| matches!(t.condition, C::Checksum(..) | C::ChecksumChanged(_));
        if lines.wants("checksum") && service.tests.iter().any(judged) {
            let sum = known(file.checksum(), |(kind, hex)| Value::Checksum(hex.into(), kind));
            lines.add("checksum", "checksum", sum, |c| matches!(c, C::Checksum(..) | C::ChecksumChanged(_)));
        }
    }
}
