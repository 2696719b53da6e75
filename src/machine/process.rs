//! One process at a time: the files of `/proc/PID` (proc_pid(5)).
//!
//! Names in `stat` may contain blanks and parentheses; a process may end between two reads. Whatever cannot be read
//! is `None`.

use super::facts::{DescriptorLimit, Process, ProcessIo, ProcessStat};
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
pub(super) fn pids(proc: &Path, out: &mut Vec<i32>) {
    let Ok(entries) = fs::read_dir(proc) else { return };
    out.extend(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()));
}

/// `stat` of one process.
pub(super) fn stat(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Option<ProcessStat> {
    if pid <= 0 {
        return None;
    }
    read::once(&file(proc, pid, "stat"), buffer).ok()?;
    parse_stat(buffer)
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
    })
}

/// `stat` and the owners in `status`. `None` for the number of a thread, which is not listed in /proc and yet there.
pub(super) fn process(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Option<Process> {
    let stat = stat(proc, pid, buffer)?;
    read::once(&file(proc, pid, "status"), buffer).ok()?;
    let text = String::from_utf8_lossy(buffer);
    if read::number_of::<i32>(&text, "Tgid").is_some_and(|group| group != pid) {
        return None;
    }
    let ids = |name: &str| -> Option<(u32, u32)> {
        let mut numbers = read::value(&text, name)?.split_ascii_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    let ((uid, euid), (gid, _)) = (ids("Uid")?, ids("Gid")?);
    Some(Process { stat, uid, euid, gid })
}

/// The command line, arguments separated by blanks, without blanks at its end; the name of a process that has none,
/// as kernel threads.
pub(super) fn command_line(proc: &Path, pid: i32, out: &mut Vec<u8>) -> bool {
    let mut read = |name: &str| {
        if read::into(&file(proc, pid, name), out, COMMAND_LINE).is_err() {
            out.clear();
            return false;
        }
        out.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        out.truncate(out.trim_ascii_end().len());
        !out.is_empty()
    };
    read("cmdline") || read("comm")
}

/// Children by the kernel's lists, one per thread (`CONFIG_PROC_CHILDREN`).
pub(super) fn children(
    proc: &Path,
    pid: i32,
    threads: u32,
    buffer: &mut Vec<u8>,
    out: &mut Vec<i32>,
) -> bool {
    let mut of_thread = |folder: PathBuf| {
        let read = read::into(&folder.join("children"), buffer, 1 << 20).is_ok();
        if read {
            let text = String::from_utf8_lossy(buffer);
            out.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<i32>().ok()));
        }
        read
    };
    let folder = file(proc, pid, "task");
    if threads == 1 {
        return of_thread(folder.join(pid.to_string()));
    }
    let Ok(threads) = fs::read_dir(folder) else { return false };
    // Every thread has a list of its own: all of them are read.
    threads.flatten().filter(|thread| of_thread(thread.path())).count() > 0
}

/// The proportional share of memory, else what is resident.
pub(super) fn memory(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Option<u64> {
    if read::once(&file(proc, pid, "smaps_rollup"), buffer).is_ok() {
        let text = String::from_utf8_lossy(buffer);
        if let Some(kilobytes) = read::number_of::<u64>(&text, "Pss") {
            return kilobytes.checked_mul(1024);
        }
    }
    read::once(&file(proc, pid, "statm"), buffer).ok()?;
    let text = String::from_utf8_lossy(buffer);
    let pages = text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()?;
    pages.checked_mul(crate::sys::clock::page_size())
}

/// Counters of `io`; needs root or ownership.
pub(super) fn io(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Option<ProcessIo> {
    read::once(&file(proc, pid, "io"), buffer).ok()?;
    let text = String::from_utf8_lossy(buffer);
    Some(ProcessIo {
        read: read::number_of(&text, "rchar")?,
        written: read::number_of(&text, "wchar")?,
        disk_read: read::number_of(&text, "read_bytes")?,
        disk_written: read::number_of(&text, "write_bytes")?,
        reads: read::number_of(&text, "syscr")?,
        writes: read::number_of(&text, "syscw")?,
    })
}

/// Open descriptors. Since Linux 6.2 the size of the folder is their number; before, it is 0.
pub(super) fn descriptors(proc: &Path, pid: i32) -> Option<u64> {
    let folder = file(proc, pid, "fd");
    // In a recorded tree folders have the size of folders.
    if proc == Path::new("/proc") {
        let count = fs::metadata(&folder).ok()?.len();
        if count > 0 {
            return Some(count);
        }
    }
    Some(fs::read_dir(&folder).ok()?.count() as u64)
}

/// `Max open files` of `limits`.
pub(super) fn descriptor_limit(proc: &Path, pid: i32, buffer: &mut Vec<u8>) -> Option<DescriptorLimit> {
    read::once(&file(proc, pid, "limits"), buffer).ok()?;
    let text = String::from_utf8_lossy(buffer);
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut limits = line.split_ascii_whitespace().map(|word| match word {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some(DescriptorLimit { soft: limits.next()??, hard: limits.next()?? })
}

/// The label of a security module (SELinux, AppArmor). `none` is set where there is no such module.
pub(super) fn security(proc: &Path, pid: i32, buffer: &mut Vec<u8>, none: &mut bool) -> Option<String> {
    let text = match read::once(&file(proc, pid, "attr/current"), buffer) {
        Ok(()) => String::from_utf8_lossy(buffer),
        // No security module gives labels here; that does not change while the machine runs.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            *none = true;
            return None;
        }
        Err(_) => return None,
    };
    let label = text.trim_end_matches(['\0', '\n']);
    (!label.is_empty()).then(|| label.to_string())
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
    }

    #[test]
    fn a_cut_line_is_no_process() {
        assert_eq!(parse_stat(b""), None);
        assert_eq!(parse_stat(b"42 (x"), None);
        assert_eq!(parse_stat(b"42 (x) S 1 2 3"), None);
        assert_eq!(parse_stat(b") 42 ("), None);
    }
}
