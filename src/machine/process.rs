//! One process at a time: the files of `/proc/PID` (proc_pid(5)).
//!
//! Names in `stat` may contain blanks and parentheses; a process may end between two reads.

use super::facts::{DescriptorLimit, MemoryKind, Process, ProcessIo, ProcessName, ProcessStat};
use super::no_fact::{Fact, NoFact};
use super::read;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A command line is looked at up to here. A single argument can have half of this.
const COMMAND_LINE: usize = 256 * 1024;

fn file(proc: &Path, pid: i32, name: &str) -> PathBuf {
    proc.join(format!("{pid}/{name}"))
}

/// All numbers among the names in /proc.
pub(super) fn pids(proc: &Path, out: &mut Vec<i32>) -> Fact<()> {
    for entry in fs::read_dir(proc).map_err(|error| NoFact::from(error).needed())? {
        out.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(())
}

/// `stat` of one process.
pub(super) fn stat(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Fact<ProcessStat> {
    if pid <= 0 {
        return Err(NoFact::Absent);
    }
    read::once(&file(proc, pid, "stat"), buffer)?;
    parse_stat(buffer).ok_or_else(NoFact::nonsense)
}

fn parse_stat(line: &[u8]) -> Option<ProcessStat> {
    let open = line.iter().position(|byte| *byte == b'(')?;
    let close = line.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(line.get(..open)?).ok()?.trim().parse().ok()?;
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    // The first of these is field 3 of the manual page.
    let fields: Vec<&str> = rest.split_ascii_whitespace().take(22).collect();
    let number = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok());
    Some(ProcessStat {
        pid,
        ppid: i32::try_from(number(4)?).ok()?,
        cpu: number(14)?.saturating_add(number(15)?),
        threads: u32::try_from(number(20)?).unwrap_or(u32::MAX),
        resident: fields.get(21).and_then(|pages| pages.parse().ok()).unwrap_or(0),
        start: number(22)?,
        // X: dead, a process on its way out.
        zombie: matches!(fields.first(), Some(&"Z" | &"X" | &"x")),
        stopped: matches!(fields.first(), Some(&"T" | &"t")),
        group: fields.get(2).and_then(|text| text.parse().ok()).unwrap_or(0),
        name: ProcessName::new(line.get(open + 1..close)?),
    })
}

/// `stat` and the owners in `status`. The number of a thread is none of a process: it is not listed in /proc and yet there.
pub(super) fn process(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Fact<Process> {
    let stat = stat(proc, pid, buffer)?;
    read::once(&file(proc, pid, "status"), buffer)?;
    let text = String::from_utf8_lossy(buffer);
    if read::number_of::<i32>(&text, "Tgid").is_some_and(|group| group != pid) {
        return Err(NoFact::Absent);
    }
    let ids = |name: &str| -> Option<(u32, u32)> {
        let mut numbers = read::value(&text, name)?.split_ascii_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    let ids = ids("Uid").zip(ids("Gid"));
    let ((uid, euid), (gid, egid)) = ids.ok_or_else(NoFact::nonsense)?;
    Ok(Process { stat, uid, euid, gid, egid })
}

/// Its effective user and group: they own its folder, whether it may be traced or not (proc_pid(5)).
pub(super) fn effective_owners(proc: &Path, pid: i32) -> Option<(u32, u32)> {
    let folder = crate::sys::file::stat(&proc.join(pid.to_string())).ok()?;
    Some((folder.st_uid, folder.st_gid))
}

/// The command line, arguments separated by blanks, without blanks at its end; the name of a process that has none,
/// as kernel threads.
pub(super) fn command_line(proc: &Path, pid: i32, out: &mut Vec<u8>) -> Fact<()> {
    for name in ["cmdline", "comm"] {
        if let Err(error) = read::into(&file(proc, pid, name), out, COMMAND_LINE) {
            out.clear();
            match NoFact::from(error) {
                NoFact::Absent => continue,
                unreadable => return Err(unreadable),
            }
        }
        out.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        out.truncate(out.trim_ascii_end().len());
        if !out.is_empty() {
            return Ok(());
        }
    }
    Err(NoFact::Absent)
}

/// Children by the kernel's lists, one per thread (`CONFIG_PROC_CHILDREN`).
pub(super) fn children(
    proc: &Path,
    pid: i32,
    threads: u32,
    buffer: &mut Vec<u8>,
    out: &mut Vec<i32>,
) -> Fact<()> {
    let mut of_thread = |folder: PathBuf| -> Fact<()> {
        read::into(&folder.join("children"), buffer, 1 << 20)?;
        let text = String::from_utf8_lossy(buffer);
        out.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<i32>().ok()));
        Ok(())
    };
    let folder = file(proc, pid, "task");
    if threads == 1 {
        return of_thread(folder.join(pid.to_string()));
    }
    // Every thread has a list of its own: all of them are read.
    let mut known = Err(NoFact::Absent);
    for thread in fs::read_dir(folder)? {
        match of_thread(thread?.path()) {
            Ok(()) => known = Ok(()),
            // One that has ended.
            Err(NoFact::Absent) => {}
            unreadable => return unreadable,
        }
    }
    known
}

/// The proportional share of memory, else what is resident.
pub(super) fn memory(proc: &Path, pid: i32, kind: MemoryKind, buffer: &mut Vec<u8>) -> Fact<u64> {
    if kind == MemoryKind::Swapped {
        read::once(&file(proc, pid, "status"), buffer)?;
        // Threads of the kernel have none.
        let kilobytes = read::number_of::<u64>(&String::from_utf8_lossy(buffer), "VmSwap").unwrap_or(0);
        return kilobytes.checked_mul(1024).ok_or_else(NoFact::nonsense);
    }
    if read::once(&file(proc, pid, "smaps_rollup"), buffer).is_ok() {
        let text = String::from_utf8_lossy(buffer);
        if let Some(kilobytes) = read::number_of::<u64>(&text, "Pss") {
            return kilobytes.checked_mul(1024).ok_or_else(NoFact::nonsense);
        }
    }
    read::once(&file(proc, pid, "statm"), buffer)?;
    let text = String::from_utf8_lossy(buffer);
    let pages = text.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.and_then(|pages| pages.checked_mul(crate::sys::clock::page_size())).ok_or_else(NoFact::nonsense)
}

/// Counters of `io`; needs root or ownership.
pub(super) fn io(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Fact<ProcessIo> {
    read::once(&file(proc, pid, "io"), buffer)?;
    let text = String::from_utf8_lossy(buffer);
    let number = |name: &str| read::number_of::<u64>(&text, name).ok_or_else(NoFact::nonsense);
    Ok(ProcessIo {
        read: number("rchar")?,
        written: number("wchar")?,
        disk_read: number("read_bytes")?,
        disk_written: number("write_bytes")?,
        reads: number("syscr")?,
        writes: number("syscw")?,
    })
}

/// Open descriptors. Since Linux 6.2 the size of the folder is their number; before, it is 0.
pub(super) fn descriptors(proc: &Path, pid: i32) -> Fact<u64> {
    let folder = file(proc, pid, "fd");
    // In a recorded tree folders have the size of folders.
    if proc == Path::new("/proc") {
        let count = fs::metadata(&folder)?.len();
        if count > 0 {
            return Ok(count);
        }
    }
    let mut count = 0;
    for entry in fs::read_dir(&folder)? {
        entry?;
        count += 1;
    }
    Ok(count)
}

/// `Max open files` of `limits`.
pub(super) fn descriptor_limit(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Fact<DescriptorLimit> {
    read::once(&file(proc, pid, "limits"), buffer)?;
    parse_limit(&String::from_utf8_lossy(buffer)).ok_or_else(NoFact::nonsense)
}

fn parse_limit(text: &str) -> Option<DescriptorLimit> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut limits = line.split_ascii_whitespace().map(|word| match word {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some(DescriptorLimit { soft: limits.next()??, hard: limits.next()?? })
}

/// The label of a security module (SELinux, AppArmor). `none` is set where there is no such module.
pub(super) fn security(proc: &Path, pid: i32, buffer: &mut Vec<u8>, none: &mut bool) -> Fact<String> {
    if let Err(error) = read::once(&file(proc, pid, "attr/current"), buffer) {
        // No security module gives labels here; that does not change while the machine runs.
        if error.kind() == io::ErrorKind::InvalidInput {
            *none = true;
            return Err(NoFact::Absent);
        }
        return Err(error.into());
    }
    let text = String::from_utf8_lossy(buffer);
    let label = text.trim_end_matches(['\0', '\n']);
    if label.is_empty() { Err(NoFact::Absent) } else { Ok(label.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_blanks_and_parentheses() {
        let line =
            b"42 (a) (b c) R 7) Z 7 42 42 0 -1 4194560 1 2 3 4 50 25 0 0 20 0 9 0 12345 1 2 3 4 5 6 7\n";
        let stat = parse_stat(line).unwrap();
        assert_eq!(
            (stat.pid, stat.ppid, stat.cpu, stat.threads, stat.start, stat.zombie),
            (42, 7, 75, 9, 12345, true)
        );
        assert_eq!(stat.name.as_bytes(), b"a) (b c) R 7");
    }

    #[test]
    fn a_cut_line_is_no_process() {
        assert_eq!(parse_stat(b""), None);
        assert_eq!(parse_stat(b"42 (x"), None);
        assert_eq!(parse_stat(b"42 (x) S 1 2 3"), None);
        assert_eq!(parse_stat(b") 42 ("), None);
    }
}
